"""What else connectors ask an ad account for: its Business Center, audiences, sounds, creatives."""

from __future__ import annotations

import pytest
from sandbox_team import Team
from sandbox_uploads import md5, send_form

from tiktok_sandbox.world.storage import load


class TestBusinessCenters:
    def test_are_those_of_the_tokens_accounts(self, team: Team) -> None:
        info = team.get("/advertiser/info/", advertiser_ids=[team.advertiser_id])["list"][0]
        (row,) = team.get("/bc/get/")["list"]
        assert row["bc_info"]["bc_id"] == info["owner_bc_id"]
        assert row["bc_info"]["status"] == "ENABLE"
        assert team.get("/bc/get/", bc_id=info["owner_bc_id"])["list"] == [row]
        assert team.refused("GET", "/bc/get/", bc_id="1")[0] == 40001

    def test_have_what_their_accounts_of_one_currency_have(self, team: Team) -> None:
        info = team.get("/advertiser/info/", advertiser_ids=[team.advertiser_id])["list"][0]
        found = team.get("/bc/balance/get/", bc_id=info["owner_bc_id"])
        assert (found["currency"], found["cash_balance"]) == ("USD", info["balance"])
        assert team.refused("GET", "/bc/balance/get/", bc_id="1")[0] == 40001


class TestAudiences:
    PEOPLE = b"a\nb\n\nc\n"

    def upload(self, team: Team) -> str:
        fields = {"advertiser_id": team.advertiser_id, "calculate_type": "EMAIL_SHA256"}
        fields["file_signature"] = md5(self.PEOPLE)
        sent = send_form(
            team,
            "/dmp/custom_audience/file/upload/",
            fields,
            {"file": ("people.csv", self.PEOPLE)},
        )
        return str(sent["data"]["file_path"])

    def create(self, team: Team, **given: object) -> str:
        fields: dict[str, object] = {
            "custom_audience_name": "Sample people",
            "file_paths": [self.upload(team)],
            "calculate_type": "EMAIL_SHA256",
        }
        made = team.post("/dmp/custom_audience/create/", **fields | given)
        return str(made["custom_audience_id"])

    def rows(self, team: Team) -> dict[str, dict[str, object]]:
        found = team.get("/dmp/custom_audience/list/", page_size=100)["list"]
        return {row["audience_id"]: row for row in found}

    def test_can_be_used_an_hour_after_they_are_made_until_they_expire(self, team: Team) -> None:
        number = self.create(team, retention_in_days=2)
        assert (self.rows(team)[number]["is_valid"], self.rows(team)[number]["cover_num"]) == (
            False,
            0,
        )
        team.sandbox.advance(hours=1)
        row = self.rows(team)[number]
        assert (row["is_valid"], row["cover_num"]) == (True, 3)
        assert row["audience_type"] == "Customer File Audience"
        team.sandbox.advance(days=2)
        assert self.rows(team)[number]["is_valid"] is False

    def test_are_changed_listed_and_deleted(self, team: Team) -> None:
        number = self.create(team)
        team.sandbox.advance(hours=1)
        change = {"custom_audience_id": number, "file_paths": [self.upload(team)]}
        assert team.refused("POST", "/dmp/custom_audience/update/", **change)[0] == 40002
        for action, people in (("APPEND", 6), ("REMOVE", 3), ("REPLACE", 3)):
            team.post("/dmp/custom_audience/update/", **change, action=action)
            assert self.rows(team)[number]["cover_num"] == people
        (detail,) = team.get("/dmp/custom_audience/get/", custom_audience_ids=[number])["list"]
        actions = [note["action"] for note in detail["audience_history"]]
        assert actions == ["create", "append", "remove", "replace"]
        team.post("/dmp/custom_audience/delete/", custom_audience_ids=[number])
        assert self.rows(team) == {}
        asked = {"custom_audience_ids": [number]}
        assert team.refused("GET", "/dmp/custom_audience/get/", **asked)[0] == 40007

    def test_grow_lookalikes_only_when_they_are_ready(self, team: Team) -> None:
        number = self.create(team)
        spec = {"source_audience_id": number, "audience_size": "NARROW"}
        given = {"custom_audience_name": "Alike", "lookalike_spec": spec}
        path = "/dmp/custom_audience/lookalike/create/"
        assert team.refused("POST", path, **given)[0] == 40002
        team.sandbox.advance(hours=1)
        made = team.post(path, **given)["custom_audience_id"]
        assert self.rows(team)[made]["lookalike_spec"] == spec

    def test_belong_to_their_account_and_stay_in_a_save(self, team: Team) -> None:
        number, path = self.create(team), self.upload(team)
        other = {"advertiser_id": team.eu_advertiser_id}
        assert team.get("/dmp/custom_audience/list/", **other)["list"] == []
        given = {"custom_audience_name": "x", "file_paths": [path]}
        given["calculate_type"] = "EMAIL_SHA256"
        made = team.call("POST", "/dmp/custom_audience/create/", **given, **other)
        assert made["code"] == 40007
        assert number in load(team.sandbox.read("save/")).state.audiences

    def test_are_put_into_ad_groups_and_out_again_with_a_log(self, team: Team) -> None:
        number, adgroup_id = self.create(team), team.adgroup(team.campaign())
        path, log = "/dmp/custom_audience/apply/", "/dmp/custom_audience/apply/log/"
        given = {"custom_audience_id": number, "adgroup_ids": [adgroup_id]}
        code, message = team.refused("POST", path, **given, action_mode="Apply")
        assert (code, "usage_mode" in message) == (40002, True)
        for usage, name in (("Include", "audience_ids"), ("Exclude", "excluded_audience_ids")):
            team.post(path, **given, action_mode="Apply", usage_mode=usage)
            row = team.get("/adgroup/get/", filtering={"adgroup_ids": [adgroup_id]})["list"][0]
            both = [*row.get("audience_ids", ()), *row.get("excluded_audience_ids", ())]
            assert (row[name], both) == ([number], [number])
            zone = {"custom_audience_ids": [number], "timezone": "Europe/Berlin"}
            answer = team.get(log, **zone)
            (use,) = answer["list"]
            assert answer["advertiser_id"] == team.advertiser_id
            assert (use["audience_id"], use["adgroup_id"]) == (number, adgroup_id)
            assert (use["usage_mode"], use["action_timestamp"]) == (usage, "2026-03-02 01:00:00")
        team.post(path, **given, action_mode="Disconnect")
        assert team.get(log, custom_audience_ids=[number])["list"] == []
        row = team.get("/adgroup/get/", filtering={"adgroup_ids": [adgroup_id]})["list"][0]
        assert row["excluded_audience_ids"] == []
        wrong = {"custom_audience_ids": [number], "timezone": "Nowhere/Land"}
        assert team.refused("GET", log, **wrong)[0] == 40002

    def test_are_put_into_all_ad_groups_or_none(self, team: Team) -> None:
        number, adgroup_id = self.create(team), team.adgroup(team.campaign())
        given = {"custom_audience_id": number, "adgroup_ids": [adgroup_id, "1"]}
        asked = {"action_mode": "Apply", "usage_mode": "Include"}
        assert team.refused("POST", "/dmp/custom_audience/apply/", **given, **asked)[0] == 40007
        log = {"custom_audience_ids": [number]}
        assert team.get("/dmp/custom_audience/apply/log/", **log)["list"] == []

    def test_are_shared_in_a_business_center_until_that_is_cancelled(self, team: Team) -> None:
        number, other = self.create(team), {"advertiser_id": team.eu_advertiser_id}
        share, cancel = "/dmp/custom_audience/share/", "/dmp/custom_audience/share/cancel/"
        given = {"custom_audience_ids": [number]}
        for nobody in ("1", team.advertiser_id):
            refused = team.refused("POST", share, **given, shared_advertiser_ids=[nobody])
            assert refused[0] == 40002
        team.post(share, **given, shared_advertiser_ids=[team.eu_advertiser_id])
        (theirs,) = team.get("/dmp/custom_audience/list/", **other)["list"]
        assert (theirs["audience_id"], theirs["shared"], theirs["is_creator"]) == (
            number, True, False,
        )  # fmt: skip
        mine = self.rows(team)[number]
        assert (mine["shared"], mine["is_creator"]) == (True, True)
        delete = team.call("POST", "/dmp/custom_audience/delete/", **given, **other)
        assert delete["code"] == 40007
        team.post(cancel, custom_audience_id=number)
        assert team.get("/dmp/custom_audience/list/", **other)["list"] == []
        log = team.get("/dmp/custom_audience/share/log/", custom_audience_id=number)["list"]
        assert [(row["shared_advertiser_id"], row["status"]) for row in log] == [
            (team.eu_advertiser_id, "CANCELED")
        ]
        again = {"custom_audience_id": number, "shared_advertiser_id": team.eu_advertiser_id}
        assert team.refused("POST", cancel, **again)[0] == 40002

    def test_are_refreshed_when_they_are_lookalikes(self, team: Team) -> None:
        number, path = self.create(team), "/dmp/custom_audience/lookalike/update/"
        team.sandbox.advance(hours=1)
        spec = {"source_audience_id": number, "audience_size": "BROAD"}
        made = team.post(
            "/dmp/custom_audience/lookalike/create/",
            custom_audience_name="Alike",
            lookalike_spec=spec,
        )["custom_audience_id"]
        team.post(path, custom_audience_ids=[made])
        (detail,) = team.get("/dmp/custom_audience/get/", custom_audience_ids=[made])["list"]
        assert [note["action"] for note in detail["audience_history"]] == ["create", "refresh"]
        assert team.refused("POST", path, custom_audience_ids=[made, number])[0] == 40002

    def test_refuse_a_file_that_is_not_what_was_sent(self, team: Team) -> None:
        fields = {"advertiser_id": team.advertiser_id, "calculate_type": "EMAIL_SHA256"}
        fields["file_signature"] = md5(b"another")
        files = {"file": ("people.csv", self.PEOPLE)}
        path = "/dmp/custom_audience/file/upload/"
        assert send_form(team, path, fields, files)["code"] == 40002


