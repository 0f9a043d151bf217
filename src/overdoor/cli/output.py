"""What a command says: data on stdout, everything else on stderr, refusals as two lines and an exit code."""

import json
import sys
from collections.abc import Sequence
from enum import IntEnum

from overdoor.errors import OverdoorError


class ExitCode(IntEnum):
    """What a script can tell apart."""

    OK = 0
    FAILED = 1
    USAGE = 2
    AUTHENTICATION = 3
    INSUFFICIENT_CREDITS = 4
    RATE_LIMITED = 5
    UNREACHABLE = 6
    CANCELLED = 130


class CommandRefused(Exception):
    """A command cannot do what was asked. message: what happened. hint: what to do."""

    def __init__(self, message: str, *, hint: str, exit_code: ExitCode) -> None:
        super().__init__(f"{message} {hint}")
        self.message, self.hint, self.exit_code = message, hint, exit_code


def exit_code_of(http_status: int) -> ExitCode:
    """The exit code that tells the same as an HTTP status."""
    match http_status:
        case 401 | 403:
            return ExitCode.AUTHENTICATION
        case 402:
            return ExitCode.INSUFFICIENT_CREDITS
        case 429:
            return ExitCode.RATE_LIMITED
        case _:
            return ExitCode.USAGE if 400 <= http_status < 500 else ExitCode.FAILED


def refused(error: OverdoorError) -> CommandRefused:
    """An error of the product as the command line tells it."""
    return CommandRefused(error.message, hint=error.hint, exit_code=exit_code_of(error.http_status))


def tell(line: str) -> None:
    """A line for the person, on stderr."""
    print(line, file=sys.stderr, flush=True)


def tell_replay(task_id: str) -> None:
    """Nothing new is made or paid: the name belongs to this task."""
    tell(f"This --request-id already made {task_id}; nothing is charged again.")


def tell_refusal(message: str, *, hint: str) -> None:
    """What happened, and what to do."""
    tell(f"Error: {message}")
    tell(hint)


def print_json(value: object) -> None:
    """The one JSON document of a command."""
    print(json.dumps(value, ensure_ascii=False, indent=2), flush=True)


def print_table(titles: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Rows under titles, each column as wide as its widest cell."""
    lines = [tuple(map(str, row)) for row in (titles, *rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
