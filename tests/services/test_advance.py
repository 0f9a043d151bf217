"""The state machine: every way in which a task can end, and what it may cost."""

import asyncio
from datetime import timedelta

import pytest

from overdoor.config import Settings
from overdoor.domain.access import Caller
from overdoor.domain.task import Phase, Task
from overdoor.providers.contract import (
    FailureKind,
    Finished,
    InlineAsset,
    Outcome,
    ProviderFailure,
    Rejected,
    RemoteAsset,
    Resubmit,
    Running,
)
from overdoor.storage import tasks
from overdoor.storage.db import Sql, Tx
from overdoor.wiring import Gateway, Surroundings, open_gateway
from tests.fakes.scripted import PICTURE, Frozen, Scripted
from tests.net.loopback import FixedResolver
from tests.support.clock import Clock
from tests.support.following import ALL_RIGHT, PICTURE_PRICE, books, ended, in_phase, live_key, submit

# as by a take-up of the same worker whose commit was written and not answered
_EXPIRE = Sql("UPDATE tasks SET lease_until_ms = 0 WHERE id = :id")
_FORGET_FAILURES = Sql("UPDATE tasks SET lease_until_ms = 0, lease_owner = NULL, failures = 0 WHERE id = :id")
_TAKEN_UP_UNHEARD = Sql("UPDATE tasks SET attempt = attempt + 1 WHERE id = :id")


async def test_a_task_is_submitted_once_and_charged_once(
    gateway: Gateway, live_caller: Caller, provider: Scripted
) -> None:
    """Promise: design.md `What never happens`: charged twice, submitted twice."""
    provider.checks.extend([Running(0.4), PICTURE])

    submitted = await submit(gateway, live_caller)
    view = await ended(gateway, live_caller, submitted.task.id)

    assert (view.task.state, view.task.charged, view.task.submits) == ("success", PICTURE_PRICE, 1)
    assert [(asset.mime, asset.width_px, asset.height_px) for asset in view.assets] == [("image/png", 1024, 1024)]
    assert provider.accepted == {submitted.task.id: 1}
    assert await books(gateway) == (ALL_RIGHT, PICTURE_PRICE)


@pytest.mark.parametrize("at", ["submit", "check"])
async def test_a_refusal_of_the_provider_costs_nothing(
    gateway: Gateway, live_caller: Caller, provider: Scripted, at: str
) -> None:
    """Promise: jobs.md: fail ⇔ released."""
    refusal = Rejected("content_policy", "The prompt is not allowed.")
    (provider.submits if at == "submit" else provider.checks).append(refusal)

    submitted = await submit(gateway, live_caller)
    view = await ended(gateway, live_caller, submitted.task.id)

    assert (view.task.state, view.task.fail_code, view.task.fail_message, view.task.charged) == (
        "fail",
        "content_policy",
        "The prompt is not allowed.",
        0,
    )
    assert await books(gateway) == (ALL_RIGHT, 0)


@pytest.mark.parametrize(
    ("kind", "fail_code", "submits"),
    [
        ("rate_limit", "provider_busy", 5),
        ("not_delivered", "provider_error", 5),
        ("auth", "provider_refused", 1),
        ("quota", "provider_refused", 1),
        ("invalid_request", "provider_refused", 1),
        ("upstream_error", "provider_error", 1),
        ("unexpected_reply", "provider_error", 1),
        ("timeout", "timeout", 1),
    ],
)
async def test_a_submit_that_keeps_failing_ends_in_this_code_after_this_many_tries(
    gateway: Gateway, live_caller: Caller, provider: Scripted, kind: FailureKind, fail_code: str, submits: int
) -> None:
    """Promise: jobs.md 4.8: only what was certainly not accepted is submitted again; the rest: test_unknown.py."""
    provider.submits.extend([ProviderFailure(kind, "It went wrong.")] * 9)

    submitted = await submit(gateway, live_caller)
    view = await ended(gateway, live_caller, submitted.task.id)

    assert (view.task.state, view.task.fail_code) == ("fail", fail_code)
    assert provider.accepted == {submitted.task.id: submits}
    assert await books(gateway) == (ALL_RIGHT, 0)


