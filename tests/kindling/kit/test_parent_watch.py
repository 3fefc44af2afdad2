"""What `kindling serve` started ends with it, also when it is killed."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import time

import pytest

from kindling.kit import child_process
from tiktok_sandbox.server import free_port

PATIENCE = 30.0


def is_taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.slow
@pytest.mark.usefixtures("database")
def test_the_web_worker_of_a_killed_server_leaves_the_port() -> None:
    port = free_port()
    server = child_process.start("kindling.cli", "serve", "--port", str(port), quiet=True)
    try:
        deadline = time.monotonic() + PATIENCE
        while not is_taken(port):
            assert server.poll() is None, "the server ended by itself"
            assert time.monotonic() < deadline, "the server does not answer"
            time.sleep(0.1)
        os.kill(server.pid, signal.SIGKILL)  # the server alone, not what it forked
        server.wait()
        deadline = time.monotonic() + PATIENCE
        while is_taken(port):
            assert time.monotonic() < deadline, "the worker outlived its server"
            time.sleep(0.1)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)
        child_process.stop(server)
