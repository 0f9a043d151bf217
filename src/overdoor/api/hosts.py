"""The `Host` of a request, read in one way: who asks for the same host in another spelling asks for the same host."""

from urllib.parse import SplitResult, urlsplit

import msgspec
from litestar.types import ASGIApp, Receive, Scope, Send

_DEFAULT_PORTS = {"https": 443, "http": 80}
_REFUSED = msgspec.json.encode({"error": {"code": 400, "message": "The Host header names no host."}})


class Origin:
    """A scheme with a host and a port, such as https://files.example.org."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._default_port = _DEFAULT_PORTS.get(parts.scheme.lower())
        self._host, self._port = _read(parts.netloc)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Origin) and self._place() == other._place()

    def __hash__(self) -> int:
        return hash(self._place())

    def is_asked_by(self, scope: Scope) -> bool:
        """True for a request to this host; behind a proxy that ends TLS, too, so its own scheme counts for nothing."""
        host, port = _read(_header(scope))
        return (host, port or self._default_port) == self._place()

    def _place(self) -> tuple[str, int | None]:
        return self._host, self._port or self._default_port


def with_good_host(app: ASGIApp) -> ASGIApp:
    """The same application behind a door that answers 400 where `Host` cannot be read."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            try:
                _read(_header(scope))
            except ValueError:
                await answer_plainly(send, 400, [(b"content-type", b"application/json")], _REFUSED)
                return
        await app(scope, receive, send)

    return answer


async def answer_plainly(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    """A whole answer, without the framework."""
    sent = [*headers, (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": sent})  # pyright: ignore[reportArgumentType]
    await send({"type": "http.response.body", "body": body, "more_body": False})


def _header(scope: Scope) -> str:
    return next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), "")


def _read(netloc: str) -> tuple[str, int | None]:
    """Host and port.

    Raises:
        ValueError: the port is none.
    """
    parts = SplitResult("", netloc, "", "", "")  # as the framework builds a request's URL: what it cannot read raises
    return (parts.hostname or "").removesuffix("."), parts.port