async def test_a_provider_that_was_busy_for_a_while_is_asked_again(
    gateway: Gateway, live_caller: Caller, provider: Scripted
) -> None:
    """Promise: jobs.md 4.8: a 429 is safe to try again."""
    provider.submits.append(ProviderFailure("rate_limit", "Busy.", retry_after_s=0.01))

    submitted = await submit(gateway, live_caller)
    view = await ended(gateway, live_caller, submitted.task.id)

    assert (view.task.state, view.task.submits) == ("success", 2)
    assert await books(gateway) == (ALL_RIGHT, PICTURE_PRICE)


@pytest.mark.parametrize(
    ("kind", "resubmit", "state", "fail_code"),
    [
        ("upstream_error", "never", "success", None),
        ("timeout", "never", "success", None),
        ("rate_limit", "never", "success", None),
        ("ticket_lost", "safe", "success", None),
        ("ticket_lost", "never", "fail", "provider_lost_task"),
        ("auth", "never", "fail", "provider_refused"),
        ("unexpected_reply", "never", "fail", "provider_error"),
    ],
)
async def test_a_check_that_fails_once_leads_to_this_end(
    gateway: Gateway,
    live_caller: Caller,
    provider: Scripted,
    kind: FailureKind,
    resubmit: Resubmit,
    state: str,
    fail_code: str | None,
) -> None:
    """Promise: jobs.md 4.8.6: poll errors are tolerated; a lost ticket is resubmitted only where that is safe."""
    provider.traits = Scripted(resubmit=resubmit).traits
    provider.checks.append(ProviderFailure(kind, "It went wrong."))

    submitted = await submit(gateway, live_caller)
    view = await ended(gateway, live_caller, submitted.task.id)

    assert (view.task.state, view.task.fail_code) == (state, fail_code)
    assert await books(gateway) == (ALL_RIGHT, PICTURE_PRICE if state == "success" else 0)


@pytest.mark.parametrize("at", ["submit", "check"])
async def test_a_bug_in_a_provider_ends_in_failure_with_the_money_back(
    gateway: Gateway, live_caller: Caller, provider: Scripted, at: str
) -> None:
    """Promise: advance: a bug must end in its failure, not in a task that hangs; five errors are the most."""
    provider.traits = Scripted(resubmit="safe").traits
    script = provider.submits if at == "submit" else provider.checks
    script.extend([ZeroDivisionError("a bug")] * 9)

    submitted = await submit(gateway, live_caller)
    view = await ended(gateway, live_caller, submitted.task.id)

    assert (view.task.state, view.task.fail_code, view.task.charged) == ("fail", "internal_error", 0)
    assert len(script) == 4
    assert await books(gateway) == (ALL_RIGHT, 0)


@pytest.mark.parametrize(
    "delivered",
    [
        Finished((InlineAsset(b"\x89PNG\r\n\x1a\nno picture", "image/png"),)),
        Finished((InlineAsset(b"", "image/png"),)),
        Finished(()),
    ],
    ids=["damaged", "empty", "nothing"],
)
async def test_a_result_that_cannot_be_kept_costs_nothing(
    gateway: Gateway, live_caller: Caller, provider: Scripted, delivered: Outcome
) -> None:
    """Promise: design.md decision 9: a result is checked and stored before a task succeeds."""
    provider.checks.append(delivered)

    submitted = await submit(gateway, live_caller)
    view = await ended(gateway, live_caller, submitted.task.id)

    assert (view.task.state, view.task.fail_code) == ("fail", "result_unusable")
    assert await books(gateway) == (ALL_RIGHT, 0)


async def test_a_result_that_could_not_be_stored_at_first_is_not_lost(
    gateway: Gateway, live_caller: Caller, provider: Scripted
) -> None:
    """The provider has delivered and will not do it again: our own disk is tried more than once."""
    blocked = gateway.settings.data / "assets"
    blocked.write_bytes(b"a file where the folder should be")
    provider.submits.append(PICTURE)

    submitted = await submit(gateway, live_caller)
    await provider.asked.wait()
    await asyncio.to_thread(blocked.unlink)
    view = await ended(gateway, live_caller, submitted.task.id)

    assert view.task.state == "success"
    assert provider.accepted[submitted.task.id] == 1


