"""Double entry in integer micro-dollars: each posting sums to zero, and a hold resolves at most once.

`ledger_entries` is the truth (its unique index on resolved holds is the promise); `balances` is the running total that
refuses overspending; `usage_days` is what budgets are measured against.
"""

from dataclasses import dataclass
from datetime import datetime

from overdoor.domain import credits
from overdoor.domain.credits import Balance
from overdoor.domain.task import Task
from overdoor.storage.db import Conflict, Sql, Tx
from overdoor.units import AccountId, MicroDollars, Mode

_POST_TWO = (
    "INSERT INTO ledger_entries (reference, kind, book, account_id, mode, amount, created_at_ms) VALUES"
    " (:reference, '{kind}', '{source}', :account_id, :mode, -(:amount), {{now_ms}}),"
    " (:reference, '{kind}', '{target}', :account_id, :mode, :amount, {{now_ms}})"
)
_GRANT = Sql(_POST_TWO.format(kind="grant", source="grants", target="available"))
_HOLD = Sql(_POST_TWO.format(kind="hold", source="available", target="held"))
_RELEASE = Sql(_POST_TWO.format(kind="release", source="held", target="available"))
_REFUND = Sql(_POST_TWO.format(kind="refund", source="revenue", target="available"))
_SETTLE = Sql(
    "INSERT INTO ledger_entries (reference, kind, book, account_id, mode, amount, created_at_ms) VALUES"
    " (:reference, 'settle', 'held', :account_id, :mode, -(:price), {now_ms}),"
    " (:reference, 'settle', 'revenue', :account_id, :mode, :charge, {now_ms}),"
    " (:reference, 'settle', 'available', :account_id, :mode, :rest, {now_ms})"
)
_MOVE = Sql(
    "UPDATE balances SET available = available + :available, held = held + :held"
    " WHERE account_id = :account_id AND mode = :mode"
)
_OPEN = Sql(
    "INSERT INTO balances (account_id, mode, available, held, metered) VALUES (:account_id, :mode, 0, 0, :metered)"
)
_BALANCE = (
    "SELECT b.available, b.held, b.metered, a.live_daily_budget,"
    " (SELECT COALESCE(sum(u.spent), 0) FROM usage_days u"
    "  WHERE u.account_id = b.account_id AND u.mode = b.mode AND u.day = :day) AS spent_today"
    " FROM balances b JOIN accounts a ON a.id = b.account_id WHERE b.account_id = :account_id AND b.mode = :mode"
)
_READ_BALANCE = Sql(_BALANCE)
_LOCK_BALANCE = {"sqlite": Sql(_BALANCE), "postgresql": Sql(_BALANCE + " FOR UPDATE OF b")}
_LOCK = Sql("SELECT 1 FROM balances WHERE account_id = :account_id AND mode = :mode FOR UPDATE")
_SPEND = Sql(
    "INSERT INTO usage_days (account_id, mode, day, key_id, tasks, spent) VALUES (:account_id, :mode, :day,"
    " :key_id, :tasks, :spent) ON CONFLICT (account_id, mode, day, key_id)"
    " DO UPDATE SET tasks = usage_days.tasks + excluded.tasks, spent = usage_days.spent + excluded.spent"
)
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
    """The balance as of `now` (which decides what "today" is)."""
    return _balance(tx, _READ_BALANCE, account_id, mode, now)


def grant(tx: Tx, account_id: AccountId, mode: Mode, amount: MicroDollars, *, reference: str) -> None:
    """Put money onto a balance; `reference` names the grant and can be used once."""
    tx.run(_GRANT, reference=reference, account_id=account_id, mode=mode, amount=amount)
    tx.run(_MOVE, account_id=account_id, mode=mode, available=amount, held=0)


def lock(tx: Tx, account_id: AccountId, mode: Mode) -> None:
    """Nobody else holds money of this balance until the transaction ends. SQLite has one writer at a time anyway."""
    if tx.dialect == "postgresql":
        tx.one(_LOCK, account_id=account_id, mode=mode)


def hold(tx: Tx, task: Task) -> Balance:
    """Promise the task's price; the row lock orders one account's submits. Returns the balance after it.

    Raises:
        InsufficientCredits, BudgetExceeded: nothing was written.
    """
    before = _balance(tx, _LOCK_BALANCE[tx.dialect], task.account_id, task.mode, task.created_at)
    after = credits.hold(before, task.price)
    tx.run(_HOLD, reference=task.id, account_id=task.account_id, mode=task.mode, amount=task.price)
    tx.run(_MOVE, account_id=task.account_id, mode=task.mode, available=-task.price, held=task.price)
    _spend(tx, task, tasks=1, spent=task.price)
    return after


def settle(tx: Tx, task: Task, charge: MicroDollars) -> None:
    """Charge a held task, at most its price; the rest becomes available again.

    Raises:
        AlreadyResolved
    """
    if not 0 <= charge <= task.price:
        raise ValueError(f"a charge of {charge} is not within the held {task.price}")
    rest = task.price - charge
    _once(tx, _SETTLE, task, price=task.price, charge=charge, rest=rest)
    tx.run(_MOVE, account_id=task.account_id, mode=task.mode, available=rest, held=-task.price)
    if rest:
        _spend(tx, task, tasks=0, spent=-rest)


def release(tx: Tx, task: Task) -> None:
    """Give a held price back.

    Raises:
        AlreadyResolved
    """
    _once(tx, _RELEASE, task, amount=task.price)
    tx.run(_MOVE, account_id=task.account_id, mode=task.mode, available=task.price, held=-task.price)
    _spend(tx, task, tasks=0, spent=-task.price)


def refund(tx: Tx, task: Task) -> None:
    """Give back what a finished task was charged; the caller has made sure that this is the first time."""
    charged = task.charged or 0
    tx.run(_REFUND, reference=task.id, account_id=task.account_id, mode=task.mode, amount=charged)
    tx.run(_MOVE, account_id=task.account_id, mode=task.mode, available=charged, held=0)
    _spend(tx, task, tasks=0, spent=-charged)


def check(tx: Tx) -> Check:
    """Recompute from the entries; reads the whole ledger."""
    return Check(total=int(tx.scalar(_SUM)), drifted=tx.scalar(_DRIFT), open_holds=tx.scalar(_OPEN_HOLDS))


def _once(tx: Tx, statement: Sql, task: Task, **amounts: int) -> None:
    try:
        tx.run(statement, reference=task.id, account_id=task.account_id, mode=task.mode, **amounts)
    except Conflict as error:
        raise AlreadyResolved(task.id) from error


def _balance(tx: Tx, statement: Sql, account_id: AccountId, mode: Mode, now: datetime) -> Balance:
    row = tx.one(statement, account_id=account_id, mode=mode, day=_day(now))
    if row is None:
        raise LookupError(f"account {account_id} has no {mode} balance")
    return Balance(
        available=row.available,
        held=row.held,
        metered=bool(row.metered),
        daily_budget=row.live_daily_budget if mode == "live" else None,
        spent_today=MicroDollars(int(row.spent_today)),
    )


def _spend(tx: Tx, task: Task, *, tasks: int, spent: int) -> None:
    """Count into the day on which the task was accepted, so that a release relieves the day it burdened."""
    tx.run(
        _SPEND,
        account_id=task.account_id,
        mode=task.mode,
        day=_day(task.created_at),
        key_id=task.key_id,
        tasks=tasks,
        spent=spent,
    )


def _day(moment: datetime) -> str:
    return moment.date().isoformat()
