"""Rows of uploads: whose they are, how many bytes they hold, and pages of them from the newest to the oldest."""

from datetime import datetime

from overdoor.domain.access import Caller
from overdoor.domain.places import Place
from overdoor.domain.task import Asset
from overdoor.storage.assets import COLUMNS, from_row
from overdoor.storage.db import Sql, Tx
from overdoor.units import AccountId, to_epoch_ms

_UPLOADS = f"SELECT {COLUMNS} FROM assets WHERE role = 'upload' AND expires_at_ms > :now_ms AND "
_OF_ACCOUNT = Sql(_UPLOADS + "id = :id AND account_id = :account_id")
_OF_KEY = Sql(_UPLOADS + "id = :id AND key_id = :key_id AND mode = :mode")
_PLACE = " AND (created_at_ms, id) < (:before_ms, :before_id) ORDER BY created_at_ms DESC, id DESC LIMIT :most"
_THERE = " AND lost_at_ms IS NULL"
_PAGE_OF_ACCOUNT = Sql(_UPLOADS + "account_id = :account_id" + _THERE + _PLACE)
_PAGE_OF_KEY = Sql(_UPLOADS + "key_id = :key_id AND mode = :mode" + _THERE + _PLACE)
_FOUND_AGAIN = Sql(
    "UPDATE assets SET lost_at_ms = NULL WHERE sha256 = :sha256 AND role = 'upload' AND lost_at_ms IS NOT NULL"
)
_KEPT = Sql(
    "SELECT COALESCE(sum(size_bytes), 0) AS kept FROM assets WHERE role = 'upload' AND account_id = :account_id"
    " AND expires_at_ms > :now_ms AND lost_at_ms IS NULL"
)
_ONE_AT_A_TIME = Sql("SELECT pg_advisory_xact_lock(hashtextextended(:account_id, 5))")


def visible(tx: Tx, asset_id: str, caller: Caller, *, now: datetime) -> Asset | None:
    """The unexpired upload if the caller may see it: of this key and mode, or of the account with `account:read`."""
    values: dict[str, object] = {"id": asset_id, "now_ms": to_epoch_ms(now)}
    if caller.sees_account:
        row = tx.one(_OF_ACCOUNT, account_id=caller.account_id, **values)
    else:
        row = tx.one(_OF_KEY, key_id=caller.key_id, mode=caller.mode, **values)
    return None if row is None else from_row(row)


def page(tx: Tx, caller: Caller, *, before: Place, most: int, now: datetime) -> tuple[Asset, ...]:
    """The newest unexpired uploads before a place that are not lost, as `visible` shows them."""
    values: dict[str, object] = {
        "before_ms": before.created_at_ms,
        "before_id": before.id,
        "most": most,
        "now_ms": to_epoch_ms(now),
    }
    if caller.sees_account:
        rows = tx.all(_PAGE_OF_ACCOUNT, account_id=caller.account_id, **values)
    else:
        rows = tx.all(_PAGE_OF_KEY, key_id=caller.key_id, mode=caller.mode, **values)
    return tuple(from_row(row) for row in rows)


def kept_bytes(tx: Tx, account_id: AccountId, *, now: datetime) -> int:
    """What the account's unexpired uploads of both modes hold together."""
    return int(tx.scalar(_KEPT, account_id=account_id, now_ms=to_epoch_ms(now)))


def found_again(tx: Tx, sha256: str) -> None:
    """The bytes are stored again: no upload of them, whoever sent it, is lost any more."""
    tx.run(_FOUND_AGAIN, sha256=sha256)


def one_at_a_time(tx: Tx, account_id: AccountId) -> None:
    """Of several uploads of one account that end together, the others wait here, so that each counts those before."""
    if tx.dialect == "postgresql":
        tx.one(_ONE_AT_A_TIME, account_id=account_id)
