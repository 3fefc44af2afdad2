"""What lies on the disk, read as somebody else would who found it."""

from __future__ import annotations

import subprocess
from pathlib import Path


def files_of(folder: Path) -> dict[str, bytes]:
    """Name and content of each file in the folder and below.

    Another process reads them. A process that closes a database's file drops its own SQLite's locks on it
    (sqlite.org/howtocorrupt.html, 2.2); the next process that writes then deletes the log beside it.
    """
    return {
        str(path.relative_to(folder)): subprocess.check_output(["cat", path])
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
