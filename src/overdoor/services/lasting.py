"""Writing what must not be forgotten: what a provider has done already, and no second call brings back."""

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

import structlog

from overdoor.errors import DatabaseAway
from overdoor.storage.db import Database, Tx

_LONGEST_S = 120.0  # of a database that is away; then the task is treated as after a crash
_AGAIN_S = 0.5

T = TypeVar("T")

_log = structlog.get_logger("overdoor.tasks")


async def write_at_last(database: Database, work: Callable[[Tx], T], *, again_s: float = _AGAIN_S) -> T:
    """`work` is durable, also when the database was restarted meanwhile.

    It may have been kept by a try whose answer was lost: `work` must bear that it finds its own traces.

    Raises:
        DatabaseAway: for two minutes.
    """
    deadline = time.monotonic() + _LONGEST_S
    while True:
        try:
            return await database.write(work)
        except DatabaseAway:
            if time.monotonic() > deadline:
                raise
        _log.warning("the database is away, the write is tried again")
        await asyncio.sleep(again_s)
