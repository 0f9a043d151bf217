"""What the operator asks about tasks: the newest, one of them, and those that are stuck."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from overdoor.domain.task import State, Task
from overdoor.errors import TaskNotFound
from overdoor.storage import operator, tasks
from overdoor.storage.db import Database, Tx
from overdoor.units import to_epoch_ms

Why = Literal["unknown", "overdue", "failing", "slow"]

_MOST = 1000

ADVICE: dict[Why, str] = {
    "unknown": "Look for the work at the provider. It is resolved by itself; `tasks cancel` stops it once it is found.",
    "overdue": "It ends at its next step. If it stays, no worker carries it: see that one runs, and its log.",
    "failing": "Its worker died or its step raised: the log has the cause. Five times in a row end it.",
    "slow": "Wait for its deadline, or cancel it with `overdoor tasks cancel`.",
}


@dataclass(frozen=True, slots=True)
class StuckTask:
    """A waiting task that somebody should look at. age_s: since it was accepted."""

    task: Task
    why: Why
    age_s: float


class Operations:
    """Reads tasks of all accounts."""

    def __init__(self, database: Database, *, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    async def newest(self, *, state: State | None, most: int) -> Sequence[Task]:
        """The newest tasks first."""
        return await self._database.read(lambda tx: operator.newest(tx, state=state, most=most))

    async def find(self, task_id: str) -> Task:
        """One task.

        Raises:
            TaskNotFound
        """
        task = await self._database.read(lambda tx: tasks.by_id(tx, task_id))
        if task is None:
            raise TaskNotFound(task_id=task_id)
        return task

    async def stuck(self, *, slow_after_s: float) -> Sequence[StuckTask]:
        """Waiting tasks that are unknown, over-due, failing, or older than `slow_after_s`; the oldest first."""
        now = self._now()
        long_ago_ms = to_epoch_ms(now - timedelta(seconds=slow_after_s))

        def work(tx: Tx) -> Sequence[Task]:
            return operator.stuck(tx, now_ms=to_epoch_ms(now), long_ago_ms=long_ago_ms, most=_MOST)

        found = await self._database.read(work)
        return [StuckTask(task, _why(task, now), (now - task.created_at).total_seconds()) for task in found]


def _why(task: Task, now: datetime) -> Why:
    if task.phase == "unknown":
        return "unknown"
    if task.is_overdue(now):
        return "overdue"
    return "failing" if task.failures else "slow"
