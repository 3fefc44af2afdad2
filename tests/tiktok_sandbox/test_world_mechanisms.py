"""Mechanisms of the simulated world, held from both sides: neither missing nor overdone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sandbox_small_world import creator_posts, small_world

from tiktok_sandbox.world.ads.ready_made import add_ad, add_adgroup, add_campaign, authorize
from tiktok_sandbox.world.creators.permissions import (
    extend_code,
    is_authorized,
    revoke_code,
    unbind,
)
from tiktok_sandbox.world.passing.hours import advance_to
from tiktok_sandbox.world.state.behaviour import Behaviour
from tiktok_sandbox.world.state.entities import Ad
from tiktok_sandbox.world.state.refusals import RefusedError
from tiktok_sandbox.world.storage import load, save
from tiktok_sandbox.world.world import World

HOUR = timedelta(hours=1)
DAYS = 3
TUESDAY = 1
NO_LIMIT = {"budget_mode": "BUDGET_MODE_INFINITE"}
DAILY_MINOR = 6000


def weekly(allows: Callable[[int, int], str]) -> str:
    """A dayparting text: `allows` answers the two half hours of (weekday from Monday, hour)."""
    return "".join(allows(weekday, hour) for weekday in range(7) for hour in range(24))


def slots(is_allowed: bool) -> str:
    return "11" if is_allowed else "00"


PLANS: dict[str, dict[str, object]] = {
    "always": NO_LIMIT,
    "evenings": NO_LIMIT | {"dayparting": weekly(lambda _, hour: slots(18 <= hour < 22))},
    "tuesdays": NO_LIMIT | {"dayparting": weekly(lambda weekday, _: slots(weekday == TUESDAY))},
    "half hours": NO_LIMIT
    | {"dayparting": weekly(lambda _, hour: {9: "10", 10: "01", 12: "11"}.get(hour, "00"))},
    "no slot at all": NO_LIMIT | {"dayparting": weekly(lambda *_: "00")},
    "smooth": {"budget": DAILY_MINOR / 100, "pacing": "PACING_MODE_SMOOTH"},
    "fast": {"budget": DAILY_MINOR / 100, "pacing": "PACING_MODE_FAST"},
    "no target": NO_LIMIT,
    "empty target": NO_LIMIT | {"age_groups": [], "gender": "GENDER_UNLIMITED"},
    "women": NO_LIMIT | {"age_groups": [], "gender": "GENDER_FEMALE"},
    "young": NO_LIMIT | {"age_groups": ["AGE_18_24"]},
    "young women": NO_LIMIT | {"age_groups": ["AGE_18_24"], "gender": "GENDER_FEMALE"},
    "nobody": NO_LIMIT | {"age_groups": ["AGE_100"]},
}


class Played:
    """A world in which every plan of PLANS had an ad of its own for three days."""

    def __init__(self, world: World, ads: dict[str, Ad]) -> None:
        self.world = world
        self.ads = ads
        self.advertiser_id = next(iter(world.state.advertisers))

    def spend(self, plan: str) -> dict[datetime, int]:
        """Hour on the account's wall clock → minor units, for hours in which the ad delivered."""
        hours = self.world.ad_hours
        zone = self.world.zone(self.advertiser_id)
        found: dict[datetime, int] = defaultdict(int)
        columns = (hours.column(name).tolist() for name in ("tick", "ad", "spend_minor"))
        for tick, number, minor in zip(*columns, strict=True):
            if number == self.ads[plan].number:
                found[self.world.tick_start(tick).astimezone(zone)] += minor
        return found

    def hours(self) -> set[datetime]:
        """Every hour that was simulated, on the account's wall clock."""
        zone = self.world.zone(self.advertiser_id)
        ticks = range(self.world.state.ticks_done)
        return {self.world.tick_start(tick).astimezone(zone) for tick in ticks}

    def audience(self, plan: str) -> set[tuple[str, str]]:
        """(age, gender) of the kinds of viewers that saw the plan's ad."""
        rows = self.world.ad_audiences.rows
        seen = rows[rows[:, 1] == self.ads[plan].number][:, 2:].sum(axis=0)
        kinds = self.world.family.segments
        return {
            (kind.age, kind.gender) for kind, views in zip(kinds, seen, strict=True) if views > 0
        }


