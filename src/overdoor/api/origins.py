"""A host of its own for assets: there is nothing else on it, and the main host sends requests for assets there.

Whatever a foreign file might do in a browser, it does it on a host that has no API, no pages and no cookies.
"""

import msgspec
from litestar.types import ASGIApp, Receive, Scope, Send

from overdoor.api.hosts import Origin, answer_plainly
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
    origin, asset_host = settings.asset_origin, Origin(settings.asset_origin)
    main_host = None if settings.public_url is None else Origin(settings.public_url)
    if main_host is None or main_host == asset_host:
        raise StartRefused(
            "`asset_origin` needs `public_url`, and must name another host (or port) than it: the one is for assets, "
            "the other for everything else."
        )

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        path = _folded(scope["path"])
        if asset_host.is_asked_by(scope) and not path.startswith(_ASSETS) and path not in _PROBES:
            await _refuse(send, path)
        elif path.startswith(_ASSETS) and scope["method"] in ("GET", "HEAD") and main_host.is_asked_by(scope):
            await _send_on(send, origin, scope)
        else:
            await app(scope, receive, send)

    return answer


def _folded(path: str) -> str:
    """The path as the router reads it: several slashes are one."""
    return "/" + "/".join(part for part in path.split("/") if part)


async def _refuse(send: Send, path: str) -> None:
    refusal = RouteNotFound(path=path)
    told = msgspec.json.encode({"error": {"code": refusal.http_status, "message": refusal.message}})
    await answer_plainly(send, 404, [(b"content-type", b"application/json")], told)


async def _send_on(send: Send, origin: str, scope: Scope) -> None:
    query = scope["query_string"]
    raw_path: bytes = scope.get("raw_path") or scope["path"].encode()
    location = origin.encode() + raw_path.partition(b"?")[0] + (b"?" + query if query else b"")
    await answer_plainly(send, 308, [(b"location", location), (b"cache-control", b"no-store")], b"")
