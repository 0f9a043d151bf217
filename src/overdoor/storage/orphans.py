"""Finding what nobody carries any more: waiting tasks, owed callbacks, holds. Cheap enough to run every minute.

The grace keeps out what is just being made or carried.
"""

from dataclasses import dataclass

from overdoor.domain.request import GenerationRequest
from overdoor.domain.task import Task
from overdoor.storage import ledger, tasks
from overdoor.storage.db import Row, Sql, Tx
from overdoor.units import KeyId, MicroDollars, TaskId, from_epoch_ms

_MOST = 10_000  # ids in one pass; the next pass goes on

_WAITING = Sql(
    "SELECT id FROM tasks WHERE state = 'waiting' AND created_at_ms <= {now_ms} - :grace_ms"
    " AND lease_until_ms <= {now_ms} - :grace_ms ORDER BY created_at_ms LIMIT :most"
)
_OWED = Sql(
    "SELECT id FROM callbacks WHERE state = 'pending' AND created_at_ms <= {now_ms} - :grace_ms"
    " AND claimed_until_ms <= {now_ms} - :grace_ms ORDER BY created_at_ms LIMIT :most"
)
_UNEVEN = Sql(
    "SELECT b.account_id, b.mode FROM balances b WHERE b.held <> (SELECT COALESCE(sum(t.price), 0) FROM tasks t"
    " WHERE t.account_id = b.account_id AND t.mode = b.mode AND t.state = 'waiting')"
)
_UNRESOLVED = Sql(
    "SELECT e.reference, e.account_id, e.mode, e.amount, e.created_at_ms FROM ledger_entries e"
    " LEFT JOIN tasks t ON t.id = e.reference"
    " WHERE e.account_id = :account_id AND e.mode = :mode AND e.book = 'held' AND e.kind = 'hold'"
    " AND (t.id IS NULL OR t.state <> 'waiting') AND NOT EXISTS (SELECT 1 FROM ledger_entries r"
    " WHERE r.reference = e.reference AND r.book = 'held' AND r.kind IN ('settle', 'release'))"
)


@dataclass(frozen=True, slots=True)
class OpenHold:
    """A hold whose task has ended or does not exist. task: as the ledger must know it to resolve the hold."""

    task: Task
    exists: bool


def uncarried(tx: Tx, *, grace_s: float) -> list[str]:
    """Ids of waiting tasks and owed callbacks that no worker holds; the engine knows which of them it carries."""
    values = {"grace_ms": int(grace_s * 1000), "most": _MOST}
    return [row.id for statement in (_WAITING, _OWED) for row in tx.all(statement, **values)]


def open_holds(tx: Tx) -> list[OpenHold]:
    """Holds that no waiting task stands behind, looked for only where a balance says that there are some."""
    return [
        _open_hold(tx, row)
        for place in tx.all(_UNEVEN)
        for row in tx.all(_UNRESOLVED, account_id=place.account_id, mode=place.mode)
    ]


def resolve(tx: Tx, hold: OpenHold) -> None:
    """Settle the hold of a success, release any other.

    Raises:
        AlreadyResolved: somebody else was faster.
    """
    if hold.exists and hold.task.state == "success":
        ledger.settle(tx, hold.task, hold.task.charged or MicroDollars(0))
    else:
        ledger.release(tx, hold.task)


def _open_hold(tx: Tx, row: Row) -> OpenHold:
    task = tasks.by_id(tx, row.reference)
    if task is not None:
        return OpenHold(task, exists=True)
    lost = Task(
        id=TaskId(row.reference),
        account_id=row.account_id,
        key_id=KeyId(""),  # which key it was is lost with the row
        mode=row.mode,
        door="jobs",
        provider="",
        request=GenerationRequest("", "", "image", "text-to-image", ""),
        param="{}",
        warnings=(),
        price=MicroDollars(row.amount),
        callback_url=None,
        created_at=from_epoch_ms(row.created_at_ms),
    )
    return OpenHold(lost, exists=False)
