"""Laws of the simulated world: nothing is spent, shown or counted that should not be."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sandbox_small_world import creator_posts, small_family, small_world

from tiktok_sandbox.world.ads.ready_made import (
    add_ad,
    add_adgroup,
    add_ads_only_copy,
    add_campaign,
    authorize,
)
from tiktok_sandbox.world.delivery.eligible_ads import FOREVER, window_of
from tiktok_sandbox.world.delivery.measures import (
    COUNTS,
    MEASURES,
    audience_sums,
    delivery_sums,
    post_totals,
    reported_rows,
)
from tiktok_sandbox.world.drawing.build import build_world
from tiktok_sandbox.world.passing.hours import advance_to
from tiktok_sandbox.world.state.behaviour import Behaviour
from tiktok_sandbox.world.storage import content_of, load, save
from tiktok_sandbox.world.world import World

pytestmark = pytest.mark.slow

HOUR = timedelta(hours=1)
STOPPING = Behaviour(revoke_while_in_use="stops_ads")
SPEND = COUNTS.index("spend_minor")


def days_spend(world: World, key: Any) -> dict[tuple[Any, str], int]:
    """Minor units by (key of the ad, local day), from the ledger itself."""
    ads = list(world.state.ads.values())
    spent: dict[tuple[Any, str], int] = defaultdict(int)
    columns = (world.ad_hours.column(name) for name in ("tick", "ad", "spend_minor"))
    for tick, ad, minor in zip(*columns, strict=True):
        owner = ads[ad]
        day = world.local_day(world.tick_start(int(tick)), owner.advertiser_id)
        spent[key(owner), day] += int(minor)
        spent[key(owner), ""] += int(minor)
    return spent


group_plans = st.fixed_dictionaries(
    {
        "budget_mode": st.sampled_from(
            ["BUDGET_MODE_DAY", "BUDGET_MODE_TOTAL", "BUDGET_MODE_INFINITE"]
        ),
        "budget": st.integers(20, 400),
        "pacing": st.sampled_from(["PACING_MODE_SMOOTH", "PACING_MODE_FAST"]),
        "optimization_goal": st.sampled_from(["CLICK", "CONVERT", "REACH"]),
        "gender": st.sampled_from(["GENDER_UNLIMITED", "GENDER_FEMALE"]),
    }
)
campaign_plans = st.fixed_dictionaries(
    {
        "budget_mode": st.sampled_from(
            ["BUDGET_MODE_INFINITE", "BUDGET_MODE_DAY", "BUDGET_MODE_TOTAL"]
        ),
        "budget": st.integers(50, 500),
    }
)


class TestMoney:
    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        campaign=campaign_plans,
        groups=st.lists(group_plans, min_size=1, max_size=4),
        balance=st.sampled_from([3_000, 40_000, 100_000_000]),
        hours=st.integers(5, 60),
    )
    def test_never_exceeds_a_budget_or_the_balance(
        self, campaign: dict[str, Any], groups: list[dict[str, Any]], balance: int, hours: int
    ) -> None:
        world = small_world()
        advertiser_id = next(iter(world.state.advertisers))
        world.state.advertisers[advertiser_id].balance_minor = balance
        parent = add_campaign(world, advertiser_id, **campaign)
        for number, fields in enumerate(groups):
            group = add_adgroup(world, parent, **fields)
            for post in creator_posts(world)[number : number + 2]:
                authorize(world, post.item_id, advertiser_id)
                add_ad(world, group, post.item_id)
        advance_to(world, world.now + hours * HOUR)
        by_group = days_spend(world, lambda ad: ad.adgroup_id)
        by_campaign = days_spend(world, lambda ad: ad.campaign_id)
        for entity, spent in (
            *((group, by_group) for group in world.state.adgroups.values()),
            (parent, by_campaign),
        ):
            budget = float(str(entity.fields["budget"])) * 100
            mode = entity.fields["budget_mode"]
            key = getattr(entity, "adgroup_id", None) or entity.campaign_id
            for (owner, day), minor in spent.items():
                if owner == key and mode == "BUDGET_MODE_DAY" and day:
                    assert minor <= budget
                if owner == key and mode == "BUDGET_MODE_TOTAL" and not day:
                    assert minor <= budget
        assert sum(minor for (_, day), minor in by_campaign.items() if not day) <= balance

    def test_is_spent_nearly_whole_on_an_ordinary_day(self) -> None:
        world = small_world()
        advertiser_id = next(iter(world.state.advertisers))
        post = creator_posts(world)[0]
        authorize(world, post.item_id, advertiser_id)
        group = add_adgroup(world, add_campaign(world, advertiser_id), budget=100)
        add_ad(world, group, post.item_id)
        advance_to(world, world.now + timedelta(days=3))
        spent = days_spend(world, lambda ad: ad.adgroup_id)
        assert spent[group.adgroup_id, "2026-03-03"] >= 9_800


class TestBids:
    def spend(self, **fields: Any) -> int:
        world = small_world()
        advertiser_id = next(iter(world.state.advertisers))
        post = creator_posts(world)[0]
        authorize(world, post.item_id, advertiser_id)
        add_ad(
            world, add_adgroup(world, add_campaign(world, advertiser_id), **fields), post.item_id
        )
        advance_to(world, world.now + timedelta(days=2))
        return int(world.ad_hours.column("spend_minor").sum())

    def test_that_are_too_low_keep_the_ad_from_delivering(self) -> None:
        bid = {"bid_type": "BID_TYPE_CUSTOM", "billing_event": "CPM", "budget": 900}
        low, fair = self.spend(bid_price=3, **bid), self.spend(bid_price=30, **bid)
        assert low < 0.2 * fair

    def test_are_not_needed(self) -> None:
        assert self.spend(budget=100) > 15_000


class TestDelivery:
    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        code_days=st.sampled_from([1, 2]),
        starts=st.integers(0, 30),
        lasts=st.integers(1, 40),
        dayparts=st.lists(st.integers(0, 23), max_size=3),
    )
    def test_stays_inside_permission_schedule_and_dayparts(
        self, code_days: int, starts: int, lasts: int, dayparts: list[int]
    ) -> None:
        world = small_world()
        advertiser_id = next(iter(world.state.advertisers))
        post = creator_posts(world)[0]
        code = authorize(world, post.item_id, advertiser_id, days=code_days)
        slots = "".join("11" if h in dayparts or not dayparts else "00" for h in range(24)) * 7
        begin = world.state.epoch + starts * HOUR
        group = add_adgroup(
            world,
            add_campaign(world, advertiser_id),
            start_at=begin,
            end_at=begin + lasts * HOUR,
            dayparting=slots,
        )
        ad = add_ad(world, group, post.item_id)
        window = window_of(world, ad)
        advance_to(world, world.now + timedelta(days=3))
        for tick in world.ad_hours.column("tick").tolist():
            start = world.tick_start(tick)
            assert begin <= start
            assert start + HOUR <= min(begin + lasts * HOUR, code.end_at)
            local = start.astimezone(world.zone(advertiser_id))
            assert not dayparts or local.hour in dayparts
            assert window is not None
            assert window[0] <= start.timestamp() < window[1]

    def test_has_no_end_of_its_own_for_the_brands_posts(self) -> None:
        world = small_world()
        advertiser_id = next(iter(world.state.advertisers))
        own = next(p for p in world.state.posts.values() if world.creator_of(p).is_brand)
        group = add_adgroup(world, add_campaign(world, advertiser_id))
        window = window_of(world, add_ad(world, group, own.item_id))
        assert window is not None
        assert window[1] == FOREVER


@pytest.fixture(scope="module")
def busy() -> World:
    """Five days with a Spark Ad and an ads-only ad of the same video in each of two accounts."""
    world = small_world(late_share=0.05)
    for place, advertiser_id in enumerate(world.state.advertisers):
        campaign = add_campaign(world, advertiser_id)
        for post in creator_posts(world)[3 * place : 3 * place + 3]:
            authorize(world, post.item_id, advertiser_id)
            group = add_adgroup(world, campaign, budget=120)
            add_ad(world, group, post.item_id)
            add_ad(world, group, add_ads_only_copy(world, post).item_id)
    advance_to(world, world.now + timedelta(days=5, hours=7))
    return world


class TestCounters:
    def test_of_a_post_are_its_free_and_paid_ones_together(self, busy: World) -> None:
        for counts in post_totals(busy, busy.now).values():
            for name, total in counts["total"].items():
                assert total == counts["organic"][name] + counts["paid"][name]

    def test_of_ads_only_ads_never_reach_a_public_post(self, busy: World) -> None:
        totals = post_totals(busy, busy.now)
        public = {item for item, post in busy.state.posts.items() if not post.ads_only}
        numbers = {number: ad.item_id for number, ad in enumerate(busy.state.ads.values())}
        paid: dict[str, int] = defaultdict(int)
        for ad, likes in zip(
            busy.ad_hours.column("ad"), busy.ad_hours.column("likes"), strict=True
        ):
            paid[numbers[int(ad)]] += int(likes)
        assert any(item not in public and likes for item, likes in paid.items())
        for item in totals:
            assert totals[item]["paid"]["likes"] == paid.get(item, 0)
            if item not in public:
                assert totals[item]["organic"]["views"] == 0

    def test_nest_as_a_funnel_does(self, busy: World) -> None:
        rows = {name: busy.ad_hours.column(name) for name in busy.ad_hours.columns}
        order = ("impressions", "views_2s", "views_p25", "views_p50", "views_p75", "views_p100")
        for wider, narrower in pairwise(order):
            assert (rows[narrower] <= rows[wider]).all()
        assert (rows["views_6s"] <= rows["views_2s"]).all()

    def test_by_kind_of_viewer_sum_to_the_whole(self, busy: World) -> None:
        for advertiser_id in busy.state.advertisers:
            whole = delivery_sums(busy, advertiser_id=advertiser_id, hours_per_bucket=24)
            kinds = (("age",), ("gender",), ("gender", "age"), ("country_code",), ("platform",))
            for dimensions in kinds:
                parts = audience_sums(
                    busy, advertiser_id=advertiser_id, hours_per_bucket=24, dimensions=dimensions
                )
                sums: dict[tuple[int, int], Any] = defaultdict(lambda: np.zeros(len(MEASURES), int))
                for (ad, bucket, _), values in parts.items():
                    assert (values >= 0).all()
                    sums[ad, bucket] += values
                assert sums.keys() == whole.keys()
                assert all((sums[key] == whole[key]).all() for key in whole)


class TestReports:
    def test_show_part_of_the_last_hours_and_all_of_it_after_the_correction(
        self, busy: World
    ) -> None:
        world = load(save(busy))
        now = world.now
        first = reported_rows(world, until=now)
        advance_to(world, now + timedelta(days=1, hours=13))
        final = world.ad_hours.rows[: len(first)]
        assert (first[:, :3] == final[:, :3]).all()
        assert (first <= final).all()
        assert (first[:, 3:].sum(axis=0) < final[:, 3:].sum(axis=0)).any()
        again = reported_rows(world, until=world.now)[: len(first)]
        assert (again == final).all()

    def test_hold_the_same_days_when_old_hours_are_kept_as_days(self) -> None:
        kept, folded = small_world(), small_world(hours_kept_days=1)
        for world in (kept, folded):
            for advertiser_id in world.state.advertisers:
                group = add_adgroup(world, add_campaign(world, advertiser_id), budget=90)
                for post in creator_posts(world)[:3]:
                    authorize(world, post.item_id, advertiser_id)
                    add_ad(world, group, post.item_id)
            advance_to(world, world.now + timedelta(days=6, hours=5))
        assert len(folded.ad_hours) < 0.5 * len(kept.ad_hours)
        assert post_totals(kept, kept.now) == post_totals(folded, folded.now)
        for advertiser_id in kept.state.advertisers:
            whole, parts = (
                delivery_sums(world, advertiser_id=advertiser_id, hours_per_bucket=24)
                for world in (kept, folded)
            )
            assert whole.keys() == parts.keys()
            assert all((whole[key] == parts[key]).all() for key in whole)

    def test_fold_the_days_on_which_clocks_change(self) -> None:
        """A day of 23 hours began in the day before, and showed its spend there."""
        base = small_family(hours_kept_days=1)
        for epoch in (datetime(2026, 3, 5, tzinfo=UTC), datetime(2026, 10, 29, tzinfo=UTC)):
            family = msgspec.structs.replace(base, epoch=epoch)
            world = build_world(family=family, seed=5)
            for place, advertiser_id in enumerate(world.state.advertisers):
                post = creator_posts(world)[place]
                authorize(world, post.item_id, advertiser_id)
                add_ad(
                    world,
                    add_adgroup(world, add_campaign(world, advertiser_id), budget=120),
                    post.item_id,
                )
            advance_to(world, world.now + timedelta(days=7))
            for advertiser_id in world.state.advertisers:
                days = delivery_sums(world, advertiser_id=advertiser_id, hours_per_bucket=24)
                assert max(int(values[0]) for values in days.values()) <= 12_000

    @pytest.mark.parametrize("window", ["ONE_DAY", "OFF"])
    def test_credit_some_sales_to_ads_that_were_only_seen_if_views_count(self, window: str) -> None:
        world = small_world()
        advertiser_id = next(iter(world.state.advertisers))
        campaign = add_campaign(world, advertiser_id)
        for post in creator_posts(world)[:6]:
            authorize(world, post.item_id, advertiser_id)
            group = add_adgroup(world, campaign, budget=800, view_attribution_window=window)
            add_ad(world, group, post.item_id)
        advance_to(world, world.now + timedelta(days=12))
        sums = delivery_sums(world, advertiser_id=advertiser_id, hours_per_bucket=0)
        seen = sum(int(v[MEASURES.index("view_conversions")]) for v in sums.values())
        credited = sum(int(v[MEASURES.index("conversions")]) for v in sums.values())
        assert credited > 0
        assert (seen > 0) == (window == "ONE_DAY")
        assert seen < credited


class TestBranches:
    def branch(self, *, change: bool) -> World:
        """Three days with two ads; with the change a third one of another post runs beside them."""
        world = small_world()
        posts = creator_posts(world)
        for place, advertiser_id in enumerate(world.state.advertisers):
            authorize(world, posts[place].item_id, advertiser_id)
            group = add_adgroup(world, add_campaign(world, advertiser_id), budget=150)
            add_ad(world, group, posts[place].item_id)
        if change:
            authorize(world, posts[5].item_id, advertiser_id)
            group = add_adgroup(world, add_campaign(world, advertiser_id), budget=500)
            add_ad(world, group, posts[5].item_id)
        advance_to(world, world.now + timedelta(days=3))
        return world

    def test_differ_only_through_the_change(self) -> None:
        plain, changed = self.branch(change=False), self.branch(change=True)
        posts = [changed.post_number(post.item_id) for post in creator_posts(changed)]
        assert len(changed.ad_hours) > len(plain.ad_hours)
        rows, before = changed.ad_hours.rows, plain.ad_hours.rows
        # The other account's ad has nothing to do with it.
        assert (rows[rows[:, 1] == 0] == before[before[:, 1] == 0]).all()
        # The ad of the same account pays for the crowd that the third one makes.
        shown = changed.ad_hours.place("impressions")
        own, alone = (each[each[:, 1] == 1] for each in (rows, before))
        assert own[:, shown].sum() < 0.98 * alone[:, shown].sum()
        # Posts of the two are liked otherwise and so treated otherwise; every other one lives the same life.
        touched = [posts[1], posts[5]]
        others, same = (
            each.post_hours.rows[~np.isin(each.post_hours.rows[:, 1], touched)]
            for each in (changed, plain)
        )
        assert (others == same).all()
        post, credit = plain.orders.place("post"), plain.orders.place("landing")
        bought, sold = (
            each.orders.rows[~np.isin(each.orders.rows[:, post], touched)]
            for each in (changed, plain)
        )
        assert (bought[:, :credit] == sold[:, :credit]).all()


class TestTime:
    def test_may_pass_in_one_step_or_many(self) -> None:
        """People act by themselves in this world: each at his hour, however long the step."""

        def start() -> World:
            world = build_world(family="sceptical", seed=3, behaviour=STOPPING)
            advertiser_id = next(iter(world.state.advertisers))
            for post in creator_posts(world)[3:23]:
                authorize(world, post.item_id, advertiser_id, days=8)
                group = add_adgroup(world, add_campaign(world, advertiser_id), budget=60)
                add_ad(world, group, post.item_id)
            return world

        whole, steps = start(), start()
        advance_to(whole, whole.now + timedelta(days=12))
        for hours in (5, 19, 1, 47, 24 * 3, 24 * 6):
            advance_to(steps, steps.now + hours * HOUR)
        assert whole.now == steps.now
        assert whole.state.posts == steps.state.posts
        assert whole.state.codes == steps.state.codes
        assert whole.state.ads == steps.state.ads
        assert any(ad.lost_at for ad in whole.state.ads.values())
        assert any(code.deleted_at for code in whole.state.codes)
        for name in ("ad_hours", "post_hours", "orders"):
            assert getattr(whole, name).to_bytes() == getattr(steps, name).to_bytes()


class TestSavedWorlds:
    @settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
    @given(first=st.integers(1, 40), then=st.integers(1, 30), seed=st.integers(0, 5))
    def test_go_on_as_if_they_had_never_stopped(self, first: int, then: int, seed: int) -> None:
        def start() -> World:
            world = build_world(family="sceptical", seed=seed)
            advertiser_id = next(iter(world.state.advertisers))
            group = add_adgroup(world, add_campaign(world, advertiser_id), budget=150)
            for post in creator_posts(world)[4:9]:
                authorize(world, post.item_id, advertiser_id)
                add_ad(world, group, post.item_id)
            return world

        whole, halves = start(), start()
        advance_to(whole, whole.now + first * HOUR)
        advance_to(whole, whole.now + then * HOUR)
        advance_to(halves, halves.now + first * HOUR)
        halves = load(save(halves), real=whole.real)
        advance_to(halves, halves.now + then * HOUR)
        for name in ("ad_hours", "ad_audiences", "post_hours", "orders"):
            assert getattr(whole, name).to_bytes() == getattr(halves, name).to_bytes()
        assert post_totals(whole, whole.now) == post_totals(halves, halves.now)

    def test_keep_what_people_did_to_comments_under_the_name_older_files_have(self) -> None:
        world = small_world()
        world.state.comment_acts.hidden["1"] = True
        data = save(world)
        assert msgspec.msgpack.decode(content_of(data))["state"]["talk"]["hidden"] == {"1": True}
        assert load(data).state.comment_acts.hidden == {"1": True}
