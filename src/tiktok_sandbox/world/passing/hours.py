"""How time passes: hour by hour, every hour simulated once, none skipped."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from tiktok_sandbox.world.creators.habits import act_by_habit
from tiktok_sandbox.world.creators.permissions import apply_scheduled_budgets, note_losses
from tiktok_sandbox.world.creators.requests import answer_requests
from tiktok_sandbox.world.delivery.auctions import Outlook, deliver_ads, outlook_of
from tiktok_sandbox.world.delivery.fleet import make_fleet
from tiktok_sandbox.world.delivery.market import make_market
from tiktok_sandbox.world.delivery.orders import place_direct_orders
from tiktok_sandbox.world.delivery.organic import BEFORE, book_life_before, grow_posts, showing_of
from tiktok_sandbox.world.ledgers.tally import Snapshot
from tiktok_sandbox.world.passing.folding import fold_old_hours
from tiktok_sandbox.world.passing.webhooks import note_events
from tiktok_sandbox.world.state.hours import Hour, hour_of
from tiktok_sandbox.world.world import World


class Stage:
    """What stays the same from hour to hour as long as nobody acts; thrown away when somebody does."""

    def __init__(self, world: World) -> None:
        self.fleet = make_fleet(world)
        self.market = make_market(world.family.delivery)
        self.showing = showing_of(world)
        self.waves = world.waves
        self._outlook: Outlook | None = None

    def outlook(self, world: World, hour: Hour) -> Outlook:
        """Rates as of the last refresh, which comes every so many hours of simulated time."""
        if world.known is None or hour.tick % world.family.delivery.refresh_hours == 0:
            world.known = Snapshot(world.tally)
            self._outlook = None
        if self._outlook is None:
            world.known.follow(world.tally)
            self._outlook = outlook_of(world, self.fleet, world.known)
        return self._outlook


def begin(world: World) -> None:
    """Book what happened before the epoch."""
    world.tally.follow(world)
    stage = Stage(world)
    first = hour_of(world.state, 0)
    before = replace(first, tick=BEFORE, start=first.start - 3600, end=first.start)
    book_life_before(world, before, stage.waves, stage.showing)


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
    stage: Stage | None = None
    while world.tick_start(world.state.ticks_done + 1) <= instant:
        stage = stage or Stage(world)
        hour = hour_of(world.state, world.state.ticks_done)
        outlook = stage.outlook(world, hour)
        grow_posts(world, hour, stage.waves, stage.showing)
        deliver_ads(world, hour, stage.fleet, outlook, stage.market)
        place_direct_orders(world, hour)
        world.state.ticks_done += 1
        fold_old_hours(world, hour)
        with world.standing_at(world.tick_start(world.state.ticks_done)):
            note_events(world, hour.tick)
            if act_by_habit(world, hour) | answer_requests(world) | apply_scheduled_budgets(world):
                stage = None
            # Every hour, so that what is noted does not depend on how long the step is.
            if note_losses(world) and world.behaviour.resume_after_extension == "manual":
                stage = None
