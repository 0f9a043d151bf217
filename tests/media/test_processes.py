"""Worker processes that end when they should (design.md decision 10)."""

import asyncio
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from samples import bomb_png, picture
from worker_jobs import hold, refuse

from overdoor.media.probe import UnreadableMedia, probe
from overdoor.media.processes import MediaProcesses, WorkerDied, foreign

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="Linux alone ends children with their parent")


@pytest.fixture
async def processes() -> AsyncIterator[MediaProcesses]:
    opened = MediaProcesses(2, 1, image_memory_bytes=128 * 1024**2)
    yield opened
    await opened.aclose()


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A server socket: a connection to it lives as long as the process that holds it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(10)
        yield server


def accept(listener: socket.socket) -> socket.socket:
    """The connection of a job that has begun."""
    connection, _ = listener.accept()
    connection.settimeout(5)
    assert connection.recv(7) == b"started"
    return connection


def require_end(connection: socket.socket) -> None:
    """The process at the other end is gone within 5 s."""
    with connection:
        try:
            assert connection.recv(1) == b""
        except ConnectionResetError:
            return


async def test_a_job_runs_in_another_process_and_answers_or_raises(processes: MediaProcesses) -> None:
    """Promise: `image` gives what the function gives."""
    assert await processes.image(os.getpid) != os.getpid()
    assert await processes.video(divmod, 7, 2) == (3, 1)
    with pytest.raises(KeyError, match="fox"):
        await processes.image(refuse, "fox")


async def test_a_worker_is_used_again_after_warm(processes: MediaProcesses) -> None:
    """Promise: `warm` starts it ahead of the first job."""
    await processes.warm()

    assert await processes.image(os.getpid) == await processes.image(os.getpid)


async def test_a_job_over_its_time_is_killed(processes: MediaProcesses, listener: socket.socket) -> None:
    """Promise: TimeoutError, and the process is gone."""
    with pytest.raises(TimeoutError):
        await processes.image(hold, listener.getsockname()[1], timeout_s=0.5)

    require_end(accept(listener))


async def test_a_cancelled_job_is_killed(processes: MediaProcesses, listener: socket.socket) -> None:
    """Promise: nobody waits, nothing runs."""
    task = asyncio.create_task(processes.video(hold, listener.getsockname()[1]))
    connection = await asyncio.to_thread(accept, listener)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    require_end(connection)


async def test_closing_ends_what_runs_and_refuses_what_comes(
    processes: MediaProcesses, listener: socket.socket
) -> None:
    """Promise: `aclose` leaves no job."""
    running = asyncio.create_task(processes.image(hold, listener.getsockname()[1]))
    connection = await asyncio.to_thread(accept, listener)
    await processes.aclose()

    require_end(connection)
    with pytest.raises(WorkerDied):
        await running
    with pytest.raises(WorkerDied):
        await processes.image(os.getpid)


@on_linux
async def test_a_cancelled_start_leaves_no_process(processes: MediaProcesses) -> None:
    """Promise: anyio forgets a process whose start is cancelled; here the start is shielded."""
    before = _children()
    task = asyncio.create_task(processes.image(os.getpid))
    while _children() == before:
        await asyncio.sleep(0)
    for _ in range(20):
        await asyncio.sleep(0)  # now its pipes are connected, and it is far from ready
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    worker = await processes.image(os.getpid)

    assert _children() - before == {worker}


async def test_pictures_wait_for_a_free_worker_and_videos_do_not(listener: socket.socket) -> None:
    """Promise: separate limits; waiting for a slot does not count as time."""
    processes = MediaProcesses(1, 1)
    busy = asyncio.create_task(processes.image(hold, listener.getsockname()[1], timeout_s=0.5))
    connection = await asyncio.to_thread(accept, listener)
    waiting = asyncio.create_task(processes.image(os.getpid, timeout_s=5))

    assert await processes.video(abs, -3) == 3
    assert not waiting.done()
    with pytest.raises(TimeoutError):
        await busy
    assert await waiting > 0
    connection.close()
    await processes.aclose()


async def test_a_crash_is_told_apart_by_whose_bytes_they_were(processes: MediaProcesses) -> None:
    """Promise: foreign bytes that crash a decoder are bad bytes; our own crash is ours."""
    with pytest.raises(WorkerDied):
        await processes.image(os._exit, 3)
    with pytest.raises(UnreadableMedia):
        await processes.image(foreign(os._exit), 3)

    assert await processes.image(abs, -1) == 1


