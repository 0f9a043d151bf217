"""SQLite with group commit: statements run on the event loop, what waits for a disk or a lock beside it.

Every write transaction begins IMMEDIATE and is synced (`synchronous=FULL`); up to 256 waiting functions share one
commit, each in a savepoint, so that one refusal does not fail the others. A statement takes microseconds, and a thread
of its own for it fights the loop for Python's lock at each; so only the commit (fsync), a begin that must wait for
another process, and bulk work go to the writer thread. Several processes may use one file at once.

Statements go straight to `sqlite3`: SQLAlchemy's execution context cost three times what SQLite itself does
(docs/decisions/002-transactions.md).
"""

import asyncio
import sqlite3
import threading
import time
from collections import deque, namedtuple
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from overdoor.errors import DatabaseAway
from overdoor.storage.db import Conflict, Dialect, Lane, Row, Sql, Tx
from overdoor.storage.group import Job, resolve
from overdoor.storage.migrate import migrate_sqlite

T = TypeVar("T")

BUSY_TIMEOUT_S = 10.0
WATCH_INTERVAL_S = 0.2
_GROUP_MOST = 256  # functions in one commit
_GROUP_LONGEST_S = 0.005  # after which a group is committed although more wait: so long it may hold the event loop
_TURN_S = 0.001  # for another process that waits for the lock; SQLite's own waiting is not fair
_CHECKPOINT_EVERY_S = 0.25  # while there are writes; what is left for the writer's own checkpoint is little then
_READERS = 4
_CACHE_KB = 16 * 1024  # of pages, for each connection, where they are not mapped
_MAPPED_BYTES = 256 * 1024 * 1024
_STATEMENTS = 256  # prepared and kept by each connection; more than the product has
_AWAY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}


async def open_sqlite(path: Path) -> "SqliteDatabase":
    """Open (and make, and migrate) the database file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    await asyncio.get_running_loop().run_in_executor(None, migrate_sqlite, path)
    return SqliteDatabase(path)


class SqliteTx:
    """See `overdoor.storage.db.Tx`."""

    __slots__ = ("_connection", "after", "announced", "dialect")

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.dialect: Dialect = "sqlite"
        self.after: list[Callable[[], None]] = []
        self.announced: list[str] = []

    def run(self, statement: Sql, **values: object) -> int:
        return self._execute(statement, values).rowcount

    def one(self, statement: Sql, **values: object) -> Row | None:
        cursor = self._execute(statement, values)
        row = cursor.fetchone()
        return None if row is None else _row_type(statement, cursor)(row)

    def all(self, statement: Sql, **values: object) -> Sequence[Row]:
        cursor = self._execute(statement, values)
        rows = cursor.fetchall()
        return list(map(_row_type(statement, cursor), rows)) if rows else []

    def scalar(self, statement: Sql, **values: object) -> Any:
        row = self._execute(statement, values).fetchone()
        return None if row is None else row[0]

    def after_commit(self, callback: Callable[[], None]) -> None:
        self.after.append(callback)

    def announce(self, task_id: str) -> None:
        self.announced.append(task_id)

    def _execute(self, statement: Sql, values: dict[str, object]) -> sqlite3.Cursor:
        try:
            return self._connection.execute(statement.sqlite, values)
        except sqlite3.IntegrityError as error:
            raise Conflict(str(error)) from error


class SqliteDatabase:
    """See `overdoor.storage.db.Database`. Bound to the event loop that opens it."""

    dialect: Dialect = "sqlite"

    def __init__(self, path: Path) -> None:
        self._path = path
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[Job] = deque()
        self._ears: list[Callable[[Collection[str] | None], None]] = []
        self._connection: sqlite3.Connection | None = None  # opened by the first write
        self._writing: asyncio.Task[None] | None = None  # while anything waits
        self._beside = ThreadPoolExecutor(1, thread_name_prefix="overdoor-writer")
        self._written = threading.Event()  # something was committed that no checkpoint has seen
        self._closing = threading.Event()
        self._checkpointer = threading.Thread(target=self._checkpoint_forever, name="overdoor-checkpoint", daemon=True)
        self._checkpointer.start()
        self._local = threading.local()
        self._reader_connections: list[sqlite3.Connection] = []
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="overdoor-reader")
        self._listeners: list[Callable[[], None]] = []
        self._watcher: asyncio.Task[None] | None = None
        self._closed = False

    async def write(self, work: Callable[[Tx], T], *, lane: Lane = "background") -> T:
        if self._closed:
            raise RuntimeError("the database is closed")
        future: asyncio.Future[T] = self._loop.create_future()
        self._waiting.append(Job(work, future, lane))
        if self._writing is None or self._writing.done():
            self._writing = self._loop.create_task(self._write_all())
        return await future

    async def read(self, work: Callable[[Tx], T]) -> T:
        return await self._loop.run_in_executor(self._readers, self._read, work)

    def watch(self, listener: Callable[[], None]) -> None:
        self._listeners.append(listener)
        if self._watcher is None:
            self._watcher = self._loop.create_task(self._watch())

    def listen(self, listener: Callable[[Collection[str] | None], None]) -> None:
        """Other processes' commits are noticed, but not what is in them."""
        self._ears.append(listener)
        self.watch(lambda: listener(None))

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        if self._watcher is not None:
            self._watcher.cancel()
            await asyncio.gather(self._watcher, return_exceptions=True)
        if self._writing is not None:
            await asyncio.gather(self._writing, return_exceptions=True)
        await self._loop.run_in_executor(None, self._beside.shutdown)
        if self._connection is not None:
            self._connection.close()
        self._closing.set()
        self._written.set()
        await self._loop.run_in_executor(None, self._checkpointer.join)
        await self._loop.run_in_executor(None, self._readers.shutdown)
        for connection in self._reader_connections:
            connection.close()

    async def _write_all(self) -> None:
        """Group after group, until nobody waits."""
        while self._waiting:
            group: list[Job] = []
            try:
                await self._write_group(group)
            except BaseException as error:  # noqa: BLE001 - whatever it is, every waiting caller must hear of it
                if not group:  # it could not even begin
                    group.extend(self._waiting)
                    self._waiting.clear()
                told = _told(error)
                for job in group:
                    job.error = told
                if self._connection is not None and self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
            resolve(group, self._ears)

    async def _write_group(self, group: list[Job]) -> None:
        if self._connection is None:
            self._connection = await self._in_writer(partial(connect, self._path, read_only=False))
            self._connection.execute("PRAGMA busy_timeout=0")  # who waits, and how, is decided here
        connection = self._connection
        contended = not _has_begun(connection)
        if contended:
            await self._in_writer(partial(_begin, connection))
        until = time.monotonic() + _GROUP_LONGEST_S
        while self._waiting and len(group) < _GROUP_MOST and time.monotonic() < until:
            job = self._waiting.popleft()
            group.append(job)
            if job.lane == "bulk":
                await self._in_writer(partial(_run_in_savepoint, connection, job))
            else:
                _run_in_savepoint(connection, job)
        await self._in_writer(partial(connection.execute, "COMMIT"))
        self._written.set()
        if contended:
            await asyncio.sleep(_TURN_S)

    async def _in_writer(self, step: Callable[[], T]) -> T:
        """What the step returns, from the writer thread. A cancel waits: a connection must not serve two threads."""
        running = self._beside.submit(step)
        try:
            return await asyncio.wrap_future(running)
        except asyncio.CancelledError:
            while not running.done():
                with suppress(asyncio.CancelledError):
                    await asyncio.sleep(_TURN_S)
            return running.result()

    def _checkpoint_forever(self) -> None:
        """Copy what was committed into the file, beside the writer: at 10,000 pages its own checkpoint is soon done."""
        connection = connect(self._path, read_only=False)
        try:
            while self._written.wait() and not self._closing.wait(_CHECKPOINT_EVERY_S):
                self._written.clear()
                connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        finally:
            connection.close()

    def _read(self, work: Callable[[Tx], T]) -> T:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = connect(self._path, read_only=True)
            self._reader_connections.append(connection)
        connection.execute("BEGIN")
        try:
            return work(SqliteTx(connection))
        finally:
            connection.execute("ROLLBACK")

    async def _watch(self) -> None:
        connection = connect(self._path, read_only=True)
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


