"""The HTTP application: the floor plan as code."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from litestar import Litestar
from litestar.datastructures import State

from overdoor.api import assets, chat, errors, health, jobs, responses
from overdoor.api.requests import logged
from overdoor.config import Settings
from overdoor.mcp_server import http as mcp
from overdoor.wiring import Surroundings, open_gateway


def create_app(settings: Settings, surroundings: Surroundings | None = None) -> Litestar:
    """The doors over one gateway, which opens and closes with the application.

    `app.state.gateway` is the gateway while it is open. `begin_to_stop` is called when the process is asked to stop.
    """

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncGenerator[None, None]:
        async with open_gateway(settings, surroundings) as gateway:
            app.state.gateway = gateway
            yield

    app = Litestar(
        route_handlers=_routes(),
        lifespan=[lifespan],
        exception_handlers={Exception: errors.render},
        state=State({"stopping": asyncio.Event()}),
        openapi_config=None,  # the document comes with the catalogue endpoints, for all doors at once
        logging_config=None,
        request_max_body_size=None,  # each door reads its body with its own limit
    )
    app.asgi_handler = logged(app.asgi_handler)  # outside the router, so that unknown paths get an id and a line too
    return app


def begin_to_stop(app: Litestar) -> None:
    """Say so at /readyz, and answer everybody who waits for a task with its present state."""
    app.state.stopping.set()
    app.state.gateway.waiting.release_all()


def _routes() -> Sequence[Any]:
    return [*health.routes, *jobs.routes, *mcp.routes, *chat.routes, *responses.routes, *assets.routes]