@on_linux
async def test_a_foreign_job_has_limits_and_its_worker_loses_them_afterwards(processes: MediaProcesses) -> None:
    """Promise: 128 MiB on top of the worker for this fixture; our own jobs are free."""
    with pytest.raises(UnreadableMedia, match="too much memory"):
        await processes.image(foreign(bytearray), 256 * 1024**2)
    assert len(await processes.image(foreign(bytearray), 1024)) == 1024
    cpu_s, _ = await processes.image(foreign(resource.getrlimit), resource.RLIMIT_CPU)
    core_bytes, _ = await processes.image(foreign(resource.getrlimit), resource.RLIMIT_CORE)

    assert 60 <= cpu_s <= 65
    assert core_bytes == 0
    assert await processes.image(resource.getrlimit, resource.RLIMIT_AS) == resource.getrlimit(resource.RLIMIT_AS)
    assert await processes.image(resource.getrlimit, resource.RLIMIT_CPU) == resource.getrlimit(resource.RLIMIT_CPU)


async def test_foreign_pictures_are_probed_in_a_worker(processes: MediaProcesses) -> None:
    """Promise: facts and refusals cross the border whole; a bomb is refused at once."""
    facts = await processes.image(foreign(probe), picture("PNG"))
    started_at = time.perf_counter()
    with pytest.raises(UnreadableMedia) as caught:
        await processes.image(foreign(probe), bomb_png(30_000, 30_000))

    assert facts == probe(picture("PNG"))
    assert caught.value.reason == "it has more than 50 megapixels"
    assert time.perf_counter() - started_at < 2


@on_linux
@pytest.mark.parametrize("kind", ["image", "video"])
def test_kill_9_of_the_server_in_the_middle_of_a_job_leaves_no_process(listener: socket.socket, kind: str) -> None:
    """Promise: dies with its parent, although a busy worker does not read the pipe that closes."""
    script = (
        "import asyncio, sys, worker_jobs\n"
        "from overdoor.media.processes import MediaProcesses\n"
        f"asyncio.run(MediaProcesses(1, 1).{kind}(worker_jobs.hold, int(sys.argv[1])))\n"
    )
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parent)}
    command = [sys.executable, "-c", script, str(listener.getsockname()[1])]
    with subprocess.Popen(command, env=environment) as server:
        connection = accept(listener)
        server.kill()

    require_end(connection)


def test_a_loop_that_ends_takes_its_idle_workers_along() -> None:
    """Promise: anyio ends them with `asyncio.run`; warnings about forgotten processes are errors here."""

    async def work() -> int:
        processes = MediaProcesses(1, 1)
        await processes.warm()
        worker = await processes.image(os.getpid)
        await processes.aclose()
        return worker

    worker = asyncio.run(work())

    with pytest.raises(ProcessLookupError):
        os.kill(worker, 0)


def test_the_server_imports_no_decoder() -> None:
    """Promise: Pillow, libav and numpy cost memory in workers only."""
    script = (
        "import sys\n"
        "import overdoor.media.processes, overdoor.media.fit, overdoor.media.preview, overdoor.net.fetch\n"
        "sys.exit(any(name in sys.modules for name in ('PIL', 'av', 'numpy')))\n"
    )

    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def _children() -> set[int]:
    tasks = Path(f"/proc/{os.getpid()}/task").iterdir()
    found: set[int] = set()
    for task in tasks:
        with suppress(FileNotFoundError):  # a thread that ended meanwhile
            found |= {int(pid) for pid in (task / "children").read_text(encoding="ascii").split()}
    return found


async def test_an_idle_worker_that_died_is_replaced_and_blames_no_file(processes: MediaProcesses) -> None:
    """Promise: whatever killed it between two jobs, the next file is read."""
    pid = await processes.image(os.getpid)
    os.kill(pid, signal.SIGKILL)
    with suppress(OSError):  # the watcher's thread has reaped it
        while " Z " not in Path(f"/proc/{pid}/stat").read_text(encoding="ascii"):
            pass  # without an await: the pool has not heard of its end

    assert await processes.image(foreign(os.getpid)) != pid
