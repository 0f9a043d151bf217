"""A provider over HTTP that must never be asked twice, seen from the whole corridor; its own journal is the witness."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from overdoor.domain.access import Caller
from overdoor.wiring import Gateway, Surroundings
from tests.fakes.provider import Behaviour, FakeProvider, FakeUpstream
from tests.support.clock import Clock
from tests.support.following import ALL_RIGHT, PICTURE_PRICE, books, ended, in_phase, submit


@pytest.fixture
async def upstream() -> AsyncIterator[FakeUpstream]:
    """The provider's server."""
    async with FakeUpstream() as running:
        yield running


@pytest.fixture
def surroundings(clock: Clock, upstream: FakeUpstream) -> Surroundings:
    """Live keys are served by the provider over HTTP."""
    return Surroundings(now=clock, providers={"openai": FakeProvider(upstream.url)})


@pytest.mark.parametrize(
    ("script", "accepted", "state", "fail_code"),
    [
        (["accept"], 1, "success", None),
        (["busy", "accept"], 1, "success", None),
        (["reject"], 1, "fail", "content_policy"),
        (["drop before"], 0, "fail", "submit_unknown"),
        (["drop after"], 1, "fail", "submit_unknown"),
        (["slow"], 1, "fail", "submit_unknown"),
        (["garbage"], 1, "fail", "provider_error"),
        (["broken"], 0, "fail", "provider_error"),
        (["unauthorized"], 0, "fail", "provider_refused"),
    ],
    ids=lambda value: " then ".join(value) if isinstance(value, list) else str(value),
)
async def test_it_accepts_a_task_at_most_once_and_an_unclear_end_costs_nothing(
    gateway: Gateway,
    live_caller: Caller,
    upstream: FakeUpstream,
    clock: Clock,
    script: list[Behaviour],
    accepted: int,
    state: str,
    fail_code: str | None,
) -> None:
    """Promise: design.md `What never happens`: submitted twice without the provider's own idempotency."""
    upstream.script.extend(script)

    task_id = (await submit(gateway, live_caller)).task.id
    if fail_code == "submit_unknown":
        await in_phase(gateway, live_caller, task_id, "unknown")
        clock.advance(timedelta(minutes=15))
    view = await ended(gateway, live_caller, task_id)

    assert (view.task.state, view.task.fail_code) == (state, fail_code)
    assert upstream.journal[task_id] == accepted
    assert await books(gateway) == (ALL_RIGHT, PICTURE_PRICE if state == "success" else 0)
