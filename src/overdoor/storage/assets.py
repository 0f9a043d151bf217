"""Asset rows: what was made, for whom, and under which hash the bytes lie."""

from collections.abc import Collection

from overdoor.domain.access import Caller
from overdoor.domain.task import Asset
from overdoor.storage.db import Row, Sql, Tx, ids_text
from overdoor.units import AssetId, TaskId, from_epoch_ms, to_epoch_ms

COLUMNS = (
    "id, account_id, key_id, mode, task_id, role, position, kind, mime, width_px, height_px, duration_s, size_bytes,"
    " sha256, created_at_ms, expires_at_ms, lost_at_ms, name, has_alpha, blurhash"
)
_ADD = Sql(
    "INSERT INTO assets (id, account_id, key_id, mode, task_id, role, position, kind, mime, width_px, height_px,"
    " duration_s, size_bytes, sha256, created_at_ms, expires_at_ms, name, has_alpha, blurhash) VALUES (:id,"
    " :account_id, :key_id, :mode, :task_id, :role, :position, :kind, :mime, :width_px, :height_px, :duration_s,"
    " :size_bytes, :sha256, :created_at_ms, :expires_at_ms, :name, :has_alpha, :blurhash)"
)
_OF_TASK = Sql(
    f"SELECT {COLUMNS} FROM assets WHERE task_id = :task_id AND role <> 'input' ORDER BY role DESC, position"
)
_OF_TASKS = Sql(
    f"SELECT {COLUMNS} FROM assets WHERE task_id {{among_ids}} AND role <> 'input' ORDER BY role DESC, position"
)
_BY_ID = Sql(f"SELECT {COLUMNS} FROM assets WHERE id = :id")
_VISIBLE = Sql(f"SELECT {COLUMNS} FROM assets WHERE id = :id AND account_id = :account_id AND mode = :mode")
_FIRST_RESULT = Sql(
    f"SELECT {COLUMNS} FROM assets WHERE task_id = :task_id AND account_id = :account_id AND mode = :mode"
    " AND role = 'result' ORDER BY position LIMIT 1"
)
_OF_ACCOUNT = Sql(f"SELECT {COLUMNS} FROM assets WHERE id = :id AND account_id = :account_id")
_OF_KEY = Sql(f"SELECT {COLUMNS} FROM assets WHERE id = :id AND key_id = :key_id AND mode = :mode")
_LOST = Sql("UPDATE assets SET lost_at_ms = {now_ms} WHERE id = :id AND lost_at_ms IS NULL")


def add(tx: Tx, asset: Asset) -> None:
    """Insert a stored file."""
    tx.run(
        _ADD,
        id=asset.id,
        account_id=asset.account_id,
        key_id=asset.key_id,
        mode=asset.mode,
        task_id=asset.task_id,
        role=asset.role,
        position=asset.position,
        kind=asset.kind,
        mime=asset.mime,
        width_px=asset.width_px,
        height_px=asset.height_px,
        duration_s=asset.duration_s,
        size_bytes=asset.size_bytes,
        sha256=asset.sha256,
        created_at_ms=to_epoch_ms(asset.created_at),
        expires_at_ms=to_epoch_ms(asset.expires_at),
        name=asset.name,
        has_alpha=None if asset.has_alpha is None else int(asset.has_alpha),
        blurhash=asset.blurhash,
    )


def of_task(tx: Tx, task_id: TaskId) -> tuple[Asset, ...]:
    """What it made: results first, in order, then the rest. The caller has already been shown to own the task."""
    return tuple(from_row(row) for row in tx.all(_OF_TASK, task_id=task_id))


def of_tasks(tx: Tx, task_ids: Collection[TaskId]) -> dict[TaskId, tuple[Asset, ...]]:
    """The same for several tasks; those without assets are left out."""
    found: dict[TaskId, tuple[Asset, ...]] = {}
    if task_ids:
        for row in tx.all(_OF_TASKS, ids=ids_text(task_ids)):
            found[row.task_id] = (*found.get(row.task_id, ()), from_row(row))
    return found


def by_id(tx: Tx, asset_id: str) -> Asset | None:
    """The asset, for a link whose signature was verified: the signature is the permission."""
    row = tx.one(_BY_ID, id=asset_id)
    return None if row is None else from_row(row)


def visible(tx: Tx, asset_id: str, caller: Caller) -> Asset | None:
    """The file if the caller may see it: of this key in its mode, or of the account with `account:read`."""
    if caller.sees_account:
        row = tx.one(_OF_ACCOUNT, id=asset_id, account_id=caller.account_id)
    else:
        row = tx.one(_OF_KEY, id=asset_id, key_id=caller.key_id, mode=caller.mode)
    return None if row is None else from_row(row)


def usable_as_input(tx: Tx, asset_id: str, caller: Caller) -> Asset | None:
    """The asset if it belongs to the caller's account and mode, expired or not."""
    row = tx.one(_VISIBLE, id=asset_id, account_id=caller.account_id, mode=caller.mode)
    return None if row is None else from_row(row)


def first_result_of(tx: Tx, task_id: str, caller: Caller) -> Asset | None:
    """The first result of a task, if it belongs to the caller's account and mode."""
    row = tx.one(_FIRST_RESULT, task_id=task_id, account_id=caller.account_id, mode=caller.mode)
    return None if row is None else from_row(row)


def mark_lost(tx: Tx, asset_id: AssetId) -> bool:
    """Note that the bytes are missing or changed; True the first time."""
    return tx.run(_LOST, id=asset_id) == 1


def from_row(row: Row) -> Asset:
    """A row with every one of `COLUMNS` as a value."""
    return Asset(
        id=row.id,
        account_id=row.account_id,
        key_id=row.key_id,
        mode=row.mode,
        task_id=row.task_id,
        role=row.role,
        position=row.position,
        kind=row.kind,
        mime=row.mime,
        width_px=row.width_px,
        height_px=row.height_px,
        duration_s=row.duration_s,
        size_bytes=row.size_bytes,
        sha256=row.sha256,
        created_at=from_epoch_ms(row.created_at_ms),
        expires_at=from_epoch_ms(row.expires_at_ms),
        lost=row.lost_at_ms is not None,
        name=row.name,
        has_alpha=None if row.has_alpha is None else bool(row.has_alpha),
        blurhash=row.blurhash,
    )
