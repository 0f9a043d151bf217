"""The hosts that the seeds name (example.com, your-domain.com), on this machine: TLS, pictures, a webhook receiver."""

import asyncio
import io
import socket
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import trustme
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from PIL import Image, ImageDraw

NAMES = ("example.com", "your-domain.com")


@dataclass(frozen=True, slots=True)
class Neighbours:
    """A running host. tls believes its certificate; received holds the bodies that were posted to it."""

    resolver: AbstractResolver
    tls: ssl.SSLContext
    received: "asyncio.Queue[Any]" = field(default_factory=asyncio.Queue[Any])


class _Resolver(AbstractResolver):
    """Every known name is this machine, on one port; nothing else can be resolved."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        if host not in NAMES:
            raise OSError(f"{host} is not known here")
        return [
            ResolveResult(hostname=host, host="127.0.0.1", port=self._port, family=socket.AF_INET, proto=0, flags=0)
        ]

    async def close(self) -> None:
        """Nothing is held."""


@asynccontextmanager
async def neighbours() -> AsyncGenerator[Neighbours, None]:
    """Serve `/input.png`, `/reference.jpg` and POST anywhere, under the names of the seeds."""
    authority = trustme.CA()
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*NAMES).configure_cert(server_side)
    client_side = ssl.create_default_context()
    authority.configure_trust(client_side)
    listener = socket.create_server(("127.0.0.1", 0))
    host = Neighbours(_Resolver(listener.getsockname()[1]), client_side)

    async def receive(request: web.Request) -> web.Response:
        await host.received.put(await request.json())
        return web.Response()

    app = web.Application()
    app.router.add_get("/input.png", _picture("png"))
    app.router.add_get("/reference.jpg", _picture("jpeg"))
    app.router.add_post("/{path:.*}", receive)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.SockSite(runner, listener, ssl_context=server_side).start()
    try:
        yield host
    finally:
        await runner.cleanup()


def _picture(kind: str) -> Any:
    image = Image.new("RGB", (800, 600), "#d8e2dc")
    ImageDraw.Draw(image).ellipse((200, 100, 600, 500), fill="#e07a5f")
    buffer = io.BytesIO()
    image.save(buffer, kind)

    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=buffer.getvalue(), content_type=f"image/{kind}")

    return answer
