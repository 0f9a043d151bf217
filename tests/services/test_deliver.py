"""Callbacks: owed with the end of a task, signed, sent until they are taken or given up."""

import asyncio
import hmac
import json
import socket
from base64 import b64encode
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from standardwebhooks import WebhookVerificationError

from overdoor.config import Settings
from overdoor.domain.access import Caller
from overdoor.domain.callback import Callback
from overdoor.domain.webhook import shown_secret
from overdoor.errors import ForbiddenAddress
from overdoor.providers.contract import Rejected
from overdoor.storage import callbacks, receivers
from overdoor.storage.db import Sql
from overdoor.storage.receivers import Signing
from overdoor.storage.signing import ReceiverSecrets
from overdoor.units import utc_now
from overdoor.wiring import Gateway, Surroundings, open_gateway
from tests.fakes.scripted import PICTURE, Frozen, Scripted
from tests.support.following import ALL_RIGHT, PATIENCE_S, books, ended, live_key, submit
from tests.support.receiver import Receiver
from tests.support.settings import hermetic_settings

_IDS = Sql("SELECT id FROM callbacks")
_ALL = Sql(f"SELECT {callbacks.COLUMNS} FROM callbacks ORDER BY created_at_ms")
_DUE = Sql("UPDATE callbacks SET next_at_ms = 0 WHERE state = 'pending'")
_WAITS = Sql("SELECT (next_at_ms - {now_ms}) / 1000.0 FROM callbacks")


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Callbacks may go to this machine; three attempts, the last after an hour."""
    return hermetic_settings(
        settings.data,
        database_url=settings.database_url,
        allowed_private_networks="127.0.0.0/8",
        callback_retries_s="0,3600",
    )


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """Somebody who wants to be told."""
    async with Receiver() as opened:
        yield opened


async def settled(gateway: Gateway) -> tuple[str, int, int | None]:
    """The newest callback, once it is no longer pending."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            found = await everything(gateway)
            if found and found[-1].state != "pending":
                return (found[-1].state, found[-1].attempts, found[-1].last_status)


async def everything(gateway: Gateway) -> list[Callback]:
    """All callbacks, the oldest first."""
    return await gateway.database.read(lambda tx: [callbacks.from_row(row) for row in tx.all(_ALL)])


