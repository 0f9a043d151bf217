"""Removing a file of a folder in such a way that a `put` at the same time cannot lose it.

The file steps aside under another name first. Whoever puts the same content at that moment either has touched it before
(then it is young, and steps back), or does not find it, and writes it anew.
"""

import os
from datetime import datetime
from pathlib import Path

from overdoor.units import new_id

_ASIDE = ".leaving"


def remove_untouched(folder: Path, path: Path, since: datetime) -> bool:
    """True when `path` is no more; False when it was touched after `since`."""
    try:
        if path.stat().st_mtime > since.timestamp():
            return False
        aside = step_aside(folder, path)
    except FileNotFoundError:
        return True
    return finish(aside, path, since)


def step_aside(folder: Path, path: Path) -> Path:
    """Where the file lies now: under no name that a `put` would find.

    Raises:
        FileNotFoundError
    """
    place = folder / _ASIDE
    place.mkdir(exist_ok=True)
    aside = place / f"{path.name}.{new_id('leaving')}"
    path.rename(aside)
    return aside


def finish(aside: Path, path: Path, since: datetime) -> bool:
    """Delete what stepped aside, or, where it was touched in that very moment, put it back: then False."""
    try:
        if aside.stat().st_mtime <= since.timestamp():
            aside.unlink()
            return True
        _step_back(aside, path)
    except FileNotFoundError:  # another process has brought it back
        return False
    return False


def bring_back(folder: Path) -> int:
    """Put back whatever stands aside: its process died on the way. How many files it was."""
    try:
        left = list((folder / _ASIDE).iterdir())
    except FileNotFoundError:
        return 0
    for aside in left:
        sha256 = aside.name.partition(".")[0]
        try:
            _step_back(aside, folder / sha256[:2] / sha256[2:4] / sha256)
        except FileNotFoundError:
            continue
    return len(left)


def fsync(path: Path) -> None:
    """The file's content, or the folder's names, survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _step_back(aside: Path, path: Path) -> None:
    aside.replace(path)
    fsync(path.parent)
