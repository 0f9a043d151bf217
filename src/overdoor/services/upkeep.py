"""Chores that keep tables small: forgetting what nobody can ask for any more. Every process may run them."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from overdoor.services.names import RETRY_WINDOW
from overdoor.storage import idempotency, recent_requests
from overdoor.storage.db import Database, Tx

_EVERY_S = 600.0
_BATCH = 1000  # rows of one transaction, so that nobody waits long behind it
_LONGER = timedelta(hours=1)  # than the retry window, in case that clocks of two nodes differ

_log = structlog.get_logger("overdoor.upkeep")


class Upkeep:
    """Forget old names of requests."""

    def __init__(self, *, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    async def run(self) -> None:
        """Tidy now and every 10 minutes, until cancelled."""
        while True:
            try:
                forgotten = await self.tidy()
            except Exception:  # noqa: BLE001 - a chore of the worker: the next round tries again
                _log.exception("upkeep failed; it is tried again", after_s=_EVERY_S)
            else:
                if forgotten:
                    _log.info("old names of requests forgotten", rows=forgotten)
            await asyncio.sleep(_EVERY_S)

    async def tidy(self) -> int:
        """Forget names older than 7 days whose tasks have ended, and retries that nobody makes now; how many."""
        now = self._now()

        def names(tx: Tx) -> int:
            return idempotency.purge(tx, before=now - timedelta(days=idempotency.KEPT_DAYS), most=_BATCH)

        def retries(tx: Tx) -> int:
            return recent_requests.purge(tx, before=now - RETRY_WINDOW - _LONGER, most=_BATCH)

        return await self._in_batches(names) + await self._in_batches(retries)

    async def _in_batches(self, work: Callable[[Tx], int]) -> int:
        total = 0
        while True:
            forgotten = await self._database.write(work, lane="bulk")
            total += forgotten
            if forgotten < _BATCH:
                return total
