"""`overdoor serve --workers N`: processes that share one listening socket, and the parent that looks after them.

The parent forks before anything heavy is imported, so it stays small and has no threads. A worker that dies is
replaced; when the parent dies, whatever way, its workers die with it.
"""

import os
import select
import signal
import socket
import time
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType
from typing import Literal

import structlog
import typer

from overdoor.config import Settings

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_LOOK_EVERY_S = 0.1  # during the start, for a worker that dies before it is ready
_REST_S = 1.0  # before a worker that died is replaced, so that a broken one does not burn the processor
_MOST_GREETING_BYTES = 4096  # a pipe takes as much in one piece
_END = "\x00"

_log = structlog.get_logger("overdoor.crew")


def run_crew(settings: Settings, listener: socket.socket, *, carries: Literal["all", "none"]) -> None:
    """Serve with `settings.workers` processes until SIGINT or SIGTERM; all have ended when this returns.

    The first worker starts alone: it brings the schema up to date and makes the first key. The greeting is printed
    once, when every worker is ready. In a worker this returns, too, when the worker has ended.

    Raises:
        StartRefused: in the worker; the parent raises typer.Exit with the worker's code.
    """
    crew = _Crew(settings, listener, carries=carries)
    if crew.start(makes_first_key=True):
        return
    greeting = crew.wait_for_ready()
    for _ in range(settings.workers - 1):
        if crew.start(makes_first_key=False):
            return
    for _ in range(settings.workers - 1):
        crew.wait_for_ready()
    if not crew.is_stopping:
        print(greeting, flush=True)
    crew.look_after()


class _Crew:
    """The parent's view. `start` returns True in the new process, once it has served to its end."""

    def __init__(self, settings: Settings, listener: socket.socket, *, carries: Literal["all", "none"]) -> None:
        self.is_stopping = False
        self._settings, self._listener = settings, listener
        self._carries: Literal["all", "none"] = carries
        self._living: set[int] = set()
        self._ready, self._told = os.pipe()
        self._unread = ""
        for number in _SIGNALS:
            signal.signal(number, self._stop)

    def start(self, *, makes_first_key: bool) -> bool:
        """Fork a worker; nothing happens while the crew is being stopped."""
        parent = os.getpid()
        with _signals_wait():
            if self.is_stopping:
                return False
            pid = os.fork()
            if pid:
                self._living.add(pid)
                return False
            for number in _SIGNALS:
                signal.signal(number, signal.SIG_DFL)
        self._work(parent, makes_first_key=makes_first_key)
        return True

    def wait_for_ready(self) -> str:
        """What the next worker says when it is ready; empty when the crew is being stopped.

        Raises:
            typer.Exit: a worker ended before it was ready; the others have ended, too.
        """
        while _END not in self._unread and self._living:
            readable, _, _ = select.select([self._ready], [], [], _LOOK_EVERY_S)
            if readable:
                self._unread += os.read(self._ready, _MOST_GREETING_BYTES).decode()
                continue
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid:
                self._living.discard(pid)
                if not self.is_stopping:
                    self._end_all()
                    raise typer.Exit(abs(os.waitstatus_to_exitcode(status)) or 1)
        greeting, _, self._unread = self._unread.partition(_END)
        return greeting

    def look_after(self) -> None:
        """Replace workers that die until the crew is stopped, and return when all have ended."""
        while self._living:
            pid, status = os.waitpid(-1, 0)
            self._living.discard(pid)
            if self.is_stopping:
                continue
            _log.error("a worker of serve ended and is replaced", pid=pid, code=os.waitstatus_to_exitcode(status))
            time.sleep(_REST_S)
            if self.start(makes_first_key=False):
                return

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        """Pass the wish to stop on; a second one makes the workers end at once."""
        self.is_stopping = True
        self._signal_all(signal.SIGTERM)

    def _signal_all(self, number: signal.Signals) -> None:
        for pid in self._living:
            os.kill(pid, number)

    def _end_all(self) -> None:
        self.is_stopping = True
        self._signal_all(signal.SIGTERM)
        while self._living:
            pid, _ = os.waitpid(-1, 0)
            self._living.discard(pid)

    def _work(self, parent: int, *, makes_first_key: bool) -> None:
        os.setpgid(0, 0)  # Ctrl+C reaches the parent only, which passes it on
        from overdoor.cli.server import run_server
        from overdoor.media.processes import die_with_parent
        from overdoor.wiring import Surroundings

        die_with_parent(parent)
        surroundings = Surroundings(carries=self._carries, makes_first_key=makes_first_key)
        run_server(self._settings, self._listener, surroundings, announce=self._announce)

    def _announce(self, greeting: str) -> None:
        os.write(self._told, (greeting + _END).encode())


@contextmanager
def _signals_wait() -> Generator[None]:
    """Signals that come meanwhile are handled afterwards, in the parent and in the child alike."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
