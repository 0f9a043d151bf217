"""Callbacks: owed with the end of a task, sent once."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any, Self

import pytest
from aiohttp import web

from overdoor.config import Settings
from overdoor.domain.access import Caller
from overdoor.errors import ForbiddenAddress
from overdoor.providers.contract import Rejected
from overdoor.storage import callbacks
from overdoor.storage.db import Sql
from overdoor.wiring import Gateway, Surroundings, open_gateway
from tests.fakes.scripted import PICTURE, Frozen, Scripted
from tests.support.following import ALL_RIGHT, PATIENCE_S, books, ended, submit
from tests.support.settings import hermetic_settings

_IDS = Sql("SELECT id FROM callbacks")
_STATES = Sql("SELECT state, attempts, last_status FROM callbacks")


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Callbacks may go to this machine."""
    return hermetic_settings(settings.data, database_url=settings.database_url, allowed_private_networks="127.0.0.0/8")


@pytest.fixture
async def receiver() -> AsyncIterator["Receiver"]:
    """Somebody who wants to be told."""
    async with Receiver() as opened:
        yield opened


class Receiver:
    """A server on this machine. status: what it answers; answers: cleared while it takes its time."""

    def __init__(self) -> None:
        self.status = 200
        self.answers = asyncio.Event()
        self.answers.set()
        self._told: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post("/told", self._receive)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/told"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def next(self) -> dict[str, Any]:
        """The next message."""
        async with asyncio.timeout(PATIENCE_S):
            return await self._told.get()

    @property
    def is_quiet(self) -> bool:
        """Nothing came that was not taken by `next`."""
        return self._told.empty()

    async def _receive(self, request: web.Request) -> web.Response:
        self._told.put_nowait(await request.json())
        await self.answers.wait()
        return web.Response(status=self.status)


async def settled(gateway: Gateway) -> tuple[str, int, int | None]:
    """The one callback, once it is no longer pending."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            row = await gateway.database.read(lambda tx: tx.one(_STATES))
            if row is not None and row.state != "pending":
                return (row.state, row.attempts, row.last_status)


@pytest.mark.parametrize("end", ["success", "fail"])
async def test_the_end_of_a_task_is_told_once_with_its_public_record(
    gateway: Gateway, live_caller: Caller, provider: Scripted, receiver: Receiver, end: str
) -> None:
    """Promise: jobs.md 1: callbacks on success and on failure."""
    if end == "fail":
        provider.checks.append(Rejected("content_policy", "The prompt is not allowed."))

    task = (await submit(gateway, live_caller, callback_url=receiver.url)).task
    told = await receiver.next()

    assert (told["type"], told["data"]["taskId"], told["data"]["state"]) == (f"task.{end}", task.id, end)
    assert (told["data"]["resultJson"] is not None) == (end == "success")
    assert json.loads(told["data"]["param"])["callBackUrl"] == receiver.url
    assert await settled(gateway) == ("delivered", 1, 200)
    assert receiver.is_quiet


async def test_two_processes_with_the_same_callback_in_hand_send_it_once(
    gateway: Gateway, settings: Settings, surroundings: Surroundings, live_caller: Caller, receiver: Receiver
) -> None:
    """Promise: docs/jobs.md: each callback is sent once."""
    receiver.answers.clear()
    async with open_gateway(settings, surroundings) as other:
        await submit(gateway, live_caller, callback_url=receiver.url)
        await receiver.next()
        [callback] = await gateway.database.read(lambda tx: tx.all(_IDS))
        taken_again = await other.database.write(lambda tx: callbacks.claim(tx, callback.id, for_s=1))
        receiver.answers.set()

        assert taken_again is None
        assert await settled(gateway) == ("delivered", 1, 200)
        assert receiver.is_quiet


async def test_a_receiver_that_refuses_changes_nothing_about_the_task(
    gateway: Gateway, live_caller: Caller, receiver: Receiver
) -> None:
    """Promise: a callback is a courtesy: the task has ended, the charge stands."""
    receiver.status = 503

    task = (await submit(gateway, live_caller, callback_url=receiver.url)).task
    await receiver.next()

    assert await settled(gateway) == ("failed", 1, 503)
    assert (await ended(gateway, live_caller, task.id)).task.state == "success"


async def test_a_receiver_that_is_not_there_is_noted(gateway: Gateway, live_caller: Caller) -> None:
    """Promise: what is owed and could not be delivered shows in its row."""
    async with Receiver() as gone:
        pass

    await submit(gateway, live_caller, callback_url=gone.url)

    assert await settled(gateway) == ("failed", 1, None)


async def test_an_address_that_must_not_be_called_is_refused_with_the_request(
    gateway: Gateway, live_caller: Caller
) -> None:
    """Promise: net/guard: callbacks pass the same checkpoint as inputs."""
    with pytest.raises(ForbiddenAddress):
        await submit(gateway, live_caller, callback_url="http://10.0.0.1/told")

    assert await books(gateway) == (ALL_RIGHT, 0)


async def test_a_callback_is_owed_even_if_the_provider_was_removed(
    settings: Settings, provider: Scripted, receiver: Receiver
) -> None:
    """Promise: advance: whatever ends a task tells its caller."""
    frozen = Frozen(PICTURE)
    provider.checks.append(frozen)
    async with open_gateway(settings, Surroundings(providers={"openai": provider})) as before:
        made = await before.accounts.create_key("live", mode="live")
        caller = await before.accounts.authenticate(made.secret)
        task = (await submit(before, caller, callback_url=receiver.url)).task
        await frozen.reached.wait()

    async with open_gateway(settings) as after:
        told = await receiver.next()

        assert (told["data"]["taskId"], told["data"]["failCode"]) == (task.id, "provider_missing")
        assert await settled(after) == ("delivered", 1, 200)
