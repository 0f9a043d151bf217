"""Which worker processes of a data folder are alive: each holds a lock on a file of its own.

The kernel drops the lock when the process dies, by whatever cause, so a restarted server takes up a dead one's tasks at
once instead of waiting for their leases. A frozen process keeps its lock, and keeps its leases until they run out.
"""

import fcntl
import os
from pathlib import Path

from overdoor.units import new_id


class Presence:
    """The lock of this process, and the question whether another is gone. Local file systems only."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self.owner = new_id("worker")
        self._file = os.open(folder / self.owner, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def is_gone(self, owner: str) -> bool:
        """True when no process holds the lock of `owner`; its file is then removed."""
        if owner == self.owner:
            return False
        path = self._folder / Path(owner).name
        try:
            file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return True
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        else:
            path.unlink(missing_ok=True)
            return True
        finally:
            os.close(file)

    def close(self) -> None:
        """Say that this process holds nothing any more."""
        (self._folder / self.owner).unlink(missing_ok=True)
        os.close(self._file)
