"""The body of a foreign answer: counted, timed and looked at while it streams."""

import asyncio
import os
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkstemp

from aiohttp import ClientResponse

from overdoor.media.probe import SNIFF_BYTES, sniff_mime

_CHUNK_BYTES = 256 * 1024

Accept = tuple[str, ...] | Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Downloaded:
    """A file that came from outside.

    data: its bytes, or the path of a new file where the caller named a folder; the caller deletes it.
    mime: by its first bytes, never by what the host claimed.
    """

    data: bytes | Path
    mime: str
    final_url: str


class FetchFailed(Exception):
    """A foreign host did not give what was asked for.

    reason: A full sentence for the caller.
    transient: The same request may succeed later.
    """

    def __init__(self, reason: str, *, transient: bool) -> None:
        super().__init__(reason)
        self.reason, self.transient = reason, transient


@dataclass(frozen=True, slots=True)
class Pace:
    """How slow a host may be before it is given up, besides the time limit of each call.

    connect_s: for the name, the connection and TLS. answer_s: from the request to the whole head of the answer.
    stall_s, least_bytes: of waiting in which so many bytes must come, again and again, until the file ends. What we do
    with the bytes between two reads does not count.
    """

    connect_s: float = 10.0
    answer_s: float = 5.0
    stall_s: float = 5.0
    least_bytes: int = 20_000


async def receive(
    response: ClientResponse, *, limit_bytes: int, accept: Accept, into: Path | None, pace: Pace
) -> Downloaded:
    """The body of an answer, bounded, at the least pace, and of an accepted kind by its first bytes.

    Raises:
        FetchFailed
    """
    host = response.url.host or ""
    if (response.content_length or 0) > limit_bytes:  # a kindness only: the count below decides
        raise _too_large(host, limit_bytes)
    async with aclosing(_counted(response, host=host, limit_bytes=limit_bytes, pace=pace)) as chunks:
        head = await _first(chunks)
        mime = _accepted_mime(head, host=host, accept=accept)
        if into is None:
            data: bytes | Path = b"".join([head, *[chunk async for chunk in chunks]])
        else:
            data = await _written(head, chunks, into=into)
    return Downloaded(data=data, mime=mime, final_url=str(response.url))


async def _counted(response: ClientResponse, *, host: str, limit_bytes: int, pace: Pace) -> AsyncGenerator[bytes, None]:
    """The body as it comes, at the least pace and no longer than the limit."""
    clock = asyncio.get_running_loop().time
    received_bytes, marked_bytes, waited_s = 0, 0, 0.0
    while True:
        began = clock()
        try:
            async with asyncio.timeout(pace.stall_s - waited_s):
                chunk = await response.content.read(_CHUNK_BYTES)
        except TimeoutError as error:
            raise FetchFailed(
                f"{host} sent fewer than {pace.least_bytes:,} bytes in {pace.stall_s:g} s.", transient=True
            ) from error
        if not chunk:
            return
        received_bytes += len(chunk)
        if received_bytes > limit_bytes:
            raise _too_large(host, limit_bytes)
        waited_s += clock() - began
        if received_bytes - marked_bytes >= pace.least_bytes:
            marked_bytes, waited_s = received_bytes, 0.0
        yield chunk


async def _first(chunks: AsyncIterator[bytes]) -> bytes:
    """Enough of the beginning to tell what the file is; less only where the file ends."""
    head = b""
    async for chunk in chunks:
        head += chunk
        if len(head) >= SNIFF_BYTES:
            break
    return head


async def _written(head: bytes, chunks: AsyncIterator[bytes], *, into: Path) -> Path:
    """The path of a new file with everything; nothing is left behind on failure."""
    descriptor, name = mkstemp(dir=into, prefix="download-")
    path = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            await asyncio.to_thread(file.write, head)
            async for chunk in chunks:
                await asyncio.to_thread(file.write, chunk)
    except BaseException:
        path.unlink(missing_ok=True)  # noqa: ASYNC240 - a cancelled task should not await here
        raise
    return path


def _accepted_mime(head: bytes, *, host: str, accept: Accept) -> str:
    mime = sniff_mime(head)
    if mime is None:
        raise FetchFailed(f"{host} sent something that is no known picture, clip or sound.", transient=False)
    if not (accept(mime) if callable(accept) else mime.startswith(accept)):
        raise FetchFailed(f"{host} sent {mime}, which is not accepted here.", transient=False)
    return mime


def _too_large(host: str, limit_bytes: int) -> FetchFailed:
    return FetchFailed(f"The file of {host} is larger than {limit_bytes:,} bytes.", transient=False)
