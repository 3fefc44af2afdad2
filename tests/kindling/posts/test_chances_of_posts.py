"""A post's chance of paying: from its free views, from the ads of the account, by the policy of the workspace."""

from __future__ import annotations

import itertools
import json
from datetime import timedelta
from typing import Any

import pytest
from desk import Desk, desk
from django.test import Client
from posts_with_numbers import MANY, make_posts

from kindling.conversions import service as conversions
from kindling.errors import InvalidInputError, NotAllowedError
from kindling.facts import booking
from kindling.facts.schema import AD_DAYS, COUNTERS
from kindling.posts import rules
from kindling.posts import service as posts
from kindling.posts.evidence import backtest, chances, lanes, policy, trial
from kindling.posts.models import LaneMove, Post, PostEvidence, PostPolicy, PostSnapshot
from kindling.posts.rules import Lane, LanePolicy
from kindling.workspaces.models import AuditEntry, User

__all__ = ["desk"]


def advertise(desk: Desk, rows: list[tuple[Post, int, int]], *, days: int = 10) -> None:
    """Ads of posts that have ended ten days ago: minor units a day, and orders in all; an order leaves 30.00."""
    first = (desk.now - timedelta(days=9 + days)).date()
    facts = []
    for post, spend, _ in rows:
        Post.objects.filter(pk=post.pk).update(first_boosted_at=desk.now - timedelta(days=19))
        for day in range(days):
            told: dict[str, Any] = dict.fromkeys(AD_DAYS.names) | dict.fromkeys(COUNTERS, 1)
            facts.append(
                told
                | {
                    "account": desk.account.lake_key, "day": first + timedelta(days=day),
                    "ad_id": f"9{post.item_id}", "item_id": post.item_id, "spend_minor": spend,
                    "currency": "USD", "conversions": 0,
                }
            )  # fmt: skip
    booking.book_ad_days(desk.account.lake_key, first, desk.now.date(), facts, at=desk.now)
    lines = ["order_id,ordered_at,sku,quantity,currency,gross,landing_url"]
    number = 0
    for post, _, orders in rows:
        for _each in range(orders):
            number += 1
            at = desk.now - timedelta(days=9, minutes=number)
            url = f"https://shop.example/?utm_medium=paid_social&post={post.item_id}&cr=sample.ana"
            lines.append(f"o{number},{at.isoformat()},SAMPLE,1,USD,40.00,{url}")
    fresh = desk.now - timedelta(hours=1)
    lines.append(f"last,{fresh.isoformat()},SAMPLE,1,USD,40.00,")
    conversions.import_orders(
        desk.owner, "\n".join(lines).encode(), file_name="orders.csv", at=desk.now
    )


