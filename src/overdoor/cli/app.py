"""The commands by name, and what their errors become. Heavy modules are imported inside the commands."""

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from overdoor.cli.budgets import account
from overdoor.cli.callbacks import callbacks
from overdoor.cli.config import config
from overdoor.cli.credits import credits_
from overdoor.cli.files import files
from overdoor.cli.forget import forget
from overdoor.cli.generate import generate
from overdoor.cli.keys import keys
from overdoor.cli.ledger import ledger
from overdoor.cli.models import models
from overdoor.cli.output import CommandRefused, ExitCode, refused, tell, tell_refusal
from overdoor.cli.serve import serve
from overdoor.cli.tasks import tasks
from overdoor.cli.worker import worker
from overdoor.errors import OverdoorError, StartRefused


def run(arguments: Sequence[str] | None = None) -> int:
    """Carry out one command line; its exit code. Refusals are told on stderr; a bug keeps its traceback."""
    try:
        code = command(args=arguments, prog_name="overdoor", standalone_mode=False)
    except CommandRefused as refusal:
        return _tell(refusal)
    except OverdoorError as error:
        return _tell(refused(error))
    except StartRefused as error:
        return _tell(CommandRefused(str(error), hint="Correct that, then try again.", exit_code=ExitCode.USAGE))
    except typer.TyperException as error:
        if error.format_message().startswith("Usage:"):  # nothing was asked: the help itself is the answer
            tell(error.format_message())
            return ExitCode.USAGE
        return _tell(_misused(error))
    return int(code or ExitCode.OK)


def _tell(refusal: CommandRefused) -> int:
    tell_refusal(refusal.message, hint=refusal.hint)
    return refusal.exit_code


def _misused(error: typer.TyperException) -> CommandRefused:
    path = getattr(getattr(error, "ctx", None), "command_path", "overdoor")
    return CommandRefused(error.format_message(), hint=f"See `{path} --help`.", exit_code=ExitCode.USAGE)


def _show_version(wanted: bool) -> None:
    if wanted:
        from overdoor import __version__

        print(f"overdoor {__version__}")
        raise typer.Exit


command = typer.Typer(
    name="overdoor",
    help="One self-hosted door to image and video models.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@command.callback()
def overdoor(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """One self-hosted door to image and video models."""
    del version


command.command("serve")(serve)
command.command("worker")(worker)
command.command("generate")(generate)
command.add_typer(files, name="files")
command.add_typer(keys, name="keys")
command.add_typer(credits_, name="credits")
command.add_typer(tasks, name="tasks")
command.add_typer(callbacks, name="callbacks")
account.command("forget")(forget)
command.add_typer(account, name="account")
command.add_typer(ledger, name="ledger")
command.command("models")(models)
command.add_typer(config, name="config")

if __name__ == "__main__":
    sys.exit(run())
