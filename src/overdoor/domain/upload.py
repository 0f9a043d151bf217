"""Uploads: how large one may be, and what it may be called."""

import unicodedata
from pathlib import PurePosixPath

MOST_BYTES = 512 * 1024 * 1024  # of one file
LONGEST_NAME = 120  # characters
_LONGEST_SUFFIX = 16


def clean_name(given: str | None) -> str | None:
    """A file name that is safe to store and show: no folders, no control characters; None where nothing is left."""
    if given is None:
        return None
    last = given.replace("\\", "/").rpartition("/")[2]
    shown = "".join(char for char in unicodedata.normalize("NFC", last) if unicodedata.category(char)[0] != "C").strip()
    if not shown.strip("."):
        return None
    if len(shown) <= LONGEST_NAME:
        return shown
    suffix = PurePosixPath(shown).suffix
    suffix = suffix if len(suffix) <= _LONGEST_SUFFIX else ""
    return shown[: LONGEST_NAME - len(suffix)].rstrip() + suffix
