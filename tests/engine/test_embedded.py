"""What only the embedded driver promises: it hears of other processes through the database's watcher."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from overdoor.config import Settings
from overdoor.engine.embedded import EmbeddedEngine
from overdoor.storage.db import Database, Dialect, Tx
from overdoor.storage.opening import open_database
from tests.support.carrying import carrying, make_engine


@pytest.fixture
def database_url() -> None:
    """SQLite only."""


class Held:
    """A database whose reads are done at once and answered when the test says so; changes are reported by the test."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.dialect: Dialect = database.dialect
        self.write = database.write
        self.close = database.close
        self.listen = database.listen
        self.report_change: Callable[[], None] = lambda: None
        self.watched = asyncio.Event()
        self.read_done = asyncio.Event()
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    def watch(self, listener: Callable[[], None]) -> None:
        self.report_change = listener
        self.watched.set()

    async def read(self, work: Callable[[Tx], Any]) -> Any:
        rows = await self._database.read(work)
        self.read_done.set()
        await self.may_answer.wait()
        return rows


async def test_a_change_that_comes_while_rows_are_being_read_is_noticed(database: Database, settings: Settings) -> None:
    """Promise: engine.md: what other processes put is noticed within 200 ms, the last of it too."""
    elsewhere = await open_database(settings)
    held = Held(database)
    engine = make_engine(elsewhere, settings)

    async with carrying(EmbeddedEngine(held)) as deliveries:
        await held.watched.wait()
        held.read_done.clear()
        held.may_answer.clear()
        held.report_change()
        await held.read_done.wait()
        await elsewhere.write(lambda tx: engine.enqueue(tx, "late"))
        held.report_change()
        held.may_answer.set()

        assert await deliveries.next() == "late"
    await elsewhere.close()
