"""Reading callbacks for those who ask, and sending one again: each statement names the owner."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from overdoor.domain.callback import Callback, CallbackState
from overdoor.domain.places import Place
from overdoor.storage.callbacks import COLUMNS, from_row
from overdoor.storage.db import Sql, Tx
from overdoor.units import AccountId, CallbackId, KeyId, Mode, from_epoch_ms

Owner = Literal["key_id", "account_id", "account_mode", "everybody"]

_OWNED: dict[Owner, str] = {
    "key_id": "key_id = :owner",
    "account_id": "account_id = :owner",
    "account_mode": "key_id IN (SELECT id FROM api_keys WHERE account_id = :owner AND mode = :mode)",
    "everybody": ":owner = ''",
}
_STATES: tuple[CallbackState | None, ...] = (None, "pending", "delivered", "failed")


def _page_statement(owner: Owner, state: CallbackState | None) -> Sql:
    wanted = "" if state is None else f" AND state = '{state}'"  # spelled out, so that a partial index serves it
    return Sql(
        f"SELECT {COLUMNS} FROM callbacks WHERE {_OWNED[owner]}{wanted}"
        " AND (CAST(:task_id AS text) IS NULL OR task_id = CAST(:task_id AS text))"
        " AND (created_at_ms, id) < (:before_ms, :before_id) ORDER BY created_at_ms DESC, id DESC LIMIT :most"
    )


_PAGE = {(owner, state): _page_statement(owner, state) for owner in _OWNED for state in _STATES}
_FIND = {owner: Sql(f"SELECT {COLUMNS} FROM callbacks WHERE id = :id AND {owned}") for owner, owned in _OWNED.items()}
_REPLAY = {
    owner: Sql(
        "UPDATE callbacks SET state = 'pending', tries = 0, next_at_ms = {now_ms}, delivered_at_ms = NULL"
        f" WHERE id = :id AND {owned} RETURNING {COLUMNS}"
    )
    for owner, owned in _OWNED.items()
}
_ENDPOINTS = {
    owner: Sql(
        "SELECT key_id, endpoint, disabled_at_ms FROM callback_endpoints_disabled"
        f" WHERE {owned} ORDER BY disabled_at_ms DESC, endpoint LIMIT :most"
    )
    for owner, owned in _OWNED.items()
}
_ENABLE = {
    owner: Sql(f"DELETE FROM callback_endpoints_disabled WHERE endpoint = :endpoint AND {owned}")
    for owner, owned in _OWNED.items()
}


@dataclass(frozen=True, slots=True)
class Seen:
    """Whose callbacks are seen: those of one key, of one account (in one mode), or (for the operator) of everybody."""

    by: Owner
    owner: KeyId | AccountId | Literal[""] = ""
    mode: Mode | None = None

    @property
    def named(self) -> Mapping[str, str]:
        """What the statements need to know of it."""
        return {"owner": self.owner} if self.mode is None else {"owner": self.owner, "mode": self.mode}


@dataclass(frozen=True, slots=True)
class DisabledEndpoint:
    """A URL without its query to which nothing of this key is sent."""

    key_id: KeyId
    url: str
    disabled_at: datetime


def page(
    tx: Tx, seen: Seen, *, state: CallbackState | None, task_id: str | None, before: Place, most: int
) -> tuple[Callback, ...]:
    """The newest callbacks that fit and are older than `before`."""
    rows = tx.all(
        _PAGE[seen.by, state],
        **seen.named,
        task_id=task_id,
        before_ms=before.created_at_ms,
        before_id=before.id,
        most=most,
    )
    return tuple(from_row(row) for row in rows)


def find(tx: Tx, seen: Seen, callback_id: str) -> Callback | None:
    """The callback, if it is seen."""
    row = tx.one(_FIND[seen.by], **seen.named, id=callback_id)
    return None if row is None else from_row(row)


def replay(tx: Tx, seen: Seen, callback_id: CallbackId) -> Callback | None:
    """Begin the callback's schedule anew, whatever became of it; None where it is not seen."""
    row = tx.one(_REPLAY[seen.by], **seen.named, id=callback_id)
    return None if row is None else from_row(row)


def disabled_endpoints(tx: Tx, seen: Seen, *, most: int) -> Sequence[DisabledEndpoint]:
    """Endpoints that answered 410, the newest first."""
    return [
        DisabledEndpoint(row.key_id, row.endpoint, from_epoch_ms(row.disabled_at_ms))
        for row in tx.all(_ENDPOINTS[seen.by], **seen.named, most=most)
    ]


def enable(tx: Tx, seen: Seen, endpoint: str) -> int:
    """Send to the endpoint again; for how many keys it was disabled."""
    return tx.run(_ENABLE[seen.by], **seen.named, endpoint=endpoint)
