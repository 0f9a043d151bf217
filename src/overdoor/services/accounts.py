"""Accounts and keys: the first owner, new keys, and who a key belongs to.

Verified keys are cached; the cache is dropped when any process changed an account or a key (the database's watcher
looks at one number), so a key that was revoked on the command line stops within a second.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from overdoor.config import Settings
from overdoor.domain.access import DEFAULT_SCOPES, Caller, Scope, hash_key, key_mode, mask_key, mint_key
from overdoor.domain.audit import Report
from overdoor.domain.budgets import NO_BUDGETS, Budgets, Period
from overdoor.domain.credits import Balance
from overdoor.domain.limits import TIERS, Tier, read_overrides
from overdoor.errors import AuthenticationFailed, InsufficientCredits, InvalidOption, PermissionDenied
from overdoor.storage import accounts, budgets, ledger
from overdoor.storage.accounts import Account, Key
from overdoor.storage.audit import recompute
from overdoor.storage.db import Database, Tx
from overdoor.units import AccountId, KeyId, MicroDollars, Mode, from_credits, in_credits, new_id

_MOST_CACHED = 10_000  # keys; the cache is emptied when it is full
_NOTE_USE_EVERY_S = 60.0
_UNSEEN = "cli ("  # how the names of keys begin whose secret nobody was shown
_LONGEST_NAME = 100  # characters


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key with its secret, which is shown once."""

    key: Key
    secret: str


@dataclass(frozen=True, slots=True)
class LimitChange:
    """What changes in the limits of a key; None leaves it. has_tier_of_account: the key loses the tier of its own."""

    tier: str | None = None
    limits: str | None = None
    has_tier_of_account: bool = False


class _Correction(Protocol):
    def __call__(
        self, tx: Tx, account_id: AccountId, mode: Mode, amount: MicroDollars, *, reference: str, reason: str
    ) -> None: ...


