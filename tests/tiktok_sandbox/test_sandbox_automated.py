"""Smart+, GMV Max and split tests: §§8.5-8.7."""

from __future__ import annotations

from typing import Any

import pytest
from sandbox_team import Team
from sandbox_uploads import upload_image, upload_video

from tiktok_sandbox.wire.ads.split_tests import p_value


def smart_plus(team: Team, *creatives: dict[str, object], **given: object) -> dict[str, Any]:
    """A Smart+ ad from its campaign on."""
    campaign = team.post(
        "/smart_plus/campaign/create/",
        request_id="1",
        objective_type="WEB_CONVERSIONS",
        campaign_name="Smart",
        budget_mode="BUDGET_MODE_DYNAMIC_DAILY_BUDGET",
        budget=80,
        budget_optimize_on=True,
    )
    adgroup = team.post(
        "/smart_plus/adgroup/create/",
        request_id="2",
        campaign_id=campaign["campaign_id"],
        adgroup_name="Smart group",
        promotion_type="WEBSITE",
        optimization_goal="TRAFFIC_LANDING_PAGE_VIEW",
        billing_event="OCPM",
        schedule_type="SCHEDULE_FROM_NOW",
        schedule_start_time=team.now,
        targeting_spec={"location_ids": ["6252001"]},
    )
    ad: dict[str, Any] = team.post(
        "/smart_plus/ad/create/",
        adgroup_id=adgroup["adgroup_id"],
        ad_name="Smart ad",
        creative_list=[{"creative_info": creative} for creative in creatives],
        ad_text_list=[{"ad_text": "A sample text"}],
        call_to_action_list=[{"call_to_action": "SHOP_NOW"}],
        landing_page_url_list=[{"landing_page_url": "https://shop.example/p/TRAIL-FLASK"}],
        **given,
    )
    return ad


def spark(team: Team) -> dict[str, object]:
    item_id = team.plain_post()["item_id"]
    return {
        "ad_format": "SINGLE_VIDEO",
        "identity_type": "AUTH_CODE",
        "identity_id": team.bind(item_id),
        "tiktok_item_id": item_id,
    }


def upload(team: Team) -> dict[str, object]:
    return {
        "ad_format": "SINGLE_VIDEO",
        "identity_type": "TT_USER",
        "identity_id": team.world["brand"]["identity_id"],
        "video_info": {"video_id": upload_video(team)["video_id"]},
        "image_info": [{"web_uri": upload_image(team)}],
    }


