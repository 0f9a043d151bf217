"""Downloads from foreign hosts and callbacks to them, always through the guard.

Nothing of an answer is repeated in an error: a sentence names the host and the reason, never what the host said.
"""

import asyncio
import ssl
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace, TracebackType
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
    TraceConfig,
    TraceRequestHeadersSentParams,
)
from aiohttp.abc import AbstractResolver
from yarl import URL

from overdoor.errors import ForbiddenAddress
from overdoor.net.guard import AddressForbidden, NetworkPolicy, check_url, guarded_connector, parse_url
from overdoor.net.http_dates import read_http_date
from overdoor.net.receive import Accept, Downloaded, FetchFailed, Pace, receive

MOST_REDIRECTS = 3
_HEADERS = {"Accept-Encoding": "identity", "User-Agent": "overdoor"}
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_TRY_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Answered:
    """How a host took what was posted to it. retry_after_s: when it wants to be asked again, if it says so."""

    status: int
    retry_after_s: float | None


class Fetcher:
    """Talks to foreign hosts: no proxy of the environment, no cookies, no credentials."""

    def __init__(
        self,
        policy: NetworkPolicy,
        resolver: AbstractResolver | None = None,
        *,
        tls: ssl.SSLContext | None = None,
        pace: Pace | None = None,
    ) -> None:
        self._policy, self._resolver, self._tls = policy, resolver, tls
        self._pace = pace or Pace()
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

        timeout_s: For everything together, redirects included. A host that trickles is given up earlier; see `Pace`.
        accept: Beginnings such as ("image/", "video/mp4"), or a function of the MIME type.
        into: A folder: the bytes go to a new file there, and memory stays flat. Without it they are kept in memory.

        Raises:
            FetchFailed
        """
        host = _host_of(url)
        try:
            async with asyncio.timeout(timeout_s), self._followed(url) as response:
                _require_plain(response, host=host)
                return await receive(response, limit_bytes=limit_bytes, accept=accept, into=into, pace=self._pace)
        except TimeoutError as error:
            raise FetchFailed(f"{host} did not deliver within {timeout_s:g} s.", transient=True) from error

    async def post_json(self, url: str, *, body: bytes, headers: Mapping[str, str], timeout_s: float) -> Answered:
        """How the host answered; the body of its answer is not read, a redirect is not followed.

        Raises:
            FetchFailed: no status came.
        """
        host = _host_of(url)
        try:
            async with (
                asyncio.timeout(timeout_s),
                self._request("POST", url, answer_s=None, body=body, headers=headers) as response,
            ):
                return Answered(response.status, _retry_after_s(response.headers.get("Retry-After", "")))
        except TimeoutError as error:
            raise FetchFailed(f"{host} did not answer within {timeout_s:g} s.", transient=True) from error

    @asynccontextmanager
    async def _followed(self, url: str) -> AsyncGenerator[ClientResponse, None]:
        """The first answer that is not a redirect."""
        for _ in range(MOST_REDIRECTS + 1):
            async with self._request("GET", url, answer_s=self._pace.answer_s) as response:
                if response.status not in _REDIRECTS:
                    yield response
                    return
                url = _target(response)
        raise FetchFailed(f"{_host_of(url)} redirected more than {MOST_REDIRECTS} times.", transient=False)

    @asynccontextmanager
    async def _request(
        self,
        method: str,
        url: str,
        *,
        answer_s: float | None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> AsyncGenerator[ClientResponse, None]:
        """answer_s: for the head of the answer, once the request has left; None: as long as the caller waits."""
        try:
            check_url(url, option="url", policy=self._policy)
        except ForbiddenAddress as error:
            raise FetchFailed(f"{_host_of(url)} must not be fetched: {error.message}", transient=False) from error
        if self._session is None:
            self._session = _open_session(self._policy, self._resolver, self._tls, self._pace)
        sent_headers = {"Content-Type": "application/json", **(headers or {})} if body is not None else headers
        try:
            async with await self._answer(
                self._session, method, parse_url(url), data=body, headers=sent_headers, answer_s=answer_s
            ) as response:
                yield response
        except (ClientError, ConnectionError) as error:
            raise _failure(_host_of(url), error) from error

    async def _answer(
        self,
        session: ClientSession,
        method: str,
        url: URL,
        *,
        data: bytes | None,
        headers: Mapping[str, str] | None,
        answer_s: float | None,
    ) -> ClientResponse:
        """The head of the answer; its clock starts when the request has left."""
        try:
            async with asyncio.timeout(None) as until_answered:
                return await session.request(
                    method,
                    url,
                    data=data,
                    headers=headers,
                    allow_redirects=False,
                    trace_request_ctx=_Clock(until_answered, answer_s),
                )
        except TimeoutError as error:
            raise FetchFailed(f"{url.host} did not answer in time.", transient=True) from error


@dataclass(frozen=True, slots=True)
class _Clock:
    """What is to be set when a request has left."""

    timeout: asyncio.Timeout
    answer_s: float | None


async def _start_clock(
    _session: ClientSession, context: SimpleNamespace, _params: TraceRequestHeadersSentParams
) -> None:
    """Called by aiohttp right before the first byte is written."""
    clock: _Clock = context.trace_request_ctx
    if clock.answer_s is not None:
        clock.timeout.reschedule(asyncio.get_running_loop().time() + clock.answer_s)


def _open_session(
    policy: NetworkPolicy, resolver: AbstractResolver | None, tls: ssl.SSLContext | None, pace: Pace
) -> ClientSession:
    trace = TraceConfig()
    trace.on_request_headers_sent.append(_start_clock)
    return ClientSession(
        connector=guarded_connector(policy, resolver=resolver, tls=tls),
        cookie_jar=DummyCookieJar(),
        headers=_HEADERS,
        timeout=ClientTimeout(total=None, connect=pace.connect_s, sock_connect=None),  # each call has its own total
        trace_configs=[trace],
        trust_env=False,
        auto_decompress=False,
    )


def _retry_after_s(value: str) -> float | None:
    """Seconds, or a date (RFC 9110, 10.2.3); None for anything else."""
    value = value.strip()
    if value.isascii() and value.isdecimal() and len(value) < 10:
        return float(value)
    moment = read_http_date(value)
    return None if moment is None else max(0.0, (moment - datetime.now(UTC)).total_seconds())


def _target(response: ClientResponse) -> str:
    """Where a redirect leads."""
    location = response.headers.get("Location", "")
    try:
        return str(response.url.join(parse_url(location)))
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
