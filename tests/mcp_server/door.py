"""The MCP endpoint as a client sees it, over the whole application in this process."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from overdoor.app import create_app
from overdoor.config import Settings
from overdoor.domain.access import DEFAULT_SCOPES, Scope
from overdoor.units import TaskId
from overdoor.wiring import Gateway, Surroundings, open_gateway
from tests.net.loopback import FixedResolver

BASE_URL = "http://overdoor.test"


@dataclass(frozen=True, slots=True)
class McpDoor:
    """One client with one key."""

    gateway: Gateway
    client: httpx.AsyncClient
    key: str

    async def send(self, body: str, *, headers: Mapping[str, str] | None = None) -> httpx.Response:
        """POST a body as the seed's curl does."""
        sent = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json", **(headers or {})}
        return await self.client.post("/api/mcp", content=body, headers=sent)

    async def ask(self, method: str, params: Mapping[str, object] | None = None) -> Any:
        """The decoded answer to one JSON-RPC request."""
        message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params or {}}
        sent = {"Authorization": f"Bearer {self.key}"}
        return (await self.client.post("/api/mcp", json=message, headers=sent)).json()

    async def call(self, tool: str, arguments: Mapping[str, object]) -> Any:
        """The result of one tool call."""
        return (await self.ask("tools/call", {"name": tool, "arguments": arguments}))["result"]

    async def end_of(self, task_id: str) -> None:
        """Return when the task has ended."""
        caller = await self.gateway.accounts.authenticate(self.key)
        view = await self.gateway.generate.wait(TaskId(task_id), caller=caller, timeout_s=60)
        assert view.task.state != "waiting"


@asynccontextmanager
async def open_door(settings: Settings, *, scopes: tuple[Scope, ...] = DEFAULT_SCOPES) -> AsyncGenerator[McpDoor, None]:
    """A client with a fresh test key of a running application; foreign names cannot be resolved."""
    app = create_app(settings)
    async with open_gateway(settings, Surroundings(resolver=FixedResolver({}))) as gateway:
        app.state.gateway = gateway  # opened here and not by the lifespan, whose end must come in the same asyncio task
        made = await gateway.accounts.create_key("agent", mode="test", scopes=scopes)
        transport = httpx.ASGITransport(app)  # pyright: ignore[reportArgumentType] - Litestar's types of ASGI are its own
        async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as client:
            yield McpDoor(gateway, client, made.secret)
