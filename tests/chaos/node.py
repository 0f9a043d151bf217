"""One process of the product with the fake provider behind live keys: `node web|worker FOLDER PROVIDER_URL [PORT]`.

The settings come from the environment, as for the commands `overdoor serve --no-tasks` and `overdoor worker`.
"""

import logging
import socket
import sys
from dataclasses import replace
from pathlib import Path

from overdoor.cli.carrying import run_worker
from overdoor.cli.server import run_server
from overdoor.config import load
from overdoor.log import configure
from overdoor.wiring import Surroundings
from tests.fakes.provider import FakeProvider

_POLL_AFTER_S = 0.3
_PROVIDER_TIMEOUT_S = 15.0


def main(role: str, folder: Path, provider_url: str, port: int) -> None:
    """Run until a signal comes."""
    configure("text", level="info")
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    settings = load(flags={"data": folder}).settings
    provider = FakeProvider(provider_url, timeout_s=_PROVIDER_TIMEOUT_S, poll_after_s=_POLL_AFTER_S)
    around = Surroundings(providers={"openai": provider}, makes_first_key=False)
    if role == "worker":
        run_worker(settings, around)
        return
    listener = socket.create_server(("127.0.0.1", port))  # reuses the address of its killed forerunner
    run_server(replace(settings, port=port), listener, replace(around, carries="none"))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]) if len(sys.argv) > 4 else 0)
