"""Linking TikTok accounts to ad accounts and Business Centers, and their health, over the control endpoint."""

from __future__ import annotations

import pytest
from sandbox_team import Team

from tiktok_sandbox.server import SandboxError


class TestALink:
    def test_to_the_business_center_lists_the_creators_posts(self, team: Team) -> None:
        handle = team.sandbox.get("world/")["creators"][0]["handle"]
        told = team.sandbox.post("accounts/", {"handle": handle, "business_center": True})
        assert told["business_center"] is True
        listed = team.get("/identity/get/", identity_type="BC_AUTH_TT")["identity_list"]
        assert handle in [row["username"] for row in listed]
        team.sandbox.post("accounts/", {"handle": handle, "business_center": False})
        listed = team.get("/identity/get/", identity_type="BC_AUTH_TT")["identity_list"]
        assert handle not in [row["username"] for row in listed]

    def test_that_is_unwell_says_so(self, team: Team) -> None:
        handle = team.sandbox.get("world/")["creators"][0]["handle"]
        team.sandbox.post(
            "accounts/",
            {"handle": handle, "business_center": True, "available_status": "IS_PRIVATE_ACCOUNT"},
        )
        listed = team.get("/identity/get/", identity_type="BC_AUTH_TT")["identity_list"]
        (row,) = [row for row in listed if row["username"] == handle]
        assert row["available_status"] == "IS_PRIVATE_ACCOUNT"
        assert row["can_pull_video"] is False

    @pytest.mark.parametrize(
        "body",
        [
            {"handle": "nobody.at.all"},
            {"available_status": "FINE"},
            {"advertiser_ids": ["1"]},
            {"business_center": "yes"},
        ],
    )
    def test_that_makes_no_sense_is_refused_with_a_reason(
        self, team: Team, body: dict[str, object]
    ) -> None:
        handle = team.sandbox.get("world/")["creators"][0]["handle"]
        with pytest.raises(SandboxError, match=r"must be|one of|true or false"):
            team.sandbox.post("accounts/", {"handle": handle, **body})
