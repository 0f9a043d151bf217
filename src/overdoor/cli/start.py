"""The beginning of every command: the settings are read and the log is configured."""

from pathlib import Path
from typing import Annotated

import typer

from overdoor.config import Loaded, load

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


def _configure_log(loaded: Loaded, *, level: str) -> None:
    import structlog

    from overdoor.log import choose_format, configure

    is_chosen = any(origin.name == "log_level" and origin.source != "default" for origin in loaded.origins)
    settings = loaded.settings
    configure(choose_format(settings.log_format), level=settings.log_level if is_chosen else level)
    for warning in loaded.warnings:
        structlog.get_logger("overdoor").warning(warning)
