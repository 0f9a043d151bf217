"""Announcements: heard at once in this process, soon in others, and only if they are durable."""

import asyncio
from collections.abc import AsyncIterator, Collection

import psycopg
import pytest

from overdoor.config import Settings
from overdoor.storage.db import Database, Tx
from overdoor.storage.notices import notify_text
from overdoor.storage.opening import open_database
from tests.support.following import PATIENCE_S
from tests.support.tasks import open_account


class Heard:
    """What a listener was told."""

    def __init__(self, database: Database) -> None:
        self._told: asyncio.Queue[Collection[str] | None] = asyncio.Queue()
        database.listen(self._told.put_nowait)

    async def next_ids(self) -> set[str]:
        """The next tasks that were named, past notices that name none."""
        async with asyncio.timeout(PATIENCE_S):
            while (told := await self._told.get()) is None:
                pass
            return set(told)

    async def next(self) -> Collection[str] | None:
        """Whatever is told next."""
        async with asyncio.timeout(PATIENCE_S):
            return await self._told.get()


@pytest.fixture
async def neighbour(database: Database, settings: Settings) -> AsyncIterator[Database]:
    """The same database, as another process has it; opened after the first made the schema."""
    del database
    opened = await open_database(settings)
    yield opened
    await opened.close()


async def test_what_a_transaction_announces_is_heard_once_it_is_durable_and_only_then(database: Database) -> None:
    """Promise: storage/db.py, `Tx.announce`."""
    heard = Heard(database)

    def refused(tx: Tx) -> None:
        tx.announce("task_refused")
        raise LookupError

    with pytest.raises(LookupError):
        await database.write(refused)
    await database.write(lambda tx: (tx.announce("task_a"), tx.announce("task_a")))

    assert await heard.next_ids() == {"task_a"}


async def test_what_another_process_announces_is_heard(database: Database, neighbour: Database) -> None:
    """Promise: storage/db.py, `Database.listen`: SQLite tells that something was committed, PostgreSQL what."""
    heard = Heard(database)
    if database.dialect == "sqlite":
        await asyncio.sleep(0)  # the watcher begins with the present version
    assert database.dialect == "sqlite" or await heard.next() is None  # it listens from here on

    await neighbour.write(_touch)

    if database.dialect == "sqlite":
        assert await heard.next() is None
    else:
        assert await heard.next_ids() == {"task_b"}


@pytest.mark.postgres
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_broken_connection_is_replaced_and_a_look_follows(
    database: Database, neighbour: Database, settings: Settings
) -> None:
    """Promise: storage/notices.py: a broken connection misses notices, so everything is looked at after it."""
    assert settings.database_url is not None
    heard = Heard(database)
    assert await heard.next() is None
    async with await psycopg.AsyncConnection.connect(settings.database_url, autocommit=True) as operator:
        await operator.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")

    assert await heard.next() is None
    for number in range(100):
        await neighbour.write(lambda tx, number=number: tx.announce(f"task_{number}"))
        told = await heard.next()
        if told is not None:
            return
    raise AssertionError("nothing was heard any more")


def test_an_announcement_is_text_that_cannot_be_anything_else() -> None:
    """Promise: storage/notices.py: ids travel inside the text of a statement."""
    with pytest.raises(ValueError, match="letters"):
        notify_text(["task_'; DROP TABLE tasks; --"])
    assert notify_text([]) == ""
    assert notify_text([f"task_{number:026d}" for number in range(400)]).count("NOTIFY") == 3


def _touch(tx: Tx) -> None:
    open_account(tx, available=0)
    tx.announce("task_b")
