"""Cancelling in each phase: who is asked, what it costs, and that a cancel and an end never both count."""

import asyncio
from datetime import timedelta

import pytest

from overdoor.domain.access import Caller, Scope
from overdoor.errors import PermissionDenied, TaskNotFound
from overdoor.providers.contract import ProviderFailure, Rejected, Running
from overdoor.units import TaskId, Ticket
from overdoor.wiring import Gateway
from tests.fakes.scripted import PICTURE, Frozen, Scripted
from tests.support.clock import Clock
from tests.support.following import (
    ALL_RIGHT,
    PATIENCE_S,
    PICTURE_PRICE,
    books,
    ended,
    in_phase,
    live_key,
    stranger,
    submit,
)

FOREVER = [Running(0.1)] * 10_000
BUSY = ProviderFailure("rate_limit", "Busy.", retry_after_s=20)


async def test_a_queued_task_ends_at_once_and_gives_everything_back(
    gateway: Gateway, live_caller: Caller, provider: Scripted
) -> None:
    """Promise: docs/jobs.md, Cancel: queued."""
    provider.submits.append(BUSY)
    task_id = (await submit(gateway, live_caller)).task.id
    await in_phase(gateway, live_caller, task_id, "queued")
    await provider.asked.wait()
    await in_phase(gateway, live_caller, task_id, "queued")

    view = await gateway.cancel.cancel(task_id, caller=live_caller)
    again = await gateway.cancel.cancel(task_id, caller=live_caller)

    assert (view.task.state, view.task.fail_code, view.task.charged) == ("fail", "canceled", 0)
    assert again == view
    assert await books(gateway) == (ALL_RIGHT, 0)
    assert provider.canceled == []


@pytest.mark.parametrize(("unbilled", "state", "cancel"), [(True, "fail", "asked"), (False, "success", "refused")])
async def test_accepted_work_is_canceled_only_where_the_provider_stops_it_unbilled(
    gateway: Gateway, live_caller: Caller, provider: Scripted, unbilled: bool, state: str, cancel: str
) -> None:
    """Promise: docs/jobs.md, Cancel: submitted and generating."""
    provider.cancels.append(unbilled)
    provider.checks.extend(FOREVER)
    task_id = (await submit(gateway, live_caller)).task.id
    await in_phase(gateway, live_caller, task_id, "generating")

    view = await gateway.cancel.cancel(task_id, caller=live_caller)
    provider.checks.clear()  # the work is done
    after = await ended(gateway, live_caller, task_id)

    assert (view.task.cancel, after.task.state) == (cancel, state)
    assert provider.canceled == [f"ticket-{task_id}"]
    assert await books(gateway) == (ALL_RIGHT, 0 if unbilled else PICTURE_PRICE)


