"""Around every request: our id in, the same id out, the caller's limits, and one structured log line."""

import time
from collections.abc import Mapping
from typing import cast

import structlog
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from overdoor.api.kit import RATE_LIMIT, REQUEST_ID
from overdoor.units import new_id

_QUIET = frozenset({"/healthz", "/readyz"})

_log = structlog.get_logger("overdoor.http")


def logged(app: ASGIApp) -> ASGIApp:
    """The same application with ids, limits and log lines. Query strings, which hold signatures, are not logged."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        request_id = new_id("req")
        state = cast("dict[str, object]", scope.setdefault("state", {}))
        state[REQUEST_ID] = request_id
        status = 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                limits = cast("Mapping[str, str]", state.get(RATE_LIMIT, {}))
                headers = [
                    *message.get("headers", []),
                    (b"x-request-id", request_id.encode()),
                    *((name.lower().encode(), value.encode()) for name, value in limits.items()),
                ]
                message = cast("Message", {**message, "headers": headers})
            await send(message)

        began = time.perf_counter()
        try:
            await app(scope, receive, send_with_id)
        finally:
            if scope["path"] not in _QUIET:
                took_ms = round((time.perf_counter() - began) * 1000, 1)
                path = _shown(scope["path"])
                _log.info("request", id=request_id, method=scope["method"], path=path, status=status, took_ms=took_ms)

    return answer


def _shown(path: str) -> str:
    """The path without the token that ends the address of a provider's callback."""
    if path.startswith("/api/v1/providers/"):
        return path.rpartition("/")[0] + "/…"
    return path
