"""Callbacks of a provider whose submit broke off: they tell the ticket, and nothing else is believed."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from overdoor.config import Settings
from overdoor.domain.access import Caller
from overdoor.units import TaskId
from overdoor.wiring import Surroundings
from tests.api.conftest import Client
from tests.fakes.provider import FakeProvider, FakeUpstream
from tests.support.clock import Clock
from tests.support.following import ALL_RIGHT, PICTURE_PRICE, books, ended, in_phase, live_key, submit

PUBLIC = "https://pictures.example.org"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """A server that providers can reach."""
    return replace(settings, public_url=PUBLIC)


@pytest.fixture
async def upstream() -> AsyncIterator[FakeUpstream]:
    """The provider's server; its first answer is lost."""
    async with FakeUpstream() as running:
        running.script.append("drop after")
        yield running


@pytest.fixture
def surroundings(clock: Clock, upstream: FakeUpstream) -> Surroundings:
    """Live keys are served by the provider over HTTP."""
    return Surroundings(now=clock, providers={"openai": FakeProvider(upstream.url)})


async def unknown_task(client: Client, upstream: FakeUpstream) -> tuple[Caller, TaskId, str]:
    """A task in phase `unknown`, and the path of its callback."""
    caller = await live_key(client.gateway)
    task_id = (await submit(client.gateway, caller)).task.id
    await in_phase(client.gateway, caller, task_id, "unknown")
    address = upstream.callbacks[task_id]
    assert address.startswith(PUBLIC)
    return caller, task_id, urlsplit(address).path


async def test_a_callback_tells_the_ticket_and_the_task_goes_on_without_a_second_submit(
    client: Client, upstream: FakeUpstream
) -> None:
    """Promise: jobs.md 4.8.1: a late callback binds the unknown provider id; `check` decides what became of it."""
    caller, task_id, path = await unknown_task(client, upstream)

    answer = await client.send("POST", path, json={"job": f"job-{task_id}", "state": "refused", "reason": "a lie"})
    view = await ended(client.gateway, caller, task_id)
    again = await client.send("POST", path, json={"job": f"job-{task_id}", "state": "queued", "percent": 1})

    assert (answer.status, again.status) == (200, 200)
    assert (view.task.state, upstream.journal[task_id]) == ("success", 1)
    assert await books(client.gateway) == (ALL_RIGHT, PICTURE_PRICE)


async def test_a_forged_or_garbled_callback_changes_nothing(client: Client, upstream: FakeUpstream) -> None:
    """Promise: the token is over provider and task."""
    caller, task_id, path = await unknown_task(client, upstream)
    told = {"job": "job-of-somebody-else", "state": "queued", "percent": 1}
    other = path.replace(task_id, "task_other")

    answers = [
        await client.send("POST", path[:-4] + "AAAA", json=told),
        await client.send("POST", other, json=told),
        await client.send("POST", path.replace("/openai/", "/sandbox/"), json=told),
        await client.send("POST", path, data=b"no JSON"),
    ]

    assert [answer.status for answer in answers] == [404, 404, 404, 400]
    task = (await client.gateway.generate.find(task_id, caller=caller)).task
    assert (task.phase, task.ticket) == ("unknown", None)


async def test_the_token_of_a_callback_reaches_no_log_line(
    client: Client, upstream: FakeUpstream, capfd: pytest.CaptureFixture[str]
) -> None:
    """Promise: docs/operating.md, logs: whoever reads them cannot speak for a provider."""
    _, task_id, path = await unknown_task(client, upstream)
    capfd.readouterr()

    await client.send("POST", path, data=b"no JSON")

    lines = capfd.readouterr().err
    assert f"/callback/{task_id}/…" in lines
    assert path.rpartition("/")[2] not in lines


async def test_a_success_after_the_end_is_not_delivered_and_its_ticket_is_kept_for_the_operator(
    client: Client, upstream: FakeUpstream, clock: Clock
) -> None:
    """Promise: docs/decisions/013-unknown-submits.md."""
    caller, task_id, path = await unknown_task(client, upstream)
    clock.advance(timedelta(minutes=15))
    await ended(client.gateway, caller, task_id)

    answer = await client.send("POST", path, json={"job": f"job-{task_id}", "state": "queued", "percent": 99})
    task = (await client.gateway.generate.find(task_id, caller=caller)).task

    assert answer.status == 200
    assert (task.state, task.fail_code, task.ticket) == ("fail", "submit_unknown", f"job-{task_id}")
    assert await books(client.gateway) == (ALL_RIGHT, 0)
