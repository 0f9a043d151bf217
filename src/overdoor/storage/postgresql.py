"""PostgreSQL through psycopg 3: the same synchronous functions, run under `AsyncConnection.run_sync`."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import psycopg
from sqlalchemy import Connection
from sqlalchemy.engine import CursorResult
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from overdoor.storage.db import Conflict, Dialect, Row, Sql, Tx
from overdoor.storage.migrate import migrate_postgresql

T = TypeVar("T")

_POOL_SIZE = 8  # a larger pool makes a hot account slower: its row is a lock queue
_ATTEMPTS = 4  # of a transaction that the database itself broke off
_WATCH_INTERVAL_S = 0.4


async def open_postgresql(url: str) -> "PostgresqlDatabase":
    """Open and migrate the database behind `url` (postgresql://…)."""
    engine = create_async_engine(driver_url(url), pool_size=_POOL_SIZE, max_overflow=0, pool_pre_ping=True)
    try:
        await migrate_postgresql(engine)
    except BaseException:
        await engine.dispose()
        raise
    return PostgresqlDatabase(engine)


def driver_url(url: str) -> str:
    """The same address with the driver that SQLAlchemy shall use."""
    return "postgresql+psycopg://" + url.split("://", 1)[1]


class PostgresqlTx:
    """See `overdoor.storage.db.Tx`. connection: for what must run inside this very transaction (the fleet engine)."""

    __slots__ = ("after", "connection", "dialect")

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.dialect: Dialect = "postgresql"
        self.after: list[Callable[[], None]] = []

    def run(self, statement: Sql, **values: object) -> int:
        return self._execute(statement, values).rowcount

    def one(self, statement: Sql, **values: object) -> Row | None:
        return self._execute(statement, values).first()

    def all(self, statement: Sql, **values: object) -> Sequence[Row]:
        return self._execute(statement, values).all()

    def scalar(self, statement: Sql, **values: object) -> Any:
        return self._execute(statement, values).scalar()

    def after_commit(self, callback: Callable[[], None]) -> None:
        self.after.append(callback)

    def _execute(self, statement: Sql, values: dict[str, object]) -> CursorResult[Any]:
        try:
            return self.connection.exec_driver_sql(statement.postgresql, values or None)
        except IntegrityError as error:
            raise Conflict(str(error.orig)) from error


class PostgresqlDatabase:
    """See `overdoor.storage.db.Database`."""

    dialect: Dialect = "postgresql"

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self._listeners: list[Callable[[], None]] = []
        self._watcher: asyncio.Task[None] | None = None
        self._running: set[asyncio.Future[Any]] = set()

    async def write(self, work: Callable[[Tx], T]) -> T:
        running = asyncio.ensure_future(self._write(work))  # a caller that leaves does not undo its transaction
        self._running.add(running)
        running.add_done_callback(self._running.discard)
        return await asyncio.shield(running)

    async def _write(self, work: Callable[[Tx], T]) -> T:
        attempt = 1
        while True:
            try:
                value, tx = await self._write_once(work)
                break
            except DBAPIError as error:
                if attempt == _ATTEMPTS or not _broken_off(error):
                    raise
                await asyncio.sleep(0.01 * 2**attempt)
                attempt += 1
        loop = asyncio.get_running_loop()
        for callback in tx.after:
            loop.call_soon(callback)  # before the caller goes on; one that raises stops no other
        return value

    async def _write_once(self, work: Callable[[Tx], T]) -> tuple[T, PostgresqlTx]:
        def run(connection: Connection) -> tuple[T, PostgresqlTx]:
            tx = PostgresqlTx(connection)
            return work(tx), tx

        async with self.engine.begin() as connection:
            return await connection.run_sync(run)

    async def read(self, work: Callable[[Tx], T]) -> T:
        async with self.engine.connect() as connection:
            reading = await connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            return await reading.run_sync(lambda sync: work(PostgresqlTx(sync)))

    def watch(self, listener: Callable[[], None]) -> None:
        """PostgreSQL does not tell of commits; the listener is simply called every 400 ms."""
        self._listeners.append(listener)
        if self._watcher is None:
            self._watcher = asyncio.get_running_loop().create_task(self._watch())

    async def close(self) -> None:
        if self._watcher is not None:
            self._watcher.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watcher
        await asyncio.gather(*self._running, return_exceptions=True)
        await self.engine.dispose()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_WATCH_INTERVAL_S)
            for listener in self._listeners:
                listener()


def _broken_off(error: DBAPIError) -> bool:
    """The transaction was a deadlock's or a serialization's victim: running it again is right."""
    return isinstance(error.orig, psycopg.errors.DeadlockDetected | psycopg.errors.SerializationFailure)