@pytest.fixture(scope="module")
def played() -> Played:
    world = small_world()
    advertiser_id = next(iter(world.state.advertisers))
    posts, ads = creator_posts(world), {}
    for number, (plan, fields) in enumerate(PLANS.items()):
        post = posts[number % len(posts)]
        authorize(world, post.item_id, advertiser_id)
        group = add_adgroup(world, add_campaign(world, advertiser_id), **fields)
        ads[plan] = add_ad(world, group, post.item_id)
    advance_to(world, world.now + timedelta(days=DAYS))
    return Played(world, ads)


class TestDayparting:
    def test_absent_lets_an_ad_deliver_in_every_hour(self, played: Played) -> None:
        assert set(played.spend("always")) == played.hours()

    def test_lets_an_ad_deliver_in_all_its_hours_and_in_no_other(self, played: Played) -> None:
        evenings = {hour for hour in played.hours() if 18 <= hour.hour < 22}
        assert set(played.spend("evenings")) == evenings

    def test_follows_the_weekday_of_the_accounts_own_zone(self, played: Played) -> None:
        tuesday = {hour for hour in played.hours() if hour.weekday() == TUESDAY}
        assert len(tuesday) == 24
        assert set(played.spend("tuesdays")) == tuesday

    def test_needs_both_halves_of_an_hour(self, played: Played) -> None:
        noon = {hour for hour in played.hours() if hour.hour == 12}
        assert set(played.spend("half hours")) == noon

    def test_without_a_single_slot_is_no_restriction(self, played: Played) -> None:
        assert set(played.spend("no slot at all")) == played.hours()


class TestPacing:
    def days(self, played: Played, plan: str) -> list[dict[int, int]]:
        """Hour → minor units, for each local day that was simulated whole."""
        spend, simulated = played.spend(plan), played.hours()
        midnights = sorted(hour for hour in simulated if hour.hour == 0)
        days = [[midnight + hour * HOUR for hour in range(24)] for midnight in midnights]
        return [{h.hour: spend[h] for h in day} for day in days if simulated.issuperset(day)]

    @pytest.mark.parametrize("plan", ["smooth", "fast"])
    def test_spends_nearly_the_whole_daily_budget_and_never_more(
        self, played: Played, plan: str
    ) -> None:
        days = self.days(played, plan)
        assert len(days) == 2
        for hours in days:
            assert 0.9 * DAILY_MINOR <= sum(hours.values()) <= DAILY_MINOR

    def test_that_is_smooth_follows_the_days_traffic(self, played: Played) -> None:
        for hours in self.days(played, "smooth"):
            spent = sum(hours.values())
            assert 0.25 * spent < spent_until(hours, 12) < 0.35 * spent
            assert 0.35 * spent < spent - spent_until(hours, 18)

    def test_that_is_fast_is_ahead_of_smooth_by_noon_and_still_spends_in_the_afternoon(
        self, played: Played
    ) -> None:
        smooth, fast = self.days(played, "smooth"), self.days(played, "fast")
        for slow, hours in zip(smooth, fast, strict=True):
            assert 1.2 * spent_until(slow, 12) < spent_until(hours, 12)
            assert spent_until(hours, 12) < 0.7 * DAILY_MINOR
            assert hours[15] > 0


def spent_until(hours: dict[int, int], end: int) -> int:
    """Minor units spent before the local hour `end`."""
    return sum(minor for hour, minor in hours.items() if hour < end)


class TestTargeting:
    def everybody(self, played: Played) -> set[tuple[str, str]]:
        return {(kind.age, kind.gender) for kind in played.world.family.segments}

    @pytest.mark.parametrize("plan", ["no target", "empty target"])
    def test_that_is_empty_reaches_everybody(self, played: Played, plan: str) -> None:
        assert played.audience(plan) == self.everybody(played)

    def test_by_gender_alone_reaches_every_age(self, played: Played) -> None:
        women = {kind for kind in self.everybody(played) if kind[1] == "FEMALE"}
        assert played.audience("women") == women

    def test_by_age_reaches_all_of_that_age_and_nobody_else(self, played: Played) -> None:
        young = {kind for kind in self.everybody(played) if kind[0] == "AGE_18_24"}
        assert young
        assert played.audience("young") == young

    def test_by_age_and_gender_reaches_who_is_both_and_nobody_else(self, played: Played) -> None:
        assert played.audience("young women") == {("AGE_18_24", "FEMALE")}

    def test_that_nobody_matches_reaches_nobody_and_costs_nothing(self, played: Played) -> None:
        assert played.audience("nobody") == set()
        assert played.spend("nobody") == {}


