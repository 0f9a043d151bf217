"""`overdoor serve`: its options, and the address that it holds."""

import errno
import socket
from dataclasses import replace
from typing import Annotated

import typer

from overdoor.cli.output import CommandRefused, ExitCode
from overdoor.cli.start import Data, require_folder, start
from overdoor.config import Settings


def serve(
    *,
    host: Annotated[str | None, typer.Option(help="Address to listen on (127.0.0.1).")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on (3000); 0 picks a free one.")] = None,
    public_url: Annotated[
        str | None, typer.Option(metavar="URL", help="Address under which others reach this server; used in links.")
    ] = None,
    no_tasks: Annotated[
        bool, typer.Option("--no-tasks", help="Accept and answer only; `overdoor worker` carries the tasks.")
    ] = False,
    workers: Annotated[
        int | None, typer.Option(help="Processes that share the port (1); more need PostgreSQL and a counters_url.")
    ] = None,
    data: Data = None,
) -> None:
    """Serve the HTTP doors until Ctrl+C or SIGTERM."""
    flags = {"host": host, "port": port, "public_url": public_url, "workers": workers}
    settings = start(data=data, level="info", **flags).settings
    _require_shared_state(settings)
    require_folder(settings)
    with _bound(settings) as listener:
        settings = replace(settings, port=listener.getsockname()[1])
        if settings.workers > 1:
            from overdoor.cli.crew import run_crew

            run_crew(settings, listener, carries="none" if no_tasks else "all")
            return
        from overdoor.cli.server import run_server
        from overdoor.wiring import Surroundings

        surroundings = Surroundings(carries="none" if no_tasks else "all")
        run_server(settings, listener, surroundings)


def _require_shared_state(settings: Settings) -> None:
    """Several processes count and write together.

    Raises:
        CommandRefused
    """
    if settings.workers > 1 and (settings.database_url is None or settings.counters_url is None):
        raise CommandRefused(
            f"{settings.workers} workers need PostgreSQL and a counter store that they share.",
            hint="Set OVERDOOR_DATABASE_URL and OVERDOOR_COUNTERS_URL, or leave --workers out.",
            exit_code=ExitCode.USAGE,
        )


def _bound(settings: Settings) -> socket.socket:
    """A socket that holds the address, so that the port is known before anything makes a link; not yet listening."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise _unusable(settings, error) from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as error:
        listener.close()
        raise _unusable(settings, error) from error
    return listener


def _unusable(settings: Settings, error: OSError) -> CommandRefused:
    where = f"{settings.host} port {settings.port}"
    if error.errno == errno.EADDRINUSE:
        message, hint = (
            f"Another program listens on {where}.",
            "Stop it, or choose another --port (0 picks a free one).",
        )
    else:
        message, hint = f"The server cannot listen on {where}: {error.strerror}.", "Choose another --host or --port."
    return CommandRefused(message, hint=hint, exit_code=ExitCode.USAGE)
