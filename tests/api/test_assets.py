"""Reading results through signed links. Promise: docs/jobs.md, "Links"."""

from datetime import timedelta

import pytest

from overdoor.units import from_credits
from tests.api.conftest import Client
from tests.support.clock import Clock
from tests.support.server import Running


@pytest.fixture
async def link(client: Client) -> str:
    """A link to a finished picture."""
    wish = {"model": "sandbox/image-1", "input": {"prompt": "sandbox:instant", "size": "256x256"}}
    created = await client.send("POST", "/api/v1/jobs/createTask", json=wish)
    record = await client.finished(created.body["data"]["taskId"])
    return record["resultUrls"][0]


async def test_ranges_etags_and_heads_work_as_a_browser_expects(client: Client, link: str) -> None:
    """RFC 9110: 206 with Content-Range, 304 on a known ETag, 416 past the end, HEAD without a body."""
    whole = await client.send("GET", link)
    size = len(whole.raw)
    etag = whole.headers["ETag"]

    first = await client.send("GET", link, headers={"Range": "bytes=0-9"})
    last = await client.send("GET", link, headers={"Range": "bytes=-5"})
    rest = await client.send("GET", link, headers={"Range": f"bytes={size - 3}-"})
    beyond = await client.send("GET", link, headers={"Range": f"bytes={size}-"})
    other_version = await client.send("GET", link, headers={"Range": "bytes=0-9", "If-Range": '"else"'})
    absurd = await client.send("GET", link, headers={"Range": f"bytes={'9' * 5000}-"})
    unchanged = await client.send("GET", link, headers={"If-None-Match": etag})
    head = await client.send("HEAD", link)

    assert (first.status, first.raw, first.headers["Content-Range"]) == (206, whole.raw[:10], f"bytes 0-9/{size}")
    assert (last.status, last.raw) == (206, whole.raw[-5:])
    assert (rest.status, rest.raw) == (206, whole.raw[-3:])
    assert (beyond.status, beyond.headers["Content-Range"]) == (416, f"bytes */{size}")
    assert (other_version.status, other_version.raw) == (200, whole.raw)
    assert (absurd.status, absurd.raw) == (200, whole.raw)
    assert (unchanged.status, unchanged.raw) == (304, b"")
    assert (head.status, head.raw, head.headers["Content-Length"]) == (200, b"", str(size))


async def test_an_altered_or_expired_link_shows_nothing(client: Client, link: str, clock: Clock) -> None:
    """Links are signed over path and expiry; the host is not part of it."""
    altered = [link + "0", link.replace(".png", ".jpg"), link.partition("?")[0], link.replace("exp=1", "exp=2")]
    elsewhere = link.replace("127.0.0.1", "localhost")

    assert [(await client.send("GET", each)).status for each in altered] == [404, 404, 404, 404]
    assert (await client.send("GET", elsewhere)).status == 200

    clock.advance(timedelta(hours=25))
    ended = await client.send("GET", link)
    assert ended.status == 410
    assert ended.body["error"]["metadata"]["error_type"] == "not_found"
    assert "upload" in ended.body["error"]["metadata"]["hint"]


async def test_a_lost_file_is_reported_and_refunded_once(server: Running, client: Client, link: str) -> None:
    """Issue: "a read that finds a missing or wrong hash reports it and refunds"."""
    stored = [path for path in (server.gateway.settings.data / "assets").rglob("*") if path.is_file()]
    for path in stored:
        path.unlink()

    answers = [await client.send("GET", link) for _ in range(2)]

    balance = await server.gateway.accounts.balance("test")
    assert [answer.status for answer in answers] == [404, 404]
    assert (balance.available, balance.held) == (from_credits(server.gateway.settings.test_grant), 0)
