"""What changes ad groups for a time: split tests give each a part of the people, troubles disturb them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from tiktok_sandbox.world.delivery.troubles import standing
from tiktok_sandbox.world.randomness.columns import FloatArray, IntArray
from tiktok_sandbox.world.state.clock import seconds
from tiktok_sandbox.world.state.split_tests import SplitTest
from tiktok_sandbox.world.state.troubles import LiftStudy
from tiktok_sandbox.world.world import World

# What an effect multiplies: the people of the target, the hour's target spend, the rivals' level, or
# how sharply delivery tells viewers apart.
PEOPLE, SPEND, PRICE, SKEW = "people", "spend", "price", "skew"


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """A factor on an ad group in the hours that start within [first, last), seconds since 1970.

    name, cell : the split test and its cell, or the lift study, that give a part of the people
    """

    kind: str
    group: int
    first: int
    last: int
    factor: float
    name: str = ""
    cell: int = 0


def find_effects(world: World) -> list[Effect]:
    """The effects as they stand now, those still to come included."""
    found: list[Effect] = []
    for test in world.state.split_tests.values():
        found += _of_test(world, test)
    for study in world.state.lift_studies.values():
        found += _of_study(world, study)
    for trouble in standing(world, "under_delivery", "price_shock"):
        found.append(
            Effect(
                kind=SPEND if trouble.kind == "under_delivery" else PRICE,
                group=world.tally.group_place[trouble.subject],
                first=seconds(trouble.start_at),
                last=seconds(trouble.end_at),
                factor=trouble.size,
            )
        )
    return found


def _of_study(world: World, study: LiftStudy) -> Iterable[Effect]:
    """The people of the holdout are kept from every ad group of the study."""
    return [
        Effect(
            kind=PEOPLE,
            group=world.tally.group_place[number],
            first=seconds(study.start_at),
            last=seconds(study.end_at),
            factor=1 - study.holdout_share,
            name=study.study_id,
        )
        for number in study.adgroup_ids
    ]


def _of_test(world: World, test: SplitTest) -> Iterable[Effect]:
    """Each cell's ad groups have its part of the people while the test runs."""
    end = test.end_at if test.ended_at is None else min(test.end_at, test.ended_at)
    shares = shares_of(test)
    for cell, (numbers, share) in enumerate(zip(test.cells, shares, strict=True)):
        for group in groups_of(world, test, numbers):
            yield Effect(
                kind=PEOPLE,
                group=group,
                first=seconds(test.start_at),
                last=seconds(end),
                factor=share,
                name=test.split_test_group_id,
                cell=cell,
            )
            if cell and test.divergence != 1.0:
                yield Effect(
                    kind=SKEW,
                    group=group,
                    first=seconds(test.start_at),
                    last=seconds(end),
                    factor=test.divergence,
                )


def shares_of(test: SplitTest) -> list[float]:
    """The part of the people that each cell has: even, unless a fault was planned."""
    first = test.first_share
    return [first, 1 - first]


def groups_of(world: World, test: SplitTest, numbers: Sequence[str]) -> list[int]:
    """Places of the ad groups of a cell, which names them or their campaigns."""
    places = world.tally.group_place
    if test.level == "ADGROUP":
        return [places[number] for number in numbers if number in places]
    wanted = set(numbers)
    return [
        places[group.adgroup_id]
        for group in world.state.adgroups.values()
        if group.campaign_id in wanted
    ]


def holding(effects: Iterable[Effect], first: int, last: int | None = None) -> list[Effect]:
    """The effects that hold at a second, or at some time between two."""
    end = first + 1 if last is None else last
    return [each for each in effects if each.first < end and first < each.last]


def next_change(effects: Iterable[Effect], second: int) -> int | None:
    """When the next part of the people is given or taken back, in seconds since 1970."""
    ahead = [at for each in effects if each.kind == PEOPLE for at in (each.first, each.last)]
    return min((at for at in ahead if at > second), default=None)


def tested_groups(effects: Iterable[Effect]) -> list[IntArray]:
    """The ad groups of each split test, its cells together."""
    found: dict[str, dict[int, int]] = {}
    for each in effects:
        if each.kind == PEOPLE:
            found.setdefault(each.name, {})[each.group] = each.cell
    return [
        np.array(list(cells), dtype=np.int64)
        for cells in found.values()
        if len(set(cells.values())) > 1
    ]


def factors(
    effects: Iterable[Effect], kind: str, *, groups: IntArray, starts: IntArray
) -> FloatArray:
    """The product of the effects of one kind on each row: its ad group, and its hour's start."""
    found = np.ones(len(groups))
    for each in effects:
        if each.kind == kind:
            holds = (groups == each.group) & (each.first <= starts) & (starts < each.last)
            found[holds] *= each.factor
    return found
