"""`overdoor credits`: what the owner account has, and how it gets more."""

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Annotated

import typer

from overdoor.cli.accounts import with_accounts
from overdoor.cli.budgets import MOST_CREDITS, shown_budgets, shown_spending
from overdoor.cli.output import CommandRefused, ExitCode, print_json, print_table
from overdoor.cli.start import Data, Json, start
from overdoor.units import MicroDollars, Mode, from_credits, in_credits

if TYPE_CHECKING:
    from overdoor.domain.credits import Balance
    from overdoor.services.accounts import Accounts

credits_ = typer.Typer(help="Show, grant and correct credits.", no_args_is_help=True)


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


Reason = Annotated[str, typer.Option(metavar="TEXT", help="Why; kept beside the entries.")]
Reference = Annotated[
    str | None, typer.Option(metavar="NAME", help="Names the booking, which can then be made only once.")
]


@credits_.command("adjust", context_settings={"ignore_unknown_options": True})  # so that -5 is an amount
def adjust(
    *,
    amount: Annotated[str, typer.Argument(metavar="AMOUNT", help="Credits to add, or with a minus to take away.")],
    mode: Annotated[Mode, typer.Option(help="Which balance is corrected.")],
    reason: Reason,
    reference: Reference = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Correct a balance; prepaid credits never go below zero."""
    moved = _parsed(amount, least=-MOST_CREDITS)
    balance = with_accounts(
        start(data=data).settings,
        lambda accounts: accounts.adjust(mode, moved, reason=reason, reference=reference),
    )
    if as_json:
        print_json({"mode": mode, "adjusted": in_credits(moved), **_shown(balance)})
        return
    print(f"Adjusted by {in_credits(moved)} {mode} credits; {in_credits(balance.available)} are available.")


@credits_.command("expire")
def expire(
    *,
    amount: Annotated[str, typer.Argument(metavar="AMOUNT", help="Credits that lapsed.")],
    mode: Annotated[Mode, typer.Option(help="Which balance they leave.")],
    reason: Reason,
    reference: Reference = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Take credits that lapsed off a balance, at most those that are available."""
    lapsed = _parsed(amount)
    balance = with_accounts(
        start(data=data).settings,
        lambda accounts: accounts.expire(mode, lapsed, reason=reason, reference=reference),
    )
    if as_json:
        print_json({"mode": mode, "expired": in_credits(lapsed), **_shown(balance)})
        return
    print(f"{in_credits(lapsed)} {mode} credits have expired; {in_credits(balance.available)} are available.")


async def _balances(accounts: "Accounts") -> "dict[Mode, Balance]":
    return {"test": await accounts.balance("test"), "live": await accounts.balance("live")}


def _parsed(amount: str, *, least: int = 0) -> MicroDollars:
    try:
        number = Decimal(amount)
        granted = from_credits(number) if number != 0 and least <= number <= MOST_CREDITS else None
    except (InvalidOperation, ValueError):
        granted = None
    if granted is None:
        raise CommandRefused(
            f"AMOUNT is {amount!r}, which is no number of credits.",
            hint=f"Give a number above 0 and up to {MOST_CREDITS:,}, with at most four decimals."
            if not least
            else f"Give a number between {least:,} and {MOST_CREDITS:,} other than 0, with at most four decimals.",
            exit_code=ExitCode.USAGE,
        )
    return granted


def _shown(balance: "Balance") -> dict[str, object]:
    return {
        "available": in_credits(balance.available),
        "held": in_credits(balance.held),
        "metered": balance.metered,
        "budgets": shown_budgets(balance.budgets),
        "spent": shown_spending(balance.spent),
    }


def _bounds(balance: "Balance") -> str:
    spent = balance.spent.by_period()
    bounds = [
        f"{in_credits(size)} {period} ({in_credits(spent[period])} spent)"
        for period, size in balance.budgets.by_period().items()
        if size is not None
    ]
    return ", ".join(bounds if balance.metered else ["the balance", *bounds]) or "nothing"
