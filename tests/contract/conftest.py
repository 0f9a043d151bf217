"""A server as it is installed: its own process, its own port, a fresh data folder."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pytest

_OVERDOOR = str(Path(sys.executable).parent / "overdoor")
_READY = "Overdoor is ready at "
_START_S = 60.0  # the start and the stop of a server on a busy machine
_STOP_S = 30.0


@dataclass(frozen=True, slots=True)
class Server:
    """A running server. key: a test key of its owner."""

    url: str
    key: str
    data: Path
    pid: int


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all contract tests of this process, with the sandbox behind it."""
    # clients of tests ask without a pause
    with serving(tmp_path_factory.mktemp("server"), OVERDOOR_DEFAULT_TIER="enterprise") as started:
        yield started


@contextmanager
def serving(folder: Path, **settings: str) -> Generator[Server]:
    """A server on that folder until the block ends. settings: further ones, by their environment variables."""
    data = folder / "data"
    log = folder / "log"
    with log.open("wb") as errors:
        process = subprocess.Popen(
            [_OVERDOOR, "serve", "--port", "0", "--data", str(data)],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env={**os.environ, **settings},
        )
    assert process.stdout is not None
    try:
        url = _ready_url(process, process.stdout)
        assert url is not None, f"the server did not start:\n{log.read_text()}"
        yield Server(url, _new_key(data), data, process.pid)
    finally:
        process.terminate()
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise
        finally:
            process.stdout.close()


def _ready_url(process: subprocess.Popen[str], output: IO[str]) -> str | None:
    """The address in the server's own words; None when it ended or took too long."""
    watchdog = threading.Timer(_START_S, process.kill)
    watchdog.start()
    try:
        return next((line.removeprefix(_READY).strip() for line in output if line.startswith(_READY)), None)
    finally:
        watchdog.cancel()
        watchdog.join()


def _new_key(data: Path) -> str:
    command = [_OVERDOOR, "keys", "create", "contract", "--mode", "test", "--json", "--data", str(data)]
    made = subprocess.run(command, check=True, capture_output=True, text=True, timeout=_START_S)
    return json.loads(made.stdout)["key"]
