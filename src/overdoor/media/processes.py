"""The one door to worker processes: CPU work and the decoding of foreign bytes never run in the server.

Over `anyio.to_process`. Its workers belong to the event loop: they are shared by everything in it, wait for the next
job when idle, and end with the loop. What is added here:

- A limit of workers for pictures and one for videos, and a time limit that kills.
- A worker dies with its parent, also in the middle of a job: `kill -9` of the server leaves nothing behind.
- `foreign(function)` runs with limits of memory and CPU time, for bytes that somebody else made.
- A worker is started in a task of its own. anyio 4.16 forgets a process whose start is cancelled, and it would idle
  on; here the start goes on and leaves an idle worker.

Functions and arguments are pickled: pass module-level functions, and paths instead of large files. A worker imports
the module of the function and the server's `__main__` file under another name, so both must import cheaply.
"""

import asyncio
import ctypes
import functools
import math
import os
import resource
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Generic, ParamSpec, TypeVar, TypeVarTuple

from anyio import BrokenWorkerProcess, CancelScope, CapacityLimiter, fail_after, to_process

from overdoor.media.probe import UnreadableMedia

IMAGE_MEMORY_BYTES = 1024**3  # 50 megapixels as RGBA are 200 MB, and a resize holds several copies
VIDEO_MEMORY_BYTES = 2 * 1024**3
LOOK_CPU_S = 5  # to find out what a foreign file is: the largest honest one takes two
CLEAN_CPU_S = 20  # and to write it anew without its metadata
_MOST_DEAD_WORKERS = 8  # that are looked at before a job is given up
_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_IS_LINUX = sys.platform == "linux"

P = ParamSpec("P")
R = TypeVar("R")
Arguments = TypeVarTuple("Arguments")


class WorkerDied(Exception):
    """A worker process ended before it answered: killed by the system, or the processes were closed."""


@dataclass(frozen=True, slots=True)
class _Limits:
    """What one foreign job may use on top of what its worker already holds."""

    memory_bytes: int
    cpu_s: int


def die_with_parent(parent_pid: int) -> None:
    """This process gets SIGKILL when its parent ends, even if the parent ended just before. Only Linux can do that."""
    if not _IS_LINUX:
        return
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent_pid:
        os.kill(os.getpid(), signal.SIGKILL)


def foreign(function: Callable[P, R], *, cpu_s: int | None = None) -> Callable[P, R]:
    """`function`, to be run with limits of memory and CPU time because its input is not ours.

    cpu_s: CPU seconds at most; by default as many as its time limit.

    A job that passes a limit, or crashes its decoder, raises UnreadableMedia.
    """
    return _Foreign(function, cpu_s)


class _Foreign(Generic[P, R]):
    """A marked function; pickled by reference to the function inside."""

    def __init__(self, function: Callable[P, R], cpu_s: int | None) -> None:
        self.function, self.cpu_s = function, cpu_s

    def __call__(self, *args: P.args, **options: P.kwargs) -> R:
        return self.function(*args, **options)


