"""Waiting for threads that Python does not know.

The HTTP server's own runtime ends a moment after it says it has stopped. A Python process that
exits inside that moment is aborted, because those threads still let go of Python objects.
"""

from __future__ import annotations

import threading
import time
from pathlib import Path

TASKS = Path("/proc/self/task")
LONGEST_WAIT_SECONDS = 1.0


def native_threads() -> set[int]:
    """Ids of this process's threads that are not Python's; empty where the system cannot tell."""
    if not TASKS.is_dir():
        return set()
    known = {thread.native_id for thread in threading.enumerate()}
    return {int(task.name) for task in TASKS.iterdir()} - known


def wait_for_end_of(threads: set[int]) -> None:
    """Return once none of these threads is left, or after a second."""
    deadline = time.monotonic() + LONGEST_WAIT_SECONDS
    while threads & native_threads() and time.monotonic() < deadline:
        time.sleep(0.002)
