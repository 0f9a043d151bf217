"""Money of an account in one mode: what may be promised to a task, and what is refused.

A prepaid balance cannot go below zero. A metered one can, and is bounded by its budgets instead.
"""

from dataclasses import dataclass

from overdoor.domain.budgets import NO_BUDGETS, Budgets, Spent
from overdoor.errors import InsufficientCredits
from overdoor.units import MicroDollars


@dataclass(frozen=True, slots=True)
class Balance:
    """Micro-dollars of one account in one mode.

    available: free to be promised; negative only where metered.
    held: promised to unfinished tasks, >= 0.
    metered: spending is recorded and bounded by `budgets` instead of being paid in advance.
    spent: charged or held in the running periods.
    """

    available: MicroDollars
    held: MicroDollars
    metered: bool
    budgets: Budgets = NO_BUDGETS
    spent: Spent = Spent()


def require_available(balance: Balance, price: MicroDollars) -> None:
    """Nothing, if `price` can be promised to a task that is about to start.

    Raises:
        InsufficientCredits: the balance is prepaid and `price` is more than `available`.
    """
    if not balance.metered and price > balance.available:
        raise InsufficientCredits(price=price, available=balance.available)
