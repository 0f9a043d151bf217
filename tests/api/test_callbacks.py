"""The delivery log of callbacks over HTTP: seen, replayed, tried, disabled, signed."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from overdoor.config import Settings
from overdoor.domain.access import Scope
from overdoor.services.callbacks import EVERYBODY
from overdoor.units import Mode
from tests.api.conftest import Client
from tests.support.following import PATIENCE_S
from tests.support.receiver import Receiver
from tests.support.settings import hermetic_settings

WISH = {"model": "gpt-image-2-text-to-image", "input": {"prompt": "a fox sandbox:instant"}}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Callbacks may go to this machine, and are given up after one retry."""
    return hermetic_settings(settings.data, allowed_private_networks="127.0.0.0/8", callback_retries_s="0")


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """Somebody who wants to be told."""
    async with Receiver() as opened:
        yield opened


@pytest.fixture
async def manager(client: Client) -> Client:
    """A key that may see the secret."""
    made = await client.gateway.accounts.create_key("manager", mode="test", scopes=("manage",))
    return replace(client, key=made.secret)


async def created(client: Client, url: str) -> str:
    """A task with a callback."""
    answer = await client.send("POST", "/api/v1/jobs/createTask", json={**WISH, "callBackUrl": url})
    return answer.body["data"]["taskId"]


