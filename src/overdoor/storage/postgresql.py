"""PostgreSQL through psycopg 3: each transaction runs on a thread with a connection of its own.

A transaction is one synchronous function, so a synchronous connection serves it best; SQLAlchemy carries the migrations
only (docs/decisions/002-transactions.md).
"""

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import psycopg
from psycopg.rows import namedtuple_row
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from overdoor.storage.db import Conflict, Dialect, Row, Sql, Tx
from overdoor.storage.migrate import migrate_postgresql

T = TypeVar("T")

Raw = psycopg.Connection[Any]

_WRITERS = 4  # connections; more make a hot account slower: its row is a lock queue
_READERS = 4
_ATTEMPTS = 5  # of a transaction that the database broke off, or that never began
_CONNECT_TIMEOUT_S = 10
_WATCH_INTERVAL_S = 0.4


async def open_postgresql(url: str) -> "PostgresqlDatabase":
    """Open and migrate the database behind `url` (postgresql://…)."""
    engine = create_async_engine("postgresql+psycopg://" + url.split("://", 1)[1], poolclass=NullPool)
    try:
        await migrate_postgresql(engine)
    finally:
        await engine.dispose()
    return PostgresqlDatabase(url)


class PostgresqlTx:
    """See `overdoor.storage.db.Tx`. raw: for what must run on this very connection (the fleet engine's enqueue)."""

    __slots__ = ("after", "dialect", "raw")

    def __init__(self, raw: Raw) -> None:
        self.raw = raw
        self.dialect: Dialect = "postgresql"
        self.after: list[Callable[[], None]] = []

    def run(self, statement: Sql, **values: object) -> int:
        return self._execute(statement, values).rowcount

    def one(self, statement: Sql, **values: object) -> Row | None:
        return self._execute(statement, values).fetchone()

    def all(self, statement: Sql, **values: object) -> Sequence[Row]:
        return self._execute(statement, values).fetchall()

    def scalar(self, statement: Sql, **values: object) -> Any:
        row = self._execute(statement, values).fetchone()
        return None if row is None else row[0]

    def after_commit(self, callback: Callable[[], None]) -> None:
        self.after.append(callback)

    def _execute(self, statement: Sql, values: dict[str, object]) -> psycopg.Cursor[Any]:
        try:
            return self.raw.execute(statement.postgresql.encode(), values or None)
        except psycopg.errors.IntegrityError as error:
            raise Conflict(str(error)) from error


class PostgresqlDatabase:
    """See `overdoor.storage.db.Database`. Bound to the event loop that opens it."""

    dialect: Dialect = "postgresql"

    def __init__(self, url: str) -> None:
        self._loop = asyncio.get_running_loop()
        self._writers = _Connections(url, most=_WRITERS, begin=b"BEGIN")
        self._readers = _Connections(url, most=_READERS, begin=b"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        self._listeners: list[Callable[[], None]] = []
        self._watcher: asyncio.Task[None] | None = None

    async def write(self, work: Callable[[Tx], T]) -> T:
        # shielded: a caller that leaves does not undo its transaction
        return await asyncio.shield(self._loop.run_in_executor(self._writers.threads, self._write, work))

    async def read(self, work: Callable[[Tx], T]) -> T:
        value, _ = await self._loop.run_in_executor(self._readers.threads, self._readers.carry_out, work)
        return value

    def watch(self, listener: Callable[[], None]) -> None:
        """PostgreSQL does not tell of commits; the listener is simply called every 400 ms."""
        self._listeners.append(listener)
        if self._watcher is None:
            self._watcher = self._loop.create_task(self._watch())

    async def close(self) -> None:
        if self._watcher is not None:
            self._watcher.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watcher
        for connections in (self._writers, self._readers):
            await self._loop.run_in_executor(None, connections.close)

    def _write(self, work: Callable[[Tx], T]) -> T:
        value, after = self._writers.carry_out(work)
        for callback in after:
            self._loop.call_soon_threadsafe(callback)  # before the caller goes on; one that raises stops no other
        return value

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_WATCH_INTERVAL_S)
            for listener in self._listeners:
                listener()


class _Connections:
    """A few threads, each with one connection that it opens when it first needs it."""

    def __init__(self, url: str, *, most: int, begin: bytes) -> None:
        self.threads = ThreadPoolExecutor(most, thread_name_prefix="overdoor-postgresql")
        self._url = url
        self._begin = begin
        self._local = threading.local()
        self._opened: list[Raw] = []

    def carry_out(self, work: Callable[[Tx], T]) -> tuple[T, list[Callable[[], None]]]:
        """Run `work` in a transaction on this thread's connection; again where that is certainly right."""
        attempt = 1
        while True:
            try:
                return self._once(work)
            except (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure):
                if attempt == _ATTEMPTS:
                    raise
            time.sleep(0.01 * 2**attempt)
            attempt += 1

    def close(self) -> None:
        """Wait for what runs, and hang up."""
        self.threads.shutdown()
        for connection in self._opened:
            connection.close()

    def _once(self, work: Callable[[Tx], T]) -> tuple[T, list[Callable[[], None]]]:
        raw = self._begun()
        tx = PostgresqlTx(raw)
        try:
            value = work(tx)
        except BaseException:
            with contextlib.suppress(psycopg.OperationalError):
                raw.execute(b"ROLLBACK")
            raise
        raw.execute(b"COMMIT")
        return value, tx.after

    def _begun(self) -> Raw:
        """This thread's connection in a new transaction; a fresh one where the old one died (a server's restart)."""
        raw: Raw | None = getattr(self._local, "connection", None)
        if raw is not None:
            try:
                raw.execute(self._begin)
            except psycopg.OperationalError:
                self._opened.remove(raw)
                raw.close()
            else:
                return raw
        raw = psycopg.connect(
            self._url, autocommit=True, row_factory=namedtuple_row, connect_timeout=_CONNECT_TIMEOUT_S
        )
        self._local.connection = raw
        self._opened.append(raw)
        raw.execute(self._begin)
        return raw
