"""Ads that were deleted before the first sync, or between two: what they spent is in the books, with its post."""

from __future__ import annotations

import pytest
from sample_team import Team

from ads_manager import AdsManager
from kindling.delivery import sync
from kindling.delivery.models import Ad
from kindling.errors import PlatformError
from kindling.facts import queries as facts

KINDS = ("ad", "adgroup", "campaign")


@pytest.fixture
def manager(team: Team) -> AdsManager:
    """Somebody at work in Ads Manager; Kindling has read nothing yet."""
    token = team.account.connection.access_token
    return AdsManager(team.sandbox, advertiser_id=team.account.advertiser_id, token=token)


def make_ad(team: Team, manager: AdsManager, number: int) -> dict[str, str]:
    """An ad that runs, in a campaign of its own: the ids of all three, and of its post."""
    code = team.code(team.plain_posts()[number]["item_id"])
    manager.post("/tt_video/authorize/", auth_code=code)
    post = manager.get("/tt_video/info/", auth_code=code)
    item_id, identity_id = post["item_info"]["item_id"], post["user_info"]["identity_id"]
    campaign = manager.campaign(f"Campaign {number}")
    adgroup = manager.adgroup(campaign)
    ad = manager.ad(adgroup, item_id, identity_id)
    return {"campaign": campaign, "adgroup": adgroup, "ad": ad, "item": item_id}


def delete(manager: AdsManager, made: dict[str, str], kind: str) -> None:
    manager.post(
        f"/{kind}/status/update/", **{f"{kind}_ids": [made[kind]]}, operation_status="DELETE"
    )


def booked(team: Team) -> dict[tuple[str, str], tuple[int, str | None]]:
    rows = facts.ad_days([team.account.lake_key], first_day=None, last_day=None)
    return {(f"{r['day']}", r["ad_id"]): (r["spend_minor"], r["item_id"]) for r in rows}


def truth(team: Team, *made: dict[str, str]) -> dict[tuple[str, str], tuple[int, str | None]]:
    posts = {each["ad"]: each["item"] for each in made}
    return {
        (row["day"], row["ad_id"]): (row["spend_minor"], posts[row["ad_id"]])
        for row in team.truth()["ad_days"]
    }


@pytest.mark.slow
class TestTheFirstSync:
    @pytest.mark.parametrize("kind", KINDS)
    def test_books_the_spend_of_ads_that_were_deleted_before_it(
        self, team: Team, manager: AdsManager, kind: str
    ) -> None:
        old = make_ad(team, manager, 0)
        team.sandbox.advance(days=4)
        delete(manager, old, kind)
        team.sandbox.advance(days=2)
        new = make_ad(team, manager, 1)
        team.sandbox.advance(days=2)
        assert sync.sync_account(team.account, at=team.now).is_complete
        wanted = truth(team, old, new)
        assert booked(team) == wanted
        assert {ad for (_, ad), (spend, _) in wanted.items() if spend} == {old["ad"], new["ad"]}
        ads = dict(Ad.objects.filter(ad_account=team.account).values_list("ad_id", "is_gone"))
        assert ads == {old["ad"]: True, new["ad"]: False}

    def test_books_it_where_no_ad_is_left(self, team: Team, manager: AdsManager) -> None:
        old = make_ad(team, manager, 0)
        team.sandbox.advance(days=3)
        delete(manager, old, "ad")
        team.sandbox.advance(days=1)
        assert sync.sync_account(team.account, at=team.now).is_complete
        assert booked(team) == truth(team, old)


@pytest.mark.slow
class TestALaterSync:
    def test_books_an_ad_that_was_made_and_deleted_since_the_last(
        self, team: Team, manager: AdsManager
    ) -> None:
        first = make_ad(team, manager, 0)
        team.sandbox.advance(days=1)
        assert sync.sync_account(team.account, at=team.now).is_complete
        second = make_ad(team, manager, 1)
        team.sandbox.advance(days=2)
        delete(manager, second, "ad")
        team.sandbox.advance(days=1)
        assert sync.sync_account(team.account, at=team.now).is_complete
        assert booked(team) == truth(team, first, second)

    @pytest.mark.parametrize("can_retry", [True, False], ids=["fails", "refuses"])
    def test_waits_for_the_post_of_an_ad_unless_tiktok_refuses_to_list_it(
        self,
        team: Team,
        manager: AdsManager,
        monkeypatch: pytest.MonkeyPatch,
        can_retry: bool,
    ) -> None:
        old = make_ad(team, manager, 0)
        team.sandbox.advance(days=3)
        delete(manager, old, "ad")
        team.sandbox.advance(days=1)

        def trouble(*_: object) -> None:
            raise PlatformError("TikTok: no.", can_retry=can_retry)

        with monkeypatch.context() as here:
            here.setattr(sync, "_read_deleted", trouble)
            run = sync.sync_account(team.account, at=team.now)
        wanted = truth(team, old)
        without = {key: (spend, None) for key, (spend, _) in wanted.items()}
        assert run.is_complete is not can_retry
        assert booked(team) == ({} if can_retry else without)
        # The days are read again for a week, and with them the post.
        assert sync.sync_account(team.account, at=team.now).is_complete
        assert booked(team) == wanted
