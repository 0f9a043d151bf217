"""The purge: removes rows whose time is over, then files that nobody names any more. Every process may run it.

Rows go in small transactions, with pauses as long as the work, so that requests find the database free. A file is
looked at after its row is gone; what a crash leaves between the two is in `unclaimed_files`, and what never had a row
is found by the slow scan.
"""

import asyncio
import random
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

import structlog

from overdoor.config import KeepFor
from overdoor.storage import erasure, retention
from overdoor.storage.asset_files import SPARED, AssetFiles, key_of
from overdoor.storage.db import Database, Tx
from overdoor.storage.retention import End

_FIRST_AFTER_S = 60.0
_EVERY_S = 600.0
_BATCH = 100  # rows of one transaction
_FILES_AT_ONCE = 100
_CLOCKS_DIFFER = timedelta(hours=1)  # at most, between nodes: so long a file whose time is over stays, unreadable
_TASKS_AT_ONCE, _PORTIONS_A_ROUND = 1000, 20  # of the scan for old prompts
_FOR_EVER = KeepFor(None)
_PREFIXES = [f"{number:02x}" for number in range(256)]
_PREFIXES_A_ROUND = 2  # all of them in 21 hours

_log = structlog.get_logger("overdoor.purge")


@dataclass(frozen=True, slots=True)
class Purged:
    """What one pass removed. strays: files that were found without a row; they are looked at in the next pass.

    prompts: tasks whose words were deleted.
    """

    rows: int
    files: int
    strays: int
    prompts: int


class Purge:
    """Removes files whose time is over."""

    def __init__(
        self,
        *,
        database: Database,
        files: AssetFiles,
        now: Callable[[], datetime],
        keep_prompts: KeepFor = _FOR_EVER,
    ) -> None:
        self._database = database
        self._keep_prompts = keep_prompts
        self._next_task = ""
        self._files = files
        self._now = now
        self._next_prefix = random.randrange(256)  # noqa: S311 - processes shall not all scan the same

    async def run(self) -> None:
        """Purge every 10 minutes, until cancelled."""
        await asyncio.sleep(_FIRST_AFTER_S)
        while True:
            try:
                purged = await self.purge()
            except Exception:  # noqa: BLE001 - a chore: the next round tries again
                _log.exception("the purge failed; it is tried again", after_s=_EVERY_S)
            else:
                if purged != Purged(0, 0, 0, 0):
                    _log.info("purged", **asdict(purged))
            await asyncio.sleep(_EVERY_S)

    async def purge(self) -> Purged:
        """One pass: rows whose time is over, files that are due, a part of the scans for strays and old prompts."""
        rows = await self.remove_expired()
        files = await self.remove_unclaimed()
        strays = await self.find_strays(self._prefixes())
        return Purged(rows, files, strays, await self.forget_prompts())

    async def remove_expired(self) -> int:
        """Remove the rows whose time is over, but for what waiting tasks work on; how many."""
        before = self._now() - _CLOCKS_DIFFER
        spared = (await self._database.read(retention.in_use)).assets
        total, place = 0, End()
        while True:

            def work(tx: Tx, after: End = place) -> retention.Batch:
                return retention.remove_expired(
                    tx, before=before, after=after, spared=spared, now=self._now(), most=_BATCH
                )

            async with _half_of_the_time():
                batch = await self._database.write(work, lane="bulk")
            total += batch.removed
            if batch.resume is None:
                return total
            place = batch.resume

    async def remove_unclaimed(self) -> int:
        """Remove the files whose last row is gone; those that were put lately are looked at again later. How many."""
        total = 0
        while due := await self._database.read(lambda tx: retention.due(tx, now=self._now(), most=_FILES_AT_ONCE)):
            async with _half_of_the_time():
                total += await self._remove_unclaimed(due)
        return total

    async def find_strays(self, prefixes: Sequence[str] = _PREFIXES) -> int:
        """Note files that no row and no waiting task names, such as a crash leaves behind; how many.

        prefixes: of the hashes; all of them in a large store take long.
        """
        await self._files.bring_back()
        total = 0
        for prefix in prefixes:
            async for hashes in self._files.untouched(prefix, since=self._now() - SPARED):
                async with _half_of_the_time():
                    total += await self._note_strays(hashes)
        return total

    async def forget_prompts(self) -> int:
        """Delete the words of ended tasks that have had their time, among the next 20,000 tasks; of how many."""
        if self._keep_prompts.days is None:
            return 0
        before = self._now() - timedelta(days=self._keep_prompts.days)
        total = 0
        for _ in range(_PORTIONS_A_ROUND):

            def look(tx: Tx, after: str = self._next_task) -> tuple[Sequence[str], str | None]:
                return erasure.old_prompts(tx, before=before, after=after, most=_TASKS_AT_ONCE)

            async with _half_of_the_time():
                old, following = await self._database.read(look)
            for first in range(0, len(old), _BATCH):
                some = old[first : first + _BATCH]
                async with _half_of_the_time():
                    total += await self._database.write(lambda tx, some=some: erasure.redact_all(tx, some), lane="bulk")
            self._next_task = following or ""
            if following is None:
                break
        return total

    async def _remove_unclaimed(self, due: Sequence[str]) -> int:
        claimed = await self._database.read(lambda tx: retention.claimed(tx, due))
        now = self._now()
        gone = [
            sha256
            for sha256 in due
            if sha256 not in claimed and await self._files.remove_untouched(key_of(sha256), since=now - SPARED)
        ]
        young = [sha256 for sha256 in due if sha256 not in claimed and sha256 not in gone]

        def work(tx: Tx) -> None:
            retention.settle(tx, [*claimed, *gone])
            retention.postpone(tx, young, until=now + SPARED)

        await self._database.write(work, lane="bulk")
        return len(gone)

    async def _note_strays(self, hashes: Sequence[str]) -> int:
        if not hashes:
            return 0
        claimed = await self._database.read(lambda tx: retention.claimed(tx, hashes))
        strays = frozenset(hashes) - claimed
        if strays:
            await self._database.write(lambda tx: retention.doubt(tx, strays, now=self._now()), lane="bulk")
        return len(strays)

    def _prefixes(self) -> Sequence[str]:
        first, self._next_prefix = self._next_prefix, (self._next_prefix + _PREFIXES_A_ROUND) % len(_PREFIXES)
        return [_PREFIXES[(first + step) % len(_PREFIXES)] for step in range(_PREFIXES_A_ROUND)]


@asynccontextmanager
async def _half_of_the_time() -> AsyncGenerator[None]:
    """Rest after the work for as long as it took."""
    began = time.monotonic()
    yield
    await asyncio.sleep(time.monotonic() - began)
