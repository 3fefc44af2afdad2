"""Reviews, appeals, filters, quotas, scheduled budgets, balances: §§8.1-8.4."""

from __future__ import annotations

import pytest
from sandbox_team import Team

from tiktok_sandbox.server import SandboxServer
from tiktok_sandbox.world.drawing.build import build_world


def rejected(team: Team) -> dict[str, str]:
    """A Spark Ad of a post whose caption makes a forbidden claim."""
    item_id = team.plain_post()["item_id"]
    team.sandbox.phone(f"posts/{item_id}/caption/", {"text": "Guaranteed miracle"})
    identity_id = team.bind(item_id)
    campaign_id = team.campaign()
    adgroup_id = team.adgroup(campaign_id)
    ad_id = team.ad(adgroup_id, item_id, identity_id)
    return {"campaign_id": campaign_id, "adgroup_id": adgroup_id, "ad_id": ad_id}


class TestReview:
    def test_rejects_a_forbidden_claim_and_says_why(self, team: Team) -> None:
        made = rejected(team)
        assert team.ad_status(made["ad_id"]) == "AD_STATUS_AUDIT"
        team.sandbox.advance(days=1)
        assert team.ad_status(made["ad_id"]) == "AD_STATUS_AUDIT_DENY"
        assert team.impressions() == 0
        info = team.get("/adgroup/review_info/", adgroup_ids=[made["adgroup_id"]])
        review = info["ad_review_map"][made["ad_id"]]
        assert (review["review_status"], review["is_approved"]) == ("UNAVAILABLE", False)
        assert len(review["reject_info"][0]["reasons"]) == 2
        assert review["reject_info"][0]["suggestion"]
        group = team.get("/adgroup/get/", filtering={"adgroup_ids": [made["adgroup_id"]]})
        assert group["list"][0]["secondary_status"] == "ADGROUP_STATUS_AUDIT_DENY"

    @pytest.mark.slow
    def test_lets_an_ad_run_a_day_after_its_appeal(self, team: Team) -> None:
        made = rejected(team)
        number = {"adgroup_id": made["adgroup_id"]}
        assert team.refused("POST", "/adgroup/appeal/", **number)[0] == 40002
        team.sandbox.advance(hours=3)
        team.post("/adgroup/appeal/", appeal_reason="Sample reason", **number)
        assert team.ad_status(made["ad_id"]) == "AD_STATUS_REAUDIT"
        team.sandbox.advance(hours=24)
        assert team.ad_status(made["ad_id"]) == "AD_STATUS_DELIVERY_OK"
        team.sandbox.advance(hours=24)
        assert team.impressions() > 0

    def test_rejects_a_familys_share_of_ads(self) -> None:
        world = build_world(seed=7)
        world.state.rejection_share = 1.0
        with SandboxServer(world=world) as sandbox:
            team = Team(sandbox)
            made = team.launch()
            sandbox.advance(hours=3)
            assert team.ad_status(made["ad_id"]) == "AD_STATUS_AUDIT_DENY"

    def test_tells_a_group_that_is_approved_in_part(self, team: Team) -> None:
        made = rejected(team)
        item_id = team.plain_post(1)["item_id"]
        team.ad(made["adgroup_id"], item_id, team.bind(item_id))
        team.sandbox.advance(hours=3)
        group = team.get("/adgroup/get/", filtering={"adgroup_ids": [made["adgroup_id"]]})
        assert group["list"][0]["secondary_status"] == "ADGROUP_STATUS_PARTIAL_AUDIT_DELIVERY_OK"
        info = team.get("/adgroup/review_info/", adgroup_ids=[made["adgroup_id"]])
        review = info["ad_group_review_map"][made["adgroup_id"]]
        assert review["review_status"] == "PART_AVAILABLE"


