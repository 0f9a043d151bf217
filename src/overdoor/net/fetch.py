"""Downloads from foreign hosts and callbacks to them, always through the guard.

Nothing of an answer is repeated in an error: a sentence names the host and the reason, never what the host said.
"""

import asyncio
import os
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from tempfile import mkstemp
from types import TracebackType
from typing import Self

from aiohttp import (
    ClientConnectorDNSError,
    ClientConnectorError,
    ClientError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    InvalidURL,
)
from aiohttp.abc import AbstractResolver
from yarl import URL

from overdoor.errors import ForbiddenAddress
from overdoor.media.probe import SNIFF_BYTES, sniff_mime
from overdoor.net.guard import AddressForbidden, NetworkPolicy, check_url, guarded_connector, parse_url

MOST_REDIRECTS = 3
_CHUNK_BYTES = 256 * 1024
_HEADERS = {"Accept-Encoding": "identity", "User-Agent": "overdoor"}
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_TRY_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})

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


@dataclass(frozen=True, slots=True)
class Answered:
    """How a host took what was posted to it. retry_after_s: when it wants to be asked again, if it says so."""

    status: int
    retry_after_s: float | None


class FetchFailed(Exception):
    """A foreign host did not give what was asked for.

    reason: A full sentence for the caller.
    transient: The same request may succeed later.
    """

    def __init__(self, reason: str, *, transient: bool) -> None:
        super().__init__(reason)
        self.reason, self.transient = reason, transient


