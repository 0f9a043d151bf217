"""`overdoor files`: files that tasks may work on."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from overdoor.cli.output import CommandRefused, ExitCode, print_json, tell
from overdoor.cli.start import Data, Json, require_folder, start

if TYPE_CHECKING:
    from overdoor.config import Settings
    from overdoor.units import Mode

files = typer.Typer(help="Keep files that tasks may work on.", no_args_is_help=True)


@files.callback()
def group() -> None:
    """Keep files that tasks may work on."""


@files.command("upload")
def upload(
    *,
    path: Annotated[Path, typer.Argument(metavar="FILE", help="A picture, clip or sound of at most 512 MB.")],
    live: Annotated[bool, typer.Option("--live", help="Keep it for tasks that spend real money.")] = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Keep a file, and print what names it as an input: asset:<id>."""
    settings = start(data=data).settings
    if not path.is_file():
        raise CommandRefused(
            f"{str(path)!r} is no file.", hint="Name a picture, clip or sound.", exit_code=ExitCode.USAGE
        )
    record = _kept(settings, path, "live" if live else "test")
    tell(f"Kept {record['name']} ({record['mime']}, {record['sizeBytes']:,} bytes), {record['mode']} mode.")
    if as_json:
        print_json(record)
    else:
        print(f"asset:{record['assetId']}")


def _kept(settings: "Settings", path: Path, mode: "Mode") -> dict[str, Any]:
    """The public record of the upload; by the server of the settings, else in this process."""
    import asyncio

    if settings.server_url is None:
        require_folder(settings)
        from overdoor.cli.uploading import upload_here

        return asyncio.run(upload_here(settings, path, mode))
    from overdoor.cli.remote import server_of
    from overdoor.cli.uploading import upload_there

    if mode == "live":
        raise CommandRefused(
            "--live has no effect with OVERDOOR_SERVER_URL: the key decides.",
            hint="Leave it out, and use a live key.",
            exit_code=ExitCode.USAGE,
        )
    return asyncio.run(upload_there(server_of(settings), path))
