"""JSON over a pool of connections, for the providers that the operator configured.

The operator may well run a model on 127.0.0.1, so private addresses are open here; metadata addresses are not. Foreign
addresses go through `net.fetch`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import msgspec
from aiohttp import (
    ClientError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    TraceConfig,
    TraceRequestHeadersSentParams,
)
from aiohttp.abc import AbstractResolver

from overdoor.net.guard import upstream_connector

REPLY_LARGEST_BYTES = 256 * 1024 * 1024  # ten 4K pictures in base64 fit
_CONNECT_S = 10
_KEEP_ALIVE_S = 4  # below the 5 s after which common servers hang up: a POST is rarely sent into a dead connection
_CHUNK_BYTES = 256 * 1024


class NotDelivered(Exception):
    """Nothing of the request reached the upstream: no connection, no such name, no trust. Sending it again is safe."""


class DeliveredUnknown(Exception):
    """The request left, and no answer came back: the upstream may have acted on it."""


@dataclass(slots=True)
class _Delivery:
    """How far one request got."""

    began: bool = False


class UpstreamClient:
    """A pooled session: no proxy of the environment, no cookies, no redirects."""

    def __init__(
        self, *, resolver: AbstractResolver | None = None, reply_largest_bytes: int = REPLY_LARGEST_BYTES
    ) -> None:
        self._resolver, self._reply_largest_bytes = resolver, reply_largest_bytes
        self._session: ClientSession | None = None  # opened by the first request: it needs the running loop

    async def close(self) -> None:
        """Every connection is closed; the client may not be used again."""
        if self._session is not None:
            await self._session.close()

    async def post_json(
        self, url: str, *, headers: Mapping[str, str], json: object, timeout_s: float
    ) -> tuple[int, Mapping[str, str], Any]:
        """Status, headers and decoded body of the answer, whatever its status; see `get_json`."""
        body = msgspec.json.encode(json)
        return await self._exchange(
            "POST", url, headers={"Content-Type": "application/json", **headers}, body=body, timeout_s=timeout_s
        )

    async def get_json(
        self, url: str, *, headers: Mapping[str, str], timeout_s: float
    ) -> tuple[int, Mapping[str, str], Any]:
        """Status, headers (names in any case) and decoded body of the answer, whatever its status.

        The body is None where it is not JSON, as from a proxy between.

        Raises:
            NotDelivered: the request never left.
            DeliveredUnknown: it left, and no whole answer came within `timeout_s`.
        """
        return await self._exchange("GET", url, headers=headers, body=None, timeout_s=timeout_s)

    async def _exchange(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None, timeout_s: float
    ) -> tuple[int, Mapping[str, str], Any]:
        session = self._session = self._session or _open_session(self._resolver)
        delivery = _Delivery()
        try:
            async with session.request(
                method,
                url,
                headers=headers,
                data=body,
                allow_redirects=False,
                timeout=ClientTimeout(total=timeout_s, sock_connect=_CONNECT_S),
                trace_request_ctx=delivery,
            ) as response:
                raw = await _read(response, largest_bytes=self._reply_largest_bytes)
                return response.status, response.headers, _decoded(raw)
        except (ClientError, TimeoutError, OSError) as error:
            what = type(error).__name__  # never the text: it may hold the URL, and a key in it
            if delivery.began:
                raise DeliveredUnknown(f"The upstream gave no whole answer ({what}).") from error
            raise NotDelivered(f"The upstream could not be reached ({what}).") from error


def _open_session(resolver: AbstractResolver | None) -> ClientSession:
    trace = TraceConfig()
    trace.on_request_headers_sent.append(_note_beginning)
    return ClientSession(
        connector=upstream_connector(resolver=resolver, keep_alive_s=_KEEP_ALIVE_S),
        cookie_jar=DummyCookieJar(),
        trace_configs=[trace],
        trust_env=False,
    )


async def _note_beginning(
    _session: ClientSession, context: SimpleNamespace, _params: TraceRequestHeadersSentParams
) -> None:
    """Called by aiohttp right before the first byte is written."""
    context.trace_request_ctx.began = True


async def _read(response: ClientResponse, *, largest_bytes: int) -> bytes:
    chunks: list[bytes] = []
    received_bytes = 0
    async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
        received_bytes += len(chunk)
        if received_bytes > largest_bytes:
            raise ClientError(f"the answer is larger than {largest_bytes} bytes")
        chunks.append(chunk)
    return b"".join(chunks)


def _decoded(raw: bytes) -> Any:
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
