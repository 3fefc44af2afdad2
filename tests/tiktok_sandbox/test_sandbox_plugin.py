"""The pytest plugin, used as other people use it: in a test session of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PLUGIN = "tiktok_sandbox.pytest_plugin"
SAMPLE = """
import json
import urllib.request

import pytest

SEEN = {}


def names(sandbox):
    return [creator["handle"] for creator in sandbox.get("world/")["creators"]]


def test_starts_fresh(tiktok_sandbox, tiktok_sandbox_clock):
    SEEN["names"], SEEN["now"] = names(tiktok_sandbox), tiktok_sandbox_clock.now
    tiktok_sandbox_clock.advance(days=1)
    tiktok_sandbox.post("behaviour/", {"rebind": "ok"})


def test_is_fresh_again(tiktok_sandbox, tiktok_sandbox_clock):
    assert (names(tiktok_sandbox), tiktok_sandbox_clock.now) == (SEEN["names"], SEEN["now"])
    assert tiktok_sandbox.get("behaviour/")["rebind"] == "error"


@pytest.mark.tiktok_sandbox(seed=11, behaviour={"rebind": "ok"})
def test_takes_its_world_from_the_marker(tiktok_sandbox):
    assert tiktok_sandbox.get("health/")["seed"] == 11
    assert tiktok_sandbox.get("behaviour/")["rebind"] == "ok"


def test_plans_faults(tiktok_sandbox, tiktok_sandbox_faults):
    tiktok_sandbox_faults.plan("/user/*", "error", code=50000)
    token = tiktok_sandbox.post("grants/ads/")["access_token"]
    url = tiktok_sandbox.url + "/open_api/v1.3/user/info/"
    request = urllib.request.Request(url, headers={"Access-Token": token})
    codes = [json.loads(urllib.request.urlopen(request).read())["code"] for _ in range(2)]
    assert codes == [50000, 0]
    assert tiktok_sandbox_faults.standing() == []


def test_goes_back_to_a_snapshot(tiktok_sandbox, tiktok_sandbox_clock):
    before, snapshot = tiktok_sandbox_clock.now, tiktok_sandbox.snapshot()
    tiktok_sandbox_clock.advance(hours=5)
    tiktok_sandbox.restore(snapshot)
    assert tiktok_sandbox_clock.now == before


def test_knows_the_truth(tiktok_sandbox_truth):
    assert tiktok_sandbox_truth.read()["schema"].startswith("tiktok-sandbox.truth/")
"""


def run(folder: Path, text: str) -> subprocess.CompletedProcess[str]:
    """A pytest session of its own over one file."""
    (folder / "test_sample.py").write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-W", "error", "--strict-markers"]
    return subprocess.run(
        [*command, "-p", PLUGIN, "test_sample.py"],
        cwd=folder,
        # Other plugins of this environment have warnings of their own.
        env=os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


class TestPlugin:
    @pytest.mark.slow
    def test_gives_fixtures_that_work(self, tmp_path: Path) -> None:
        answer = run(tmp_path, SAMPLE)
        assert answer.returncode == 0, answer.stdout + answer.stderr
        assert "6 passed" in answer.stdout

    @pytest.mark.slow
    def test_loads_nothing_until_it_is_used(self, tmp_path: Path) -> None:
        text = (
            "import sys\n\n\ndef test_loads_nothing():\n"
            "    heavy = {'numpy', 'granian', 'starlette', 'aiohttp', 'tiktok_sandbox.server'}\n"
            "    assert not heavy & set(sys.modules)\n"
        )
        answer = run(tmp_path, text)
        assert answer.returncode == 0, answer.stdout + answer.stderr