class TestMusic:
    def test_is_that_of_licensed_posts(self, team: Team) -> None:
        found = team.get("/file/music/get/", page_size=1000)["musics"]
        numbers = {music["music_id"] for music in found}
        posts = team.sandbox.app.state.hub.world.state.posts.values()
        unlicensed = {post.music_id for post in posts if post.music_id and not post.music_licensed}
        assert numbers
        assert unlicensed
        assert not numbers & unlicensed
        one = next(iter(numbers))
        asked = {"music_ids": [one]}
        assert [m["music_id"] for m in team.get("/file/music/get/", filtering=asked)["musics"]] == [
            one
        ]
        assert team.get("/file/music/get/", filtering={"sources": ["USER"]})["musics"] == []

    def test_needs_a_kind_of_search_for_carousels_only(self, team: Team) -> None:
        path = "/file/music/get/"
        assert team.refused("GET", path, music_scene="CAROUSEL_ADS")[0] == 40002
        assert team.refused("GET", path, search_type="SEARCH_BY_LIKED")[0] == 40002
        given = {"music_scene": "CAROUSEL_ADS", "search_type": "SEARCH_BY_LIKED"}
        assert team.get(path, **given)["musics"]


class TestPortfolios:
    def test_are_none(self, team: Team) -> None:
        found = team.get("/creative/portfolio/list/")
        assert found["creative_portfolios"] == []
        assert found["page_info"]["page_size"] == 20