class Fetcher:
    """Talks to foreign hosts: no proxy of the environment, no cookies, no credentials."""

    def __init__(
        self,
        policy: NetworkPolicy,
        resolver: AbstractResolver | None = None,
        *,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._policy, self._resolver, self._tls = policy, resolver, tls
        self._session: ClientSession | None = None  # opened by the first request: it needs the running loop

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Every connection is closed; the fetcher may not be used again."""
        if self._session is not None:
            await self._session.close()

    async def download(
        self, url: str, *, limit_bytes: int, timeout_s: float, accept: Accept, into: Path | None = None
    ) -> Downloaded:
        """The file behind `url`, at most `limit_bytes` long and of an accepted kind.

        timeout_s: For everything together, redirects included.
        accept: Beginnings such as ("image/", "video/mp4"), or a function of the MIME type.
        into: A folder: the bytes go to a new file there, and memory stays flat. Without it they are kept in memory.

        Raises:
            FetchFailed
        """
        host = _host_of(url)
        try:
            async with asyncio.timeout(timeout_s), self._followed(url) as response:
                _require_plain(response, host=host)
                return await _receive(response, limit_bytes=limit_bytes, accept=accept, into=into)
        except TimeoutError as error:
            raise FetchFailed(f"{host} did not deliver within {timeout_s:g} s.", transient=True) from error

    async def post_json(self, url: str, *, body: bytes, headers: Mapping[str, str], timeout_s: float) -> Answered:
        """How the host answered; the body of its answer is not read, a redirect is not followed.

        Raises:
            FetchFailed: no status came.
        """
        host = _host_of(url)
        try:
            async with asyncio.timeout(timeout_s), self._request("POST", url, body=body, headers=headers) as response:
                return Answered(response.status, _retry_after_s(response.headers.get("Retry-After", "")))
        except TimeoutError as error:
            raise FetchFailed(f"{host} did not answer within {timeout_s:g} s.", transient=True) from error

    @asynccontextmanager
    async def _followed(self, url: str) -> AsyncGenerator[ClientResponse, None]:
        """The first answer that is not a redirect."""
        for _ in range(MOST_REDIRECTS + 1):
            async with self._request("GET", url) as response:
                if response.status not in _REDIRECTS:
                    yield response
                    return
                url = _target(response)
        raise FetchFailed(f"{_host_of(url)} redirected more than {MOST_REDIRECTS} times.", transient=False)

    @asynccontextmanager
    async def _request(
        self, method: str, url: str, *, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> AsyncGenerator[ClientResponse, None]:
        try:
            check_url(url, option="url", policy=self._policy)
        except ForbiddenAddress as error:
            raise FetchFailed(f"{_host_of(url)} must not be fetched: {error.message}", transient=False) from error
        if self._session is None:
            self._session = _open_session(self._policy, self._resolver, self._tls)
        sent_headers = {"Content-Type": "application/json", **(headers or {})} if body is not None else headers
        try:
            async with self._session.request(
                method, parse_url(url), data=body, headers=sent_headers, allow_redirects=False
            ) as response:
                yield response
        except (ClientError, ConnectionError) as error:
            raise _failure(_host_of(url), error) from error


def _open_session(
    policy: NetworkPolicy, resolver: AbstractResolver | None, tls: ssl.SSLContext | None
) -> ClientSession:
    return ClientSession(
        connector=guarded_connector(policy, resolver=resolver, tls=tls),
        cookie_jar=DummyCookieJar(),
        headers=_HEADERS,
        timeout=ClientTimeout(total=None, sock_connect=None),  # each call has one limit for everything
        trust_env=False,
        auto_decompress=False,
    )


def _retry_after_s(value: str) -> float | None:
    """Seconds, or a date (RFC 9110, 10.2.3); None for anything else."""
    value = value.strip()
    if value.isascii() and value.isdecimal() and len(value) < 10:
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        return None
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def _target(response: ClientResponse) -> str:
    """Where a redirect leads."""
    location = response.headers.get("Location", "")
    try:
        return str(response.url.join(URL(location, encoded=location.isascii())))
    except ValueError as error:
        raise FetchFailed(f"{response.url.host} redirected to something that is no URL.", transient=False) from error


def _require_plain(response: ClientResponse, *, host: str) -> None:
    """The answer carries the file itself."""
    if response.status != 200:
        transient = response.status in _TRY_AGAIN
        raise FetchFailed(f"{host} answered with status {response.status}.", transient=transient)
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("", "identity"):
        raise FetchFailed(f"{host} sent compressed bytes although none were asked for.", transient=False)


async def _receive(response: ClientResponse, *, limit_bytes: int, accept: Accept, into: Path | None) -> Downloaded:
    host = response.url.host or ""
    if (response.content_length or 0) > limit_bytes:  # a kindness only: the count below decides
        raise _too_large(host, limit_bytes)
    async with aclosing(_counted(response, host=host, limit_bytes=limit_bytes)) as chunks:
        head = await _first(chunks)
        mime = _accepted_mime(head, host=host, accept=accept)
        if into is None:
            data: bytes | Path = b"".join([head, *[chunk async for chunk in chunks]])
        else:
            data = await _written(head, chunks, into=into)
    return Downloaded(data=data, mime=mime, final_url=str(response.url))


async def _counted(response: ClientResponse, *, host: str, limit_bytes: int) -> AsyncGenerator[bytes, None]:
    received_bytes = 0
    async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
        received_bytes += len(chunk)
        if received_bytes > limit_bytes:
            raise _too_large(host, limit_bytes)
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


def _failure(host: str, error: ClientError | ConnectionError) -> FetchFailed:
    match error:
        case ClientConnectorError(os_error=AddressForbidden()):
            return FetchFailed(f"{host} must not be fetched: its name leads to a forbidden address.", transient=False)
        case InvalidURL():
            return FetchFailed(f"The address of {host} is no URL.", transient=False)
        case ClientConnectorDNSError():
            return FetchFailed(f"The name {host} was not found.", transient=True)
        case ClientConnectorError():
            return FetchFailed(f"{host} could not be reached.", transient=True)
        case _:
            return FetchFailed(f"The connection to {host} broke off.", transient=True)


def _host_of(url: str) -> str:
    """The host for a message; never the path or query, which may be secret."""
    try:
        return parse_url(url).host or "The address"
    except ValueError:
        return "The address"
