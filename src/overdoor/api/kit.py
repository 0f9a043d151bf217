"""What every door uses: gateway, caller, body, idempotency key, and the race against a client that leaves."""

import asyncio
import re
from collections.abc import AsyncIterator, Coroutine, Mapping
from typing import Any, TypeVar, cast

import msgspec
from litestar import Request, Response
from litestar.response import Stream

from overdoor.domain.access import Caller, Scope
from overdoor.domain.limits import Endpoint
from overdoor.errors import InvalidRequest, PayloadTooLarge, UploadTooSlow
from overdoor.storage.idempotency import IdempotencyKey
from overdoor.wiring import Gateway

JSON_WITH_DATA_URLS_BYTES = 64 * 1024 * 1024
REQUEST_ID = "overdoor.request_id"  # key in the ASGI scope's state
RATE_LIMIT = "overdoor.rate_limit"  # there too: the headers that tell of the caller's limits

_HOST = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252})|\[[0-9a-fA-F:.]{2,45}\])(?::[0-9]{1,5})?")
_MOST_KEY_CHARACTERS = 255
_QUIET_S = 30  # between two pieces of a body that is streamed
_GONE_STATUS = 499  # never sent: nobody is there to read it

_READS = frozenset({"GET", "HEAD"})

HttpRequest = Request[Any, Any, Any]
T = TypeVar("T")


class ClientGone(Exception):
    """The client closed the connection before its answer was ready."""


def gateway_of(request: HttpRequest) -> Gateway:
    """The running product behind this request."""
    return cast("Gateway", request.app.state.gateway)


async def caller_of(request: HttpRequest, *, scope: Scope | None = None, endpoint: Endpoint | None = None) -> Caller:
    """Who calls, by `Authorization: Bearer sk_…`, a bare key there, or `X-API-Key`; their request is counted.

    Call it once for a request, before the body is read. endpoint: whose limits count; where none is named, those of
    `jobs.recordInfo` for a read and of `jobs.createTask` for anything else.

    Raises:
        AuthenticationFailed, PermissionDenied, RateLimitExceeded
    """
    caller = await authenticated(request, scope=scope)
    await count(request, caller, endpoint or ("jobs.recordInfo" if request.method in _READS else "jobs.createTask"))
    return caller


async def authenticated(request: HttpRequest, *, scope: Scope | None = None) -> Caller:
    """Who calls, for a door that learns only from the body what is counted; it calls `count` then.

    Raises:
        AuthenticationFailed, PermissionDenied
    """
    return await gateway_of(request).accounts.authenticate(_key_in(request.headers), scope=scope)


async def count(request: HttpRequest, caller: Caller, endpoint: Endpoint) -> None:
    """Count the request; its answer will tell of the limits.

    Raises:
        RateLimitExceeded
    """
    verdict = await gateway_of(request).limits.count(caller, endpoint)
    request.scope.setdefault("state", {})[RATE_LIMIT] = verdict.headers
    if verdict.refusal is not None:
        raise verdict.refusal


def base_url_of(request: HttpRequest) -> str:
    """The address under which this client reaches us: the setting, else the request's own host if it is well-formed."""
    gateway = gateway_of(request)
    if gateway.settings.public_url is not None:
        return gateway.settings.public_url
    host = request.headers.get("host", "")
    if _HOST.fullmatch(host) is None:
        return gateway.links.default_base_url
    return f"{request.scope['scheme']}://{host}"


def request_id_of(request: HttpRequest) -> str:
    """Our own id of this request, which the log and the answer's `X-Request-Id` carry."""
    return str(request.scope.get("state", {}).get(REQUEST_ID, ""))


def idempotency_of(request: HttpRequest, *, endpoint: str) -> IdempotencyKey | None:
    """The client's name for this request, from `Idempotency-Key` or `X-Request-Id`.

    Raises:
        InvalidRequest: both are given and differ, or one is empty or longer than 255 characters.
    """
    strict, loose = request.headers.get("idempotency-key"), request.headers.get("x-request-id")
    if strict is not None and loose is not None and strict != loose:
        raise InvalidRequest(
            "Idempotency-Key and X-Request-Id are both given and differ.",
            hint="Send one, or the same value in both. A proxy may have set X-Request-Id: see GET /api/v1/echo.",
        )
    value = strict if strict is not None else loose
    if value is None:
        return None
    if "\x00" in value or not 0 < len(value) <= _MOST_KEY_CHARACTERS:
        raise InvalidRequest(
            f"The idempotency key has {len(value)} characters.", hint=f"Use 1 to {_MOST_KEY_CHARACTERS} characters."
        )
    return IdempotencyKey(endpoint, "idempotency-key" if strict is not None else "x-request-id", value)


