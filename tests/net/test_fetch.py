"""Downloads from foreign hosts and callbacks to them (reference/jobs.md 4.6)."""

import asyncio
import gzip
from ipaddress import ip_network
from pathlib import Path

import pytest
from loopback import Answer, FixedResolver, Loopback, reply, silence

from overdoor.net.fetch import Answered, Downloaded, Fetcher, FetchFailed
from overdoor.net.guard import NetworkPolicy

OPEN_LOOPBACK = NetworkPolicy((ip_network("127.0.0.1/32"),))
GIF = b"GIF89a" + bytes(200_000)
ANY = ("image/", "video/", "audio/")


def redirect(location: str, *, status: int = 302) -> Answer:
    return reply(b"", status=status, headers=f"Location: {location}")


async def fetch(url: str, *, limit_bytes: int = 1_000_000, timeout_s: float = 5) -> Downloaded:
    async with Fetcher(OPEN_LOOPBACK) as fetcher:
        return await fetcher.download(url, limit_bytes=limit_bytes, timeout_s=timeout_s, accept=ANY)


async def test_a_file_is_delivered_with_the_kind_that_its_bytes_show() -> None:
    """Promise: the MIME type is sniffed, never believed."""
    async with Loopback(reply(GIF, headers="Content-Type: text/html")) as server:
        got = await fetch(f"{server.url}/a.png?sig=%2F")

        assert got == Downloaded(data=GIF, mime="image/gif", final_url=f"{server.url}/a.png?sig=%2F")
        assert server.requests[0].startswith(b"GET /a.png?sig=%2F HTTP/1.1\r\n")