class _BusyLater:
    """A submit that hangs until the test goes on, and is refused then."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self.go_on = asyncio.Event()

    async def __call__(self) -> Ticket:
        self.reached.set()
        await self.go_on.wait()
        raise ProviderFailure("rate_limit", "Busy.")


@pytest.mark.parametrize("cancels", [True, False])
async def test_a_cancel_during_a_submit_that_was_not_accepted_ends_the_task_unpaid(
    gateway: Gateway, live_caller: Caller, provider: Scripted, cancels: bool
) -> None:
    """Promise: docs/jobs.md, Cancel: submitting; the task is not handed over again."""
    provider.traits = Scripted(cancels=cancels).traits
    busy = _BusyLater()
    provider.submits.append(busy)
    task_id = (await submit(gateway, live_caller)).task.id
    await busy.reached.wait()

    canceling = asyncio.create_task(gateway.cancel.cancel(task_id, caller=live_caller))
    while (await gateway.generate.find(task_id, caller=live_caller)).task.cancel != "asked":
        await asyncio.sleep(0)
    busy.go_on.set()
    after = await ended(gateway, live_caller, task_id)
    await canceling

    assert (after.task.state, after.task.fail_code) == ("fail", "canceled")
    assert provider.accepted[task_id] == 1
    assert await books(gateway) == (ALL_RIGHT, 0)


async def test_a_poisoned_task_whose_cancel_raises_too_ends_with_its_money_back(
    gateway: Gateway, live_caller: Caller, provider: Scripted
) -> None:
    """Promise: docs/errors.md: five failures in a row end a task, whatever its adapter does then."""
    provider.checks.extend([KeyError("status")] * 100)
    provider.cancels.append(KeyError("status"))
    task_id = (await submit(gateway, live_caller)).task.id

    after = await ended(gateway, live_caller, task_id)

    assert (after.task.state, after.task.fail_code) == ("fail", "internal_error")
    assert await books(gateway) == (ALL_RIGHT, 0)


async def test_work_of_a_provider_that_cannot_stop_goes_on_and_the_answer_says_so(
    gateway: Gateway, live_caller: Caller, provider: Scripted
) -> None:
    """Promise: docs/jobs.md, Cancel: billed or not cancellable."""
    provider.traits = Scripted(cancels=False).traits
    frozen = Frozen(PICTURE)
    provider.checks.append(frozen)
    task_id = (await submit(gateway, live_caller)).task.id
    await frozen.reached.wait()

    view = await gateway.cancel.cancel(task_id, caller=live_caller)
    frozen.thaw()
    after = await ended(gateway, live_caller, task_id)

    assert (view.task.state, view.task.cancel) == ("waiting", "refused")
    assert (after.task.state, provider.canceled) == ("success", [])
    assert await books(gateway) == (ALL_RIGHT, PICTURE_PRICE)


async def test_while_another_worker_hands_the_task_over_the_wish_waits_for_the_ticket(
    gateway: Gateway, live_caller: Caller, provider: Scripted
) -> None:
    """Promise: docs/jobs.md, Cancel: submitting; the worker that carries the task acts at its next step."""
    frozen = Frozen(Ticket("here it is"))
    provider.submits.append(frozen)
    provider.checks.extend(FOREVER)
    provider.cancels.append(True)
    task_id = (await submit(gateway, live_caller)).task.id
    await frozen.reached.wait()

    asking = asyncio.create_task(gateway.cancel.cancel(task_id, caller=live_caller))
    await _wished(gateway, live_caller, task_id)
    frozen.thaw()
    view = await asking

    assert (view.task.state, view.task.fail_code) == ("fail", "canceled")
    assert provider.canceled == ["here it is"]
    assert await books(gateway) == (ALL_RIGHT, 0)


async def test_a_result_that_comes_before_the_cancel_counts(
    gateway: Gateway, live_caller: Caller, provider: Scripted
) -> None:
    """Promise: never both settled and released; first order: the end wins."""
    task_id = (await submit(gateway, live_caller)).task.id
    before = await ended(gateway, live_caller, task_id)

    view = await gateway.cancel.cancel(task_id, caller=live_caller)

    assert view == before
    assert (view.task.state, provider.canceled) == ("success", [])
    assert await books(gateway) == (ALL_RIGHT, PICTURE_PRICE)


@pytest.mark.parametrize(
    "late", [PICTURE, Rejected("content_policy", "late"), Ticket("late")], ids=["picture", "refusal", "ticket"]
)
async def test_an_answer_that_comes_after_the_cancel_writes_nothing(
    gateway: Gateway, live_caller: Caller, provider: Scripted, late: Ticket
) -> None:
    """Promise: never both settled and released; second order: the cancel wins. A submit that costs nothing is left."""
    provider.traits = Scripted(resubmit="safe").traits
    frozen = Frozen(late)
    provider.submits.append(frozen)
    task_id = (await submit(gateway, live_caller)).task.id
    await frozen.reached.wait()

    view = await gateway.cancel.cancel(task_id, caller=live_caller)
    frozen.thaw()
    marker = (await submit(gateway, live_caller)).task.id
    await ended(gateway, live_caller, marker)

    assert (view.task.state, view.task.fail_code) == ("fail", "canceled")
    assert await gateway.generate.find(task_id, caller=live_caller) == view
    assert await books(gateway) == (ALL_RIGHT, PICTURE_PRICE)


async def test_the_providers_own_word_for_stopped_work_counts_as_the_cancel(
    gateway: Gateway, live_caller: Caller, provider: Scripted
) -> None:
    """After a crash between the provider's answer and our row, its `check` tells that the work was stopped."""
    provider.cancels.append(ProviderFailure("upstream_error", "The answer was lost."))
    provider.checks.extend([Running(0.1), Rejected("generation_failed", "Stopped.")])
    frozen = Frozen(Running(0.2))
    provider.checks.appendleft(frozen)
    task_id = (await submit(gateway, live_caller)).task.id
    await frozen.reached.wait()

    asking = asyncio.create_task(gateway.cancel.cancel(task_id, caller=live_caller))
    await _wished(gateway, live_caller, task_id)
    provider.cancels.append(ProviderFailure("upstream_error", "The answer was lost."))
    frozen.thaw()
    view = await asking

    assert (view.task.state, view.task.fail_code) == ("fail", "canceled")
    assert await books(gateway) == (ALL_RIGHT, 0)


