"""Campaigns, ad groups, ads, identities, accounts: enforcement list §14.4 and 6, statuses §8.4."""

from __future__ import annotations

import http.client
import itertools
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from sandbox_team import PUBLIC, Team

from tiktok_sandbox.server import SandboxServer

NUMBERS = itertools.count(1)


class TestAdCreate:
    def test_starts_in_review_and_delivers_after_it(self, team: Team) -> None:
        made = team.launch()
        assert team.ad_status(made["ad_id"]) == "AD_STATUS_AUDIT"
        team.sandbox.advance(hours=2)
        assert team.ad_status(made["ad_id"]) == "AD_STATUS_DELIVERY_OK"

    def test_answers_the_whole_ad_with_the_posts_caption(self, team: Team) -> None:
        post = team.plain_post()
        identity_id = team.bind(post["item_id"])
        adgroup_id = team.adgroup(team.campaign())
        creative = team.creative(post["item_id"], identity_id)
        made = team.post("/ad/create/", adgroup_id=adgroup_id, creatives=[creative])
        ad = made["creatives"][0]
        assert ad["ad_text"] == post["caption"]
        assert ad["tiktok_item_id"] == post["item_id"]
        assert (ad["video_id"], ad["image_ids"], ad["tracking_pixel_id"]) == (None, [], 0)

    def test_refuses_a_post_that_is_not_bound(self, team: Team) -> None:
        first, second = team.plain_post(0), team.plain_post(1)
        identity_id = team.bind(first["item_id"])
        team.code_for(second["item_id"])
        assert self._refusal(team, second["item_id"], identity_id)[0] == 40002

    @pytest.mark.slow
    def test_refuses_an_expired_a_hidden_and_a_deleted_post_by_name(self, team: Team) -> None:
        item_id = team.plain_post()["item_id"]
        identity_id = team.bind(item_id, days=7)
        team.sandbox.phone(f"posts/{item_id}/hide/", {})
        assert "illegal_item_status_error" in self._refusal(team, item_id, identity_id)[1]
        team.sandbox.phone(f"posts/{item_id}/show/", {})
        team.sandbox.advance(days=7)
        assert "auth_code_expired" in self._refusal(team, item_id, identity_id)[1]
        team.sandbox.phone(f"posts/{item_id}/delete/", {})
        assert "video_deleted" in self._refusal(team, item_id, identity_id)[1]

    def test_refuses_unknown_posts_and_identities_with_40007(self, team: Team) -> None:
        item_id = team.plain_post()["item_id"]
        identity_id = team.bind(item_id)
        assert self._refusal(team, "7500000000000000000", identity_id)[0] == 40007
        assert self._refusal(team, item_id, "7000000000000000000")[0] == 40007

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("image_ids", ["i1"]),
            ("video_id", "v1"),
            ("ad_format", "SINGLE_IMAGE"),
            ("call_to_action", "BUY_IT"),
            ("landing_page_url", "shop.example"),
            ("identity_type", "CUSTOMIZED_USER"),
            ("utm_params", [{"key": "k", "value": "v"}] * 15),
        ],
    )
    def test_refuses_a_creative_that_does_not_fit(
        self, team: Team, field: str, value: object
    ) -> None:
        item_id = team.plain_post()["item_id"]
        code, message = self._refusal(team, item_id, team.bind(item_id), **{field: value})
        assert code == 40002
        assert field in message or field == "video_id"

    def test_takes_at_most_20_creatives_and_makes_all_or_none(self, team: Team) -> None:
        item_id = team.plain_post()["item_id"]
        identity_id = team.bind(item_id)
        adgroup_id = team.adgroup(team.campaign())
        good = team.creative(item_id, identity_id)
        bad = good | {"call_to_action": "BUY_IT"}
        for creatives in ([good] * 21, [good, bad]):
            refusal = team.refused(
                "POST", "/ad/create/", adgroup_id=adgroup_id, creatives=creatives
            )
            assert refusal[0] == 40002
        assert team.get("/ad/get/")["list"] == []

    def test_counts_ads_against_the_identitys_quota(self, team: Team) -> None:
        made = team.launch()
        fields = {"identity_id": made["identity_id"], "identity_type": "AUTH_CODE"}
        assert team.get("/asset/bind/quota/", **fields)["remaining_quota"] == 9999
        team.switch("ad", made["ad_id"], "DELETE")
        assert team.get("/asset/bind/quota/", **fields)["remaining_quota"] == 10_000

    def test_runs_the_brands_own_posts_without_a_code(self, team: Team) -> None:
        brand = team.world["brand"]
        fields = {"identity_id": brand["identity_id"], "identity_type": "TT_USER"}
        own = team.get("/identity/video/get/", **fields)["video_list"][0]
        creative = team.creative(own["item_id"], brand["identity_id"], identity_type="TT_USER")
        adgroup_id = team.adgroup(team.campaign())
        team.post("/ad/create/", adgroup_id=adgroup_id, creatives=[creative])
        team.sandbox.advance(days=1)
        assert team.impressions() > 0

    def _refusal(
        self, team: Team, item_id: str, identity_id: str, **given: object
    ) -> tuple[int, str]:
        adgroup_id = team.adgroup(team.campaign(f"Campaign {next(NUMBERS)}"))
        creative = team.creative(item_id, identity_id, **given)
        return team.refused("POST", "/ad/create/", adgroup_id=adgroup_id, creatives=[creative])


