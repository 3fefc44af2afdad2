"""How time passes: hour by hour, every hour simulated once, none skipped."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from tiktok_sandbox.world.ads.budgets import apply_scheduled_budgets
from tiktok_sandbox.world.creators.habits import apply_habits
from tiktok_sandbox.world.creators.permissions import note_losses
from tiktok_sandbox.world.creators.requests import answer_requests
from tiktok_sandbox.world.delivery.auctions import RateForecast, deliver_ads, forecast_rates
from tiktok_sandbox.world.delivery.eligible_ads import find_eligible_ads
from tiktok_sandbox.world.delivery.market import make_market
from tiktok_sandbox.world.delivery.orders import place_direct_orders
from tiktok_sandbox.world.delivery.organic import (
    BEFORE,
    book_life_before,
    grow_posts,
    visibility_of,
)
from tiktok_sandbox.world.delivery.return_targets import follow_return_targets
from tiktok_sandbox.world.delivery.stock import serve_who_come_back
from tiktok_sandbox.world.ledgers.tally import Snapshot
from tiktok_sandbox.world.passing.old_hours import fold_old_hours
from tiktok_sandbox.world.passing.webhook_events import note_events
from tiktok_sandbox.world.state.hours import Hour, hour_of
from tiktok_sandbox.world.world import World


class EngineCache:
    """What stays the same from hour to hour as long as nobody acts; thrown away when somebody does."""

    def __init__(self, world: World) -> None:
        self.eligible = find_eligible_ads(world)
        self.market = make_market(world.family.delivery)
        self.visibility = visibility_of(world)
        self.waves = world.waves
        self._forecast: RateForecast | None = None

    def forecast(self, world: World, hour: Hour) -> RateForecast:
        """Rates as of the last refresh, which comes every so many hours of simulated time."""
        if world.known is None or hour.tick % world.family.delivery.refresh_hours == 0:
            world.known = Snapshot(world.tally)
            self._forecast = None
        if self._forecast is None:
            world.known.follow(world.tally)
            self._forecast = forecast_rates(world, self.eligible, world.known)
        return self._forecast


def begin(world: World) -> None:
    """Book what happened before the epoch."""
    world.tally.follow(world)
    cache = EngineCache(world)
    first = hour_of(world.state, 0)
    before = replace(first, tick=BEFORE, start=first.start - 3600, end=first.start)
    book_life_before(world, before, cache.waves, cache.visibility)


def catch_up(world: World) -> None:
    """Simulate every hour that has ended by now."""
    run_until(world, world.now)


def advance_to(world: World, instant: datetime) -> None:
    """Move the clock to a later instant and simulate what lies between. Raises ClockModeError."""
    catch_up(world)
    world.state.clock.set_now(instant, real=world.real())
    run_until(world, instant)


def run_until(world: World, instant: datetime) -> None:
    """Simulate every hour that ends at or before `instant`."""
    cache: EngineCache | None = None
    while world.tick_start(world.state.ticks_done + 1) <= instant:
        cache = cache or EngineCache(world)
        hour = hour_of(world.state, world.state.ticks_done)
        forecast = cache.forecast(world, hour)
        grow_posts(world, hour, cache.waves, cache.visibility)
        deliver_ads(world, hour, cache.eligible, forecast, cache.market)
        place_direct_orders(world, hour)
        world.state.ticks_done += 1
        serve_who_come_back(world, world.state.ticks_done)
        fold_old_hours(world, hour)
        with world.standing_at(world.tick_start(world.state.ticks_done)):
            note_events(world, hour.tick)
            if apply_habits(world, hour) | answer_requests(world) | apply_scheduled_budgets(world):
                cache = None
            if follow_return_targets(world):
                cache = None
            # Every hour, so that what is noted does not depend on how long the step is.
            if note_losses(world) and world.behaviour.resume_after_extension == "manual":
                cache = None
