"""The first page, coverage and licence: every link leads somewhere, the numbers are the world's."""

from __future__ import annotations

import json
import re
import urllib.request
from pathlib import Path

import pytest
from sandbox_phone import visit

from tiktok_sandbox.phone.front_pages import LINKS, RUNS_ON
from tiktok_sandbox.server import SandboxServer
from tiktok_sandbox.wire.endpoints import ENDPOINTS

ROOT = Path(__file__).resolve().parents[2]


class TestFrontPage:
    def test_says_what_it_is_and_how_the_world_stands(self, sandbox: SandboxServer) -> None:
        sandbox.advance(days=2)
        page = visit(f"{sandbox.url}/")
        assert page.status == 200
        assert "default-src 'none'" in page.policy
        assert "World demo, seed 7" in page.text
        assert "Simulated time 4 March 2026, 00:00 UTC; the clock stands still" in page.text
        world = sandbox.get("world/")
        assert f"Advertisers {len(world['advertisers'])} " in page.text
        assert f"instead of TikTok's API for Business; {len(ENDPOINTS)} endpoints" in page.text
        assert sandbox.url in page.text

    def test_says_when_the_clock_runs(self, sandbox: SandboxServer) -> None:
        sandbox.post("clock/", {"mode": "x60"})
        assert "the clock runs (x60)" in visit(f"{sandbox.url}/").text

    def test_every_link_leads_somewhere(self, sandbox: SandboxServer) -> None:
        page = visit(f"{sandbox.url}/")
        addresses = set(re.findall(r'href="([^"]+)"', page.html))
        assert {path for _, group in LINKS for path, _, _ in group} <= addresses
        for address in addresses:
            with urllib.request.urlopen(sandbox.url + address) as reply:  # noqa: S310 - our own
                assert reply.status == 200

    def test_answers_programs_in_json(self, sandbox: SandboxServer) -> None:
        accepted = {"Accept": "application/json"}
        request = urllib.request.Request(sandbox.url + "/", headers=accepted)  # noqa: S310 - our own
        with urllib.request.urlopen(request) as reply:  # noqa: S310 - our own
            found = json.load(reply)
        assert found["state"] | {"posts": 0} == {
            "world": "demo",
            "seed": 7,
            "now": "2026-03-02T00:00:00+00:00",
            "clock": "manual",
            "advertisers": len(sandbox.get("world/")["advertisers"]),
            "creators": len(sandbox.phone("creators/")["creators"]),
            "posts": 0,
            "ads": 0,
        }
        assert found["links"]["Creators' phones"] == "/phone/"

    @pytest.mark.parametrize("path", ["/", "/coverage/", "/licence/"])
    def test_has_one_heading_of_the_first_rank_and_landmarks(
        self, sandbox: SandboxServer, path: str
    ) -> None:
        text = visit(sandbox.url + path).html
        assert text.count("<h1>") == text.count("<main") == 1
        assert '<html lang="en">' in text
        assert "<title>" in text

    def test_every_screen_leads_back_to_it(self, sandbox: SandboxServer) -> None:
        assert '<a href="/">Sandbox</a>' in visit(f"{sandbox.url}/phone/").html


class TestCoverage:
    def test_lists_every_endpoint(self, sandbox: SandboxServer) -> None:
        text = visit(f"{sandbox.url}/coverage/").text
        assert all(endpoint.path in text for endpoint in ENDPOINTS)


class TestLicence:
    def test_is_the_repositorys(self) -> None:
        text = (ROOT / "src" / "tiktok_sandbox" / "LICENSE").read_bytes()
        assert text == (ROOT / "LICENSE").read_bytes()

    def test_shows_its_text_and_the_licences_of_what_it_runs_on(
        self, sandbox: SandboxServer
    ) -> None:
        text = visit(f"{sandbox.url}/licence/").text
        assert "Apache License Version 2.0, January 2004" in text
        assert "not installed" not in text
        for package in RUNS_ON:
            assert re.search(rf"{package} \d[\d.]* (BSD|MIT|Apache)", text), package
