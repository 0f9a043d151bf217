"""Long polls and event streams. Contract: docs/jobs.md, "recordInfo" and "events"."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import aiohttp
import pytest

from overdoor.api.job_events import event_stream
from overdoor.app import begin_to_stop
from overdoor.domain.task import Task, TaskView
from overdoor.providers.contract import Running as Working
from overdoor.storage import ledger, tasks
from overdoor.storage.db import Tx
from overdoor.storage.opening import open_database
from overdoor.units import MicroDollars
from overdoor.wiring import Surroundings
from tests.api.conftest import Client
from tests.api.test_jobs import CREATE, INSTANT
from tests.fakes.scripted import PICTURE, Frozen, Scripted
from tests.support.clock import Clock
from tests.support.databases import cluster, database_url
from tests.support.following import PATIENCE_S
from tests.support.server import Running

__all__ = ["cluster", "database_url"]

RECORD = "/api/v1/jobs/recordInfo?taskId="
EVENTS = "/api/v1/jobs/events?taskId="
WISH = {"model": "gpt-image-2-text-to-image", "input": {"prompt": "a fox"}}


@pytest.fixture
def provider() -> Scripted:
    """What serves live keys."""
    return Scripted()


@pytest.fixture
def surroundings(clock: Clock, provider: Scripted) -> Surroundings:
    """The world, with the scripted provider in it."""
    return Surroundings(now=clock, providers={provider.name: provider})


@pytest.fixture
async def live(client: Client, server: Running) -> Client:
    """A live key, whose tasks follow the script."""
    return replace(client, key=(await server.gateway.accounts.create_key("live", mode="live")).secret)


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a stream."""

    id: str | None
    name: str
    data: Mapping[str, Any]


@asynccontextmanager
async def stream_of(client: Client, task_id: str, *, last: str | None = None) -> AsyncGenerator[AsyncIterator[Event]]:
    """The events of a task, as they come."""
    headers = {"Authorization": f"Bearer {client.key}"} | ({} if last is None else {"Last-Event-ID": last})
    async with asyncio.timeout(PATIENCE_S), client.session.get(client.url + EVENTS + task_id, headers=headers) as reply:
        assert reply.status == 200
        assert reply.headers["Content-Type"].startswith("text/event-stream")
        yield _events(reply)


async def _events(reply: aiohttp.ClientResponse) -> AsyncIterator[Event]:
    fields: dict[str, str] = {}
    async for line in reply.content:
        name, _, value = line.decode().rstrip("\n").partition(": ")
        if name:
            fields[name] = value
        elif "data" in fields:
            yield Event(fields.get("id"), fields["event"], json.loads(fields["data"]))
            fields = {}


async def created(client: Client, wish: object = WISH) -> str:
    """A new task's id."""
    return (await client.send("POST", CREATE, json=wish)).body["data"]["taskId"]


async def waited_for(server: Running, tasks: int) -> None:
    """Return when somebody waits for that many tasks."""
    async with asyncio.timeout(PATIENCE_S):
        while server.gateway.waiting.watched != tasks:
            await asyncio.sleep(0)


async def test_a_long_poll_is_answered_when_the_task_ends(live: Client, server: Running, provider: Scripted) -> None:
    """Promise: docs/jobs.md#recordinfo, `wait`; two hundred clients are answered by the same end."""
    provider.checks.append(frozen := Frozen(Working(0.5)))
    task_id = await created(live)
    await frozen.reached.wait()
    polls = [asyncio.create_task(live.send("GET", f"{RECORD}{task_id}&wait=60")) for _ in range(200)]
    await waited_for(server, 1)

    frozen.thaw()
    answers = await asyncio.wait_for(asyncio.gather(*polls), PATIENCE_S)

    assert {answer.body["data"]["state"] for answer in answers} == {"success"}
    assert server.gateway.waiting.watched == 0


async def test_a_long_poll_on_an_ended_task_and_one_whose_time_is_over_answer_at_once(
    live: Client, client: Client, provider: Scripted
) -> None:
    """Promise: docs/jobs.md#recordinfo, `wait`."""
    ended = await created(client, INSTANT)
    await client.finished(ended)
    provider.checks.append(frozen := Frozen(Working(0.5)))
    waiting = await created(live)
    await frozen.reached.wait()

    at_once = await asyncio.wait_for(client.send("GET", f"{RECORD}{ended}&wait=60"), PATIENCE_S)
    too_late = await live.send("GET", f"{RECORD}{waiting}&wait=1")
    frozen.thaw()

    assert (at_once.body["data"]["state"], too_late.body["data"]["state"]) == ("success", "waiting")


@pytest.mark.parametrize("wait", ["-1", "61", "x", "1.5"])
async def test_a_wait_that_cannot_be_is_refused(client: Client, wait: str) -> None:
    """Promise: docs/jobs.md#recordinfo: 0 to 60 seconds."""
    answer = await client.send("GET", f"{RECORD}task_x&wait={wait}")

    assert (answer.status, answer.body["error"]) == (422, "invalid_option")


async def test_waiting_for_a_task_that_is_not_ones_own_is_refused_at_once(client: Client, server: Running) -> None:
    """Design 6: 404 in the same words, whether one waits or not."""
    answers = [await client.send("GET", path) for path in (f"{RECORD}task_x&wait=60", f"{EVENTS}task_x")]

    assert [answer.status for answer in answers] == [404, 404]
    assert server.gateway.waiting.watched == 0


