"""The list of tasks. Contract: docs/jobs.md, "The list"."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from overdoor.domain.access import Scope
from overdoor.units import Mode
from tests.api.conftest import Client
from tests.api.test_jobs import CREATE, FOX, INSTANT
from tests.support.databases import cluster, database_url
from tests.support.server import Running

__all__ = ["cluster", "database_url"]

SLOW = {"model": "seedance-2.0-text-to-video", "input": {"prompt": "x sandbox:delay=60s"}}


async def created(client: Client, wish: object = INSTANT) -> str:
    """A new task's id."""
    return (await client.send("POST", CREATE, json=wish)).body["data"]["taskId"]


async def listed(client: Client, query: str = "") -> dict[str, Any]:
    """The data of one page."""
    answer = await client.send("GET", f"/api/v1/jobs{query}")
    assert answer.status == 200, answer.body
    return answer.body["data"]


async def all_pages(client: Client, query: str) -> list[list[str]]:
    """The task ids of every page."""
    pages: list[list[str]] = []
    cursor = ""
    while True:
        data = await listed(client, f"?{query}{cursor}")
        pages.append([item["taskId"] for item in data["items"]])
        if data["nextCursor"] is None:
            return pages
        cursor = f"&cursor={data['nextCursor']}"


async def with_key(server: Running, client: Client, mode: Mode, scopes: Sequence[Scope]) -> Client:
    """The same server seen with a new key."""
    made = await server.gateway.accounts.create_key(f"{mode} {' '.join(scopes)}", mode=mode, scopes=scopes)
    return replace(client, key=made.secret)


async def test_pages_hold_every_task_once_newest_first_while_new_ones_come(client: Client) -> None:
    """Promise: docs/jobs.md#the-list: keyset pages do not move under inserts."""
    made = [await created(client) for _ in range(7)]
    first = await listed(client, "?limit=3")
    await created(client)

    second = await listed(client, f"?limit=3&cursor={first['nextCursor']}")
    third = await listed(client, f"?limit=3&cursor={second['nextCursor']}")

    shown = [item["taskId"] for page in (first, second, third) for item in page["items"]]
    assert shown == made[::-1]
    assert third["nextCursor"] is None


async def test_items_are_what_record_info_says(client: Client) -> None:
    """Promise: docs/jobs.md#the-list; links are made anew, so they are compared without their signatures."""
    task_id = await created(client)
    record = dict(await client.finished(task_id))

    [item] = (await listed(client))["items"]

    def unsigned(each: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in each.items() if name not in ("resultJson", "resultUrls")}

    assert unsigned(item) == unsigned(record)
    assert len(item["resultUrls"]) == 1
    assert item["expiresAt"] > item["completeTime"]


async def test_filters_show_what_fits(client: Client) -> None:
    """Promise: docs/jobs.md#the-list: state, model, from and to."""
    done = await created(client)
    record = await client.finished(done)
    waiting = await created(client, SLOW)
    since = record["createTime"]

    assert await all_pages(client, "state=waiting") == [[waiting]]
    assert await all_pages(client, "state=success") == [[done]]
    assert await all_pages(client, "state=fail") == [[]]
    assert await all_pages(client, "model=seedance-2.0-text-to-video") == [[waiting]]
    assert await all_pages(client, f"from={since}") == [[waiting, done]]
    assert await all_pages(client, f"to={since}") == [[]]
    assert await all_pages(client, "to=2020-01-01T00:00:00Z") == [[]]


async def test_a_key_lists_its_own_tasks_and_an_account_reader_everybodys(server: Running, client: Client) -> None:
    """Design 6: a key sees the tasks it created in its mode; `account:read` sees the account, test marked as test."""
    other = await with_key(server, client, "test", ("generate", "read"))
    auditor = await with_key(server, client, "live", ("read", "account:read"))
    first, second = await created(client), await created(other)

    assert await all_pages(client, "limit=1") == [[first]]
    assert await all_pages(other, "limit=1") == [[second]]
    assert await all_pages(auditor, "limit=1") == [[second], [first]]
    assert await all_pages(auditor, "mode=live") == [[]]
    assert [item["mode"] for item in (await listed(auditor, "?mode=test"))["items"]] == ["test", "test"]
    refused = await client.send("GET", "/api/v1/jobs?mode=live")
    assert (refused.status, refused.body["error"]) == (403, "permission_denied")


async def test_a_cursor_of_one_key_shows_another_key_nothing_of_it(server: Running, client: Client) -> None:
    """Promise: the owner check stands inside the query, whatever the cursor says."""
    for _ in range(3):
        await created(client)
    cursor = (await listed(client, "?limit=1"))["nextCursor"]
    other = await with_key(server, client, "test", ("generate", "read"))

    assert (await listed(other, f"?cursor={cursor}"))["items"] == []


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=101", "limit=x", "cursor=x", "cursor=bm8", "cursor=%00", "state=done", "mode=x", "from=soon",
     "to=99999-01-01", "model=%00", "status=success", "limit="],
)  # fmt: skip
async def test_what_cannot_be_understood_is_refused(client: Client, query: str) -> None:
    """Promise: a filter is never ignored in silence."""
    answer = await client.send("GET", f"/api/v1/jobs?{query}")

    assert (answer.status, answer.body["error"]) == (422, "invalid_option")
    assert answer.body["data"]["param"] == query.partition("=")[0]


async def test_a_waiting_task_says_how_many_go_before_it(server: Running, client: Client) -> None:
    """Promise: docs/jobs.md#recordinfo, `queuePosition`."""
    await server.gateway.engine.stop()  # nobody takes a task up any more
    made = [await created(client, FOX) for _ in range(3)]

    items = (await listed(client))["items"]
    alone = await client.send("GET", f"/api/v1/jobs/recordInfo?taskId={made[2]}")

    assert [item["queuePosition"] for item in items] == [2, 1, 0]
    assert alone.body["data"]["queuePosition"] == 2
