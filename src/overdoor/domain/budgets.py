"""Budgets: how much a key, or an account in one mode, may spend for ever and per day, week and month.

Periods are UTC: a day, a week from Monday, a month. Money that is held counts as spent until it is released.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from overdoor.errors import BudgetExceeded
from overdoor.units import MicroDollars

Period = Literal["total", "daily", "weekly", "monthly"]
Owner = Literal["key", "account"]

PERIODS: tuple[Period, ...] = ("total", "daily", "weekly", "monthly")
_LONGEST_FIRST: tuple[Period, ...] = ("total", "monthly", "weekly", "daily")  # waiting for a shorter one would not help


@dataclass(frozen=True, slots=True)
class Budgets:
    """The most that may be spent in each period; None where there is no bound. True if there is any."""

    total: MicroDollars | None = None
    daily: MicroDollars | None = None
    weekly: MicroDollars | None = None
    monthly: MicroDollars | None = None

    def __bool__(self) -> bool:
        return any(size is not None for size in self.by_period().values())

    def by_period(self) -> dict[Period, MicroDollars | None]:
        """Every period with its budget."""
        return {"total": self.total, "daily": self.daily, "weekly": self.weekly, "monthly": self.monthly}

    def changed(self, changes: Mapping[Period, MicroDollars | None]) -> "Budgets":
        """These budgets with some set anew, or taken away with None."""
        return replace(self, **changes)


@dataclass(frozen=True, slots=True)
class Spent:
    """Charged or held in each period that is running."""

    total: MicroDollars = MicroDollars(0)
    daily: MicroDollars = MicroDollars(0)
    weekly: MicroDollars = MicroDollars(0)
    monthly: MicroDollars = MicroDollars(0)

    def by_period(self) -> dict[Period, MicroDollars]:
        """Every period with what was spent in it."""
        return {"total": self.total, "daily": self.daily, "weekly": self.weekly, "monthly": self.monthly}


NO_BUDGETS = Budgets()


def require(owner: Owner, budgets: Budgets, spent: Spent, *, price: MicroDollars, now: datetime) -> None:
    """Nothing, if `price` fits into every budget.

    Raises:
        BudgetExceeded: it would pass at least one; the one that frees up last is named.
    """
    sizes, used = budgets.by_period(), spent.by_period()
    for period in _LONGEST_FIRST:
        size = sizes[period]
        if size is not None and used[period] + price > size:
            ends_on = next_start(period, now.astimezone(UTC).date()) if price <= size else None
            raise BudgetExceeded(
                price=price,
                budget=size,
                spent=used[period],
                period=period,
                owner=owner,
                frees_at=None if ends_on is None else datetime.combine(ends_on, time(), UTC),
            )


def first_day(period: Period, day: date) -> date:
    """The day on which the period that `day` lies in began; the earliest day there is for `total`."""
    match period:
        case "total":
            return date.min
        case "daily":
            return day
        case "weekly":
            return day - timedelta(days=day.weekday())
        case "monthly":
            return day.replace(day=1)


def next_start(period: Period, day: date) -> date | None:
    """The first day of the following period; None for `total`."""
    match period:
        case "total":
            return None
        case "daily":
            return day + timedelta(days=1)
        case "weekly":
            return first_day("weekly", day) + timedelta(days=7)
        case "monthly":
            return (day.replace(day=28) + timedelta(days=4)).replace(day=1)
