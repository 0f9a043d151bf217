"""Accepting a wish: one task and one hold for each, whatever is sent twice or at once."""

import asyncio
from dataclasses import replace

import pytest

from overdoor.config import Settings
from overdoor.domain.access import Caller
from overdoor.domain.limits import Tier
from overdoor.errors import BudgetExceeded, IdempotencyMismatch, PermissionDenied, TaskNotFound, TooManyActiveTasks
from overdoor.providers.contract import Running
from overdoor.services.generate import CREATE_TASK, Submitted
from overdoor.storage.idempotency import IdempotencyKey
from overdoor.wiring import Gateway, Surroundings, open_gateway
from tests.fakes.scripted import Frozen, Scripted
from tests.support.following import ALL_RIGHT, PICTURE_PRICE, books, counts, ended, stranger, submit

REQUEST_ID = IdempotencyKey(CREATE_TASK, "x-request-id", "r-1")
IDEMPOTENCY_KEY = IdempotencyKey(CREATE_TASK, "idempotency-key", "i-1")


@pytest.mark.parametrize("key", [REQUEST_ID, IDEMPOTENCY_KEY], ids=["X-Request-Id", "Idempotency-Key"])
async def test_the_same_request_under_the_same_key_is_one_task_with_one_hold(
    gateway: Gateway, live_caller: Caller, key: IdempotencyKey
) -> None:
    """Promise: jobs.md 4.1: the same taskId, and nothing is held again."""
    first = await submit(gateway, live_caller, key=key)
    await ended(gateway, live_caller, first.task.id)
    again = await submit(gateway, live_caller, key=key)

    assert (again.task.id, again.replayed, again.warnings) == (first.task.id, True, ())
    assert await counts(gateway) == (1, 1)
    assert await books(gateway) == (ALL_RIGHT, PICTURE_PRICE)


async def test_fifty_equal_requests_at_once_are_one_task(gateway: Gateway, live_caller: Caller) -> None:
    """Promise: jobs.md 4.1: concurrent identical creates → one task, one hold, all answers equal."""
    answers = await asyncio.gather(*(submit(gateway, live_caller, key=REQUEST_ID) for _ in range(50)))

    assert len({answer.task.id for answer in answers}) == 1
    assert [answer.replayed for answer in answers].count(False) == 1
    assert await counts(gateway) == (1, 1)


async def test_a_repeated_request_is_answered_with_its_task_even_when_nothing_more_is_allowed(
    gateway: Gateway, live_caller: Caller, provider: Scripted
) -> None:
    """Promise: jobs.md 4.1: a replay holds nothing, so neither the balance nor the tier can refuse it."""
    provider.checks.append(frozen := Frozen(Running(0.5)))
    limited = replace(live_caller, tier=Tier("one", active_tasks=1))

    answers = await asyncio.gather(*(submit(gateway, limited, key=REQUEST_ID) for _ in range(8)))

    assert len({answer.task.id for answer in answers}) == 1
    frozen.thaw()
    await ended(gateway, limited, answers[0].task.id)


async def test_another_request_under_the_same_request_id_is_answered_with_the_first_task_and_a_warning(
    gateway: Gateway, live_caller: Caller
) -> None:
    """Promise: jobs.md 4.1: under the seed's `X-Request-Id` the first task is answered, with a warning."""
    first = await submit(gateway, live_caller, prompt="a fox", key=REQUEST_ID)
    other = await submit(gateway, live_caller, prompt="a wolf", key=REQUEST_ID)

    assert other.task.id == first.task.id
    assert len(other.warnings) == 1
    assert await counts(gateway) == (1, 1)


async def test_another_request_under_the_same_idempotency_key_is_refused(gateway: Gateway, live_caller: Caller) -> None:
    """Promise: jobs.md 4.1: same key, different payload → 422."""
    first = await submit(gateway, live_caller, prompt="a fox", key=IDEMPOTENCY_KEY)

    with pytest.raises(IdempotencyMismatch) as refused:
        await submit(gateway, live_caller, prompt="a wolf", key=IDEMPOTENCY_KEY)

    assert refused.value.task_id == first.task.id
    assert await counts(gateway) == (1, 1)


async def test_a_key_of_one_endpoint_header_or_caller_means_nothing_to_another(
    gateway: Gateway, live_caller: Caller
) -> None:
    """Promise: jobs.md 4.1: `UNIQUE(api_key_id, endpoint, idem_key)`."""
    keys = [REQUEST_ID, replace(REQUEST_ID, endpoint="images"), replace(REQUEST_ID, header="idempotency-key")]
    other = await stranger(gateway)

    made = [await submit(gateway, live_caller, key=key) for key in keys] + [
        await submit(gateway, other, key=REQUEST_ID)
    ]

    assert len({each.task.id for each in made}) == 4


