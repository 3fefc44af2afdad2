"""An ad account with forty ads made in Ads Manager is connected: it is read and explained, nothing is touched."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from sample_team import Team

from ads_manager import AdsManager
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


@pytest.fixture
def elsewhere(team: Team) -> Team:
    """Forty ads on ten posts; Kindling has read nothing yet."""
    while len(team.plain_posts()) < POSTS + STORIES:
        team.sandbox.advance(days=1)
    token = team.account.connection.access_token
    manager = AdsManager(team.sandbox, advertiser_id=team.account.advertiser_id, token=token)
    _make_ads(team, manager)
    assert len(team.held("ad")) == ADS
    return team


def _make_ads(team: Team, manager: AdsManager) -> None:
    codes = [team.code(post["item_id"]) for post in team.plain_posts()]
    taken = [code for code in codes if may_advertise(manager, code)][:POSTS]
    posts = [manager.get("/tt_video/info/", auth_code=code) for code in taken]
    campaign = manager.campaign("Made in Ads Manager")
    for number in range(ADS // POSTS):
        group = manager.adgroup(campaign, adgroup_name=f"Group {number}")
        for post in posts:
            item_id, identity_id = post["item_info"]["item_id"], post["user_info"]["identity_id"]
            manager.ad(group, item_id, identity_id, ad_name="Made in Ads Manager")


def may_advertise(manager: AdsManager, code: str) -> bool:
    """Take a creator's code; a story's is refused."""
    return bool(manager.call("POST", "/tt_video/authorize/", auth_code=code)["code"] == 0)


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
