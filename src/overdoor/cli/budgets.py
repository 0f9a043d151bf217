"""Budgets on the command line: four options that set or clear them, and `overdoor account budgets`."""

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Annotated

import typer

from overdoor.cli.accounts import with_accounts
from overdoor.cli.output import CommandRefused, ExitCode, print_json, print_table
from overdoor.cli.start import Data, Json, start
from overdoor.units import MicroDollars, Mode, from_credits, in_credits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from overdoor.domain.budgets import Budgets, Period, Spent

MOST_CREDITS = 10**12

Total = Annotated[
    str | None, typer.Option("--budget-total", metavar="CREDITS", help="The most it may ever spend; `none` clears it.")
]
Daily = Annotated[
    str | None, typer.Option("--budget-daily", metavar="CREDITS", help="The most in a day (UTC); `none` clears it.")
]
Weekly = Annotated[
    str | None,
    typer.Option("--budget-weekly", metavar="CREDITS", help="The most in a week from Monday (UTC); `none` clears it."),
]
Monthly = Annotated[
    str | None, typer.Option("--budget-monthly", metavar="CREDITS", help="The most in a month (UTC); `none` clears it.")
]

account = typer.Typer(help="What bounds the owner account.", no_args_is_help=True)


@account.command("budgets")
def budgets(
    *,
    mode: Annotated[Mode, typer.Option(help="Whose money: each mode has budgets of its own.")] = "live",
    total: Total = None,
    daily: Daily = None,
    weekly: Weekly = None,
    monthly: Monthly = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Show the account's budgets, or change those that are named; a running server obeys within a second."""
    changes = parse_changes(total=total, daily=daily, weekly=weekly, monthly=monthly)
    settings = start(data=data).settings
    if changes:
        balance = with_accounts(settings, lambda accounts: accounts.set_account_budgets(mode, changes))
    else:
        balance = with_accounts(settings, lambda accounts: accounts.balance(mode))
    if as_json:
        print_json({"mode": mode, "budgets": shown_budgets(balance.budgets), "spent": shown_spending(balance.spent)})
        return
    spent = balance.spent.by_period()
    rows = [
        (period, "none" if size is None else in_credits(size), in_credits(spent[period]))
        for period, size in balance.budgets.by_period().items()
    ]
    print_table((f"{mode.upper()} BUDGET", "CREDITS", "SPENT OR HELD"), rows)


def parse_changes(
    *, total: str | None, daily: str | None, weekly: str | None, monthly: str | None
) -> "Mapping[Period, MicroDollars | None]":
    """The budgets that the options name; None for one that is taken away.

    Raises:
        CommandRefused
    """
    given: dict[Period, str | None] = {"total": total, "daily": daily, "weekly": weekly, "monthly": monthly}
    return {period: _size(period, text) for period, text in given.items() if text is not None}


def shown_budgets(of: "Budgets") -> dict[str, object]:
    """Credits by period, null where there is no bound."""
    return {period: None if size is None else in_credits(size) for period, size in of.by_period().items()}


def shown_spending(spent: "Spent") -> dict[str, object]:
    """Credits by period."""
    return {period: in_credits(amount) for period, amount in spent.by_period().items()}


def in_words(of: "Budgets") -> str:
    """Such as `100 daily, 500 monthly`; a dash where nothing bounds it."""
    sizes = [f"{in_credits(size)} {period}" for period, size in of.by_period().items() if size is not None]
    return ", ".join(sizes) or "-"


def _size(period: "Period", text: str) -> MicroDollars | None:
    if text == "none":
        return None
    try:
        number = Decimal(text)
        size = from_credits(number) if 0 <= number <= MOST_CREDITS else None
    except (InvalidOperation, ValueError):
        size = None
    if size is None:
        raise CommandRefused(
            f"--budget-{period} is {text!r}, which is no number of credits.",
            hint=f"Give a number from 0 to {MOST_CREDITS:,} with at most four decimals, or `none` to clear it.",
            exit_code=ExitCode.USAGE,
        )
    return size
