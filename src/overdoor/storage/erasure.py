"""Deleting on request: rows of files, and the words of tasks. Rows of tasks and the ledger stay, for the money.

A deletion locks the balance that every createTask of the account and mode locks, too, before it binds its inputs: so
either the new task is seen here, or the task does not find its input any more.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import msgspec

from overdoor.domain.access import Caller
from overdoor.domain.request import from_json, to_json
from overdoor.domain.task import Asset
from overdoor.storage import callbacks, retention
from overdoor.storage.assets import COLUMNS, from_row
from overdoor.storage.db import Row, Sql, Tx
from overdoor.units import AccountId, Mode, TaskId, to_epoch_ms

_LOCK = Sql("SELECT 1 FROM balances WHERE account_id = :account_id AND mode = :mode FOR UPDATE")
_OWN_TASK = "SELECT state FROM tasks WHERE id = :id AND mode = :mode AND "
_TASK_OF_KEY = Sql(_OWN_TASK + "key_id = :key_id")
_TASK_OF_ACCOUNT = Sql(_OWN_TASK + "account_id = :account_id")
_OWN_ASSET = f"SELECT {COLUMNS} FROM assets WHERE id = :id AND mode = :mode AND "
_ASSET_OF_KEY = Sql(_OWN_ASSET + "key_id = :key_id")
_ASSET_OF_ACCOUNT = Sql(_OWN_ASSET + "account_id = :account_id")
_ASSETS_OF_TASK = Sql("SELECT id FROM assets WHERE task_id = :task_id")
_ASSETS_OF_ACCOUNT = Sql(
    "SELECT id FROM assets WHERE account_id = :account_id AND mode = :mode AND id > :after ORDER BY id LIMIT :most"
)
_TASKS_OF_ACCOUNT = Sql(
    "SELECT id, created_at_ms, request, state, media_deleted_at_ms FROM tasks WHERE account_id = :account_id"
    " AND mode = :mode AND (created_at_ms, id) > (:after_ms, :after_id) ORDER BY created_at_ms, id LIMIT :most"
)
_SCANNED = Sql(
    "SELECT id, CASE WHEN state <> 'waiting' AND created_at_ms < :before_ms AND prompt_deleted_at_ms IS NULL"
    " THEN 1 ELSE 0 END AS is_over FROM tasks WHERE id > :after ORDER BY id LIMIT :most"
)
_WAITING = Sql("SELECT id FROM tasks WHERE account_id = :account_id AND state = 'waiting' LIMIT 1")
_WITH_WORDS = Sql("SELECT count(*) FROM tasks WHERE account_id = :account_id AND prompt_deleted_at_ms IS NULL")
_MARK_MEDIA = Sql("UPDATE tasks SET media_deleted_at_ms = COALESCE(media_deleted_at_ms, {now_ms}) WHERE id = :id")
_REQUEST = Sql("SELECT request FROM tasks WHERE id = :id")
_REDACT = Sql(
    "UPDATE tasks SET request = :request, param = '{}', warnings = '[]', callback_url = NULL,"
    " fail_message = CASE WHEN fail_message IS NULL THEN NULL ELSE :deleted END,"
    " prompt_deleted_at_ms = COALESCE(prompt_deleted_at_ms, {now_ms}) WHERE id = :id AND state <> 'waiting'"
)
_NAMES = Sql("DELETE FROM idempotency WHERE key_id IN (SELECT id FROM api_keys WHERE account_id = :account_id)")
_RETRIES = Sql("DELETE FROM recent_requests WHERE key_id IN (SELECT id FROM api_keys WHERE account_id = :account_id)")
_DELETED = "The message was deleted together with the prompt."


@dataclass(frozen=True, slots=True)
class After:
    """Where a walk through an account's tasks goes on."""

    created_at_ms: int = -1
    task_id: str = ""


def lock(tx: Tx, account_id: AccountId, mode: Mode) -> None:
    """No createTask of this account and mode is under way until this transaction ends."""
    if tx.dialect == "postgresql":  # SQLite has one writer
        tx.one(_LOCK, account_id=account_id, mode=mode)


def own_task_state(tx: Tx, task_id: str, caller: Caller) -> str | None:
    """The state of a task that the caller may delete: made by this key, or, with `manage`, of its account and mode."""
    if "manage" in caller.scopes:
        return tx.scalar(_TASK_OF_ACCOUNT, id=task_id, mode=caller.mode, account_id=caller.account_id)
    return tx.scalar(_TASK_OF_KEY, id=task_id, mode=caller.mode, key_id=caller.key_id)


