"""Codes and bindings: enforcement list §14.2, 3 and 5, and rules R16 to R31."""

from __future__ import annotations

import urllib.request
from urllib.parse import urlencode

import pytest
from sandbox_team import PUBLIC, Team

from tiktok_sandbox.server import SandboxError, SandboxServer
from tiktok_sandbox.world.state.behaviour import Behaviour

LOST = "AD_STATUS_ASSET_AUTHORIZATION_LOST"


class TestBinding:
    def test_makes_an_identity_and_a_row_once_per_creator_and_account(self, team: Team) -> None:
        item_id = team.plain_post()["item_id"]
        identity_id = team.bind(item_id)
        rows = team.get("/tt_video/list/")["list"]
        assert [row["item_info"]["item_id"] for row in rows] == [item_id]
        assert rows[0]["auth_info"]["ad_auth_status"] == "AUTHORIZED"
        found = team.get("/identity/get/", identity_type="AUTH_CODE")["identity_list"]
        assert [row["identity_id"] for row in found] == [identity_id]
        elsewhere = team.get("/tt_video/list/", advertiser_id=team.eu_advertiser_id)
        assert elsewhere["list"] == []

    def test_writes_codes_as_the_platform_does(self, team: Team) -> None:
        code = team.code_for(team.plain_post()["item_id"])
        assert code.startswith("#")
        assert code.endswith("=")
        assert len(code) >= 60
        assert "/" in code
        assert "+" in code

    def test_reads_a_code_before_it_is_bound(self, team: Team) -> None:
        post = team.plain_post()
        info = team.get("/tt_video/info/", auth_code=team.code_for(post["item_id"]))
        assert info["item_info"]["item_id"] == post["item_id"]
        assert info["user_info"]["tiktok_name"] == post["handle"]
        assert info["auth_info"]["auth_end_time"] == "2026-03-31 23:59:59"
        assert "ad_auth_status" not in info["auth_info"]
        assert team.get("/tt_video/list/")["list"] == []

    def test_can_refuse_to_read_a_code_before_it_is_bound(self) -> None:
        with SandboxServer(behaviour=Behaviour(info_before_bind="refuses")) as sandbox:
            team = Team(sandbox)
            code = team.code_for(team.plain_post()["item_id"])
            assert team.refused("GET", "/tt_video/info/", auth_code=code)[0] == 40002

    @pytest.mark.parametrize("broken", ["nonsense", "#1234", "%2B"])
    def test_calls_an_unknown_code_incorrect(self, team: Team, broken: str) -> None:
        code, message = team.refused("POST", "/tt_video/authorize/", auth_code=broken)
        assert code == 40002
        assert "Post code is incorrect" in message

    def test_trims_spaces_around_a_code(self, team: Team) -> None:
        code = team.code_for(team.plain_post()["item_id"])
        team.post("/tt_video/authorize/", auth_code=f"  {code}\n")

    def test_refuses_a_second_binding_unless_told_otherwise(self, team: Team) -> None:
        code = team.code_for(team.plain_post()["item_id"])
        team.post("/tt_video/authorize/", auth_code=code)
        assert team.refused("POST", "/tt_video/authorize/", auth_code=code)[0] == 40002
        team.sandbox.post("behaviour/", {"rebind": "ok"})
        team.post("/tt_video/authorize/", auth_code=code)
        assert len(team.get("/tt_video/list/")["list"]) == 1

    @pytest.mark.slow
    def test_says_that_an_expired_code_expired(self, team: Team) -> None:
        code = team.code_for(team.plain_post()["item_id"], days=7)
        team.sandbox.advance(days=7)
        message = team.refused("POST", "/tt_video/authorize/", auth_code=code)[1]
        assert "auth_code_expired" in message

    def test_says_that_the_creator_deleted_the_code(self, team: Team) -> None:
        item_id = team.plain_post()["item_id"]
        code = team.code_for(item_id)
        team.sandbox.phone(f"posts/{item_id}/revoke/", {})
        message = team.refused("POST", "/tt_video/authorize/", auth_code=code)[1]
        assert "auth_code_not_found" in message

    def test_says_that_the_post_was_deleted(self, team: Team) -> None:
        item_id = team.plain_post()["item_id"]
        code = team.code_for(item_id)
        team.sandbox.phone(f"posts/{item_id}/delete/", {})
        message = team.refused("POST", "/tt_video/authorize/", auth_code=code)[1]
        assert "video_deleted" in message

    @pytest.mark.slow
    def test_asks_for_the_code_of_the_original_of_a_duet(self, team: Team) -> None:
        team.sandbox.advance(days=30)
        world = team.sandbox.world.state
        duet = next(post for post in world.posts.values() if post.duet_of)
        code, origin = team.code_for(duet.item_id), team.code_for(str(duet.duet_of))
        message = team.refused("POST", "/tt_video/authorize/", auth_code=code)[1]
        assert "original_post_auth_code" in message
        team.post("/tt_video/authorize/", auth_code=code, original_post_auth_code=origin)
        info = team.get("/tt_video/info/", auth_code=code)
        assert info["item_info"]["duet_original_item_id"] == duet.duet_of

    @pytest.mark.slow
    def test_refuses_stories(self, team: Team) -> None:
        team.sandbox.advance(days=30)
        world = team.sandbox.world.state
        story = next(post for post in world.posts.values() if post.is_story)
        code = team.code_for(story.item_id)
        message = team.refused("POST", "/tt_video/authorize/", auth_code=code)[1]
        assert "story_video_not_supported" in message

    def test_finds_a_bound_post_by_words_or_by_its_id(self, team: Team) -> None:
        first, second = team.plain_post(0), team.plain_post(1)
        team.bind(first["item_id"])
        team.bind(second["item_id"])
        found = team.get("/tt_video/list/", keyword=second["item_id"])["list"]
        assert [row["item_info"]["item_id"] for row in found] == [second["item_id"]]
        page = team.get("/tt_video/list/", page_size=1)
        assert page["page_info"]["total_number"] == 2
        assert len(page["list"]) == 1
        assert team.refused("GET", "/tt_video/list/", page_size=51)[0] == 40002


