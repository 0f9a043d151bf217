"""The fleet engine: Procrastinate on PostgreSQL. Enqueued on our own transaction's connection.

Three things are ours, because Procrastinate 3.10 leaves them to its user:

- The jobs of a killed worker stay where they are; `_rescue` gives them back (`get_stalled_jobs`, `retry_job`).
- A job that is cancelled by a shutdown is lost unless its task has a retry strategy; `_Always` is one.
- A wait cannot be cut short. `wake` writes a row, moves a written-down wait to now and notifies; a poll beside the
  notification finds what a pooler between us and PostgreSQL swallows.

Jobs are deferred by Procrastinate's own SQL function, and `procrastinate_jobs` is written directly in two statements:
its schema is a migration of ours (0002), so both are pinned to the same version.
"""

import asyncio
import contextlib
import json
import logging
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import procrastinate
import psycopg
import psycopg_pool
import structlog
from procrastinate import exceptions, jobs

from overdoor.engine.contract import DURABLE_FROM_S, Again, Done, Handler
from overdoor.storage.db import Database, Sql, Tx, ids_text

_QUEUE = "overdoor"
_TASK = "overdoor.deliver"
_MOST_DELIVERIES = 1000  # in one worker process; most of them sleep
_HEARTBEAT_S = 1.0
_STALLED_AFTER_S = 5.0
_POLL_S = 1.0  # for new jobs, for stalled ones and for wakes, beside the notifications
_RESTART_S = 1.0  # after which a worker that ended (the database was away) begins anew
_CANCEL_AGAIN_S = 5.0  # well above what an orderly end takes
_WAKES_REMEMBERED_S = 30  # longer than any process is late with its poll
_LONGEST_BACKOFF_S = 25.0  # below DURABLE_FROM_S: a failing id stays in its worker
_LOWEST_PRIORITY, _HIGHEST_PRIORITY = -(2**31), 2**31 - 1  # the column is an integer
_CHANNEL = "overdoor_wake"

_DEFER_OR_MOVE = Sql(
    "WITH moved AS (UPDATE procrastinate_jobs SET scheduled_at = CAST(:not_before AS timestamptz), priority = :priority"
    " WHERE queueing_lock = :id AND status = 'todo' RETURNING id)"
    " SELECT procrastinate_defer_jobs_v1(ARRAY[CAST(ROW('overdoor', 'overdoor.deliver', CAST(:priority AS integer),"
    " NULL, CAST(:id AS text), CAST(:args AS jsonb), CAST(:not_before AS timestamptz))"
    " AS procrastinate_job_to_defer_v1)]) WHERE NOT EXISTS (SELECT 1 FROM moved)"
)
_CARRIED = Sql(
    "SELECT queueing_lock AS id FROM procrastinate_jobs WHERE status IN ('todo', 'doing') AND queueing_lock {among_ids}"
)
_LOCK = Sql("SELECT pg_advisory_xact_lock(hashtextextended(:id, 0))")
_DUE_NOW = Sql(
    "UPDATE procrastinate_jobs SET scheduled_at = NULL WHERE queueing_lock = :id AND status = 'todo'"
    " AND scheduled_at IS NOT NULL RETURNING id"
)
_NOTICE_JOB = Sql(
    "SELECT pg_notify(:channel,"
    " CAST(json_build_object('type', 'job_inserted', 'job_id', CAST(:job_id AS bigint)) AS text))"
)
_WAKE = Sql("INSERT INTO wakes (id, at_ms) VALUES (:id, {now_ms})")
_NOTIFY = Sql("SELECT pg_notify(:channel, :id)")
_RECENT_WAKES = Sql("SELECT number, id FROM wakes WHERE at_ms > {now_ms} - :within_ms")
_WAS_WOKEN = Sql("SELECT 1 FROM wakes WHERE id = :id AND at_ms > {now_ms} - :within_ms LIMIT 1")
_FORGET_WAKES = Sql("DELETE FROM wakes WHERE at_ms < {now_ms} - 600000")

_log = structlog.get_logger("overdoor.engine")


def _lean_pool(**options: Any) -> psycopg_pool.AsyncConnectionPool:
    """Procrastinate's pool without a transaction and a check around each of its single statements.

    A connection that died shows by its first statement; the worker then ends, and `_work_on` begins a new one.
    """
    lean: dict[str, Any] = {**options, "check": None, "configure": _commit_each_statement}
    return psycopg_pool.AsyncConnectionPool(**lean)