def connect(path: Path, *, read_only: bool) -> sqlite3.Connection:
    """A connection in autocommit, so that every BEGIN and COMMIT is ours."""
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={'ro' if read_only else 'rwc'}",
        uri=True,
        timeout=BUSY_TIMEOUT_S,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=_STATEMENTS,
    )
    own = (
        ("query_only=ON",)
        if read_only
        else ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "wal_autocheckpoint=10000")
    )
    for pragma in (*own, f"cache_size=-{_CACHE_KB}", f"mmap_size={_MAPPED_BYTES}"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def _has_begun(connection: sqlite3.Connection) -> bool:
    """False where another process writes just now."""
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
            raise
        return False
    return True


def _begin(connection: sqlite3.Connection) -> None:
    """Begin when the other process is done. SQLite itself would ask ten times a second, and hardly ever find a gap."""
    deadline = time.monotonic() + BUSY_TIMEOUT_S
    while not _has_begun(connection):
        if time.monotonic() > deadline:
            raise DatabaseAway
        time.sleep(_TURN_S)


def _told(error: BaseException) -> BaseException:
    """The error as the callers of a whole group hear of it."""
    if isinstance(error, sqlite3.IntegrityError):  # a deferred constraint
        return Conflict(str(error))
    if isinstance(error, sqlite3.OperationalError) and (error.sqlite_errorcode & 0xFF) in _AWAY:
        away = DatabaseAway()
        away.__cause__ = error
        return away
    return error


def _row_type(statement: Sql, cursor: sqlite3.Cursor) -> Callable[[Iterable[Any]], Row]:
    """What makes rows of this statement; made once for each, when its columns are known."""
    if statement.row_type is None:
        names = [column[0] for column in cursor.description]
        row = namedtuple("Row", names, rename=True)  # pyright: ignore[reportUntypedNamedTuple] - columns are known only now
        statement.row_type = row._make
    return statement.row_type


def _run_in_savepoint(connection: sqlite3.Connection, job: Job) -> None:
    tx = SqliteTx(connection)
    connection.execute("SAVEPOINT job")
    try:
        job.value = job.work(tx)
        job.after, job.announced = tx.after, tx.announced
    except BaseException as error:  # noqa: BLE001 - raised again at the caller's await
        job.error = error
        connection.execute("ROLLBACK TO job")
    connection.execute("RELEASE job")
