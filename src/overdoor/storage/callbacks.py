"""Callback rows: the outbox, written with a task's terminal state."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from overdoor.storage.db import Sql, Tx
from overdoor.units import AccountId, CallbackId, TaskId, to_epoch_ms

_ADD = Sql(
    "INSERT INTO callbacks (id, task_id, account_id, url, state, attempts, claimed_until_ms, created_at_ms)"
    " VALUES (:id, :task_id, :account_id, :url, 'pending', 0, 0, :created_at_ms)"
)
_CLAIM = Sql(
    "UPDATE callbacks SET claimed_until_ms = {now_ms} + :claim_ms, attempts = attempts + 1 WHERE id = :id"
    " AND state = 'pending' AND claimed_until_ms <= {now_ms} RETURNING id, task_id, account_id, url, state"
)
_PENDING = Sql("SELECT 1 FROM callbacks WHERE id = :id AND state = 'pending'")
_DELIVERED = Sql(
    "UPDATE callbacks SET state = 'delivered', last_status = :status,"
    " delivered_at_ms = {now_ms} WHERE id = :id AND state = 'pending'"
)
_FAILED = Sql(
    "UPDATE callbacks SET state = 'failed', last_status = :status, last_error = :error"
    " WHERE id = :id AND state = 'pending'"
)


@dataclass(frozen=True, slots=True)
class Callback:
    """A message that is owed to the address which the caller named."""

    id: CallbackId
    task_id: TaskId
    account_id: AccountId
    url: str
    state: Literal["pending", "delivered", "failed"] = "pending"


def add(tx: Tx, callback: Callback, *, now: datetime) -> None:
    """Owe a callback."""
    tx.run(
        _ADD,
        id=callback.id,
        task_id=callback.task_id,
        account_id=callback.account_id,
        url=callback.url,
        created_at_ms=to_epoch_ms(now),
    )


def claim(tx: Tx, callback_id: str, *, for_s: float) -> Callback | None:
    """Take an owed callback for a while, so that no other process sends it too; None when it is not to be had."""
    row = tx.one(_CLAIM, id=callback_id, claim_ms=int(for_s * 1000))
    return None if row is None else Callback(row.id, row.task_id, row.account_id, row.url, row.state)


def is_pending(tx: Tx, callback_id: str) -> bool:
    """True while it is owed, whoever has it."""
    return tx.one(_PENDING, id=callback_id) is not None


def mark_delivered(tx: Tx, callback_id: CallbackId, *, status: int) -> None:
    """The receiver answered 2xx."""
    tx.run(_DELIVERED, id=callback_id, status=status)


def mark_failed(tx: Tx, callback_id: CallbackId, *, status: int | None, error: str) -> None:
    """The receiver did not take it. status: its answer, None when there was none."""
    tx.run(_FAILED, id=callback_id, status=status, error=error)
