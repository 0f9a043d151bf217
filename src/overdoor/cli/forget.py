"""`overdoor account forget`: everything that the owner account has stored is deleted; its books stay."""

from typing import TYPE_CHECKING, Annotated

import typer

from overdoor.cli.output import CommandRefused, ExitCode, print_json
from overdoor.cli.start import Data, Json, require_database, start

if TYPE_CHECKING:
    from overdoor.services.erasure import Forgotten


def forget(
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Really: nothing of it can be had again.")] = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Delete results, uploads, prompts and names of requests of the account; balances and the ledger stay."""
    import asyncio

    from overdoor.wiring import Surroundings, open_gateway

    settings = start(data=data).settings
    require_database(settings)
    if not yes:
        raise CommandRefused(
            "This deletes every result, upload and prompt of the account for ever.",
            hint="Say --yes if you mean it; make a backup if you may want it back.",
            exit_code=ExitCode.USAGE,
        )

    async def run() -> "Forgotten":
        async with open_gateway(settings, Surroundings(carries="none", makes_first_key=False)) as gateway:
            return await gateway.erasure.forget_account(await gateway.accounts.owner())

    forgotten = asyncio.run(run())
    if as_json:
        print_json({"files": forgotten.assets, "tasks": forgotten.tasks, "tasksLeft": forgotten.left})
        return
    print(f"Deleted {forgotten.assets} files, and the words of {forgotten.tasks} tasks. The ledger is as it was.")
    if forgotten.left:
        print(f"{forgotten.left} tasks came meanwhile and are left as they are: run this again when they have ended.")
