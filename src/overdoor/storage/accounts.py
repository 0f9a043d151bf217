"""Accounts and their API keys. A change here raises the revision that other processes watch."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast

from overdoor.domain.access import Caller, Scope
from overdoor.domain.budgets import NO_BUDGETS, Budgets
from overdoor.domain.limits import TIERS, with_overrides
from overdoor.storage import budgets
from overdoor.storage.db import Row, Sql, Tx
from overdoor.units import AccountId, KeyId, Mode, from_epoch_ms, to_epoch_ms

_ADD_ACCOUNT = Sql(
    "INSERT INTO accounts (id, name, is_owner, tier, live_kind, created_at_ms) VALUES (:id, :name, :is_owner,"
    " :tier, :live_kind, :created_at_ms)"
)
_FIRST_START_LOCK = Sql("SELECT pg_advisory_xact_lock(236781458)")  # any number that nobody else uses
_OWNER = Sql("SELECT id FROM accounts WHERE is_owner = 1")
_ADD_KEY = Sql(
    "INSERT INTO api_keys (id, account_id, name, mode, secret_hash, masked, scopes, tier, limits, budget_total,"
    " budget_daily, budget_weekly, budget_monthly, created_at_ms) VALUES (:id, :account_id, :name, :mode, :secret_hash,"
    " :masked, :scopes, :tier, :limits, :total, :daily, :weekly, :monthly, :created_at_ms)"
)
_KEYS = Sql(
    "SELECT id, account_id, name, mode, masked, scopes, tier, limits, created_at_ms, last_used_at_ms,"
    " disabled_at_ms, budget_total, budget_daily, budget_weekly, budget_monthly FROM api_keys"
    " WHERE account_id = :account_id ORDER BY created_at_ms, id"
)
_CALLER = (
    "SELECT k.id, k.account_id, k.mode, k.scopes, COALESCE(k.tier, a.tier) AS tier, k.limits, k.disabled_at_ms,"
    " k.budget_total, k.budget_daily, k.budget_weekly, k.budget_monthly, COALESCE(b.budget_total, b.budget_daily,"
    " b.budget_weekly, b.budget_monthly) IS NOT NULL AS account_is_bounded FROM api_keys k"
    " JOIN accounts a ON a.id = k.account_id"
    " LEFT JOIN balances b ON b.account_id = k.account_id AND b.mode = k.mode WHERE "
)
_CALLER_BY_HASH = Sql(_CALLER + "k.secret_hash = :secret_hash")
_CALLER_BY_ID = Sql(_CALLER + "k.id = :id")
_DISABLE = Sql(
    "UPDATE api_keys SET disabled_at_ms = {now_ms} WHERE account_id = :account_id AND (id = :named OR name = :named)"
    " AND disabled_at_ms IS NULL"
)
_SET_LIMITS = Sql(
    "UPDATE api_keys SET tier = :tier, limits = :limits WHERE account_id = :account_id AND (id = :named OR"
    " name = :named) AND disabled_at_ms IS NULL"
)
_USED = Sql("UPDATE api_keys SET last_used_at_ms = {now_ms} WHERE id = :id")
_REVISION = Sql("SELECT number FROM revisions WHERE name = 'accounts'")
_RAISE_REVISION = Sql("UPDATE revisions SET number = number + 1 WHERE name = 'accounts'")


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who pays. Live money is prepaid or metered; test money is always prepaid."""

    id: AccountId
    name: str
    is_owner: bool
    tier: str
    live_kind: Literal["prepaid", "metered"]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Key:
    """An API key without its secret."""

    id: KeyId
    account_id: AccountId
    name: str
    mode: Mode
    masked: str
    scopes: tuple[Scope, ...]
    created_at: datetime
    tier: str | None = None  # its own; None for the account's
    limits: str | None = None  # JSON, see `domain.limits.read_overrides`
    last_used_at: datetime | None = None
    disabled_at: datetime | None = None
    budgets: Budgets = NO_BUDGETS


