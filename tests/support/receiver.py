"""Somebody who wants to be told: a server on this machine that keeps whatever comes."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from aiohttp import web
from standardwebhooks import Webhook

from tests.support.following import PATIENCE_S


@dataclass(frozen=True, slots=True)
class Message:
    """One request that came."""

    headers: Mapping[str, str]
    raw: bytes

    @property
    def body(self) -> Any:
        """The decoded body."""
        return json.loads(self.raw)

    def verified(self, secret: str) -> Any:
        """The body, by the official library: it raises where signature or time are wrong."""
        return Webhook(secret).verify(self.raw, dict(self.headers))


class Receiver:
    """status, headers: what it answers; answers: cleared while it takes its time."""

    def __init__(self) -> None:
        self.status = 200
        self.headers: dict[str, str] = {}
        self.answers = asyncio.Event()
        self.answers.set()
        self._told: asyncio.Queue[Message] = asyncio.Queue()

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post("/{path:.*}", self._receive)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.origin = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        self.url = f"{self.origin}/told"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def next(self) -> Message:
        """The next message."""
        async with asyncio.timeout(PATIENCE_S):
            return await self._told.get()

    @property
    def is_quiet(self) -> bool:
        """Nothing came that was not taken by `next`."""
        return self._told.empty()

    async def _receive(self, request: web.Request) -> web.Response:
        self._told.put_nowait(
            Message({name.lower(): value for name, value in request.headers.items()}, await request.read())
        )
        status, headers = self.status, dict(self.headers)
        await self.answers.wait()
        return web.Response(status=status, headers=headers)
