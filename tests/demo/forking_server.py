"""A server that a forked worker outlives when it is killed, as web servers with workers do. It ignores SIGTERM."""

import os
import signal
import sys
import time
from pathlib import Path

signal.signal(signal.SIGTERM, signal.SIG_IGN)
worker = os.fork()
if worker:
    Path(sys.argv[1]).write_text(str(worker))
time.sleep(600)