async def settled(client: Client, state: str) -> Mapping[str, Any]:
    """The newest callback, once it is in this state."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            page = await client.gateway.callbacks.page(EVERYBODY, limit=1, cursor=None, state=None, task_id=None)
            if page.callbacks and page.callbacks[0].state == state:
                return (await client.send("GET", "/api/v1/callbacks?limit=1")).body["data"]["items"][0]


async def test_a_callback_that_was_given_up_is_seen_with_its_log_and_sent_again(
    client: Client, receiver: Receiver
) -> None:
    """Promise: issue 4: a delivery log with attempts, and a replay."""
    receiver.status = 500
    task_id = await created(client, receiver.url)
    failed = await settled(client, "failed")
    found = (await client.send("GET", f"/api/v1/callbacks/{failed['callbackId']}")).body["data"]
    receiver.status = 200

    replayed = await client.send("POST", f"/api/v1/callbacks/{failed['callbackId']}/replay")
    delivered = await settled(client, "delivered")

    assert (failed["taskId"], failed["url"], failed["attempts"]) == (task_id, receiver.url, 2)
    assert [(each["number"], each["status"]) for each in found["log"]] == [(1, 500), (2, 500)]
    assert (replayed.body["data"]["state"], delivered["attempts"]) == ("pending", 3)
    assert {(await receiver.next()).headers["webhook-id"] for _ in range(3)} == {failed["callbackId"]}


async def test_the_list_goes_on_from_its_cursor_and_obeys_its_filters(client: Client, receiver: Receiver) -> None:
    """Promise: docs/callbacks.md: keyset pages, filters for state and task."""
    made = []
    for _ in range(3):
        made.append(await created(client, receiver.url))
        await receiver.next()
        await settled(client, "delivered")

    async def page(query: str) -> tuple[list[str], str | None]:
        data = (await client.send("GET", f"/api/v1/callbacks?{query}")).body["data"]
        return [item["taskId"] for item in data["items"]], data["nextCursor"]

    first, cursor = await page("limit=2")
    assert (first, await page(f"limit=2&cursor={cursor}")) == ([made[2], made[1]], ([made[0]], None))
    assert await page(f"taskId={made[1]}") == ([made[1]], None)
    assert await page("state=failed") == ([], None)
    statuses = [
        (await client.send("GET", f"/api/v1/callbacks?{query}")).status
        for query in ("state=lost", "cursor=x", "limit=0", "colour=red")
    ]
    assert statuses == [422] * 4


async def test_a_test_event_is_sent_once_signed_and_its_log_tells_what_came_of_it(
    client: Client, manager: Client, receiver: Receiver
) -> None:
    """Promise: issue 4, "send test event"; the secret of the API verifies it."""
    receiver.status = 500

    made = (await client.send("POST", "/api/v1/callbacks/test", json={"url": receiver.url})).body["data"]
    message = await receiver.next()
    failed = await settled(client, "failed")

    secret = (await manager.send("GET", "/api/v1/callbacks/signing")).body["data"]["secret"]
    assert message.verified(secret)["type"] == "callback.test"
    assert (failed["callbackId"], failed["taskId"], failed["attempts"]) == (made["callbackId"], None, 1)


async def test_a_disabled_endpoint_is_listed_refuses_a_replay_and_is_enabled_again(
    client: Client, receiver: Receiver
) -> None:
    """Promise: docs/callbacks.md, Disabled endpoints."""
    receiver.status = 410
    await created(client, f"{receiver.url}?task=1")
    failed = await settled(client, "failed")
    listed = (await client.send("GET", "/api/v1/callbacks/endpoints")).body["data"]["items"]
    refused = await client.send("POST", f"/api/v1/callbacks/{failed['callbackId']}/replay")
    receiver.status = 200

    enabled = await client.send("POST", "/api/v1/callbacks/endpoints/enable", json={"url": f"{receiver.url}?task=2"})
    await client.send("POST", f"/api/v1/callbacks/{failed['callbackId']}/replay")

    assert [endpoint["url"] for endpoint in listed] == [receiver.url]
    assert (refused.status, refused.body["error"]) == (409, "callback_endpoint_disabled")
    assert enabled.body["data"] == {"enabled": 1}
    assert (await settled(client, "delivered"))["attempts"] == 2


@pytest.mark.parametrize(
    ("mode", "scope", "may"), [("test", "account:read", False), ("live", "manage", False), ("test", "manage", True)]
)
async def test_only_a_manager_of_the_same_mode_acts_on_what_another_key_made(
    client: Client, receiver: Receiver, mode: Mode, scope: Scope, may: bool
) -> None:
    """Promise: docs/callbacks.md: who sees the account acts on nothing of it, as with deletions."""
    receiver.status = 410
    await created(client, receiver.url)
    failed = await settled(client, "failed")
    made = await client.gateway.accounts.create_key("other", mode=mode, scopes=("generate", "read", scope))
    other = replace(client, key=made.secret)

    enabled = await other.send("POST", "/api/v1/callbacks/endpoints/enable", json={"url": receiver.url})
    replayed = await other.send("POST", f"/api/v1/callbacks/{failed['callbackId']}/replay")

    assert (enabled.body["data"]["enabled"], replayed.status) == ((1, 200) if may else (0, 404))


async def test_a_rotation_keeps_the_old_secret_for_a_day_or_drops_it_at_once(
    client: Client, manager: Client, receiver: Receiver
) -> None:
    """Promise: docs/callbacks.md, Rotation."""

    async def change(**fields: bool) -> Mapping[str, Any]:
        return (await manager.send("POST", "/api/v1/callbacks/signing", json=fields)).body["data"]

    async def signatures() -> int:
        await client.send("POST", "/api/v1/callbacks/test", json={"url": receiver.url})
        return len((await receiver.next()).headers["webhook-signature"].split())

    before = (await manager.send("GET", "/api/v1/callbacks/signing")).body["data"]
    kept = await change(rotate=True)
    assert await signatures() == 2
    await change(keepPrevious=False)
    assert await signatures() == 1
    await change(rotate=True)
    assert await signatures() == 2
    dropped = await change(rotate=True, keepPrevious=False, kieHeaders=True)
    assert await signatures() == 1

    assert [each["version"] for each in (before, kept, dropped)] == [1, 2, 4]
    assert len({each["secret"] for each in (before, kept, dropped)}) == 3
    assert (before["previousSignsUntil"], kept["previousSignsUntil"] is None) == (None, False)
    assert [each["kieHeaders"] for each in (before, kept, dropped)] == [False, False, True]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/api/v1/callbacks/signing", {"rotate": "yes"}, 422),
        ("/api/v1/callbacks/signing", {"turn": True}, 422),
        ("/api/v1/callbacks/signing", [], 400),
        ("/api/v1/callbacks/test", {"url": 7}, 403),
    ],
)
async def test_a_change_that_is_not_understood_changes_nothing(
    manager: Client, path: str, body: object, status: int
) -> None:
    """Promise: no option is accepted and ignored; a key has the scopes that it has and no others."""
    answer = await manager.send("POST", path, json=body)

    assert answer.status == status
    assert (await manager.send("GET", "/api/v1/callbacks/signing")).body["data"]["version"] == 1


@pytest.mark.parametrize("url", ["46\x00", "no address", "https://10.0.0.1/told", "https://[::1]@/x"])
async def test_a_test_event_to_no_address_or_a_forbidden_one_is_refused(client: Client, url: str) -> None:
    """Promise: docs/callbacks.md: the address is checked before anything is sent; 422, as for every option."""
    answer = await client.send("POST", "/api/v1/callbacks/test", json={"url": url})

    assert answer.status == 422
    assert (await client.send("GET", "/api/v1/callbacks")).body["data"]["items"] == []