def own_asset(tx: Tx, asset_id: str, caller: Caller) -> Asset | None:
    """The file, if the caller may delete it by the same rule."""
    if "manage" in caller.scopes:
        row = tx.one(_ASSET_OF_ACCOUNT, id=asset_id, mode=caller.mode, account_id=caller.account_id)
    else:
        row = tx.one(_ASSET_OF_KEY, id=asset_id, mode=caller.mode, key_id=caller.key_id)
    return None if row is None else from_row(row)


def assets_of_task(tx: Tx, task_id: str) -> Sequence[str]:
    """Ids of everything that was stored for the task."""
    return [row.id for row in tx.all(_ASSETS_OF_TASK, task_id=task_id)]


def remove_media(tx: Tx, asset_ids: Sequence[str], *, task_id: str | None, now: datetime) -> int:
    """Remove the rows; the task, if there is one, says from now on that its media were deleted."""
    if task_id is not None:
        tx.run(_MARK_MEDIA, id=task_id)
    return retention.remove(tx, asset_ids, now=now)


def redact(tx: Tx, task_id: str) -> bool:
    """Delete the words of an ended task: prompt, parameters, inputs, addresses; False for one that waits."""
    row = tx.one(_REQUEST, id=task_id)
    return row is not None and _redact(tx, task_id, row.request)


def waiting_task(tx: Tx, account_id: AccountId) -> str | None:
    """A task of the account that has not ended."""
    return tx.scalar(_WAITING, account_id=account_id)


def tasks_with_words(tx: Tx, account_id: AccountId) -> int:
    """How many tasks of the account have their words yet, in both modes."""
    return tx.scalar(_WITH_WORDS, account_id=account_id)


def remove_some_of_account(
    tx: Tx, account_id: AccountId, mode: Mode, *, after: str, now: datetime, most: int
) -> tuple[int, str | None]:
    """Remove up to `most` files of the account that no waiting task works on; how many, and where to go on."""
    lock(tx, account_id, mode)
    used = retention.users(tx, account_id)
    found = [row.id for row in tx.all(_ASSETS_OF_ACCOUNT, account_id=account_id, mode=mode, after=after, most=most)]
    removed = retention.remove(tx, [asset_id for asset_id in found if asset_id not in used], now=now)
    return removed, found[-1] if len(found) == most else None


def redact_some_of_account(
    tx: Tx, account_id: AccountId, mode: Mode, *, after: After, most: int
) -> tuple[int, After | None]:
    """Delete the words of up to `most` ended tasks of the account; how many, and where to go on."""
    place = {"after_ms": after.created_at_ms, "after_id": after.task_id}
    rows = tx.all(_TASKS_OF_ACCOUNT, account_id=account_id, mode=mode, most=most, **place)
    redacted = 0
    for row in rows:
        if row.state == "success" and row.media_deleted_at_ms is None:
            tx.run(_MARK_MEDIA, id=row.id)
        redacted += _redact(tx, row.id, row.request)
    return redacted, After(rows[-1].created_at_ms, rows[-1].id) if len(rows) == most else None


def forget_names(tx: Tx, account_id: AccountId) -> None:
    """Delete the names that the account's clients gave their requests."""
    tx.run(_NAMES, account_id=account_id)
    tx.run(_RETRIES, account_id=account_id)


def old_prompts(tx: Tx, *, before: datetime, after: str, most: int) -> tuple[Sequence[str], str | None]:
    """Of the next `most` tasks by id, those that have ended, are from before that moment and have their words yet."""
    rows: Sequence[Row] = tx.all(_SCANNED, before_ms=to_epoch_ms(before), after=after, most=most)
    return [row.id for row in rows if row.is_over], rows[-1].id if len(rows) == most else None


def redact_all(tx: Tx, task_ids: Collection[str]) -> int:
    """Delete the words of these tasks; of how many."""
    return sum(redact(tx, task_id) for task_id in task_ids)


def _redact(tx: Tx, task_id: TaskId | str, request: str) -> bool:
    wordless = replace(from_json(msgspec.json.decode(request)), prompt="", inputs=(), extra={})
    text = msgspec.json.encode(to_json(wordless)).decode()
    is_redacted = tx.run(_REDACT, id=task_id, request=text, deleted=_DELETED) == 1
    if is_redacted:
        callbacks.shorten_url(tx, task_id)
    return is_redacted
