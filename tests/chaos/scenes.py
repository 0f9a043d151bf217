"""Three troubles one at a time, so that each can be measured: a dead worker, a frozen one, a rolling upgrade."""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tests.chaos.books import Books
from tests.chaos.fleet import Node
from tests.chaos.load import Clients
from tests.chaos.upstream import StormyUpstream

_IN_FLIGHT = 20
_FROZEN_S = 12.0
_PATIENCE_S = 60.0


@dataclass(frozen=True, slots=True)
class Told:
    """What a scene saw. seconds: as the scene says; ends: states of its tasks; twice: submitted more than once."""

    seconds: float
    ends: Counter[str]
    twice: int

    @property
    def failed(self) -> int:
        """Tasks without success."""
        return self.ends.total() - self.ends["success"]


@dataclass(frozen=True, slots=True)
class Stage:
    """Who plays."""

    webs: Sequence[Node]
    workers: Sequence[Node]
    clients: Clients
    upstream: StormyUpstream
    books: Books


async def dead_worker(stage: Stage) -> Told:
    """Kill a worker with tasks in flight; seconds until the last of them was taken up by another."""
    created = await _in_flight(stage, "dead", work_s=(20.0, 22.0))
    before = await asyncio.to_thread(stage.books.attempts)
    began = time.monotonic()
    await stage.workers[0].kill()
    left = dict(before)
    while left and time.monotonic() - began < _PATIENCE_S:
        await asyncio.sleep(0.1)
        now = await asyncio.to_thread(stage.books.attempts)
        left = {task_id: attempt for task_id, attempt in left.items() if now.get(task_id, attempt + 1) <= attempt}
    took_s = time.monotonic() - began
    await stage.workers[0].start()
    return await _told(stage, created, took_s)


async def frozen_worker(stage: Stage) -> Told:
    """Freeze a worker for longer than its leases, and let it go on; seconds until all tasks had ended."""
    created = await _in_flight(stage, "frozen", work_s=(3.0, 6.0))
    began = time.monotonic()
    stage.workers[0].freeze()
    await asyncio.sleep(_FROZEN_S)
    stage.workers[0].thaw()
    told = await _told(stage, created, 0.0)
    return Told(time.monotonic() - began, told.ends, told.twice)


async def rolling_upgrade(stage: Stage) -> Told:
    """Replace every process by a new one while tasks are in flight; seconds for all of it."""
    created = await _in_flight(stage, "rolling", work_s=(4.0, 8.0))
    began = time.monotonic()
    codes: list[int] = []
    for node in (*stage.workers, *stage.webs):
        if node.role == "worker":
            codes.append(await _replaced(node))
        else:
            codes.append(await node.stop())  # its port is free again only now
            await node.start()
    took_s = time.monotonic() - began
    told = await _told(stage, created, took_s)
    return Told(took_s, told.ends + Counter({"exit code": sum(code != 0 for code in codes)}), told.twice)


async def _replaced(node: Node) -> int:
    """The new process runs before the old one is asked to stop; the old one's exit code."""
    old = node.step_aside()
    await node.start()
    return await old.stop()


async def _in_flight(stage: Stage, name: str, *, work_s: tuple[float, float]) -> list[tuple[str, str]]:
    """Create tasks, and return when the provider has all of them."""
    stage.upstream.calm, stage.upstream.work_s = True, work_s
    created = [await stage.clients.picture(f"{name}-{number}") for number in range(_IN_FLIGHT)]
    async with asyncio.timeout(_PATIENCE_S):
        while not all(task_id in stage.upstream.journal for task_id, _ in created):
            await asyncio.sleep(0.05)
    await asyncio.sleep(0.5)  # the answers to the last submits are written down
    return created


async def _told(stage: Stage, created: Sequence[tuple[str, str]], seconds: float) -> Told:
    ends = Counter(await asyncio.gather(*(stage.clients.ended(task_id, key) for task_id, key in created)))
    witnessed = stage.upstream.witnessed()
    return Told(seconds, ends, sum(witnessed[task_id] > 1 for task_id, _ in created))
