"""Running an engine in a test, and seeing what it delivers."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

from overdoor.config import Settings
from overdoor.engine.contract import Again, Done, Engine
from overdoor.storage.db import Database

PATIENCE_S = 15.0  # far above what anything here takes; a test that waits longer has failed

Answer = Done | Again | Exception
Answers = Callable[[str], Answer]


def make_engine(database: Database, settings: Settings, *, own_only: bool = False) -> Engine:
    """The driver that belongs to the database."""
    if settings.database_url is None:
        from overdoor.engine.embedded import EmbeddedEngine

        return EmbeddedEngine(database, own_only=own_only)
    from overdoor.engine.fleet import FleetEngine

    return FleetEngine(database, settings.database_url, own_only=own_only)


class Deliveries:
    """What a handler was given, in order. answers: what it says each time; it is asked with the id."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self._queue: asyncio.Queue[str] = asyncio.Queue()

    async def handle(self, item_id: str) -> Done | Again:
        """The handler."""
        self._queue.put_nowait(item_id)
        match self._answers(item_id):
            case Exception() as error:
                raise error
            case answer:
                return answer

    async def next(self) -> str:
        """The next delivered id."""
        async with asyncio.timeout(PATIENCE_S):
            return await self._queue.get()

    async def until(self, item_id: str) -> list[str]:
        """Everything delivered up to and with this id."""
        seen = [await self.next()]
        while seen[-1] != item_id:
            seen.append(await self.next())
        return seen


@asynccontextmanager
async def carrying(engine: Engine, answers: Answers | None = None) -> AsyncGenerator[Deliveries]:
    """The engine delivers inside this block; without `answers` everything is done at once."""
    deliveries = Deliveries(answers or (lambda _: Done()))
    running = asyncio.create_task(engine.run(deliveries.handle))
    try:
        yield deliveries
    finally:
        await engine.stop()
        async with asyncio.timeout(PATIENCE_S):
            await running


def in_turn(*answers: Answer) -> Answers:
    """These answers one after the other, whatever the id; Done at last."""
    left = list(answers)
    return lambda _: left.pop(0) if left else Done()
