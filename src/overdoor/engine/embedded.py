"""The embedded engine: asyncio over queue rows in SQLite, nothing to install.

Every process on the data folder delivers every id; the lease on the row decides who works (see services/advance). What
other processes put or wake is noticed through the database's watcher, within 200 ms. A command-line run sets `own_only`
and delivers only what it enqueued itself; a web node beside workers sets `puts_only`, and never runs.
"""

import asyncio
import heapq
import itertools
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from overdoor.engine.contract import DURABLE_FROM_S, Again, Done, Handler
from overdoor.storage import queue
from overdoor.storage.db import Database, Tx
from overdoor.units import to_epoch_ms, utc_now

_MOST_HANDLERS = 1000  # running at once; sleeping ones do not count
_LONGEST_BACKOFF_S = 25.0  # between deliveries of an id whose handler raises; below DURABLE_FROM_S: it stays here

_log = structlog.get_logger("overdoor.engine")


@dataclass(slots=True)
class _Item:
    id: str
    priority: int
    seen_woken: int = 0
    failures: int = 0
    delivering: bool = False
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    timer: asyncio.TimerHandle | None = None


class EmbeddedEngine:
    """See `overdoor.engine.contract.Engine`."""

    def __init__(self, database: Database, *, own_only: bool = False, puts_only: bool = False) -> None:
        self._database = database
        self._own_only = own_only
        self._puts_only = puts_only
        self._items: dict[str, _Item] = {}
        self._ready: list[tuple[int, int, str]] = []
        self._numbers = itertools.count()
        self._has_ready = asyncio.Event()
        self._slots = asyncio.Semaphore(_MOST_HANDLERS)
        self._deliveries: set[asyncio.Task[None]] = set()
        self._delivered: list[tuple[str, int]] = []
        self._chores: set[asyncio.Task[None]] = set()
        self._taking_out = False
        self._scanning = False
        self._scan_again = False
        self._handler: Handler | None = None
        self._stopping = False

    def enqueue(self, tx: Tx, item_id: str, *, priority: int = 0, not_before: datetime | None = None) -> None:
        not_before_ms = 0 if not_before is None else to_epoch_ms(not_before)
        queue.put(tx, item_id, priority=priority, not_before_ms=not_before_ms)
        if not self._puts_only:
            tx.after_commit(lambda: self._arrive(item_id, priority, not_before_ms, woken=0))

    def carried(self, tx: Tx, item_ids: Sequence[str]) -> frozenset[str]:
        return queue.carried(tx, item_ids)

    async def wake(self, item_id: str) -> None:
        await self._database.write(lambda tx: queue.wake(tx, item_id))
        if (item := self._items.get(item_id)) is not None:
            self._wake(item)

    async def run(self, handler: Handler) -> None:
        self._handler = handler
        if not self._own_only:
            await self._scan()
        self._database.watch(self._notice_change)
        while not self._stopping:
            await self._slots.acquire()
            if (item := await self._next_ready()) is None:
                return
            delivery = asyncio.create_task(self._deliver(item, handler), name=f"deliver {item.id}")
            self._deliveries.add(delivery)
            delivery.add_done_callback(self._deliveries.discard)

    async def stop(self) -> None:
        self._stopping = True
        self._has_ready.set()
        for item in self._items.values():
            if item.timer is not None:
                item.timer.cancel()
        pending = [*self._deliveries, *self._chores]
        for task in self._deliveries:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)
        if self._delivered:
            await self._take_out_delivered()

    def _arrive(self, item_id: str, priority: int, not_before_ms: int, *, woken: int) -> None:
        if self._stopping:
            return
        item = self._items.get(item_id)
        if item is not None:  # put again while it is carried: deliver once more
            self._wake(item)
            return
        item = self._items[item_id] = _Item(item_id, priority, seen_woken=woken)
        self._wait(item, (not_before_ms - to_epoch_ms(utc_now())) / 1000)

    def _wait(self, item: _Item, seconds: float) -> None:
        if seconds <= 0:
            self._make_ready(item)
        else:
            item.timer = asyncio.get_running_loop().call_later(seconds, self._make_ready, item)

    def _make_ready(self, item: _Item) -> None:
        item.timer = None
        heapq.heappush(self._ready, (-item.priority, next(self._numbers), item.id))
        self._has_ready.set()

    def _wake(self, item: _Item) -> None:
        item.woken.set()
        if item.timer is not None:
            item.timer.cancel()
            self._make_ready(item)

    async def _next_ready(self) -> _Item | None:
        while not self._stopping:
            while self._ready:
                _, _, item_id = heapq.heappop(self._ready)
                item = self._items.get(item_id)
                if item is not None and not item.delivering:
                    item.delivering = True
                    return item
            self._has_ready.clear()
            await self._has_ready.wait()
        return None

    async def _deliver(self, item: _Item, handler: Handler) -> None:
        """Call the handler until it is done or waits for long; a slot is held only while the handler runs."""
        while True:
            item.woken.clear()
            seen_woken = item.seen_woken
            try:
                answer = await self._call(item, handler)
            finally:
                self._slots.release()
            match answer:
                case Done():
                    self._forget(item, seen_woken)
                    return
                case Again(after_s) if after_s < DURABLE_FROM_S:
                    await _wait_at_most(item.woken, after_s)
                case Again(after_s):  # written down by `_call`
                    item.delivering = False
                    self._wait(item, 0 if item.woken.is_set() else after_s)
                    return
            await self._slots.acquire()

    async def _call(self, item: _Item, handler: Handler) -> Done | Again:
        try:
            answer = await handler(item.id)
            if isinstance(answer, Again) and answer.after_s >= DURABLE_FROM_S:
                await self._database.write(lambda tx: queue.postpone(tx, item.id, after_s=answer.after_s))
        except Exception:  # noqa: BLE001 - the worker's outermost loop: a bug in one delivery must not end the others
            item.failures += 1
            backoff_s = min(2.0**item.failures / 2, _LONGEST_BACKOFF_S)
            _log.exception("delivery failed", id=item.id, failures=item.failures, again_in_s=backoff_s)
            return Again(backoff_s)
        item.failures = 0
        return answer

    def _forget(self, item: _Item, seen_woken: int) -> None:
        self._delivered.append((item.id, seen_woken))
        if not self._taking_out:
            self._taking_out = True
            self._start(self._take_out_delivered())

    async def _take_out_delivered(self) -> None:
        """Delete delivered rows, as many as there are in one transaction; they count as carried until then."""
        try:
            while self._delivered:
                batch, self._delivered = self._delivered, []
                try:
                    taken = await self._database.write(lambda tx, batch=batch: queue.take_out(tx, batch))
                except BaseException:
                    self._delivered[:0] = batch  # the next delivery tries again
                    raise
                for item_id, _ in batch:
                    self._items.pop(item_id, None)
                if taken < len(batch):  # some were put or woken again meanwhile (or taken out by another process)
                    self._notice_change()
        finally:
            self._taking_out = False

    def _notice_change(self) -> None:
        if self._stopping:
            return
        if self._scanning:  # what is being read may be older than this change
            self._scan_again = True
            return
        self._scanning = True
        self._start(self._scan())

    async def _scan(self) -> None:
        """Take up what other processes put or woke."""
        try:
            rows = await self._database.read(queue.everything)
        finally:
            self._scanning = False
            if self._scan_again:
                self._scan_again = False
                self._notice_change()
        for row in rows:
            item = self._items.get(row.id)
            if item is None:
                if not self._own_only:
                    self._arrive(row.id, row.priority, row.not_before_ms, woken=row.woken)
            elif row.woken > item.seen_woken:
                item.seen_woken = row.woken
                self._wake(item)

    def _start(self, work: Coroutine[object, object, None]) -> None:
        chore = asyncio.create_task(work)
        self._chores.add(chore)
        chore.add_done_callback(self._chores.discard)


async def _wait_at_most(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
