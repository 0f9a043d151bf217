"""A process that carries tasks and nothing else: says when it is ready, and stops in order."""

import asyncio
import signal
from dataclasses import replace

import uvloop

from overdoor.config import Settings
from overdoor.wiring import Surroundings, open_gateway

_LOOK_EVERY_S = 1.0


def run_worker(settings: Settings, surroundings: Surroundings | None = None) -> None:
    """Carry tasks until SIGINT or SIGTERM; everything is closed and every lease given back when this returns.

    Raises:
        StartRefused
        RuntimeError: the engine ended by itself; the log says why.
    """
    around = replace(surroundings or Surroundings(), makes_first_key=False)  # nobody would be shown it
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_work(settings, around))


async def _work(settings: Settings, surroundings: Surroundings) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()

    def stop() -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)  # a second signal ends at once
        stopping.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    async with open_gateway(settings, surroundings) as gateway:
        place = settings.data if settings.database_url is None else "the PostgreSQL database"
        print(f"Overdoor {gateway.worker} is ready and carries the tasks of {place}", flush=True)
        while not stopping.is_set():
            if not gateway.is_carrying():
                raise RuntimeError("the engine has ended: restart the worker")
            await _at_most(stopping, _LOOK_EVERY_S)


async def _at_most(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
