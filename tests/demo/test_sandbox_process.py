"""The demonstration's sandbox is waited for as long as it needs, and always ends."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kindling.demo import sandbox as sandboxes
from kindling.demo.sandbox import Sandbox
from kindling.kit import child_process

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent


@pytest.fixture(autouse=True)
def late_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that is quick to start, so that its lateness is what we say."""
    monkeypatch.setattr(sandboxes, "MODULE", "late_server")
    paths = [str(HERE), *filter(None, [os.environ.get("PYTHONPATH")])]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(paths))
    monkeypatch.setenv("LATE_SECONDS", "0")


def wait_until_closed(port: int) -> None:
    deadline = time.monotonic() + 2 * child_process.STOP_SECONDS
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return
        assert time.monotonic() < deadline, f"somebody still serves on port {port}"
        time.sleep(0.05)


class TestTheStart:
    def test_waits_for_a_late_server(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("LATE_SECONDS", "1")
        begun = time.monotonic()
        with Sandbox(seed=7):
            assert time.monotonic() - begun > 1

    def test_does_not_wait_for_a_server_that_ended(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("LATE_ENDS", "1")
        with pytest.raises(RuntimeError, match="did not start"), Sandbox(seed=7):
            pytest.fail("it started")

    def test_ends_a_server_that_took_too_long(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("LATE_SECONDS", "60")
        sandbox = Sandbox(seed=7, start_seconds=0.2)
        with pytest.raises(RuntimeError, match="did not start"), sandbox:
            pytest.fail("it started")
        assert sandbox._process is not None
        assert sandbox._process.poll() is not None

    def test_that_is_interrupted_ends_the_server(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def interrupt(seconds: float) -> None:
            raise KeyboardInterrupt

        monkeypatch.setenv("LATE_SECONDS", "60")
        monkeypatch.setattr(sandboxes.time, "sleep", interrupt)
        sandbox = Sandbox(seed=7)
        with pytest.raises(KeyboardInterrupt), sandbox:
            pytest.fail("it started")
        assert sandbox._process is not None
        assert sandbox._process.poll() is not None


class TestTheEnd:
    def test_comes_with_an_exception_of_the_block(self) -> None:
        sandbox = Sandbox(seed=7)
        with pytest.raises(ZeroDivisionError), sandbox:
            raise ZeroDivisionError
        assert sandbox._process is not None
        assert sandbox._process.poll() is not None

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
    def test_comes_with_the_end_of_the_parent(self, number: signal.Signals) -> None:
        program = (
            "import sys, time\n"
            "from kindling.demo import sandbox\n"
            "sandbox.MODULE = 'late_server'\n"
            "with sandbox.Sandbox(seed=7) as started:\n"
            "    print(started.port, flush=True)\n"
            "    time.sleep(600)\n"
        )
        with subprocess.Popen(
            [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True
        ) as parent:
            assert parent.stdout is not None
            port = int(parent.stdout.readline())
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
            parent.send_signal(number)
        wait_until_closed(port)

    def test_is_not_put_off_by_a_child_that_does_not_listen(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(child_process, "STOP_SECONDS", 0.2)
        deaf = subprocess.Popen(
            [sys.executable, "-c",
             "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
             "print('deaf', flush=True)\ntime.sleep(600)"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        assert deaf.stdout is not None
        deaf.stdout.readline()
        child_process.stop(deaf)
        assert deaf.returncode == -signal.SIGKILL
        deaf.stdout.close()


class TestAServerWithWorkers:
    def test_leaves_none_behind_when_it_has_to_be_killed(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(child_process, "STOP_SECONDS", 0.2)
        told = tmp_path / "worker"
        server = child_process.start("forking_server", str(told))
        while not (told.exists() and told.read_text()):
            time.sleep(0.02)
        worker = int(told.read_text())
        os.kill(worker, 0)  # it lives
        child_process.stop(server)
        deadline = time.monotonic() + 10
        while (
            Path(f"/proc/{worker}").exists()
            and "State:\tZ" not in Path(f"/proc/{worker}/status").read_text()
        ):
            assert time.monotonic() < deadline, "the worker outlived its server"
            time.sleep(0.02)
