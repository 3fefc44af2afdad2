"""A refused call leaves the world as it was, to the byte of its saved file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sandbox_creator import CreatorApp
from sandbox_team import Team
from test_sandbox_table import form, path_of

from tiktok_sandbox.server import SandboxServer
from tiktok_sandbox.wire.endpoints import ENDPOINTS
from tiktok_sandbox.wire.protocol.calls import Endpoint
from tiktok_sandbox.world.storage import save

WRITES = [endpoint for endpoint in ENDPOINTS if endpoint.method == "POST"]
HUGE = 2**70


@pytest.fixture(scope="module")
def team() -> Iterator[Team]:
    with SandboxServer(seed=7) as sandbox:
        yield Team(sandbox)


def state_of(team: Team) -> bytes:
    """The saved world; the instant of saving, which is real time, is no part of it."""
    world = team.sandbox.app.state.hub.world
    real, world.real = world.real, lambda: 0.0
    try:
        return save(world)
    finally:
        world.real = real


def refused(team: Team, method: str, path: str, **given: Any) -> tuple[int, str]:
    """Code and message of a call that is refused and changes nothing."""
    before = state_of(team)
    answer = team.refused(method, path, **given)
    assert state_of(team) == before, (path, answer)
    return answer


class TestRefusedCalls:
    @pytest.mark.parametrize("endpoint", WRITES, ids=path_of)
    def test_change_nothing(self, team: Team, endpoint: Endpoint) -> None:
        before = state_of(team)
        given: dict[str, Any] = form(endpoint)
        answer = team.call(endpoint.method, endpoint.path, **given)
        assert answer["code"] in (0, 20001) or state_of(team) == before, answer

    @pytest.mark.parametrize(
        "changed", [{"advertiser_id": "1"}, {"ad_id": "5"}, {"adgroup_id": "7"}]
    )
    def test_leave_no_subscription_behind(self, team: Team, changed: dict[str, str]) -> None:
        app = team.world["app"]
        detail = {"access_token": team.token, "advertiser_id": team.advertiser_id, "ad_id": "1"}
        code, _ = refused(
            team,
            "POST",
            "/subscription/subscribe/",
            app_id=app["app_id"],
            secret=app["secret"],
            subscribe_entity="AD",
            callback_url="https://shop.example/hook",
            subscription_detail=detail | changed,
        )
        assert code in (40001, 40007)

    def test_leave_no_book_of_blocked_words_behind(self, team: Team) -> None:
        assert refused(team, "POST", "/blockedword/create/", blocked_words=[""])[0] == 40002

    def test_leave_no_gmv_max_campaign_behind(self, team: Team) -> None:
        store = team.get("/gmv_max/store/list/")["store_list"][0]
        fields = {
            "store_id": store["store_id"],
            "store_authorized_bc_id": store["store_authorized_bc_id"],
            "shopping_ads_type": "PRODUCT",
            "optimization_goal": "VALUE",
            "deep_bid_type": "VO_MIN_ROAS",
            "roas_bid": 1.5,
            "budget": 200,
            "schedule_type": "SCHEDULE_FROM_NOW",
            "schedule_start_time": team.now,
            "product_video_specific_type": "CUSTOM_SELECTION",
        }
        post = team.plain_post()
        entry = {
            "item_id": post["item_id"],
            "identity_info": {"identity_id": "5", "identity_type": "TTS_TT"},
        }
        path = "/campaign/gmv_max/create/"
        refused(team, "POST", path, campaign_name="Sample", item_list=[entry], **fields)
        # What comes next has the ids, the name and the spend of a first campaign.
        made = team.campaign("Sample")
        team.adgroup(made)
        team.sandbox.advance(hours=1)
        assert team.get("/campaign/get/")["list"][0]["campaign_id"] == made

    def test_leave_nothing_of_a_promotion_behind(self, team: Team) -> None:
        brand = team.world["brand"]["handle"]
        creator = CreatorApp(team, brand, scope="biz.spark.auth,video.list")
        posts = team.sandbox.phone(f"creators/{brand}/posts/")["posts"]
        given = {
            "item_id": posts[0]["item_id"],
            "advertiser_id": team.advertiser_id,
            "objective_type": "TRAFFIC",
            "landing_page_url": "https://shop.example/p/x",
            "budget": 100,
            "location_ids": ["6252001"],
        }
        wrong: tuple[dict[str, object], ...] = (
            {"budget": 0.5},
            {"landing_page_url": "ftp://shop.example"},
        )
        for bad in wrong:
            before = state_of(team)
            _, message = creator.refused("POST", "/business/spark_ad/create/", **given | bad)
            assert next(iter(bad)) in message
            assert state_of(team) == before
        made = team.campaign("After the refusal")
        adgroup_id = team.adgroup(made)
        team.sandbox.advance(hours=1)
        rows = team.get("/adgroup/get/", filtering={"adgroup_ids": [adgroup_id]})["list"]
        assert rows[0]["campaign_id"] == made

    def test_are_those_with_numbers_that_no_world_can_keep(self, team: Team) -> None:
        code, message = refused(team, "POST", "/campaign/create/", campaign_name=HUGE)
        assert (code, "64 bits" in message) == (40000, True)
        fields = team.adgroup_fields(team.campaign("Sample of places"), location_ids=[HUGE])
        assert refused(team, "POST", "/adgroup/create/", **fields)[0] == 40000
        team.sandbox.read("save/")