class TestStatuses:
    def test_follow_the_switches_at_every_level(self, team: Team) -> None:
        made = team.launch()
        team.sandbox.advance(hours=3)
        for kind, status in (
            ("campaign", "AD_STATUS_CAMPAIGN_DISABLE"),
            ("adgroup", "AD_STATUS_ADGROUP_DISABLE"),
            ("ad", "AD_STATUS_DISABLE"),
        ):
            team.switch(kind, made[f"{kind}_id"], "DISABLE")
            assert team.ad_status(made["ad_id"]) == status
            seen = team.impressions()
            team.sandbox.advance(hours=2)
            assert team.impressions() == seen
            team.switch(kind, made[f"{kind}_id"], "ENABLE")
            assert team.ad_status(made["ad_id"]) == "AD_STATUS_DELIVERY_OK"

    def test_wait_for_the_schedule_and_end_with_it(self, team: Team) -> None:
        made = team.launch(
            schedule_type="SCHEDULE_START_END",
            schedule_start_time="2026-03-03 00:00:00",
            schedule_end_time="2026-03-04 00:00:00",
        )
        team.sandbox.advance(hours=5)
        assert team.ad_status(made["ad_id"]) == "AD_STATUS_NOT_START"
        assert team.impressions() == 0
        team.sandbox.advance(hours=24)
        assert team.ad_status(made["ad_id"]) == "AD_STATUS_DELIVERY_OK"
        team.sandbox.advance(hours=24)
        assert team.ad_status(made["ad_id"]) == "AD_STATUS_DONE"
        hours = team.report(by="stat_time_hour", start_date="2026-03-04", end_date="2026-03-04")
        assert hours == []

    def test_say_budget_exceed_when_a_lifetime_budget_is_gone(self, team: Team) -> None:
        made = team.launch(
            budget_mode="BUDGET_MODE_TOTAL",
            budget=20,
            schedule_end_time="2026-03-02 06:00:00",
        )
        team.sandbox.advance(hours=5)
        spent = float(team.report("AUCTION_ADGROUP", by=None)[0]["metrics"]["spend"])
        assert 0 < spent <= 20
        tally = team.sandbox.world.tally
        tally.group_life[tally.group_place[made["adgroup_id"]]] = 2000
        assert team.ad_status(made["ad_id"]) == "AD_STATUS_BUDGET_EXCEED"

    def test_make_deletion_final(self, team: Team) -> None:
        made = team.launch()
        team.switch("ad", made["ad_id"], "DELETE")
        fields = {"ad_ids": [made["ad_id"]], "operation_status": "ENABLE"}
        assert team.refused("POST", "/ad/status/update/", **fields)[0] == 40002
        assert team.get("/ad/get/")["list"] == []
        assert team.ad_status(made["ad_id"]) == "AD_STATUS_DELETE"

    def test_take_one_to_twenty_ids(self, team: Team) -> None:
        fields = {"ad_ids": ["1"] * 21, "operation_status": "ENABLE"}
        assert team.refused("POST", "/ad/status/update/", **fields)[0] == 40002
        unknown = {"ad_ids": ["1"], "operation_status": "ENABLE"}
        assert team.refused("POST", "/ad/status/update/", **unknown) == (
            40007,
            "The ad 1 does not exist.",
        )

    def test_can_be_filtered_but_not_by_a_lost_authorization(self, team: Team) -> None:
        made = team.launch()
        waiting = team.get("/ad/get/", filtering={"secondary_status": "AD_STATUS_AUDIT"})
        assert [row["ad_id"] for row in waiting["list"]] == [made["ad_id"]]
        lost = {"secondary_status": "AD_STATUS_ASSET_AUTHORIZATION_LOST"}
        assert team.refused("GET", "/ad/get/", filtering=lost)[0] == 40002
        assert team.refused("GET", "/ad/get/", filtering={"ad_ids": ["1"] * 101})[0] == 40011
        assert team.refused("GET", "/ad/get/", page_size=1001)[0] == 40002


