"""The fleet engine: Procrastinate on PostgreSQL. Enqueued on our own transaction's connection.

Procrastinate leaves the jobs of a killed worker where they are; a periodic task gives them back (`get_stalled_jobs`,
`retry_job`: its documented way). Waking goes through NOTIFY, with a row and a poll beside it for what a pooler between
us and PostgreSQL swallows.
"""

import asyncio
import contextlib
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import procrastinate
import psycopg
import structlog
from procrastinate import exceptions, jobs
from sqlalchemy.util import await_only

from overdoor.engine.contract import DURABLE_FROM_S, Again, Done, Handler
from overdoor.storage.db import Database, Sql, Tx

_QUEUE = "overdoor"
_MOST_DELIVERIES = 1000  # in one worker process; most of them sleep
_HEARTBEAT_S = 1.0
_STALLED_AFTER_S = 5.0
_RESCUE_EVERY_S = 1.0
_WAKE_POLL_S = 1.0
_LONGEST_BACKOFF_S = 25.0  # below DURABLE_FROM_S: a failing id stays in its worker
_CHANNEL = "overdoor_wake"

_WAKE = Sql("INSERT INTO wakes (id, at_ms) VALUES (:id, {now_ms})")
_NOTIFY = Sql("SELECT pg_notify(:channel, :id)")
_WAKES_SINCE = Sql("SELECT number, id FROM wakes WHERE number > :seen ORDER BY number")
_LAST_WAKE = Sql("SELECT COALESCE(max(number), 0) FROM wakes")
_FORGET_WAKES = Sql("DELETE FROM wakes WHERE at_ms < {now_ms} - 600000")

_log = structlog.get_logger("overdoor.engine")