class TestSmartPlus:
    @pytest.mark.slow
    def test_delivers_every_creative_and_reports_each(self, team: Team) -> None:
        ad = smart_plus(team, spark(team), upload(team))
        assert len({row["ad_material_id"] for row in ad["creative_list"]}) == 2
        team.sandbox.advance(days=4)
        names = ["spend", "main_material_type", "tiktok_item_id", "identity_id", "tiktok_name"]
        rows = team.get(
            "/smart_plus/material_report/overview/",
            dimensions=["smart_plus_ad_id", "main_material_id"],
            metrics=names,
            query_lifetime=True,
        )["list"]
        kinds = {row["metrics"]["main_material_type"] for row in rows}
        assert kinds == {"VIDEO_SPARK_ADS", "VIDEO"}
        spent = sum(float(row["metrics"]["spend"]) for row in rows)
        lifetime = team.report("AUCTION_CAMPAIGN", by=None)
        assert spent == pytest.approx(float(lifetime[0]["metrics"]["spend"]))
        both = team.report(by=None, dimensions=["ad_id_v2"])
        assert [row["dimensions"]["ad_id_v2"] for row in both] == [ad["smart_plus_ad_id"]]
        days = team.get(
            "/smart_plus/material_report/breakdown/",
            dimensions=["main_material_id", "stat_time_day"],
            start_date="2026-03-01",
            end_date="2026-03-30",
            page_size=100,
        )["list"]
        assert sum(float(row["metrics"]["spend"]) for row in days) == pytest.approx(spent)

    def test_stays_out_of_the_regular_lists(self, team: Team) -> None:
        ad = smart_plus(team, spark(team))
        for path in ("/campaign/get/", "/adgroup/get/", "/ad/get/"):
            assert team.get(path)["list"] == []
        assert len(team.get("/smart_plus/campaign/get/")["list"]) == 1
        group = team.get("/smart_plus/adgroup/get/")["list"][0]
        assert group["targeting_spec"]["location_ids"] == ["6252001"]
        found = team.get("/smart_plus/ad/get/", filtering={"campaign_ids": [ad["campaign_id"]]})
        assert [row["smart_plus_ad_id"] for row in found["list"]] == [ad["smart_plus_ad_id"]]
        fields = {"campaign_id": ad["campaign_id"], "campaign_name": "x"}
        assert team.refused("POST", "/campaign/update/", **fields)[0] == 40007

    def test_stops_one_creative_or_all(self, team: Team) -> None:
        ad = smart_plus(team, spark(team), upload(team))
        number = {"smart_plus_ad_id": ad["smart_plus_ad_id"]}
        first, second = (row["ad_material_id"] for row in ad["creative_list"])
        team.post(
            "/smart_plus/ad/material_status/update/",
            ad_material_ids=[first],
            operation_status="DISABLE",
            **number,
        )
        team.sandbox.advance(days=1)
        live = team.sandbox.world.find
        sums = team.report(by=None)
        delivered = {row["dimensions"]["ad_id"] for row in sums}
        ad_of = {number: live.ad_of_material(number) for number in (first, second)}
        assert delivered == {ad_of[second].ad_id}  # type: ignore[union-attr]  # it exists
        switch = {"smart_plus_ad_ids": [ad["smart_plus_ad_id"]]}
        team.post("/smart_plus/ad/status/update/", operation_status="DISABLE", **switch)
        row = team.get("/smart_plus/ad/get/")["list"][0]
        assert row["secondary_status"] == "AD_STATUS_DISABLE"
        team.post("/smart_plus/ad/status/update/", operation_status="DELETE", **switch)
        assert team.get("/smart_plus/ad/get/")["list"] == []

    def test_keeps_the_material_of_a_creative_that_stays(self, team: Team) -> None:
        stays, goes = spark(team), upload(team)
        ad = smart_plus(team, stays, goes)
        kept = ad["creative_list"][0]["ad_material_id"]
        changed = team.post(
            "/smart_plus/ad/update/",
            smart_plus_ad_id=ad["smart_plus_ad_id"],
            creative_list=[{"creative_info": stays}],
        )
        assert [row["ad_material_id"] for row in changed["creative_list"]] == [kept]

    def test_is_reviewed_and_can_appeal(self, team: Team) -> None:
        ad = smart_plus(team, upload(team))
        number = {"smart_plus_ad_id": ad["smart_plus_ad_id"]}
        texts = [{"ad_text": "Guaranteed miracle"}]
        changed = team.post("/smart_plus/ad/update/", ad_text_list=texts, **number)
        same = [row["ad_material_id"] for row in ad["creative_list"]]
        assert [row["ad_material_id"] for row in changed["creative_list"]] == same
        team.sandbox.advance(hours=3)
        info = team.get("/smart_plus/ad/review_info/", smart_plus_ad_ids=[ad["smart_plus_ad_id"]])
        assert info["list"][0]["review_status"] == "UNAVAILABLE"
        assert "guaranteed" in info["list"][0]["reject_info"][0]["reasons"][0]
        team.post("/smart_plus/ad/appeal/", appeal_reason="Sample", **number)
        team.sandbox.advance(hours=25)
        rows = team.get("/smart_plus/ad/get/")["list"][0]["creative_list"]
        info = team.get(
            "/smart_plus/material/review_info/", ad_material_ids=[rows[0]["ad_material_id"]]
        )
        assert info["list"][0]["is_approved"] is True