def add_account(tx: Tx, account: Account) -> None:
    """Insert an account; a second owner is refused by the database."""
    tx.run(
        _ADD_ACCOUNT,
        id=account.id,
        name=account.name,
        is_owner=int(account.is_owner),
        tier=account.tier,
        live_kind=account.live_kind,
        created_at_ms=to_epoch_ms(account.created_at),
    )
    tx.run(_RAISE_REVISION)


def one_at_a_time(tx: Tx) -> None:
    """Of several nodes that make the first accounts and keys, the others wait here. SQLite has one writer anyway."""
    if tx.dialect == "postgresql":
        tx.one(_FIRST_START_LOCK)


def owner_id(tx: Tx) -> AccountId | None:
    """The owner account, None before the first start."""
    return tx.scalar(_OWNER)


def add_key(tx: Tx, key: Key, *, secret_hash: str) -> None:
    """Insert a key by the hash of its secret."""
    tx.run(
        _ADD_KEY,
        id=key.id,
        account_id=key.account_id,
        name=key.name,
        mode=key.mode,
        secret_hash=secret_hash,
        masked=key.masked,
        scopes=" ".join(key.scopes),
        tier=key.tier,
        limits=key.limits,
        **key.budgets.by_period(),
        created_at_ms=to_epoch_ms(key.created_at),
    )
    tx.run(_RAISE_REVISION)


def keys_of(tx: Tx, account_id: AccountId) -> tuple[Key, ...]:
    """Every key of an account, oldest first, the disabled ones too."""
    return tuple(_key(row) for row in tx.all(_KEYS, account_id=account_id))


def caller_by_hash(tx: Tx, secret_hash: str) -> Caller | None:
    """The caller whose key has this hash; None for an unknown or disabled one."""
    return _caller(tx.one(_CALLER_BY_HASH, secret_hash=secret_hash))


def caller_by_id(tx: Tx, key_id: KeyId) -> Caller | None:
    """The caller whose key has this id, for the machine's own hands; None for an unknown or disabled one."""
    return _caller(tx.one(_CALLER_BY_ID, id=key_id))


def disable_key(tx: Tx, account_id: AccountId, named: str) -> int:
    """Disable the living keys with this id or name; how many there were."""
    disabled = tx.run(_DISABLE, account_id=account_id, named=named)
    tx.run(_RAISE_REVISION)
    return disabled


def set_limits(tx: Tx, account_id: AccountId, named: str, *, tier: str | None, limits: str | None) -> int:
    """Give the living keys with this id or name a tier and limits of their own; how many there were."""
    changed = tx.run(_SET_LIMITS, account_id=account_id, named=named, tier=tier, limits=limits)
    tx.run(_RAISE_REVISION)
    return changed


def note_use(tx: Tx, key_id: KeyId) -> None:
    """Write down that a key was used; called at most once a minute for each."""
    tx.run(_USED, id=key_id)


def changed(tx: Tx) -> None:
    """Tell every process that what it remembers of keys is old."""
    tx.run(_RAISE_REVISION)


def revision(tx: Tx) -> int:
    """A number that grows whenever accounts or keys change."""
    return tx.scalar(_REVISION)


def _key(row: Row) -> Key:
    return Key(
        id=row.id,
        account_id=row.account_id,
        name=row.name,
        mode=row.mode,
        masked=row.masked,
        scopes=tuple(cast("list[Scope]", row.scopes.split())),
        created_at=from_epoch_ms(row.created_at_ms),
        tier=row.tier,
        limits=row.limits,
        last_used_at=None if row.last_used_at_ms is None else from_epoch_ms(row.last_used_at_ms),
        disabled_at=None if row.disabled_at_ms is None else from_epoch_ms(row.disabled_at_ms),
        budgets=budgets.of_row(row),
    )


def _caller(row: Row | None) -> Caller | None:
    if row is None or row.disabled_at_ms is not None:
        return None
    return Caller(
        account_id=row.account_id,
        key_id=row.id,
        mode=row.mode,
        scopes=frozenset(cast("list[Scope]", row.scopes.split())),
        tier=with_overrides(TIERS[row.tier], row.limits),
        budgets=budgets.of_row(row),
        account_is_bounded=bool(row.account_is_bounded),
    )
