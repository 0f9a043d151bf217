"""The HTTP server around the application: says when it is ready, and stops in order."""

import asyncio
import gc
import shlex
import socket
from collections.abc import Callable
from dataclasses import replace
from types import FrameType

import uvicorn
import uvloop

from overdoor.app import begin_to_stop, create_app
from overdoor.config import Settings, bind_url
from overdoor.wiring import Gateway, Surroundings

GRACE_S = 10  # for running answers once the server was asked to stop; closing the rest takes a second more
_GC_THRESHOLDS = (20_000, 20, 20)  # the default of 700 costs a tenth of the time under load
_BACKLOG = 2048  # connections that wait to be accepted


def _print(greeting: str) -> None:
    print(greeting, flush=True)


def run_server(
    settings: Settings,
    listener: socket.socket,
    surroundings: Surroundings | None = None,
    *,
    announce: Callable[[str], None] = _print,
) -> None:
    """Serve on the bound `listener` until SIGINT or SIGTERM; everything is closed when this returns.

    announce: gets the greeting once the server is ready.

    Raises:
        StartRefused
    """
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(settings, listener, surroundings, announce))


class _Server(uvicorn.Server):
    """Tells when it listens, and tells the application first when it is asked to stop."""

    def __init__(self, config: uvicorn.Config, *, on_ready: Callable[[], None], on_stop: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready, self._on_stop = on_ready, on_stop
        self._loop = asyncio.get_running_loop()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to stop; a second signal ends at once.

        The base class would raise the signal again at the end, but a stop that was asked for is no failure.
        """
        if self.should_exit:
            self.force_exit = True
            return
        self.should_exit = True
        self._loop.call_soon_threadsafe(self._on_stop)


async def _serve(
    settings: Settings, listener: socket.socket, surroundings: Surroundings | None, announce: Callable[[str], None]
) -> None:
    app = create_app(settings, surroundings)
    config = uvicorn.Config(
        app,
        http="httptools",
        ws="none",
        lifespan="off",  # entered below, so that a refused start keeps its own exception
        log_config=None,
        access_log=False,
        server_header=False,
        backlog=_BACKLOG,
        timeout_graceful_shutdown=GRACE_S,
    )
    try:
        async with app.lifespan():
            server = _Server(
                config,
                on_ready=lambda: _be_ready(settings, app.state.gateway, announce),
                on_stop=lambda: begin_to_stop(app),
            )
            await server.serve(sockets=[listener])
    except BaseExceptionGroup as group:  # the framework's task group wraps whatever ends its lifespan
        raise _only(group) from None


def _be_ready(settings: Settings, gateway: Gateway, announce: Callable[[str], None]) -> None:
    gc.collect()
    gc.freeze()  # what lives as long as the process need not be looked at again and again
    gc.set_threshold(*_GC_THRESHOLDS)
    announce("\n".join(_greeting(settings, gateway)))


def _only(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error


def _greeting(settings: Settings, gateway: Gateway) -> list[str]:
    here = bind_url(replace(settings, public_url=None))
    lines = [f"Overdoor is ready at {here}"]
    if settings.public_url is not None:
        lines.append(f"Links name it {settings.public_url}")
    lines.append(f"Data lies in {settings.data}")
    if gateway.carries == "none":
        lines.append("It carries no tasks: `overdoor worker` does that, on the same data")
    if gateway.first_key is None:
        lines.append(f"Make a key: overdoor keys create NAME --mode test --data {shlex.quote(str(settings.data))}")
        return lines
    key = gateway.first_key.secret
    return [*lines, f"The first test key, shown only now: {key}", "Try it:", _example(here, key)]


def _example(url: str, key: str) -> str:
    body = (
        '{"model":"sandbox/chat","tools":[{"type":"modelgates:image_generation"}],'
        '"messages":[{"role":"user","content":"Create an image of a futuristic city at sunset"}]}'
    )
    return (
        f"curl {url}/api/v1/chat/completions -H 'Authorization: Bearer {key}'"
        f" -H 'Content-Type: application/json' -d '{body}'"
    )
