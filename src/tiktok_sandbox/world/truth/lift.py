"""What a conversion lift study counts: buyers among those who may see the ads, and in the holdout.

Nobody of the holdout is shown the ads. People buy without ads too, and each such buyer is of the
holdout or not as chance has it; the difference in buyers per person is what the ads caused.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tiktok_sandbox.world.delivery.orders import PAID
from tiktok_sandbox.world.delivery.targeting import target_of
from tiktok_sandbox.world.posts.waves import segment_shares
from tiktok_sandbox.world.randomness.columns import hashed
from tiktok_sandbox.world.state.clock import seconds
from tiktok_sandbox.world.state.troubles import LiftStudy
from tiktok_sandbox.world.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class LiftArm:
    """People of an arm, and how many orders they have placed in the study's time."""

    people: int
    orders: int
    revenue_minor: int


def read_study(world: World, study: LiftStudy) -> dict[str, LiftArm]:
    """Both arms as of now: `test` and `holdout`."""
    world.tally.follow(world)
    groups = [world.state.adgroups[number] for number in study.adgroup_ids]
    kinds = segment_shares(world.family)
    targets = [target_of(world, group).people for group in groups]
    # People of any of the ad groups: of targets that lie in each other the widest.
    share = float((kinds * np.max(np.stack(targets), axis=0)).sum())
    people = world.family.delivery.audience * share
    orders = world.orders
    now = min(world.now, study.end_at)
    rows = orders.rows[
        (orders.column("clicked_second") >= seconds(study.start_at))
        & (orders.column("clicked_second") < seconds(study.end_at))
        & (orders.column("placed_second") <= seconds(now))
    ].astype(np.int64)
    source = rows[:, orders.place("source")]
    ref, clicked = rows[:, orders.place("ref")], rows[:, orders.place("clicked_second")]
    drawn = hashed(world.seed, f"lift.{study.study_id}", source, ref, clicked)
    places = {world.tally.group_place[number] for number in study.adgroup_ids}
    is_caused = source == PAID
    is_caused[is_caused] = np.isin(world.tally.ad_group[ref[is_caused]], list(places))
    is_anybody = ~is_caused & (drawn < share)
    is_held = is_anybody & (drawn < share * study.holdout_share)
    gross = rows[:, orders.place("gross_minor")] - rows[:, orders.place("discount_minor")]
    return {
        name: LiftArm(
            people=round(people * part),
            orders=int(mine.sum()),
            revenue_minor=int(gross[mine].sum()),
        )
        for name, part, mine in (
            ("test", 1 - study.holdout_share, is_caused | (is_anybody & ~is_held)),
            ("holdout", study.holdout_share, is_held),
        )
    }
