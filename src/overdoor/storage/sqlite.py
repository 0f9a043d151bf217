"""SQLite behind one writer thread with group commit, and a few threads that read.

Every write transaction begins IMMEDIATE and is synced (`synchronous=FULL`); up to 256 waiting functions share one commit,
each in a savepoint, so that one refusal does not fail the others. Several processes may use one file at once.
"""

import asyncio
import queue
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.pool import NullPool

from overdoor.storage.db import Dialect, Tx
from overdoor.storage.migrate import migrate_sqlite

T = TypeVar("T")

BUSY_TIMEOUT_S = 10.0
WATCH_INTERVAL_S = 0.2
_GROUP_MOST = 256  # functions in one commit
_GROUP_LONGEST_S = 0.02  # after which a group is committed although more wait
_READERS = 4
_CONTENDED_S = 0.005  # a BEGIN that waited longer had another process before it


async def open_sqlite(path: Path) -> "SqliteDatabase":
    """Open (and make, and migrate) the database file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    await asyncio.get_running_loop().run_in_executor(None, migrate_sqlite, path)
    return SqliteDatabase(path)


@dataclass(slots=True)
class _Job:
    work: Callable[[Tx], Any]
    future: asyncio.Future[Any]
    tx: Tx | None = None
    value: Any = None
    error: BaseException | None = None


class SqliteDatabase:
    """See `overdoor.storage.db.Database`. Bound to the event loop that opens it."""

    dialect: Dialect = "sqlite"

    def __init__(self, path: Path) -> None:
        self._path = path
        self._loop = asyncio.get_running_loop()
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._writer = threading.Thread(target=self._write_forever, name="overdoor-writer", daemon=True)
        self._writer.start()
        self._local = threading.local()
        self._reader_connections: list[Connection] = []
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="overdoor-reader")
        self._listeners: list[Callable[[], None]] = []
        self._watcher: asyncio.Task[None] | None = None
        self._closed = False

    async def write(self, work: Callable[[Tx], T]) -> T:
        if self._closed:
            raise RuntimeError("the database is closed")
        future: asyncio.Future[T] = self._loop.create_future()
        self._jobs.put(_Job(work, future))
        return await future

    async def read(self, work: Callable[[Tx], T]) -> T:
        return await self._loop.run_in_executor(self._readers, self._read, work)

    def watch(self, listener: Callable[[], None]) -> None:
        self._listeners.append(listener)
        if self._watcher is None:
            self._watcher = self._loop.create_task(self._watch())

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        if self._watcher is not None:
            self._watcher.cancel()
            await asyncio.gather(self._watcher, return_exceptions=True)
        self._jobs.put(None)
        await self._loop.run_in_executor(None, self._writer.join)
        await self._loop.run_in_executor(None, self._readers.shutdown)
        for connection in self._reader_connections:
            connection.close()

    def _write_forever(self) -> None:
        connection = connect(self._path, read_only=False)
        try:
            while (job := self._jobs.get()) is not None:
                group, stopping = self._run_group(connection, job)
                self._loop.call_soon_threadsafe(_resolve, group)
                if stopping:
                    return
        finally:
            connection.close()

    def _run_group(self, connection: Connection, first: _Job) -> tuple[list[_Job], bool]:
        group = [first]
        stopping = False
        try:
            asked_at = time.monotonic()
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            began_at = time.monotonic()
            contended = began_at - asked_at > _CONTENDED_S
            _run_in_savepoint(connection, first)
            while len(group) < _GROUP_MOST and time.monotonic() - began_at < _GROUP_LONGEST_S:
                try:
                    job = self._jobs.get_nowait()
                except queue.Empty:
                    break
                if job is None:
                    stopping = True
                    break
                group.append(job)
                _run_in_savepoint(connection, job)
            connection.exec_driver_sql("COMMIT")
            if contended:
                time.sleep(0.001)  # another process waits for the lock; SQLite's own waiting is not fair
        except BaseException as error:  # noqa: BLE001 - whatever it is, every waiting caller must hear of it
            for job in group:
                job.error = error
            if cast("sqlite3.Connection", connection.connection.driver_connection).in_transaction:
                connection.exec_driver_sql("ROLLBACK")
        return group, stopping

    def _read(self, work: Callable[[Tx], T]) -> T:
        connection: Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = connect(self._path, read_only=True)
            self._reader_connections.append(connection)
        connection.exec_driver_sql("BEGIN")
        try:
            return work(Tx(connection, "sqlite"))
        finally:
            connection.exec_driver_sql("ROLLBACK")

    async def _watch(self) -> None:
        connection = sqlite3.connect(f"{self._path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
        try:
            seen: int | None = None
            while True:
                version = connection.execute("PRAGMA data_version").fetchone()[0]  # 3 µs, no disk
                if seen is not None and version != seen:
                    for listener in self._listeners:
                        listener()
                seen = version
                await asyncio.sleep(WATCH_INTERVAL_S)
        finally:
            connection.close()


def connect(path: Path, *, read_only: bool) -> Connection:
    """A connection in autocommit, so that every BEGIN and COMMIT is ours."""
    url = f"sqlite:///file:{path.absolute()}?uri=true&mode={'ro' if read_only else 'rwc'}"
    engine = create_engine(
        url,
        poolclass=NullPool,
        isolation_level="AUTOCOMMIT",
        connect_args={"timeout": BUSY_TIMEOUT_S, "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def set_pragmas(raw: sqlite3.Connection, _: object) -> None:
        if read_only:
            raw.execute("PRAGMA query_only=ON")
            return
        raw.execute("PRAGMA journal_mode=WAL")
        raw.execute("PRAGMA synchronous=FULL")
        raw.execute("PRAGMA foreign_keys=ON")

    return engine.connect()


def _run_in_savepoint(connection: Connection, job: _Job) -> None:
    job.tx = Tx(connection, "sqlite")
    connection.exec_driver_sql("SAVEPOINT job")
    try:
        job.value = job.work(job.tx)
    except BaseException as error:  # noqa: BLE001 - raised again at the caller's await
        job.error = error
        connection.exec_driver_sql("ROLLBACK TO job")
    connection.exec_driver_sql("RELEASE job")


def _resolve(group: list[_Job]) -> None:
    """Tell every caller of a group. Callbacks run before the caller goes on, and one that raises stops no other."""
    loop = asyncio.get_running_loop()
    for job in group:
        if job.error is None and job.tx is not None:
            for callback in job.tx.after:
                loop.call_soon(callback)
        if job.future.done():  # the caller has gone; the transaction stands
            continue
        if job.error is not None:
            job.future.set_exception(job.error)
        else:
            job.future.set_result(job.value)
