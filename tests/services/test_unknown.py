"""A submit whose end nobody knows: the hold is kept, nothing is sent twice, and the wait has an end."""

from datetime import timedelta

import pytest

from overdoor.domain.access import Caller
from overdoor.providers.contract import ProviderFailure
from overdoor.storage.db import Sql
from overdoor.units import Ticket
from overdoor.wiring import Gateway
from tests.fakes.scripted import Frozen, Scripted
from tests.support.clock import Clock
from tests.support.following import ALL_RIGHT, PICTURE_PRICE, books, ended, expire_leases, in_phase, submit

BROKE_OFF = ProviderFailure("delivered_unknown", "The connection broke off.")
_DEADLINE = Sql("UPDATE tasks SET deadline_at_ms = created_at_ms + 60000 WHERE id = :id")


async def test_it_keeps_its_hold_until_the_reconciliation_ends_and_is_never_sent_twice(
    gateway: Gateway, live_caller: Caller, provider: Scripted, clock: Clock
) -> None:
    """Promise: jobs.md 4.8.4: `unknown` keeps the hold until the reconcile deadline; then fail and release."""
    provider.submits.append(BROKE_OFF)

    task_id = (await submit(gateway, live_caller)).task.id
    await in_phase(gateway, live_caller, task_id, "unknown")
    clock.advance(timedelta(minutes=14))
    await gateway.engine.wake(task_id)
    waiting = await in_phase(gateway, live_caller, task_id, "unknown")
    held, _ = await books(gateway)
    clock.advance(timedelta(minutes=1))
    view = await ended(gateway, live_caller, task_id)

    assert (waiting.state, held.open_holds) == ("waiting", 1)
    assert (view.task.state, view.task.fail_code, view.task.charged) == ("fail", "submit_unknown", 0)
    assert provider.accepted == {task_id: 1}
    assert await books(gateway) == (ALL_RIGHT, 0)


async def test_a_crash_inside_the_window_waits_in_the_same_way(
    gateway: Gateway, live_caller: Caller, provider: Scripted, clock: Clock
) -> None:
    """Promise: jobs.md 4.8: the intent without a ticket is ambiguous; a frozen worker's late ticket is void."""
    frozen = Frozen(Ticket("too late"))
    provider.submits.append(frozen)
    task_id = (await submit(gateway, live_caller)).task.id
    await frozen.reached.wait()

    await gateway.database.write(
        lambda tx: tx.run(Sql("UPDATE tasks SET attempt = attempt + 1, lease_until_ms = 0 WHERE id = :id"), id=task_id)
    )
    frozen.thaw()
    await gateway.engine.wake(task_id)
    await in_phase(gateway, live_caller, task_id, "unknown")
    clock.advance(timedelta(minutes=15))
    view = await ended(gateway, live_caller, task_id)

    assert (view.task.fail_code, provider.accepted) == ("submit_unknown", {task_id: 1})
    assert await books(gateway) == (ALL_RIGHT, 0)


async def test_it_does_not_outlive_the_tasks_own_deadline(
    gateway: Gateway, live_caller: Caller, provider: Scripted, clock: Clock
) -> None:
    """Promise: docs/jobs.md, Deadlines."""
    provider.submits.append(BROKE_OFF)
    task_id = (await submit(gateway, live_caller)).task.id
    await in_phase(gateway, live_caller, task_id, "unknown")

    await gateway.database.write(lambda tx: tx.run(_DEADLINE, id=task_id))
    clock.advance(timedelta(minutes=1))
    view = await ended(gateway, live_caller, task_id)

    assert view.task.fail_code == "submit_unknown"


@pytest.mark.parametrize("found", [Ticket("found"), None])
async def test_a_provider_that_can_look_up_resolves_it_by_that(
    gateway: Gateway, live_caller: Caller, provider: Scripted, found: Ticket | None
) -> None:
    """Promise: jobs.md 4.8: a look-up that fails leaves it unknown; one that finds nothing submits again."""
    provider.traits = Scripted(resubmit="lookup").traits
    provider.submits.append(BROKE_OFF)
    provider.lookups.extend([ProviderFailure("upstream_error", "Away.", retry_after_s=0.01), found])

    task_id = (await submit(gateway, live_caller)).task.id
    view = await ended(gateway, live_caller, task_id)

    assert view.task.state == "success"
    assert provider.accepted == {task_id: 1 if found else 2}
    assert await books(gateway) == (ALL_RIGHT, PICTURE_PRICE)


async def test_leases_that_run_out_in_phase_unknown_change_nothing(
    gateway: Gateway, live_caller: Caller, provider: Scripted
) -> None:
    """Promise: any process may take it up at any time."""
    provider.submits.append(BROKE_OFF)
    task_id = (await submit(gateway, live_caller)).task.id
    before = await in_phase(gateway, live_caller, task_id, "unknown")

    await expire_leases(gateway)
    await gateway.engine.wake(task_id)
    after = await in_phase(gateway, live_caller, task_id, "unknown")

    assert (after.unknown_since, provider.accepted) == (before.unknown_since, {task_id: 1})