class TestAdGroupCreate:
    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("budget", 19),
            ("schedule_start_time", "2026-03-01 00:00:00"),
            ("billing_event", "CPM"),
            ("optimization_goal", "FAME"),
            ("location_ids", None),
            ("promotion_type", None),
            ("dayparting", "0101"),
        ],
    )
    def test_refuses_what_does_not_fit_and_names_it(
        self, team: Team, field: str, value: object
    ) -> None:
        fields = team.adgroup_fields(team.campaign(), **{field: value})
        code, message = team.refused("POST", "/adgroup/create/", **fields)
        assert code == 40002
        assert field in message

    def test_asks_for_a_pixel_for_conversions(self, team: Team) -> None:
        campaign_id = team.campaign(objective_type="WEB_CONVERSIONS")
        goal = {"optimization_goal": "CONVERT", "billing_event": "OCPM"}
        fields = team.adgroup_fields(campaign_id, **goal)
        assert "pixel_id" in team.refused("POST", "/adgroup/create/", **fields)[1]

    def test_keeps_its_budget_mode_and_takes_a_new_budget(self, team: Team) -> None:
        adgroup_id = team.adgroup(team.campaign())
        fields = {"adgroup_id": adgroup_id, "budget_mode": "BUDGET_MODE_TOTAL"}
        assert team.refused("POST", "/adgroup/update/", **fields)[0] == 40002
        entry = {"adgroup_id": adgroup_id, "budget": 55.5}
        team.post("/adgroup/budget/update/", budget=[entry])
        row = team.get("/adgroup/get/", filtering={"adgroup_ids": [adgroup_id]})["list"][0]
        assert row["budget"] == 55.5
        assert row["secondary_status"] == "ADGROUP_STATUS_CREATE"

    def test_delivers_only_in_its_dayparts(self, team: Team) -> None:
        # Account's zone: New York. Ten to noon on every day of the week.
        day = "0" * 20 + "1" * 4 + "0" * 24
        team.launch(dayparting=day * 7)
        team.sandbox.advance(days=2)
        hours = team.report(by="stat_time_hour", start_date="2026-03-03", end_date="2026-03-03")
        times = [row["dimensions"]["stat_time_hour"] for row in hours]
        assert times == ["2026-03-03 10:00:00", "2026-03-03 11:00:00"]

    @pytest.mark.slow
    def test_shares_a_campaigns_own_budget(self, team: Team) -> None:
        campaign_id = team.campaign(
            budget_mode="BUDGET_MODE_DAY", budget=80, budget_optimize_on=True
        )
        for number in (0, 1):
            item_id = team.plain_post(0)["item_id"]
            identity_id = team.bind(item_id)
            name = f"Group {number}"
            free = {"budget": None, "budget_mode": None, "adgroup_name": name}
            team.ad(team.adgroup(campaign_id, **free), item_id, identity_id)
        team.sandbox.advance(days=3)
        rows = team.report("AUCTION_CAMPAIGN")
        full = next(r for r in rows if r["dimensions"]["stat_time_day"].startswith("2026-03-03"))
        assert 70 <= float(full["metrics"]["spend"]) <= 80


