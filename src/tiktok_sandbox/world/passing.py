"""How time passes: hour by hour, every hour simulated once, none skipped."""

from __future__ import annotations

from datetime import datetime

from tiktok_sandbox.world.delivery import deliver_ads
from tiktok_sandbox.world.orders import place_direct_orders
from tiktok_sandbox.world.organic import grow_posts
from tiktok_sandbox.world.permissions import note_losses
from tiktok_sandbox.world.world import World


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
    while world.tick_start(world.state.ticks_done + 1) <= instant:
        tick = world.state.ticks_done
        grow_posts(world, tick)
        deliver_ads(world, tick)
        place_direct_orders(world, tick)
        world.state.ticks_done += 1
        note_losses(world)