class TestFilters:
    def test_find_ads_of_a_campaign_by_any_id(self, team: Team) -> None:
        made, other = team.launch(), team.launch(0)
        for name in ("campaign", "adgroup", "ad"):
            filtering = {f"{name}_ids": [made[f"{name}_id"]]}
            found = team.get("/ad/get/", filtering=filtering)["list"]
            assert [row["ad_id"] for row in found] == [made["ad_id"]]
        both = team.get("/ad/get/")["list"]
        assert [row["ad_id"] for row in both] == [other["ad_id"], made["ad_id"]]

    def test_know_what_is_the_same_for_everything(self, team: Team) -> None:
        team.launch()
        auction = {"buying_types": ["AUCTION"]}
        assert len(team.get("/ad/get/", filtering=auction)["list"]) == 1
        assert team.get("/ad/get/", filtering={"buying_types": ["RESERVATION_RF"]})["list"] == []
        smart = {"is_smart_performance_campaign": True}
        assert team.get("/campaign/get/", filtering=smart)["list"] == []

    @pytest.mark.parametrize(
        ("path", "status"),
        [
            ("/ad/get/", "AD_STATUS_AD_QUOTA_LIMIT"),
            ("/ad/get/", "AD_STATUS_AD_PRE_ONLINE"),
            ("/ad/get/", "AD_STATUS_TRANSCODING_FAIL"),
            ("/ad/get/", "AD_STATUS_REVIEW_PARTIALLY_APPROVED"),
            ("/adgroup/get/", "ADGROUP_STATUS_ASSET_AUTHORIZATION_LOST"),
            ("/campaign/get/", "CAMPAIGN_STATUS_IDENTITY_USED_BY_GMV_MAX_AD"),
            ("/campaign/get/", "NONSENSE"),
        ],
    )
    def test_refuse_statuses_that_can_only_be_read(
        self, team: Team, path: str, status: str
    ) -> None:
        refusal = team.refused("GET", path, filtering={"secondary_status": status})
        assert refusal[0] == 40002

    def test_cut_rows_down_to_what_is_asked(self, team: Team) -> None:
        team.launch()
        row = team.get("/ad/get/", fields=["ad_id", "video_id"])["list"][0]
        assert set(row) == {"ad_id", "video_id"}
        asked = {"fields": ["ad_id", "video_id"], "exclude_field_types_in_response": ["NULL_FIELD"]}
        assert set(team.get("/ad/get/", **asked)["list"][0]) == {"ad_id"}

    @pytest.mark.parametrize(
        ("path", "known"),
        [
            ("/campaign/get/", "campaign_name"),
            ("/adgroup/get/", "audience_ids"),
            ("/ad/get/", "utm_params"),
            ("/advertiser/info/", "balance"),
        ],
    )
    def test_refuse_a_field_that_tiktok_does_not_have(
        self, team: Team, path: str, known: str
    ) -> None:
        more = {"advertiser_ids": [team.advertiser_id]} if "info" in path else {}
        asked = {"fields": [known, "no_such_field"]}
        code, message = team.refused("GET", path, **asked, **more)
        assert code == 40002
        assert "Invalid field(s): no_such_field." in message
        assert f" {known}," in message
        assert team.call("GET", path, fields=[known], **more)["code"] == 0

    @pytest.mark.parametrize("path", ["/campaign/get/", "/adgroup/get/", "/ad/get/"])
    def test_give_out_no_field_that_cannot_be_asked_for(self, team: Team, path: str) -> None:
        team.launch()
        row = team.get(path)["list"][0]
        assert set(team.get(path, fields=sorted(row))["list"][0]) == set(row)

    def test_of_ads_by_code_lack_what_they_lack_on_the_live_service(self, team: Team) -> None:
        team.launch()
        (by_code,) = team.get("/ad/get/")["list"]
        assert not {"ad_format", "call_to_action", "creative_type"} & set(by_code)
        assert by_code["landing_page_url"]
        brand = team.world["brand"]
        own = next(
            post
            for post in team.sandbox.world.visible_posts(brand["handle"])
            if post.item_type == "VIDEO"
        )
        group = team.adgroup(team.campaign("Own"))
        team.ad(group, own.item_id, brand["identity_id"], identity_type="TT_USER")
        (row,) = team.get("/ad/get/", filtering={"adgroup_ids": [group]})["list"]
        assert (row["ad_format"], row["call_to_action"]) == ("SINGLE_VIDEO", "SHOP_NOW")


class TestPartialSuccess:
    def test_switches_what_can_be_and_lists_the_rest(self, team: Team) -> None:
        adgroup_id = team.adgroup(team.campaign())
        answer = team.call(
            "POST",
            "/adgroup/status/update/",
            adgroup_ids=[adgroup_id, "1"],
            operation_status="DISABLE",
            allow_partial_success=True,
        )
        assert answer["code"] == 20001
        assert answer["data"]["adgroup_ids"] == [adgroup_id]
        assert answer["data"]["error_list"][0]["adgroup_id"] == "1"


