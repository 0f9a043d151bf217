"""Double entry in integer micro-dollars: each posting sums to zero, and a hold resolves at most once.

`ledger_entries` is the truth (its unique index on resolved holds is the promise); `balances` is the running total that
refuses overspending; `usage_days` is what budgets are measured against.
"""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from overdoor.domain.access import Caller
from overdoor.domain.budgets import NO_BUDGETS, Budgets, require
from overdoor.domain.credits import Balance, require_available
from overdoor.domain.task import Task
from overdoor.errors import BudgetExceeded, InsufficientCredits
from overdoor.storage import budgets
from overdoor.storage.db import Conflict, Sql, Tx
from overdoor.units import AccountId, KeyId, MicroDollars, Mode

_ENTRIES = "INSERT INTO ledger_entries (reference, kind, book, account_id, mode, amount, created_at_ms) VALUES"
_ENTRY = " (:reference, '{kind}', '{book}', :account_id, :mode, {amount}, {{now_ms}})"
_MOVE = (
    "UPDATE balances SET available = available + :available, held = held + :held"
    " WHERE account_id = :account_id AND mode = :mode"
)
_SPEND = (
    "INSERT INTO usage_days (account_id, mode, day, key_id, tasks, spent) VALUES (:account_id, :mode, :day, :key_id,"
    " :tasks, :spent) ON CONFLICT (account_id, mode, day, key_id)"
    " DO UPDATE SET tasks = usage_days.tasks + excluded.tasks, spent = usage_days.spent + excluded.spent"
)


class _Posting:
    """Entries that sum to zero, the balance that they move, and the day that they are counted into.

    PostgreSQL runs all of it as one statement: the account's row is locked for one way to the server instead of three.
    """

    def __init__(self, kind: str, entries: Mapping[str, str], *, only_if: str = "") -> None:
        """entries: by book, the parameter (or its negation) that goes there. only_if: what the balance must allow."""
        move = _MOVE + only_if
        rows = (_ENTRY.format(kind=kind, book=book, amount=amount) for book, amount in entries.items())
        posted = _ENTRIES + ",".join(rows)
        self._apart = (Sql(posted), Sql(_SPEND), Sql(move))
        self._at_once = Sql(f"WITH posted AS ({posted}), spent AS ({_SPEND}) {move}")

    def run(self, tx: Tx, **values: object) -> bool:
        """Write everything; False when the balance did not allow it, and the transaction must be rolled back.

        Raises:
            Conflict: this reference has such entries already.
        """
        if tx.dialect == "postgresql":
            return tx.run(self._at_once, **values) == 1
        return [tx.run(statement, **values) for statement in self._apart][-1] == 1


class _Apart:
    """Money that comes to a balance, or leaves it, outside any task: two entries and the balance."""

    def __init__(self, kind: str, book: str, *, only_if: str = "") -> None:
        """book: where it comes from. only_if: what the balance must allow."""
        theirs = _ENTRY.format(kind=kind, book=book, amount="-(:amount)")
        ours = _ENTRY.format(kind=kind, book="available", amount=":amount")
        self._entries, self._move = Sql(f"{_ENTRIES}{theirs},{ours}"), Sql(_MOVE + only_if)

    def run(self, tx: Tx, account_id: AccountId, mode: Mode, amount: MicroDollars, *, reference: str) -> bool:
        """Write everything; False when the balance did not allow it, and the transaction must be rolled back."""
        tx.run(self._entries, reference=reference, account_id=account_id, mode=mode, amount=amount)
        return tx.run(self._move, account_id=account_id, mode=mode, available=amount, held=0, amount=amount) == 1


