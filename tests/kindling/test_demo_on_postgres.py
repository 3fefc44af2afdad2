"""The whole walk of the demo with web and worker, in two databases that were empty."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

import postgres
from tiktok_sandbox.server import free_port

pytestmark = [postgres.ABOUT_POSTGRES, pytest.mark.slow]


def test_the_demo_fills_databases_that_settings_name(tmp_path: Path) -> None:
    named = postgres.empty(f"{tmp_path.name}-{os.getpid()}")
    command = [
        sys.executable, "-u", "-m", "kindling.cli", "demo", "--days", "2", "--port", str(free_port()),
    ]  # fmt: skip
    env = os.environ | named | {"KINDLING_DATA_DIR": str(tmp_path / "demo")}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env) as walk:
        assert walk.stdout is not None
        said = []
        for line in walk.stdout:
            said.append(line)
            if "Stop with Ctrl-C" in line:
                break
        walk.send_signal(signal.SIGTERM)
        walk.communicate(timeout=60)
    assert "Sign in as owner@shop.example" in "".join(said), "".join(said)[-2000:]
    assert not list((tmp_path / "demo").glob("*.db"))
    with psycopg.connect(named["KINDLING_DATABASE_URL"]) as rows:
        assert rows.execute("SELECT count(*) > 5 FROM posts_post").fetchone() == (True,)
    with psycopg.connect(named["KINDLING_JOBS_URL"]) as rows:
        asked = "SELECT count(*) > 5 FROM dbos.workflow_status WHERE status = 'SUCCESS'"
        assert rows.execute(asked).fetchone() == (True,)
