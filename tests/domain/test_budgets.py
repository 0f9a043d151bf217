"""Budgets: where periods begin and end, and which refusal is told."""

from datetime import UTC, date, datetime

import pytest

from overdoor.domain.budgets import Budgets, Period, Spent, first_day, next_start, require
from overdoor.errors import BudgetExceeded
from overdoor.units import MicroDollars

FRIDAY = datetime(2027, 12, 31, 23, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("period", "first", "following"),
    [
        ("total", date.min, None),
        ("daily", date(2027, 12, 31), date(2028, 1, 1)),
        ("weekly", date(2027, 12, 27), date(2028, 1, 3)),
        ("monthly", date(2027, 12, 1), date(2028, 1, 1)),
    ],
)
def test_periods_begin_and_end_on_these_days(period: Period, first: date, following: date | None) -> None:
    """Promise: docs/money.md#budgets: UTC days, weeks from Monday, months."""
    assert (first_day(period, FRIDAY.date()), next_start(period, FRIDAY.date())) == (first, following)


@pytest.mark.parametrize(
    ("budgets", "price", "named", "frees_at"),
    [
        (Budgets(daily=MicroDollars(10)), 10, None, None),
        (Budgets(daily=MicroDollars(12)), 10, "daily", datetime(2028, 1, 1, tzinfo=UTC)),
        (Budgets(weekly=MicroDollars(12)), 10, "weekly", datetime(2028, 1, 3, tzinfo=UTC)),
        (Budgets(monthly=MicroDollars(10)), 7, "monthly", datetime(2028, 1, 1, tzinfo=UTC)),
        (Budgets(daily=MicroDollars(12), weekly=MicroDollars(12)), 10, "weekly", datetime(2028, 1, 3, tzinfo=UTC)),
        (Budgets(daily=MicroDollars(9)), 10, "daily", None),
        (Budgets(total=MicroDollars(12), daily=MicroDollars(12)), 10, "total", None),
        (Budgets(total=MicroDollars(0)), 0, "total", None),
    ],
)
def test_the_refusal_names_the_budget_that_frees_up_last(
    budgets: Budgets, price: int, named: str | None, frees_at: datetime | None
) -> None:
    """Promise: docs/errors.md#budget_exceeded."""
    spent = Spent(*(MicroDollars(amount) for amount in (6, 0 if price == 10 and named is None else 3, 4, 5)))

    if named is None:
        require("key", budgets, spent, price=MicroDollars(price), now=FRIDAY)
        return
    with pytest.raises(BudgetExceeded) as refused:
        require("key", budgets, spent, price=MicroDollars(price), now=FRIDAY)

    assert (refused.value.owner, refused.value.period, refused.value.frees_at) == ("key", named, frees_at)