async def _commit_each_statement(connection: psycopg.AsyncConnection[Any]) -> None:
    await connection.set_autocommit(True)


class _Always(procrastinate.BaseRetryStrategy):
    """Whatever ended a delivery early, the id is delivered again."""

    def get_retry_decision(self, *, exception: BaseException, job: jobs.Job) -> procrastinate.RetryDecision:
        return procrastinate.RetryDecision()


class FleetEngine:
    """See `overdoor.engine.contract.Engine`. `url` is the database's own address (postgresql://…).

    own_only: carry in this process what this process enqueues, and nothing else; a worker elsewhere may carry it too.
    """

    def __init__(self, database: Database, url: str, *, own_only: bool = False) -> None:
        self._database = database
        self._url = url
        self._own_only = own_only
        connector = procrastinate.PsycopgConnector(conninfo=url, min_size=1, max_size=4, pool_factory=_lean_pool)
        self._app = procrastinate.App(connector=connector)
        self._app.task(name=_TASK, queue=_QUEUE, retry=_Always())(self._deliver)
        self._handler: Handler | None = None
        self._carried: dict[str, list[asyncio.Event]] = {}  # what a wake must reach, by id
        self._own: set[asyncio.Task[None]] = set()
        self._stopping = asyncio.Event()
        self._stopped = asyncio.Event()

    def enqueue(self, tx: Tx, item_id: str, *, priority: int = 0, not_before: datetime | None = None) -> None:
        priority = max(_LOWEST_PRIORITY, min(priority, _HIGHEST_PRIORITY))
        args = json.dumps({"item_id": item_id})
        tx.run(_DEFER_OR_MOVE, id=item_id, priority=priority, not_before=not_before, args=args)
        if self._own_only:
            tx.after_commit(lambda: self._carry_own(item_id))

    def carried(self, tx: Tx, item_ids: Sequence[str]) -> frozenset[str]:
        return frozenset(row.id for row in tx.all(_CARRIED, ids=ids_text(item_ids)))

    async def wake(self, item_id: str) -> None:
        def work(tx: Tx) -> None:
            tx.run(_LOCK, id=item_id)
            tx.run(_WAKE, id=item_id)
            for row in tx.all(_DUE_NOW, id=item_id):
                tx.run(_NOTICE_JOB, channel=f"procrastinate_queue_v1#{_QUEUE}", job_id=row.id)
            tx.run(_NOTIFY, channel=_CHANNEL, id=item_id)

        await self._database.write(work)
        self._cut_short(item_id)

    async def run(self, handler: Handler) -> None:
        self._handler = handler
        logging.getLogger("procrastinate").setLevel(logging.WARNING)  # it reports every job
        chores = [asyncio.create_task(work) for work in (self._listen(), self._poll_wakes())]
        if not self._own_only:
            chores += [asyncio.create_task(self._work_on()), asyncio.create_task(self._rescue())]
        try:
            await self._stopping.wait()
        finally:
            self._stopping.set()
            await _end({*chores, *self._own})
            self._stopped.set()

    async def stop(self) -> None:
        if self._handler is None:  # it never ran
            return
        self._stopping.set()
        await self._stopped.wait()

    async def _work_on(self) -> None:
        """One Procrastinate worker after the other: it ends when the database goes away for a moment."""
        while not self._stopping.is_set():  # a worker that fails while it is cancelled hides the cancellation
            try:
                await self._app.open_async()
                if self._stopping.is_set():
                    return
                await self._app.run_worker_async(
                    queues=[_QUEUE],
                    concurrency=_MOST_DELIVERIES,
                    install_signal_handlers=False,
                    delete_jobs="always",
                    listen_notify=True,
                    fetch_job_polling_interval=_POLL_S,
                    update_heartbeat_interval=_HEARTBEAT_S,
                    stalled_worker_timeout=_STALLED_AFTER_S,
                    shutdown_graceful_timeout=0.1,
                )
            except Exception:  # noqa: BLE001 - the worker's outermost loop
                _log.exception("the worker ended")
            finally:
                await self._app.close_async()  # a pool that is left half open would outlive every cancellation
            await asyncio.sleep(_RESTART_S)

    async def _deliver(self, item_id: str) -> None:
        """One job: the handler, until it says Done or Again after a time worth writing down."""
        assert self._handler is not None  # the worker starts in `run`
        woken = asyncio.Event()
        self._carried.setdefault(item_id, []).append(woken)
        failures = 0
        try:
            while True:
                woken.clear()
                began_at = time.monotonic()
                try:
                    answer = await self._handler(item_id)
                    failures = 0
                    if isinstance(answer, Again) and answer.after_s >= DURABLE_FROM_S and not self._own_only:
                        await self._postpone(item_id, after_s=answer.after_s, began_at=began_at)
                        return
                except Exception:  # noqa: BLE001 - the worker's outermost loop
                    failures += 1
                    _log.exception("delivery failed", id=item_id, failures=failures)
                    answer = Again(min(2.0**failures / 2, _LONGEST_BACKOFF_S))
                if isinstance(answer, Done):
                    return
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(answer.after_s):
                        await woken.wait()
        finally:
            events = self._carried[item_id]
            events.remove(woken)
            if not events:
                del self._carried[item_id]

    async def _postpone(self, item_id: str, *, after_s: float, began_at: float) -> None:
        """Write a long wait down, unless the id was woken since its handler began; the lock orders this and `wake`."""

        def work(tx: Tx) -> None:
            tx.run(_LOCK, id=item_id)
            within_ms = int((time.monotonic() - began_at) * 1000) + 1
            was_woken = tx.one(_WAS_WOKEN, id=item_id, within_ms=within_ms) is not None
            self.enqueue(tx, item_id, not_before=None if was_woken else datetime.now(UTC) + timedelta(seconds=after_s))

        await self._database.write(work)

    def _carry_own(self, item_id: str) -> None:
        if self._handler is None or self._stopping.is_set():
            return
        task = asyncio.create_task(self._deliver(item_id), name=f"deliver {item_id}")
        self._own.add(task)
        task.add_done_callback(self._own.discard)

    async def _rescue(self) -> None:
        """Give back the jobs of workers that have stopped beating."""
        manager = self._app.job_manager
        while not self._stopping.is_set():
            await asyncio.sleep(_POLL_S)
            try:
                for job in await manager.get_stalled_jobs(queue=_QUEUE, seconds_since_heartbeat=_STALLED_AFTER_S):
                    await self._give_back(job)
                await self._database.write(lambda tx: tx.run(_FORGET_WAKES))
            except Exception:  # noqa: BLE001 - the worker's outermost loop: the database may be restarting
                _log.exception("rescue failed")

    async def _give_back(self, job: jobs.Job) -> None:
        manager = self._app.job_manager
        try:
            await manager.retry_job(job)
        except exceptions.UniqueViolation:  # the same id waits already, and will be delivered by that
            await manager.finish_job(job, status=jobs.Status.ABORTED, delete_job=True)
        except exceptions.ConnectorException:
            _log.info("another worker gave a stalled job back", id=job.task_kwargs.get("item_id"))

    async def _listen(self) -> None:
        while not self._stopping.is_set():
            try:
                async with await psycopg.AsyncConnection.connect(self._url, autocommit=True) as connection:
                    await connection.execute(f"LISTEN {_CHANNEL}")
                    async for notice in connection.notifies():
                        self._cut_short(notice.payload)
            except psycopg.OperationalError:
                _log.warning("listening for wakes was interrupted")
                await asyncio.sleep(_POLL_S)

    async def _poll_wakes(self) -> None:
        """Find wakes whose notification was swallowed. By time, not by number: numbers become visible out of order."""
        seen: set[int] | None = None
        while not self._stopping.is_set():
            try:
                rows = await self._database.read(lambda tx: tx.all(_RECENT_WAKES, within_ms=_WAKES_REMEMBERED_S * 1000))
            except Exception:  # noqa: BLE001 - the worker's outermost loop: the database may be restarting
                _log.exception("polling for wakes failed")
            else:
                if seen is not None:
                    for row in rows:
                        if row.number not in seen:
                            self._cut_short(row.id)
                seen = {row.number for row in rows}
            await asyncio.sleep(_POLL_S)

    def _cut_short(self, item_id: str) -> None:
        for event in self._carried.get(item_id, ()):
            event.set()


async def _end(tasks: set[asyncio.Task[None]]) -> None:
    """Cancel until all have ended. Once is not enough: `asyncio.wait_for` of Python 3.11, which psycopg_pool uses,
    loses a cancellation that comes together with the result (https://github.com/python/cpython/issues/86296).
    """
    while tasks:
        for task in tasks:
            task.cancel()
        ended, tasks = await asyncio.wait(tasks, timeout=_CANCEL_AGAIN_S)
        for task in ended:
            if not task.cancelled() and (error := task.exception()) is not None:
                _log.error("a part of the engine ended", exc_info=error)