def is_retry(request: HttpRequest) -> bool | None:
    """Whether the client marks this request as a retry, as OpenAI's SDKs do; None for a client that marks nothing."""
    count = request.headers.get("x-stainless-retry-count", "")
    return int(count) > 0 if count.isascii() and count.isdecimal() and len(count) < 10 else None


async def read_json(request: HttpRequest, *, limit_bytes: int) -> Any:
    """The decoded body.

    Raises:
        PayloadTooLarge: it is longer than `limit_bytes`, by its own word or by count.
        InvalidRequest: it is not JSON.
        ClientGone
    """
    raw = await read_body(request, limit_bytes=limit_bytes)
    if not raw:
        raise InvalidRequest("The body is empty, which is not valid JSON.", hint="Send a JSON object.")
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidRequest(
            f"The body is not valid JSON: {error}.", hint="Check quotes, commas and brackets."
        ) from error


async def read_body(request: HttpRequest, *, limit_bytes: int) -> bytes:
    """The body's bytes, refused as soon as they are too many.

    Raises:
        PayloadTooLarge, ClientGone
    """
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > limit_bytes:
        raise PayloadTooLarge(limit_bytes=limit_bytes)
    chunks: list[bytes] = []
    received = 0
    while True:
        event = cast("Mapping[str, Any]", await request.receive())
        if event["type"] == "http.disconnect":
            raise ClientGone
        chunk: bytes = event.get("body", b"")
        received += len(chunk)
        if received > limit_bytes:
            raise PayloadTooLarge(limit_bytes=limit_bytes)
        chunks.append(chunk)
        if not event.get("more_body", False):
            return b"".join(chunks)


async def stream_body(request: HttpRequest, *, limit_bytes: int) -> AsyncIterator[bytes]:
    """The body's bytes as they come; the server's own flow control holds the sender back meanwhile.

    Raises:
        PayloadTooLarge, ClientGone
        UploadTooSlow: nothing came for a while.
    """
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > limit_bytes:
        raise PayloadTooLarge(limit_bytes=limit_bytes, hint="Send a smaller file.")
    received = 0
    while True:
        try:
            async with asyncio.timeout(_QUIET_S):
                event = cast("Mapping[str, Any]", await request.receive())
        except TimeoutError as error:
            raise UploadTooSlow(limit_s=_QUIET_S, what="The next byte") from error
        if event["type"] == "http.disconnect":
            raise ClientGone
        chunk: bytes = event.get("body", b"")
        received += len(chunk)
        if received > limit_bytes:
            raise PayloadTooLarge(limit_bytes=limit_bytes, hint="Send a smaller file.")
        if chunk:
            yield chunk
        if not event.get("more_body", False):
            return


async def until_gone(request: HttpRequest, work: Coroutine[Any, Any, T]) -> T:
    """What `work` returns, unless the client leaves first: then `work` is cancelled. Call it after the body was read.

    uvicorn's `send` does not tell that nobody listens; `receive` does.

    Raises:
        ClientGone
    """
    working = asyncio.ensure_future(work)
    listening = asyncio.ensure_future(_departure(request))
    try:
        await asyncio.wait((working, listening), return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        raise ClientGone
    finally:
        listening.cancel()
        if not working.done():
            working.cancel()
        await asyncio.gather(working, listening, return_exceptions=True)


def json_answer(content: object, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response[bytes]:
    """A JSON response from anything that msgspec can encode."""
    return Response(
        msgspec.json.encode(content), status_code=status, media_type="application/json", headers=dict(headers or {})
    )


def event_answer(lines: AsyncIterator[bytes], *, headers: Mapping[str, str] | None = None) -> Stream:
    """Server-Sent Events, which nobody on the way may keep or gather."""
    own = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return Stream(lines, headers={**own, **(headers or {})}, media_type="text/event-stream")


def gone_answer() -> Response[bytes]:
    """The answer that nobody reads, so that the log has a status."""
    return Response(b"", status_code=_GONE_STATUS)


def _key_in(headers: Mapping[str, str]) -> str | None:
    authorization = headers.get("authorization")
    if authorization is None:
        return headers.get("x-api-key")
    scheme, _, rest = authorization.strip().partition(" ")
    return rest.strip() if scheme.lower() == "bearer" else authorization.strip()


async def _departure(request: HttpRequest) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
