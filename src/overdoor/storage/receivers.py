"""What is known of those who receive callbacks: endpoints that want no more, and how an account's are signed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from overdoor.domain.callback import Callback
from overdoor.storage.db import Sql, Tx
from overdoor.units import AccountId, from_epoch_ms, to_epoch_ms

_IS_DISABLED = Sql("SELECT 1 FROM callback_endpoints_disabled WHERE key_id = :key_id AND endpoint = :endpoint")
_DISABLE = Sql(
    "INSERT INTO callback_endpoints_disabled (key_id, endpoint, account_id, disabled_at_ms)"
    " VALUES (:key_id, :endpoint, :account_id, {now_ms}) ON CONFLICT (key_id, endpoint) DO NOTHING"
)
_SIGNING = Sql("SELECT version, previous_until_ms, kie_headers FROM callback_signing WHERE account_id = :account_id")
_SET_SIGNING = Sql(
    "INSERT INTO callback_signing (account_id, version, previous_until_ms, kie_headers)"
    " VALUES (:account_id, :version, :previous_until_ms, :kie_headers)"
    " ON CONFLICT (account_id) DO UPDATE SET version = excluded.version,"
    " previous_until_ms = excluded.previous_until_ms, kie_headers = excluded.kie_headers"
)


@dataclass(frozen=True, slots=True)
class Signing:
    """How callbacks of an account are signed.

    version: of its secret. previous_until: until when the version before it signs, too. kie_headers: kie.ai's headers
    are sent beside the standard ones.
    """

    version: int
    previous_until: datetime
    kie_headers: bool

    def versions(self, now: datetime) -> Sequence[int]:
        """Those that sign now, the newest first."""
        return (self.version, self.version - 1) if now < self.previous_until else (self.version,)


UNCHANGED = Signing(1, from_epoch_ms(0), kie_headers=False)


def is_disabled(tx: Tx, callback: Callback) -> bool:
    """True when nothing is sent to the callback's endpoint any more."""
    return tx.one(_IS_DISABLED, key_id=callback.key_id, endpoint=callback.endpoint) is not None


def disable(tx: Tx, callback: Callback) -> None:
    """Send nothing to the callback's endpoint any more."""
    tx.run(_DISABLE, key_id=callback.key_id, endpoint=callback.endpoint, account_id=callback.account_id)


def signing_of(tx: Tx, account_id: AccountId) -> Signing:
    """How the account's callbacks are signed."""
    row = tx.one(_SIGNING, account_id=account_id)
    if row is None:
        return UNCHANGED
    return Signing(row.version, from_epoch_ms(row.previous_until_ms), kie_headers=row.kie_headers == 1)


def set_signing(tx: Tx, account_id: AccountId, signing: Signing) -> None:
    """Sign the account's callbacks so from now on."""
    tx.run(
        _SET_SIGNING,
        account_id=account_id,
        version=signing.version,
        previous_until_ms=to_epoch_ms(signing.previous_until),
        kie_headers=int(signing.kie_headers),
    )