@pytest.mark.slow
class TestEndOfAnAuthorization:
    def test_turns_the_row_expired_and_keeps_it_until_it_is_unbound(self, team: Team) -> None:
        item_id = team.plain_post()["item_id"]
        team.bind(item_id, days=7)
        assert team.get("/tt_video/list/")["list"][0]["video_info"]["preview_url"]
        team.sandbox.advance(days=7)
        row = team.get("/tt_video/list/")["list"][0]
        assert row["auth_info"]["ad_auth_status"] == "EXPIRED"
        assert row["video_info"]["preview_url"] == ""
        team.post("/tt_video/unbind/", item_id=item_id)
        assert team.get("/tt_video/list/")["list"] == []

    def test_unbinding_a_live_one_takes_the_row_and_stops_its_ads_unless_refused(
        self, team: Team
    ) -> None:
        made = team.launch(days=30)
        team.sandbox.advance(hours=3)
        assert team.ad_status(made["ad_id"]) == "AD_STATUS_DELIVERY_OK"
        team.sandbox.post("behaviour/", {"unbind_live": "refused"})
        assert team.refused("POST", "/tt_video/unbind/", item_id=made["item_id"])[0] == 40002
        team.sandbox.post("behaviour/", {"unbind_live": "allowed"})
        team.post("/tt_video/unbind/", item_id=made["item_id"])
        assert team.get("/tt_video/list/")["list"] == []
        assert team.ad_status(made["ad_id"]) == "AD_STATUS_ASSET_AUTHORIZATION_LOST"
        before = team.impressions()
        team.sandbox.advance(hours=5)
        assert team.impressions() == before

    def test_stops_ads_at_expiry_and_resumes_them_after_an_extension(self, team: Team) -> None:
        made = team.launch(days=7)
        team.sandbox.advance(days=7)
        assert team.ad_status(made["ad_id"]) == LOST
        spent = team.impressions()
        assert spent > 0
        team.sandbox.advance(days=2)
        assert team.impressions() == spent
        before = team.sandbox.phone(f"creators/{self._handle(team, made)}/posts/")["posts"]
        assert "EXPIRED" in [post["auth_code_status"] for post in before]
        extended = team.sandbox.phone(f"posts/{made['item_id']}/extend/", {"days": 30})
        assert extended["auth_end_time"] == "2026-04-09 23:59:59"
        assert team.ad_status(made["ad_id"]) == "AD_STATUS_DELIVERY_OK"
        team.sandbox.advance(days=1)
        assert team.impressions() > spent

    def test_can_keep_ads_stopped_after_an_extension_until_somebody_enables_them(
        self, team: Team
    ) -> None:
        team.sandbox.post("behaviour/", {"resume_after_extension": "manual"})
        made = team.launch(days=7)
        team.sandbox.advance(days=8)
        team.sandbox.phone(f"posts/{made['item_id']}/extend/", {"days": 30})
        assert team.ad_status(made["ad_id"]) == LOST
        stopped = team.impressions()
        team.sandbox.advance(days=1)
        assert team.impressions() == stopped
        team.switch("ad", made["ad_id"], "ENABLE")
        team.sandbox.advance(days=1)
        assert team.impressions() > stopped

    def test_extends_a_running_code_from_its_end(self, team: Team) -> None:
        item_id = team.plain_post()["item_id"]
        code = team.code_for(item_id, days=30)
        extended = team.sandbox.phone(f"posts/{item_id}/extend/", {"days": 7})
        assert extended["auth_code"] == code
        assert extended["auth_end_time"] == "2026-04-07 23:59:59"

    def test_keeps_a_code_that_an_ad_uses_unless_told_otherwise(self, team: Team) -> None:
        made = team.launch()
        with pytest.raises(SandboxError, match="code_in_use"):
            team.sandbox.phone(f"posts/{made['item_id']}/revoke/", {})
        team.sandbox.post("behaviour/", {"revoke_while_in_use": "stops_ads"})
        team.sandbox.phone(f"posts/{made['item_id']}/revoke/", {})
        assert team.ad_status(made["ad_id"]) == LOST
        row = team.get("/tt_video/list/")["list"][0]
        assert row["auth_info"]["ad_auth_status"] == "EXPIRED"

    def test_lets_a_code_go_once_its_ads_are_deleted(self, team: Team) -> None:
        made = team.launch()
        team.switch("ad", made["ad_id"], "DELETE")
        answer = team.sandbox.phone(f"posts/{made['item_id']}/revoke/", {})
        assert answer["auth_code_status"] == "DELETED"

    @pytest.mark.parametrize("act", ["delete", "hide"])
    def test_stops_ads_when_the_post_goes(self, team: Team, act: str) -> None:
        made = team.launch()
        team.sandbox.advance(days=1)
        seen = team.impressions()
        team.sandbox.phone(f"posts/{made['item_id']}/{act}/", {})
        assert team.ad_status(made["ad_id"]) == LOST
        team.sandbox.advance(days=1)
        assert team.impressions() == seen > 0

    def test_resumes_ads_when_a_hidden_post_is_shown_again(self, team: Team) -> None:
        made = team.launch()
        team.sandbox.phone(f"posts/{made['item_id']}/hide/", {})
        team.sandbox.advance(days=1)
        team.sandbox.phone(f"posts/{made['item_id']}/show/", {})
        team.sandbox.advance(days=1)
        assert team.impressions() > 0

    def _handle(self, team: Team, made: dict[str, str]) -> str:
        return next(p["handle"] for p in team.posts() if p["item_id"] == made["item_id"])