@pytest.mark.slow
class TestCreativeReport:
    def test_sums_to_the_report_of_the_account(self, team: Team) -> None:
        first, second = team.launch(0), team.launch(1)
        team.sandbox.advance(days=4)
        fields = {"info_fields": ["video_id", "tiktok_item_id"]}
        fields["metrics_fields"] = ["spend", "impressions"]
        rows = team.get("/creative/report/get/", lifetime=True, **fields)["list"]
        assert {row["info"]["tiktok_item_id"] for row in rows} == {
            first["item_id"],
            second["item_id"],
        }
        assert sum(int(row["metrics"]["impressions"]) for row in rows) == team.impressions()
        only = {"filtering": {"ad_id": [first["ad_id"]]}}
        (row,) = team.get("/creative/report/get/", lifetime=True, **fields, **only)["list"]
        assert row["info"]["tiktok_item_id"] == first["item_id"]
        kinds = {"material_type": "IMAGE", "lifetime": True}
        assert team.get("/creative/report/get/", **kinds)["list"] == []

    def test_needs_days_and_known_names(self, team: Team) -> None:
        path = "/creative/report/get/"
        assert team.refused("GET", path)[0] == 40002
        assert team.refused("GET", path, lifetime=True, metrics_fields=["none"])[0] == 40002
        assert team.refused("GET", path, lifetime=True, info_fields=["none"])[0] == 40002
        assert team.refused("GET", path, lifetime=True, sort_field="clicks")[0] == 40002
