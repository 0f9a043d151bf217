"""Take-ups and leases: which worker carries a task, and what a slower or dead one can no longer do.

Every take-up begins with one statement on the row (attempt + 1, a lease), and every later write carries that attempt. A
take-up that finds the lease of a worker which never gave it back counts that as a failure in the row.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from overdoor.domain.task import HEARTBEAT_S, LEASE_S, Task
from overdoor.engine.contract import Again, Done
from overdoor.providers.contract import Traits
from overdoor.storage import task_life, tasks
from overdoor.storage.db import Database, Tx
from overdoor.storage.presence import Presence
from overdoor.storage.tasks import Leased

_LOOK_FOR_THE_GONE_S = 3.0  # whether the worker that has the task still lives
_NO_PLACE_AGAIN_S = 1.0  # after which a queued task looks again for a place at its provider

_log = structlog.get_logger("overdoor.tasks")


class LostLease(Exception):
    """Another worker has taken the task up, or it was ended; whatever this one does is void."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A take-up. intent_is_new: it marked the intent to submit; otherwise `submitting` is what a crash left behind."""

    task: Task
    intent_is_new: bool = False


class NoPlace:
    """The task's provider has as many tasks as it may have."""


class Leases:
    """The leases of one worker. `owner` names it in the rows; caps: how many tasks a provider may have at once."""

    def __init__(
        self,
        *,
        database: Database,
        owner: str,
        presence: Presence | None,
        caps: Mapping[str, int],
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._owner = owner
        self._presence = presence
        self._caps = dict(caps)
        self._now = now
        self._holding = 0
        self._carrying: Counter[str] = Counter()  # deliveries of each task in this process
        self._kept: dict[str, float] = {}  # since when (monotonic): tasks between two checks whose lease stays here

    async def beat(self) -> None:
        """Renew this worker's leases for as long as it runs."""
        while True:
            await asyncio.sleep(HEARTBEAT_S)
            if self._holding or self._kept:
                await self._renew()

    async def _renew(self) -> None:
        started = time.monotonic()
        forgotten = [task_id for task_id, since in self._kept.items() if started - since > LEASE_S]

        def work(tx: Tx) -> None:
            for task_id in forgotten:  # its delivery went to another worker
                tasks.give_up(tx, task_id, self._owner)
            tasks.heartbeat(tx, self._owner)

        try:
            await self._database.write(work)
        except Exception:  # noqa: BLE001 - a worker's outermost loop: the database may be restarting
            _log.exception("heartbeat failed")
        else:
            for task_id in forgotten:
                self._kept.pop(task_id, None)
        if (took_s := time.monotonic() - started) > HEARTBEAT_S:
            _log.warning("slow heartbeat", took_s=round(took_s, 1))

    @contextmanager
    def carrying(self, task_id: str) -> Generator[None]:
        """While this delivery runs, a lease of ours on the task may be in use."""
        self._carrying[task_id] += 1
        try:
            yield
        finally:
            self._carrying[task_id] -= 1
            if not self._carrying[task_id]:
                del self._carrying[task_id]

    @contextmanager
    def holding(self) -> Generator[None]:
        """While this step runs, the heartbeat renews its lease."""
        self._holding += 1
        try:
            yield
        finally:
            self._holding -= 1

    async def take_up(self, task_id: str) -> Attempt | Again | Done:
        """A new attempt at the task; or when to ask again, because another has it; or Done where it has ended."""
        is_kept = task_id in self._kept
        if self._caps and await self._database.read(lambda tx: self._must_wait(tx, task_id, locked=False)):
            return Again(_NO_PLACE_AGAIN_S)
        taken = await self._database.write(lambda tx: self._take_up(tx, task_id, is_kept=is_kept))
        self._kept.pop(task_id, None)
        match taken:
            case None:
                return Done()
            case NoPlace():
                return Again(_NO_PLACE_AGAIN_S)
            case Leased(owner, remaining_s):
                return await self._wait_for(task_id, owner, remaining_s)
            case Attempt():
                return taken

    def _take_up(self, tx: Tx, task_id: str, *, is_kept: bool) -> Attempt | Leased | NoPlace | None:
        """Begin an attempt. Where nothing is to be fetched or decided first, the intent to submit is marked at once."""
        if self._caps and self._must_wait(tx, task_id, locked=True):
            return NoPlace()
        taken = tasks.take_up(tx, task_id, self._owner, is_kept=is_kept)
        if not isinstance(taken, Task):
            return taken
        must_decide = taken.is_poisoned or taken.cancel is not None or taken.is_overdue(self._now())
        if taken.phase != "queued" or taken.request.inputs or must_decide:
            return Attempt(taken)
        tasks.mark_intent(tx, taken)
        return Attempt(marked(taken), intent_is_new=True)

    def _must_wait(self, tx: Tx, task_id: str, *, locked: bool) -> bool:
        return task_life.must_wait(tx, task_id, self._caps, now=self._now(), locked=locked)

    async def put_back(self, task: Task, *, again_s: float) -> Again:
        """End the attempt in the task's present phase: anybody may take it up again."""
        await self._database.write(
            lambda tx: tasks.put_back(tx, task, phase=task.phase, ticket=task.ticket, progress=task.progress)
        )
        return Again(again_s)

    async def ask_later(self, task: Task, traits: Traits) -> Again:
        """End the attempt until the next check. Where only this process can check, nobody else may take the task up:
        it would find the ticket lost, and start the work anew.

        Raises:
            LostLease
        """
        if not traits.process_local:
            return await self.put_back(task, again_s=traits.poll_after_s)
        if not await self._database.write(lambda tx: tasks.note_progress(tx, task)):
            raise LostLease
        self._kept[task.id] = time.monotonic()
        return Again(traits.poll_after_s)

    async def let_go_of_all(self) -> None:
        """Give back the leases that were kept between two checks: the server stops, and its work with it."""
        if self._kept:
            await self._database.write(lambda tx: tasks.give_back_leases(tx, self._owner))

    async def _wait_for(self, task_id: str, owner: str, remaining_s: float) -> Again:
        """Another worker has the task. If that worker is known to be gone, its leases are freed at once.

        A lease of our own under which nobody works is left from a write that failed; the heartbeat would renew it.
        """
        if owner == self._owner and self._carrying[task_id] == 1:
            await self._database.write(lambda tx: _let_go_of(tx, task_id))
            return Again(0)
        if self._presence is not None and owner and self._presence.is_gone(owner):
            freed = await self._database.write(lambda tx: tasks.free_leases(tx, owner))
            _log.info("took over from a worker that is gone", worker=owner, tasks=freed)
            return Again(0)
        return Again(remaining_s if self._presence is None else min(remaining_s, _LOOK_FOR_THE_GONE_S))


def marked(task: Task) -> Task:
    """The task as the row has it once the intent to submit is marked."""
    return replace(task, phase="submitting", submits=task.submits + 1, unknown_since=None)


def _let_go_of(tx: Tx, task_id: str) -> None:
    if (task := tasks.by_id(tx, task_id)) is not None:
        tasks.let_go(tx, task)