async def test_an_end_in_another_process_wakes_who_waits_here(client: Client, server: Running) -> None:
    """Promise: docs/how-a-request-travels.md: whichever process ends the task."""
    await server.gateway.engine.stop()
    task_id = await created(client)
    poll = asyncio.create_task(client.send("GET", f"{RECORD}{task_id}&wait=60"))
    await waited_for(server, 1)
    elsewhere = await open_database(server.gateway.settings)

    await elsewhere.write(lambda tx: _fail(tx, task_id))
    answer = await asyncio.wait_for(poll, PATIENCE_S)
    await elsewhere.close()

    assert (answer.body["data"]["state"], answer.body["data"]["failCode"]) == ("fail", "internal_error")


async def test_a_stream_tells_every_change_and_ends_with_the_task(live: Client, provider: Scripted) -> None:
    """Promise: docs/jobs.md#events."""
    steps = [Frozen(Working(share)) for share in (0.25, 0.75, 1.0, 1.0)]
    provider.checks.extend(steps)
    task_id = await created(live)
    await steps[0].reached.wait()

    seen: list[Event] = []
    async with stream_of(live, task_id) as events:
        async for event in events:
            seen.append(event)
            if len(seen) <= len(steps):
                steps[len(seen) - 1].thaw()

    told = [(event.name, event.data["phase"], event.data["progress"]) for event in seen]
    assert told[:4] == [
        ("task.progress", "submitted", None),
        ("task.progress", "generating", 0.25),
        ("task.progress", "generating", 0.75),
        ("task.progress", "generating", 1.0),
    ]
    assert told[-1] == ("task.success", "done", None)
    assert seen[-1].data["resultUrls"]
    assert len({event.id for event in seen}) == len(seen)


async def test_a_stream_goes_on_after_the_last_event_that_was_seen(live: Client, provider: Scripted) -> None:
    """Promise: docs/jobs.md#events: `Last-Event-ID` repeats nothing, and 204 tells a browser not to come again."""
    provider.checks.append(frozen := Frozen(Working(0.5)))
    task_id = await created(live)
    await frozen.reached.wait()
    async with stream_of(live, task_id) as events:
        first = await anext(events)

    async with stream_of(live, task_id, last=first.id) as events:
        frozen.thaw()
        later = [event async for event in events]

    assert first.name == "task.progress"
    assert first.id not in [event.id for event in later]
    assert later[-1].name == "task.success"
    headers = {"Last-Event-ID": later[-1].id or ""}
    assert (await live.send("GET", f"{EVENTS}{task_id}", headers=headers)).status == 204


async def test_clients_that_leave_leave_nothing_behind(live: Client, server: Running, provider: Scripted) -> None:
    """Promise: docs/jobs.md#events: a client's departure frees what it held."""
    provider.checks.append(frozen := Frozen(Working(0.5)))
    task_id = await created(live)
    await frozen.reached.wait()
    poll = asyncio.create_task(live.send("GET", f"{RECORD}{task_id}&wait=60"))
    async with stream_of(live, task_id) as events:
        await anext(events)
        await waited_for(server, 1)
        poll.cancel()

    await waited_for(server, 0)
    frozen.thaw()


async def test_a_server_that_stops_answers_polls_and_ends_streams(
    live: Client, server: Running, provider: Scripted
) -> None:
    """Promise: docs/operating.md: whoever waits gets the present state, and a stream a last event."""
    provider.checks.append(frozen := Frozen(Working(0.5)))
    task_id = await created(live)
    await frozen.reached.wait()
    poll = asyncio.create_task(live.send("GET", f"{RECORD}{task_id}&wait=60"))
    async with stream_of(live, task_id) as events:
        await anext(events)
        begin_to_stop(server.app)
        rest = [event async for event in events]

    assert [(event.name, event.data) for event in rest] == [("stream.end", {"reason": "server_stopping"})]
    assert (await asyncio.wait_for(poll, PATIENCE_S)).body["data"]["state"] == "waiting"
    frozen.thaw()


async def test_a_key_that_is_revoked_meanwhile_sees_nothing_more(
    live: Client, server: Running, provider: Scripted
) -> None:
    """Promise: docs/jobs.md#events: a stream and a long poll that were open before end without the record."""
    provider.checks.extend([frozen := Frozen(Working(0.5)), PICTURE])
    task_id = await created(live)
    await frozen.reached.wait()
    poll = asyncio.create_task(live.send("GET", f"{RECORD}{task_id}&wait=60"))
    async with stream_of(live, task_id) as events:
        await anext(events)
        await waited_for(server, 1)
        assert await server.gateway.accounts.revoke_key("live") == 1
        frozen.thaw()
        rest = [event async for event in events]
    answer = await asyncio.wait_for(poll, PATIENCE_S)

    assert [(event.name, event.data) for event in rest] == [("stream.end", {"reason": "key_revoked"})]
    assert (answer.status, answer.body["data"]) == (401, None)


async def test_silence_is_filled_with_comments() -> None:
    """Promise: docs/jobs.md#events: a comment every 15 s keeps proxies from hanging up."""

    async def silent() -> AsyncGenerator[TaskView | None]:
        yield None
        yield None

    async def always() -> bool:
        return True

    stream = event_stream(silent(), record_of=lambda _: {}, may_go_on=always, seen=None)
    lines = [line async for line in stream]

    assert [line for line in lines if line.startswith(b":")] == [b": still waiting\n\n"] * 2


def _fail(tx: Tx, task_id: str) -> None:
    """What a worker does with a task that it cannot carry on."""
    taken = tasks.take_up(tx, task_id, "another process")
    assert isinstance(taken, Task)
    nothing = MicroDollars(0)
    ended = replace(taken, state="fail", charged=nothing, fail_code="internal_error", fail_message="It broke.")
    assert tasks.finish(tx, ended)
    ledger.release(tx, ended)
