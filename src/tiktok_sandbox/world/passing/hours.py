"""How time passes: every hour simulated once, in order, several at once while nobody acts.

Between two refreshes of the platform's rates nothing depends on how many hours are taken at once, so a
stretch of them is one piece of arithmetic. Whatever may happen at an hour of its own ends a stretch.
"""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np

from tiktok_sandbox.world.ads.budgets import apply_scheduled_budgets, next_scheduled_budget
from tiktok_sandbox.world.creators.habits import apply_habits, next_habit
from tiktok_sandbox.world.creators.permissions import note_losses
from tiktok_sandbox.world.creators.requests import answer_requests, next_answer
from tiktok_sandbox.world.delivery.auctions import deliver_ads
from tiktok_sandbox.world.delivery.effects import next_change
from tiktok_sandbox.world.delivery.eligible_ads import find_eligible_ads
from tiktok_sandbox.world.delivery.forecast import Forecast, forecast_rates
from tiktok_sandbox.world.delivery.market import make_market
from tiktok_sandbox.world.delivery.orders import place_direct_orders
from tiktok_sandbox.world.delivery.organic import book_life_before, grow_posts, visibility_of
from tiktok_sandbox.world.delivery.return_targets import follow_return_targets
from tiktok_sandbox.world.delivery.stock import can_end, serve_who_come_back
from tiktok_sandbox.world.delivery.troubles import apply_troubles, draw_troubles, next_trouble
from tiktok_sandbox.world.ledgers.tally import Snapshot
from tiktok_sandbox.world.passing.old_hours import fold_old_hours
from tiktok_sandbox.world.passing.webhook_events import is_anybody_told, note_events
from tiktok_sandbox.world.state.clock import TICK, seconds
from tiktok_sandbox.world.state.hours import HOURS_A_DAY, hours_of
from tiktok_sandbox.world.world import World

MOST_CELLS = 400_000
"""Ads or posts times kinds of viewers times hours that are simulated at once: some 50 MB of arrays."""


class EngineCache:
    """What stays the same from hour to hour as long as nobody acts; thrown away when somebody does."""

    def __init__(self, world: World) -> None:
        self.eligible = find_eligible_ads(world)
        self.market = make_market(world.family.delivery)
        self.visibility = visibility_of(world)
        self.waves = world.waves
        self._forecast: Forecast | None = None

    def forecast(self, world: World, tick: int) -> tuple[Forecast, Snapshot]:
        """Rates as of the last refresh, which comes every so many hours of simulated time."""
        known = world.known
        if known is None or tick % world.family.delivery.refresh_hours == 0:
            known = world.known = snapshot_at(world, tick)
            self._forecast = None
        if self._forecast is None:
            known.follow(world.tally)
            self._forecast = forecast_rates(world, self.eligible, known)
        return self._forecast, known


def snapshot_at(world: World, tick: int) -> Snapshot:
    """The sums at a refresh, with each account's views of the day before it."""
    ledger, kinds = world.ad_audiences, len(world.family.segments)
    rows = ledger.rows[slice(*ledger.places(tick - HOURS_A_DAY, tick))]
    recent = np.zeros((len(world.state.advertisers), kinds), dtype=np.int64)
    np.add.at(recent, world.tally.ad_account[rows[:, 1]], rows[:, 2:])
    return Snapshot(world.tally, tick=tick, recent=recent)


def begin(world: World) -> None:
    """Book what happened before the epoch."""
    world.tally.follow(world)
    cache = EngineCache(world)
    book_life_before(world, cache.waves, cache.visibility, end=seconds(world.state.epoch))


def catch_up(world: World) -> None:
    """Simulate every hour that has ended by now."""
    run_until(world, world.clock_time)


def advance_to(world: World, instant: datetime) -> None:
    """Move the clock to a later instant and simulate what lies between. Raises ClockModeError."""
    catch_up(world)
    world.state.clock.set_now(instant, real=world.real())
    run_until(world, instant)


def run_until(world: World, instant: datetime) -> None:
    """Simulate every hour that ends at or before `instant`."""
    passage = Passage(world)
    while passage.step(instant):
        pass


class Passage:
    """Time passing stretch by stretch; in between the world is whole and its last hour complete."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._cache: EngineCache | None = None
        if world.state.ads_with_fate != len(world.state.ads):
            draw_troubles(world)

    def step(self, instant: datetime) -> bool:
        """Simulate a stretch of the hours that end by `instant`; False when none is left.

        Whoever acts on the world between two steps has to begin another passage.
        """
        world = self._world
        last = (instant - world.state.epoch) // TICK
        if world.state.ticks_done >= last:
            return False
        self._cache = _pass_stretch(world, self._cache or EngineCache(world), last)
        return True


def _pass_stretch(world: World, cache: EngineCache, last: int) -> EngineCache | None:
    """Simulate hours that can be taken at once; returns the cache unless it has to be made anew."""
    first = world.state.ticks_done
    landings = len(world.state.landings)
    forecast, known = cache.forecast(world, first)
    hours = hours_of(world.state, first, _stretch(world, cache, first, last))
    deliver_ads(world, hours, cache.eligible, forecast, known, cache.market)
    grow_posts(
        world,
        hours,
        cache.waves,
        cache.visibility,
        refresh=known.tick,
        likes=known.sums["post_likes"],
    )
    place_direct_orders(world, hours)
    world.orders.sort_since(first)
    if len(world.state.landings) > landings and len(hours) > 1:
        numbers = world.renumber_landings(landings, first)
        known_pages = cache.eligible.landing >= 0
        cache.eligible.landing[known_pages] = numbers[cache.eligible.landing[known_pages]]
    world.state.ticks_done += len(hours)
    serve_who_come_back(world, first + 1, hours=len(hours))
    fold_old_hours(world, hours.tick)
    changes = next_change(cache.eligible.effects, seconds(world.tick_start(first)))
    with world.standing_at(world.tick_start(world.state.ticks_done)):
        is_over = changes is not None and changes <= seconds(world.now)
        return None if _let_act(world) or is_over else cache


def _let_act(world: World) -> bool:
    """What happens at the end of the hour just done. Returns whether the plans have to be made anew."""
    tick = world.state.ticks_done - 1
    note_events(world, tick)
    acted = apply_habits(world, tick) | answer_requests(world) | apply_scheduled_budgets(world)
    acted |= apply_troubles(world) | follow_return_targets(world)
    # Every hour, so that what is noted does not depend on how long the step is.
    return (note_losses(world) and world.behaviour.resume_after_extension == "manual") or acted


def _instant(second: int | None) -> datetime | None:
    return None if second is None else datetime.fromtimestamp(second, UTC)


def _stretch(world: World, cache: EngineCache, first: int, last: int) -> int:
    """How many hours from `first` on can be taken at once."""
    refresh = world.family.delivery.refresh_hours
    cells = max(1, len(cache.eligible), len(cache.waves)) * len(world.family.segments)
    hours = min(last - first, refresh - first % refresh, max(1, MOST_CELLS // cells))
    hours = min(hours, HOURS_A_DAY - first % HOURS_A_DAY)
    if is_anybody_told(world) or can_end(world, ads=len(cache.eligible), hours=refresh):
        return 1
    for end in (
        next_scheduled_budget(world),
        next_answer(world),
        next_trouble(world),
        _instant(next_change(cache.eligible.effects, seconds(world.tick_start(first)))),
        world.find.next_code_end(),
    ):
        if end is not None:
            # The hour at whose end it is due is the last one of the stretch.
            until = -((world.state.epoch - end) // TICK) - first
            hours = min(hours, max(1, until))
    return min(hours, next_habit(world, first, hours))
