"""A running server, and a client that speaks to it as a caller would."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from overdoor.config import Settings
from overdoor.units import TaskId
from overdoor.wiring import Gateway, Surroundings
from tests.support.server import Running, running


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer. body: decoded JSON, or None."""

    status: int
    headers: Mapping[str, str]
    body: Any
    raw: bytes


@dataclass(frozen=True, slots=True)
class Client:
    """One API key's view of the server."""

    session: aiohttp.ClientSession
    url: str
    key: str | None
    gateway: Gateway

    async def send(
        self,
        method: str,
        path: str,
        *,
        json: object = None,
        data: bytes | aiohttp.FormData | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One request, answered whole."""
        sent = dict(headers or {})
        if self.key is not None:
            sent.setdefault("Authorization", f"Bearer {self.key}")
        url = path if path.startswith("http") else self.url + path
        async with self.session.request(method, url, json=json, data=data, headers=sent) as response:
            raw = await response.read()
            is_json = response.content_type == "application/json" and raw
            return Answer(response.status, response.headers.copy(), await response.json() if is_json else None, raw)

    async def finished(self, task_id: str) -> Mapping[str, Any]:
        """The task's record once it has ended."""
        await self.gateway.waiting.until_ended(TaskId(task_id), timeout_s=60)
        return (await self.send("GET", f"/api/v1/jobs/recordInfo?taskId={task_id}")).body["data"]


@pytest.fixture
async def server(settings: Settings, surroundings: Surroundings) -> AsyncIterator[Running]:
    """The product, listening."""
    async with running(settings, surroundings) as started:
        yield started


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """Connections to the server."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as opened:
        yield opened


@pytest.fixture
async def client(server: Running, session: aiohttp.ClientSession) -> Client:
    """A caller with the owner's first test key."""
    assert server.gateway.first_key is not None
    return Client(session, server.url, server.gateway.first_key.secret, server.gateway)
