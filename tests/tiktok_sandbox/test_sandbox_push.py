"""The file library and push ads: §8.3, R5, R9, R26 and the settings that go with them."""

from __future__ import annotations

import pytest
from sandbox_team import Team
from sandbox_uploads import md5, push, push_creative, send_form, upload_image, upload_video


def ad_row(team: Team, ad_id: str) -> dict[str, object]:
    rows = team.get("/ad/get/", filtering={"ad_ids": [ad_id], "primary_status": "STATUS_ALL"})
    row: dict[str, object] = rows["list"][0]
    return row


class TestVideoUpload:
    def test_gives_the_same_file_the_same_qualities_in_every_account(self, team: Team) -> None:
        here = upload_video(team)
        there = upload_video(team, advertiser_id=team.eu_advertiser_id)
        assert here["video_id"] != there["video_id"]
        videos = team.sandbox.world.state.videos
        assert videos[here["video_id"]].qualities == videos[there["video_id"]].qualities
        assert videos[here["video_id"]].qualities.native < 0.5

    def test_keeps_every_byte(self, team: Team) -> None:
        content = bytes(range(256)) * 40 + b"\r\n--almost\r\n\r\n"
        assert upload_video(team, content)["signature"] == md5(content)

    def test_refuses_a_wrong_signature(self, team: Team) -> None:
        fields = {"advertiser_id": team.advertiser_id, "video_signature": "0" * 32}
        answer = send_form(team, "/file/video/ad/upload/", fields, {"video_file": ("a.mp4", b"x")})
        assert answer["code"] == 40002
        assert "video_signature" in answer["message"]

    def test_refuses_a_name_that_is_taken_with_40911(self, team: Team) -> None:
        upload_video(team, file_name="one.mp4")
        fields = {
            "advertiser_id": team.advertiser_id,
            "file_name": "one.mp4",
            "video_signature": md5(b"y"),
        }
        answer = send_form(team, "/file/video/ad/upload/", fields, {"video_file": ("a.mp4", b"y")})
        assert answer["code"] == 40911

    def test_copies_a_posts_video_by_its_address_and_by_its_id(self, team: Team) -> None:
        post = team.plain_post()
        code = team.code_for(post["item_id"])
        team.post("/tt_video/authorize/", auth_code=code)
        shown = team.get("/tt_video/info/", auth_code=code)["video_info"]
        for given in (
            {"upload_type": "UPLOAD_BY_URL", "video_url": shown["preview_url"]},
            {"upload_type": "UPLOAD_BY_VIDEO_ID", "video_id": shown["video_id"]},
        ):
            made = team.post("/file/video/ad/upload/", **given)[0]
            video = team.sandbox.world.state.videos[made["video_id"]]
            assert video.source_item_id == post["item_id"]
            assert video.qualities == team.sandbox.world.state.posts[post["item_id"]].qualities

    def test_cannot_fetch_a_preview_that_has_run_out(self, team: Team) -> None:
        post = team.plain_post()
        code = team.code_for(post["item_id"])
        url = team.get("/tt_video/info/", auth_code=code)["video_info"]["preview_url"]
        team.sandbox.advance(hours=2)
        given = {"upload_type": "UPLOAD_BY_URL", "video_url": url}
        assert team.refused("POST", "/file/video/ad/upload/", **given)[0] == 40902

    def test_is_found_by_id_and_by_search(self, team: Team) -> None:
        video = upload_video(team)
        image_id = upload_image(team)
        info = team.get("/file/video/ad/info/", video_ids=[video["video_id"]])["list"]
        found = team.get(
            "/file/video/ad/search/", filtering={"material_ids": [video["material_id"]]}
        )
        assert info[0]["signature"] == found["list"][0]["signature"] == video["signature"]
        assert team.get("/file/image/ad/info/", image_ids=[image_id])["list"]
        assert team.get("/file/image/ad/search/")["page_info"]["total_number"] == 1
        other = {"advertiser_id": team.eu_advertiser_id, "video_ids": [video["video_id"]]}
        assert team.get("/file/video/ad/info/", **other)["list"] == []


