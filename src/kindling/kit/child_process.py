"""A child process that never outlives this one, however this one ends.

`python -m kindling.kit.child_process MODULE ARGUMENTS…` runs a module and watches standard input, a pipe that its
parent holds. The pipe ends when the parent closes it, and also when the parent is killed; the child then
stops as if asked to by SIGTERM.
"""

from __future__ import annotations

import os
import runpy
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress

STOP_SECONDS = 10.0  # to finish what is under way; then it is killed


def start(module: str, *arguments: str, quiet: bool = False) -> subprocess.Popen[bytes]:
    """Run a module of this environment. Call `stop` when it is no longer needed.

    Ctrl-C in a terminal reaches this process alone, which ends its children in the order it needs.
    quiet : throw away what it prints
    """
    return subprocess.Popen(  # noqa: S603 (our own modules)
        [sys.executable, "-m", __spec__.name, module, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL if quiet else None,
        start_new_session=True,
    )


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ask the child to end, and kill it if it does not. It and what it started have ended when this returns."""
    try:
        if process.stdin is not None:
            process.stdin.close()
        process.terminate()
        process.wait(timeout=STOP_SECONDS)
    except subprocess.TimeoutExpired:
        pass
    finally:
        # Mostly nobody is left; a server that is killed leaves forks behind.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        if process.poll() is None:
            process.kill()
        process.wait()


def _end_with_parent() -> None:
    # os.read, because sys.stdin's lock would still be held by this thread when the interpreter shuts down.
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(STOP_SECONDS)
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    threading.Thread(target=_end_with_parent, name="end-with-parent", daemon=True).start()
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
