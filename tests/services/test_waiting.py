"""Waiting: one read for all who wait, nothing missed, nothing left behind."""

import asyncio
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any, cast

import pytest

from overdoor.domain.task import TaskView
from overdoor.services.waiting import Waiting
from overdoor.storage import tasks
from overdoor.storage.db import Database, Tx
from overdoor.units import AccountId, TaskId
from tests.support.following import PATIENCE_S
from tests.support.tasks import open_account, waiting_task

_TASK = waiting_task(AccountId("acct_a"), price=0)
_QUEUED = TaskView(_TASK, (), 3)
_DONE = TaskView(replace(_TASK, state="success", phase="done"), ())


class SlowReads:
    """A database whose reads answer in the order of `answers`, each when the test says so."""

    def __init__(self) -> None:
        self.answers: asyncio.Queue[object] = asyncio.Queue()
        self.begun: asyncio.Queue[None] = asyncio.Queue()
        self.tell: Callable[[Collection[str] | None], None] = lambda _: None

    def listen(self, listener: Callable[[Collection[str] | None], None]) -> None:
        self.tell = listener

    async def read(self, _work: object) -> Any:
        self.begun.put_nowait(None)
        answer = await self.answers.get()
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def slow() -> SlowReads:
    """The database."""
    return SlowReads()


@pytest.fixture
def waiting(slow: SlowReads) -> Waiting:
    """Those who wait on it."""
    return Waiting(cast("Database", slow))


async def test_an_end_that_comes_while_rows_are_being_read_is_noticed(slow: SlowReads, waiting: Waiting) -> None:
    """Promise: services/waiting.py: nothing that is announced is missed."""
    waiter = asyncio.create_task(waiting.until_ended(_TASK.id, timeout_s=None))
    await slow.begun.get()
    slow.answers.put_nowait(False)  # not ended when the waiter came

    slow.tell(None)
    await slow.begun.get()
    slow.tell([_TASK.id])  # the last change there is: the task ends after the rows were read
    slow.answers.put_nowait([])
    slow.answers.put_nowait([_DONE])

    await asyncio.wait_for(waiter, PATIENCE_S)


async def test_two_hundred_who_wait_are_woken_by_one_change_with_one_read(slow: SlowReads, waiting: Waiting) -> None:
    """Promise: issue 3: woken by notification, not by polling per client."""

    async def wait() -> TaskView | None:
        with waiting.listening(_TASK.id) as ear:
            ear.start_from(_QUEUED)
            return await ear.until_ended(PATIENCE_S)

    waiters = [asyncio.create_task(wait()) for _ in range(200)]
    await asyncio.sleep(0)
    slow.answers.put_nowait([_DONE])

    slow.tell([_TASK.id, "task_of_somebody_else"])

    assert await asyncio.gather(*waiters) == [_DONE] * 200
    assert slow.begun.qsize() == 1
    assert waiting.watched == 0


async def test_a_change_of_a_task_that_nobody_waits_for_costs_nothing(slow: SlowReads, waiting: Waiting) -> None:
    """Promise: services/waiting.py: ids are compared before anything is read."""
    with waiting.listening(_TASK.id) as ear:
        ear.start_from(_QUEUED)
        slow.tell(["task_of_somebody_else"])
        await asyncio.sleep(0)

        assert slow.begun.empty()


async def test_a_read_that_failed_is_made_again(slow: SlowReads, waiting: Waiting) -> None:
    """Promise: a restart of the database loses no end."""
    with waiting.listening(_TASK.id) as ear:
        ear.start_from(_QUEUED)
        slow.answers.put_nowait(OSError("away"))
        slow.answers.put_nowait([_DONE])
        slow.tell([_TASK.id])

        assert await ear.next(PATIENCE_S) == _DONE


async def test_one_who_read_before_a_change_hears_of_it_although_another_knew_it(
    slow: SlowReads, waiting: Waiting
) -> None:
    """Promise: services/waiting.py: nothing that happens after `listening` began is missed."""
    with waiting.listening(_TASK.id) as late, waiting.listening(_TASK.id) as early:
        slow.answers.put_nowait([_DONE])
        early.start_from(_DONE)
        late.start_from(_QUEUED)  # its read was older

        assert await late.next(PATIENCE_S) == _DONE


async def test_the_stop_of_the_server_wakes_those_who_wait_and_those_who_come_later(waiting: Waiting) -> None:
    """Promise: docs/operating.md: whoever waits is answered with the present state."""
    with waiting.listening(_TASK.id) as ear:
        waiting.release_all()
        assert await ear.next(PATIENCE_S) is None
    with waiting.listening(_TASK.id) as late:
        assert await late.until_ended(PATIENCE_S) is None


async def test_who_follows_the_queue_hears_when_others_leave_it(database: Database) -> None:
    """Promise: docs/jobs.md#events: `queuePosition` is a change."""

    def fill(tx: Tx) -> list[TaskId]:
        account = open_account(tx, available=100)
        made = [waiting_task(account, price=1) for _ in range(3)]
        for task in made:
            tasks.add(tx, task)
        return sorted(task.id for task in made)

    queue = await database.write(fill)
    waiting = Waiting(database)
    with waiting.listening(queue[2], follow_queue=True) as ear:
        view = await database.read(lambda tx: _view(tx, queue[2]))
        ear.start_from(view)
        assert view.queue_position == 2

        await database.write(lambda tx: _begin(tx, queue[0]))
        first = await ear.next(PATIENCE_S)
        await database.write(lambda tx: _begin(tx, queue[2]))
        second = await ear.next(PATIENCE_S)

    assert first is not None
    assert first.queue_position == 1
    assert second is not None
    assert (second.queue_position, second.task.phase) == (None, "submitting")


def _begin(tx: Tx, task_id: TaskId) -> None:
    task = tasks.take_up(tx, task_id, "a worker")
    assert isinstance(task, type(_TASK))
    assert tasks.mark_intent(tx, task)


def _view(tx: Tx, task_id: TaskId) -> TaskView:
    from overdoor.storage import task_views

    task = tasks.by_id(tx, task_id)
    assert task is not None
    return task_views.view(tx, task)