class TestPush:
    def test_becomes_an_ads_only_post_when_review_lets_it(self, team: Team) -> None:
        creative = push_creative(team, upload_video(team)["video_id"], upload_image(team))
        ad = push(team, team.adgroup(team.campaign()), creative)
        assert (ad["tiktok_item_id"], ad["dark_post_status"]) == (None, "ON")
        team.sandbox.advance(hours=3)
        row = ad_row(team, str(ad["ad_id"]))
        assert row["secondary_status"] == "AD_STATUS_DELIVERY_OK"
        post = team.sandbox.world.state.posts[str(row["tiktok_item_id"])]
        assert (post.ads_only, post.sku, post.caption) == (True, "TRAIL-FLASK", "A sample text")
        assert team.impressions() > 0
        handle = team.world["brand"]["handle"]
        shown = team.sandbox.phone(f"creators/{handle}/posts/")["posts"]
        assert post.item_id not in {row["item_id"] for row in shown}

    def test_becomes_a_public_post_with_dark_post_status_off(self, team: Team) -> None:
        creative = push_creative(team, upload_video(team)["video_id"], upload_image(team))
        ad = push(team, team.adgroup(team.campaign()), creative | {"dark_post_status": "OFF"})
        fields = {
            "identity_id": team.world["brand"]["identity_id"],
            "identity_type": "TT_USER",
        }
        before = team.get("/identity/video/get/", **fields)["video_list"]
        team.sandbox.advance(hours=3)
        after = team.get("/identity/video/get/", exclude_adsonly=True, **fields)["video_list"]
        new = {row["item_id"] for row in after} - {row["item_id"] for row in before}
        assert new == {ad_row(team, str(ad["ad_id"]))["tiktok_item_id"]}

    @pytest.mark.parametrize(
        ("changes", "named"),
        [
            ({"ad_text": None}, "ad_text"),
            ({"ad_text": "x" * 101}, "ad_text"),
            ({"image_ids": []}, "image_ids"),
            ({"ad_format": "CAROUSEL_ADS"}, "ad_format"),
            ({"identity_type": "CUSTOMIZED_USER"}, "identity"),
            ({"item_duet_status": "ENABLE"}, "promotional_music_disabled"),
            ({"aigc_disclosure_type": "SELF_DISCLOSURE"}, "aigc_disclosure_type"),
            ({"dark_post_status": "MAYBE"}, "dark_post_status"),
        ],
    )
    def test_refuses_what_does_not_fit_and_names_it(
        self, team: Team, changes: dict[str, object], named: str
    ) -> None:
        creative = push_creative(team, upload_video(team)["video_id"], upload_image(team))
        adgroup_id = team.adgroup(team.campaign())
        creatives = [creative | changes]
        code, message = team.refused(
            "POST", "/ad/create/", adgroup_id=adgroup_id, creatives=creatives
        )
        assert code in (40002, 40007)
        assert named in message

    def test_needs_a_video_of_the_own_library(self, team: Team) -> None:
        creative = push_creative(team, "v1", upload_image(team))
        adgroup_id = team.adgroup(team.campaign())
        refusal = team.refused("POST", "/ad/create/", adgroup_id=adgroup_id, creatives=[creative])
        assert refusal == (40007, "The video v1 does not exist.")

    def test_of_photos_needs_music(self, team: Team) -> None:
        images = [upload_image(team, f"https://shop.example/{n}.jpeg") for n in range(3)]
        creative = push_creative(team, "", images[0]) | {
            "video_id": None,
            "image_ids": images,
            "ad_format": "CAROUSEL_ADS",
        }
        adgroup_id = team.adgroup(team.campaign())
        fields = {"adgroup_id": adgroup_id, "creatives": [creative]}
        assert "music_id" in team.refused("POST", "/ad/create/", **fields)[1]
        ad = push(team, adgroup_id, creative | {"music_id": "m1"})
        assert (ad["video_id"], ad["image_ids"]) == (None, images)

    def test_is_reviewed_again_when_its_text_changes(self, team: Team) -> None:
        creative = push_creative(team, upload_video(team)["video_id"], upload_image(team))
        adgroup_id = team.adgroup(team.campaign())
        ad_id = push(team, adgroup_id, creative)["ad_id"]
        team.sandbox.advance(hours=3)
        patch = {"ad_id": ad_id, "ad_name": "Renamed"}
        fields = {"adgroup_id": adgroup_id, "patch_update": True}
        assert team.post("/ad/update/", creatives=[patch], **fields)["need_audit"] is False
        assert ad_row(team, ad_id)["ad_name"] == "Renamed"
        changed = {"ad_id": ad_id, "ad_text": "Another text"}
        assert team.post("/ad/update/", creatives=[changed], **fields)["need_audit"] is True
        row = ad_row(team, ad_id)
        assert (row["secondary_status"], row["ad_text"]) == ("AD_STATUS_REAUDIT", "Another text")
        assert row["landing_page_url"] == creative["landing_page_url"]

    def test_cannot_turn_into_a_spark_ad(self, team: Team) -> None:
        made = team.launch()
        creative = push_creative(team, upload_video(team)["video_id"], upload_image(team))
        fields = {
            "adgroup_id": made["adgroup_id"],
            "creatives": [creative | {"ad_id": made["ad_id"]}],
        }
        assert team.refused("POST", "/ad/update/", **fields)[0] == 40002

    def test_follows_the_default_the_settings_name(self, team: Team) -> None:
        team.sandbox.post("behaviour/", {"dark_post_default": "OFF"})
        creative = push_creative(team, upload_video(team)["video_id"], upload_image(team))
        ad = push(team, team.adgroup(team.campaign()), creative)
        assert ad["dark_post_status"] == "OFF"


