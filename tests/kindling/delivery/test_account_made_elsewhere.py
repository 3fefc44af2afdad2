"""An ad account with forty ads made in Ads Manager is connected: it is read and explained, nothing is touched."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from django.test import Client
from django.urls import reverse
from sample_team import PLAIN, Team

from kindling.agreements.models import UsageRight
from kindling.delivery import guard, protection
from kindling.delivery.models import Ad, Pause
from kindling.delivery.rules import Verdict
from kindling.launches.models import Plan
from kindling.notices.models import Notice
from kindling.workspaces.models import AdAccount, TikTokCall

pytestmark = pytest.mark.slow
ADS, POSTS, STORIES = 40, 10, 3  # a few of the creators' videos are stories
READS = ("/get/", "/info/", "/list/", "/oauth2/access_token/")  # of paths, their end


class AdsManager:
    """Somebody who works at TikTok without Kindling: plain calls with the ad account's own token."""

    def __init__(self, team: Team, http: httpx.Client) -> None:
        self.team, self.http, self.advertiser = team, http, team.account.advertiser_id

    def post(self, path: str, **given: object) -> Any:
        answer = self.http.post(path, json={"advertiser_id": self.advertiser} | given).json()
        assert answer["code"] == 0, answer
        return answer["data"]

    def group(self, campaign: str, name: str) -> str:
        made = self.post(
            "/adgroup/create/",
            campaign_id=campaign,
            adgroup_name=name,
            promotion_type="WEBSITE",
            placement_type="PLACEMENT_TYPE_NORMAL",
            placements=["PLACEMENT_TIKTOK"],
            budget_mode="BUDGET_MODE_DAY",
            budget=100,
            schedule_type="SCHEDULE_FROM_NOW",
            schedule_start_time=f"{self.team.now:%Y-%m-%d %H:%M:%S}",
            optimization_goal="CLICK",
            billing_event="CPC",
            pacing="PACING_MODE_SMOOTH",
            location_ids=["6252001"],
        )
        return str(made["adgroup_id"])

    def may_advertise(self, code: str) -> bool:
        """Take a creator's code; a story's is refused."""
        given = {"advertiser_id": self.advertiser, "auth_code": code}
        return bool(self.http.post("/tt_video/authorize/", json=given).json()["code"] == 0)

    def spark_ad(self, group: str, code: str) -> None:
        found = self.http.get(
            "/tt_video/info/", params={"advertiser_id": self.advertiser, "auth_code": code}
        ).json()["data"]
        self.post(
            "/ad/create/",
            adgroup_id=group,
            creatives=[
                {
                    "ad_name": "Made in Ads Manager",
                    "ad_format": "SINGLE_VIDEO",
                    "call_to_action": "SHOP_NOW",
                    "landing_page_url": "https://shop.example/serum",
                    "identity_type": "AUTH_CODE",
                    "identity_id": found["user_info"]["identity_id"],
                    "tiktok_item_id": found["item_info"]["item_id"],
                }
            ],
        )


@pytest.fixture
def elsewhere(team: Team) -> Team:
    """Forty ads on ten posts; Kindling has read nothing yet."""
    while len(team.plain_posts()) < POSTS + STORIES:
        team.sandbox.advance(days=1)
    with httpx.Client(
        base_url=f"{team.sandbox.url}/open_api/v1.3",
        headers={"Access-Token": team.account.connection.access_token},
        trust_env=False,
        verify=PLAIN,
    ) as http:
        _make_ads(team, AdsManager(team, http))
    assert len(team.held("ad")) == ADS
    return team


def _make_ads(team: Team, manager: AdsManager) -> None:
    made = [team.code(post["item_id"]) for post in team.plain_posts()]
    codes = [code for code in made if manager.may_advertise(code)][:POSTS]
    campaign = manager.post(
        "/campaign/create/", objective_type="TRAFFIC", campaign_name="Made in Ads Manager"
    )["campaign_id"]
    for number in range(ADS // POSTS):
        group = manager.group(campaign, f"Group {number}")
        for code in codes:
            manager.spark_ad(group, code)


def what_runs(team: Team) -> list[dict[str, Any]]:
    """What a person decides about ads and ad groups; what TikTok works out by itself is left out."""
    decided = ("operation_status", "budget", "schedule_end_time", "bid_price", "modify_time")
    return [
        {name: row.get(name) for name in ("ad_id", "adgroup_id", *decided)}
        for kind in ("ad", "adgroup", "campaign")
        for row in team.held(kind)
    ]


def writes() -> list[str]:
    """Calls of Kindling to TikTok that could change anything there."""
    called = set(TikTokCall.objects.values_list("endpoint", flat=True))
    return sorted(path for path in called if not path.endswith(READS))


class TestAnAccountMadeElsewhere:
    def test_is_read_guarded_for_three_days_and_never_touched(self, elsewhere: Team) -> None:
        before = what_runs(elsewhere)
        judged = protection.adopt(elsewhere.buyer, elsewhere.account, at=elsewhere.now)
        assert len(judged) == ADS
        deleted = judged[0].ad.item_id
        elsewhere.sandbox.phone(f"posts/{deleted}/delete/", {})
        for _ in range(9):
            elsewhere.sandbox.advance(hours=8)
            elsewhere.read()
            guard.guard(elsewhere.workspace, now=elsewhere.now)
        verdicts = {
            each.ad.ad_id: each.judgement.verdict
            for each in protection.judge_ads(elsewhere.account, now=elsewhere.now)
        }
        would_stop = {each.ad.ad_id for each in judged if each.ad.item_id == deleted}
        assert {ad for ad, verdict in verdicts.items() if verdict is Verdict.STOP} == would_stop
        assert len(would_stop) == ADS // POSTS
        assert what_runs(elsewhere) == before
        assert writes() == []
        assert not Pause.objects.exists()
        assert not Plan.objects.exists()
        assert AdAccount.objects.get(pk=elsewhere.account.pk).protection == "observe"
        assert Notice.objects.filter(
            key=f"guard-observed-{elsewhere.account.pk}", done_at=None
        ).exists()

    def test_comes_onto_the_books_with_its_posts_creators_and_permissions(
        self, elsewhere: Team
    ) -> None:
        judged = protection.adopt(elsewhere.buyer, elsewhere.account, at=elsewhere.now)
        truth = {row["item_id"]: row["handle"] for row in elsewhere.truth()["posts"]}
        assert Ad.objects.count() == ADS
        assert {each.ad.item_id: each.handle for each in judged} == {
            each.ad.item_id: truth[each.ad.item_id] for each in judged
        }
        assert len({each.ad.item_id for each in judged}) == POSTS
        assert all(each.permission is not None for each in judged)
        assert not any(each.is_launched or each.is_protected for each in judged)
        assert not UsageRight.objects.exists()

    def test_has_a_page_that_explains_all_forty(self, elsewhere: Team) -> None:
        judged = protection.adopt(elsewhere.buyer, elsewhere.account, at=elsewhere.now)
        client = Client()
        client.force_login(elsewhere.buyer.user)
        where = reverse(
            "delivery:protection", args=[elsewhere.workspace.slug, elsewhere.account.advertiser_id]
        )
        first = client.get(where)
        pages = [first, *(client.get(where, {"page": number}) for number in range(2, 5))]
        said = "".join(page.content.decode() for page in pages)
        for each in judged:
            assert each.ad.ad_id in said
            assert each.judgement.reason
            assert each.judgement.next_step
        assert f"{ADS} running ads, 0 launched by Kindling" in said
        assert f"0 would stop, {ADS} cannot be judged yet" in said
