"""`overdoor credits`: what the owner account has, and how it gets more."""

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Annotated

import typer

from overdoor.cli.accounts import with_accounts
from overdoor.cli.output import CommandRefused, ExitCode, print_json, print_table
from overdoor.cli.start import Data, Json, start
from overdoor.units import MicroDollars, Mode, from_credits, in_credits

if TYPE_CHECKING:
    from overdoor.domain.credits import Balance
    from overdoor.services.accounts import Accounts

MOST_CREDITS = 10**12  # of one grant

credits_ = typer.Typer(help="Show and grant credits.", no_args_is_help=True)


@credits_.command("show")
def show(*, data: Data = None, as_json: Json = False) -> None:
    """Show the balances of both modes."""
    balances = with_accounts(start(data=data).settings, _balances)
    if as_json:
        print_json({mode: _shown(balance) for mode, balance in balances.items()})
        return
    rows = [
        (mode, in_credits(balance.available), in_credits(balance.held), _bounds(balance))
        for mode, balance in balances.items()
    ]
    print_table(("MODE", "AVAILABLE", "HELD", "BOUNDED BY"), rows)


@credits_.command("grant")
def grant(
    *,
    amount: Annotated[str, typer.Argument(metavar="AMOUNT", help="Credits to add, such as 500 or 2.5.")],
    mode: Annotated[Mode, typer.Option(help="Which balance gets them.")] = "test",
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Put credits onto a balance."""
    granted = _parsed(amount)
    balance = with_accounts(start(data=data).settings, lambda accounts: accounts.grant(mode, granted))
    if as_json:
        print_json({"mode": mode, "granted": in_credits(granted), **_shown(balance)})
        return
    print(f"Granted {in_credits(granted)} {mode} credits; {in_credits(balance.available)} are available.")


async def _balances(accounts: "Accounts") -> "dict[Mode, Balance]":
    return {"test": await accounts.balance("test"), "live": await accounts.balance("live")}


def _parsed(amount: str) -> MicroDollars:
    try:
        number = Decimal(amount)
        granted = from_credits(number) if 0 < number <= MOST_CREDITS else None
    except (InvalidOperation, ValueError):
        granted = None
    if granted is None:
        raise CommandRefused(
            f"AMOUNT is {amount!r}, which is no number of credits.",
            hint=f"Give a number above 0 and up to {MOST_CREDITS:,}, with at most four decimals.",
            exit_code=ExitCode.USAGE,
        )
    return granted


def _shown(balance: "Balance") -> dict[str, object]:
    budget = balance.daily_budget
    return {
        "available": in_credits(balance.available),
        "held": in_credits(balance.held),
        "metered": balance.metered,
        "daily_budget": None if budget is None else in_credits(budget),
        "spent_today": in_credits(balance.spent_today),
    }


def _bounds(balance: "Balance") -> str:
    if balance.daily_budget is None:
        return "the balance"
    return f"{in_credits(balance.daily_budget)} a day, {in_credits(balance.spent_today)} spent today"
