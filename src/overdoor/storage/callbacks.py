"""Callback rows: the outbox, written with a task's terminal state, and the log of attempts."""

from dataclasses import dataclass
from typing import Literal

from overdoor.domain.callback import Attempt, Callback, origin_of
from overdoor.storage.db import Row, Sql, Tx
from overdoor.units import from_epoch_ms, to_epoch_ms

COLUMNS = (
    "id, task_id, account_id, key_id, mode, url, state, attempts, tries, next_at_ms, last_status, last_error,"
    " created_at_ms, delivered_at_ms"
)
_ADD = Sql(
    "INSERT INTO callbacks (id, task_id, account_id, key_id, mode, url, state, attempts, tries, claimed_until_ms,"
    " next_at_ms, created_at_ms) VALUES (:id, :task_id, :account_id, :key_id, :mode, :url, 'pending', 0, 0, 0,"
    " {now_ms}, :created_at_ms)"
)
_OWED = Sql(
    f"SELECT {COLUMNS}, next_at_ms - {{now_ms}} AS due_in_ms, claimed_until_ms - {{now_ms}} AS claimed_ms"
    " FROM callbacks WHERE id = :id AND state = 'pending'"
)
_CLAIM = Sql(
    "UPDATE callbacks SET claimed_until_ms = {now_ms} + :claim_ms, attempts = attempts + 1, tries = tries + 1"
    " WHERE id = :id AND state = 'pending' AND claimed_until_ms <= {now_ms} AND next_at_ms <= {now_ms} + :early_ms"
    f" RETURNING {COLUMNS}"
)
_NOTE = Sql(
    "UPDATE callbacks SET state = :state, last_status = :status, last_error = :error, claimed_until_ms = 0,"
    " next_at_ms = {now_ms} + :wait_ms, delivered_at_ms = CASE WHEN :state = 'delivered' THEN {now_ms} END"
    " WHERE id = :id AND state = 'pending' AND (attempts = :number OR :state = 'delivered')"
)
_LOG = Sql(
    "INSERT INTO callback_attempts (callback_id, number, started_at_ms, took_ms, status, error)"
    " VALUES (:id, :number, :started_at_ms, :took_ms, :status, :error)"
)
_GIVE_UP = Sql(
    "UPDATE callbacks SET state = 'failed', last_error = :error, claimed_until_ms = 0"
    " WHERE id = :id AND state = 'pending' AND claimed_until_ms <= {now_ms}"
)
_ATTEMPTS = Sql(
    "SELECT number, started_at_ms, took_ms, status, error FROM callback_attempts WHERE callback_id = :id"
    " ORDER BY number"
)
_LOCK_OF_TASK = Sql("SELECT 1 FROM callbacks WHERE task_id = :task_id FOR UPDATE")
_OVER_OF_TASK = Sql("SELECT id, url FROM callbacks WHERE task_id = :task_id AND state <> 'pending'")
_SHORTEN = Sql("UPDATE callbacks SET url = :origin WHERE id = :id")
_SHORTEN_IF_WORDLESS = Sql(
    "UPDATE callbacks SET url = :origin WHERE id = :id AND state <> 'pending' AND EXISTS"
    " (SELECT 1 FROM tasks WHERE tasks.id = callbacks.task_id AND tasks.prompt_deleted_at_ms IS NOT NULL)"
)
_EARLY_MS = 50  # the engine's clock and the database's differ a little

Outcome = Literal["pending", "delivered", "failed"]


@dataclass(frozen=True, slots=True)
class Owed:
    """A pending callback. wait_s: until it may be taken, because it is not due or another process has it; or 0."""

    callback: Callback
    wait_s: float


def add(tx: Tx, callback: Callback) -> None:
    """Owe a callback."""
    tx.run(
        _ADD,
        id=callback.id,
        task_id=callback.task_id,
        account_id=callback.account_id,
        key_id=callback.key_id,
        mode=callback.mode,
        url=callback.url,
        created_at_ms=to_epoch_ms(callback.created_at),
    )


def owed(tx: Tx, callback_id: str) -> Owed | None:
    """The callback, while it is pending."""
    row = tx.one(_OWED, id=callback_id)
    if row is None:
        return None
    wait_ms = max(row.due_in_ms, row.claimed_ms)
    return Owed(from_row(row), wait_ms / 1000 if wait_ms > _EARLY_MS else 0.0)


def claim(tx: Tx, callback_id: str, *, for_s: float) -> Callback | None:
    """Begin an attempt and take the callback for a while, so that no other process sends it too; None if it cannot."""
    row = tx.one(_CLAIM, id=callback_id, claim_ms=int(for_s * 1000), early_ms=_EARLY_MS)
    return None if row is None else from_row(row)


def note(tx: Tx, callback: Callback, attempt: Attempt, *, outcome: Outcome, wait_s: float = 0.0) -> bool:
    """Log an attempt and what it came to, all together.

    False where it counts for nothing: the claim was over, and another process has begun the next attempt. A success
    counts always.

    wait_s: until the next attempt, where the outcome is pending.
    """
    tx.run(
        _LOG,
        id=callback.id,
        number=attempt.number,
        started_at_ms=to_epoch_ms(attempt.started_at),
        took_ms=attempt.took_ms,
        status=attempt.status,
        error=attempt.error,
    )
    noted = tx.run(
        _NOTE,
        id=callback.id,
        number=attempt.number,
        state=outcome,
        status=attempt.status,
        error=attempt.error,
        wait_ms=int(wait_s * 1000),
    )
    if outcome != "pending":
        _shorten_if_wordless(tx, callback)
    return noted == 1


def give_up(tx: Tx, callback: Callback, *, error: str) -> None:
    """Fail a callback without an attempt."""
    tx.run(_GIVE_UP, id=callback.id, error=error)
    _shorten_if_wordless(tx, callback)


def shorten_url(tx: Tx, task_id: str) -> None:
    """Leave scheme and host of the address of the task's callback; while it is pending, its end will do that."""
    if tx.dialect == "postgresql":  # an end that is being noted is waited for; one that comes later sees the task
        tx.one(_LOCK_OF_TASK, task_id=task_id)
    row = tx.one(_OVER_OF_TASK, task_id=task_id)
    if row is not None:
        tx.run(_SHORTEN, id=row.id, origin=origin_of(row.url))


def _shorten_if_wordless(tx: Tx, callback: Callback) -> None:
    if callback.task_id is not None:
        tx.run(_SHORTEN_IF_WORDLESS, id=callback.id, origin=origin_of(callback.url))


def attempts_of(tx: Tx, callback: Callback) -> tuple[Attempt, ...]:
    """The log, the oldest first. A number that is missing was begun by a process that died in it."""
    return tuple(
        Attempt(row.number, from_epoch_ms(row.started_at_ms), row.took_ms, row.status, row.error)
        for row in tx.all(_ATTEMPTS, id=callback.id)
    )


def from_row(row: Row) -> Callback:
    """A row with `COLUMNS`."""
    return Callback(
        id=row.id,
        task_id=row.task_id,
        account_id=row.account_id,
        key_id=row.key_id,
        mode=row.mode,
        url=row.url,
        created_at=from_epoch_ms(row.created_at_ms),
        state=row.state,
        attempts=row.attempts,
        tries=row.tries,
        last_status=row.last_status,
        last_error=row.last_error,
        next_at=from_epoch_ms(row.next_at_ms) if row.state == "pending" else None,
        delivered_at=None if row.delivered_at_ms is None else from_epoch_ms(row.delivered_at_ms),
    )
