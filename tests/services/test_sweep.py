"""The sweeper: what nobody carries is taken up or refunded, and what is in order stays as it is."""

from dataclasses import replace
from datetime import timedelta

import pytest

from overdoor.domain.access import Caller
from overdoor.providers.contract import Running
from overdoor.storage import ledger
from overdoor.storage.db import Sql, Tx
from overdoor.units import TaskId
from overdoor.wiring import Gateway
from tests.fakes.scripted import PICTURE, Frozen, Scripted
from tests.support.clock import Clock
from tests.support.following import ALL_RIGHT, PICTURE_PRICE, books, ended, expire_leases, in_phase, submit

_FORGET_JOB = {
    "sqlite": Sql("DELETE FROM queue WHERE id = :id"),
    "postgresql": Sql("DELETE FROM procrastinate_jobs WHERE queueing_lock = :id"),
}
_COPY = Sql(
    "INSERT INTO tasks (id, account_id, key_id, mode, door, provider, request, param, warnings, price, state, phase,"
    " attempt, submits, lease_until_ms, created_at_ms) SELECT :copy, account_id, key_id, mode, door, provider, request,"
    " param, warnings, price, 'waiting', 'queued', 0, 0, 0, created_at_ms FROM tasks WHERE id = :id"
)
_DELETE_TASK = Sql("DELETE FROM tasks WHERE id = :id")
_END_BARE = Sql("UPDATE tasks SET state = 'fail', phase = 'done', attempt = attempt + 1 WHERE id = :id")


async def test_a_waiting_task_without_a_queue_row_is_enqueued_again(gateway: Gateway, live_caller: Caller) -> None:
    """Promise: issue 3, Takeover: a sweeper that finds rows which nobody carries any more, and takes them up."""
    first = (await submit(gateway, live_caller)).task
    await ended(gateway, live_caller, first.id)
    orphan = TaskId("task_orphan")

    def leave_behind(tx: Tx) -> None:
        tx.run(_COPY, id=first.id, copy=orphan)
        ledger.hold(tx, replace(first, id=orphan))

    await gateway.database.write(leave_behind)
    too_early = await gateway.sweep.sweep(grace_s=3600)
    swept = await gateway.sweep.sweep(grace_s=0)
    view = await ended(gateway, live_caller, orphan)

    assert (too_early.enqueued, swept.enqueued) == ((), (orphan,))
    assert view.task.state == "success"
    assert await books(gateway) == (ALL_RIGHT, 2 * PICTURE_PRICE)


async def test_a_task_that_is_being_carried_is_left_alone(
    gateway: Gateway, live_caller: Caller, provider: Scripted
) -> None:
    """Its queue row or job is there for as long as it waits or works."""
    frozen = Frozen(PICTURE)
    provider.checks.append(frozen)
    task_id = (await submit(gateway, live_caller)).task.id
    await frozen.reached.wait()

    await expire_leases(gateway)
    swept = await gateway.sweep.sweep(grace_s=0)
    frozen.thaw()
    view = await ended(gateway, live_caller, task_id)

    assert (swept.enqueued, swept.resolved) == ((), ())
    assert (view.task.state, provider.accepted) == ("success", {task_id: 1})


@pytest.mark.parametrize("left", ["the row is gone", "the row has ended"])
async def test_a_hold_that_nothing_stands_behind_is_given_back_once(
    gateway: Gateway, live_caller: Caller, provider: Scripted, left: str
) -> None:
    """Promise: issue 3, Takeover: holds which nobody carries any more are refunded."""
    provider.checks.extend([Running(0.1)] * 10_000)
    task_id = (await submit(gateway, live_caller)).task.id
    await in_phase(gateway, live_caller, task_id, "generating")

    await gateway.database.write(
        lambda tx: tx.run(_DELETE_TASK if left == "the row is gone" else _END_BARE, id=task_id)
    )
    held, _ = await books(gateway)
    first = await gateway.sweep.sweep()
    second = await gateway.sweep.sweep()

    assert held.open_holds == 1
    assert (first.resolved, second.resolved) == ((task_id,), ())
    assert await books(gateway) == (ALL_RIGHT, 0)


async def test_a_deadline_holds_for_a_task_that_was_left_behind(
    gateway: Gateway, live_caller: Caller, provider: Scripted, clock: Clock
) -> None:
    """A queue row that is deleted while the engine still carries the id in memory does no harm either."""
    provider.checks.extend([Running(0.1)] * 10_000)
    task_id = (await submit(gateway, live_caller)).task.id
    await in_phase(gateway, live_caller, task_id, "generating")

    await gateway.database.write(lambda tx: tx.run(_FORGET_JOB[tx.dialect], id=task_id))
    await gateway.sweep.sweep(grace_s=0)
    clock.advance(timedelta(hours=1))
    view = await ended(gateway, live_caller, task_id)

    assert view.task.fail_code == "timeout"
    assert await books(gateway) == (ALL_RIGHT, 0)
