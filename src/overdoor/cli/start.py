"""The beginning of every command: the settings are read and the log is configured."""

import os
from pathlib import Path
from typing import Annotated

import typer

from overdoor.cli.output import CommandRefused, ExitCode
from overdoor.config import Loaded, Settings, load

Data = Annotated[
    Path | None, typer.Option("--data", metavar="DIR", help="Folder of the database, the assets and the secret key.")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout, and nothing else there.")]


def start(*, data: Path | None, level: str = "warning", **flags: object) -> Loaded:
    """The settings of this command, with flags before everything else; log lines go to stderr from here on.

    level: the least important line that this command logs where the settings name no level.

    Raises:
        ConfigError
    """
    loaded = load(flags={"data": data, **flags})
    _configure_log(loaded, level=level)
    return loaded


def require_folder(settings: Settings) -> None:
    """The data folder exists and can be written.

    Raises:
        CommandRefused
    """
    try:
        settings.data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        problem = error.strerror
    else:
        problem = None if os.access(settings.data, os.W_OK | os.X_OK) else "Permission denied"
    if problem is not None:
        raise CommandRefused(
            f"The data folder {settings.data} cannot be used: {problem}.",
            hint="Choose another one with --data or OVERDOOR_DATA.",
            exit_code=ExitCode.USAGE,
        )


def require_database(settings: Settings) -> None:
    """There is a database to look into: a mistyped folder is not made into a new, empty gateway.

    Raises:
        CommandRefused
    """
    from overdoor.storage.opening import database_file

    if settings.database_url is None and not database_file(settings).is_file():
        raise CommandRefused(
            f"There is no database in {settings.data}.",
            hint="Name the folder of your server with --data or OVERDOOR_DATA.",
            exit_code=ExitCode.USAGE,
        )


def _configure_log(loaded: Loaded, *, level: str) -> None:
    import structlog

    from overdoor.log import choose_format, configure

    is_chosen = any(origin.name == "log_level" and origin.source != "default" for origin in loaded.origins)
    settings = loaded.settings
    configure(choose_format(settings.log_format), level=settings.log_level if is_chosen else level)
    for warning in loaded.warnings:
        structlog.get_logger("overdoor").warning(warning)
