"""A forked worker that never outlives the process that forked it, however that one ends."""

from __future__ import annotations

import os
import signal
import threading
import time
from multiprocessing import connection, parent_process

STOP_SECONDS = 10.0  # to finish what is under way


def end_with_parent() -> None:
    """Ask this process to end once its parent has. Does nothing in a process that multiprocessing did not start.

    The parent's end closes a pipe, so a parent that was killed is noticed as well.
    """
    parent = parent_process()
    if parent is None:
        return
    threading.Thread(
        target=_end_after, args=(parent.sentinel,), name="end-with-parent", daemon=True
    ).start()


def _end_after(sentinel: int) -> None:
    connection.wait([sentinel])
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(STOP_SECONDS)
    os._exit(1)