def gmv_max(team: Team, **given: object) -> dict[str, Any]:
    store = team.get("/gmv_max/store/list/")["store_list"][0]
    fields: dict[str, object] = {
        "request_id": "1",
        "store_id": store["store_id"],
        "store_authorized_bc_id": store["store_authorized_bc_id"],
        "shopping_ads_type": "PRODUCT",
        "campaign_name": "GMV",
        "optimization_goal": "VALUE",
        "deep_bid_type": "VO_MIN_ROAS",
        "roas_bid": 2,
        "budget": 90,
        "schedule_type": "SCHEDULE_FROM_NOW",
        "schedule_start_time": team.now,
        "product_video_specific_type": "AUTO_SELECTION",
    }
    made: dict[str, Any] = team.post("/campaign/gmv_max/create/", **fields | given)
    return made


class TestGmvMax:
    @pytest.mark.slow
    def test_runs_the_shops_own_posts_and_reports_its_sales(self, team: Team) -> None:
        campaign = gmv_max(team)
        assert len(campaign["item_list"]) == 4
        assert team.get("/campaign/get/")["list"] == []
        team.sandbox.advance(days=5)
        rows = team.get(
            "/gmv_max/report/get/",
            store_ids=[campaign["store_id"]],
            dimensions=["campaign_id", "item_id", "stat_time_day"],
            metrics=["cost", "orders", "gross_revenue", "roi", "creative_delivery_status"],
            start_date="2026-03-01",
            end_date="2026-03-30",
            enable_total_metrics=True,
            page_size=1000,
        )
        cost = sum(float(row["metrics"]["cost"]) for row in rows["list"])
        assert cost == pytest.approx(float(rows["total_metrics"]["cost"]))
        spend = team.report("AUCTION_ADVERTISER", by=None)[0]["metrics"]["spend"]
        assert float(spend) == pytest.approx(cost)
        assert {row["metrics"]["creative_delivery_status"] for row in rows["list"]} == {
            "DELIVERING"
        }

    def test_finds_authorized_posts_only_when_asked(self, team: Team) -> None:
        item_id = team.plain_post()["item_id"]
        identity_id = team.bind(item_id)
        store = team.get("/gmv_max/store/list/")["store_list"][0]
        where = {
            "store_id": store["store_id"],
            "store_authorized_bc_id": store["store_authorized_bc_id"],
        }
        assert team.get("/gmv_max/video/get/", **where)["item_list"] == []
        linked = team.get("/gmv_max/identity/get/", **where)["identity_list"]
        wanted = [
            {"identity_id": row["identity_id"], "identity_type": row["identity_type"]}
            for row in linked
            if row["identity_type"] != "AUTH_CODE"
        ]
        where["identity_list"] = wanted
        own = team.get("/gmv_max/video/get/", **where)["item_list"]
        assert own
        more = team.get("/gmv_max/video/get/", need_auth_code_video=True, **where)["item_list"]
        assert {row["item_id"] for row in more} - {row["item_id"] for row in own} == {item_id}
        kinds = {row["identity_type"] for row in linked}
        assert {"TTS_TT", "AUTH_CODE", "TT_USER"} <= kinds
        chosen = {
            "item_id": item_id,
            "identity_info": {"identity_type": "AUTH_CODE", "identity_id": identity_id},
        }
        made = gmv_max(team, product_video_specific_type="CUSTOM_SELECTION", item_list=[chosen])
        assert [row["item_id"] for row in made["item_list"]] == [item_id]

    def test_is_exclusive_to_one_ad_account(self, team: Team) -> None:
        store = team.get("/gmv_max/store/list/")["store_list"][0]
        where = {
            "store_id": store["store_id"],
            "store_authorized_bc_id": store["store_authorized_bc_id"],
        }
        before = team.get("/gmv_max/exclusive_authorization/get/", **where)
        assert before["authorization_status"] == "UNAUTHORIZED"
        team.post("/gmv_max/exclusive_authorization/create/", **where)
        other = where | {"advertiser_id": team.eu_advertiser_id}
        path = "/gmv_max/exclusive_authorization/create/"
        assert team.refused("POST", path, **other)[0] == 40002

    def test_is_switched_changed_and_boosted(self, team: Team) -> None:
        campaign = gmv_max(team)
        number = {"campaign_id": campaign["campaign_id"]}
        keep = campaign["item_list"][0]
        changed = team.post("/campaign/gmv_max/update/", budget=120, item_list=[keep], **number)
        assert (changed["budget"], len(changed["item_list"])) == (120.0, 1)
        session = team.post(
            "/campaign/gmv_max/session/create/",
            store_id=campaign["store_id"],
            session={"budget": 20, "product_list": [{"spu_id": keep["spu_id_list"][0]}]},
            **number,
        )["session_id"]
        assert len(team.get("/campaign/gmv_max/session/list/", **number)["session_list"]) == 1
        team.post("/campaign/gmv_max/session/delete/", session_id=session)
        assert team.get("/campaign/gmv_max/session/list/", **number)["session_list"] == []
        team.switch("campaign", campaign["campaign_id"], "DISABLE")
        info = team.get("/campaign/gmv_max/info/", **number)
        assert info["secondary_status"] == "CAMPAIGN_STATUS_DISABLE"


