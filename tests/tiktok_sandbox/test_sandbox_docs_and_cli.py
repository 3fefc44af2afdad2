"""The documentation in step with the code, and the command line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from dataclasses import fields
from pathlib import Path

import pytest
from click.testing import CliRunner

from tiktok_sandbox.cli import main, open_world
from tiktok_sandbox.control.api import Control
from tiktok_sandbox.describe.coverage import coverage
from tiktok_sandbox.phone.api import ACTS
from tiktok_sandbox.runtime.hub import Hub
from tiktok_sandbox.server import SandboxServer, free_port
from tiktok_sandbox.world.drawing.build import build_world
from tiktok_sandbox.world.state.behaviour import Behaviour
from tiktok_sandbox.world.storage import save

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"


class TestReference:
    def test_shows_the_generated_coverage_table(self) -> None:
        page = (REFERENCE / "sandbox-coverage.md").read_text(encoding="utf-8")
        assert page == coverage(), (
            "run: tiktok-sandbox coverage > docs/reference/sandbox-coverage.md"
        )

    def test_names_every_control_path_setting_and_act(self) -> None:
        page = (REFERENCE / "sandbox.md").read_text(encoding="utf-8")
        routes = Control(Hub(build_world())).routes()
        names = {route.path.removeprefix("/sandbox/v1/") for route in routes}
        names = {name for name in names if "{" not in name}
        names |= {field.name for field in fields(Behaviour)} | {f"{act}/" for act in ACTS}
        missing = sorted(name for name in names if name not in page)
        assert not missing

    def test_names_every_field_of_the_truth(self, sandbox: SandboxServer) -> None:
        page = (REFERENCE / "sandbox-truth.md").read_text(encoding="utf-8")
        sandbox.advance(days=2)
        truth = sandbox.get("truth/")
        names = set(truth) | set(truth["posts"][0]) | set(truth["posts"][0]["total"])
        names |= set(truth["orders"][0]) | set(truth["books"]["by_post"][0])
        missing = sorted(name for name in names if name not in page)
        assert not missing


class TestCommand:
    def test_prints_the_coverage_table(self) -> None:
        answer = CliRunner().invoke(main, ["coverage"])
        assert (answer.exit_code, answer.output) == (0, coverage())

    def test_prints_the_truth_of_a_running_sandbox(self, sandbox: SandboxServer) -> None:
        answer = CliRunner().invoke(main, ["truth", "--url", sandbox.url])
        assert json.loads(answer.output)["schema"] == "tiktok-sandbox.truth/1"

    @pytest.mark.parametrize(
        ("options", "reason"),
        [
            (["--world", "mars"], "known: clickbait, demo"),
            (["--clock", "backwards"], "manual, real"),
        ],
    )
    def test_says_what_it_would_accept(self, options: list[str], reason: str) -> None:
        answer = CliRunner().invoke(main, ["serve", *options])
        assert answer.exit_code == 1
        assert reason in answer.output

    def test_opens_a_saved_world(self, tmp_path: Path) -> None:
        file = tmp_path / "saved.world"
        file.write_bytes(save(build_world(seed=21)))
        assert open_world(name=str(file), seed=1, clock="real").seed == 21

    @pytest.mark.slow
    def test_serves_until_it_is_interrupted(self) -> None:
        port = free_port()
        command = [sys.executable, "-m", "tiktok_sandbox.cli", "serve", "--port", str(port)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as server:
            address = f"http://127.0.0.1:{port}/sandbox/v1/health/"
            assert _answer(address)["status"] == "ok"
            os.kill(server.pid, signal.SIGINT)
            written = b"".join(server.communicate(timeout=20))
            assert server.returncode == 0, written
        assert f"http://127.0.0.1:{port}".encode() in written
        assert b"Traceback" not in written


def _answer(address: str) -> dict[str, str]:
    """Ask until the server is there; a process takes a moment to start."""
    deadline = time.monotonic() + 20
    while True:
        try:
            with urllib.request.urlopen(address) as reply:  # noqa: S310 - our own http server
                found: dict[str, str] = json.loads(reply.read())
                return found
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
