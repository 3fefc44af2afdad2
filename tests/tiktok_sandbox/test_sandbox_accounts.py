"""OAuth variants, terms, and the Accounts API beside comments (tiktok-api.md §§5, 9)."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from urllib.parse import urlencode

import pytest
from sandbox_creator import CreatorApp
from sandbox_team import Team

from ads_manager import PREFIX
from tiktok_sandbox.server import SandboxError
from tiktok_sandbox.wire.accounts.videos import VIDEO_FIELDS


def ads_code(team: Team) -> str:
    """A code as the consent page hands out."""
    fields = {"redirect_uri": "https://shop.example/back", "state": "x"}
    request = urllib.request.Request(  # noqa: S310 - our own http server
        team.sandbox.url + "/portal/auth", data=urlencode(fields).encode(), method="POST"
    )

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *arguments: object) -> None:
            return None

    opener = urllib.request.build_opener(Stay)
    try:
        opener.open(request)
    except urllib.error.HTTPError as answer:
        with answer:
            return str(answer.headers["Location"]).split("auth_code=")[1].split("&")[0]
    raise AssertionError("the consent page did not redirect")


class TestFlatToken:
    @pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded"])
    def test_stands_beside_the_code(self, team: Team, kind: str) -> None:
        app = team.world["app"]
        fields = {
            "client_id": app["app_id"],
            "client_secret": app["secret"],
            "code": ads_code(team),
            "grant_type": "authorization_code",
        }
        data = json.dumps(fields) if kind.endswith("json") else urlencode(fields)
        request = urllib.request.Request(  # noqa: S310 - our own http server
            team.sandbox.url + PREFIX + "/oauth/token/",
            data=data.encode(),
            headers={"Content-Type": kind},
        )
        with urllib.request.urlopen(request) as reply:  # noqa: S310 - our own http server
            answer = json.loads(reply.read())
        assert answer["code"] == 0
        assert "data" not in answer
        assert team.call("GET", "/user/info/", token=answer["access_token"])["code"] == 0

    def test_takes_a_code_once(self, team: Team) -> None:
        app = team.world["app"]
        fields = {
            "client_id": app["app_id"],
            "client_secret": app["secret"],
            "code": ads_code(team),
            "grant_type": "authorization_code",
        }
        assert team.call("POST", "/oauth/token/", **fields)["code"] == 0
        assert team.refused("POST", "/oauth/token/", **fields)[0] == 40110


class TestTerms:
    def test_are_confirmed_once_per_account(self, team: Team) -> None:
        given = {"term_type": "LeadAds"}
        assert team.get("/term/check/", **given) == {"confirmed": False}
        team.post("/term/confirm/", **given)
        assert team.get("/term/check/", **given) == {"confirmed": True}
        other = team.get("/term/check/", advertiser_id=team.eu_advertiser_id, **given)
        assert other == {"confirmed": False}


class TestScopes:
    @pytest.mark.parametrize(
        ("method", "path", "scope"),
        [
            ("GET", "/business/video/list/", "biz.spark.auth"),
            ("GET", "/business/video/recommend/", "video.list"),
            ("POST", "/business/post/authorize/", "video.list"),
            ("POST", "/business/comment/create/", "comment.list"),
        ],
    )
    def test_are_asked_for(self, team: Team, method: str, path: str, scope: str) -> None:
        post = team.plain_post()
        creator = CreatorApp(team, post["handle"], scope=scope)
        given = {"item_id": post["item_id"], "video_id": post["item_id"], "text": "x"}
        assert creator.refused(method, path, **given)[0] == 40130

    def test_of_one_creator_open_no_post_of_another(self, team: Team) -> None:
        first = team.plain_post()
        other = next(post for post in team.posts() if post["handle"] != first["handle"])
        creator = CreatorApp(team, first["handle"])
        path = "/business/post/authorize/status/"
        assert creator.refused("GET", path, item_id=other["item_id"])[0] == 40007
        stolen = CreatorApp(team, other["handle"]).open_id
        refusal = creator.refused("GET", path, item_id=other["item_id"], business_id=stolen)
        assert refusal[0] == 40001


class TestCodes:
    def test_grow_by_the_days_asked_for(self, team: Team) -> None:
        post = team.plain_post()
        creator = CreatorApp(team, post["handle"])
        given = {"item_id": post["item_id"]}
        creator.post("/business/post/authorize/setting/", is_ad_promotable=True, **given)
        first = creator.get("/business/post/authorize/status/", **given)
        creator.post("/business/post/authorize/", authorization_days=60, **given)
        second = creator.get("/business/post/authorize/status/", **given)
        assert (first["auth_code_end_time"], second["auth_code_end_time"]) == (
            "2026-03-31 23:59:59",
            "2026-05-30 23:59:59",
        )

    @pytest.mark.parametrize(("days", "code"), [(180, 0), (365, 0), (90, 40002)])
    def test_last_the_days_the_api_offers_whatever_the_phone_does(
        self, team: Team, days: int, code: int
    ) -> None:
        post = team.plain_post()
        given = {"item_id": post["item_id"], "authorization_days": days}
        path = "/business/post/authorize/setting/"
        creator = CreatorApp(team, post["handle"])
        if code == 0:
            made = creator.post(path, is_ad_promotable=True, **given)
            assert made["authorization_days"] == days
        else:
            assert creator.refused("POST", path, is_ad_promotable=True, **given)[0] == code
        with pytest.raises(SandboxError, match="180 days are not offered"):
            team.sandbox.phone(f"posts/{team.plain_post(1)['item_id']}/code/", {"days": 180})

    def test_cannot_be_switched_off_while_an_ad_uses_the_post(self, team: Team) -> None:
        made = team.launch()
        post = next(row for row in team.posts() if row["item_id"] == made["item_id"])
        creator = CreatorApp(team, post["handle"])
        given = {"item_id": made["item_id"], "is_ad_promotable": False}
        assert creator.refused("POST", "/business/post/authorize/setting/", **given)[0] == 40002


class TestVideos:
    def test_have_every_documented_field(self, team: Team) -> None:
        creator = CreatorApp(team, team.plain_post()["handle"])
        answer = creator.get("/business/video/list/", fields=list(VIDEO_FIELDS))
        assert set(answer["videos"][0]) == set(VIDEO_FIELDS)
        shares = answer["videos"][0]["audience_countries"]
        assert abs(sum(row["percentage"] for row in shares) - 1) < 0.001

    @pytest.mark.slow
    def test_are_counted_a_day_to_two_late(self, team: Team) -> None:
        team.sandbox.advance(days=6, hours=12)
        post = team.posts(status="HESITATE_RECOMMEND")[0]
        creator = CreatorApp(team, post["handle"])
        given = {"fields": ["item_id", "video_views"], "max_count": 20}
        morning = creator.get("/business/video/list/", **given)["videos"]
        team.sandbox.advance(hours=11)
        creator.connect()
        evening = creator.get("/business/video/list/", **given)["videos"]
        assert morning == evening

    def test_come_page_by_page(self, team: Team) -> None:
        handle = team.world["brand"]["handle"]
        creator = CreatorApp(team, handle)
        whole = creator.get("/business/video/list/", max_count=20)["videos"]
        seen, cursor, more = [], "0", True
        while more:
            page = creator.get("/business/video/list/", max_count=1, cursor=cursor)
            seen += page["videos"]
            cursor, more = page["cursor"], page["has_more"]
        assert seen == whole
        assert len(whole) > 1


class TestPromotions:
    def promote(self, team: Team, **given: object) -> dict[str, object]:
        brand = team.world["brand"]
        creator = CreatorApp(team, brand["handle"])
        item_id = creator.get("/business/video/list/")["videos"][0]["item_id"]
        fields: dict[str, object] = {
            "business_id": creator.open_id,
            "advertiser_id": team.advertiser_id,
            "item_id": item_id,
            "objective_type": "TRAFFIC",
            "budget": 100,
            "location_ids": ["6252001"],
            "landing_page_url": "https://shop.example/p/x",
        }
        return team.call(
            "POST", "/business/spark_ad/create/", token=creator.token, **fields | given
        )

    def test_make_an_ad_in_one_step(self, team: Team) -> None:
        made = self.promote(team)["data"]
        assert isinstance(made, dict)
        assert team.ad_status(str(made["ad_id"])) == "AD_STATUS_AUDIT"

    def test_leave_nothing_behind_when_refused(self, team: Team) -> None:
        answer = self.promote(team, landing_page_url="nowhere")
        assert answer["code"] == 40002
        assert team.get("/campaign/get/")["list"] == []

    def test_belong_to_linked_accounts(self, team: Team) -> None:
        assert self.promote(team, advertiser_id="7000000000000000000")["code"] == 40001

    def test_are_recommended_by_level(self, team: Team) -> None:
        creator = CreatorApp(team, team.world["brand"]["handle"])
        rows = creator.get("/business/video/recommend/", max_count=20)["videos"]
        assert {row["recommendation_level"] for row in rows} <= {"HIGH", "MEDIUM", "LOW"}
        known = {row["item_id"] for row in team.get("/spark_ad/recommend/")["list"]}
        assert {row["item_id"] for row in rows} <= known
