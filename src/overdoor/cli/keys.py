"""`overdoor keys`: make, list and revoke API keys in the data folder."""

from typing import TYPE_CHECKING, Annotated

import typer

from overdoor.cli.accounts import with_accounts
from overdoor.cli.output import print_json, print_table, tell
from overdoor.cli.start import Data, Json, start
from overdoor.errors import InvalidOption
from overdoor.units import Mode

if TYPE_CHECKING:
    from overdoor.domain.access import Scope
    from overdoor.storage.accounts import Key

keys = typer.Typer(help="Make, list and revoke API keys.", no_args_is_help=True)


@keys.command("create")
def create(
    *,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the key is for.")],
    mode: Annotated[Mode, typer.Option(help="The sandbox serves test keys; live keys spend real money.")] = "test",
    scope: Annotated[
        list[str] | None, typer.Option(help="What the key may do, once for each (generate and read).")
    ] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Make a key and show its secret, this once."""
    scopes = _scopes(scope)
    made = with_accounts(
        start(data=data).settings, lambda accounts: accounts.create_key(name, mode=mode, scopes=scopes)
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
        (key.id, key.name, key.mode, key.masked, " ".join(key.scopes), "revoked" if key.disabled_at else "active")
        for key in found
    ]
    print_table(("ID", "NAME", "MODE", "KEY", "SCOPES", "STATE"), rows)


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
        "created_at": key.created_at.isoformat(),
        "last_used_at": key.last_used_at.isoformat() if key.last_used_at else None,
        "disabled_at": key.disabled_at.isoformat() if key.disabled_at else None,
    }
