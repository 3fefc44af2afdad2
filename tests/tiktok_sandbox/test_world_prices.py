"""What an impression costs: rivals, the calendar, the account's own crowd, bids, and pacing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace
from sandbox_small_world import creator_posts, small_family

from tiktok_sandbox.world.ads.budgets import TRAFFIC
from tiktok_sandbox.world.ads.ready_made import add_ad, add_adgroup, add_campaign, authorize
from tiktok_sandbox.world.delivery.prices import crowd_prices
from tiktok_sandbox.world.drawing.build import build_world, read_family
from tiktok_sandbox.world.passing.hours import advance_to
from tiktok_sandbox.world.state.entities import Ad
from tiktok_sandbox.world.world import World

pytestmark = pytest.mark.slow

NOON = "".join("11" if hour == 12 else "00" for hour in range(24)) * 7
GOALS = {"CONVERT": "OCPM", "CLICK": "CPC", "REACH": "CPM"}


def launch(world: World, place: int, *, account: int = 0, **fields: Any) -> Ad:
    advertiser_id = list(world.state.advertisers)[account]
    post = creator_posts(world)[place]
    authorize(world, post.item_id, advertiser_id)
    group = add_adgroup(world, add_campaign(world, advertiser_id), **fields)
    return add_ad(world, group, post.item_id)


def sums(world: World, ad: Ad) -> tuple[int, int]:
    """Minor units and impressions of an ad."""
    mine = world.ad_hours.column("ad") == ad.number
    columns = (world.ad_hours.column(name)[mine] for name in ("spend_minor", "impressions"))
    spend, shown = (int(column.sum()) for column in columns)
    return spend, shown


def cpm(world: World, ad: Ad) -> float:
    spend, shown = sums(world, ad)
    return spend / shown * 10


def alone(days: int = 4, place: int = 0, family: Any = None, **fields: Any) -> tuple[World, Ad]:
    """A world with one ad that ran for so many days."""
    world = build_world(family=family or small_family(), seed=5)
    ad = launch(world, place, **fields)
    advance_to(world, world.now + timedelta(days=days))
    return world, ad


@pytest.fixture(scope="module")
def many() -> dict[str, list[float]]:
    """Goal → CPM of ads with different budgets in two accounts, after five days."""
    found: dict[str, list[float]] = {goal: [] for goal in GOALS}
    base = small_family()
    family = replace(base, posts=replace(base.posts, count=48, older=48))
    goals = list(GOALS)
    # Each post once for each goal, so that goals are compared on the same videos.
    for shift in range(3):
        world = build_world(family=family, seed=1)
        ads = [
            launch(
                world,
                place,
                account=place % 2,
                budget=(20, 40, 60, 100)[place % 4],
                optimization_goal=goals[(place + shift) % 3],
            )
            for place in range(48)
        ]
        advance_to(world, world.now + timedelta(days=5))
        for place, ad in enumerate(ads):
            found[goals[(place + shift) % 3]].append(cpm(world, ad))
    return found


class TestPricesOfManyAds:
    def test_differ_by_a_factor_of_three_between_cheap_and_dear_ones(
        self, many: dict[str, list[float]]
    ) -> None:
        """Fifth and ninety-fifth of a hundred; published ranges reach from 4 to 12, high ones to 25."""
        low, high = np.percentile(np.concatenate(list(many.values())), [5, 95])
        assert 2.5 < high / low < 6
        assert low > 3
        assert high < 25

    def test_are_highest_for_purchases_and_lowest_for_reach(
        self, many: dict[str, list[float]]
    ) -> None:
        middle = {goal: float(np.median(prices)) for goal, prices in many.items()}
        assert middle["REACH"] < 0.95 * middle["CLICK"] < 0.95 * 0.95 * middle["CONVERT"]


class TestTheCalendar:
    def test_makes_some_weekdays_and_hours_dearer_than_others(self) -> None:
        world, ad = alone(days=14, budget=60)
        mine = world.ad_hours.column("ad") == ad.number
        ticks = world.ad_hours.column("tick")[mine]
        spend, shown = (world.ad_hours.column(n)[mine] for n in ("spend_minor", "impressions"))
        zone = world.zone(ad.advertiser_id)
        local = [world.tick_start(int(tick)).astimezone(zone) for tick in ticks]
        evening = np.array([18 <= at.hour < 22 for at in local])
        night = np.array([at.hour < 5 for at in local])
        assert _price(spend, shown, evening) > 1.1 * _price(spend, shown, night)
        friday = np.array([at.weekday() == 4 for at in local])
        monday = np.array([at.weekday() == 0 for at in local])
        assert _price(spend, shown, friday) > 1.03 * _price(spend, shown, monday)

    def test_makes_november_dear_and_january_cheap(self) -> None:
        """Black Friday's week 9.75 against 7.06 after it (Gupta Media, 2022); January is lowest."""
        prices = {}
        for month in (1, 3, 11):
            family = replace(small_family(), epoch=datetime(2026, month, 2, tzinfo=UTC))
            prices[month] = cpm(*alone(family=family, budget=60))
        assert prices[1] < 0.9 * prices[3] < 0.9 * prices[11] / 1.2


