"""A throw-away Redis on a unix socket of its own: no port, nothing kept, gone at the end."""

import contextlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

_START_S = 10.0


@dataclass(frozen=True, slots=True)
class RedisServer:
    """A running server."""

    url: str
    process: "subprocess.Popen[bytes]"

    def freeze(self) -> None:
        """It keeps its connections and answers nothing from now on."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """It answers again."""
        self.process.send_signal(signal.SIGCONT)


@contextlib.contextmanager
def running_redis() -> Generator[RedisServer]:
    """A fresh server.

    Raises:
        LookupError: Redis is not installed on this machine.
    """
    program = shutil.which("redis-server") or shutil.which("valkey-server")
    if program is None:
        raise LookupError("install Debian's package redis-server")
    with tempfile.TemporaryDirectory(prefix="overdoor-redis-") as folder:
        place = Path(folder) / "redis.sock"
        options = ["--port", "0", "--unixsocket", str(place), "--save", "", "--dir", folder]
        process = subprocess.Popen([program, *options], stdout=subprocess.DEVNULL)
        try:
            _wait_for(place, process)
            yield RedisServer(f"unix://{place}", process)
        finally:
            process.kill()
            process.wait()


def _wait_for(place: Path, process: "subprocess.Popen[bytes]") -> None:
    began = time.monotonic()
    while time.monotonic() - began < _START_S:
        if process.poll() is not None:
            raise RuntimeError(f"Redis ended with {process.returncode}")
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as attempt:
            attempt.connect(str(place))
            return
        time.sleep(0.01)  # it tells of its readiness by accepting
    raise TimeoutError("Redis did not start")
