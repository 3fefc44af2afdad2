"""Who works in a data folder: servers and workers share it, a demonstration that empties it needs it alone.

The lock ends with the process that holds it, however that ends.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

NAME = ".in-use"


class FolderLock:
    """A lock on a folder, by a file in it. Threads and forked children of the holder share it."""

    def __init__(self, folder: Path) -> None:
        self._handle = os.open(folder / NAME, os.O_RDWR | os.O_CREAT, 0o600)

    def take_alone(self) -> bool:
        """Hold the folder alone; False when anybody else holds it."""
        return self._take(fcntl.LOCK_EX)

    def share(self) -> bool:
        """Hold the folder together with others; False when somebody holds it alone."""
        return self._take(fcntl.LOCK_SH)

    def _take(self, kind: int) -> bool:
        try:
            fcntl.flock(self._handle, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def release(self) -> None:
        os.close(self._handle)
