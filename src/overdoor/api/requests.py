"""Around every request: our id in, the same id out, and one structured log line."""

import time
from typing import cast

import structlog
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from overdoor.api.kit import REQUEST_ID
from overdoor.units import new_id

_QUIET = frozenset({"/healthz", "/readyz"})

_log = structlog.get_logger("overdoor.http")


def logged(app: ASGIApp) -> ASGIApp:
    """The same application with request ids and log lines. Query strings are not logged: they carry signatures."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        request_id = new_id("req")
        cast("dict[str, object]", scope.setdefault("state", {}))[REQUEST_ID] = request_id
        status = 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = [*message.get("headers", []), (b"x-request-id", request_id.encode())]
                message = cast("Message", {**message, "headers": headers})
            await send(message)

        began = time.perf_counter()
        try:
            await app(scope, receive, send_with_id)
        finally:
            if scope["path"] not in _QUIET:
                took_ms = round((time.perf_counter() - began) * 1000, 1)
                _log.info(
                    "request", id=request_id, method=scope["method"], path=scope["path"], status=status, took_ms=took_ms
                )

    return answer