class TestAChance:
    def test_is_kept_with_every_signal_and_what_it_is_based_on(self, desk: Desk) -> None:
        made = make_posts(desk)
        lanes.judge_lanes(desk.workspace, now=desk.now)
        rows = [PostEvidence.objects.get(post=post) for post in made]
        assert [row.chance for row in rows] == sorted(row.chance or 0 for row in rows)
        last = rows[-1]
        assert last.learnt_from == 0
        assert set(last.signals) == {
            "likes", "comments", "shares", "saves", "profile_visits", "completions", "trend",
        }  # fmt: skip
        likes = last.signals["likes"]
        assert (likes["count"], likes["of"]) == (200 + 60 * (MANY - 1), 20_000)
        assert likes["low"] < likes["rate"] < likes["high"]
        assert likes["typical"] < likes["low"]
        assert last.signals["trend"]["rate"] == pytest.approx(0.2)
        assert last.returned_low is not None
        assert last.returned is not None
        assert last.returned_low < last.returned
        made[-1].refresh_from_db()
        assert made[-1].chance == last.chance

    def test_follows_what_the_ads_of_the_other_posts_brought(self, desk: Desk) -> None:
        made = make_posts(desk)
        lanes.judge_lanes(desk.workspace, now=desk.now)
        before = PostEvidence.objects.get(post=made[20]).chance
        advertise(desk, [(post, 3_000, 25) for post in made[:12]])
        lanes.judge_lanes(desk.workspace, now=desk.now)
        after = PostEvidence.objects.get(post=made[20])
        assert after.learnt_from == 12
        assert before is not None
        assert after.chance is not None
        assert after.chance > before + 0.2

    def test_of_a_post_whose_own_ads_brought_nothing_falls(self, desk: Desk) -> None:
        made = make_posts(desk)
        advertise(desk, [(made[20], 3_000, 0)])
        lanes.judge_lanes(desk.workspace, now=desk.now)
        chance = {row.post_id: row.chance or 0 for row in PostEvidence.objects.all()}
        assert chance[made[20].pk] < 0.1 < chance[made[19].pk]

    def test_counts_no_spend_of_which_orders_are_not_imported_yet(self, desk: Desk) -> None:
        """A shop that imports its orders once a month would look like one that sells nothing."""
        made = make_posts(desk)
        advertise(desk, [(post, 3_000, 25) for post in made[:12]])
        known = chances.open_library(desk.workspace, now=desk.now).run.ads
        later = desk.now.date()
        facts = [
            dict.fromkeys(AD_DAYS.names) | dict.fromkeys(COUNTERS, 1)
            | {"account": desk.account.lake_key, "day": later, "ad_id": f"9{post.item_id}",
               "item_id": post.item_id, "spend_minor": 500_000, "currency": "USD"}
            for post in made[:12]
        ]  # fmt: skip
        desk.clock.pass_by(days=3)
        after = desk.now.date()
        facts = [{**row, "day": after} for row in facts]
        booking.book_ad_days(desk.account.lake_key, after, after, facts, at=desk.now)
        found = chances.open_library(desk.workspace, now=desk.now).run.ads
        assert found.paying_orders == pytest.approx(known.paying_orders)

    def test_takes_reported_conversions_where_no_order_is_known(self, desk: Desk) -> None:
        made = make_posts(desk, 3)
        day = (desk.now - timedelta(days=9)).date()
        Post.objects.update(first_boosted_at=desk.now - timedelta(days=10))
        told: dict[str, Any] = dict.fromkeys(AD_DAYS.names) | dict.fromkeys(COUNTERS, 1)
        facts = [
            told | {"account": desk.account.lake_key, "day": day, "ad_id": f"9{post.item_id}",
                    "item_id": post.item_id, "spend_minor": 6_000, "currency": "USD", "conversions": 7}
            for post in made
        ]  # fmt: skip
        booking.book_ad_days(desk.account.lake_key, day, day, facts, at=desk.now)
        found = chances.open_library(desk.workspace, now=desk.now)
        assert found.run.ads.orders == pytest.approx([7, 7, 7])
        assert found.run.daily == 6_000

    def test_is_not_said_of_a_post_without_numbers(self, desk: Desk) -> None:
        made = make_posts(desk)
        PostSnapshot.objects.filter(post=made[3]).delete()
        lanes.judge_lanes(desk.workspace, now=desk.now)
        row = PostEvidence.objects.get(post=made[3])
        assert (row.chance, row.returned, row.signals) == (None, None, {})
        made[4].snapshots.update(views=0, likes=0, comments=0, shares=0, saves=0)
        lanes.judge_lanes(desk.workspace, now=desk.now)
        assert PostEvidence.objects.get(post=made[4]).chance is None
        made[3].refresh_from_db()
        assert "No organic metrics yet" in made[3].lane_reason

    def test_keeps_a_post_out_that_many_doubt_and_not_one_that_a_few_do(self, desk: Desk) -> None:
        made = make_posts(desk)
        counts = {post.item_id: (200, 4) for post in made}
        counts |= {made[-1].item_id: (300, 120), made[-2].item_id: (7, 3)}
        chances.note_comments(desk.workspace, counts)
        lanes.judge_lanes(desk.workspace, now=desk.now)
        doubted, few = Post.objects.get(pk=made[-1].pk), Post.objects.get(pk=made[-2].pk)
        assert doubted.lane == Lane.KEEP_OUT
        assert "of its comments are critical" in doubted.lane_reason
        assert few.lane != Lane.KEEP_OUT
        told = PostEvidence.objects.get(post=doubted).signals["sceptics"]
        assert (told["count"], told["of"]) == (120, 300)

    def test_rests_on_the_numbers_before_the_first_ad(self, desk: Desk) -> None:
        made = make_posts(desk)
        PostSnapshot.objects.create(
            post=made[0], taken_at=desk.now, views=900_000, likes=90_000, comments=9, shares=9,
            before_first_boost=False,
        )  # fmt: skip
        library = chances.open_library(desk.workspace, now=desk.now)
        place = next(at for at, post in enumerate(library.posts) if post.pk == made[0].pk)
        assert library.counts.views[place] == 20_000

    def test_costs_as_many_queries_for_many_posts_as_for_few(
        self, desk: Desk, django_assert_num_queries: Any
    ) -> None:
        make_posts(desk, 4)
        with django_assert_num_queries(4):
            chances.open_library(desk.workspace, now=desk.now)
        Post.objects.all().delete()
        make_posts(desk, 40)
        with django_assert_num_queries(4):
            chances.open_library(desk.workspace, now=desk.now)