class TestBudgets:
    @pytest.mark.slow
    def test_change_on_the_accounts_next_day(self, team: Team) -> None:
        made = team.launch()
        entry = {"adgroup_id": made["adgroup_id"], "scheduled_budget": 33}
        team.post("/adgroup/budget/update/", scheduled_budget=[entry])
        row = team.get("/adgroup/get/")["list"][0]
        assert (row["budget"], row["scheduled_budget"]) == (100, 33.0)
        team.sandbox.advance(days=4)
        row = team.get("/adgroup/get/")["list"][0]
        assert (row["budget"], row["scheduled_budget"]) == (33.0, None)
        days = {
            row["dimensions"]["stat_time_day"][:10]: float(row["metrics"]["spend"])
            for row in team.report("AUCTION_ADGROUP")
        }
        assert all(spend <= 33 for day, spend in days.items() if day >= "2026-03-03")

    def test_stay_at_105_percent_of_the_spend(self, team: Team) -> None:
        made = team.launch(budget=200)
        team.sandbox.advance(hours=28)
        team.sandbox.advance(hours=14)
        fields = {"adgroup_id": made["adgroup_id"], "budget": 20}
        code, message = team.refused("POST", "/adgroup/update/", **fields)
        assert code == 40002
        assert "105%" in message

    def test_of_a_lifetime_cover_20_a_day(self, team: Team) -> None:
        fields = team.adgroup_fields(
            team.campaign(),
            budget_mode="BUDGET_MODE_TOTAL",
            budget=59,
            schedule_end_time="2026-03-05 00:00:00",
        )
        assert "60" in team.refused("POST", "/adgroup/create/", **fields)[1]

    def test_have_no_minimum_when_the_setting_says_so(self, team: Team) -> None:
        team.sandbox.post("behaviour/", {"budget_minimums": "off"})
        team.adgroup(team.campaign(), budget=1)


class TestAccount:
    def test_shows_its_balance_to_the_business_center(self, team: Team) -> None:
        made = team.launch()
        info = team.get("/advertiser/info/", advertiser_ids=[team.advertiser_id])["list"][0]
        team.sandbox.advance(days=1)
        rows = team.get("/advertiser/balance/get/", bc_id=info["owner_bc_id"])
        own = rows["advertiser_account_list"][0]
        assert own["account_balance"] < info["balance"]
        assert team.refused("GET", "/advertiser/balance/get/", bc_id="1")[0] == 40001
        team.sandbox.world.state.advertisers[team.advertiser_id].balance_minor = 0
        assert team.ad_status(made["ad_id"]) == "AD_STATUS_BALANCE_EXCEED"

    def test_counts_its_active_ad_groups(self, team: Team) -> None:
        adgroup_id = team.adgroup(team.campaign())
        assert team.get("/adgroup/quota/")["used_adgroup_quota"] == 1
        team.switch("adgroup", adgroup_id, "DISABLE")
        assert team.get("/adgroup/quota/") == {
            "total_adgroup_quota": 5000,
            "used_adgroup_quota": 0,
        }


class TestMusic:
    def test_is_licensed_by_place_and_time(self, team: Team) -> None:
        post = team.plain_post(1)
        kept = team.sandbox.world.state.posts[post["item_id"]]
        kept.music_blocked_locations = ["2921044"]
        fields = {
            "identity_id": team.bind(post["item_id"]),
            "identity_type": "AUTH_CODE",
            "item_id": post["item_id"],
            "start_time": "2026-03-02 00:00:00",
            "end_time": "2026-04-02 00:00:00",
        }
        path = "/identity/music/authorization/"
        here = team.get(path, locations=["6252001"], **fields)
        there = team.get(path, locations=["6252001", "2921044"], **fields)
        assert here["music_authorization"][0]["music_status"] == "WITH_FULL_AUTHORIZATION"
        assert there["music_authorization"][0]["music_status"] == "AUTHORIZATION_MISSING"
        assert team.refused("GET", path, locations=[], **fields)[0] == 40002


class TestAfterLoading:
    def test_finds_everything_again(self, team: Team) -> None:
        made = team.launch()
        saved = team.sandbox._send("GET", "/sandbox/v1/save/", None)
        team.sandbox._send("POST", "/sandbox/v1/load/", saved)
        assert team.ad_status(made["ad_id"]) == "AD_STATUS_AUDIT"
        quota = team.get(
            "/asset/bind/quota/", identity_id=made["identity_id"], identity_type="AUTH_CODE"
        )
        assert quota["used_quota"] == 1
        assert len(team.get("/tt_video/list/")["list"]) == 1
