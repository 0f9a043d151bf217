"""`overdoor keys`: make, list and revoke API keys in the data folder."""

import asyncio
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from overdoor.cli.output import print_json, print_table, tell
from overdoor.cli.start import Data, Json, start

if TYPE_CHECKING:
    from collections.abc import Sequence

    from overdoor.config import Settings
    from overdoor.services.accounts import NewKey
    from overdoor.storage.accounts import Key

ScopeName = Literal["generate", "read", "account:read", "manage"]
Mode = Annotated[Literal["test", "live"], typer.Option(help="test is served by the sandbox; live spends real money.")]
Scope = Annotated[
    list[ScopeName] | None,
    typer.Option(help="What the key may do; repeat for more. Without it: generate and read."),
]

keys = typer.Typer(help="Make, list and revoke API keys.", no_args_is_help=True)


@keys.command("create")
def create(
    name: Annotated[str, typer.Argument(help="What the key is for.")],
    mode: Mode = "test",
    scope: Scope = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Make a key and show its secret, this once."""
    made = asyncio.run(_create(start(data=data).settings, name, mode=mode, scopes=scope))
    if as_json:
        print_json({"id": made.key.id, "name": made.key.name, "mode": made.key.mode, "key": made.secret})
        return
    tell(f"Key {name!r} ({mode}): keep it now, it is not shown again.")
    print(made.secret)


@keys.command("list")
def list_(data: Data = None, as_json: Json = False) -> None:
    """Show every key, without its secret."""
    found = asyncio.run(_list(start(data=data).settings))
    if as_json:
        print_json([_shown(key) for key in found])
        return
    print_table(
        ("ID", "NAME", "MODE", "KEY", "SCOPES", "STATE"),
        [
            (key.id, key.name, key.mode, key.masked, " ".join(key.scopes), "revoked" if key.disabled_at else "active")
            for key in found
        ],
    )


@keys.command("revoke")
def revoke(
    id_or_name: Annotated[str, typer.Argument(metavar="ID_OR_NAME", help="The key's id, or the name of one or more.")],
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Disable a key; running servers refuse it within a second."""
    revoked = asyncio.run(_revoke(start(data=data).settings, id_or_name))
    if as_json:
        print_json({"revoked": revoked})
        return
    print(f"Revoked {revoked} {'key' if revoked == 1 else 'keys'}.")


async def _create(settings: "Settings", name: str, *, mode: Literal["test", "live"], scopes: "Sequence[ScopeName] | None") -> "NewKey":
    from overdoor.domain.access import DEFAULT_SCOPES
    from overdoor.wiring import open_accounts

    async with open_accounts(settings) as accounts:
        return await accounts.create_key(name, mode=mode, scopes=scopes or DEFAULT_SCOPES)


async def _list(settings: "Settings") -> "tuple[Key, ...]":
    from overdoor.wiring import open_accounts

    async with open_accounts(settings) as accounts:
        return await accounts.keys()


async def _revoke(settings: "Settings", named: str) -> int:
    from overdoor.wiring import open_accounts

    async with open_accounts(settings) as accounts:
        return await accounts.revoke_key(named)


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
