"""Names that we gave to requests whose clients give none but mark their retries: one row per key, endpoint and body."""

from datetime import datetime

from overdoor.storage.db import Sql, Tx
from overdoor.units import KeyId, to_epoch_ms

_REMEMBER = Sql(
    "INSERT INTO recent_requests (key_id, endpoint, body_sha256, request_name, created_at_ms) VALUES (:key_id,"
    " :endpoint, :body_sha256, :name, :now_ms) ON CONFLICT (key_id, endpoint, body_sha256) DO UPDATE SET request_name ="
    " excluded.request_name, created_at_ms = excluded.created_at_ms"
)
_CONTINUE = Sql(
    "UPDATE recent_requests SET created_at_ms = :now_ms WHERE key_id = :key_id AND endpoint = :endpoint AND body_sha256"
    " = :body_sha256 AND created_at_ms >= :since_ms RETURNING request_name"
)
_PURGE = Sql(
    "DELETE FROM recent_requests WHERE (key_id, endpoint, body_sha256) IN (SELECT key_id, endpoint, body_sha256 FROM"
    " recent_requests WHERE created_at_ms < :before_ms ORDER BY created_at_ms LIMIT :most)"
)


def remember(tx: Tx, key_id: KeyId, *, endpoint: str, body_sha256: str, name: str, now: datetime) -> None:
    """From now on this body has this name; an earlier equal request is forgotten."""
    tx.run(_REMEMBER, key_id=key_id, endpoint=endpoint, body_sha256=body_sha256, name=name, now_ms=to_epoch_ms(now))


def continued(tx: Tx, key_id: KeyId, *, endpoint: str, body_sha256: str, since: datetime, now: datetime) -> str | None:
    """The name of the latest equal request, if it was seen after `since`; it counts as seen now."""
    row = tx.one(
        _CONTINUE,
        key_id=key_id,
        endpoint=endpoint,
        body_sha256=body_sha256,
        since_ms=to_epoch_ms(since),
        now_ms=to_epoch_ms(now),
    )
    return None if row is None else str(row.request_name)


def purge(tx: Tx, *, before: datetime, most: int) -> int:
    """Forget up to `most` names from before that moment, the oldest first; how many they were."""
    return tx.run(_PURGE, before_ms=to_epoch_ms(before), most=most)
