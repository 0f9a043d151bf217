"""The processes that are broken: web nodes on fixed ports and workers, each started anew after its death."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tests.support.served import alive, descendants

Role = Literal["web", "worker"]

_ROOT = Path(__file__).parents[2]
_READY_WITHIN_S = 60.0
GONE_WITHIN_S = 10.0  # a worker process that has just been begun finishes its start first
_STOPPED_WITHIN_S = 30.0


@dataclass(frozen=True, slots=True)
class Place:
    """What every node is started with."""

    folder: Path
    provider_url: str
    environ: Mapping[str, str]


class Node:
    """One place in the fleet: a process, or the one that follows it."""

    def __init__(self, name: str, role: Role, place: Place) -> None:
        self.name = name
        self.role: Role = role
        self._place = place
        self._process: subprocess.Popen[bytes] | None = None
        self.port = _free_port() if role == "web" else 0
        self.ready = asyncio.Event()
        self.frozen = False

    @property
    def url(self) -> str:
        """Where a web node answers."""
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> float:
        """Seconds from the start until the process said that it is ready."""
        began = time.monotonic()
        with (self._place.folder.parent / "nodes.log").open("ab") as log:
            arguments = [self.role, str(self._place.folder), self._place.provider_url, str(self.port)]
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.chaos.node", *arguments],
                stdout=subprocess.PIPE,
                stderr=log,
                cwd=_ROOT,
                env={"PATH": "/usr/bin:/bin", "HOME": str(self._place.folder.parent), **self._place.environ},
            )
        await asyncio.to_thread(_read_greeting, self._process)
        self.ready.set()
        return time.monotonic() - began

    async def kill(self) -> frozenset[int]:
        """SIGKILL; the process and every one that was under it."""
        process = self._running()
        self.ready.clear()
        family = frozenset({process.pid, *descendants(process.pid)})
        process.kill()
        await asyncio.to_thread(process.wait)
        _close(process)
        return family

    def freeze(self) -> None:
        """SIGSTOP: it holds whatever it holds, and does nothing."""
        self.frozen = True
        self._running().send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT: it goes on in the middle of its sentence."""
        self._running().send_signal(signal.SIGCONT)
        self.frozen = False

    def step_aside(self) -> "Node":
        """The running process as a node of its own, so that this place can start the next one beside it."""
        old = Node(f"old {self.name}", self.role, self._place)
        old._process, self._process = self._process, None
        return old

    async def stop(self) -> int:
        """SIGTERM; the exit code."""
        process = self._running()
        self.ready.clear()
        process.terminate()
        try:
            code = await asyncio.to_thread(process.wait, _STOPPED_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            code = await asyncio.to_thread(process.wait)
        _close(process)
        return code

    def _running(self) -> "subprocess.Popen[bytes]":
        assert self._process is not None, "not started"
        return self._process


async def left_behind(family: frozenset[int]) -> int:
    """How many of them are still there after 10 s; they are killed then."""
    deadline = time.monotonic() + GONE_WITHIN_S
    while (left := alive(family)) and time.monotonic() < deadline:
        await asyncio.sleep(0.1)
    for pid in left:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return len(left)


def _read_greeting(process: "subprocess.Popen[bytes]") -> None:
    assert process.stdout is not None
    line = process.stdout.readline()
    if b" is ready" not in line:
        raise RuntimeError(f"a node ended before it was ready; see nodes.log ({line!r})")


def _close(process: "subprocess.Popen[bytes]") -> None:
    if process.stdout is not None:
        process.stdout.close()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
