"""Removing rows whose time is over, in small transactions, and finding out which files nobody names any more.

What a waiting task works on is never removed. Which inputs those are is read beside the writer, from the waiting tasks
themselves; that cannot become wrong afterwards, because createTask refuses a file whose time is over.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from overdoor.storage.db import Sql, Tx, ids_text
from overdoor.units import AccountId, to_epoch_ms

_INPUTS = {
    "sqlite": Sql(
        "SELECT json_extract(i.value, '$.source') AS source, json_extract(i.value, '$.value') AS value"
        " FROM tasks t, json_each(t.request, '$.inputs') i WHERE t.state = 'waiting'"
        " AND json_extract(i.value, '$.source') IN ('asset', 'file')"
    ),
    "postgresql": Sql(
        "SELECT i ->> 'source' AS source, i ->> 'value' AS value FROM tasks t,"
        " json_array_elements(CAST(t.request AS json) -> 'inputs') i WHERE t.state = 'waiting'"
        " AND i ->> 'source' IN ('asset', 'file')"
    ),
}
_ASSETS_USED = {
    "sqlite": Sql(
        "SELECT t.id AS task_id, json_extract(i.value, '$.value') AS asset_id FROM tasks t,"
        " json_each(t.request, '$.inputs') i WHERE t.account_id = :account_id AND t.state = 'waiting'"
        " AND json_extract(i.value, '$.source') = 'asset'"
    ),
    "postgresql": Sql(
        "SELECT t.id AS task_id, i ->> 'value' AS asset_id FROM tasks t,"
        " json_array_elements(CAST(t.request AS json) -> 'inputs') i"
        " WHERE t.account_id = :account_id AND t.state = 'waiting' AND i ->> 'source' = 'asset'"
    ),
}
_OVER = Sql(
    "SELECT id, expires_at_ms FROM assets WHERE expires_at_ms < :before_ms"
    " AND (expires_at_ms, id) > (:after_ms, :after_id) ORDER BY expires_at_ms, id LIMIT :most"
)
_DOUBT = Sql(
    "INSERT INTO unclaimed_files (sha256, due_at_ms) SELECT DISTINCT sha256, CAST(:due_ms AS BIGINT) FROM assets"
    " WHERE id {among_ids} ORDER BY sha256 ON CONFLICT (sha256) DO UPDATE SET due_at_ms = excluded.due_at_ms"
)
_DOUBT_FILE = Sql(
    "INSERT INTO unclaimed_files (sha256, due_at_ms) VALUES (:sha256, :due_ms) ON CONFLICT (sha256) DO NOTHING"
)
_REMOVE = Sql("DELETE FROM assets WHERE id {among_ids}")
_DUE = Sql("SELECT sha256 FROM unclaimed_files WHERE due_at_ms <= :now_ms ORDER BY due_at_ms LIMIT :most")
_CLAIMED = Sql("SELECT DISTINCT sha256 FROM assets WHERE sha256 {among_ids}")
_SETTLE = Sql("DELETE FROM unclaimed_files WHERE sha256 {among_ids}")
_POSTPONE = Sql("UPDATE unclaimed_files SET due_at_ms = :due_ms WHERE sha256 {among_ids}")


@dataclass(frozen=True, slots=True, order=True)
class End:
    """A place among the rows, by the end of their time."""

    expires_at_ms: int = 0
    asset_id: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """What one transaction removed. resume: where to go on; None where nothing is left."""

    removed: int
    resume: End | None


@dataclass(frozen=True, slots=True)
class InUse:
    """What waiting tasks work on. files: hashes of inputs without a row of their own."""

    assets: frozenset[str]
    files: frozenset[str]


def in_use(tx: Tx) -> InUse:
    """The inputs of all waiting tasks."""
    rows = tx.all(_INPUTS[tx.dialect])
    return InUse(
        frozenset(row.value for row in rows if row.source == "asset"),
        frozenset(row.value for row in rows if row.source == "file"),
    )


def users(tx: Tx, account_id: AccountId) -> dict[str, str]:
    """Assets that waiting tasks of the account work on, each with one such task."""
    return {row.asset_id: row.task_id for row in tx.all(_ASSETS_USED[tx.dialect], account_id=account_id)}


def remove_expired(tx: Tx, *, before: datetime, after: End, spared: Collection[str], now: datetime, most: int) -> Batch:
    """Remove up to `most` rows whose time was over before that moment, the oldest first."""
    rows = tx.all(
        _OVER, before_ms=to_epoch_ms(before), after_ms=after.expires_at_ms, after_id=after.asset_id, most=most
    )
    removed = remove(tx, [row.id for row in rows if row.id not in spared], now=now)
    resume = End(rows[-1].expires_at_ms, rows[-1].id) if len(rows) == most else None
    return Batch(removed, resume)


def remove(tx: Tx, asset_ids: Sequence[str], *, now: datetime) -> int:
    """Remove these rows, and note that their files may have lost the last one who names them; how many rows it was."""
    if not asset_ids:
        return 0
    ids = ids_text(asset_ids)
    tx.run(_DOUBT, ids=ids, due_ms=to_epoch_ms(now))
    return tx.run(_REMOVE, ids=ids)


def doubt(tx: Tx, hashes: Collection[str], *, now: datetime) -> None:
    """Note that nobody may name these files."""
    for sha256 in sorted(hashes):
        tx.run(_DOUBT_FILE, sha256=sha256, due_ms=to_epoch_ms(now))


def due(tx: Tx, *, now: datetime, most: int) -> Sequence[str]:
    """Hashes of files that shall be looked at now."""
    return [row.sha256 for row in tx.all(_DUE, now_ms=to_epoch_ms(now), most=most)]


def claimed(tx: Tx, hashes: Collection[str]) -> frozenset[str]:
    """Those of the files that a row or a waiting task names."""
    named = {row.sha256 for row in tx.all(_CLAIMED, ids=ids_text(hashes))}
    return frozenset(named | in_use(tx).files.intersection(hashes))


def settle(tx: Tx, hashes: Collection[str]) -> None:
    """These files are gone, or named again."""
    tx.run(_SETTLE, ids=ids_text(hashes))


def postpone(tx: Tx, hashes: Collection[str], *, until: datetime) -> None:
    """Look at these files later."""
    tx.run(_POSTPONE, ids=ids_text(hashes), due_ms=to_epoch_ms(until))
