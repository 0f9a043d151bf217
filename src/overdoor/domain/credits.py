"""Money of an account in one mode: what may be promised to a task, and what is refused.

A prepaid balance cannot go below zero. A metered one can, and is bounded by its budget instead.
"""

from dataclasses import dataclass, replace

from overdoor.errors import BudgetExceeded, InsufficientCredits
from overdoor.units import MicroDollars


@dataclass(frozen=True, slots=True)
class Balance:
    """Micro-dollars of one account in one mode.

    available: free to be promised; negative only where metered.
    held: promised to unfinished tasks, >= 0.
    metered: spending is recorded and bounded by `daily_budget` instead of being paid in advance.
    spent_today: charged or held since midnight UTC.
    """

    available: MicroDollars
    held: MicroDollars
    metered: bool
    daily_budget: MicroDollars | None = None
    spent_today: MicroDollars = MicroDollars(0)


def hold(balance: Balance, price: MicroDollars) -> Balance:
    """Promise `price` to a task that is about to start.

    Raises:
        InsufficientCredits: the balance is prepaid and `price` is more than `available`.
        BudgetExceeded: `price` would pass the daily budget.
    """
    if not balance.metered and price > balance.available:
        raise InsufficientCredits(price=price, available=balance.available)
    if balance.daily_budget is not None and balance.spent_today + price > balance.daily_budget:
        raise BudgetExceeded(
            price=price, budget=balance.daily_budget, spent=balance.spent_today, period="daily (live mode, UTC)"
        )
    return replace(
        balance,
        available=MicroDollars(balance.available - price),
        held=MicroDollars(balance.held + price),
        spent_today=MicroDollars(balance.spent_today + price),
    )
