"""The sandbox's tutorial, block by block and in order, against a real server."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tiktok_sandbox.cli import main
from tiktok_sandbox.server import SandboxServer

pytestmark = pytest.mark.slow

PAGE = Path(__file__).resolve().parents[2] / "docs/tutorials/test-your-own-integration.md"
HERE = "http://127.0.0.1:8790"


def blocks(kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.S)


def test_every_python_block_runs_in_order() -> None:
    with SandboxServer(seed=7, tier="off") as sandbox:
        names: dict[str, Any] = {}
        for block in blocks("python"):
            code = compile(block.replace(HERE, sandbox.url), PAGE.name, "exec")
            exec(code, names)  # noqa: S102 - our own documentation
        names["client"].rest_client.pool_manager.clear()
        names["client"].pool.close()
        names["client"].pool.join()


def test_its_curl_gets_a_token() -> None:
    command = blocks("sh")[1]
    assert command.startswith("curl ")
    with SandboxServer(seed=7) as sandbox:
        words = command.replace(HERE, sandbox.url).split()
        answer = json.loads(subprocess.run(words, capture_output=True, check=True).stdout)
    assert answer["access_token"]
    assert answer["advertiser_ids"]


def test_its_server_command_has_the_options_and_the_port_it_shows() -> None:
    shown = re.search(r"tiktok-sandbox (serve .*)", blocks("sh")[0])
    assert shown is not None
    answer = CliRunner().invoke(main, [*shown.group(1).split(), "--help"])
    assert answer.exit_code == 0, answer.output
    assert "8790" in answer.output


def test_its_pytest_example_passes(tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text(blocks("python-test")[0], encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tiktok_sandbox.pytest_plugin"]
    answer = subprocess.run(
        [*command, "test_mine.py"],
        cwd=tmp_path,
        env=os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
