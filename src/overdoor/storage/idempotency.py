"""Which request already made which task: one row per key, endpoint, header and value."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from overdoor.storage.db import Sql, Tx
from overdoor.units import KeyId, TaskId, to_epoch_ms

_FIND = Sql(
    "SELECT fingerprint, task_id FROM idempotency WHERE key_id = :key_id AND endpoint = :endpoint AND header = :header"
    " AND value = :value"
)
_REMEMBER = Sql(
    "INSERT INTO idempotency (key_id, endpoint, header, value, fingerprint, task_id, created_at_ms) VALUES (:key_id,"
    " :endpoint, :header, :value, :fingerprint, :task_id, :created_at_ms) ON CONFLICT DO NOTHING"
)

_PURGE = Sql(
    "DELETE FROM idempotency WHERE (key_id, endpoint, header, value) IN (SELECT key_id, endpoint, header, value FROM"
    " idempotency i WHERE created_at_ms < :before_ms AND NOT EXISTS (SELECT 1 FROM tasks WHERE tasks.id = i.task_id AND"
    " tasks.state = 'waiting') ORDER BY created_at_ms LIMIT :most)"
)

KEPT_DAYS = 7  # at least; never less than its task runs


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """A client's name for one request.

    header: `x-request-id` always answers with the first task; `idempotency-key` is strict and refuses another request.
    fingerprint: of the request that it names, where that is another than the task's own (a whole conversation).
    asked: the client's own words, where `value` names one call of several.
    """

    endpoint: str
    header: Literal["x-request-id", "idempotency-key"]
    value: str
    fingerprint: str | None = None
    asked: str | None = None


@dataclass(frozen=True, slots=True)
class Earlier:
    """The task that the same key made before, and the fingerprint of its request."""

    task_id: TaskId
    fingerprint: str


def find(tx: Tx, key_id: KeyId, key: IdempotencyKey) -> Earlier | None:
    """What this idempotency key made before."""
    row = tx.one(_FIND, key_id=key_id, endpoint=key.endpoint, header=key.header, value=key.value)
    return None if row is None else Earlier(row.task_id, row.fingerprint)


def remember(tx: Tx, key_id: KeyId, key: IdempotencyKey, *, fingerprint: str, task_id: TaskId, now: datetime) -> bool:
    """Bind the key to its task, in the transaction that makes the task; False when it is bound already.

    Of two that try at once the second waits here for the end of the first.
    """
    written = tx.run(
        _REMEMBER,
        key_id=key_id,
        endpoint=key.endpoint,
        header=key.header,
        value=key.value,
        fingerprint=fingerprint,
        task_id=task_id,
        created_at_ms=to_epoch_ms(now),
    )
    return written == 1


def purge(tx: Tx, *, before: datetime, most: int) -> int:
    """Forget up to `most` keys from before that moment whose tasks have ended, the oldest first; how many they were."""
    return tx.run(_PURGE, before_ms=to_epoch_ms(before), most=most)
