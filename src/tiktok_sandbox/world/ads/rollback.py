"""All or nothing: what a refused call had made in the world is taken out again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tiktok_sandbox.world.state.indexes import Indexes
from tiktok_sandbox.world.world import World


@contextmanager
def all_or_nothing(world: World) -> Iterator[None]:
    """Campaigns and ad groups made within the block are gone again when it raises.

    For calls that make several things after one another and may be refused in between. Ads and
    posts come last and are checked before the first of them is made, so there are none to undo.
    """
    state = world.state
    minted, campaigns, adgroups = state.minted, len(state.campaigns), len(state.adgroups)
    try:
        yield
    except Exception:
        while len(state.adgroups) > adgroups:
            state.adgroups.popitem()
        while len(state.campaigns) > campaigns:
            state.campaigns.popitem()
        state.minted = minted
        world.find = Indexes(state)
        world.tally.shrink(campaigns=campaigns, groups=adgroups)
        raise