class FleetEngine:
    """See `overdoor.engine.contract.Engine`. `url` is the database's own address (postgresql://…)."""

    def __init__(self, database: Database, url: str) -> None:
        self._database = database
        self._url = url
        self._app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=url, min_size=1, max_size=4))
        self._task = self._app.task(name="overdoor.deliver", queue=_QUEUE)(self._deliver)
        self._handler: Handler | None = None
        self._sleeping: dict[str, asyncio.Event] = {}
        self._worker: asyncio.Task[None] | None = None
        self._stopped = asyncio.Event()

    def enqueue(self, tx: Tx, item_id: str, *, priority: int = 0, not_before: datetime | None = None) -> None:
        deferrer = self._configure(tx, item_id, priority=priority, not_before=not_before)
        tx.connection.exec_driver_sql(
            "SAVEPOINT enqueue"
        )  # a second enqueue of a waiting id would fail the transaction
        try:
            await_only(deferrer.defer_async(item_id=item_id))
        except exceptions.AlreadyEnqueued:
            tx.connection.exec_driver_sql("ROLLBACK TO SAVEPOINT enqueue")
        tx.connection.exec_driver_sql("RELEASE SAVEPOINT enqueue")

    async def wake(self, item_id: str) -> None:
        async with self._app.open_async() if not self._is_open() else contextlib.nullcontext():
            waiting = await self._app.job_manager.list_jobs_async(queueing_lock=item_id, status="todo")
            for job in waiting:
                if job.id is not None and job.scheduled_at is not None:
                    await self._app.job_manager.cancel_job_by_id_async(job.id, delete_job=True)

        def work(tx: Tx) -> None:
            for job in waiting:
                if job.scheduled_at is not None:
                    self.enqueue(tx, item_id, priority=job.priority)
            tx.run(_WAKE, id=item_id)
            tx.run(_NOTIFY, channel=_CHANNEL, id=item_id)

        await self._database.write(work)

    async def run(self, handler: Handler) -> None:
        self._handler = handler
        logging_quiet()
        async with self._app.open_async():
            self._worker = asyncio.create_task(self._work())
            chores = [asyncio.create_task(work) for work in (self._rescue(), self._listen(), self._poll_wakes())]
            try:
                await asyncio.wait(
                    [self._worker, asyncio.create_task(self._stopped.wait())], return_when="FIRST_COMPLETED"
                )
                if self._worker.done():
                    self._worker.result()
            finally:
                for task in (self._worker, *chores):
                    task.cancel()
                await asyncio.gather(self._worker, *chores, return_exceptions=True)

    async def stop(self) -> None:
        self._stopped.set()
        if self._worker is not None:
            await asyncio.gather(self._worker, return_exceptions=True)

    async def _work(self) -> None:
        await self._app.run_worker_async(
            queues=[_QUEUE],
            concurrency=_MOST_DELIVERIES,
            install_signal_handlers=False,
            delete_jobs="always",
            listen_notify=True,
            fetch_job_polling_interval=1.0,
            update_heartbeat_interval=_HEARTBEAT_S,
            stalled_worker_timeout=_STALLED_AFTER_S,
            shutdown_graceful_timeout=0.1,
        )

    async def _deliver(self, item_id: str) -> None:
        assert self._handler is not None  # noqa: S101 - the worker starts in `run`
        failures = 0
        while True:
            woken = self._sleeping[item_id] = asyncio.Event()
            try:
                answer = await self._handler(item_id)
                failures = 0
            except Exception:  # the worker's outermost loop
                failures += 1
                _log.exception("delivery failed", id=item_id, failures=failures)
                answer = Again(min(2.0**failures / 2, _LONGEST_BACKOFF_S))
            try:
                match answer:
                    case Done():
                        return
                    case Again(after_s) if after_s < DURABLE_FROM_S:
                        with contextlib.suppress(TimeoutError):
                            async with asyncio.timeout(after_s):
                                await woken.wait()
                    case Again(after_s):
                        not_before = datetime.now(UTC) + timedelta(seconds=0 if woken.is_set() else after_s)
                        await self._database.write(
                            lambda tx, not_before=not_before: self.enqueue(tx, item_id, not_before=not_before)
                        )
                        return
            finally:
                self._sleeping.pop(item_id, None)

    def _configure(self, tx: Tx, item_id: str, *, priority: int, not_before: datetime | None) -> Any:
        raw = cast("psycopg.AsyncConnection[Any]", tx.connection.connection.driver_connection)
        return self._task.configure(
            connection=raw,
            priority=max(min(priority, 32_767), -32_768),
            queueing_lock=item_id,
            schedule_at=not_before,
        )

    async def _rescue(self) -> None:
        """Give back the jobs of workers that have stopped beating."""
        while True:
            await asyncio.sleep(_RESCUE_EVERY_S)
            try:
                stalled = await self._app.job_manager.get_stalled_jobs(seconds_since_heartbeat=_STALLED_AFTER_S)
                for job in stalled:
                    await self._give_back(job)
                await self._database.write(lambda tx: tx.run(_FORGET_WAKES).rowcount)
            except Exception:  # the worker's outermost loop: the database may be restarting
                _log.exception("rescue failed")

    async def _give_back(self, job: jobs.Job) -> None:
        try:
            await self._app.job_manager.retry_job(job)
        except exceptions.ConnectorException:  # the same id waits already, or another worker was faster
            _log.warning("stalled job not given back", id=job.task_kwargs.get("item_id"))

    async def _listen(self) -> None:
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(self._url, autocommit=True) as connection:
                    await connection.execute(f"LISTEN {_CHANNEL}")  # type: ignore[arg-type]
                    async for notice in connection.notifies():
                        self._cut_short(notice.payload)
            except psycopg.OperationalError:
                _log.warning("listening for wakes was interrupted")
                await asyncio.sleep(_WAKE_POLL_S)

    async def _poll_wakes(self) -> None:
        seen: int = await self._database.read(lambda tx: tx.scalar(_LAST_WAKE))
        while True:
            await asyncio.sleep(_WAKE_POLL_S)
            try:
                rows = await self._database.read(lambda tx, seen=seen: tx.all(_WAKES_SINCE, seen=seen))
            except Exception:  # the worker's outermost loop: the database may be restarting
                _log.exception("polling for wakes failed")
                continue
            for row in rows:
                seen = row.number
                self._cut_short(row.id)

    def _cut_short(self, item_id: str) -> None:
        if (event := self._sleeping.get(item_id)) is not None:
            event.set()

    def _is_open(self) -> bool:
        return self._worker is not None and not self._worker.done()


def logging_quiet() -> None:
    """Procrastinate logs every job at INFO; only its warnings are wanted."""
    import logging  # noqa: PLC0415

    logging.getLogger("procrastinate").setLevel(logging.WARNING)