_HOLD = _Posting(
    "hold", {"available": "-(:price)", "held": ":price"}, only_if=" AND (metered = 1 OR available >= :price)"
)
_SETTLE = _Posting("settle", {"held": "-(:price)", "revenue": ":charge", "available": ":rest"})
_RELEASE = _Posting("release", {"held": "-(:price)", "available": ":price"})
_REFUND = _Posting("refund", {"revenue": "-(:charge)", "available": ":charge"})
_GRANT = _Apart("grant", "grants")
_ADJUST = _Apart("adjust", "grants", only_if=" AND (metered = 1 OR available + :amount >= 0)")
_EXPIRE = _Apart("adjust", "expired", only_if=" AND available + :amount >= 0")
_REASON = Sql("INSERT INTO ledger_reasons (reference, reason) VALUES (:reference, :reason)")
_OPEN = Sql(
    "INSERT INTO balances (account_id, mode, available, held, metered) VALUES (:account_id, :mode, 0, 0, :metered)"
)
_BALANCE = (
    "SELECT available, held, metered, budget_total, budget_daily, budget_weekly, budget_monthly FROM balances"
    " WHERE account_id = :account_id AND mode = :mode"
)
_READ_BALANCE = Sql(_BALANCE)
_LOCK_BALANCE = {"sqlite": Sql(_BALANCE), "postgresql": Sql(_BALANCE + " FOR UPDATE")}
_SUM = Sql("SELECT COALESCE(sum(amount), 0) FROM ledger_entries")
_DRIFT = Sql(
    "SELECT count(*) FROM balances b WHERE"
    " available <> (SELECT COALESCE(sum(amount), 0) FROM ledger_entries e"
    "   WHERE e.account_id = b.account_id AND e.mode = b.mode AND e.book = 'available')"
    " OR held <> (SELECT COALESCE(sum(amount), 0) FROM ledger_entries e"
    "   WHERE e.account_id = b.account_id AND e.mode = b.mode AND e.book = 'held')"
)
_OPEN_HOLDS = Sql(
    "SELECT count(*) FROM (SELECT e.reference FROM ledger_entries e WHERE e.book = 'held' GROUP BY e.reference"
    " HAVING sum(e.amount) <> 0) AS still_open"
)


class ReferenceUsed(Exception):
    """An adjustment of this name was booked before; the transaction must be rolled back."""


class AlreadyResolved(Exception):
    """The task's hold was settled or released before; nothing was written."""


@dataclass(frozen=True, slots=True)
class Check:
    """What the entries say. All three numbers are 0 when nothing runs and nothing is wrong.

    total: sum of all entries. drifted: balances that differ from their entries. open_holds: promised, not resolved.
    """

    total: int
    drifted: int
    open_holds: int


def open_balance(tx: Tx, account_id: AccountId, mode: Mode, *, metered: bool) -> None:
    """Give an account an empty balance in a mode."""
    tx.run(_OPEN, account_id=account_id, mode=mode, metered=int(metered))


def balance(tx: Tx, account_id: AccountId, mode: Mode, *, now: datetime) -> Balance:
    """The balance as of `now` (which decides which periods are running)."""
    spent = budgets.spent_by_account(tx, account_id, mode, day=budgets.day_of(now))
    return replace(_balance(tx, _READ_BALANCE, account_id, mode), spent=spent)


def grant(tx: Tx, account_id: AccountId, mode: Mode, amount: MicroDollars, *, reference: str) -> None:
    """Put money onto a balance; `reference` names the grant and can be used once."""
    _GRANT.run(tx, account_id, mode, amount, reference=reference)


def adjust(tx: Tx, account_id: AccountId, mode: Mode, amount: MicroDollars, *, reference: str, reason: str) -> None:
    """Correct a balance by an operator's hand, up or down; `reference` can be used once.

    Raises:
        InsufficientCredits: a prepaid balance would go below zero. The transaction must be rolled back.
        ReferenceUsed: the same.
    """
    _note(tx, reference, reason)
    if not _ADJUST.run(tx, account_id, mode, amount, reference=reference):
        raise _too_little(tx, account_id, mode, MicroDollars(-amount))


def expire(tx: Tx, account_id: AccountId, mode: Mode, amount: MicroDollars, *, reference: str, reason: str) -> None:
    """Take money that lapsed off a balance; `reference` can be used once.

    Raises:
        InsufficientCredits: less is available. The transaction must be rolled back.
        ReferenceUsed: the same.
    """
    _note(tx, reference, reason)
    if not _EXPIRE.run(tx, account_id, mode, MicroDollars(-amount), reference=reference):
        raise _too_little(tx, account_id, mode, amount)


def hold(tx: Tx, task: Task, *, key_budgets: Budgets = NO_BUDGETS, account_is_bounded: bool = True) -> None:
    """Promise the task's price; the row lock orders one account's submits.

    key_budgets: what bounds the task's key. account_is_bounded: False where it is known that no budget bounds the
    account in this mode, and nothing needs to be read.

    Raises:
        InsufficientCredits, BudgetExceeded: nothing was written here.
    """
    if account_is_bounded or key_budgets:  # what budgets measure must not move meanwhile
        locked = _balance(tx, _LOCK_BALANCE[tx.dialect], task.account_id, task.mode)
        require_available(locked, task.price)
        _require_budgets(
            tx,
            task.account_id,
            task.key_id,
            task.mode,
            price=task.price,
            now=task.created_at,
            of_key=key_budgets,
            of_account=locked.budgets,
        )
    held = _HOLD.run(tx, **_of(task), available=-task.price, held=task.price, tasks=1, spent=task.price)
    if not held:
        raise _too_little(tx, task.account_id, task.mode, task.price)


