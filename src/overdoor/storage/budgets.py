"""Budgets of keys and of accounts' balances, and what was spent against them (`usage_days`, counted by day and key).

A hold reads these under the lock of the account's balance, so that what it measures does not move meanwhile.
"""

from collections.abc import Sequence
from datetime import date, datetime

from overdoor.domain.budgets import PERIODS, Budgets, Spent, first_day, next_start
from overdoor.storage.db import Row, Sql, Tx
from overdoor.units import AccountId, KeyId, MicroDollars, Mode, from_epoch_ms, to_epoch_ms

_SIZES = "budget_total = :total, budget_daily = :daily, budget_weekly = :weekly, budget_monthly = :monthly"
_SET_OF_KEY = Sql(f"UPDATE api_keys SET {_SIZES} WHERE id = :key_id")
_SET_OF_ACCOUNT = Sql(f"UPDATE balances SET {_SIZES} WHERE account_id = :account_id AND mode = :mode")
_OF_ACCOUNT = Sql(
    "SELECT budget_total, budget_daily, budget_weekly, budget_monthly FROM balances"
    " WHERE account_id = :account_id AND mode = :mode"
)
_IN = "COALESCE(sum(CASE WHEN day >= :{0}_from AND day < :{0}_until THEN spent ELSE 0 END), 0) AS {0}"
_SPENT = (
    f"SELECT COALESCE(sum(spent), 0) AS total, {_IN.format('daily')}, {_IN.format('weekly')}, {_IN.format('monthly')}"
    " FROM usage_days WHERE mode = :mode AND day >= :since AND "
)
_SPENT_BY_ACCOUNT = Sql(_SPENT + "account_id = :account_id")
_SPENT_BY_KEY = Sql(_SPENT + "key_id = :key_id")


def of_row(row: Row) -> Budgets:
    """The budgets in a row that has the four columns."""
    return Budgets(total=row.budget_total, daily=row.budget_daily, weekly=row.budget_weekly, monthly=row.budget_monthly)


def of_account(tx: Tx, account_id: AccountId, mode: Mode) -> Budgets:
    """What bounds an account's money of this mode."""
    [row] = tx.all(_OF_ACCOUNT, account_id=account_id, mode=mode)
    return of_row(row)


def set_of_account(tx: Tx, account_id: AccountId, mode: Mode, budgets: Budgets) -> None:
    """From now on these bound the account's money of this mode. Callers who are cached: see `accounts.changed`."""
    tx.run(_SET_OF_ACCOUNT, account_id=account_id, mode=mode, **budgets.by_period())


def set_of_key(tx: Tx, key_id: KeyId, budgets: Budgets) -> None:
    """From now on these bound the key. Callers who are cached: see `accounts.changed`."""
    tx.run(_SET_OF_KEY, key_id=key_id, **budgets.by_period())


def spent_by_account(tx: Tx, account_id: AccountId, mode: Mode, *, day: str, bounds: Budgets | None = None) -> Spent:
    """What an account spent in the periods of `day`; with `bounds` only those that have a budget are complete."""
    return _spent(tx.all(_SPENT_BY_ACCOUNT, account_id=account_id, mode=mode, **_ranges(day, bounds)))


def spent_by_key(tx: Tx, key_id: KeyId, mode: Mode, *, day: str, bounds: Budgets | None = None) -> Spent:
    """What a key spent in the periods of `day`; with `bounds` only those that have a budget are complete."""
    return _spent(tx.all(_SPENT_BY_KEY, key_id=key_id, mode=mode, **_ranges(day, bounds)))


def day_of(moment: datetime) -> str:
    """The UTC day that a moment counts into, of the moment as it is stored: rounded to milliseconds."""
    return from_epoch_ms(to_epoch_ms(moment)).date().isoformat()


def _ranges(day: str, bounds: Budgets | None) -> dict[str, object]:
    today = date.fromisoformat(day)
    sizes = None if bounds is None else bounds.by_period()
    ranges = {
        "since": min(first_day(period, today) for period in PERIODS if sizes is None or sizes[period] is not None)
    }
    for period in PERIODS:
        if (until := next_start(period, today)) is not None:
            ranges |= {f"{period}_from": first_day(period, today), f"{period}_until": until}
    return {name: bound.isoformat() for name, bound in ranges.items()}


def _spent(rows: Sequence[Row]) -> Spent:
    [row] = rows
    return Spent(*(MicroDollars(int(getattr(row, period))) for period in PERIODS))