class TestCustomIdentity:
    def test_is_made_found_and_deleted(self, team: Team) -> None:
        made = team.post("/identity/create/", display_name="Sample label")["identity_id"]
        kind = {"identity_type": "CUSTOMIZED_USER"}
        found = team.get("/identity/get/", filtering={"keyword": "label"}, **kind)["identity_list"]
        assert [row["identity_id"] for row in found] == [made]
        team.post("/identity/delete/", identity_id=made, **kind)
        assert team.get("/identity/get/", **kind)["identity_list"] == []
        assert team.refused("POST", "/identity/delete/", identity_id=made, **kind)[0] == 40007

    def test_is_refused_on_tiktok_and_allowed_by_a_setting(self, team: Team) -> None:
        made = team.post("/identity/create/", display_name="Sample label")["identity_id"]
        creative = push_creative(team, upload_video(team)["video_id"], upload_image(team)) | {
            "identity_type": "CUSTOMIZED_USER",
            "identity_id": made,
        }
        adgroup_id = team.adgroup(team.campaign())
        fields = {"adgroup_id": adgroup_id, "creatives": [creative]}
        assert "CUSTOMIZED_USER" in team.refused("POST", "/ad/create/", **fields)[1]
        team.sandbox.post("behaviour/", {"customized_user": "allowed"})
        ad = push(team, adgroup_id, creative)
        assert ad["display_name"] == "Sample label"
        team.sandbox.advance(hours=4)
        assert team.impressions() > 0

    def test_only_names_of_up_to_100_characters(self, team: Team) -> None:
        assert team.refused("POST", "/identity/create/", display_name="x" * 101)[0] == 40002


class TestAPrivatePost:
    def test_is_refused_or_becomes_public_by_a_setting(self, team: Team) -> None:
        item_id = team.plain_post()["item_id"]
        identity_id = team.bind(item_id)
        team.sandbox.phone(f"posts/{item_id}/hide/", {})
        adgroup_id = team.adgroup(team.campaign())
        creative = team.creative(item_id, identity_id)
        fields = {"adgroup_id": adgroup_id, "creatives": [creative]}
        assert "illegal_item_status" in team.refused("POST", "/ad/create/", **fields)[1]
        team.sandbox.post("behaviour/", {"private_post_in_ad": "becomes_public"})
        team.post("/ad/create/", **fields)
        assert team.sandbox.world.state.posts[item_id].status == "HESITATE_RECOMMEND"


class TestBusinessCenterIdentity:
    def test_needs_its_business_center_and_pushes(self, team: Team) -> None:
        listed = team.get("/identity/get/", identity_type="BC_AUTH_TT")["identity_list"]
        assert [row["can_push_video"] for row in listed] == [True]
        bc_id = listed[0]["identity_authorized_bc_id"]
        creative = push_creative(team, upload_video(team)["video_id"], upload_image(team)) | {
            "identity_type": "BC_AUTH_TT",
            "identity_id": listed[0]["identity_id"],
        }
        adgroup_id = team.adgroup(team.campaign())
        fields = {"adgroup_id": adgroup_id, "creatives": [creative]}
        lost = (40002, "You no longer have access to the TikTok account used in this ad.")
        assert team.refused("POST", "/ad/create/", **fields) == lost
        other = {"creatives": [creative | {"identity_authorized_bc_id": "71"}]}
        assert team.refused("POST", "/ad/create/", **fields | other) == lost
        push(team, adgroup_id, creative | {"identity_authorized_bc_id": bc_id})
        lives = {"identity_id": listed[0]["identity_id"], "identity_type": "BC_AUTH_TT"}
        assert team.refused("GET", "/identity/live/get/", **lives) == lost
        lives["identity_authorized_bc_id"] = bc_id
        assert len(team.get("/identity/live/get/", count=2, **lives)["live_list"]) == 2


class TestAnUnhealthyIdentity:
    @pytest.mark.parametrize("status", ["SCOPE_UNAVAILABLE", "IS_PRIVATE_ACCOUNT"])
    def test_says_why_and_makes_no_new_ads(self, team: Team, status: str) -> None:
        state = team.sandbox.world.state
        state.creators[team.world["brand"]["handle"]].available_status = status
        row = team.get("/identity/get/", identity_type="TT_USER")["identity_list"][0]
        assert (row["available_status"], row["can_push_video"]) == (status, False)
        creative = push_creative(team, upload_video(team)["video_id"], upload_image(team))
        fields = {"adgroup_id": team.adgroup(team.campaign()), "creatives": [creative]}
        assert status in team.refused("POST", "/ad/create/", **fields)[1]

    def test_in_ads_only_mode_stays_off_the_profile(self, team: Team) -> None:
        state = team.sandbox.world.state
        state.creators[team.world["brand"]["handle"]].ads_only_mode = True
        creative = push_creative(team, upload_video(team)["video_id"], upload_image(team))
        fields = {
            "adgroup_id": team.adgroup(team.campaign()),
            "creatives": [creative | {"dark_post_status": "OFF"}],
        }
        assert "dark_post_status" in team.refused("POST", "/ad/create/", **fields)[1]
