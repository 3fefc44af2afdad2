"""Trouble of the first 48 hours and later, and holdouts: planned, drawn, found, and saved."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from sandbox_small_world import creator_posts, small_family
from sandbox_team import Team

from tiktok_sandbox.server import SandboxError
from tiktok_sandbox.world.ads.ready_made import add_ad, add_adgroup, add_campaign, authorize
from tiktok_sandbox.world.ads.reviews import NEVER, appeal
from tiktok_sandbox.world.comments.threads import comment_truth
from tiktok_sandbox.world.delivery.measures import MEASURES, delivery_sums
from tiktok_sandbox.world.delivery.orders import PAID
from tiktok_sandbox.world.delivery.troubles import SUBJECTS, plan_trouble
from tiktok_sandbox.world.drawing.build import build_world
from tiktok_sandbox.world.families.family import Troubles
from tiktok_sandbox.world.passing.hours import advance_to
from tiktok_sandbox.world.state.entities import Ad
from tiktok_sandbox.world.state.troubles import LiftStudy
from tiktok_sandbox.world.storage import load, save
from tiktok_sandbox.world.truth.lift import read_study
from tiktok_sandbox.world.world import World

HOUR = timedelta(hours=1)


def running(ads: int = 1, *, troubles: Troubles | None = None) -> tuple[World, list[Ad]]:
    """A world in which some ads are about to run, of as many posts, for purchases."""
    family = small_family()
    family = replace(
        family,
        troubles=troubles or Troubles(),
        products=tuple(replace(each, appeal=12.0) for each in family.products),
    )
    world = build_world(family=family, seed=5)
    advertiser_id = next(iter(world.state.advertisers))
    found = []
    for post in creator_posts(world)[:ads]:
        authorize(world, post.item_id, advertiser_id)
        group = add_adgroup(world, add_campaign(world, advertiser_id), budget=120)
        found.append(add_ad(world, group, post.item_id))
    return world, found


def subject_of(kind: str, ad: Ad) -> str:
    name = SUBJECTS[kind]  # type: ignore[index]  # a kind by its word
    return str(getattr(ad, name))


def befall(world: World, kind: Any, ad: Ad, *, after: int, hours: int, **size: float) -> None:
    start = world.now + after * HOUR
    end = start + hours * HOUR
    plan_trouble(world, kind=kind, subject=subject_of(kind, ad), start_at=start, end_at=end, **size)


def between(world: World, name: str, first: int, last: int) -> int:
    ticks = world.ad_hours.column("tick")
    return int(world.ad_hours.column(name)[(first <= ticks) & (ticks < last)].sum())


class TestTroubles:
    def test_of_delivery_leave_a_part_of_the_spend_for_as_long_as_they_last(self) -> None:
        world, (ad,) = running()
        befall(world, "under_delivery", ad, after=24, hours=24)
        advance_to(world, world.now + timedelta(days=3))
        calm, bad, after = (between(world, "spend_minor", d * 24, d * 24 + 24) for d in range(3))
        assert bad < 0.6 * calm
        assert after > 1.5 * bad

    def test_of_price_make_the_same_money_buy_less(self) -> None:
        world, (ad,) = running()
        befall(world, "price_shock", ad, after=24, hours=24, size=3.0)
        advance_to(world, world.now + timedelta(days=3))
        price = [
            between(world, "spend_minor", d * 24, d * 24 + 24)
            / between(world, "impressions", d * 24, d * 24 + 24)
            for d in range(3)
        ]
        assert price[1] > 2 * price[0]
        assert price[2] < 0.7 * price[1]

    def test_of_review_reject_an_ad_that_runs_until_it_is_appealed(self) -> None:
        world, (ad,) = running()
        befall(world, "rejection", ad, after=10, hours=1)
        advance_to(world, world.now + timedelta(days=1))
        assert ad.reviewed_at == NEVER
        assert ad.reject_reasons
        assert between(world, "spend_minor", 0, 10) > 0 == between(world, "spend_minor", 10, 24)
        appeal(world, ad)
        advance_to(world, world.now + timedelta(days=2))
        assert between(world, "spend_minor", 48, 72) > 0

    def test_of_the_pixel_hide_orders_from_reports_and_from_learning(self) -> None:
        silent, calm = running()[0], running()[0]
        befall(
            silent, "pixel_outage", next(iter(silent.state.ads.values())), after=0, hours=24 * 30
        )
        for world in (silent, calm):
            advance_to(world, world.now + timedelta(days=5))

        def conversions(world: World) -> int:
            account = next(iter(world.state.advertisers))
            sums = delivery_sums(world, advertiser_id=account, hours_per_bucket=0)
            return sum(int(each[MEASURES.index("conversions")]) for each in sums.values())

        assert conversions(calm) > 20
        assert conversions(silent) == 0
        assert (silent.orders.column("source") == PAID).sum() > 0
        assert silent.tally.group_orders.sum() == 0 < calm.tally.group_orders.sum()

    def test_of_tracking_leave_orders_without_their_parameters(self) -> None:
        world, (ad,) = running()
        befall(world, "tracking_gap", ad, after=24, hours=24)
        advance_to(world, world.now + timedelta(days=3))
        rows = world.orders.rows
        paid = rows[rows[:, world.orders.place("source")] == PAID]
        pages = [world.state.landings[number] for number in paid[:, world.orders.place("landing")]]
        gap = [24 <= tick < 48 for tick in paid[:, 0].tolist()]
        assert any(gap)
        assert ["?" not in page for page in pages] == gap

    def test_of_stock_put_back_what_there_was_when_the_last_of_them_is_over(self) -> None:
        world, (ad,) = running()
        sku = world.state.posts[ad.item_id].sku
        for first, hours in ((2, 8), (5, 30)):
            start = world.now + first * HOUR
            end = start + hours * HOUR
            plan_trouble(world, kind="stock_out", subject=sku, start_at=start, end_at=end)
        before = world.state.products[sku].stock
        advance_to(world, world.now + 12 * HOUR)
        assert world.state.products[sku].stock == 0
        advance_to(world, world.now + 26 * HOUR)
        sold = before - world.state.products[sku].stock
        assert 0 <= sold < 0.01 * before

    def test_are_drawn_for_new_ads_within_48_hours_and_for_no_other(self) -> None:
        world, ads = running(9, troubles=Troubles(under_delivery=1.0, rejection=0.4))
        begin = world.now
        advance_to(world, begin + timedelta(days=3))
        drawn = world.state.troubles
        slow = [each for each in drawn if each.kind == "under_delivery"]
        assert {each.subject for each in slow} == {ad.adgroup_id for ad in ads}
        assert all(begin <= each.start_at <= begin + 48 * HOUR for each in drawn)
        assert 0 < sum(ad.reviewed_at == NEVER for ad in ads) < len(ads)
        advance_to(world, begin + timedelta(days=4))
        assert len(world.state.troubles) == len(drawn)

    def test_come_at_their_hour_however_long_the_step_and_through_a_save(self) -> None:
        def start() -> World:
            fate = Troubles(under_delivery=0.5, price_shock=0.5, rejection=0.3)
            world, ads = running(6, troubles=fate)
            befall(world, "pixel_outage", ads[0], after=7, hours=19)
            befall(world, "tracking_gap", ads[0], after=3, hours=30)
            return world

        whole, steps = start(), start()
        advance_to(whole, whole.now + 60 * HOUR)
        for hours in (1, 8, 5, 3, 20):
            advance_to(steps, steps.now + hours * HOUR)
        steps = load(save(steps), real=whole.real)
        advance_to(steps, steps.now + 23 * HOUR)
        for name in ("ad_hours", "post_hours", "orders"):
            assert getattr(whole, name).to_bytes() == getattr(steps, name).to_bytes()
        assert whole.state.ads == steps.state.ads


class TestHoldouts:
    def test_can_be_read_before_there_is_any_ad(self) -> None:
        world, (ad,) = running()
        study = LiftStudy(
            study_id="1",
            advertiser_id=ad.advertiser_id,
            adgroup_ids=[ad.adgroup_id],
            holdout_share=0.5,
            start_at=world.now,
            end_at=world.now + timedelta(days=9),
        )
        world.state.ads.clear()
        advance_to(world, world.now + timedelta(days=9))
        arms = read_study(world, study)
        assert arms["test"].orders + arms["holdout"].orders > 0

    def study(self, share: float = 0.4) -> tuple[World, LiftStudy]:
        world, (ad,) = running()
        study = LiftStudy(
            study_id="1",
            advertiser_id=ad.advertiser_id,
            adgroup_ids=[ad.adgroup_id],
            holdout_share=share,
            start_at=world.now,
            end_at=world.now + timedelta(days=10),
        )
        world.state.lift_studies["1"] = study
        advance_to(world, world.now + timedelta(days=10))
        return world, study

    def test_find_what_the_ads_caused(self) -> None:
        world, study = self.study()
        arms = read_study(world, study)
        test, holdout = arms["test"], arms["holdout"]
        caused = int((world.orders.column("source") == PAID).sum())
        found = test.orders - holdout.orders * test.people / holdout.people
        spread = (test.orders + holdout.orders * (test.people / holdout.people) ** 2) ** 0.5
        assert test.people + holdout.people == world.family.delivery.audience
        assert holdout.orders > 0
        assert abs(found - caused) < 4 * spread
        assert test.revenue_minor > holdout.revenue_minor > 0

    def test_show_the_ads_to_fewer_people_for_a_higher_price(self) -> None:
        held, _ = self.study(share=0.8)
        free, _ = running()
        advance_to(free, free.now + timedelta(days=10))
        shown = [int(world.ad_hours.column("impressions").sum()) for world in (held, free)]
        assert shown[0] < 0.9 * shown[1]


class TestOverHttp:
    def test_trouble_is_planned_and_listed(self, team: Team) -> None:
        team.launch()
        ad = next(iter(team.sandbox.app.state.hub.world.state.ads.values()))
        row = team.sandbox.post("troubles/", {"kind": "rejection", "ad_id": ad.ad_id, "hours": 2})
        assert row["ad_id"] == ad.ad_id
        assert team.sandbox.get("troubles/")["troubles"] == [row]
        team.sandbox.advance(days=1)
        assert ad.reviewed_at == NEVER

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"kind": "rain"},
            {"kind": "rejection"},
            {"kind": "rejection", "ad_id": "1"},
            {"kind": "stock_out", "sku": "NOTHING"},
            {"kind": "price_shock", "adgroup_id": ["1"]},
            {"kind": "price_shock", "adgroup_id": "own", "size": 0},
            {"kind": "rejection", "ad_id": "own", "size": 1},
            {"kind": "rejection", "ad_id": "own", "start": "9999-12-31T23:59:59Z"},
            {"kind": "rejection", "ad_id": "own", "start": "0001-01-01T00:00:00+14:00"},
        ],
    )
    def test_trouble_that_makes_no_sense_is_refused(self, team: Team, body: dict[str, Any]) -> None:
        made = team.launch()
        body = {name: made.get(name) if each == "own" else each for name, each in body.items()}
        with pytest.raises(SandboxError) as error:
            team.sandbox.post("troubles/", body)
        assert error.value.status == 400
        assert team.sandbox.get("troubles/")["troubles"] == []

    def test_a_study_holds_people_out(self, team: Team) -> None:
        team.launch()
        state = team.sandbox.app.state.hub.world.state
        group = next(iter(state.adgroups))
        made = team.sandbox.post("lift-studies/", {"adgroup_ids": [group], "holdout_share": 0.25})
        assert made["arms"]["holdout"]["people"] == pytest.approx(
            made["arms"]["test"]["people"] / 3, rel=0.01
        )
        twice = {"adgroup_ids": [group, group], "holdout_share": 0.5}
        assert team.sandbox.post("lift-studies/", twice)["adgroup_ids"] == [group]
        past = {"adgroup_ids": [group], "start": "2026-03-01T00:00:00Z"}
        with pytest.raises(SandboxError, match="past"):
            team.sandbox.post("lift-studies/", past)
        assert len(team.sandbox.get("lift-studies/")["lift_studies"]) == 2
        for wrong in ({"adgroup_ids": []}, {"adgroup_ids": ["1"]}, {}):
            with pytest.raises(SandboxError):
                team.sandbox.post("lift-studies/", wrong)

    def test_a_split_test_is_spoilt_only_where_there_is_one(self, team: Team) -> None:
        with pytest.raises(SandboxError, match="split test of this world"):
            team.sandbox.post("split-tests/", {"split_test_group_id": "1", "first_share": 0.6})


class TestSceptics:
    def test_make_a_thread_worse_and_the_same_ad_sell_less_from_then_on(self) -> None:
        world, (ad,) = running()
        befall(world, "sceptical_thread", ad, after=24, hours=24 * 20, size=1.2)
        begin = world.now
        advance_to(world, begin + timedelta(hours=20))
        before = comment_truth(world, ad.item_id)
        advance_to(world, begin + timedelta(days=8))
        after = comment_truth(world, ad.item_id)
        assert before["climate_shift"] == 0
        assert after["climate_shift"] == pytest.approx(-1.2)
        assert _sceptics(after) > _sceptics(before)
        calm, _ = running()
        advance_to(calm, begin + timedelta(days=8))
        sold, usual = (int((w.orders.column("source") == PAID).sum()) for w in (world, calm))
        assert sold < 0.85 * usual


def _sceptics(truth: Any) -> float:
    """The share of a thread's comments that doubt or complain."""
    counts = truth["counts"]
    return float((counts.get("scepticism", 0) + counts.get("complaint", 0)) / sum(counts.values()))
