"""The examples of examples/sandbox/ run, and both languages see the same world."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tiktok_sandbox.server import SandboxServer

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "sandbox"
NODE = shutil.which("node")


def run(*command: str) -> list[str]:
    """What it printed, line by line."""
    environment = os.environ | {"NO_PROXY": "*"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()


def check(printed: list[str]) -> None:
    """Two advertisers, an ad, and a report of money that was spent."""
    assert [line.split()[0] for line in printed] == ["advertiser", "advertiser", "ad", "spend"]
    words = printed[-1].split()
    assert float(words[1]) > 0
    assert int(words[3]) > int(words[5]) > 0


def in_python() -> list[str]:
    with SandboxServer(seed=7, tier="basic") as sandbox:
        return run(sys.executable, "-I", str(EXAMPLES / "spark_ad.py"), sandbox.url)


@pytest.mark.slow
def test_the_python_example_reads_a_report() -> None:
    check(in_python())


@pytest.mark.slow
def test_the_javascript_example_reads_the_same_report() -> None:
    if NODE is None:
        pytest.skip("node is not installed")
    with SandboxServer(seed=7, tier="basic") as sandbox:
        printed = run(NODE, str(EXAMPLES / "spark_ad.mjs"), sandbox.url)
    check(printed)
    assert printed == in_python()
