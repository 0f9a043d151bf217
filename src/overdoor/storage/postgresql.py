"""PostgreSQL through psycopg 3: one thread that writes and a few that read, each with a connection of its own.

A transaction is one synchronous function, so a synchronous connection serves it best. Up to 32 waiting functions share
one commit; where one of them fails, or waits too long for another node's lock, the group is rolled back and each runs
alone. SQLAlchemy carries the migrations only (docs/decisions/002-transactions.md).
"""

import asyncio
import contextlib
import itertools
import math
import queue
import threading
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import psycopg
from psycopg.rows import namedtuple_row
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from overdoor.errors import DatabaseAway
from overdoor.storage import notices
from overdoor.storage.db import Conflict, Dialect, Lane, Row, Sql, Tx
from overdoor.storage.group import Job, resolve
from overdoor.storage.migrate import migrate_postgresql

T = TypeVar("T")

Raw = psycopg.Connection[Any]

_PATIENCE_S: dict[Lane, float] = {
    "caller": 0.0,
    "background": 1.0,
    "bulk": 1.0,
}  # how much younger a write may overtake it
_LAST = math.inf  # the sign to stop, when everything else is done
_READERS = 4
_GROUP_MOST = 32  # functions in one commit
_LET_GO_WHEN_FROZEN = b"SET idle_in_transaction_session_timeout = '5s'"  # else a frozen process would keep its locks
_BEGIN = b"BEGIN"
_BEGIN_GROUP = b"BEGIN; SET LOCAL lock_timeout = '100ms'"  # two nodes' groups may lock accounts in opposite orders
_BEGIN_SNAPSHOT = b"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_BROKEN_OFF = (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure)
_ATTEMPTS = 5  # of a transaction that the database broke off
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

    __slots__ = ("after", "announced", "dialect", "raw")

    def __init__(self, raw: Raw) -> None:
        self.raw = raw
        self.dialect: Dialect = "postgresql"
        self.after: list[Callable[[], None]] = []
        self.announced: list[str] = []

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

    def announce(self, task_id: str) -> None:
        self.announced.append(task_id)

    def _execute(self, statement: Sql, values: dict[str, object]) -> psycopg.Cursor[Any]:
        try:
            return self.raw.execute(statement.postgresql.encode(), values or None)
        except psycopg.errors.IntegrityError as error:
            raise Conflict(str(error)) from error


class PostgresqlDatabase:
    """See `overdoor.storage.db.Database`. Bound to the event loop that opens it."""

    dialect: Dialect = "postgresql"

    def __init__(self, url: str) -> None:
        self._url = url
        self._loop = asyncio.get_running_loop()
        self._jobs: queue.PriorityQueue[tuple[float, int, Job | None]] = queue.PriorityQueue()
        self._numbers = itertools.count()
        self._writing = _Session(url)
        self._ears: list[Callable[[Collection[str] | None], None]] = []
        self._writer = threading.Thread(target=self._write_forever, name="overdoor-writer", daemon=True)
        self._writer.start()
        self._local = threading.local()
        self._reading: list[_Session] = []
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="overdoor-reader")
        self._listeners: list[Callable[[], None]] = []
        self._watcher: asyncio.Task[None] | None = None
        self._hearing: asyncio.Task[None] | None = None
        self._closed = False

    async def write(self, work: Callable[[Tx], T], *, lane: Lane = "background") -> T:
        if self._closed:
            raise RuntimeError("the database is closed")
        future: asyncio.Future[T] = self._loop.create_future()
        self._jobs.put((time.monotonic() + _PATIENCE_S[lane], next(self._numbers), Job(work, future)))
        return await future

    async def read(self, work: Callable[[Tx], T]) -> T:
        return await self._loop.run_in_executor(self._readers, self._read, work)

    def watch(self, listener: Callable[[], None]) -> None:
        """PostgreSQL does not tell of commits; the listener is simply called every 400 ms."""
        self._listeners.append(listener)
        if self._watcher is None:
            self._watcher = self._loop.create_task(self._watch())

    def listen(self, listener: Callable[[Collection[str] | None], None]) -> None:
        self._ears.append(listener)
        if self._hearing is None:
            hearing = notices.hear(self._url, self._tell, is_own=lambda number: number == self._writing.number)
            self._hearing = self._loop.create_task(hearing, name="notices")

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        for chore in (self._watcher, self._hearing):
            if chore is not None:
                chore.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await chore
        self._jobs.put((_LAST, next(self._numbers), None))
        await self._loop.run_in_executor(None, self._writer.join)
        await self._loop.run_in_executor(None, self._readers.shutdown)
        for session in self._reading:
            session.close()

    def _write_forever(self) -> None:
        session = self._writing
        stopping = False
        try:
            while not stopping and (job := self._jobs.get()[2]) is not None:
                group = [job]
                while len(group) < _GROUP_MOST and not self._jobs.empty():
                    following = self._jobs.get()[2]  # nobody else takes from this queue
                    if following is None:
                        stopping = True
                        break
                    group.append(following)
                _carry_out(session, group)
                self._loop.call_soon_threadsafe(resolve, group, self._ears)
        finally:
            session.close()

    def _read(self, work: Callable[[Tx], T]) -> T:
        session: _Session | None = getattr(self._local, "session", None)
        if session is None:
            session = self._local.session = _Session(self._url)
            self._reading.append(session)
        try:
            value, _ = session.run(work, begin=_BEGIN_SNAPSHOT)
        except psycopg.OperationalError as error:
            raise DatabaseAway from error
        return value

    def _tell(self, changed: Collection[str] | None) -> None:
        for listener in self._ears:
            listener(changed)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_WATCH_INTERVAL_S)
            for listener in self._listeners:
                listener()


