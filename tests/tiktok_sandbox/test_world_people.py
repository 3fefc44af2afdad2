"""Whom ads reach: targeting, audiences, frequency as a distribution over persons, and split tests."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from sandbox_small_world import creator_posts, small_family

from tiktok_sandbox.world.ads.ready_made import (
    add_ad,
    add_adgroup,
    add_ads_only_copy,
    add_campaign,
    add_split_test,
    authorize,
)
from tiktok_sandbox.world.delivery.eligible_ads import find_eligible_ads
from tiktok_sandbox.world.delivery.targeting import target_of
from tiktok_sandbox.world.delivery.wear import activity_of_viewers, people_reached, wear_of
from tiktok_sandbox.world.drawing.build import build_world, read_family
from tiktok_sandbox.world.passing.hours import advance_to
from tiktok_sandbox.world.state.audiences import Audience
from tiktok_sandbox.world.state.entities import Ad
from tiktok_sandbox.world.state.troubles import LiftStudy
from tiktok_sandbox.world.storage import load, save
from tiktok_sandbox.world.truth.counterfactuals import ad_truth
from tiktok_sandbox.world.world import World

pytestmark = pytest.mark.slow

FAMILY = read_family("reference")
LIMITS: list[tuple[dict[str, Any], float]] = [
    ({}, 1.0),
    ({"languages": ["es"]}, 0.14),
    ({"languages": ["es", "de"]}, 0.18),
    ({"languages": ["fr"]}, 0.0),
    ({"interest_category_ids": ["10", "13"]}, 0.55),
    ({"interest_category_ids": ["99"]}, 0.12),
    ({"operating_systems": ["IOS"]}, 0.54),
    ({"network_types": ["WIFI"]}, 0.62),
    ({"location_ids": ["5332921"]}, 0.3),
    ({"location_ids": ["6252001"]}, 1.0),
    ({"placements": ["PLACEMENT_PANGLE"]}, 0.0),
    ({"placements": ["PLACEMENT_TIKTOK"]}, 1.0),
    ({"languages": ["es"], "operating_systems": ["IOS"]}, 0.14 * 0.54),
]


def world_of(**fields: Any) -> tuple[World, Ad]:
    world = build_world(family=small_family(), seed=5)
    advertiser_id = next(iter(world.state.advertisers))
    post = creator_posts(world)[0]
    authorize(world, post.item_id, advertiser_id)
    group = add_adgroup(world, add_campaign(world, advertiser_id), **fields)
    return world, add_ad(world, group, post.item_id)


def audience(world: World, number: str, people: int, **more: Any) -> None:
    world.state.audiences[number] = Audience(
        audience_id=number,
        advertiser_id=next(iter(world.state.advertisers)),
        name="Sample audience",
        kind="Customer File Audience",
        sub_kind="NORMAL",
        created_at=world.now,
        cover_num=people,
        **more,
    )


class TestTargeting:
    @pytest.mark.parametrize(("fields", "share"), LIMITS)
    def test_leaves_the_share_of_people_that_it_names(
        self, fields: dict[str, Any], share: float
    ) -> None:
        world, ad = world_of(**fields)
        target = target_of(world, world.state.adgroups[ad.adgroup_id])
        assert target.people == pytest.approx(np.full(len(FAMILY.segments), share))
        assert target.buying == 1.0

    @pytest.mark.parametrize(
        "fields",
        [
            {"age_groups": ["AGE_55_100"], "gender": "GENDER_MALE"},
            {"languages": ["fr"]},
            {"placements": ["PLACEMENT_PANGLE"]},
        ],
    )
    def test_that_matches_nobody_delivers_nothing(self, fields: dict[str, Any]) -> None:
        world, _ = world_of(budget=500, **fields)
        advance_to(world, world.now + timedelta(days=2))
        assert not len(world.ad_hours)

    def test_by_language_wears_a_video_out_sooner(self) -> None:
        def rate(**fields: Any) -> float:
            world, _ = world_of(budget=120, optimization_goal="REACH", **fields)
            advance_to(world, world.now + timedelta(days=8))
            seen, shown = (world.ad_hours.column(n).sum() for n in ("views_2s", "impressions"))
            return float(seen / shown)

        assert rate(languages=["es"]) < 0.95 * rate()


class TestAudiences:
    def test_are_as_wide_as_their_people_and_buy_more(self) -> None:
        world, ad = world_of(audience_ids=["1", "2"])
        audience(world, "1", 40_000)
        audience(world, "2", 80_000)
        target = target_of(world, world.state.adgroups[ad.adgroup_id])
        assert target.people[0] == pytest.approx(1 - 0.9 * 0.8)
        assert target.buying == pytest.approx(FAMILY.people.audience_buying)

    def test_that_are_excluded_are_left_out(self) -> None:
        world, ad = world_of(excluded_audience_ids=["1"])
        audience(world, "1", 100_000)
        target = target_of(world, world.state.adgroups[ad.adgroup_id])
        assert target.people[0] == pytest.approx(0.75)

    def test_that_are_like_buyers_are_wider_and_buy_less_the_broader_they_are(self) -> None:
        found = []
        for size in ("NARROW", "BALANCED", "BROAD"):
            world, ad = world_of(audience_ids=["1"])
            audience(world, "1", 1_000_000, lookalike={"audience_size": size})
            found.append(target_of(world, world.state.adgroups[ad.adgroup_id]))
        assert found[0].people[0] < found[1].people[0] < found[2].people[0] < 1
        assert found[0].buying > found[1].buying > found[2].buying > 1

    def test_that_are_gone_leave_nobody(self) -> None:
        world, ad = world_of(audience_ids=["7"])
        assert target_of(world, world.state.adgroups[ad.adgroup_id]).people.sum() == 0

    def test_of_an_ad_group_deliver_and_sell_better(self) -> None:
        def orders_per_view(**fields: Any) -> float:
            world, ad = world_of(budget=60, **fields)
            audience(world, "1", 200_000)
            advance_to(world, world.now + timedelta(days=3))
            truth = ad_truth(world, ad)
            return truth.spark["orders"] / truth.impressions

        assert orders_per_view(audience_ids=["1"]) > 1.2 * orders_per_view()


class TestFrequency:
    @given(st.floats(0.2, 5))
    def test_is_a_distribution_of_mean_one_with_many_who_see_little(self, shape: float) -> None:
        nodes = activity_of_viewers(round(shape, 1))
        assert nodes.mean() == pytest.approx(1.0)
        assert (np.diff(nodes) > 0).all()

    def test_costs_a_fifth_of_the_clicks_where_it_was_published_to(self) -> None:
        """CTR −20 % near a frequency of 2.5 (science.md §2.4, C3): impressions over people reached."""
        per_person = 1.44
        reached = people_reached(FAMILY, per_person, 1.0)
        assert per_person / reached == pytest.approx(2.5, abs=0.15)
        assert wear_of(FAMILY, np.array([per_person])).click[0] == pytest.approx(0.8, abs=0.03)

    def test_grows_slower_than_reach_at_first_and_faster_in_the_end(self) -> None:
        reached = [people_reached(FAMILY, views, 1000) for views in (100, 1000, 10_000)]
        assert 80 < reached[0] < 100
        assert 400 < reached[1] < 700
        assert 850 < reached[2] < 1000

    def test_is_capped_where_the_ad_group_caps_it(self) -> None:
        def views(**fields: Any) -> int:
            world, _ = world_of(budget=3000, optimization_goal="REACH", **fields)
            advance_to(world, world.now + timedelta(days=3))
            return int(world.ad_hours.column("impressions").sum())

        assert views(frequency=1, frequency_schedule=7) < 0.7 * views()

    def test_starts_anew_with_a_new_video_in_the_same_ad(self) -> None:
        world, ad = world_of(budget=600, optimization_goal="REACH")
        advance_to(world, world.now + timedelta(days=10))
        worn = world.tally.exposures.sum()
        fresh = creator_posts(world)[3]
        authorize(world, fresh.item_id, ad.advertiser_id)
        ad.item_id = fresh.item_id
        advance_to(world, world.now + timedelta(days=1))
        assert worn > 0
        group = world.tally.group_place[ad.adgroup_id]
        rows = {video: row for (g, video), row in world.tally.exposure_row.items() if g == group}
        assert len(rows) == 2
        new = world.tally.exposures[rows[world.creative_number(fresh.item_id)]].sum()
        assert 0 < new < 0.3 * worn


def run_test(**test: Any) -> tuple[World, Ad, Ad]:
    """The same video as a Spark Ad and as an ads-only ad, in the two cells of a test."""
    world = build_world(family=small_family(), seed=5)
    advertiser_id = next(iter(world.state.advertisers))
    post = creator_posts(world)[5]
    authorize(world, post.item_id, advertiser_id)
    campaign = add_campaign(world, advertiser_id)
    groups = [add_adgroup(world, campaign, budget=150, optimization_goal="REACH") for _ in range(2)]
    spark = add_ad(world, groups[0], post.item_id)
    dark = add_ad(world, groups[1], add_ads_only_copy(world, post).item_id)
    add_split_test(world, [[group.adgroup_id] for group in groups], **test)
    advance_to(world, world.now + timedelta(days=5))
    return world, spark, dark


def counts(world: World, ad: Ad, name: str) -> int:
    return int(world.ad_hours.column(name)[world.ad_hours.column("ad") == ad.number].sum())


class TestSplitTests:
    def test_show_no_person_both_cells(self) -> None:
        world, spark, dark = run_test()
        pairs = {}
        eligible = find_eligible_ads(world)
        for ad, row, per_view in zip(
            eligible.pairs.ad, eligible.pairs.exposure, eligible.pairs.per_view, strict=True
        ):
            pairs[int(eligible.number[ad]), int(row)] = float(per_view[0])
        own = {ad.number: int(eligible.exposure[place]) for place, ad in enumerate(eligible.ads)}
        assert pairs[spark.number, own[dark.number]] == 0
        assert pairs[dark.number, own[spark.number]] == 0
        whole = FAMILY.delivery.audience * FAMILY.segments[0].share
        assert pairs[spark.number, own[spark.number]] == pytest.approx(2 / whole)

    def test_reach_the_same_kinds_of_viewers_in_both_cells(self) -> None:
        world, spark, dark = run_test()
        rows = world.ad_audiences.rows
        mixes = []
        for ad in (spark, dark):
            views = rows[rows[:, 1] == ad.number][:, 2:].sum(axis=0)
            mixes.append((views / views.sum(), views.sum()))
        (a, n), (b, m) = mixes
        both = (a * n + b * m) / (n + m)
        chi = float(((a - b) ** 2 / both).sum() / (1 / n + 1 / m))
        assert chi < 26  # 99.95 % of chi-square with seven degrees of freedom

    def test_find_what_the_format_does(self) -> None:
        world, spark, dark = run_test()
        truth = ad_truth(world, spark)
        for name in ("views_2s", "views_6s", "likes"):
            rates = [
                counts(world, ad, name) / counts(world, ad, "impressions") for ad in (spark, dark)
            ]
            spread = np.sqrt(sum(1 / counts(world, ad, name) for ad in (spark, dark)))
            expected = np.log(truth.spark[name] / truth.ads_only[name])
            assert abs(np.log(rates[0] / rates[1]) - expected) < 4 * spread

    @pytest.mark.parametrize(("share", "low", "high"), [(0.5, 0.97, 1.1), (0.8, 1.5, 4.5)])
    def test_divide_people_evenly_unless_that_fault_was_planned(
        self, share: float, low: float, high: float
    ) -> None:
        """With more of the people a cell buys cheaper: reach tells that the split is not even."""
        world, spark, dark = run_test(first_share=share)
        reach = [
            people_reached(
                FAMILY, counts(world, ad, "impressions"), FAMILY.delivery.audience * part
            )
            for ad, part in ((spark, share), (dark, 1 - share))
        ]
        assert low < reach[0] / reach[1] < high

    def test_show_other_people_to_a_cell_whose_delivery_diverges(self) -> None:
        world, spark, dark = run_test(divergence=2.0)
        rows = world.ad_audiences.rows
        old = []
        for ad in (spark, dark):
            views = rows[rows[:, 1] == ad.number][:, 2:].sum(axis=0)
            old.append(float(views[-2:].sum() / views.sum()))
        assert old[1] > 1.2 * old[0]

    @pytest.mark.parametrize("days", [-30, 600])
    def test_change_nothing_outside_their_time(self, days: int) -> None:
        def views(*, tested: bool) -> list[int]:
            world = build_world(family=small_family(), seed=5)
            advertiser_id = next(iter(world.state.advertisers))
            groups = []
            for post in creator_posts(world)[:2]:
                authorize(world, post.item_id, advertiser_id)
                groups.append(add_adgroup(world, add_campaign(world, advertiser_id), budget=90))
                add_ad(world, groups[-1], post.item_id)
            if tested:
                test = add_split_test(world, [[group.adgroup_id] for group in groups], days=1)
                test.start_at += timedelta(days=days)
                test.end_at += timedelta(days=days)
            advance_to(world, world.now + timedelta(days=2))
            found: list[int] = world.ad_hours.column("impressions").tolist()
            return found

        assert views(tested=True) == views(tested=False)

    def test_end_at_their_hour_however_long_the_step_and_through_a_save(self) -> None:
        def start() -> World:
            world = build_world(family=small_family(), seed=5)
            advertiser_id = next(iter(world.state.advertisers))
            groups = []
            for post in creator_posts(world)[:3]:
                authorize(world, post.item_id, advertiser_id)
                groups.append(add_adgroup(world, add_campaign(world, advertiser_id), budget=90))
                add_ad(world, groups[-1], post.item_id)
            for first, cells in ((7, groups[:2]), (40, groups[1:])):
                test = add_split_test(world, [[group.adgroup_id] for group in cells])
                test.start_at += timedelta(hours=first)
                test.end_at = test.start_at + timedelta(hours=28)
            return world

        whole, steps = start(), start()
        advance_to(whole, whole.now + timedelta(hours=90))
        for hours in (8, 27, 1, 5, 30):
            advance_to(steps, steps.now + timedelta(hours=hours))
            steps = load(save(steps), real=whole.real)
        advance_to(steps, steps.now + timedelta(hours=19))
        assert whole.ad_hours.to_bytes() == steps.ad_hours.to_bytes()

    def test_with_a_holdout_still_share_no_person(self) -> None:
        world, spark, dark = run_test()
        groups = [spark.adgroup_id, dark.adgroup_id]
        world.state.lift_studies["1"] = LiftStudy(
            study_id="1",
            advertiser_id=spark.advertiser_id,
            adgroup_ids=groups,
            holdout_share=0.2,
            start_at=world.now,
            end_at=world.now + timedelta(days=9),
        )
        eligible = find_eligible_ads(world)
        whole = FAMILY.delivery.audience * FAMILY.segments[0].share
        shares = sorted((eligible.pairs.per_view[:, 0] * whole).tolist())
        assert shares == pytest.approx([0, 0, 2.5, 2.5])


class TestSignals:
    def test_of_profile_visits_and_saves_go_with_orders_and_shares_less(self) -> None:
        """A constant before: rank correlation .02 of profile visits with orders."""
        base = replace(FAMILY, posts=replace(FAMILY.posts, count=300, older=300, specials=False))
        world = build_world(family=base, seed=3)
        latents = [post.qualities for post in world.state.posts.values()]
        persuade = np.array([each.persuade for each in latents])
        tied = {
            name: float(np.corrcoef(persuade, [getattr(each, name) for each in latents])[0, 1])
            for name in ("visit", "save", "share")
        }
        assert tied["visit"] > 0.35
        assert tied["save"] > 0.25
        assert abs(tied["share"]) < 0.25