class TestIdentities:
    def test_deliver_videos_never_as_carousel(self, team: Team) -> None:
        made = team.launch(0)
        wrong = {
            "adgroup_id": made["adgroup_id"],
            "creatives": [
                {
                    "ad_name": "x",
                    "identity_type": "AUTH_CODE",
                    "identity_id": made["identity_id"],
                    "ad_format": "CAROUSEL_ADS",
                    "tiktok_item_id": made["item_id"],
                    "call_to_action": "SHOP_NOW",
                    "landing_page_url": "https://shop.example/p/TRAIL-FLASK",
                }
            ],
        }
        refusal = team.refused("POST", "/ad/create/", **wrong)
        assert refusal == (40002, "Only photo posts can be delivered as carousel")

    def test_say_whether_they_can_be_promoted_at_all(self, team: Team) -> None:
        rows = team.get("/identity/get/")["identity_list"]
        assert {row["is_gpppa"] for row in rows} == {False}
        assert {row["ads_only_mode"] for row in rows} == {None}
        rows = team.get("/identity/get/", identity_type="BC_AUTH_TT")["identity_list"]
        assert {row["ads_only_mode"] for row in rows} == {False}

    def test_list_linked_and_code_identities(self, team: Team) -> None:
        team.bind(team.plain_post()["item_id"])
        kinds = [row["identity_type"] for row in team.get("/identity/get/")["identity_list"]]
        assert kinds == ["TT_USER", "AUTH_CODE"]

    def test_show_only_bound_posts_of_a_code_identity(self, team: Team) -> None:
        item_id = team.plain_post()["item_id"]
        fields = {"identity_id": team.bind(item_id), "identity_type": "AUTH_CODE"}
        found = team.get("/identity/video/get/", **fields)
        assert [row["item_id"] for row in found["video_list"]] == [item_id]
        answer = team.get("/identity/video/info/", item_id=item_id, **fields)
        detail = answer["video_detail"]
        assert answer["video_details"] == []
        assert detail["status"] == "ITEM_STATUS_HESITATE_RECOMMEND"
        assert detail["auth_info"]["ad_auth_status"] == "AUTHORIZED"
        assert detail["auth_info"]["auth_end_time"] == "2026-03-31T23:59:59Z"
        assert detail["auth_info"]["invite_start_time"] == "2026-03-02T00:00:00Z"
        assert "invite_start_time_stamp" in found["video_list"][0]["auth_info"]

    def test_name_the_product_link_of_a_shops_own_post(self, team: Team) -> None:
        brand = team.world["brand"]
        who = {"identity_id": brand["identity_id"], "identity_type": "TT_USER"}
        post = team.get("/identity/video/get/", **who)["video_list"][0]
        (anchor,) = post["anchor_list"]
        assert anchor["status"] == "CHECK_SUCCESS"
        assert anchor["spu_name"] in {product["title"] for product in team.world["products"]}
        store = team.get("/gmv_max/store/list/")["store_list"][0]
        assert anchor["store_id"] == store["store_id"]
        detail = team.get("/identity/video/info/", item_id=post["item_id"], **who)["video_detail"]
        (live,) = detail["anchor_list"]
        assert (live["Id"], live["status"]) == (anchor["id"], "CheckSuccess")
        assert "id" not in live
        creators_post = team.plain_post()["item_id"]
        bound = {"identity_id": team.bind(creators_post), "identity_type": "AUTH_CODE"}
        found = team.get("/identity/video/get/", **bound)["video_list"][0]
        assert found["anchor_list"] is None

    def test_tell_licensed_music_from_other(self, team: Team) -> None:
        state = team.sandbox.world.state
        bad = next(p for p in state.posts.values() if not p.music_licensed)
        answers = {}
        for item_id in (bad.item_id, team.plain_post(1)["item_id"]):
            fields = {"identity_id": team.bind(item_id), "identity_type": "AUTH_CODE"}
            span = {"start_time": "2026-03-02 00:00:00", "end_time": "2026-03-09 00:00:00"}
            rows = team.get(
                "/identity/music/authorization/",
                item_id=item_id,
                locations=["6252001"],
                **span,
                **fields,
            )["music_authorization"]
            answers[item_id] = rows[0]["music_status"]
        assert sorted(answers.values()) == ["AUTHORIZATION_MISSING", "WITH_FULL_AUTHORIZATION"]


