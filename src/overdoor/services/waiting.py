"""Waiting for the end of a task: one notification for each, no polling per waiter.

In this process a finished transaction tells at once; what another process finished is found by one read for all waited
ids whenever the database's watcher reports a change.
"""

import asyncio
from collections import defaultdict

from overdoor.storage import tasks
from overdoor.storage.db import Database, Tx
from overdoor.units import TaskId


class Waiting:
    """Who waits for which task."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._events: dict[TaskId, set[asyncio.Event]] = defaultdict(set)
        self._stopping = False
        self._looking = False
        self._look_again = False
        self._chores: set[asyncio.Task[None]] = set()
        database.watch(self._notice_change)

    def announce(self, task_id: TaskId) -> None:
        """The task has ended (its transaction is durable)."""
        for event in self._events.get(task_id, ()):
            event.set()

    async def until_ended(self, task_id: TaskId, *, timeout_s: float | None) -> None:
        """Return when the task has ended, the time is over, or the server stops; the caller reads the row again."""
        event = asyncio.Event()
        self._events[task_id].add(event)
        try:
            if self._stopping or await self._database.read(lambda tx: tasks.ended(tx, task_id)):
                return
            async with asyncio.timeout(timeout_s):
                await event.wait()
        except TimeoutError:
            return
        finally:
            self._events[task_id].discard(event)
            if not self._events[task_id]:
                del self._events[task_id]

    def release_all(self) -> None:
        """The server is stopping: everybody is answered with the present state."""
        self._stopping = True
        for events in self._events.values():
            for event in events:
                event.set()

    def _notice_change(self) -> None:
        if self._looking:  # what is being read may be older than this change
            self._look_again = True
            return
        if not self._events:
            return
        self._looking = True
        chore = asyncio.create_task(self._look())
        self._chores.add(chore)
        chore.add_done_callback(self._chores.discard)

    async def _look(self) -> None:
        waited_for = list(self._events)

        def work(tx: Tx) -> list[TaskId]:
            return [task_id for task_id in waited_for if tasks.ended(tx, task_id)]

        try:
            ended = await self._database.read(work)
        finally:
            self._looking = False
            if self._look_again:
                self._look_again = False
                self._notice_change()
        for task_id in ended:
            self.announce(task_id)
