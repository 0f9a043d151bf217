"""The sweeper: takes up what nobody carries any more, and resolves holds that nothing stands behind.

Nothing of this happens while every transaction is whole; it is for rows that were lost or restored by hand, and for our
own mistakes. Every process sweeps: what two of them do at once counts once.
"""

import asyncio
from dataclasses import dataclass

import structlog

from overdoor.engine.contract import Engine
from overdoor.storage import orphans
from overdoor.storage.db import Database, Tx
from overdoor.storage.ledger import AlreadyResolved

GRACE_S = 30.0  # three leases: what is younger is being made or carried

_log = structlog.get_logger("overdoor.sweep")


@dataclass(frozen=True, slots=True)
class Swept:
    """What one pass found. enqueued: ids that are carried again. resolved: tasks whose hold was settled or released."""

    enqueued: tuple[str, ...]
    resolved: tuple[str, ...]


class Sweep:
    """Looks for orphans."""

    def __init__(self, *, database: Database, engine: Engine, every_s: float) -> None:
        self._database = database
        self._engine = engine
        self._every_s = every_s

    async def run(self) -> None:
        """Sweep for as long as this process runs."""
        while True:
            await asyncio.sleep(self._every_s)
            try:
                await self.sweep()
            except Exception:  # noqa: BLE001 - a worker's outermost loop: the database may be restarting
                _log.exception("sweep failed")

    async def sweep(self, *, grace_s: float = GRACE_S) -> Swept:
        """One pass."""
        enqueued = await self._enqueue_again(grace_s)
        resolved = await self._resolve_holds()
        return Swept(tuple(enqueued), tuple(resolved))

    async def _enqueue_again(self, grace_s: float) -> list[str]:
        def missing(tx: Tx) -> list[str]:
            ids = orphans.uncarried(tx, grace_s=grace_s)
            carried = self._engine.carried(tx, ids) if ids else frozenset[str]()
            return [item_id for item_id in ids if item_id not in carried]

        def enqueue(tx: Tx) -> list[str]:
            still = missing(tx)
            for item_id in still:
                self._engine.enqueue(tx, item_id)
            return still

        if not await self._database.read(missing):
            return []
        found = await self._database.write(enqueue, lane="bulk")
        for item_id in found:
            _log.warning("nobody carried it; enqueued again", id=item_id)
        return found

    async def _resolve_holds(self) -> list[str]:
        resolved: list[str] = []
        for hold in await self._database.read(orphans.open_holds):
            try:
                await self._database.write(lambda tx, hold=hold: orphans.resolve(tx, hold))
            except AlreadyResolved:
                continue
            task = hold.task
            _log.error("a hold without a waiting task was resolved", task=task.id, state=task.state, exists=hold.exists)
            resolved.append(task.id)
        return resolved