class TestThePolicy:
    def test_is_that_of_the_defaults_until_somebody_sets_one(self, desk: Desk) -> None:
        assert policy.policy_of(desk.workspace) == LanePolicy()
        values = policy.as_values(LanePolicy())
        assert policy.checked(values) == LanePolicy()

    def test_shows_what_would_change_and_changes_nothing(self, desk: Desk) -> None:
        make_posts(desk)
        lanes.judge_lanes(desk.workspace, now=desk.now)
        ready = Post.objects.filter(lane=Lane.SPARK_READY).count()
        moves = LaneMove.objects.count()
        easy = policy.checked(
            policy.as_values(LanePolicy()) | {"ready_from": 1, "keep_out_below": 0}
        )
        found = trial.preview(desk.workspace, easy, now=desk.now)
        assert (found.now[Lane.SPARK_READY], found.then[Lane.SPARK_READY]) == (ready, MANY)
        assert found.count == MANY - ready == len(found.moves)
        assert found.moves[0].verdict.lane is Lane.SPARK_READY
        assert LaneMove.objects.count() == moves
        assert not PostPolicy.objects.exists()

    def test_moves_posts_once_it_is_set_but_not_those_placed_by_hand(self, desk: Desk) -> None:
        made = make_posts(desk)
        lanes.move_by_hand(desk.manager, made[0], Lane.KEEP_OUT, "Off brand.", at=desk.now)
        easy = policy.checked(
            policy.as_values(LanePolicy()) | {"ready_from": 1, "keep_out_below": 0}
        )
        assert trial.set_policy(desk.manager, easy, at=desk.now) == MANY - 1
        made[0].refresh_from_db()
        assert made[0].lane == Lane.KEEP_OUT
        entry = AuditEntry.objects.get(action="changed post policy")
        assert (entry.before["ready_from"], entry.after["ready_from"]) == (35, 1)
        assert trial.set_policy(desk.manager, easy, at=desk.now) == 0
        assert AuditEntry.objects.filter(action="changed post policy").count() == 1

    def test_asks_more_of_a_post_where_the_budget_is_higher(self, desk: Desk) -> None:
        made = make_posts(desk)
        advertise(desk, [(post, 3_000, 12) for post in made[:12]])
        library = chances.open_library(desk.workspace, now=desk.now)
        usual = chances.weigh(library, LanePolicy()).chances.chance
        same = chances.weigh(library, LanePolicy(daily_budget_minor=3_000)).chances.chance
        dear = chances.weigh(library, LanePolicy(daily_budget_minor=60_000)).chances.chance
        assert same == pytest.approx(usual)
        assert (dear < usual).all()

    @pytest.mark.parametrize(
        ("changed", "field"),
        [
            ({"min_views": -1}, "min_views"),
            ({"min_age_hours": 721}, "min_age_hours"),
            ({"ready_from": 101}, "ready_from"),
            ({"keep_out_below": 36}, "keep_out_below"),
            ({"most_sceptics": 101}, "most_sceptics"),
            ({"daily_budget_minor": 0}, "daily_budget_minor"),
            ({"needs": ["moon"]}, "needs"),
        ],
    )
    def test_refuses_what_makes_no_sense(self, changed: dict[str, Any], field: str) -> None:
        with pytest.raises(InvalidInputError) as refused:
            policy.checked(policy.as_values(LanePolicy()) | changed)
        assert refused.value.facts["field"] == field

    def test_is_set_by_who_may_change_the_status_of_posts(self, desk: Desk) -> None:
        with pytest.raises(NotAllowedError):
            trial.set_policy(desk.viewer, LanePolicy(), at=desk.now)