@pytest.fixture(scope="module")
def authorized() -> bytes:
    """A saved world whose first post has a code of one day and an ad that runs."""
    world = small_world()
    advertiser_id = next(iter(world.state.advertisers))
    item_id = creator_posts(world)[0].item_id
    authorize(world, item_id, advertiser_id, days=1)
    group = add_adgroup(world, add_campaign(world, advertiser_id), **NO_LIMIT)
    add_ad(world, group, item_id)
    return save(world)


class TestExtension:
    @pytest.fixture
    def world(self, authorized: bytes) -> World:
        return load(authorized)

    def item(self, world: World) -> str:
        return world.state.codes[0].item_id

    def delivered(self, world: World) -> set[datetime]:
        ticks = world.ad_hours.column("tick").tolist()
        return {world.tick_start(tick) for tick in ticks}

    def test_of_a_live_code_adds_its_days_to_the_end(self, world: World) -> None:
        end, since = world.state.codes[0].end_at, world.state.codes[0].live_since
        advance_to(world, world.now + 5 * HOUR)
        code = extend_code(world, item_id=self.item(world), days=7)
        assert code.end_at == end + timedelta(days=7)
        assert code.live_since == since
        advance_to(world, world.now + 30 * HOUR)
        assert len(self.delivered(world)) == 35

    def test_of_a_lapsed_code_counts_its_days_from_now(self, world: World) -> None:
        advance_to(world, world.now + timedelta(days=3, minutes=30))
        code = extend_code(world, item_id=self.item(world), days=7)
        assert code.end_at == world.now + timedelta(days=7, seconds=-1)

    def test_of_a_lapsed_code_lets_the_ad_run_from_the_next_whole_hour(self, world: World) -> None:
        begin = world.state.epoch
        advance_to(world, begin + timedelta(days=1, minutes=30))
        extend_code(world, item_id=self.item(world), days=7)
        advance_to(world, begin + timedelta(days=1, hours=4))
        # The code ends at 23:59:59 and is extended at 00:30, so neither of these hours is covered.
        gap = {begin + 23 * HOUR, begin + 24 * HOUR}
        assert self.delivered(world) == {begin + hour * HOUR for hour in range(28)} - gap

    def test_of_a_lapsed_code_does_not_cover_the_time_between(self, world: World) -> None:
        end = world.state.codes[0].end_at
        advance_to(world, world.now + timedelta(days=2))
        extend_code(world, item_id=self.item(world), days=7)
        bound = world.state.bindings[0]
        assert is_authorized(world, bound=bound)
        assert not is_authorized(world, bound=bound, start=end - HOUR, end=world.now)

    def test_of_a_revoked_code_is_refused(self, world: World) -> None:
        item_id = self.item(world)
        world.behaviour = Behaviour(revoke_while_in_use="stops_ads")
        revoke_code(world, item_id=item_id)
        before = world.state.codes[0].end_at
        with pytest.raises(RefusedError, match="has no code"):
            extend_code(world, item_id=item_id, days=7)
        assert world.state.codes[0].end_at == before

    def test_by_a_number_of_days_that_is_not_offered_is_refused(self, world: World) -> None:
        before = world.state.codes[0].end_at
        with pytest.raises(RefusedError, match="not offered"):
            extend_code(world, item_id=self.item(world), days=31)
        assert world.state.codes[0].end_at == before

    @pytest.mark.slow
    def test_moves_the_hour_in_which_the_ad_loses_its_post(self, world: World) -> None:
        extend_code(world, item_id=self.item(world), days=7)
        (ad,) = world.state.ads.values()
        advance_to(world, world.state.epoch + timedelta(days=8) - HOUR)
        assert ad.lost_at is None
        advance_to(world, world.state.epoch + timedelta(days=8))
        assert ad.lost_at == world.state.epoch + timedelta(days=8)

    def test_reaches_no_account_that_has_unbound_the_post(self, world: World) -> None:
        item_id, advertiser_id = self.item(world), world.state.bindings[0].advertiser_id
        advance_to(world, world.now + timedelta(days=1))
        unbind(world, advertiser_id=advertiser_id, item_id=item_id)
        extend_code(world, item_id=item_id, days=7)
        seen = self.delivered(world)
        advance_to(world, world.now + 5 * HOUR)
        assert self.delivered(world) == seen
