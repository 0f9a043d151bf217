"""`overdoor keys`: make, list, limit and revoke API keys in the data folder."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from overdoor.cli.accounts import with_accounts
from overdoor.cli.budgets import Daily, Monthly, Total, Weekly, in_words, parse_changes, shown_budgets
from overdoor.cli.output import CommandRefused, ExitCode, print_json, print_table, tell
from overdoor.cli.start import Data, Json, start
from overdoor.errors import InvalidOption
from overdoor.units import Mode

if TYPE_CHECKING:
    from overdoor.domain.access import Scope
    from overdoor.storage.accounts import Key

Tier = Annotated[str | None, typer.Option(help="A tier of the key's own, such as pro.")]
Limits = Annotated[
    str | None,
    typer.Option(
        metavar="JSON",
        help='Limits of the key\'s own: {"activeTasks": 20, "endpoints": {"jobs.createTask": {"perSecond": 5}}}.',
    ),
]

keys = typer.Typer(help="Make, list, limit and revoke API keys.", no_args_is_help=True)


@keys.command("create")
def create(
    *,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the key is for.")],
    mode: Annotated[Mode, typer.Option(help="The sandbox serves test keys; live keys spend real money.")] = "test",
    scope: Annotated[
        list[str] | None, typer.Option(help="What the key may do, once for each (generate and read).")
    ] = None,
    tier: Tier = None,
    limits: Limits = None,
    total: Total = None,
    daily: Daily = None,
    weekly: Weekly = None,
    monthly: Monthly = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Make a key and show its secret, this once."""
    from overdoor.domain.budgets import NO_BUDGETS

    scopes = _scopes(scope)
    budgets = NO_BUDGETS.changed(parse_changes(total=total, daily=daily, weekly=weekly, monthly=monthly))
    made = with_accounts(
        start(data=data).settings,
        lambda accounts: accounts.create_key(name, mode=mode, scopes=scopes, tier=tier, limits=limits, budgets=budgets),
    )
    if as_json:
        print_json({"id": made.key.id, "name": made.key.name, "mode": made.key.mode, "key": made.secret})
        return
    tell(f"The {mode} key {name!r} is shown only now:")
    print(made.secret)


@keys.command("list")
def list_(*, data: Data = None, as_json: Json = False) -> None:
    """Show every key, without its secret."""
    found = with_accounts(start(data=data).settings, lambda accounts: accounts.keys())
    if as_json:
        print_json([_shown(key) for key in found])
        return
    rows = [
        (
            key.id,
            key.name,
            key.mode,
            key.masked,
            " ".join(key.scopes),
            in_words(key.budgets),
            "revoked" if key.disabled_at else "active",
        )
        for key in found
    ]
    print_table(("ID", "NAME", "MODE", "KEY", "SCOPES", "BUDGETS", "STATE"), rows)


@keys.command("set-budget")
def set_budget(
    *,
    id_or_name: Annotated[str, typer.Argument(metavar="ID_OR_NAME", help="A key's id, or the name of one or more.")],
    total: Total = None,
    daily: Daily = None,
    weekly: Weekly = None,
    monthly: Monthly = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Change the budgets that are named, and keep the others; a running server obeys within a second."""
    changes = parse_changes(total=total, daily=daily, weekly=weekly, monthly=monthly)
    if not changes:
        raise CommandRefused(
            "No budget is named.", hint="Add --budget-daily 100, say; `none` clears one.", exit_code=ExitCode.USAGE
        )
    changed = with_accounts(start(data=data).settings, lambda accounts: accounts.set_key_budgets(id_or_name, changes))
    if as_json:
        print_json([_shown(key) for key in changed])
        return
    for key in changed:
        print(f"{key.name} ({key.masked}): {in_words(key.budgets)}")


@keys.command("limits")
def limits_(
    *,
    id_or_name: Annotated[str, typer.Argument(metavar="ID_OR_NAME", help="A key's id, or the name of one or more.")],
    tier: Tier = None,
    limits: Limits = None,
    tier_of_account: Annotated[bool, typer.Option(help="Take the key's own tier away.")] = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Change a key's limits, or show them; a running server obeys within a second."""
    from overdoor.domain.limits import to_json
    from overdoor.services.accounts import LimitChange

    if tier is not None and tier_of_account:
        raise InvalidOption(option="--tier", problem="contradicts --tier-of-account", hint="Give one of the two.")
    change = LimitChange(tier, limits, has_tier_of_account=tier_of_account)
    now = with_accounts(start(data=data).settings, lambda accounts: accounts.set_limits(id_or_name, change))
    if as_json:
        print_json(to_json(now))
        return
    tell(f"Tier {now.name}, {now.active_tasks} unfinished tasks.")
    rows = [
        (endpoint, f"{bound.limit:,}", f"{bound.window_s} s") for endpoint, rate in now.rates.items() for bound in rate
    ]
    print_table(("ENDPOINT", "REQUESTS", "IN"), rows)


@keys.command("revoke")
def revoke(
    *,
    id_or_name: Annotated[str, typer.Argument(metavar="ID_OR_NAME", help="A key's id, or the name of one or more.")],
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Disable a key; a running server refuses it within a second."""
    revoked = with_accounts(start(data=data).settings, lambda accounts: accounts.revoke_key(id_or_name))
    if as_json:
        print_json({"revoked": revoked})
        return
    print(f"Revoked {revoked} {'key' if revoked == 1 else 'keys'}.")


def _scopes(names: list[str] | None) -> "tuple[Scope, ...]":
    from overdoor.domain.access import DEFAULT_SCOPES, SCOPES

    for name in names or ():
        if name not in SCOPES:
            raise InvalidOption(option="--scope", problem=f"{name!r} is no scope", allowed=SCOPES)
    return tuple(scope for scope in SCOPES if scope in names) if names else DEFAULT_SCOPES


def _shown(key: "Key") -> dict[str, object]:
    return {
        "id": key.id,
        "name": key.name,
        "mode": key.mode,
        "masked": key.masked,
        "scopes": list(key.scopes),
        "tier": key.tier,
        "limits": json.loads(key.limits) if key.limits else None,
        "budgets": shown_budgets(key.budgets),
        "created_at": key.created_at.isoformat(),
        "last_used_at": key.last_used_at.isoformat() if key.last_used_at else None,
        "disabled_at": key.disabled_at.isoformat() if key.disabled_at else None,
    }