class TestSplitTest:
    def _start(self, team: Team, **given: object) -> tuple[str, list[str]]:
        groups = [team.launch(adgroup_name="A")["adgroup_id"], team.launch(1)["adgroup_id"]]
        fields: dict[str, object] = {
            "object_ids": groups,
            "test_variable": "CREATIVE",
            "key_metric": "CLICK_THROUGH_RATE",
            "start_time": "2026-03-02 06:00:00",
            "end_time": "2026-03-05 06:00:00",
        }
        made = team.post("/split_test/create/", **fields | given)
        return str(made["split_test_group_id"]), groups

    @pytest.mark.slow
    def test_goes_from_not_started_to_completed_by_the_clock(self, team: Team) -> None:
        test_id, groups = self._start(team)
        seen = []
        for hours in (1, 48, 36, 24):
            result = team.get("/split_test/result/get/", split_test_group_id=test_id)
            seen.append(result["split_test_status"])
            team.sandbox.advance(hours=hours if hours > 1 else 12)
        seen.append(
            team.get("/split_test/result/get/", split_test_group_id=test_id)["split_test_status"]
        )
        assert seen == [
            "NOT_STARTED",
            "IN_PROGRESS",
            "IN_PROGRESS",
            "REPORTING_GENERATING",
            "COMPLETED",
        ]
        result = team.get("/split_test/result/get/", split_test_group_id=test_id)
        assert result["start_time"] == "2026-03-02 01:00:00"
        values = {row["metric"]: row["p_value"] for row in result["p_value_info"]}
        assert 0 <= values["CLICK_THROUGH_RATE"] <= 1
        assert [row["object_id"] for row in result["object_info"]] == groups
        assert [row["adgroup_id"] for row in result["object_info"]] == groups
        assert {row["optimization_goal"] for row in result["object_info"]} == {"CLICK"}

    @pytest.mark.slow
    def test_switches_the_loser_off_when_promoted(self, team: Team) -> None:
        test_id, groups = self._start(team)
        number = {"split_test_group_id": test_id}
        winner = {"winning_object_id": groups[1]}
        assert team.refused("POST", "/split_test/promote/", **number, **winner)[0] == 40002
        team.sandbox.advance(days=4)
        team.post("/split_test/promote/", **number, **winner)
        rows = team.get("/adgroup/get/", filtering={"adgroup_ids": groups})["list"]
        switches = {row["adgroup_id"]: row["operation_status"] for row in rows}
        assert switches == {groups[0]: "DISABLE", groups[1]: "ENABLE"}

    def test_can_be_moved_and_ended(self, team: Team) -> None:
        test_id, groups = self._start(team)
        number = {"split_test_group_id": test_id}
        team.post("/split_test/update/", end_time="2026-03-07 00:00:00", **number)
        team.post("/split_test/end/", **number)
        status = team.get("/split_test/result/get/", **number)["split_test_status"]
        assert status == "CANCELLED"
        again = self._start_with(team, groups)
        assert again != test_id

    def _start_with(self, team: Team, groups: list[str]) -> str:
        made = team.post(
            "/split_test/create/",
            object_ids=groups,
            test_variable="CREATIVE",
            key_metric="COST_PER_CONVERT",
            start_time="2026-03-03 00:00:00",
            end_time="2026-03-05 00:00:00",
        )
        return str(made["split_test_group_id"])

    def test_needs_two_different_objects(self, team: Team) -> None:
        group = team.launch()["adgroup_id"]
        for objects in ([group], [group, group]):
            refusal = team.refused(
                "POST",
                "/split_test/create/",
                object_ids=objects,
                test_variable="CREATIVE",
                key_metric="CONVERT_RATE",
                start_time="2026-03-03 00:00:00",
                end_time="2026-03-05 00:00:00",
            )
            assert refusal[0] == 40002

    def test_computes_the_textbook_p_value(self) -> None:
        # 45 of 200 against 30 of 200: pooled z = 1.9215..., two-sided p = 0.0547 (by hand).
        left = {"clicks": 45, "impressions": 200}
        right = {"clicks": 30, "impressions": 200}
        assert p_value(left, right, metric="CLICK_THROUGH_RATE") == pytest.approx(0.0547, abs=2e-4)
        assert p_value(left, left | {"impressions": 0}, metric="CLICK_THROUGH_RATE") is None


