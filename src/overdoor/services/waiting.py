"""Waiting for a task: whoever waits is woken by a notice, and one read serves all who wait.

A transaction that changes a task announces it (`Tx.announce`). The ids that come in are compared with those that are
waited for; what has changed is read once, however many wait for it, and offered to each.
"""

import asyncio
import time
from collections.abc import Callable, Collection, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import structlog

from overdoor.domain.task import TaskView
from overdoor.storage import task_views, tasks
from overdoor.storage.db import Database, Tx
from overdoor.storage.task_views import Mark
from overdoor.units import TaskId

_POSITIONS_EVERY_S = 1.0  # at most: they change with every task that somebody begins with
_POSITIONS_SHARE = 0.1  # of a reader's time, at most, where the queue is long

_AGAIN_S = 1.0  # after a read that failed: the database may be restarting

_log = structlog.get_logger("overdoor.waiting")


class Ear:
    """One who waits for one task. It keeps the newest view only, so a slow one costs nothing."""

    def __init__(self, watched: "_Watched", look: Callable[[], None]) -> None:
        self._watched = watched
        self._look = look
        self._heard = asyncio.Event()
        self._latest: TaskView | None = None

    def start_from(self, view: TaskView) -> None:
        """Say what is known already: only changes after it are of interest."""
        if self._watched.mark is None:
            self._watched.mark = _mark_of(view)
            self._watched.position = view.queue_position
        elif self._watched.mark != _mark_of(view):  # of two who came together one has read before a change
            self._watched.mark = None
            self._look()

    async def next(self, timeout_s: float | None) -> TaskView | None:
        """The task after it has changed; None when the time is over or the server stops."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._heard.wait()
        except TimeoutError:
            return None
        latest, self._latest = self._latest, None
        if latest is not None:  # else it is the stop, which stays heard
            self._heard.clear()
        return latest

    async def until_ended(self, timeout_s: float | None) -> TaskView | None:
        """The task once it has ended; None when the time is over or the server stops."""
        until = None if timeout_s is None else time.monotonic() + timeout_s
        while True:
            view = await self.next(None if until is None else max(until - time.monotonic(), 0))
            if view is None or view.task.state != "waiting":
                return view

    def offer(self, view: TaskView | None) -> None:
        """Wake the one who waits, with a view or because the server stops."""
        if view is not None:
            self._latest = view
        self._heard.set()


@dataclass(slots=True)
class _Watched:
    """A task that somebody waits for, as it was when it was last looked at."""

    ears: set[Ear] = field(default_factory=set[Ear])
    follow_queue: int = 0  # how many of the ears want to hear of the queue position
    mark: Mark | None = None
    position: int | None = None


class Waiting:
    """Who waits for which task."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._watched: dict[TaskId, _Watched] = {}
        self._stopping = False
        self._due: set[TaskId] = set()
        self._looking: asyncio.Task[None] | None = None
        self._queue_changed = False
        self._positions_from = 0.0  # monotonic: no sooner are positions read again
        self._later: asyncio.TimerHandle | None = None
        database.listen(self._hear)

    @property
    def is_stopping(self) -> bool:
        """True when nobody is kept waiting any more."""
        return self._stopping

    @property
    def watched(self) -> int:
        """How many tasks somebody waits for."""
        return len(self._watched)

    @contextmanager
    def listening(self, task_id: str, *, follow_queue: bool = False) -> Generator[Ear]:
        """An ear for this task. Read the task after this has begun: nothing that happens later is missed then.

        follow_queue: its position in the queue is a change, too.
        """
        known = TaskId(task_id)
        watched = self._watched.setdefault(known, _Watched())
        ear = Ear(watched, lambda: self._hear([known]))
        watched.ears.add(ear)
        watched.follow_queue += follow_queue
        if self._stopping:
            ear.offer(None)
        try:
            yield ear
        finally:
            watched.ears.discard(ear)
            watched.follow_queue -= follow_queue
            if not watched.ears:
                self._watched.pop(known, None)

    async def until_ended(self, task_id: TaskId, *, timeout_s: float | None) -> None:
        """Return when the task has ended, the time is over, or the server stops; the caller reads the row again."""
        with self.listening(task_id) as ear:
            if not await self._database.read(lambda tx: tasks.ended(tx, task_id)):
                await ear.until_ended(timeout_s)

    def release_all(self) -> None:
        """The server is stopping: everybody is answered with the present state."""
        self._stopping = True
        for watched in self._watched.values():
            for ear in watched.ears:
                ear.offer(None)

    def _hear(self, changed: Collection[str] | None) -> None:
        """Some tasks have changed; None: any may have."""
        if not self._watched or self._stopping:
            return
        self._queue_changed = True
        if changed is None:
            self._due.update(self._watched)
        else:
            self._due.update(task_id for each in changed if (task_id := TaskId(each)) in self._watched)
        self._look_if_due()

    def _look_if_due(self) -> None:
        self._later = None
        if self._looking is not None:  # it looks again before it ends
            return
        if not self._watched:
            self._due.clear()
            return
        if self._due or self._positions_due():
            self._looking = asyncio.create_task(self._look())
            self._looking.add_done_callback(self._looked)

    def _looked(self, ended: "asyncio.Task[None]") -> None:
        self._looking = None
        if not ended.cancelled() and (error := ended.exception()) is not None:
            _log.warning("looking for changed tasks failed", exc_info=error)
            self._later = asyncio.get_running_loop().call_later(_AGAIN_S, self._look_if_due)
            return
        self._look_if_due()
        wait_s = self._positions_from - time.monotonic()
        if self._later is None and self._queue_changed and self._followed() and wait_s > 0:
            self._later = asyncio.get_running_loop().call_later(wait_s, self._look_if_due)

    async def _look(self) -> None:
        due, self._due = self._due, set[TaskId]()
        marks = {task_id: self._watched[task_id].mark for task_id in due if task_id in self._watched}
        if marks:
            try:
                changed = await self._database.read(lambda tx: _changed(tx, marks))
            except Exception:
                self._due |= due
                raise
            for view in changed:
                self._offer(view)
        if self._positions_due():
            await self._look_at_queue()

    async def _look_at_queue(self) -> None:
        self._queue_changed = False
        known = {task_id: self._watched[task_id].position for task_id in self._followed()}
        began = time.monotonic()
        moved = await self._database.read(lambda tx: _moved(tx, known))
        took_s = time.monotonic() - began
        self._positions_from = began + max(_POSITIONS_EVERY_S, took_s / _POSITIONS_SHARE)
        for view in moved:
            self._offer(view)

    def _offer(self, view: TaskView) -> None:
        watched = self._watched.get(view.task.id)
        if watched is None or (watched.mark, watched.position) == (_mark_of(view), view.queue_position):
            return  # nobody waits any more, or all know it already
        watched.mark, watched.position = _mark_of(view), view.queue_position
        for ear in watched.ears:
            ear.offer(view)

    def _positions_due(self) -> bool:
        return self._queue_changed and time.monotonic() >= self._positions_from and bool(self._followed())

    def _followed(self) -> list[TaskId]:
        """The queued tasks whose position somebody follows."""
        return [
            task_id
            for task_id, watched in self._watched.items()
            if watched.follow_queue and watched.mark is not None and watched.mark.phase == "queued"
        ]


def _mark_of(view: TaskView) -> Mark:
    return Mark(view.task.state, view.task.phase, view.task.progress)


def _changed(tx: Tx, known: Mapping[TaskId, Mark | None]) -> tuple[TaskView, ...]:
    """The tasks that are no longer as they were known to be."""
    now = task_views.marks(tx, known)
    changed = [task_id for task_id, mark in now.items() if mark != known[task_id]]
    return task_views.views(tx, task_views.by_ids(tx, changed)) if changed else ()


def _moved(tx: Tx, known: Mapping[TaskId, int | None]) -> tuple[TaskView, ...]:
    """The queued tasks that have another position than was known."""
    now = task_views.positions(tx, known)
    moved = [task_id for task_id, position in now.items() if position != known[task_id]]
    found = task_views.by_ids(tx, moved) if moved else ()
    return tuple(TaskView(task, (), now[task.id]) for task in found)
