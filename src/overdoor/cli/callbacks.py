"""`overdoor callbacks`: the operator's view of every account's callbacks, and the secret of the owner's."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from overdoor.cli.output import print_json, print_table
from overdoor.cli.start import Data, Json, require_database, start

if TYPE_CHECKING:
    from pathlib import Path

    from overdoor.domain.callback import CallbackState
    from overdoor.wiring import Gateway

CallbackIdArgument = Annotated[str, typer.Argument(metavar="CALLBACK", help="The callback's id, such as cb_7f….")]
UrlArgument = Annotated[str, typer.Argument(metavar="URL", help="The receiver's address.")]
T = TypeVar("T")

callbacks = typer.Typer(
    help="Show callbacks of every account, send them again, rotate the secret.", no_args_is_help=True
)


@callbacks.command("list")
def list_(
    *,
    state: Annotated[str | None, typer.Option(help="Only those: pending, delivered or failed.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many, the newest first.")] = 50,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Show the newest callbacks."""
    from overdoor.services.callback_records import callback_record
    from overdoor.services.callbacks import EVERYBODY

    wanted = _state(state)
    page = _with_gateway(
        data,
        lambda gateway: gateway.callbacks.page(EVERYBODY, limit=limit, cursor=None, state=wanted, task_id=None),
    )
    if as_json:
        print_json([callback_record(callback) for callback in page.callbacks])
        return
    rows = [
        (each.id, each.task_id or "-", each.state, each.attempts, each.last_status or "-", each.last_error or "-")
        for each in page.callbacks
    ]
    print_table(("CALLBACK", "TASK", "STATE", "ATTEMPTS", "STATUS", "ERROR"), rows)


@callbacks.command("show")
def show(*, callback_id: CallbackIdArgument, data: Data = None, as_json: Json = False) -> None:
    """Show one callback with its attempts."""
    from overdoor.services.callback_records import callback_record
    from overdoor.services.callbacks import EVERYBODY

    callback, log = _with_gateway(data, lambda gateway: gateway.callbacks.find(callback_id, seen=EVERYBODY))
    if as_json:
        print_json(callback_record(callback, log))
        return
    print_table(
        ("FACT", "VALUE"), [(name, "" if value is None else value) for name, value in callback_record(callback).items()]
    )
    rows = [
        (
            each.number,
            each.started_at.isoformat(timespec="seconds"),
            each.took_ms,
            each.status or "-",
            each.error or "-",
        )
        for each in log
    ]
    print_table(("ATTEMPT", "BEGUN", "TOOK MS", "STATUS", "ERROR"), rows)


@callbacks.command("replay")
def replay(*, callback_id: CallbackIdArgument, data: Data = None) -> None:
    """Send a callback now, with the whole schedule before it; a server or worker must run to send it."""
    from overdoor.services.callbacks import EVERYBODY

    _with_gateway(data, lambda gateway: gateway.callbacks.replay(callback_id, seen=EVERYBODY))
    print(f"{callback_id} is sent as soon as a server or worker runs.")


@callbacks.command("test")
def send_test(*, url: UrlArgument, data: Data = None) -> None:
    """Send a test event of the owner account, once; a server or worker must run to send it."""

    async def send(gateway: "Gateway") -> str:
        caller = await gateway.accounts.caller_of_owner("test")
        return (await gateway.callbacks.send_test(url, caller=caller)).id

    callback_id = _with_gateway(data, send)
    print(
        f"{callback_id} is sent as soon as a server or worker runs; `overdoor callbacks show {callback_id}` tells more."
    )


@callbacks.command("secret")
def secret(
    *,
    rotate: Annotated[
        bool, typer.Option("--rotate", help="Make a new one; the old one signs for another day.")
    ] = False,
    drop_old: Annotated[bool, typer.Option("--drop-old", help="An older one stops signing now.")] = False,
    kie_headers: Annotated[
        bool | None, typer.Option("--kie-headers/--no-kie-headers", help="Send kie.ai's headers besides, or stop it.")
    ] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Show the secret with which callbacks of the owner account are signed, or change it."""
    from overdoor.services.callback_records import signing_record
    from overdoor.services.callbacks import SigningChange, SigningShown

    change = SigningChange(rotate=rotate, keeps_previous=not drop_old, kie_headers=kie_headers)

    async def work(gateway: "Gateway") -> "SigningShown":
        account_id = (await gateway.accounts.caller_of_owner("test")).account_id
        if change == SigningChange():
            return await gateway.callbacks.signing(account_id)
        return await gateway.callbacks.change_signing(account_id, change)

    shown = _with_gateway(data, work)
    if as_json:
        print_json(signing_record(shown))
        return
    print(shown.secret)


@callbacks.command("endpoints")
def endpoints(
    *,
    enable: Annotated[str | None, typer.Option(metavar="URL", help="Send to this one again.")] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Show endpoints that answered 410, or enable one for every key."""
    from overdoor.services.callback_records import endpoint_record
    from overdoor.services.callbacks import EVERYBODY

    if enable is not None:
        count = _with_gateway(data, lambda gateway: gateway.callbacks.enable(enable, seen=EVERYBODY))
        print(f"Enabled for {count} keys.")
        return
    found = _with_gateway(data, lambda gateway: gateway.callbacks.disabled_endpoints(EVERYBODY))
    if as_json:
        print_json([endpoint_record(endpoint) for endpoint in found])
        return
    rows = [(each.url, each.key_id, each.disabled_at.isoformat(timespec="seconds")) for each in found]
    print_table(("ENDPOINT", "KEY", "DISABLED"), rows)


def _with_gateway(data: "Path | None", work: "Callable[[Gateway], Awaitable[T]]") -> T:
    import asyncio

    from overdoor.wiring import Surroundings, open_gateway

    settings = start(data=data).settings
    require_database(settings)

    async def run() -> T:
        async with open_gateway(settings, Surroundings(carries="none", makes_first_key=False)) as gateway:
            return await work(gateway)

    return asyncio.run(run())


def _state(given: str | None) -> "CallbackState | None":
    match given:
        case None | "pending" | "delivered" | "failed":
            return given
        case _:
            raise typer.BadParameter(f"{given!r} is none of pending, delivered and failed.")