async def test_a_task_that_the_caller_may_not_see_is_not_found(
    gateway: Gateway, live_caller: Caller, caller: Caller, provider: Scripted
) -> None:
    """Promise: design.md decision 6: everybody else gets 404 in the same words; a reader may not cancel."""
    provider.submits.append(BUSY)
    task_id = (await submit(gateway, live_caller)).task.id

    for other in (await stranger(gateway), caller, await live_key(gateway)):
        with pytest.raises(TaskNotFound):
            await gateway.cancel.cancel(task_id, caller=other)
    halves: tuple[Scope, ...] = ("read", "generate")  # the answer is the record, so it takes both
    for scope in halves:
        made = await gateway.accounts.create_key("half", mode="live", scopes=(scope,))
        with pytest.raises(PermissionDenied):
            await gateway.cancel.cancel(task_id, caller=await gateway.accounts.authenticate(made.secret))
    assert (await gateway.generate.find(task_id, caller=live_caller)).task.state == "waiting"


async def test_a_task_over_its_deadline_ends_with_its_money_back_and_the_provider_is_asked_to_stop(
    gateway: Gateway, live_caller: Caller, provider: Scripted, clock: Clock
) -> None:
    """Promise: docs/jobs.md, Deadlines: an hour for a picture."""
    provider.checks.extend(FOREVER)
    provider.cancels.append(True)
    task_id = (await submit(gateway, live_caller)).task.id
    await in_phase(gateway, live_caller, task_id, "generating")

    clock.advance(timedelta(hours=1))
    view = await ended(gateway, live_caller, task_id)

    assert (view.task.state, view.task.fail_code, view.task.charged) == ("fail", "timeout", 0)
    assert provider.canceled == [f"ticket-{task_id}"]
    assert await books(gateway) == (ALL_RIGHT, 0)


async def test_a_queued_task_over_its_deadline_is_not_handed_over_any_more(
    gateway: Gateway, live_caller: Caller, provider: Scripted, clock: Clock
) -> None:
    """Promise: docs/jobs.md, Deadlines: waiting for a turn counts."""
    provider.submits.append(BUSY)
    task_id = (await submit(gateway, live_caller)).task.id
    await provider.asked.wait()
    await in_phase(gateway, live_caller, task_id, "queued")

    clock.advance(timedelta(hours=1))
    view = await ended(gateway, live_caller, task_id)

    assert (view.task.fail_code, provider.accepted) == ("timeout", {task_id: 1})
    assert await books(gateway) == (ALL_RIGHT, 0)


async def _wished(gateway: Gateway, caller: Caller, task_id: TaskId) -> None:
    """Return when the wish to cancel stands in the row."""
    async with asyncio.timeout(PATIENCE_S):
        while (await gateway.generate.find(task_id, caller=caller)).task.cancel is None:
            pass