class MediaProcesses:
    """Runs functions in worker processes, a few at a time."""

    def __init__(
        self,
        image_workers: int,
        video_workers: int,
        *,
        image_memory_bytes: int = IMAGE_MEMORY_BYTES,
        video_memory_bytes: int = VIDEO_MEMORY_BYTES,
    ) -> None:
        self._images, self._videos = CapacityLimiter(image_workers), CapacityLimiter(video_workers)
        self._image_memory_bytes, self._video_memory_bytes = image_memory_bytes, video_memory_bytes
        self._no_limit = CapacityLimiter(math.inf)
        self._starting = asyncio.Lock()
        self._starts: set[asyncio.Task[None]] = set()
        self._running: set[CancelScope] = set()
        self._closed = False
        self._all_ended = asyncio.Event()

    async def warm(self) -> None:
        """One idle worker is ready, with the picture decoder loaded."""
        await self.image(_load_pillow)

    async def image(self, function: Callable[[*Arguments], R], *args: *Arguments, timeout_s: float = 60) -> R:
        """What `function(*args)` returns or raises, computed in a worker process for pictures.

        timeout_s: From the start in the worker; waiting for a free worker does not count.

        Raises:
            TimeoutError: it took longer, and its process was killed.
            WorkerDied: its process ended early.
            UnreadableMedia: for a `foreign` function, also when it passed a limit or crashed.
        """
        limits = _Limits(memory_bytes=self._image_memory_bytes, cpu_s=math.ceil(timeout_s))
        async with self._images:
            return await self._run(functools.partial(function, *args), limits=limits, timeout_s=timeout_s)

    async def video(self, function: Callable[[*Arguments], R], *args: *Arguments, timeout_s: float = 600) -> R:
        """The same for video work; see `image`."""
        limits = _Limits(memory_bytes=self._video_memory_bytes, cpu_s=math.ceil(timeout_s))
        async with self._videos:
            return await self._run(functools.partial(function, *args), limits=limits, timeout_s=timeout_s)

    async def aclose(self) -> None:
        """No job runs any more, and none can start; idle workers end with the event loop."""
        self._closed = True
        await asyncio.gather(*self._starts, return_exceptions=True)
        if not self._running:
            return
        for scope in self._running:
            scope.cancel()
        await self._all_ended.wait()

    async def _run(self, job: "functools.partial[R]", *, limits: _Limits, timeout_s: float) -> R:
        if self._closed:
            raise WorkerDied("The media processes are closed.")
        is_foreign = isinstance(job.func, _Foreign)
        if isinstance(job.func, _Foreign) and job.func.cpu_s is not None:
            limits = replace(limits, cpu_s=min(limits.cpu_s, job.func.cpu_s))
        run = functools.partial(_in_worker, os.getpid(), limits if is_foreign else None, job)
        with CancelScope() as scope:
            self._running.add(scope)
            try:
                await self._ready_a_worker()
                with fail_after(timeout_s):
                    return await to_process.run_sync(run, cancellable=True, limiter=self._no_limit)
            except BrokenWorkerProcess as error:
                if is_foreign:
                    raise UnreadableMedia("it crashed its decoder or used too much CPU time") from error
                raise WorkerDied("A worker process ended before it answered.") from error
            finally:
                self._running.discard(scope)
                if self._closed and not self._running:
                    self._all_ended.set()
        raise WorkerDied("The media processes were closed while a job ran.")

    async def _ready_a_worker(self) -> None:
        """An idle worker exists, and the next `run_sync` of this task takes it without starting one."""
        async with self._starting:
            if self._starts:  # of callers that were cancelled
                await asyncio.wait(self._starts)
            for tries_left in reversed(range(_MOST_DEAD_WORKERS)):
                start = asyncio.create_task(to_process.run_sync(_die_with_parent, os.getpid(), limiter=self._no_limit))
                self._starts.add(start)
                start.add_done_callback(self._starts.discard)
                try:
                    await asyncio.shield(start)  # anyio's own shield does not stop `Task.cancel`
                except BrokenWorkerProcess as error:  # it died while it was idle, which is no job's fault
                    if not tries_left:
                        raise WorkerDied("Worker processes end before they begin.") from error
                else:
                    return


def _in_worker(parent_pid: int, limits: _Limits | None, job: Callable[[], R]) -> R:
    """Runs in the worker."""
    _die_with_parent(parent_pid)
    if limits is None:
        return job()
    previous = _limit(limits)
    try:
        return job()
    except MemoryError as error:
        raise UnreadableMedia("it needs too much memory to be opened") from error
    finally:
        for kind, soft_and_hard in previous.items():
            resource.setrlimit(kind, soft_and_hard)


@functools.cache
def _die_with_parent(parent_pid: int) -> None:
    """See `die_with_parent`; once per process."""
    if not _IS_LINUX:
        return
    die_with_parent(parent_pid)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # anyio never reads this pipe: a chatty C library would block on it


def _limit(limits: _Limits) -> dict[int, tuple[int, int]]:
    """Soft limits for one job; the ones that it replaced. They count on top of what the process used before."""
    if not _IS_LINUX:
        return {}
    previous = {
        kind: resource.getrlimit(kind) for kind in (resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_CORE)
    }
    used = resource.getrusage(resource.RUSAGE_SELF)
    mapped_bytes = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    wanted = {
        resource.RLIMIT_AS: mapped_bytes + limits.memory_bytes,
        resource.RLIMIT_CPU: math.ceil(used.ru_utime + used.ru_stime) + limits.cpu_s,
        resource.RLIMIT_CORE: 0,
    }
    for kind, soft in wanted.items():
        hard = previous[kind][1]
        resource.setrlimit(kind, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))
    return previous


def _load_pillow() -> None:
    from PIL import Image  # noqa: PLC0415 - only worker processes load the decoder

    Image.init()
