"""The fence: of several workers only the newest one's writes count."""

from dataclasses import replace

import pytest

from overdoor.domain.task import Task
from overdoor.storage import tasks
from overdoor.storage.db import Database, Sql, Tx
from overdoor.storage.tasks import Leased
from overdoor.units import MicroDollars, Ticket
from tests.support.tasks import open_account, waiting_task

_EXPIRE = Sql("UPDATE tasks SET lease_until_ms = 1 WHERE id = :id")


@pytest.fixture
async def waiting(database: Database) -> Task:
    """A task that nobody has taken up."""

    def work(tx: Tx) -> Task:
        task = waiting_task(open_account(tx, available=1000), price=300)
        tasks.add(tx, task)
        return task

    return await database.write(work)


async def take_up(database: Database, task: Task, owner: str) -> Task:
    taken = await database.write(lambda tx: tasks.take_up(tx, task.id, owner))
    assert isinstance(taken, Task)
    return taken


async def expire(database: Database, task: Task) -> None:
    await database.write(lambda tx: tx.run(_EXPIRE, id=task.id))


async def test_a_task_that_is_leased_is_not_taken_up_by_another(database: Database, waiting: Task) -> None:
    """Promise: design.md decision 4: only if not terminal and the lease is free or over."""
    await take_up(database, waiting, "one")

    leased = await database.write(lambda tx: tasks.take_up(tx, waiting.id, "two"))

    assert isinstance(leased, Leased)
    assert leased.owner == "one"
    assert 9 < leased.remaining_s <= 10


async def test_a_worker_whose_lease_ran_out_and_was_taken_over_writes_nothing(
    database: Database, waiting: Task
) -> None:
    """Promise: design.md decision 4: every later write carries the attempt."""
    frozen = await take_up(database, waiting, "one")
    await expire(database, waiting)
    successor = await take_up(database, waiting, "two")
    ended = replace(frozen, state="success", charged=MicroDollars(300))

    def write_everything(tx: Tx) -> list[object]:
        tasks.let_go(tx, frozen)
        return [
            tasks.mark_intent(tx, frozen),
            tasks.keep_ticket(tx, frozen, Ticket("late")),
            tasks.put_back(tx, frozen, phase="generating", ticket=Ticket("late"), progress=0.9),
            tasks.finish(tx, ended),
            tasks.heartbeat(tx, "one"),
        ]

    assert (frozen.attempt, successor.attempt) == (1, 2)
    assert await database.write(write_everything) == [False, False, False, False, 0]
    assert await database.read(lambda tx: tasks.by_id(tx, waiting.id)) == successor
    assert isinstance(await database.write(lambda tx: tasks.take_up(tx, waiting.id, "three")), Leased)


async def test_a_worker_that_was_late_but_not_taken_over_may_go_on(database: Database, waiting: Task) -> None:
    """Promise: the fence is the attempt; a heartbeat that came too late costs nothing if nobody noticed."""
    slow = await take_up(database, waiting, "one")
    await expire(database, waiting)

    assert await database.write(lambda tx: tasks.heartbeat(tx, "one")) == 1
    assert await database.write(lambda tx: tasks.mark_intent(tx, slow))
    assert isinstance(await database.write(lambda tx: tasks.take_up(tx, waiting.id, "two")), Leased)


async def test_an_ended_task_is_never_taken_up_and_ends_once(database: Database, waiting: Task) -> None:
    """Promise: design.md decision 4: terminal states move by compare-and-set."""
    taken = await take_up(database, waiting, "one")
    ended = replace(taken, state="fail", charged=MicroDollars(0), fail_code="x", fail_message="y")

    first, second = await database.write(lambda tx: (tasks.finish(tx, ended), tasks.finish(tx, ended)))

    assert (first, second) == (True, False)
    assert await database.write(lambda tx: tasks.take_up(tx, waiting.id, "two")) is None


async def test_what_a_dead_worker_held_is_free_at_once(database: Database, waiting: Task) -> None:
    """Promise: presence: a restarted server takes up a dead one's tasks without waiting for their leases."""
    await take_up(database, waiting, "dead")

    assert await database.write(lambda tx: tasks.free_leases(tx, "dead")) == 1

    assert (await take_up(database, waiting, "two")).attempt == 2
