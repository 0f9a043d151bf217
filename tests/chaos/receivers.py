"""Receivers of callbacks, outside the killed processes: they answer, fail, hang, redirect, vanish or want no more."""

import asyncio
import json
import random
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any, Self

from aiohttp import web
from standardwebhooks import Webhook, WebhookVerificationError

_ODDS = {"fine": 0.55, "flaky": 0.2, "redirects": 0.07, "vanishes": 0.07, "hangs": 0.06, "wants-no-more": 0.05}
_HANGS_S = 60.0  # far longer than `callback_timeout_s`


@dataclass(slots=True)
class Journal:
    """What came. taken: by message id, how often it was answered with 2xx; ids: of each task, under which it came."""

    messages: int = 0
    unverified: int = 0
    taken: Counter[str] = field(default_factory=Counter[str])
    ids: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict[str, set[str]](set))


class Receivers:
    """A server of this process. secret: of the account whose tasks name it."""

    def __init__(self, *, secret: str, chance: random.Random) -> None:
        self._webhook, self._chance = Webhook(secret), chance
        self.journal = Journal()

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post("/{kind}", self._receive)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self._origin = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    def any_url(self) -> str:
        """One of them, by their odds."""
        return f"{self._origin}/{self._chance.choices(list(_ODDS), list(_ODDS.values()))[0]}"

    async def _receive(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.journal.messages += 1
        try:
            self._webhook.verify(body, {name.lower(): value for name, value in request.headers.items()})
        except WebhookVerificationError:
            self.journal.unverified += 1
        message_id = request.headers.get("webhook-id", "")
        told: Any = json.loads(body)
        self.journal.ids[told["data"]["taskId"]].add(message_id)
        status = await self._status(request, request.match_info["kind"])
        self.journal.taken[message_id] += 200 <= status < 300
        return web.Response(status=status, headers={"Location": "/fine"} if status == 302 else None)

    async def _status(self, request: web.Request, kind: str) -> int:
        match kind:
            case "fine":
                return 204
            case "flaky":
                return self._chance.choice([200, 500, 503, 429])
            case "redirects":
                return 302
            case "wants-no-more":
                return 410
            case "hangs":
                await asyncio.sleep(_HANGS_S)
            case _:
                pass
        if request.transport is not None:
            request.transport.close()
        return 500  # to nobody
