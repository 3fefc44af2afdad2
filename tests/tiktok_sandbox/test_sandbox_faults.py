"""Fault plans: patterns, chances, calls that never arrive, listings from the past."""

from __future__ import annotations

import http.client
import urllib.error
from pathlib import Path

import pytest
from sandbox_team import Team, http_status

from ads_manager import PREFIX
from tiktok_sandbox.runtime import descriptors
from tiktok_sandbox.runtime.faults import Fault, FaultPlan
from tiktok_sandbox.server import SandboxError, SandboxServer

NO_ANSWER = (urllib.error.URLError, ConnectionError, http.client.HTTPException)


def codes(team: Team, path: str, times: int) -> list[int]:
    return [team.call("GET", path)["code"] for _ in range(times)]


class TestPatterns:
    def test_cover_several_endpoints(self, team: Team) -> None:
        plan = {"path": "/ca*/get/", "kind": "error", "code": 51010, "times": None}
        team.sandbox.post("faults/", plan)
        assert codes(team, "/campaign/get/", 2) == [51010, 51010]
        assert codes(team, "/adgroup/get/", 1) == [0]

    def test_let_the_first_calls_pass(self, team: Team) -> None:
        plan = {"path": "/campaign/get/", "kind": "error", "skip": 2}
        team.sandbox.post("faults/", plan)
        assert codes(team, "/campaign/get/", 4) == [0, 0, 50000, 0]

    def test_can_answer_any_http_error(self, team: Team) -> None:
        team.sandbox.post("faults/", {"path": "*", "kind": "http_500", "status": 503})
        assert http_status(team.sandbox.url + PREFIX + "/ad/get/")[0] == 503


class TestChance:
    def test_is_the_same_in_every_run_of_a_seed(self) -> None:
        def hits(seed: int) -> list[bool]:
            plan = FaultPlan()
            plan.add(Fault(path="*", kind="error", probability=0.3, times=None, seed=seed))
            return [plan.take("/x/") is not None for _ in range(400)]

        assert hits(1) == hits(1)
        assert hits(1) != hits(2)
        assert 80 < sum(hits(1)) < 160

    @pytest.mark.parametrize(
        "wrong",
        [{"probability": 2}, {"times": 0}, {"skip": -1}, {"status": 200}, {"seconds": -1}],
    )
    def test_must_make_sense(self, team: Team, wrong: dict[str, object]) -> None:
        with pytest.raises(SandboxError):
            team.sandbox.post("faults/", {"path": "*", "kind": "delay"} | wrong)


class TestLostCalls:
    def test_have_no_effect_when_the_request_is_dropped(self, team: Team) -> None:
        team.sandbox.post("faults/", {"path": "/campaign/create/", "kind": "drop_request"})
        with pytest.raises(NO_ANSWER):
            team.campaign("Never arrived")
        assert team.get("/campaign/get/")["list"] == []

    def test_cannot_be_planned_where_no_socket_can_be_found(
        self, team: Team, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(descriptors, "DESCRIPTORS", Path("/nowhere"))
        with pytest.raises(SandboxError, match="Linux or macOS"):
            team.sandbox.post("faults/", {"path": "*", "kind": "drop_reply"})


class TestStaleLists:
    def test_answer_as_before_the_last_write(self, team: Team) -> None:
        team.campaign("First")
        plan = {"path": "/campaign/get/", "kind": "stale_list", "times": None}
        team.sandbox.post("faults/", plan)
        team.campaign("Second")
        assert self._names(team) == ["First"]
        team.campaign("Third")
        assert self._names(team) == ["Second", "First"]
        team.sandbox._send("DELETE", "/sandbox/v1/faults/", None)
        assert self._names(team) == ["Third", "Second", "First"]

    def test_lag_by_simulated_seconds(self, team: Team) -> None:
        plan = {"path": "/campaign/get/", "kind": "stale_list", "since": "simulated"}
        team.sandbox.post("faults/", plan | {"seconds": 3600, "times": None})
        team.campaign("First")
        assert self._names(team) == []
        team.sandbox.advance(hours=2)
        team.campaign("Second")
        assert self._names(team) == ["First"]

    @staticmethod
    def _names(team: Team) -> list[str]:
        rows = team.get("/campaign/get/")["list"]
        return sorted(
            (row["campaign_name"] for row in rows), key=["Third", "Second", "First"].index
        )


class TestServer:
    def test_leaves_no_socket_open_behind(self) -> None:
        def one_more() -> int:
            with SandboxServer(seed=7) as sandbox:
                sandbox.get("health/")
            return len(list(Path("/dev/fd").iterdir()))

        one_more()
        before = one_more()
        assert [one_more() for _ in range(3)] == [before] * 3
