"""A host of its own for assets: there is nothing else on it, and the main host sends requests for assets there.

Whatever a foreign file might do in a browser, it does it on a host that has no API, no pages and no cookies.
"""

from urllib.parse import urlsplit

import msgspec
from litestar.types import ASGIApp, Receive, Scope, Send

from overdoor.config import Settings
from overdoor.errors import RouteNotFound, StartRefused

_ASSETS = "/assets/"
_PROBES = frozenset({"/healthz", "/readyz"})  # a load balancer asks every host


def apart(app: ASGIApp, settings: Settings) -> ASGIApp:
    """The application with assets on the host of `asset_origin`; as it was, where there is none.

    Raises:
        StartRefused: `asset_origin` needs `public_url`, and another host than it.
    """
    if settings.asset_origin is None:
        return app
    origin, asset_host, main_host = settings.asset_origin, _host(settings.asset_origin), _host(settings.public_url)
    if main_host in (None, asset_host):
        raise StartRefused(
            "`asset_origin` needs `public_url`, and must name another host (or port) than it: the one is for assets, "
            "the other for everything else."
        )

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        host, path = _asked_host(scope), scope["path"]
        if host == asset_host and not path.startswith(_ASSETS) and path not in _PROBES:
            await _refuse(send, path)
        elif host == main_host and path.startswith(_ASSETS) and scope["method"] in ("GET", "HEAD"):
            await _send_on(send, origin, scope)
        else:
            await app(scope, receive, send)

    return answer


def _host(url: str | None) -> str | None:
    return None if url is None else urlsplit(url).netloc.lower()


def _asked_host(scope: Scope) -> str:
    return next((value.decode("latin-1").lower() for name, value in scope["headers"] if name == b"host"), "")


async def _refuse(send: Send, path: str) -> None:
    refusal = RouteNotFound(path=path)
    told = msgspec.json.encode({"error": {"code": refusal.http_status, "message": refusal.message}})
    await _answer(send, 404, [(b"content-type", b"application/json")], told)


async def _send_on(send: Send, origin: str, scope: Scope) -> None:
    query = scope["query_string"]
    raw_path: bytes = scope.get("raw_path") or scope["path"].encode()
    location = origin.encode() + raw_path.partition(b"?")[0] + (b"?" + query if query else b"")
    await _answer(send, 308, [(b"location", location), (b"cache-control", b"no-store")], b"")


async def _answer(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    sent = [*headers, (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": sent})  # pyright: ignore[reportArgumentType]
    await send({"type": "http.response.body", "body": body, "more_body": False})