async def test_a_request_carries_no_cookie_no_credentials_and_asks_for_plain_bytes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Promise: nothing of the server's environment leaves with a fetch: no proxy, no .netrc."""
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login us password secret\n")
    (tmp_path / "netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    async with Loopback(reply(GIF)) as proxy, Loopback(reply(GIF, headers="Set-Cookie: a=b")) as server:
        monkeypatch.setenv("http_proxy", proxy.url)
        async with Fetcher(OPEN_LOOPBACK) as fetcher:
            for _ in range(2):
                await fetcher.download(server.url, limit_bytes=1_000_000, timeout_s=5, accept=ANY)

        heads = b"".join(server.requests).lower()
        assert heads.count(b"accept-encoding: identity") == 2
        assert b"cookie" not in heads
        assert b"authorization" not in heads
        assert (server.connections, proxy.connections) == (2, 0)


async def test_a_file_can_go_to_disk_instead_of_memory(tmp_path: Path) -> None:
    """Promise: `into` keeps memory flat; the caller owns the file."""
    async with Loopback(reply(GIF)) as server, Fetcher(OPEN_LOOPBACK) as fetcher:
        got = await fetcher.download(server.url, limit_bytes=1_000_000, timeout_s=5, accept=ANY, into=tmp_path)

    assert isinstance(got.data, Path)
    assert got.data.read_bytes() == GIF


async def endless(_request: bytes, writer: asyncio.StreamWriter) -> None:
    """A stream without an end; it stops when the client leaves."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: image/gif\r\n\r\nGIF89a")
    while True:
        writer.write(bytes(64 * 1024))
        await writer.drain()


async def ten_megabytes_said_to_be_short(_request: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: image/gif\r\n\r\n6\r\nGIF89a\r\n")
    for _ in range(160):
        writer.write(b"10000\r\n" + bytes(65536) + b"\r\n")
        await writer.drain()
    writer.write(b"0\r\n\r\n")


@pytest.mark.parametrize("answer", [endless, ten_megabytes_said_to_be_short], ids=["endless", "chunked"])
async def test_a_stream_is_cut_at_the_limit_and_leaves_nothing_behind(answer: Answer, tmp_path: Path) -> None:
    """Promise: the byte cap counts what comes, whatever the host claims."""
    async with Loopback(answer) as server, Fetcher(OPEN_LOOPBACK) as fetcher:
        with pytest.raises(FetchFailed) as caught:
            await fetcher.download(server.url, limit_bytes=1_000_000, timeout_s=5, accept=ANY, into=tmp_path)

    assert caught.value.reason == "The file of 127.0.0.1 is larger than 1,000,000 bytes."
    assert not caught.value.transient
    assert list(tmp_path.iterdir()) == []


async def test_a_file_of_exactly_the_limit_passes() -> None:
    """Promise: the limit is inclusive."""
    async with Loopback(reply(GIF)) as server:
        assert len((await fetch(server.url, limit_bytes=len(GIF))).data) == len(GIF)  # pyright: ignore[reportArgumentType]


async def test_a_host_that_says_nothing_is_given_up_in_time() -> None:
    """Promise: one limit for everything; worth another try."""
    async with Loopback(silence) as server:
        with pytest.raises(FetchFailed) as caught:
            await fetch(server.url, timeout_s=0.05)

    assert (caught.value.reason, caught.value.transient) == ("127.0.0.1 did not deliver within 0.05 s.", True)


async def test_a_body_that_trickles_is_given_up_in_time(tmp_path: Path) -> None:
    """Promise: the limit covers the body too, and the part that came is deleted."""

    async def trickle(_request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n" + GIF)

    async with Loopback(trickle) as server, Fetcher(OPEN_LOOPBACK) as fetcher:
        with pytest.raises(FetchFailed) as caught:
            await fetcher.download(server.url, limit_bytes=1_000_000, timeout_s=0.1, accept=ANY, into=tmp_path)

    assert caught.value.transient
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate, gzip"])
async def test_compressed_bytes_are_refused_without_being_unpacked(encoding: str) -> None:
    """Promise: no decompression bombs."""
    async with Loopback(reply(gzip.compress(GIF), headers=f"Content-Encoding: {encoding}")) as server:
        with pytest.raises(FetchFailed) as caught:
            await fetch(server.url)

    assert caught.value.reason == "127.0.0.1 sent compressed bytes although none were asked for."
    assert not caught.value.transient


@pytest.mark.parametrize(
    ("status", "transient"), [(404, False), (403, False), (206, False), (204, False), (429, True), (503, True)]
)
async def test_another_status_than_200_is_named_and_its_body_is_not(status: int, transient: bool) -> None:
    """Promise: errors never repeat what a foreign host said."""
    async with Loopback(reply(b"" if status == 204 else b"inner secret", status=status)) as server:
        with pytest.raises(FetchFailed) as caught:
            await fetch(f"{server.url}/path?token=private")

    assert (caught.value.reason, caught.value.transient) == (f"127.0.0.1 answered with status {status}.", transient)


async def test_bytes_of_an_unknown_or_unwanted_kind_are_refused() -> None:
    """Promise: HTML is not a picture, whatever its header; `accept` is obeyed in both forms."""
    async with (
        Loopback(reply(b"<html>", headers="Content-Type: image/png")) as html,
        Loopback(reply(b"")) as empty,
        Loopback(reply(GIF)) as gif,
        Fetcher(OPEN_LOOPBACK) as fetcher,
    ):
        for server, accept in ((html, ANY), (empty, ANY), (gif, ("video/",)), (gif, lambda mime: mime == "image/png")):  # pyright: ignore[reportUnknownVariableType]
            with pytest.raises(FetchFailed) as caught:
                await fetcher.download(server.url, limit_bytes=1_000_000, timeout_s=5, accept=accept)  # pyright: ignore[reportUnknownArgumentType]
            assert not caught.value.transient


@pytest.mark.parametrize(("hops", "succeeds"), [(0, True), (1, True), (3, True), (4, False)])
async def test_three_redirects_are_followed_and_a_fourth_is_not(hops: int, succeeds: bool) -> None:
    """Promise: at most three, each checked; relative ones work."""

    async def answer(request: bytes, writer: asyncio.StreamWriter) -> None:
        done = int(request.split(b" ")[1].removeprefix(b"/"))
        await (reply(GIF) if done == hops else redirect(f"/{done + 1}"))(request, writer)

    async with Loopback(answer) as server:
        try:
            final_url = (await fetch(f"{server.url}/0")).final_url
        except FetchFailed as failure:
            final_url = failure.reason

        assert final_url == (f"{server.url}/{hops}" if succeeds else "127.0.0.1 redirected more than 3 times.")


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.2:{port}/",
        "http://evil.example:{port}/",
        "//127.0.0.2:{port}/x",
        "http://[::ffff:127.0.0.2]:{port}/",
    ],
)
async def test_a_redirect_to_a_private_address_is_not_followed(location: str) -> None:
    """Promise: every hop passes the guard."""
    async with Loopback(reply(GIF), host="127.0.0.2") as trap:
        resolver = FixedResolver({"evil.example": ["127.0.0.2"]})
        leads_there = redirect(location.format(port=trap.port))
        async with Loopback(leads_there) as server, Fetcher(OPEN_LOOPBACK, resolver) as fetcher:
            with pytest.raises(FetchFailed) as caught:
                await fetcher.download(server.url, limit_bytes=1_000_000, timeout_s=5, accept=ANY)

        assert not caught.value.transient
        assert (server.connections, trap.connections) == (1, 0)


@pytest.mark.parametrize(
    "location", ["file:///etc/passwd", "ftp://example.com/a", "http://[", "", "https://a:b@c/", "https://[::1]@/x"]
)
async def test_a_redirect_to_something_else_than_a_plain_url_is_refused(location: str) -> None:
    """Promise: as above."""
    async with Loopback(redirect(location)) as server:
        with pytest.raises(FetchFailed) as caught:
            await fetch(server.url)

    assert not caught.value.transient


async def test_a_closed_policy_refuses_loopback_by_look_and_by_name() -> None:
    """Promise: FetchFailed is the one error of a download, and nothing connects."""
    async with Loopback(reply(GIF)) as trap:
        resolver = FixedResolver({"example.com": ["127.0.0.1"]}, port=trap.port)
        async with Fetcher(NetworkPolicy(), resolver) as fetcher:
            for url in (trap.url, f"https://127.0.0.1:{trap.port}/", "https://example.com/"):
                with pytest.raises(FetchFailed) as caught:
                    await fetcher.download(url, limit_bytes=1000, timeout_s=5, accept=ANY)
                assert not caught.value.transient

        assert trap.connections == 0


async def test_a_host_that_is_unknown_or_down_is_worth_another_try() -> None:
    """Promise: `transient` tells the worker to retry."""
    async with Loopback(silence) as gone:
        pass
    async with Fetcher(OPEN_LOOPBACK, FixedResolver({})) as fetcher:
        reasons: list[tuple[str, bool]] = []
        for url in (gone.url, "https://nowhere.example/a"):
            with pytest.raises(FetchFailed) as caught:
                await fetcher.download(url, limit_bytes=1000, timeout_s=5, accept=ANY)
            reasons.append((caught.value.reason, caught.value.transient))

    assert reasons == [
        ("127.0.0.1 could not be reached.", True),
        ("The name nowhere.example was not found.", True),
    ]


@pytest.mark.parametrize("status", [200, 204, 302, 410, 500])
async def test_a_callback_reports_the_status_and_follows_no_redirect(status: int) -> None:
    """Promise: reference/jobs.md 4.3: only 2xx is success, 3xx is a failure and never followed."""
    answer = reply(b"", status=status, headers="Location: /other")
    async with Loopback(answer) as server, Fetcher(OPEN_LOOPBACK) as fetcher:
        got = await fetcher.post_json(f"{server.url}/hook", body=b'{"a":1}', headers={"webhook-id": "m1"}, timeout_s=5)

    assert got == Answered(status, None)
    assert server.connections == 1
    assert server.requests[0].startswith(b"POST /hook HTTP/1.1\r\n")
    assert b"webhook-id: m1\r\n" in server.requests[0]
    assert b"Content-Type: application/json\r\n" in server.requests[0]
    assert server.requests[0].endswith(b'\r\n\r\n{"a":1}')


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ("120", 120.0),
        ("-1", None),
        ("soon", None),
        ("Fri, 31 Dec 1999 23:59:59 GMT", 0.0),
        ("Fri, 31 Dec 1999 23:59:59 -0000", 0.0),
        ("Fri, 20 Nov 2026 17:00:00 +99999999999999999", None),
        ("Fri, 20 Nov 99999999999999999999 17:00:00 GMT", None),
    ],
)
async def test_when_a_receiver_wants_to_be_asked_again_is_read_from_its_answer(
    told: str, seconds: float | None
) -> None:
    """Promise: docs/callbacks.md: `Retry-After` in seconds or as a date."""
    answer = reply(b"", status=503, headers=f"Retry-After: {told}")
    async with Loopback(answer) as server, Fetcher(OPEN_LOOPBACK) as fetcher:
        got = await fetcher.post_json(server.url, body=b"{}", headers={}, timeout_s=5)

    assert got == Answered(503, seconds)


async def test_a_callback_to_a_private_or_silent_host_fails_with_a_reason() -> None:
    """Promise: the same guard for callbacks; a timeout is transient."""
    async with Loopback(silence) as server, Fetcher(OPEN_LOOPBACK) as fetcher:
        with pytest.raises(FetchFailed) as private:
            await fetcher.post_json("https://10.0.0.1/hook", body=b"{}", headers={}, timeout_s=5)
        with pytest.raises(FetchFailed) as silent:
            await fetcher.post_json(server.url, body=b"{}", headers={}, timeout_s=0.05)

    assert (private.value.transient, silent.value.transient) == (False, True)
