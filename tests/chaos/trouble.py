"""What is done to the fleet while it works: kills, freezes, restarts of the database, and a probe of who answers."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.chaos.books import Books
from tests.chaos.fleet import Node, left_behind
from tests.support.postgresql import Cluster

_KILL_EVERY_S = 3.0
_RESTART_DATABASE_EVERY_S = 20.0
_FIRST_RESTART_AFTER_S = 8.0
_FREEZE_EVERY_S = 4.0
_FROZEN_S = (11.0, 14.0)  # longer than a lease
_SAMPLE_EVERY_S = 1.0


@dataclass(slots=True)
class Done:
    """What was broken, and how long it took to heal."""

    kills: Counter[str] = field(default_factory=Counter[str])
    freezes: int = 0
    database_restarts: Counter[str] = field(default_factory=Counter[str])
    left_behind: int = 0
    ready_after_kill_s: list[float] = field(default_factory=list[float])
    database_back_s: list[float] = field(default_factory=list[float])
    failed_starts: int = 0


class Trouble:
    """Breaks things until it is told to stop."""

    def __init__(self, nodes: Sequence[Node], cluster: Cluster | None, chance: random.Random) -> None:
        self._nodes, self._cluster, self._chance = nodes, cluster, chance
        self._calming = asyncio.Event()
        self._restarts: set[asyncio.Task[None]] = set()
        self.done = Done()

    async def storm(self) -> None:
        """Break things at random until `calm`; then everything that was broken is made whole again."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._kill_on())
            group.create_task(self._freeze_on())
            if self._cluster is not None:
                group.create_task(self._restart_database_on(self._cluster))
        await asyncio.gather(*self._restarts)

    def calm(self) -> None:
        """Break nothing more."""
        self._calming.set()

    async def _kill_on(self) -> None:
        while not await self._calm_within(_KILL_EVERY_S):
            await asyncio.gather(*self._restarts)  # where Python starts slowly, there is something to kill all the same
            standing = [node for node in self._nodes if node.ready.is_set() and not node.frozen]
            if not standing:
                continue
            node = self._chance.choice(standing)
            self.done.kills[node.role] += 1
            node.ready.clear()
            self._restarts.add(asyncio.create_task(self._kill(node)))

    async def _kill(self, node: Node) -> None:
        began = time.monotonic()
        family = await node.kill()
        leaving = asyncio.create_task(left_behind(family))
        await self._start(node)
        self.done.ready_after_kill_s.append(time.monotonic() - began)
        self.done.left_behind += await leaving

    async def _start(self, node: Node) -> None:
        for _ in range(20):  # as a supervisor would, while the database is away
            try:
                await node.start()
            except RuntimeError:
                self.done.failed_starts += 1
                await asyncio.sleep(0.5)
            else:
                return
        raise RuntimeError(f"{node.name} did not start again; see nodes.log")

    async def _freeze_on(self) -> None:
        while not await self._calm_within(_FREEZE_EVERY_S):
            workers = [node for node in self._nodes if node.role == "worker" and node.ready.is_set()]
            if len(workers) < 2:
                continue
            node = self._chance.choice(workers)
            node.freeze()
            self.done.freezes += 1
            await self._calm_within(self._chance.uniform(*_FROZEN_S))
            node.thaw()

    async def _restart_database_on(self, cluster: Cluster) -> None:
        pause_s = _FIRST_RESTART_AFTER_S
        while not await self._calm_within(pause_s):
            pause_s = _RESTART_DATABASE_EVERY_S
            mode = "fast" if self.done.database_restarts.total() % 2 == 0 else "immediate"
            began = time.monotonic()
            await asyncio.to_thread(cluster.restart, mode)
            self.done.database_restarts[mode] += 1
            self.done.database_back_s.append(time.monotonic() - began)

    async def _calm_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self._calming.wait()
        except TimeoutError:
            return False
        return True


async def sample_on(books: Books) -> None:
    """Look into the books every second, for ever."""
    while True:
        await asyncio.to_thread(books.sample)
        await asyncio.sleep(_SAMPLE_EVERY_S)
