"""Names of requests: how long they are kept, and the names of those that have none."""

from dataclasses import replace
from datetime import timedelta

import pytest

from overdoor.domain.access import Caller
from overdoor.errors import IdempotencyMismatch
from overdoor.providers.contract import Running
from overdoor.services.generate import CREATE_TASK
from overdoor.services.names import RETRY_WINDOW, Request, RequestName
from overdoor.services.upkeep import Upkeep
from overdoor.storage.idempotency import KEPT_DAYS, IdempotencyKey
from overdoor.wiring import Gateway
from tests.fakes.scripted import Frozen, Scripted
from tests.support.clock import Clock
from tests.support.following import ended, submit

KEY = IdempotencyKey(CREATE_TASK, "x-request-id", "r-1")
ENDPOINT = "chat.image_generation"
BODY = {"messages": [{"role": "user", "content": "a fox"}]}


def asked(caller: Caller, *, is_retry: bool | None, body: object = BODY) -> Request:
    return Request(caller, ENDPOINT, body, is_retry)


async def test_names_are_kept_for_seven_days_and_forgotten_after_them(
    gateway: Gateway, live_caller: Caller, clock: Clock
) -> None:
    """Promise: issue 3, "kept 7 days"."""
    upkeep = Upkeep(database=gateway.database, now=clock)
    first = await submit(gateway, live_caller, key=KEY)
    await ended(gateway, live_caller, first.task.id)

    clock.advance(timedelta(days=KEPT_DAYS, minutes=-1))
    assert await upkeep.tidy() == 0
    assert (await submit(gateway, live_caller, key=KEY)).task.id == first.task.id

    clock.advance(timedelta(minutes=2))
    assert await upkeep.tidy() == 1
    assert (await submit(gateway, live_caller, key=KEY)).task.id != first.task.id


async def test_a_name_is_never_forgotten_while_its_task_runs(
    gateway: Gateway, live_caller: Caller, clock: Clock, provider: Scripted
) -> None:
    """Promise: issue 3, "never dropped while the task runs"."""
    provider.checks.append(frozen := Frozen(Running(0.5)))
    first = await submit(gateway, live_caller, key=KEY)

    clock.advance(timedelta(days=30))
    forgotten = await Upkeep(database=gateway.database, now=clock).tidy()

    assert forgotten == 0
    assert (await submit(gateway, live_caller, key=KEY)).task.id == first.task.id
    frozen.thaw()
    await ended(gateway, live_caller, first.task.id)


async def test_a_marked_retry_has_the_name_of_the_latest_equal_request(gateway: Gateway, caller: Caller) -> None:
    """Promise: issue 3, "a short window over (key, body) when the client marks a retry"."""
    names = gateway.names
    other_body = asked(caller, is_retry=True, body={"messages": []})
    reordered = asked(caller, is_retry=True, body=dict(reversed(BODY.items())))

    first = await names.given(asked(caller, is_retry=False))
    retried = await names.given(reordered)
    second = await names.given(asked(caller, is_retry=False))
    another = await names.given(other_body)

    assert retried == first
    assert len({first.value, second.value, another.value}) == 3
    assert await names.given(asked(caller, is_retry=True)) == second


async def test_the_window_of_retries_ends_and_what_it_remembered_is_forgotten(
    gateway: Gateway, caller: Caller, clock: Clock
) -> None:
    """Promise: docs/idempotency.md: 15 minutes after the latest try."""
    first = await gateway.names.given(asked(caller, is_retry=False))
    clock.advance(RETRY_WINDOW - timedelta(seconds=1))
    again = await gateway.names.given(asked(caller, is_retry=True))
    clock.advance(RETRY_WINDOW - timedelta(seconds=1))
    later = await gateway.names.given(asked(caller, is_retry=True))
    clock.advance(RETRY_WINDOW + timedelta(seconds=1))
    too_late = await gateway.names.given(asked(caller, is_retry=True))
    clock.advance(timedelta(days=1))

    assert first == again == later
    assert too_late != first
    assert await Upkeep(database=gateway.database, now=clock).tidy() == 1


async def test_each_call_of_a_request_has_a_name_of_its_own(gateway: Gateway, caller: Caller) -> None:
    """Promise: issue 3, "each tool call derives its own from it, so several images never collapse into one"."""
    first_try = RequestName(gateway.names, asked(caller, is_retry=False), None)
    retry = RequestName(gateway.names, asked(caller, is_retry=True), None)
    silent = RequestName(gateway.names, asked(caller, is_retry=None), None)

    calls = [await first_try.for_call(1), await first_try.for_call(2)]

    assert calls[0] != calls[1]
    assert [await retry.for_call(1), await retry.for_call(2)] == calls
    assert await silent.for_call(1) is None


async def test_a_strict_name_belongs_to_one_body(gateway: Gateway, caller: Caller) -> None:
    """Promise: issue 3, "the standard Idempotency-Key is strict"."""
    strict = IdempotencyKey(ENDPOINT, "idempotency-key", "i-1")

    bound = await gateway.names.claim(strict, asked(caller, is_retry=None))
    again = await gateway.names.claim(strict, asked(caller, is_retry=None))
    with pytest.raises(IdempotencyMismatch):
        await gateway.names.claim(strict, asked(caller, is_retry=None, body={}))
    loose = await gateway.names.claim(replace(strict, header="x-request-id"), asked(caller, is_retry=None, body={}))

    assert bound == again
    assert loose.fingerprint != bound.fingerprint