def refusal(
    tx: Tx, caller: Caller, price: MicroDollars, *, now: datetime
) -> tuple[Balance, InsufficientCredits | BudgetExceeded | None]:
    """The caller's balance, and what a hold of `price` would be refused with now; nothing is locked or written."""
    known = _balance(tx, _READ_BALANCE, caller.account_id, caller.mode)
    try:
        require_available(known, price)
        _require_budgets(
            tx,
            caller.account_id,
            caller.key_id,
            caller.mode,
            price=price,
            now=now,
            of_key=caller.budgets,
            of_account=known.budgets,
        )
    except (InsufficientCredits, BudgetExceeded) as error:
        return known, error
    return known, None


def settle(tx: Tx, task: Task, charge: MicroDollars) -> None:
    """Charge a held task, at most its price; the rest becomes available again.

    Raises:
        AlreadyResolved
    """
    if not 0 <= charge <= task.price:
        raise ValueError(f"a charge of {charge} is not within the held {task.price}")
    rest = task.price - charge
    with _once(task):
        _SETTLE.run(tx, **_of(task), charge=charge, rest=rest, available=rest, held=-task.price, tasks=0, spent=-rest)


def release(tx: Tx, task: Task) -> None:
    """Give a held price back.

    Raises:
        AlreadyResolved
    """
    with _once(task):
        _RELEASE.run(tx, **_of(task), available=task.price, held=-task.price, tasks=0, spent=-task.price)


def refund(tx: Tx, task: Task) -> None:
    """Give back what a finished task was charged, because its result was lost.

    Raises:
        AlreadyResolved
    """
    charge = task.charged or 0
    with _once(task):
        _REFUND.run(tx, **_of(task), charge=charge, available=charge, held=0, tasks=0, spent=-charge)


def check(tx: Tx) -> Check:
    """Recompute from the entries; reads the whole ledger."""
    return Check(total=int(tx.scalar(_SUM)), drifted=tx.scalar(_DRIFT), open_holds=tx.scalar(_OPEN_HOLDS))


@contextmanager
def _once(task: Task) -> Generator[None]:
    try:
        yield
    except Conflict as error:
        raise AlreadyResolved(task.id) from error


def _of(task: Task) -> dict[str, object]:
    """What every posting of a task names. The day is that of its acceptance, so that a release relieves it."""
    return {
        "reference": task.id,
        "account_id": task.account_id,
        "mode": task.mode,
        "price": task.price,
        "day": budgets.day_of(task.created_at),
        "key_id": task.key_id,
    }


def _require_budgets(
    tx: Tx,
    account_id: AccountId,
    key_id: KeyId,
    mode: Mode,
    *,
    price: MicroDollars,
    now: datetime,
    of_key: Budgets,
    of_account: Budgets,
) -> None:
    """Read by statements of their own, after the lock: PostgreSQL shows each statement its own moment."""
    day = budgets.day_of(now)
    if of_key:
        require("key", of_key, budgets.spent_by_key(tx, key_id, mode, day=day, bounds=of_key), price=price, now=now)
    if of_account:
        spent = budgets.spent_by_account(tx, account_id, mode, day=day, bounds=of_account)
        require("account", of_account, spent, price=price, now=now)


def _note(tx: Tx, reference: str, reason: str) -> None:
    try:
        tx.run(_REASON, reference=reference, reason=reason)
    except Conflict as error:
        raise ReferenceUsed(reference) from error


def _too_little(tx: Tx, account_id: AccountId, mode: Mode, amount: MicroDollars) -> InsufficientCredits:
    return InsufficientCredits(price=amount, available=_balance(tx, _READ_BALANCE, account_id, mode).available)


def _balance(tx: Tx, statement: Sql, account_id: AccountId, mode: Mode) -> Balance:
    """The balance without what was spent."""
    row = tx.one(statement, account_id=account_id, mode=mode)
    if row is None:
        raise LookupError(f"account {account_id} has no {mode} balance")
    return Balance(available=row.available, held=row.held, metered=bool(row.metered), budgets=budgets.of_row(row))
