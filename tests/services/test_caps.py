"""Caps per provider: counted from rows over all processes, and given back by whatever ends a task there."""

from contextlib import AsyncExitStack
from dataclasses import replace

import pytest

from overdoor.config import ProviderCap, Settings
from overdoor.domain.access import Caller
from overdoor.providers.contract import Outcome
from overdoor.wiring import Gateway, Surroundings, open_gateway
from tests.fakes.scripted import PICTURE, Frozen, Scripted
from tests.support.following import ALL_RIGHT, PICTURE_PRICE, books, ended, submit

_CAP = 2
_TASKS = 6


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Two places at the provider."""
    return replace(settings, provider_caps=(ProviderCap("openai", _CAP), ProviderCap("ark", 1)))


async def test_two_processes_together_never_have_more_tasks_at_a_provider_than_its_cap(
    gateway: Gateway, live_caller: Caller, provider: Scripted, settings: Settings
) -> None:
    """Promise: docs/settings.md, provider_caps: the others stay queued, and get the places that become free."""
    at_once, most = 0, 0

    async def count() -> Outcome:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await gateway.database.read(lambda tx: None)  # a turn for everybody else
        at_once -= 1
        return PICTURE

    provider.submits.extend([count] * _TASKS)
    async with AsyncExitStack() as stack:
        around = Surroundings(providers={"openai": provider}, makes_first_key=False)
        await stack.enter_async_context(open_gateway(settings, around))
        tasks = [(await submit(gateway, live_caller)).task.id for _ in range(_TASKS)]
        views = [await ended(gateway, live_caller, task_id) for task_id in tasks]

    assert {view.task.state for view in views} == {"success"}
    assert most <= _CAP
    assert await books(gateway) == (ALL_RIGHT, _TASKS * PICTURE_PRICE)


async def test_a_task_without_a_place_stays_queued_until_one_is_free(
    gateway: Gateway, live_caller: Caller, provider: Scripted
) -> None:
    """A place is held from the submit to the end of the provider's work, also between two checks."""
    frozen = [Frozen(PICTURE) for _ in range(_CAP)]
    provider.checks.extend(frozen)
    first = [(await submit(gateway, live_caller)).task.id for _ in range(_CAP)]
    for one in frozen:
        await one.reached.wait()

    third = (await submit(gateway, live_caller)).task.id
    await gateway.engine.wake(third)
    waiting = (await gateway.generate.wait(third, caller=live_caller, timeout_s=0.3)).task
    for one in frozen:
        one.thaw()
    views = [await ended(gateway, live_caller, task_id) for task_id in (*first, third)]

    assert (waiting.phase, waiting.attempt) == ("queued", 0)
    assert [view.task.state for view in views] == ["success"] * 3
