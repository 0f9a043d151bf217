"""A server that really listens, in this process: uvicorn on a free port of the loopback, over the whole application."""

import asyncio
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import uvicorn
from litestar import Litestar

from overdoor.app import create_app
from overdoor.config import Settings
from overdoor.wiring import Gateway, Surroundings


@dataclass(frozen=True, slots=True)
class Running:
    """A started server: its address, the application, and the gateway behind it."""

    url: str
    app: Litestar

    @property
    def gateway(self) -> Gateway:
        """The product behind the doors."""
        return self.app.state.gateway


@asynccontextmanager
async def running(settings: Settings, surroundings: Surroundings | None = None) -> AsyncGenerator[Running, None]:
    """Start a server, wait until it is ready, and stop it."""
    listener = socket.create_server(("127.0.0.1", 0))
    port: int = listener.getsockname()[1]
    app = create_app(replace(settings, port=port), surroundings)
    server = uvicorn.Server(
        uvicorn.Config(app, access_log=False, log_config=None, lifespan="on", timeout_graceful_shutdown=1)
    )
    serving = asyncio.create_task(server._serve([listener]))  # pyright: ignore[reportPrivateUsage]  # without the signal handlers
    try:
        while not server.started:
            if serving.done():
                serving.result()
                raise RuntimeError("the server did not start")
            await asyncio.sleep(0.01)  # uvicorn tells of its readiness by a flag only
        yield Running(f"http://127.0.0.1:{port}", app)
    finally:
        server.should_exit = True
        await serving
        listener.close()
