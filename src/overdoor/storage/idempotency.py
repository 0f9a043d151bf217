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


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """A client's name for one request.

    header: `x-request-id` always answers with the first task; `idempotency-key` is strict and refuses another request.
    """

    endpoint: str
    header: Literal["x-request-id", "idempotency-key"]
    value: str


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