async def test_a_result_that_cannot_be_fetched_is_given_up_after_three_hours_with_the_money_back(
    settings: Settings, clock: Clock, provider: Scripted
) -> None:
    """Promise: advance: no task stays for ever, and no money held."""
    delivered = Finished((RemoteAsset("https://away.example/a.png", "image/png"),))
    late = Frozen(delivered)
    provider.checks.extend([delivered, late])
    around = Surroundings(now=clock, resolver=FixedResolver({}), providers={provider.name: provider})

    async with open_gateway(settings, around) as gateway:
        caller = await live_key(gateway)
        task_id = (await submit(gateway, caller)).task.id
        while not late.reached.is_set():
            await gateway.generate.wait(task_id, caller=caller, timeout_s=0.05)
            await gateway.engine.wake(task_id)
        clock.advance(timedelta(hours=3))
        late.thaw()
        view = await ended(gateway, caller, task_id)

        assert (view.task.state, view.task.fail_code) == ("fail", "result_unusable")
        assert await books(gateway) == (ALL_RIGHT, 0)


async def test_a_lease_that_is_left_from_a_failed_write_is_given_up_by_its_own_worker(
    gateway: Gateway, live_caller: Caller, provider: Scripted
) -> None:
    """Promise: design.md: no task is lost: a busy worker's heartbeat keeps no lease under which nobody works."""
    busy, orphaned = Frozen(PICTURE), Frozen(Running())
    provider.checks.extend([busy, orphaned])
    await submit(gateway, live_caller)
    await busy.reached.wait()
    task_id = (await submit(gateway, live_caller)).task.id
    await orphaned.reached.wait()

    await gateway.database.write(lambda tx: tx.run(_TAKEN_UP_UNHEARD, id=task_id))
    orphaned.thaw()
    view = await ended(gateway, live_caller, task_id)

    assert view.task.state == "success"


@pytest.mark.parametrize("phase", ["queued", "generating"])
async def test_a_task_that_kills_each_of_its_workers_stops_after_five_with_its_money_back(
    gateway: Gateway, live_caller: Caller, provider: Scripted, phase: Phase
) -> None:
    """Promise: issue 3, Takeover: a poison task stops, also when no worker lives to count in memory."""
    provider.traits = Scripted(resubmit="safe").traits
    provider.submits.append(ProviderFailure("rate_limit", "Busy.", retry_after_s=25))
    provider.checks.extend([Running(0.1)] * 10_000)
    task_id = (await submit(gateway, live_caller)).task.id
    await provider.asked.wait()
    if phase == "generating":
        await in_phase(gateway, live_caller, task_id, "queued")
        await gateway.engine.wake(task_id)
    await in_phase(gateway, live_caller, task_id, phase)

    def five_dead_workers(tx: Tx) -> None:
        tx.run(_FORGET_FAILURES, id=task_id)
        for number in range(5):
            assert isinstance(tasks.take_up(tx, task_id, f"worker_{number}"), Task)
            tx.run(_EXPIRE, id=task_id)

    await gateway.database.write(five_dead_workers)
    view = await ended(gateway, live_caller, task_id)

    assert (view.task.state, view.task.fail_code, view.task.charged) == ("fail", "internal_error", 0)
    assert await books(gateway) == (ALL_RIGHT, 0)


@pytest.mark.parametrize("at", ["submit", "check"])
async def test_a_server_that_stops_lets_the_next_one_begin_at_once(settings: Settings, at: str) -> None:
    """Promise: engine contract: stop cancels, and the lease is given back with it."""
    frozen = Frozen(PICTURE)
    first, second = Scripted(resubmit="by_key"), Scripted(resubmit="by_key")
    (first.submits if at == "submit" else first.checks).append(frozen)
    async with open_gateway(settings, Surroundings(providers={"openai": first})) as stopping:
        caller = await live_key(stopping)
        task_id = (await submit(stopping, caller)).task.id
        await frozen.reached.wait()

    async with open_gateway(settings, Surroundings(providers={"openai": second})) as successor:
        view = await successor.generate.wait(task_id, caller=caller, timeout_s=8)

        assert view.task.state == "success"
        assert await books(successor) == (ALL_RIGHT, PICTURE_PRICE)


async def test_a_task_whose_provider_is_gone_fails_with_its_money_back(settings: Settings, provider: Scripted) -> None:
    """Promise: design.md: no task is lost, also when the operator removes a provider's key."""
    frozen = Frozen(PICTURE)
    provider.checks.append(frozen)
    async with open_gateway(settings, Surroundings(providers={"openai": provider})) as before:
        caller = await live_key(before)
        task_id = (await submit(before, caller)).task.id
        await frozen.reached.wait()

    async with open_gateway(settings) as after:
        view = await ended(after, caller, task_id)

        assert (view.task.state, view.task.fail_code) == ("fail", "provider_missing")
        assert await books(after) == (ALL_RIGHT, 0)
