"""Two workers and one task: who may go on after a crash, and that the slower one can do no harm.

On SQLite only, where every process carries every id. On PostgreSQL an id stays with a worker that still beats;
there the fence is tested at the rows (tests/storage/test_tasks.py), and a killed worker in tests/chaos.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from overdoor.config import Settings
from overdoor.providers.contract import Outcome, ProviderFailure, Rejected, Resubmit, Running
from overdoor.storage.db import Sql
from overdoor.units import TaskId, Ticket
from overdoor.wiring import Gateway, Surroundings, open_gateway
from tests.fakes.scripted import PICTURE, Frozen, Scripted
from tests.support.following import ALL_RIGHT, PATIENCE_S, PICTURE_PRICE, books, ended, expire_leases, live_key, submit

_ASSETS = Sql("SELECT count(*) FROM assets WHERE task_id = :id")


@pytest.fixture
def database_url() -> None:
    """SQLite only."""


@pytest.fixture
async def gateways(settings: Settings) -> AsyncIterator["Gateways"]:
    """A maker of gateways on one folder, all closed at the end."""
    async with AsyncExitStack() as stack:
        yield Gateways(settings, stack)


class Gateways:
    """Opens gateways that share their data."""

    def __init__(self, settings: Settings, stack: AsyncExitStack) -> None:
        self._settings, self._stack = settings, stack

    async def open(self, provider: Scripted) -> Gateway:
        surroundings = Surroundings(providers={provider.name: provider})
        return await self._stack.enter_async_context(open_gateway(self._settings, surroundings))


async def asset_count(gateway: Gateway, task_id: TaskId) -> int:
    return await gateway.database.read(lambda tx: tx.scalar(_ASSETS, id=task_id))


@pytest.mark.parametrize(
    ("resubmit", "lookup", "accepted"),
    [
        ("safe", None, 2),
        ("by_key", None, 2),
        ("lookup", Ticket("found"), 1),
        ("lookup", None, 2),
    ],
    ids=["safe", "by_key", "lookup finds it", "lookup finds nothing"],
)
async def test_after_a_crash_inside_a_submit_the_provider_is_asked_this_often(
    gateways: "Gateways", resubmit: Resubmit, lookup: Ticket | None, accepted: int
) -> None:
    """Promise: design.md decision 4: what may happen in that window is the provider's declared `resubmit`.

    `never` waits in phase `unknown`: test_unknown.py.
    """
    frozen = Frozen(Ticket("too late"))
    first, second = Scripted(resubmit=resubmit), Scripted(resubmit=resubmit)
    first.submits.append(frozen)
    second.lookups.append(lookup)
    crashing = await gateways.open(first)
    caller = await live_key(crashing)
    task_id = (await submit(crashing, caller)).task.id
    await frozen.reached.wait()

    successor = await gateways.open(second)
    await expire_leases(successor)
    view = await ended(successor, caller, task_id)

    assert (view.task.state, view.task.fail_code) == ("success", None)
    assert first.accepted + second.accepted == {task_id: accepted}
    assert await books(successor) == (ALL_RIGHT, PICTURE_PRICE)


@pytest.mark.parametrize("failures", [0, 6])
async def test_work_that_a_lookup_finds_is_followed_to_its_end_and_not_handed_over_again(
    gateways: "Gateways", failures: int
) -> None:
    """Promise: design.md `What never happens`: submitted twice; a lookup that fails for a while is asked again."""
    frozen = Frozen(Ticket("too late"))
    first, second = Scripted(resubmit="lookup"), Scripted(resubmit="lookup")
    first.submits.append(frozen)
    second.lookups.extend([ProviderFailure("upstream_error", "Away.", retry_after_s=0.01)] * failures)
    second.lookups.append(Ticket("found"))
    second.checks.extend([Running(0.4), ProviderFailure("upstream_error", "Away.", retry_after_s=0.01), PICTURE])
    crashing = await gateways.open(first)
    caller = await live_key(crashing)
    task_id = (await submit(crashing, caller)).task.id
    await frozen.reached.wait()

    successor = await gateways.open(second)
    await expire_leases(successor)
    view = await ended(successor, caller, task_id)

    assert view.task.state == "success"
    assert first.accepted + second.accepted == {task_id: 1}
    assert await books(successor) == (ALL_RIGHT, PICTURE_PRICE)


@pytest.mark.parametrize(
    ("at", "late"),
    [
        ("submit", Ticket("late")),
        ("submit", PICTURE),
        ("submit", Rejected("content_policy", "late")),
        ("check", Running(0.9)),
        ("check", PICTURE),
        ("check", Rejected("content_policy", "late")),
    ],
    ids=["ticket", "picture", "refusal", "progress", "picture of a check", "refusal of a check"],
)
async def test_a_worker_that_was_taken_over_writes_nothing(
    gateways: "Gateways", at: str, late: Ticket | Outcome
) -> None:
    """Promise: design.md decision 4: every later write carries the attempt, so a frozen worker can do no harm."""
    frozen = Frozen(late)
    first, second = Scripted(resubmit="safe"), Scripted(resubmit="safe")
    (first.submits if at == "submit" else first.checks).append(frozen)
    freezing = await gateways.open(first)
    caller = await live_key(freezing)
    task_id = (await submit(freezing, caller)).task.id
    await frozen.reached.wait()
    successor = await gateways.open(second)
    await expire_leases(successor)
    before = await ended(successor, caller, task_id)

    frozen.thaw()
    marker = (await submit(freezing, caller)).task.id  # ends after the thawed worker's next step began
    await ended(freezing, caller, marker)

    assert before.task.state == "success"
    assert await successor.generate.find(task_id, caller=caller) == before
    assert await asset_count(successor, task_id) == 1
    assert await books(successor) == (ALL_RIGHT, 2 * PICTURE_PRICE)


async def test_work_inside_a_living_process_is_not_begun_anew_by_another(settings: Settings) -> None:
    """Promise: docs/operating.md: several processes on one folder; each sandbox keeps its work in memory."""
    async with open_gateway(settings) as first, open_gateway(settings):
        assert first.first_key is not None
        caller = await first.accounts.authenticate(first.first_key.secret)
        task_id = (await submit(first, caller, prompt="a fox sandbox:delay=1s")).task.id
        view = await first.generate.wait(task_id, caller=caller, timeout_s=PATIENCE_S)

    assert (view.task.state, view.task.submits) == ("success", 1)


async def test_a_process_that_stops_gives_back_what_it_keeps_between_two_checks(settings: Settings) -> None:
    """Promise: docs/operating.md: on SIGTERM tasks give their leases back, and go on elsewhere."""
    async with open_gateway(settings) as successor:
        async with open_gateway(settings) as stopping:
            caller = await stopping.accounts.caller_of_owner("test")
            task_id = (await submit(stopping, caller, prompt="a fox sandbox:delay=1s")).task.id
            while (await stopping.generate.find(task_id, caller=caller)).task.phase == "queued":
                await stopping.generate.wait(task_id, caller=caller, timeout_s=0.05)
        view = await successor.generate.wait(task_id, caller=caller, timeout_s=PATIENCE_S)

    assert view.task.state == "success"


async def test_a_web_node_accepts_tasks_and_another_process_carries_them(settings: Settings) -> None:
    """Promise: docs/operating.md: `serve --no-tasks` beside `overdoor worker`."""
    async with open_gateway(settings, Surroundings(carries="none")) as web:
        caller = await web.accounts.caller_of_owner("test")
        task_id = (await submit(web, caller)).task.id
        alone = await web.generate.wait(task_id, caller=caller, timeout_s=0.3)
        async with open_gateway(settings, Surroundings(makes_first_key=False)):
            served = await web.generate.wait(task_id, caller=caller, timeout_s=PATIENCE_S)

    assert (alone.task.attempt, served.task.state) == (0, "success")
