"""The pooled JSON client, and whether a failed request may have been acted on."""

import asyncio

import pytest
from loopback import Answer, FixedResolver, Loopback, hang_up, reply, silence

from overdoor.net.client import DeliveredUnknown, NotDelivered, UpstreamClient


async def test_json_goes_out_and_comes_back_whatever_the_status() -> None:
    """Promise: status, headers and body reach the adapter, errors included."""
    client = UpstreamClient()
    async with Loopback(reply(b'{"error":"no"}', status=402, headers="Retry-After: 7")) as server:
        status, headers, body = await client.post_json(
            f"{server.url}/v1/jobs", headers={"Authorization": "Bearer k"}, json={"prompt": "füchse"}, timeout_s=5
        )
        await client.close()

    assert (status, headers["retry-after"], body) == (402, "7", {"error": "no"})
    assert b"Authorization: Bearer k\r\n" in server.requests[0]
    assert server.requests[0].endswith('\r\n\r\n{"prompt":"füchse"}'.encode())


@pytest.mark.parametrize("body", [b"<html>bad gateway</html>", b"", b"\xff\xfe"])
async def test_a_body_that_is_not_json_is_none(body: bytes) -> None:
    """Promise: a proxy's page does not hide its status."""
    client = UpstreamClient()
    async with Loopback(reply(body, status=502)) as server:
        status, _, decoded = await client.get_json(server.url, headers={}, timeout_s=5)
        await client.close()

    assert (status, decoded) == (502, None)


async def test_a_redirect_is_not_followed_with_the_key() -> None:
    """Promise: a provider key goes only where the operator configured it."""
    client = UpstreamClient()
    async with (
        Loopback(reply(b"{}")) as other,
        Loopback(reply(b"", status=307, headers=f"Location: {other.url}")) as server,
    ):
        status, _, _ = await client.post_json(server.url, headers={"Authorization": "k"}, json={}, timeout_s=5)
        await client.close()

    assert (status, other.connections) == (307, 0)


async def test_a_request_that_never_left_is_not_delivered() -> None:
    """Promise: design.md decision 4: only such a submit may be repeated freely."""
    client = UpstreamClient(resolver=FixedResolver({}))
    async with Loopback(silence) as gone:
        pass
    for url in (gone.url, "http://nowhere.example/", "http://127.1/", "http:///"):
        with pytest.raises(NotDelivered):
            await client.post_json(url, headers={}, json={}, timeout_s=5)
    await client.close()


@pytest.mark.parametrize(("answer", "timeout_s"), [(reply(b"plain"), 5), (silence, 0.1)], ids=["plain", "mute"])
async def test_a_tls_handshake_that_fails_or_never_ends_is_not_delivered(answer: Answer, timeout_s: float) -> None:
    """Promise: as above; the first byte of the request was not yet sent."""
    client = UpstreamClient()
    async with Loopback(answer) as server:
        with pytest.raises(NotDelivered):
            await client.post_json(f"https://127.0.0.1:{server.port}/", headers={}, json={}, timeout_s=timeout_s)
        await client.close()


async def half_an_answer(_request: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"job":')
    writer.close()


@pytest.mark.parametrize("answer", [hang_up, silence, half_an_answer])
async def test_a_request_that_left_without_a_whole_answer_is_unknown(answer: Answer) -> None:
    """Promise: the upstream may have acted; what follows is its declared `resubmit`."""
    client = UpstreamClient()
    async with Loopback(answer) as server:
        with pytest.raises(DeliveredUnknown) as caught:
            await client.post_json(f"{server.url}/?key=private", headers={}, json={}, timeout_s=0.2)
        await client.close()

    assert "private" not in str(caught.value)


async def test_an_answer_without_end_is_cut() -> None:
    """Promise: provider answers are hostile too (reference/jobs.md, API10)."""
    client = UpstreamClient(reply_largest_bytes=1000)
    async with Loopback(reply(bytes(1001))) as server:
        with pytest.raises(DeliveredUnknown):
            await client.get_json(server.url, headers={}, timeout_s=5)
        await client.close()


@pytest.mark.parametrize("host", ["169.254.169.254", "[fd00:ec2::254]", "[::ffff:168.63.129.16]", "metadata.example"])
async def test_a_metadata_address_is_no_upstream(host: str) -> None:
    """Promise: docs/guarded-fetch.md: the operator's own upstream may be private, a metadata service never is one."""
    client = UpstreamClient(resolver=FixedResolver({"metadata.example": ["100.100.100.200"]}))
    with pytest.raises(NotDelivered):
        await client.post_json(f"http://{host}/v1", headers={}, json={}, timeout_s=5)
    await client.close()
