"""Hosts that are slow on purpose, and answers that are larger than they should be (issue 4, done when 1)."""

import asyncio
import gzip
import resource
from ipaddress import ip_network
from pathlib import Path

import pytest
from loopback import Answer, Loopback, reply, silence

from overdoor.net.fetch import Fetcher, FetchFailed, Pace
from overdoor.net.guard import NetworkPolicy

OPEN_LOOPBACK = NetworkPolicy((ip_network("127.0.0.1/32"),))
IMPATIENT = Pace(connect_s=0.3, answer_s=0.3, stall_s=0.3, least_bytes=20_000)  # the proportions of the real one
PATIENCE_S = 20.0  # of the call: what ends it must be the pace
LIMIT_BYTES = 30 * 1024 * 1024
HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n"
GIF = b"GIF89a" + bytes(299_994)


async def one_byte_of_the_head_at_a_time(_request: bytes, writer: asyncio.StreamWriter) -> None:
    for byte in HEAD:
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0.05)


async def one_byte_of_the_body_at_a_time(_request: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(HEAD + GIF[:1000])
    for byte in GIF[1000:]:
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0.05)


async def a_body_that_stops(_request: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(HEAD + GIF[:200_000])


async def headers_without_end(_request: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X-A: b\r\n")
        await writer.drain()
        await asyncio.sleep(0.01)


async def hints_without_end(_request: bytes, writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")
        await writer.drain()
        await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    "answer",
    [
        silence,
        one_byte_of_the_head_at_a_time,
        one_byte_of_the_body_at_a_time,
        a_body_that_stops,
        headers_without_end,
        hints_without_end,
    ],
)
async def test_a_host_that_makes_no_progress_is_given_up_long_before_the_time_limit(
    answer: Answer, tmp_path: Path
) -> None:
    """Promise: docs/guarded-fetch.md: slow-loris, in the head and in the body; nothing is left behind."""
    clock = asyncio.get_running_loop().time
    async with Loopback(answer) as server, Fetcher(OPEN_LOOPBACK, pace=IMPATIENT) as fetcher:
        began = clock()
        with pytest.raises(FetchFailed) as caught:
            await fetcher.download(
                server.url, limit_bytes=LIMIT_BYTES, timeout_s=PATIENCE_S, accept=("image/",), into=tmp_path
            )

    assert caught.value.transient
    assert clock() - began < PATIENCE_S / 4
    assert list(tmp_path.iterdir()) == []


async def test_a_tls_handshake_that_never_ends_is_given_up() -> None:
    """Promise: as above, before there is a request."""
    async with Loopback(silence) as server, Fetcher(OPEN_LOOPBACK, pace=IMPATIENT) as fetcher:
        with pytest.raises(FetchFailed) as caught:
            await fetcher.download(
                server.url.replace("http:", "https:"), limit_bytes=1, timeout_s=PATIENCE_S, accept=("image/",)
            )

    assert (caught.value.reason, caught.value.transient) == ("127.0.0.1 did not answer in time.", True)


async def test_a_slow_host_that_keeps_the_pace_is_waited_for() -> None:
    """Promise: the pace is for those who send nothing of use; a slow line delivers."""

    async def slowly(_request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD)
        for start in range(0, len(GIF), 30_000):
            writer.write(GIF[start : start + 30_000])
            await writer.drain()
            await asyncio.sleep(0.1)  # the whole takes three times stall_s

    async with Loopback(slowly) as server, Fetcher(OPEN_LOOPBACK, pace=IMPATIENT) as fetcher:
        got = await fetcher.download(server.url, limit_bytes=LIMIT_BYTES, timeout_s=PATIENCE_S, accept=("image/",))

    assert got.data == GIF


async def test_a_receiver_of_callbacks_has_the_time_that_its_caller_gives() -> None:
    """Promise: the pace of an answer is for downloads; a receiver may work before it answers."""

    async def after_work(request: bytes, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.6)  # twice answer_s
        await reply(b"")(request, writer)

    async with Loopback(after_work) as server, Fetcher(OPEN_LOOPBACK, pace=IMPATIENT) as fetcher:
        answered = await fetcher.post_json(server.url, body=b"{}", headers={}, timeout_s=PATIENCE_S)

    assert answered.status == 200


async def ten_gigabytes(_request: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10737418240\r\n\r\nGIF89a")
    await _stream(writer)


async def ten_gigabytes_unannounced(_request: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n\r\nGIF89a")
    await _stream(writer)


async def ten_gigabytes_in_chunks(_request: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n280000000\r\nGIF89a")
    await _stream(writer)


async def a_redirect_with_ten_megabytes_of_headers(_request: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 302 Found\r\n")
    for number in range(10_000):
        writer.write(b"X-%d: " % number + b"a" * 1000 + b"\r\n")
        await writer.drain()
    writer.write(b"Location: /\r\nContent-Length: 0\r\n\r\n")


async def a_redirect_with_one_long_header(_request: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 302 Found\r\nLocation: /")
    for _ in range(160):
        writer.write(b"a" * 65_536)
        await writer.drain()
    writer.write(b"\r\nContent-Length: 0\r\n\r\n")


async def _stream(writer: asyncio.StreamWriter) -> None:
    piece = bytes(1024 * 1024)
    for _ in range(10 * 1024):
        writer.write(piece)
        await writer.drain()


@pytest.mark.parametrize(
    "answer",
    [
        ten_gigabytes,
        ten_gigabytes_unannounced,
        ten_gigabytes_in_chunks,
        a_redirect_with_ten_megabytes_of_headers,
        a_redirect_with_one_long_header,
        reply(gzip.compress(bytes(100_000_000)), headers="Content-Encoding: gzip"),
        reply(b"x", status=302, headers="Location: /\nContent-Length: 10737418240"),
    ],
)
async def test_a_flood_is_refused_at_once_in_bounded_memory(answer: Answer, tmp_path: Path) -> None:
    """Promise: issue 4: a 10 GB stream and its kin in 5 s; to disk the memory stays flat."""
    clock = asyncio.get_running_loop().time
    before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    async with Loopback(answer) as server, Fetcher(OPEN_LOOPBACK) as fetcher:
        began = clock()
        with pytest.raises(FetchFailed):
            await fetcher.download(
                server.url, limit_bytes=LIMIT_BYTES, timeout_s=PATIENCE_S, accept=("image/",), into=tmp_path
            )
        took_s = clock() - began

    assert took_s < 5
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb < 40_000  # the sender's pieces included
    assert list(tmp_path.iterdir()) == []
