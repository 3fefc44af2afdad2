"""Times in which an ad account's orders cannot be told of or tracked."""

from __future__ import annotations

import numpy as np

from tiktok_sandbox.world.randomness.columns import BoolArray, IntArray
from tiktok_sandbox.world.state.clock import seconds
from tiktok_sandbox.world.state.hours import HOUR_SECONDS
from tiktok_sandbox.world.state.troubles import TroubleKind
from tiktok_sandbox.world.world import World


def befallen(
    world: World, kind: TroubleKind, *, accounts: IntArray, instants: IntArray
) -> BoolArray:
    """Which rows, each of an ad account and an instant in seconds, fall into a trouble of the account."""
    found = np.zeros(len(accounts), dtype=bool)
    places = world.tally.account_place
    for trouble in world.state.troubles:
        if trouble.kind == kind and trouble.subject in places:
            mine = accounts == places[trouble.subject]
            after = seconds(trouble.start_at) <= instants
            found |= mine & after & (instants < seconds(trouble.end_at))
    return found


def unheard(world: World, *, ads: IntArray, ticks: IntArray) -> BoolArray:
    """Which orders of these ads, clicked in these hours, delivery never learns of: the pixel was silent."""
    instants = seconds(world.state.epoch) + ticks * HOUR_SECONDS
    return befallen(world, "pixel_outage", accounts=world.tally.ad_account[ads], instants=instants)