def _price(spend: Any, shown: Any, chosen: Any) -> float:
    return float(spend[chosen].sum() / shown[chosen].sum())


class TestBudgets:
    def test_are_spent_in_the_one_hour_that_dayparting_leaves(self) -> None:
        """It used to spend 9 of 60: pacing did not know which hours it may use."""
        world, ad = alone(days=6, budget=60, dayparting=NOON)
        assert sums(world, ad)[0] / 100 / 6 > 45

    @pytest.mark.parametrize("late", [0, 1, 3, 5])
    def test_of_a_first_day_are_what_is_left_of_its_traffic(self, late: int) -> None:
        """19:00 and later in New York: the same part of a day, whenever the rates were refreshed."""
        world = build_world(family=small_family(), seed=5)
        advance_to(world, world.now + timedelta(hours=24 + late))
        ad = launch(world, 0, start_at=world.now, budget=100)
        ad.reviewed_at = world.now
        advance_to(world, world.state.epoch + timedelta(hours=29))
        left = TRAFFIC[19 + late :].sum() / TRAFFIC.sum()
        assert sums(world, ad)[0] == pytest.approx(10_000 * left, rel=0.15, abs=10)

    def test_are_no_cheaper_by_the_hour_for_being_divided(self) -> None:
        """A fraction of a minor unit an hour was free: fifty ads of a group paid a ninth less."""

        def paid(ads: int) -> float:
            world = build_world(family=small_family(), seed=5)
            first = launch(world, 0, budget=20)
            group = world.state.adgroups[first.adgroup_id]
            for _ in range(ads - 1):
                add_ad(world, group, first.item_id)
            advance_to(world, world.now + timedelta(days=4))
            shown = world.ad_hours.column("impressions").sum()
            return float(world.ad_hours.column("spend_minor").sum() / shown)

        assert paid(40) == pytest.approx(paid(1), rel=0.05)

    def test_that_are_large_buy_dearer_views(self) -> None:
        assert cpm(*alone(budget=600)) > 1.2 * cpm(*alone(budget=40))

    def test_under_deliver_in_a_narrow_audience_and_pay_more(self) -> None:
        few = {"age_groups": ["AGE_45_54"], "gender": "GENDER_MALE"}
        world, ad = alone(budget=500, **few)
        assert sums(world, ad)[0] < 0.6 * 500 * 100 * 4
        assert cpm(*alone(budget=40, **few)) > 1.1 * cpm(*alone(budget=40))


class TestBids:
    bid = {"bid_type": "BID_TYPE_CUSTOM", "billing_event": "OCPM", "budget": 100}

    def test_that_cap_a_purchase_low_under_deliver_and_pay_less(self) -> None:
        low, low_ad = alone(conversion_bid_price=6, **self.bid)
        high, high_ad = alone(conversion_bid_price=90, **self.bid)
        assert sums(low, low_ad)[0] < 0.6 * sums(high, high_ad)[0]
        assert cpm(low, low_ad) < cpm(high, high_ad)

    def test_that_are_high_bind_nothing(self) -> None:
        high, free = alone(conversion_bid_price=500, **self.bid), alone(budget=100)
        assert sums(*high)[0] == pytest.approx(sums(*free)[0], rel=0.01)
        assert cpm(*high) == pytest.approx(cpm(*free), rel=0.1)


class TestOwnAds:
    def test_bid_against_each_other(self) -> None:
        def price(others: int) -> float:
            base = small_family()
            family = replace(base, posts=replace(base.posts, count=24, older=24))
            world = build_world(family=family, seed=5)
            ads = [launch(world, place, budget=100) for place in range(1 + others)]
            advance_to(world, world.now + timedelta(days=4))
            return cpm(world, ads[0])

        assert price(20) > 1.3 * price(0)

    def test_of_another_account_do_not(self) -> None:
        def price(others: int) -> float:
            world = build_world(family=small_family(), seed=5)
            ads = [launch(world, p, account=min(p, 1), budget=100) for p in range(1 + others)]
            advance_to(world, world.now + timedelta(days=3))
            return cpm(world, ads[0])

        assert price(8) == price(0)

    def test_follow_the_supply_curve_that_was_published(self) -> None:
        """CPM(s) = c0·(1 + s/400)^.35 in dollars a day (science.md §2.4), at 8 a thousand."""
        family = read_family("reference")
        people = np.array([kind.share for kind in family.segments])
        for dollars in (0.0, 400.0, 1500.0):
            views = dollars / 8 * 1000 * people
            assert crowd_prices(family, views)[0] == pytest.approx((1 + dollars / 400) ** 0.35)