async def test_a_refused_request_does_not_use_up_its_key(gateway: Gateway, live_caller: Caller) -> None:
    """Promise: jobs.md 4.1: rejected requests store nothing."""
    full = replace(live_caller, tier=Tier("full", active_tasks=0))
    with pytest.raises(TooManyActiveTasks):
        await submit(gateway, full, key=REQUEST_ID)

    accepted = await submit(gateway, live_caller, key=REQUEST_ID)

    assert not accepted.replayed
    assert await counts(gateway) == (1, 1)


async def test_unfinished_tasks_are_counted_from_the_rows_and_bounded_by_the_tier(
    gateway: Gateway, live_caller: Caller, provider: Scripted
) -> None:
    """Promise: jobs.md 4.2: `too many active tasks`; of many at once exactly the allowed number gets in."""
    frozen = [Frozen(Running(0.5)) for _ in range(3)]
    provider.checks.extend(frozen)
    limited = replace(live_caller, tier=Tier("three", active_tasks=3))

    answers = await asyncio.gather(*(submit(gateway, limited) for _ in range(8)), return_exceptions=True)
    accepted = [answer for answer in answers if not isinstance(answer, BaseException)]

    assert [type(answer) for answer in answers].count(TooManyActiveTasks) == 5
    assert await counts(gateway) == (3, 3)
    for each in frozen:
        each.thaw()
    await ended(gateway, limited, accepted[0].task.id)
    assert (await submit(gateway, limited)).replayed is False


async def test_a_daily_budget_is_never_overrun_by_several_nodes_at_once(
    settings: Settings, surroundings: Surroundings
) -> None:
    """Promise: docs/decisions/005: a metered account is bounded by its budget, however many nodes accept for it."""
    small = replace(settings, live_daily_budget=12)  # four pictures
    async with (
        open_gateway(small, surroundings) as first,
        open_gateway(small, surroundings) as second,
        open_gateway(small, surroundings) as third,
    ):
        made = await first.accounts.create_key("live", mode="live")
        live = await first.accounts.authenticate(made.secret)
        nodes = [first, second, third]
        wishes = [submit(nodes[number % 3], live) for number in range(12)]
        answers = await asyncio.gather(*wishes, return_exceptions=True)

        balance = await first.accounts.balance("live")
    assert sum(isinstance(answer, Submitted) for answer in answers) == 4
    assert sum(isinstance(answer, BudgetExceeded) for answer in answers) == 8
    assert balance.spent.daily == balance.budgets.daily


async def test_only_the_key_that_made_a_task_sees_it(gateway: Gateway, live_caller: Caller, caller: Caller) -> None:
    """Promise: design.md decision 6: everybody else gets 404 in the same words."""
    task_id = (await submit(gateway, live_caller)).task.id
    whole_account = replace(caller, scopes=frozenset({"read", "account:read"}))

    for other in (caller, await stranger(gateway)):
        with pytest.raises(TaskNotFound):
            await gateway.generate.find(task_id, caller=other)

    assert (await gateway.generate.find(task_id, caller=live_caller)).task.id == task_id
    assert (await gateway.generate.find(task_id, caller=whole_account)).task.id == task_id


async def test_a_key_without_the_scope_may_neither_make_nor_read(gateway: Gateway, live_caller: Caller) -> None:
    """Promise: keys carry scopes."""
    task_id = (await submit(gateway, live_caller)).task.id
    bare = replace(live_caller, scopes=frozenset())

    with pytest.raises(PermissionDenied):
        await submit(gateway, bare)
    with pytest.raises(PermissionDenied):
        await gateway.generate.find(task_id, caller=bare)


async def test_a_wait_ends_when_its_time_is_over_and_leaves_the_task_alone(
    gateway: Gateway, live_caller: Caller, provider: Scripted
) -> None:
    """Promise: generate.wait: the task as it is when the time is over."""
    frozen = Frozen(Running(0.5))
    provider.checks.append(frozen)
    task_id = (await submit(gateway, live_caller)).task.id

    view = await gateway.generate.wait(task_id, caller=live_caller, timeout_s=0.05)

    assert view.task.state == "waiting"
    frozen.thaw()
    assert (await ended(gateway, live_caller, task_id)).task.state == "success"


async def test_a_newcomers_first_task_goes_before_somebodys_second(settings: Settings) -> None:
    """Promise: decision 003, and docs/jobs.md#recordinfo: `queuePosition` is the place in the engine's order."""
    async with open_gateway(settings, Surroundings(carries="none")) as gateway:
        assert gateway.first_key is not None
        somebody = await gateway.accounts.authenticate(gateway.first_key.secret)
        newcomer = await stranger(gateway, "test")
        mine = [await submit(gateway, somebody) for _ in range(2)]
        theirs = await submit(gateway, newcomer)

        views = [await gateway.generate.find(made.task.id, caller=somebody) for made in mine]
        view = await gateway.generate.find(theirs.task.id, caller=newcomer)

    assert [seen.queue_position for seen in (views[0], view, views[1])] == [0, 1, 2]
