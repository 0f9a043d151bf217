"""Where a result goes: a file that was named, one named after the prompt, or stdout."""

import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from overdoor.cli.output import CommandRefused, ExitCode
from overdoor.cli.wish import STDOUT

_LONGEST_NAME = 48  # characters of a prompt that become a file name


@dataclass(frozen=True, slots=True)
class Place:
    """output: a file, a folder, `-` for stdout, or None. prompt: names the file where nothing else does."""

    output: str | None
    prompt: str
    overwrites: bool


def require_free(place: Place) -> None:
    """Refuse before anything is paid.

    Raises:
        CommandRefused: the file exists and may not be overwritten, or its folder does not exist or may not be written.
    """
    if place.output == STDOUT:
        return
    path = _asked(place)
    if path.is_file() and not place.overwrites:
        raise CommandRefused(
            f"{path} exists already.", hint="Choose another -o, or add --force.", exit_code=ExitCode.USAGE
        )
    if not path.is_dir() and not path.parent.is_dir():
        raise CommandRefused(
            f"The folder {path.parent} does not exist.", hint="Make it, or choose another -o.", exit_code=ExitCode.USAGE
        )
    folder = path if path.is_dir() else path.parent
    if not os.access(folder, os.W_OK | os.X_OK):
        raise CommandRefused(
            f"The folder {folder} cannot be written.", hint="Choose another -o.", exit_code=ExitCode.USAGE
        )


def save(data: bytes, place: Place, *, suffix: str) -> Path | None:
    """The file that now holds `data`; None where it went to stdout.

    suffix: of the result, such as ".png", for a file that is named after the prompt.

    Raises:
        CommandRefused: the file appeared meanwhile and may not be overwritten.
        OSError
    """
    if place.output == STDOUT:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return None
    path = _asked(place)
    if path.is_dir():
        path = _unused(path, _slug(place.prompt), suffix)
    partial = path.with_name(f".{path.name}.partial")
    try:
        partial.write_bytes(data)
        require_free(place)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return path


def _asked(place: Place) -> Path:
    return Path(place.output) if place.output is not None else Path()


def _slug(prompt: str) -> str:
    words = re.sub(r"[^\w]+", "-", prompt.lower()).strip("-_")
    if len(words) <= _LONGEST_NAME:
        return words or "result"
    return words[: _LONGEST_NAME + 1].rpartition("-")[0] or words[:_LONGEST_NAME]


def _unused(folder: Path, name: str, suffix: str) -> Path:
    path, number = folder / (name + suffix), 1
    while path.exists():
        number += 1
        path = folder / f"{name}-{number}{suffix}"
    return path
