"""The HTTP application: the floor plan as code."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from litestar import Litestar
from litestar.datastructures import State

from overdoor.api import (
    assets,
    callbacks,
    chat,
    echo,
    errors,
    files,
    health,
    images,
    jobs,
    models,
    providers,
    responses,
)
from overdoor.api.hosts import with_good_host
from overdoor.api.openapi import callbacks as callbacks_words
from overdoor.api.openapi import chat as chat_words
from overdoor.api.openapi import door as openapi
from overdoor.api.openapi import files as files_words
from overdoor.api.openapi import jobs as jobs_words
from overdoor.api.openapi import openai as openai_words
from overdoor.api.openapi import service as service_words
from overdoor.api.origins import apart
from overdoor.api.requests import logged
from overdoor.config import Settings
from overdoor.mcp_server import http as mcp
from overdoor.mcp_server import openapi as mcp_words
from overdoor.wiring import Surroundings, open_gateway

OPERATIONS = (
    *jobs_words.OPERATIONS,
    *callbacks_words.OPERATIONS,
    *chat_words.OPERATIONS,
    *openai_words.OPERATIONS,
    *mcp_words.OPERATIONS,
    *files_words.OPERATIONS,
    *service_words.OPERATIONS,
)

_SCHEMAS = {
    **jobs_words.SCHEMAS,
    **callbacks_words.SCHEMAS,
    **chat_words.SCHEMAS,
    **openai_words.SCHEMAS,
    **mcp_words.SCHEMAS,
    **files_words.SCHEMAS,
}


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
        openapi_config=None,  # api/openapi describes every door; Litestar would see only types, and none are declared
        logging_config=None,
        request_max_body_size=None,  # each door reads its body with its own limit
    )
    app.asgi_handler = logged(
        with_good_host(apart(app.asgi_handler, settings))
    )  # outside the router, so that unknown paths get an id and a line too
    return app


def begin_to_stop(app: Litestar) -> None:
    """Say so at /readyz, and answer or end everybody who waits for a task."""
    app.state.stopping.set()
    app.state.gateway.waiting.release_all()


def _routes() -> Sequence[Any]:
    doors = [health, echo, jobs, callbacks, mcp, chat, images, models, providers, responses, files, assets]
    return [*(handler for door in doors for handler in door.routes), *openapi.routes(OPERATIONS, _SCHEMAS)]