class TestTheBackTest:
    def test_says_how_many_posts_it_still_needs(self, desk: Desk) -> None:
        make_posts(desk)
        found = backtest.run(desk.workspace, now=desk.now)
        assert (found.posts, found.missing, found.scores) == (0, backtest.FEWEST, [])

    def test_sets_the_chance_beside_likes_views_and_engagement(self, desk: Desk) -> None:
        made = make_posts(desk)
        advertise(desk, [(post, 3_000, 2 + 2 * at) for at, post in enumerate(made[:16])])
        found = backtest.run(desk.workspace, now=desk.now)
        assert (found.posts, found.missing) == (16, 0)
        assert found.paid == sum(2 + 2 * at > 10 for at in range(16))
        assert [each.name for each in found.scores] == [
            "Kindling's chance", "Likes", "Views", "Engagement rate",
        ]  # fmt: skip
        ours, likes, views, _ = found.scores
        assert ours.rank is not None
        assert ours.rank > 0.7
        assert (likes.rank, views.rank) == (1, 0.5)
        assert sum(each.count for each in found.bars) == 16
        assert all(each.low <= each.came <= each.high for each in found.bars)
        json.dumps(found.to_json())

    def test_does_not_let_a_posts_own_ads_speak_for_it(self, desk: Desk) -> None:
        """With all signals alike, nobody could know which posts paid: the order is no better than chance."""
        made = make_posts(desk)
        PostSnapshot.objects.update(likes=900, profile_visits=20)
        advertise(desk, [(post, 3_000, 30 if at % 2 else 1) for at, post in enumerate(made)])
        found = backtest.run(desk.workspace, now=desk.now)
        assert found.scores[0].rank is not None
        assert found.scores[0].rank < 0.6


class TestNotes:
    def test_are_written_on_a_post_and_recorded(self, desk: Desk) -> None:
        (post, *_) = make_posts(desk, 2)
        told = {"hook": " Cold open ", "landing_url": "https://shop.example/a?b=1"}
        posts.set_notes(desk.manager, post, told, at=desk.now)
        post.refresh_from_db()
        assert (post.hook, post.landing_url, post.angle) == ("Cold open", told["landing_url"], "")
        entry = AuditEntry.objects.get(action="noted on post")
        assert entry.after == {"hook": "Cold open", "landing_url": told["landing_url"]}
        posts.set_notes(desk.manager, post, told, at=desk.now)
        assert AuditEntry.objects.filter(action="noted on post").count() == 1

    @pytest.mark.parametrize("address", ["http://shop.example", "https://", "javascript:alert(1)"])
    def test_lead_nowhere_but_to_an_https_page(self, desk: Desk, address: str) -> None:
        (post, *_) = make_posts(desk, 2)
        with pytest.raises(InvalidInputError, match="no https address"):
            posts.set_notes(desk.manager, post, {"landing_url": address}, at=desk.now)