class TestAccountsApi:
    @pytest.fixture
    def creator(self, team: Team) -> dict[str, str]:
        """A creator's handle, open id and fresh access token."""
        handle = team.plain_post()["handle"]
        code = team.sandbox.post("grants/creator/", {"handle": handle})["auth_code"]
        app = team.world["app"]
        grant = team.post(
            "/tt_user/oauth2/token/",
            client_id=app["client_key"],
            client_secret=app["client_secret"],
            grant_type="authorization_code",
            auth_code=code,
            redirect_uri="https://shop.example/back",
        )
        assert grant["expires_in"] == 86400
        return {"handle": handle, "code": code, **grant}

    def _own(self, creator: dict[str, str]) -> dict[str, str]:
        return {"token": creator["access_token"], "business_id": creator["open_id"]}

    def test_uses_up_an_oauth_code(self, team: Team, creator: dict[str, str]) -> None:
        app = team.world["app"]
        refusal = team.refused(
            "POST",
            "/tt_user/oauth2/token/",
            client_id=app["client_key"],
            client_secret=app["client_secret"],
            grant_type="authorization_code",
            auth_code=creator["code"],
            redirect_uri="https://shop.example/back",
        )
        assert refusal[0] == 40110

    def test_makes_extends_reads_and_deletes_codes(
        self, team: Team, creator: dict[str, str]
    ) -> None:
        item_id = team.posts(handle=creator["handle"], status=PUBLIC)[0]["item_id"]
        own = self._own(creator) | {"item_id": item_id}
        assert team.refused("GET", "/business/post/authorize/status/", **own)[0] == 40002
        made = team.post("/business/post/authorize/setting/", is_ad_promotable=True, **own)
        assert made["authorization_days"] == 30
        status = team.get("/business/post/authorize/status/", **own)
        assert status["auth_code_status"] == "NOT_USED"
        extended = team.post("/business/post/authorize/", authorization_days=7, **own)
        assert extended["auth_code"] == made["auth_code"]
        assert extended["auth_code_end_time"] == "2026-04-07 23:59:59"
        gone = team.post("/business/post/authorize/delete/", **own)
        assert gone["auth_code_status"] == "DELETED"
        anew = team.post("/business/post/authorize/", **own)
        assert anew["auth_code"] != made["auth_code"]

    def test_keeps_creators_apart(self, team: Team, creator: dict[str, str]) -> None:
        other = next(p for p in team.posts() if p["handle"] != creator["handle"])
        own = self._own(creator) | {"item_id": other["item_id"]}
        assert team.refused("GET", "/business/post/authorize/status/", **own)[0] == 40007
        assert team.refused("GET", "/business/video/list/", business_id="x")[0] == 40105

    def test_expires_and_refreshes_the_creators_token(
        self, team: Team, creator: dict[str, str]
    ) -> None:
        team.sandbox.advance(days=1)
        assert team.refused("GET", "/business/video/list/", **self._own(creator))[0] == 40102
        app = team.world["app"]
        fresh = team.post(
            "/tt_user/oauth2/refresh_token/",
            client_id=app["client_key"],
            client_secret=app["client_secret"],
            grant_type="refresh_token",
            refresh_token=creator["refresh_token"],
        )
        team.get("/business/video/list/", **self._own(creator | fresh))

    def test_counts_lifetime_engagement_a_day_late(
        self, team: Team, creator: dict[str, str]
    ) -> None:
        fields = ["item_id", "video_views", "likes"]
        own = self._own(creator)
        made = team.launch()
        early = team.sandbox.get("truth/")
        team.sandbox.advance(hours=23)
        seen = team.get("/business/video/list/", fields=fields, **own)["videos"]
        before = {post["item_id"]: post["total"] for post in early["posts"]}
        counted = next(row for row in seen if row["item_id"] == made["item_id"])
        assert counted["video_views"] == before[made["item_id"]]["views"]


