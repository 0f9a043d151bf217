"""A real `overdoor serve` in a process of its own."""

import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Self

_READY = re.compile(r"Overdoor is ready at (http://\S+)")
_KEY = re.compile(r"\bsk_test_\w+")
_PATIENCE_S = 30.0


class Served:
    """A running server. key: the first test key, which only the first start on a folder prints."""

    def __init__(self, process: "subprocess.Popen[str]", url: str, key: str | None) -> None:
        self._process, self.url, self.key = process, url, key

    @classmethod
    def start(cls, data: Path, environ: Mapping[str, str]) -> Self:
        """Start it on `data` and wait until it says that it is ready. environ: besides PATH, all that it sees."""
        program = shutil.which("overdoor", path=str(Path(sys.executable).parent))
        assert program is not None, "overdoor is not installed beside this Python"
        with (data.parent / "serve.log").open("ab") as log:
            process = subprocess.Popen(
                [program, "serve", "--port", "0", "--data", str(data)],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                cwd=data.parent,
                env={"PATH": "/usr/bin:/bin", "HOME": str(data.parent), **environ},
            )
        watchdog = threading.Timer(_PATIENCE_S, process.kill)
        watchdog.start()
        served = cls(process, *_read_greeting(process, expect_key=not data.exists()))
        watchdog.cancel()
        return served

    @property
    def pid(self) -> int:
        """The process that was started."""
        return self._process.pid

    def family(self) -> frozenset[int]:
        """The server and every process under it."""
        return frozenset({self._process.pid, *descendants(self._process.pid)})

    def kill(self) -> None:
        """SIGKILL: nothing is said, nothing is tidied."""
        self._process.kill()
        self._process.communicate()

    def stop(self) -> int:
        """SIGTERM, and wait for the end; the exit code."""
        self._process.send_signal(signal.SIGTERM)
        self._process.communicate(timeout=_PATIENCE_S)
        return self._process.returncode


def alive(processes: frozenset[int]) -> frozenset[int]:
    """Those of them that still run."""
    return frozenset(pid for pid in processes if _state(pid) not in ("gone", "Z", "X"))


def _read_greeting(process: "subprocess.Popen[str]", *, expect_key: bool) -> tuple[str, str | None]:
    assert process.stdout is not None
    url: str | None = None
    for line in process.stdout:
        if (ready := _READY.search(line)) is not None:
            url = ready[1]
        key = _KEY.search(line)
        if url is not None and (key is not None or not expect_key):
            return url, None if key is None else key[0]
    raise AssertionError("the server ended before it was ready; see serve.log")


def descendants(pid: int) -> set[int]:
    """Every process under this one."""
    found: set[int] = set()
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, children.read_text().split()):
            found |= {child, *descendants(child)}
    return found


def _state(pid: int) -> str:
    """One letter, as in `man proc`."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0]
    except (FileNotFoundError, ProcessLookupError):
        return "gone"