async def postponed(gateway: Gateway, *, attempts: int) -> float:
    """Seconds until the next attempt, once that many were made and the last one is noted."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            for callback in await everything(gateway):
                log = await gateway.database.read(lambda tx, callback=callback: callbacks.attempts_of(tx, callback))
                if len(log) == attempts:
                    return float(await gateway.database.read(lambda tx: tx.scalar(_WAITS)))


async def hurry(gateway: Gateway) -> None:
    """As if the time of the next attempt had come."""
    await gateway.database.write(lambda tx: tx.run(_DUE))
    for callback in await everything(gateway):
        await gateway.engine.wake(callback.id)


def secret_of(settings: Settings, callback: Callback, *, version: int = 1) -> str:
    """What the operator is shown."""
    server_secret = bytes.fromhex((settings.data / "secret.key").read_text(encoding="ascii"))
    return shown_secret(ReceiverSecrets(server_secret).derive(callback.account_id, version))


@pytest.mark.parametrize("end", ["success", "fail"])
async def test_the_end_of_a_task_is_told_once_with_its_public_record(
    gateway: Gateway, live_caller: Caller, provider: Scripted, receiver: Receiver, end: str
) -> None:
    """Promise: jobs.md 1: callbacks on success and on failure."""
    if end == "fail":
        provider.checks.append(Rejected("content_policy", "The prompt is not allowed."))

    task = (await submit(gateway, live_caller, callback_url=receiver.url)).task
    told = (await receiver.next()).body

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


async def test_every_attempt_is_signed_as_the_official_library_verifies_it(
    gateway: Gateway, settings: Settings, live_caller: Caller, receiver: Receiver
) -> None:
    """Promise: docs/callbacks.md: Standard Webhooks 1.0, one id for all attempts."""
    receiver.status = 500

    await submit(gateway, live_caller, callback_url=receiver.url)
    first, second = await receiver.next(), await receiver.next()

    [callback] = await everything(gateway)
    assert {first.headers["webhook-id"], second.headers["webhook-id"]} == {callback.id}
    assert [each.verified(secret_of(settings, callback)) for each in (first, second)] == [first.body, second.body]
    with pytest.raises(WebhookVerificationError):
        first.verified(secret_of(settings, callback, version=2))


async def test_while_a_rotation_lasts_both_secrets_sign_and_after_it_only_the_new_one(
    gateway: Gateway, settings: Settings, live_caller: Caller, receiver: Receiver
) -> None:
    """Promise: docs/callbacks.md, Rotation."""
    account = live_caller.account_id
    for days, signatures in ((1, 2), (-1, 1)):
        signing = Signing(2, utc_now() + timedelta(days=days), kie_headers=False)
        await gateway.database.write(lambda tx, signing=signing: receivers.set_signing(tx, account, signing))

        await submit(gateway, live_caller, callback_url=receiver.url)
        message = await receiver.next()

        [callback, *_] = await everything(gateway)
        assert len(message.headers["webhook-signature"].split()) == signatures
        message.verified(secret_of(settings, callback, version=2))
        if signatures == 2:
            message.verified(secret_of(settings, callback, version=1))


async def test_an_account_may_ask_for_the_headers_of_kie(
    gateway: Gateway, settings: Settings, live_caller: Caller, receiver: Receiver
) -> None:
    """Promise: reference/jobs.md 1.3: base64(HMAC-SHA256(taskId + "." + timestamp, key)), beside the standard ones."""
    signing = Signing(1, utc_now(), kie_headers=True)
    await gateway.database.write(lambda tx: receivers.set_signing(tx, live_caller.account_id, signing))

    task = (await submit(gateway, live_caller, callback_url=receiver.url)).task
    message = await receiver.next()

    [callback] = await everything(gateway)
    signed = f"{task.id}.{message.headers['x-webhook-timestamp']}".encode()
    expected = hmac.digest(secret_of(settings, callback).encode(), signed, "sha256")
    assert message.headers["x-webhook-signature"] == b64encode(expected).decode()
    message.verified(secret_of(settings, callback))


async def test_a_receiver_that_refuses_is_asked_again_by_the_schedule_and_then_given_up(
    gateway: Gateway, live_caller: Caller, receiver: Receiver
) -> None:
    """Promise: docs/callbacks.md: k failures, k + 1 attempts; the log names each. The task and its charge stand."""
    receiver.status = 503

    task = (await submit(gateway, live_caller, callback_url=receiver.url)).task
    wait_s = await postponed(gateway, attempts=2)
    await hurry(gateway)

    assert wait_s == pytest.approx(3600, rel=0.11)
    assert await settled(gateway) == ("failed", 3, 503)
    [callback] = await everything(gateway)
    log = await gateway.database.read(lambda tx: callbacks.attempts_of(tx, callback))
    assert [(attempt.number, attempt.status, attempt.error) for attempt in log] == [
        (number, 503, "The receiver answered 503.") for number in (1, 2, 3)
    ]
    assert (await ended(gateway, live_caller, task.id)).task.state == "success"


async def test_nobody_is_told_before_the_time_has_come(
    gateway: Gateway, live_caller: Caller, receiver: Receiver
) -> None:
    """Promise: a process that starts anew, or a wake, does not shorten the schedule."""
    receiver.status = 500
    await submit(gateway, live_caller, callback_url=receiver.url)
    await postponed(gateway, attempts=2)
    [callback] = await everything(gateway)

    early = await gateway.database.write(lambda tx: callbacks.claim(tx, callback.id, for_s=1))

    assert early is None


async def test_a_receiver_that_comes_back_is_told(gateway: Gateway, live_caller: Caller, receiver: Receiver) -> None:
    """Promise: docs/callbacks.md: every callback that we promise arrives."""
    receiver.status = 500
    await submit(gateway, live_caller, callback_url=receiver.url)
    await postponed(gateway, attempts=2)
    receiver.status = 204
    await hurry(gateway)

    assert await settled(gateway) == ("delivered", 3, 204)


@pytest.mark.parametrize(
    ("status", "headers", "sentence"),
    [
        (302, {"Location": "/other"}, "The receiver answered 302, a redirect, which is not followed."),
        (404, {}, "The receiver answered 404."),
        (429, {}, "The receiver answered 429: it is busy."),
    ],
)
async def test_whatever_is_not_2xx_is_a_failure(
    gateway: Gateway, live_caller: Caller, receiver: Receiver, status: int, headers: dict[str, str], sentence: str
) -> None:
    """Promise: docs/callbacks.md: only 2xx counts, and no redirect is followed."""
    receiver.status, receiver.headers = status, headers

    await submit(gateway, live_caller, callback_url=receiver.url)
    await postponed(gateway, attempts=2)

    [callback] = await everything(gateway)
    assert (callback.state, callback.last_status, callback.last_error) == ("pending", status, sentence)


async def test_a_receiver_that_asks_for_time_gets_it(gateway: Gateway, live_caller: Caller, receiver: Receiver) -> None:
    """Promise: docs/callbacks.md: `Retry-After` is obeyed."""
    receiver.status, receiver.headers = 503, {"Retry-After": "7200"}

    await submit(gateway, live_caller, callback_url=receiver.url)

    assert await postponed(gateway, attempts=1) == pytest.approx(7200, abs=60)


async def test_410_gives_the_callback_up_and_nothing_more_is_sent_to_that_endpoint(
    gateway: Gateway, live_caller: Caller, receiver: Receiver
) -> None:
    """Promise: docs/callbacks.md, Disabled endpoints: the key, and the URL without its query."""
    receiver.status = 410
    await submit(gateway, live_caller, callback_url=receiver.url)
    assert await settled(gateway) == ("failed", 1, 410)
    await receiver.next()
    receiver.status = 200

    await submit(gateway, live_caller, callback_url=f"{receiver.url}?task=2", prompt="another fox")
    async with asyncio.timeout(PATIENCE_S):
        while [callback.state for callback in await everything(gateway)] != ["failed", "failed"]:
            pass

    assert (await everything(gateway))[-1].attempts == 0
    assert receiver.is_quiet
    await submit(gateway, live_caller, callback_url=f"{receiver.origin}/other", prompt="a third fox")
    await receiver.next()


async def test_a_receiver_that_is_not_there_is_noted(gateway: Gateway, live_caller: Caller) -> None:
    """Promise: what is owed and could not be delivered shows in its row, in our own words."""
    async with Receiver() as gone:
        pass

    await submit(gateway, live_caller, callback_url=gone.url)
    await postponed(gateway, attempts=2)

    [callback] = await everything(gateway)
    assert (callback.last_status, callback.last_error) == (None, "127.0.0.1 could not be reached.")


class _Broken(AbstractResolver):
    """A resolver with a bug."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        raise RuntimeError("a bug")

    async def close(self) -> None:
        pass


async def test_a_bug_of_ours_is_a_failed_attempt_of_the_schedule(
    settings: Settings, surroundings: Surroundings
) -> None:
    """Promise: docs/callbacks.md: whatever happens in an attempt, it is logged, and the schedule has an end."""
    async with open_gateway(settings, replace(surroundings, resolver=_Broken())) as gateway:
        caller = await live_key(gateway)
        await submit(gateway, caller, callback_url="https://receiver.example/told")
        await postponed(gateway, attempts=2)
        await hurry(gateway)

        assert await settled(gateway) == ("failed", 3, None)
        [callback] = await everything(gateway)
        log = await gateway.database.read(lambda tx: callbacks.attempts_of(tx, callback))

    assert {attempt.error for attempt in log} == {
        "An error in this server ended the attempt; the receiver may have got it."
    }


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
        told = (await receiver.next()).body

        assert (told["data"]["taskId"], told["data"]["failCode"]) == (task.id, "provider_missing")
        assert await settled(after) == ("delivered", 1, 200)