class TestAdvertisers:
    def test_answer_zone_and_currency_as_text_and_their_creation_as_epoch(self, team: Team) -> None:
        ids = [team.advertiser_id, team.eu_advertiser_id]
        rows = team.get("/advertiser/info/", advertiser_ids=ids)["list"]
        assert [row["currency"] for row in rows] == ["USD", "EUR"]
        assert [row["timezone"] for row in rows] == ["America/New_York", "Europe/Berlin"]
        assert isinstance(rows[0]["create_time"], int)


class TestConsentPages:
    def test_lead_a_person_back_with_a_single_use_code(self, sandbox: SandboxServer) -> None:
        app = sandbox.get("world/")["app"]
        back = "http://127.0.0.1:9/back?x=1"
        query = urlencode({"app_id": app["app_id"], "state": "s1", "redirect_uri": back})
        connection = http.client.HTTPConnection("127.0.0.1", sandbox.port)
        connection.request("GET", "/portal/auth?" + query)
        shown = connection.getresponse()
        html = shown.read().decode()
        assert "Allow" in html
        policy = shown.headers["Content-Security-Policy"]
        assert "form-action 'self' http://127.0.0.1:9;" in policy
        form = urlencode({"state": "s1", "redirect_uri": back})
        connection.request("POST", "/portal/auth", body=form)
        answer = connection.getresponse()
        answer.read()
        connection.close()
        assert answer.status == 303
        landed = parse_qs(urlsplit(answer.headers["Location"]).query)
        assert (landed["x"], landed["state"]) == (["1"], ["s1"])
        team = Team(sandbox)
        fields = {"app_id": app["app_id"], "secret": app["secret"]}
        fields["auth_code"] = landed["auth_code"][0]
        assert len(team.post("/oauth2/access_token/", **fields)["advertiser_ids"]) == 2
        assert team.refused("POST", "/oauth2/access_token/", **fields)[0] == 40110
        wrong = fields | {"secret": "x"}
        assert team.refused("POST", "/oauth2/access_token/", **wrong)[0] == 40101


class TestAllStatuses:
    @pytest.mark.parametrize("kind", ["campaign", "adgroup", "ad"])
    def test_are_a_filter_that_shows_deleted_ones_too(self, team: Team, kind: str) -> None:
        made = team.launch(0)
        team.switch(kind, made[f"{kind}_id"], "DELETE")
        path, key = f"/{kind}/get/", f"{kind}_id"

        def found(**filtering: str) -> set[str]:
            rows = team.get(path, filtering=filtering, page_size=100)["list"]
            return {row[key] for row in rows}

        every = f"{kind.upper()}_STATUS_ALL"
        assert made[key] not in found()
        assert made[key] in found(secondary_status=every)
        assert made[key] not in found(secondary_status=every, primary_status="STATUS_NOT_DELETE")
        other = "AD_STATUS_ALL" if kind != "ad" else "CAMPAIGN_STATUS_ALL"
        assert team.refused("GET", path, filtering={"secondary_status": other})[0] == 40002