class Accounts:
    """Use cases around who calls and who pays."""

    def __init__(self, database: Database, *, settings: Settings, pepper: bytes, now: Callable[[], datetime]) -> None:
        self._database = database
        self._settings = settings
        self._pepper = pepper
        self._now = now
        self._callers: dict[str, Caller] = {}
        self._cache_number = 0  # raised whenever the cache is emptied
        self._revision: int | None = None
        self._noted_at: dict[KeyId, float] = {}
        self._chores: set[asyncio.Task[None]] = set()
        database.watch(self._notice_change)

    async def owner(self) -> AccountId:
        """Whose server this is."""
        return await self._database.read(self._owner)

    async def ensure_owner(self) -> None:
        """Make the owner account if this is the first start."""
        await self._database.write(self._ensure_owner)

    async def first_key(self) -> NewKey | None:
        """A test key for whoever starts the server first; None once anybody was shown a key."""

        def work(tx: Tx) -> NewKey | None:
            owner = self._ensure_owner(tx)
            if any(not key.name.startswith(_UNSEEN) for key in accounts.keys_of(tx, owner)):
                return None
            minted = self._mint("first key", mode="test", scopes=DEFAULT_SCOPES, account_id=owner)
            accounts.add_key(tx, minted.key, secret_hash=hash_key(minted.secret, self._pepper))
            return minted

        return await self._database.write(work)

    async def create_key(
        self,
        name: str,
        *,
        mode: Mode,
        scopes: Sequence[Scope] = DEFAULT_SCOPES,
        tier: str | None = None,
        limits: str | None = None,
        budgets: Budgets = NO_BUDGETS,
    ) -> NewKey:
        """A new key of the owner account. tier, limits: of its own, see `domain.limits`.

        Raises:
            InvalidOption: the name is blank, long, or of more than one line; the limits cannot be read.
        """
        _check_limits(tier, limits)
        if not name.strip() or not name.isprintable() or len(name) > _LONGEST_NAME:
            raise InvalidOption(
                option="name",
                problem=f"must have 1 to {_LONGEST_NAME} printable characters",
                hint="Say what the key is for, such as `laptop`.",
            )

        def work(tx: Tx) -> NewKey:
            minted = self._mint(name, mode=mode, scopes=tuple(scopes), account_id=self._owner(tx))
            key = replace(minted.key, tier=tier, limits=limits, budgets=budgets)
            accounts.add_key(tx, key, secret_hash=hash_key(minted.secret, self._pepper))
            return NewKey(key, minted.secret)

        return await self._database.write(work)

    async def set_limits(self, named: str, change: LimitChange) -> Tier:
        """Change the limits of the owner's keys with this id or name; the limits of the first of them after it.

        Raises:
            InvalidOption: there is no such active key, or the limits cannot be read.
        """
        _check_limits(change.tier, change.limits)

        def work(tx: Tx) -> Tier:
            owner = self._owner(tx)
            living = [key for key in accounts.keys_of(tx, owner) if key.disabled_at is None]
            meant = [key for key in living if named in (key.id, key.name)]
            if not meant:
                raise _no_such_key(named)
            for key in meant if change != LimitChange() else ():
                tier = None if change.has_tier_of_account else change.tier or key.tier
                limits = key.limits if change.limits is None else change.limits
                accounts.set_limits(tx, owner, key.id, tier=tier, limits=limits)
            caller = accounts.caller_by_id(tx, meant[0].id)
            assert caller is not None
            return caller.tier

        limits = await self._database.write(work)
        self._empty_cache()
        return limits

    async def keys(self) -> tuple[Key, ...]:
        """Every key of the owner account."""
        return await self._database.read(lambda tx: accounts.keys_of(tx, self._owner(tx)))

    async def revoke_key(self, named: str) -> int:
        """Disable the owner's keys with this id or name.

        Raises:
            InvalidOption: there is no such active key.
        """
        disabled = await self._database.write(lambda tx: accounts.disable_key(tx, self._owner(tx), named))
        self._empty_cache()
        if disabled == 0:
            raise _no_such_key(named)
        return disabled

    async def grant(self, mode: Mode, amount: MicroDollars) -> Balance:
        """Put credits onto the owner's balance; the balance after it."""

        def work(tx: Tx) -> Balance:
            owner = self._owner(tx)
            ledger.grant(tx, owner, mode, amount, reference=new_id("grant"))
            return ledger.balance(tx, owner, mode, now=self._now())

        return await self._database.write(work)

    async def adjust(self, mode: Mode, amount: MicroDollars, *, reason: str, reference: str | None = None) -> Balance:
        """Correct the owner's balance up or down; the balance after it.

        Raises:
            InvalidOption: it would take a prepaid balance below zero, or `reference` was used before.
        """
        return await self._correct(ledger.adjust, mode, amount, reason=reason, reference=reference)

    async def expire(self, mode: Mode, amount: MicroDollars, *, reason: str, reference: str | None = None) -> Balance:
        """Take credits that lapsed off the owner's balance; the balance after it.

        Raises:
            InvalidOption: less is available, or `reference` was used before.
        """
        return await self._correct(ledger.expire, mode, amount, reason=reason, reference=reference)

    async def set_key_budgets(self, named: str, changes: Mapping[Period, MicroDollars | None]) -> tuple[Key, ...]:
        """Set budgets of the owner's active keys with this id or name, or take them away with None; the keys after it.

        Raises:
            InvalidOption: there is no such active key.
        """

        def work(tx: Tx) -> tuple[Key, ...]:
            found = [
                replace(key, budgets=key.budgets.changed(changes))
                for key in accounts.keys_of(tx, self._owner(tx))
                if named in (key.id, key.name) and key.disabled_at is None
            ]
            for key in found:
                budgets.set_of_key(tx, key.id, key.budgets)
            accounts.changed(tx)
            return tuple(found)

        changed = await self._database.write(work)
        self._empty_cache()
        if not changed:
            raise _no_such_key(named)
        return changed

    async def set_account_budgets(self, mode: Mode, changes: Mapping[Period, MicroDollars | None]) -> Balance:
        """Set budgets of the owner's money of this mode, or take them away with None; the balance after it."""

        def work(tx: Tx) -> Balance:
            owner = self._owner(tx)
            budgets.set_of_account(tx, owner, mode, budgets.of_account(tx, owner, mode).changed(changes))
            accounts.changed(tx)
            return ledger.balance(tx, owner, mode, now=self._now())

        balance = await self._database.write(work)
        self._empty_cache()
        return balance

    async def balance(self, mode: Mode) -> Balance:
        """The owner's balance."""
        return await self._database.read(lambda tx: ledger.balance(tx, self._owner(tx), mode, now=self._now()))

    async def audit(self) -> Report:
        """All money of all accounts recomputed from the entries, and what differs."""
        return await self._database.read(recompute)

    async def caller_of_owner(self, mode: Mode) -> Caller:
        """The owner's own hands on this machine: the command line, which needs no secret. Uses the key named `cli`."""

        def work(tx: Tx) -> Caller:
            owner = self._ensure_owner(tx)
            name = f"{_UNSEEN}{mode})"
            if not any(key.name == name and key.disabled_at is None for key in accounts.keys_of(tx, owner)):
                minted = self._mint(name, mode=mode, scopes=("generate", "read"), account_id=owner)
                accounts.add_key(tx, minted.key, secret_hash=hash_key(minted.secret, self._pepper))
            key = next(key for key in accounts.keys_of(tx, owner) if key.name == name and key.disabled_at is None)
            caller = accounts.caller_by_id(tx, key.id)
            assert caller is not None
            return caller

        return await self._database.write(work)

    async def authenticate(self, secret: str | None, *, scope: Scope | None = None) -> Caller:
        """The caller behind a key.

        Raises:
            AuthenticationFailed: missing, malformed, unknown or disabled.
            PermissionDenied: the key lacks `scope`.
        """
        if secret is None or key_mode(secret) is None:
            raise AuthenticationFailed
        secret_hash = hash_key(secret, self._pepper)
        caller = self._callers.get(secret_hash)
        if caller is None:
            caller = await self._look_up(secret_hash)
        if scope is not None and scope not in caller.scopes:
            raise PermissionDenied(scope=scope)
        self._note_use(caller.key_id)
        return caller

    async def close(self) -> None:
        """Wait for what was begun."""
        await asyncio.gather(*self._chores, return_exceptions=True)

    async def _correct(
        self, correct: _Correction, mode: Mode, amount: MicroDollars, *, reason: str, reference: str | None
    ) -> Balance:
        if not reason.strip():
            raise InvalidOption(option="reason", problem="is blank", hint="Say why, for whoever reads the books later.")
        if reference is not None and (not reference.strip() or reference.startswith("task_")):
            raise InvalidOption(option="reference", problem="must be a name of your own, and no task's id")
        named = reference or new_id("adj")

        def work(tx: Tx) -> Balance:
            owner = self._owner(tx)
            correct(tx, owner, mode, amount, reference=named, reason=reason)
            return ledger.balance(tx, owner, mode, now=self._now())

        try:
            return await self._database.write(work)
        except ledger.ReferenceUsed as error:
            raise InvalidOption(
                option="reference", problem=f"{named!r} was booked before, and nothing was booked now"
            ) from error
        except InsufficientCredits as error:
            raise InvalidOption(
                option="amount",
                problem=f"takes more than the {in_credits(error.available)} {mode} credits that are available",
                hint="Credits that are held for running tasks cannot be taken.",
            ) from error

    async def _look_up(self, secret_hash: str) -> Caller:
        cache_number = self._cache_number
        caller = await self._database.read(lambda tx: accounts.caller_by_hash(tx, secret_hash))
        if caller is None:
            raise AuthenticationFailed
        if len(self._callers) >= _MOST_CACHED:
            self._empty_cache()
        elif cache_number == self._cache_number:  # else the key may have been revoked while it was read
            self._callers[secret_hash] = caller
        return caller

    def _empty_cache(self) -> None:
        self._callers.clear()
        self._cache_number += 1

    def _ensure_owner(self, tx: Tx) -> AccountId:
        accounts.one_at_a_time(tx)
        owner = accounts.owner_id(tx)
        if owner is None:
            owner = AccountId(new_id("acct"))
            self._open_account(tx, owner, name="owner", is_owner=True)
        return owner

    def _owner(self, tx: Tx) -> AccountId:
        owner = accounts.owner_id(tx)
        if owner is None:
            raise LookupError("there is no owner account; `ensure_owner` makes it")
        return owner

    def _open_account(self, tx: Tx, account_id: AccountId, *, name: str, is_owner: bool) -> None:
        settings = self._settings
        account = Account(
            id=account_id,
            name=name,
            is_owner=is_owner,
            tier=settings.default_tier,
            live_kind="metered",
            created_at=self._now(),
        )
        accounts.add_account(tx, account)
        ledger.open_balance(tx, account_id, "test", metered=False)
        ledger.open_balance(tx, account_id, "live", metered=account.live_kind == "metered")
        daily = Budgets(daily=from_credits(settings.live_daily_budget))
        budgets.set_of_account(tx, account_id, "live", daily)
        if settings.test_grant:
            ledger.grant(tx, account_id, "test", from_credits(settings.test_grant), reference=new_id("grant"))

    def _mint(
        self,
        name: str,
        *,
        mode: Mode,
        scopes: tuple[Scope, ...],
        account_id: AccountId,
    ) -> NewKey:
        secret = mint_key(mode)
        key = Key(
            id=KeyId(new_id("key")),
            account_id=account_id,
            name=name,
            mode=mode,
            masked=mask_key(secret),
            scopes=scopes,
            created_at=self._now(),
        )
        return NewKey(key, secret)

    def _note_use(self, key_id: KeyId) -> None:
        moment = time.monotonic()
        if moment - self._noted_at.get(key_id, -_NOTE_USE_EVERY_S) < _NOTE_USE_EVERY_S:
            return
        self._noted_at[key_id] = moment
        self._start(self._database.write(lambda tx: accounts.note_use(tx, key_id)))

    def _notice_change(self) -> None:
        if self._callers:
            self._start(self._drop_stale())

    async def _drop_stale(self) -> None:
        revision = await self._database.read(accounts.revision)
        if revision != self._revision:
            self._empty_cache()
            self._revision = revision

    def _start(self, work: Coroutine[object, object, None]) -> None:
        chore = asyncio.create_task(work)
        self._chores.add(chore)
        chore.add_done_callback(self._chores.discard)


def _check_limits(tier: str | None, limits: str | None) -> None:
    if tier is not None and tier not in TIERS:
        raise InvalidOption(option="tier", problem=f"{tier[:40]!r} is no tier", allowed=tuple(TIERS))
    if limits is not None:
        read_overrides(limits)


def _no_such_key(named: str) -> InvalidOption:
    return InvalidOption(option="key", problem=f"{named!r} is no active key", hint="See `overdoor keys list`.")
