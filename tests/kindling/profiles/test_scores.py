"""Scores of creators: what they are computed from, and where they are shown."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from desk import Desk
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from kindling.briefs.models import Brief
from kindling.creators import directory, service
from kindling.creators.directory import Facts
from kindling.creators.models import Creator, CreatorScore
from kindling.facts import lake
from kindling.facts.schema import COUNTERS
from kindling.posts.models import Post, PostSnapshot
from kindling.profiles import scores
from kindling.profiles.tasks import scores_due
from kindling.workspaces.models import User, Workspace


def put_post(
    desk: Desk, creator: Creator, number: int, *, views: int = 1_000, likes: int = 50, **facts: Any
) -> Post:
    made = Post.objects.create(
        workspace=desk.workspace, creator=creator, item_id=str(7300000000000000000 + number),
        status="", source="test", first_seen_at=desk.now, seen_at=desk.now, posted_at=desk.now, **facts,
    )  # fmt: skip
    read(desk, made, views=views, likes=likes)
    return made


def read(desk: Desk, post: Post, *, views: int, likes: int, boosted: bool = False) -> None:
    PostSnapshot.objects.create(
        post=post, taken_at=desk.now + timedelta(minutes=post.snapshots.count()), views=views,
        likes=likes, comments=0, shares=0, completion_rate=0.3, before_first_boost=not boosted,
    )  # fmt: skip


def put_clicks(desk: Desk, post: Post, clicks: int, spend: int = 500) -> None:
    row = dict.fromkeys(COUNTERS, 0) | {
        "account": desk.account.lake_key, "month": "2026-03", "day": date(2026, 3, 1),
        "ad_id": f"ad-{post.item_id}", "adgroup_id": "1", "campaign_id": "1", "item_id": post.item_id,
        "currency": "USD", "spend_minor": spend, "clicks": clicks,
    }  # fmt: skip
    lake.replace_ad_days(desk.account.lake_key, row["day"], row["day"], [row])


@pytest.fixture
def three(desk: Desk) -> list[Creator]:
    """Ana engages more than Ben; Cleo has one post only."""
    people = [desk.creator(name) for name in ("sample.ana", "sample.ben", "sample.cleo")]
    for number, likes in enumerate((100, 120, 90)):
        put_post(desk, people[0], number, likes=likes)
        put_post(desk, people[1], 10 + number, likes=likes // 5)
    put_post(desk, people[2], 20, likes=500)
    return people


class TestReckoning:
    def test_ranks_by_what_posts_did_and_leaves_too_few_undefined(
        self, desk: Desk, three: list[Creator]
    ) -> None:
        Creator.objects.filter(handle="sample.ben").update(followers=10**7)
        assert scores.compute_scores(desk.workspace, desk.now) == 3
        ana, ben, cleo = (CreatorScore.objects.get(creator=each) for each in three)
        assert ana.watchable > ben.watchable
        assert cleo.watchable is None
        assert cleo.parts["watchable"] | {"completion": None} == {
            "posts": 1, "views": 1_000, "is_enough": False, "engagement": None, "completion": None,
        }  # fmt: skip
        found = [
            each.handle for each in service.directory(desk.workspace, sort="organic_engagement")
        ]
        assert found == ["sample.ana", "sample.ben", "sample.cleo"]

    def test_takes_the_last_reading_before_the_first_ad(
        self, desk: Desk, three: list[Creator]
    ) -> None:
        for post in three[1].posts.all():
            read(desk, post, views=900_000, likes=800_000, boosted=True)
            read(desk, three[0].posts.first(), views=2_000, likes=200)
        scores.compute_scores(desk.workspace, desk.now)
        ana, ben = (CreatorScore.objects.get(creator=each) for each in three[:2])
        assert ben.parts["watchable"]["views"] == 3_000
        assert ana.parts["watchable"]["views"] == 4_000
        assert ana.watchable > ben.watchable

    def test_of_conversions_needs_clicks_and_says_what_is_not_known(
        self, desk: Desk, three: list[Creator]
    ) -> None:
        ana, ben, cleo = three
        put_clicks(desk, ana.posts.first(), 99)
        scores.compute_scores(desk.workspace, desk.now)
        parts = CreatorScore.objects.get(creator=ana).parts["converting"]
        assert (parts["clicks"], parts["is_enough"], parts["rate"]) == (99, False, None)
        assert (parts["cost_per_order_minor"], parts["profit_minor"]) == (None, -500)
        parts = CreatorScore.objects.get(creator=cleo).parts["converting"]
        assert (parts["clicks"], parts["profit_minor"]) == (0, None)
        assert CreatorScore.objects.get(creator=ben).converting is None

    def test_is_the_same_twice_and_stays_one_row_each(
        self, desk: Desk, three: list[Creator]
    ) -> None:
        scores.compute_scores(desk.workspace, desk.now)
        first = list(
            CreatorScore.objects.order_by("creator").values("creator", "parts", "watchable")
        )
        scores.compute_scores(desk.workspace, desk.clock.pass_by(days=1))
        again = list(
            CreatorScore.objects.order_by("creator").values("creator", "parts", "watchable")
        )
        assert first == again
        assert CreatorScore.objects.first().computed_at == desk.now

    def test_sees_the_tags_and_the_language_a_ready_brief_asks_for(self, desk: Desk) -> None:
        ana = desk.creator(language="es")
        directory.change(desk.manager, ana, Facts(tags=("beauty",), language="es"), at=desk.now)
        brief = Brief.objects.create(
            workspace=desk.workspace, title="Beauty at night", ai_rule="none", language="es",
            created_at=desk.now, changed_at=desk.now,
        )  # fmt: skip
        scores.compute_scores(desk.workspace, desk.now)
        assert CreatorScore.objects.get().fit is None
        Brief.objects.filter(pk=brief.pk).update(state="ready")
        scores.compute_scores(desk.workspace, desk.now)
        assert CreatorScore.objects.get().fit == 1

    def test_leaves_other_workspaces_alone(self, desk: Desk, three: list[Creator]) -> None:
        other = Workspace.objects.create(slug="other", name="Other")
        assert scores.compute_scores(other, desk.now) == 0
        assert not CreatorScore.objects.exists()

    def test_is_due_once_a_day(self, desk: Desk, three: list[Creator]) -> None:
        (today,) = scores_due(desk.now)
        assert list(scores_due(desk.now + timedelta(hours=1))) == [today]
        assert list(scores_due(desk.now + timedelta(days=1))) != [today]

    def test_does_not_stand_in_the_way_of_a_merge(self, desk: Desk, three: list[Creator]) -> None:
        scores.compute_scores(desk.workspace, desk.now)
        directory.merge(desk.manager, three[2], three[0], reason="One.", at=desk.now)
        scores.compute_scores(desk.workspace, desk.now)
        assert CreatorScore.objects.get(creator=three[0]).parts["watchable"]["posts"] == 4

    @pytest.mark.slow
    def test_asks_no_more_queries_with_more_creators(
        self, desk: Desk, three: list[Creator]
    ) -> None:
        with CaptureQueriesContext(connection) as few:
            scores.compute_scores(desk.workspace, desk.now)
        for number in range(30):
            put_post(desk, desk.creator(f"sample.more{number}"), 100 + number)
        with CaptureQueriesContext(connection) as many:
            scores.compute_scores(desk.workspace, desk.now)
        assert len(many) <= len(few) + 1


class TestTheDirectory:
    @pytest.mark.parametrize("sort", ["", "-organic_engagement", "-conversion_rate", "-fit"])
    def test_shows_scores_in_any_order(
        self, desk: Desk, three: list[Creator], browser: Client, sort: str
    ) -> None:
        desk.creator("sample.new")  # not reckoned yet
        scores.compute_scores(desk.workspace, desk.now)
        desk.creator("sample.newer")
        page = browser.get(desk.where("creators:list"), {"sort": sort}).content.decode()
        assert "not enough data" in page
        handles = ["sample.ana", "sample.ben", "sample.cleo", "sample.new", "sample.newer"]
        assert sorted(handles, key=lambda each: page.index(f">@{each}<")) == handles

    @pytest.mark.slow
    def test_counts_posts_of_the_page_in_a_fixed_number_of_queries(
        self, desk: Desk, three: list[Creator], browser: Client
    ) -> None:
        url = desk.where("creators:list")
        page = browser.get(url).content.decode()
        assert 'data-label="Posts" class="num">3<' in page
        with CaptureQueriesContext(connection) as few:
            browser.get(url)
        for number in range(60):
            put_post(desk, desk.creator(f"sample.more{number}"), 100 + number)
        browser.get(url)
        with CaptureQueriesContext(connection) as many:
            browser.get(url)
        assert len(many) == len(few)

    def test_shows_the_parts_on_the_creator_s_page(
        self, desk: Desk, three: list[Creator], browser: Client
    ) -> None:
        url = desk.where("profiles:creator", "sample.ana")
        assert "Not calculated yet" in browser.get(url).content.decode()
        scores.compute_scores(desk.workspace, desk.now)
        page = browser.get(url).content.decode()
        assert "3 posts with 3,000 views before any ad" in page
        assert "Organic engagement: better than" in page
        assert "Conversion rate: not enough data" in page

    def test_gives_the_score_over_the_api(
        self, desk: Desk, three: list[Creator], browser: Client
    ) -> None:
        from kindling.creators.api import _creator

        assert _creator(three[0])["score"] is None
        scores.compute_scores(desk.workspace, desk.now)
        found = service.find_creator(desk.workspace, "sample.ana")
        score = CreatorScore.objects.get(creator=found)
        assert _creator(found)["score"] == {
            "organic_engagement": score.watchable,
            "conversion_rate": score.converting,
            "fit": score.fit,
            "parts": {
                "organic_engagement": score.parts["watchable"],
                "conversion_rate": score.parts["converting"],
                "fit": score.parts["fit"],
            },
            "computed_at": score.computed_at,
        }

    def test_is_not_there_for_nobody_and_for_strangers(
        self, desk: Desk, three: list[Creator]
    ) -> None:
        url = desk.where("creators:list") + "?sort=organic_engagement"
        assert Client().get(url).status_code == 302
        stranger = Client()
        stranger.force_login(User.objects.create_user("stranger@other.example"))
        assert stranger.get(url).status_code == 404