class _Session:
    """One thread's connection; a dead one is replaced before the next transaction."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._raw: Raw | None = None
        self.number = 0  # of the backend that serves it, by which its own notices are known

    def begin(self, statement: bytes) -> Raw:
        """The connection in a new transaction. Nothing has happened when this raises."""
        if self._raw is not None:
            try:
                self._raw.execute(statement)
            except psycopg.OperationalError:  # the server was restarted, say
                self.close()
            else:
                return self._raw
        self._raw = psycopg.connect(
            self._url, autocommit=True, row_factory=namedtuple_row, connect_timeout=_CONNECT_TIMEOUT_S
        )
        self.number = self._raw.info.backend_pid
        self._raw.execute(_LET_GO_WHEN_FROZEN)
        self._raw.execute(statement)
        return self._raw

    def run(self, work: Callable[[Tx], T], *, begin: bytes) -> tuple[T, PostgresqlTx]:
        """Run `work` in a transaction of its own; again where the database broke it off for another's sake."""
        attempt = 1
        while True:
            raw = self.begin(begin)
            tx = PostgresqlTx(raw)
            try:
                value = work(tx)
                _commit(raw, tx.announced)
            except BaseException as error:
                self.roll_back()
                if attempt == _ATTEMPTS or not isinstance(error, _BROKEN_OFF):
                    raise
            else:
                return value, tx
            time.sleep(0.01 * 2**attempt)
            attempt += 1

    def roll_back(self) -> None:
        """End the transaction without a trace; a connection that cannot is dropped, which does the same."""
        if self._raw is None:
            return
        try:
            self._raw.execute(b"ROLLBACK")
        except psycopg.Error:
            self.close()

    def close(self) -> None:
        """Hang up."""
        if self._raw is not None:
            self._raw.close()
            self._raw = None


def _commit(raw: Raw, announced: Iterable[str]) -> None:
    """Make it durable, and announce it. PostgreSQL answers COMMIT of a broken transaction with a silent rollback: an
    error here.
    """
    if raw.info.transaction_status is psycopg.pq.TransactionStatus.INERROR:
        raise Conflict("a statement failed, and its error was caught inside the transaction")
    raw.execute(notices.notify_text(announced).encode() + b"COMMIT")


def _carry_out(session: _Session, group: list[Job]) -> None:
    """Run a group in one transaction if that goes well, and each job alone if it does not."""
    if len(group) > 1 and _together(session, group):
        return
    for job in group:
        try:
            job.value, tx = session.run(job.work, begin=_BEGIN)
            job.after, job.announced = tx.after, tx.announced
        except BaseException as error:  # noqa: BLE001 - raised again at the caller's await
            job.error = _told(error)


def _together(session: _Session, group: list[Job]) -> bool:
    """True when all have run and are durable. A failed COMMIT is told to all: its end is not known."""
    try:
        raw = session.begin(_BEGIN_GROUP)
        for job in group:
            tx = PostgresqlTx(raw)
            job.value = job.work(tx)
            job.after, job.announced = tx.after, tx.announced
        if raw.info.transaction_status is psycopg.pq.TransactionStatus.INERROR:  # one has caught an error of its own
            session.roll_back()
            return False
    except BaseException:  # noqa: BLE001 - whatever it is, it comes again when its job runs alone
        session.roll_back()
        return False
    try:
        _commit(raw, [task_id for job in group for task_id in job.announced])
    except BaseException as error:  # noqa: BLE001 - raised again at every caller's await
        session.roll_back()
        for job in group:
            job.error = _told(error)
    return True


def _told(error: BaseException) -> BaseException:
    """The error as the caller hears of it: a lost connection is none of the caller's statements' fault."""
    if not isinstance(error, psycopg.OperationalError):
        return error
    away = DatabaseAway()
    away.__cause__ = error
    return away
