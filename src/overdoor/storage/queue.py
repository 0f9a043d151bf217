"""Queue rows of the embedded engine (SQLite only): which ids are to be delivered, and when."""

from collections.abc import Sequence
from dataclasses import dataclass

from overdoor.storage.db import Sql, Tx, ids_text

_PUT = Sql(
    "INSERT INTO queue (id, priority, not_before_ms, enqueued_at_ms, woken) VALUES (:id, :priority, :not_before_ms,"
    " {now_ms}, 0) ON CONFLICT (id) DO UPDATE SET priority = excluded.priority, not_before_ms = excluded.not_before_ms,"
    " woken = queue.woken + 1"
)
_ALL = Sql("SELECT id, priority, not_before_ms, woken FROM queue ORDER BY priority DESC, enqueued_at_ms, id")
_POSTPONE = Sql("UPDATE queue SET not_before_ms = {now_ms} + :after_ms WHERE id = :id")
_WAKE = Sql("UPDATE queue SET woken = woken + 1, not_before_ms = 0 WHERE id = :id")
_CARRIED = Sql("SELECT id FROM queue WHERE id {among_ids}")
_TAKE_OUT = Sql("DELETE FROM queue WHERE id = :id AND woken = :woken")


@dataclass(frozen=True, slots=True)
class Queued:
    """One row. woken: how often somebody has cut its wait short."""

    id: str
    priority: int
    not_before_ms: int
    woken: int


def put(tx: Tx, item_id: str, *, priority: int, not_before_ms: int) -> None:
    """Add an id, or move one that is already there."""
    tx.run(_PUT, id=item_id, priority=priority, not_before_ms=not_before_ms)


def everything(tx: Tx) -> Sequence[Queued]:
    """All rows, in the order of delivery."""
    return [Queued(row.id, row.priority, row.not_before_ms, row.woken) for row in tx.all(_ALL)]


def postpone(tx: Tx, item_id: str, *, after_s: float) -> None:
    """Deliver the id no earlier than that."""
    tx.run(_POSTPONE, id=item_id, after_ms=int(after_s * 1000))


def wake(tx: Tx, item_id: str) -> None:
    """Deliver the id now, in whichever process waits with it."""
    tx.run(_WAKE, id=item_id)


def take_out(tx: Tx, delivered: Sequence[tuple[str, int]]) -> int:
    """Forget ids that need no further delivery, each with the `woken` that its deliverer saw; how many were forgotten.

    One that was put or woken again in the meantime stays.
    """
    return sum(tx.run(_TAKE_OUT, id=item_id, woken=woken) for item_id, woken in delivered)


def carried(tx: Tx, item_ids: Sequence[str]) -> frozenset[str]:
    """Those of the ids that have a row."""
    return frozenset(row.id for row in tx.all(_CARRIED, ids=ids_text(item_ids)))