class TestThePages:
    def sign_in(self, client: Client, email: str = "creator_manager@shop.example") -> None:
        client.force_login(User.objects.get(email=email))

    @pytest.mark.parametrize("name", ["posts:policy", "posts:back_test"])
    def test_are_for_nobody_and_for_nobody_else(
        self, desk: Desk, client: Client, name: str
    ) -> None:
        assert client.get(desk.where(name)).status_code == 302
        stranger = User.objects.create_user("else@shop.example", name="Sample stranger")
        client.force_login(stranger)
        assert client.get(desk.where(name)).status_code == 404

    def test_preview_a_policy_and_then_set_it(self, desk: Desk, client: Client) -> None:
        make_posts(desk)
        lanes.judge_lanes(desk.workspace, now=desk.now)
        self.sign_in(client)
        page = desk.where("posts:policy")
        sent = {
            "min_age_hours": "48", "min_views": "1000", "ready_from": "1", "keep_out_below": "1",
            "most_sceptics": "15", "daily_budget": "50.00", "needs": ["hook"],
        }  # fmt: skip
        shown = client.post(page, sent | {"step": "preview"}).content.decode()
        assert "would change status" in shown
        assert not PostPolicy.objects.exists()
        assert client.post(page, sent | {"step": "save"}).status_code == 302
        row = PostPolicy.objects.get()
        assert (row.ready_from, row.daily_budget_minor, row.needs) == (1, 5_000, ["hook"])
        again = client.get(page).content.decode()
        assert 'value="50.00"' in again
        assert "checked" in again

    def test_say_at_the_field_what_is_wrong(self, desk: Desk, client: Client) -> None:
        self.sign_in(client)
        sent = {
            "min_age_hours": "48", "min_views": "1.500,00", "ready_from": "20", "keep_out_below": "30",
            "most_sceptics": "15", "step": "save",
        }  # fmt: skip
        answer = client.post(desk.where("posts:policy"), sent)
        assert answer.status_code == 422
        assert "is not a whole number" in answer.content.decode()
        answer = client.post(desk.where("posts:policy"), sent | {"min_views": "1500"})
        assert "cannot stay out of paid" in answer.content.decode()
        assert not PostPolicy.objects.exists()

    def test_of_a_post_show_its_signals_and_take_notes(self, desk: Desk, client: Client) -> None:
        made = make_posts(desk)
        lanes.judge_lanes(desk.workspace, now=desk.now)
        trial.set_policy(desk.manager, LanePolicy(needs=frozenset({"hook"})), at=desk.now)
        self.sign_in(client)
        page = desk.where("profiles:post", made[-1].item_id)
        shown = client.get(page).content.decode()
        assert "chance of paying" in shown
        assert "Profile visits" in shown
        assert "Required before launch: Hook." in shown
        client.post(desk.where("profiles:note", made[-1].item_id), {"hook": "<b>Cold open</b>"})
        shown = client.get(page).content.decode()
        assert "Required before launch" not in shown
        assert "&lt;b&gt;Cold open" in shown

    def test_list_the_posts_an_ads_only_test_is_proposed_for(
        self, desk: Desk, client: Client
    ) -> None:
        made = make_posts(desk, 3)
        Post.objects.update(views=50_000)
        Post.objects.filter(pk=made[1].pk).update(views=300)
        self.sign_in(client)
        shown = client.get(desk.where("posts:list") + "?suggested=dark_test").content.decode()
        assert made[1].item_id in shown
        assert made[0].item_id not in shown

    def test_propose_it_by_one_rule_on_the_list_and_on_the_posts_page(self, desk: Desk) -> None:
        """The list asks the database, the page asks the rule: over every mix of facts they agree."""
        limit = LanePolicy()
        ages = (None, timedelta(days=6), timedelta(days=7), timedelta(days=30))
        mixes = itertools.product(
            Lane, ("HESITATE_RECOMMEND", "ONLY_AUTHOR_SEE"), ages, (None, 0, 999, 1_000)
        )
        creator, expected = desk.creator(), set()
        for number, (lane, status, age, views) in enumerate(mixes):
            posted_at = None if age is None else desk.now - age
            Post.objects.create(
                workspace=desk.workspace, creator=creator, item_id=f"74{number:017}", lane=lane,
                status=status, posted_at=posted_at, views=views, source="test",
                first_seen_at=desk.now, seen_at=desk.now,
            )  # fmt: skip
            if rules.wants_ads_only_test(
                lane=lane,
                status=status,
                posted_at=posted_at,
                views=views,
                now=desk.now,
                policy=limit,
            ):
                expected.add(f"74{number:017}")
        found = Post.objects.filter(posts.lacks_views(limit, now=desk.now))
        assert expected
        assert set(found.values_list("item_id", flat=True)) == expected

    def test_of_the_back_test_show_the_figures(self, desk: Desk, client: Client) -> None:
        made = make_posts(desk)
        self.sign_in(client)
        assert "12 more posts" in client.get(desk.where("posts:back_test")).content.decode()
        advertise(desk, [(post, 3_000, 2 + 2 * at) for at, post in enumerate(made[:16])])
        shown = client.get(desk.where("posts:back_test")).content.decode()
        assert "Kindling&#x27;s chance" in shown
        assert "What was said and what came of it" in shown