class TestPhone:
    def test_offers_only_the_known_durations(self, team: Team) -> None:
        with pytest.raises(SandboxError, match="bad_duration"):
            team.code_for(team.plain_post()["item_id"], days=31)

    def test_makes_one_code_per_post_and_a_new_one_after_deletion(self, team: Team) -> None:
        item_id = team.plain_post()["item_id"]
        first = team.code_for(item_id)
        with pytest.raises(SandboxError, match="code_exists"):
            team.code_for(item_id)
        team.sandbox.phone(f"posts/{item_id}/revoke/", {})
        with pytest.raises(SandboxError, match="auth_code_not_found"):
            team.sandbox.phone(f"posts/{item_id}/extend/", {"days": 7})
        assert team.code_for(item_id) != first

    def test_locks_the_caption_once_the_post_is_authorized(self, team: Team) -> None:
        item_id = team.plain_post()["item_id"]
        changed = team.sandbox.phone(f"posts/{item_id}/caption/", {"text": "Final words"})
        assert changed["caption"] == "Final words"
        team.code_for(item_id)
        with pytest.raises(SandboxError, match="caption_locked"):
            team.sandbox.phone(f"posts/{item_id}/caption/", {"text": "Other words"})

    def test_shows_how_a_code_stands(self, team: Team) -> None:
        made = team.launch()
        by_id = {post["item_id"]: post for post in team.posts()}
        assert by_id[made["item_id"]]["auth_code_status"] == "IN_USE"
        assert by_id[team.plain_post()["item_id"]]["auth_code_status"] is None

    def test_has_a_page_for_a_person(self, team: Team) -> None:
        post = team.plain_post()
        address = f"{team.sandbox.url}/phone/{post['handle']}/"
        form = urlencode({"days": 30}).encode()
        with urllib.request.urlopen(f"{address}posts/{post['item_id']}/code/", data=form) as reply:  # noqa: S310 - our own http server
            html = reply.read().decode()
            assert "default-src 'none'" in reply.headers["Content-Security-Policy"]
        assert "Copy this code" in html
        assert "<script>" not in html
        assert " style=" not in html

    @pytest.mark.slow
    def test_lists_only_posts_that_exist_by_now(self, team: Team) -> None:
        before = len(team.posts())
        team.sandbox.advance(days=30)
        assert before < len(team.posts()) == 30
        assert all(post["status"] for post in team.posts(status=PUBLIC))
