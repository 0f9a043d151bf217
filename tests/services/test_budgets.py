"""Budgets through the corridor: who is refused, how soon a change counts, and what it costs nobody else."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from overdoor.config import Settings
from overdoor.domain.access import Caller
from overdoor.domain.budgets import Budgets, Owner, Period
from overdoor.errors import BudgetExceeded
from overdoor.services.generate import Submitted
from overdoor.units import Mode, from_credits
from overdoor.wiring import Gateway, Surroundings, open_gateway
from tests.fakes.scripted import Scripted
from tests.support import following
from tests.support.clock import Clock
from tests.support.following import ended

_WITHIN_S = 1.0
_TWO_PICTURES = from_credits(7)
PERIODS: tuple[Period, ...] = ("total", "daily", "weekly", "monthly")


async def submit(gateway: Gateway, caller: Caller, *, prompt: str = "a fox sandbox:delay=60s") -> Submitted:
    """Ask for a picture that is not made before the test ends: what it costs is the question."""
    return await following.submit(gateway, caller, prompt=prompt)


async def bounded_key(gateway: Gateway, mode: Mode, budgets: Budgets) -> Caller:
    """A key with budgets."""
    made = await gateway.accounts.create_key("bounded", mode=mode, budgets=budgets)
    return await gateway.accounts.authenticate(made.secret)


@pytest.mark.parametrize("mode", ["test", "live"])
@pytest.mark.parametrize("period", PERIODS)
@pytest.mark.parametrize("owner", ["key", "account"])
async def test_the_third_picture_on_a_budget_for_two_is_refused(
    gateway: Gateway, mode: Mode, period: Period, owner: Owner
) -> None:
    """Promise: docs/money.md#budgets: of keys and of accounts, in both modes, counted with what is held."""
    budgets = Budgets().changed({period: _TWO_PICTURES})
    if owner == "account":
        await gateway.accounts.set_account_budgets(mode, {period: _TWO_PICTURES})
    bounded = await bounded_key(gateway, mode, budgets if owner == "key" else Budgets())

    answers = [await asyncio.gather(submit(gateway, bounded), return_exceptions=True) for _ in range(3)]

    [refusal] = answers[2]
    assert [isinstance(answer, Submitted) for [answer] in answers] == [True, True, False]
    assert isinstance(refusal, BudgetExceeded)
    assert (refusal.owner, refusal.period, refusal.budget, refusal.spent) == (
        owner,
        period,
        from_credits(7),
        from_credits(6),
    )


@pytest.mark.parametrize(("period", "days"), [("daily", 1), ("weekly", 7), ("monthly", 31)])
async def test_a_budget_begins_anew_with_its_period(
    settings: Settings, clock: Clock, provider: Scripted, period: Period, days: int
) -> None:
    """Promise: docs/money.md#budgets."""
    around = Surroundings(now=clock, providers={provider.name: provider})
    async with open_gateway(replace(settings, live_daily_budget=1_000_000), around) as gateway:
        bounded = await bounded_key(gateway, "live", Budgets().changed({period: from_credits(3)}))
        await submit(gateway, bounded)
        with pytest.raises(BudgetExceeded) as refused:
            await submit(gateway, bounded)
        assert refused.value.frees_at is not None
        assert refused.value.frees_at - datetime.now(UTC) <= timedelta(days=days)

        clock.advance(refused.value.frees_at - clock())

        assert (await submit(gateway, bounded)).replayed is False


async def test_a_failed_task_gives_its_share_of_the_budget_back(gateway: Gateway) -> None:
    """Promise: docs/money.md#budgets: held money counts until it is released."""
    bounded = await bounded_key(gateway, "test", Budgets(total=from_credits(3)))
    failed = await submit(gateway, bounded, prompt="a fox sandbox:moderation_blocked")
    await ended(gateway, bounded, failed.task.id)

    again = await submit(gateway, bounded)

    assert again.replayed is False


async def test_keys_of_one_account_have_budgets_of_their_own(gateway: Gateway) -> None:
    """Promise: docs/money.md#budgets."""
    first, second = [await bounded_key(gateway, "test", Budgets(daily=from_credits(3))) for _ in range(2)]
    await submit(gateway, first)

    assert (await submit(gateway, second)).replayed is False
    with pytest.raises(BudgetExceeded):
        await submit(gateway, first)


@pytest.mark.parametrize("owner", ["key", "account"])
async def test_a_budget_that_another_process_sets_counts_within_a_second(
    gateway: Gateway, settings: Settings, owner: Owner
) -> None:
    """Promise: docs/cli.md: a running server obeys within a second."""
    made = await gateway.accounts.create_key("later bounded", mode="test")
    await submit(gateway, await gateway.accounts.authenticate(made.secret))
    async with open_gateway(settings, Surroundings(carries="none")) as elsewhere:
        if owner == "key":
            await elsewhere.accounts.set_key_budgets("later bounded", {"daily": from_credits(1)})
        else:
            await elsewhere.accounts.set_account_budgets("test", {"daily": from_credits(1)})

    async def known() -> None:
        while True:
            caller = await gateway.accounts.authenticate(made.secret)
            if caller.budgets or caller.account_is_bounded:
                return
            await asyncio.sleep(0.01)

    await asyncio.wait_for(known(), _WITHIN_S)
    with pytest.raises(BudgetExceeded):
        await submit(gateway, await gateway.accounts.authenticate(made.secret))


async def test_a_test_key_without_budgets_reads_none(gateway: Gateway, caller: Caller) -> None:
    """Promise: docs/money.md#budgets: nothing is read where nothing is bounded."""
    assert (bool(caller.budgets), caller.account_is_bounded) == (False, False)
