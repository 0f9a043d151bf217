"""A server to measure, started as an operator starts it."""

import json
import os
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.table import ROOT

OVERDOOR = ROOT / ".venv" / "bin" / "overdoor"
KEYS = 16  # of the enterprise tier: 300 unfinished tasks each
NEVER_FULL = {"perSecond": 10_000, "perMinute": 600_000}  # counted all the same
LIMITS = {"endpoints": {"jobs.createTask": NEVER_FULL, "jobs.recordInfo": NEVER_FULL}}


@dataclass(frozen=True, slots=True)
class Server:
    """A started `overdoor serve`."""

    port: int
    process: "subprocess.Popen[str]"

    def cpu_s(self) -> float:
        """User and system time of the server process so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def wait_until_idle(self) -> None:
        """Return when the server has used no CPU worth naming for half a second: its backlog is done."""
        last = self.cpu_s()
        while True:
            time.sleep(0.5)
            now = self.cpu_s()
            if now - last < 0.05:
                return
            last = now


@contextmanager
def serving(folder: Path, database_url: str | None, *options: str) -> Iterator[Server]:
    """`overdoor serve` on a free port until the block ends."""
    environment = surroundings(database_url)
    process = subprocess.Popen(
        [str(OVERDOOR), "serve", "--port", "0", "--data", str(folder), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment,
        cwd=folder,
    )
    try:
        port = ready_port(process)
        urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz").close()
        yield Server(port, process)
    finally:
        process.terminate()
        process.wait(20)


def ready_port(process: "subprocess.Popen[str]") -> int:
    """The port in the line that tells of readiness."""
    assert process.stdout is not None
    for line in process.stdout:
        if "ready at http://" in line:
            return int(line.rsplit(":", 1)[1].strip().rstrip("/"))
    raise RuntimeError("the server ended before it was ready")


def make_key(folder: Path, database_url: str | None, name: str) -> str:
    """A test key made as an operator makes it."""
    made = subprocess.run(
        [str(OVERDOOR), "keys", "create", name, "--limits", json.dumps(LIMITS), "--json", "--data", str(folder)],
        check=True,
        capture_output=True,
        env=surroundings(database_url),
        cwd=folder,
    )
    return str(json.loads(made.stdout)["key"])


def surroundings(database_url: str | None) -> dict[str, str]:
    """The environment of a measured process."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OVERDOOR_")}
    kept |= {
        "OVERDOOR_DEFAULT_TIER": "enterprise",
        "OVERDOOR_TEST_GRANT": "100000000",
        "OVERDOOR_LOG_LEVEL": "warning",
    }
    return kept | ({"OVERDOOR_DATABASE_URL": database_url} if database_url is not None else {})


@contextmanager
def working(folder: Path, database_url: str | None) -> Iterator[None]:
    """`overdoor worker` until the block ends."""
    process = subprocess.Popen(
        [str(OVERDOOR), "worker", "--data", str(folder)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=surroundings(database_url),
        cwd=folder,
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(20)


def make_keys(folder: Path, database_url: str | None) -> Sequence[str]:
    """As many keys as the load needs to stay below their limits."""
    return [make_key(folder, database_url, f"bench {number}") for number in range(KEYS)]