class TestAfterLoading:
    @pytest.mark.slow
    def test_goes_on_as_if_nothing_had_happened(self, team: Team) -> None:
        smart_plus(team, spark(team), upload(team))
        gmv_max(team)
        team.sandbox.advance(days=1)
        saved = team.sandbox._send("GET", "/sandbox/v1/save/", None)
        team.sandbox.advance(days=1)
        uninterrupted = team.report(), team.sandbox.get("truth/")
        team.sandbox._send("POST", "/sandbox/v1/load/", saved)
        team.sandbox.advance(days=1)
        assert (team.report(), team.sandbox.get("truth/")) == uninterrupted


class TestGmvMaxList:
    def test_shows_campaigns_of_the_kinds_asked_for(self, team: Team) -> None:
        store = team.get("/gmv_max/store/list/")["store_list"][0]
        made = team.post(
            "/campaign/gmv_max/create/",
            request_id="list-1",
            store_id=store["store_id"],
            store_authorized_bc_id=store["store_authorized_bc_id"],
            shopping_ads_type="PRODUCT",
            campaign_name="Sample of lists",
            optimization_goal="VALUE",
            deep_bid_type="VO_MIN_ROAS",
            roas_bid=2.0,
            budget=60.0,
            schedule_type="SCHEDULE_FROM_NOW",
            schedule_start_time="2026-03-02 00:00:00",
            product_video_specific_type="AUTO_SELECTION",
        )
        path = "/gmv_max/campaign/get/"

        def listed(*kinds: str) -> list[dict[str, object]]:
            found = team.get(path, filtering={"gmv_max_promotion_types": list(kinds)})["list"]
            rows: list[dict[str, object]] = found
            return rows

        (row,) = listed("PRODUCT_GMV_MAX", "LIVE_GMV_MAX")
        assert (row["campaign_id"], row["campaign_name"]) == (
            made["campaign_id"],
            "Sample of lists",
        )
        assert listed("LIVE_GMV_MAX") == []
        assert team.refused("GET", path)[0] == 40002
        assert team.refused("GET", path, filtering={"gmv_max_promotion_types": []})[0] == 40002
