"""Two acts of the product at once leave what one after the other would leave.

Of every pair of acts (`joined_scene.ACTS`) the first stands still at a change-over point while the second runs whole
(`change_over`). What there is in the end must be what each does alone, put together, or what one of the two orders
leaves; where an act was refused, what the other leaves alone. The laws of the life cycle hold in any case.

The slow tests run each pair at one point; `make soak SOAK=tests/kindling/joins` runs both orders of every pair at a
twentieth of its seeds each, drawn anew for every pair, and as many triples as seeds.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations
from typing import Any

import pytest
from change_over import Points, act, change_overs
from joined_scene import ACTS, Scene, broken_laws, hidden_ads, make_scene, settle, view
from sample_team import Team
from stages import State

from kindling.errors import KindlingError
from kindling.jobs.lease import LostLeaseError

pytestmark = pytest.mark.slow
SEEDS = int(os.environ.get("SOAK_SEEDS", "0"))
Outcome = dict[str, list[Any]]
_points: dict[str, list[str]] = {}
_known: dict[
    tuple[str, ...], Outcome
] = {}  # what each order of acts leaves; the scene is the same in every test


@dataclass
class Stage:
    """The scene as it was made, to begin from again and again."""

    scene: Scene
    saved: State

    def one_after_the_other(self, *names: str) -> Outcome:
        if names not in _known:
            self._begin()
            for name in names:
                self._do(name, Points(), {})
                self.scene.team.sandbox.advance(hours=1 / 60)
            _known[names] = self._end()
        return _known[names]

    def points_of(self, name: str) -> list[str]:
        """The change-over points of an act that runs alone."""
        if name not in _points:
            points = Points()
            self._begin()
            self._do(name, points, {})
            _points[name] = points.reached
        return _points[name]

    def at_once(
        self, first: str, *others: str, at: tuple[int, ...]
    ) -> tuple[Outcome, dict[str, KindlingError], Points]:
        """Run `first` up to its point, then the next up to its own, and so on; each goes on when the next is done.

        returns : what is left, the acts that were refused and what they were told, and the points of the first
        """
        self._begin()
        refused: dict[str, KindlingError] = {}
        points = self._run([first, *others], at, refused)
        return self._end(), refused, points

    def _run(
        self,
        names: list[str],
        at: tuple[int, ...],
        refused: dict[str, KindlingError],
        *,
        asleep: bool = False,
    ) -> Points:
        points = Points(asleep=asleep)
        if len(names) > 1:
            points.at = at[0]

            def meanwhile() -> None:
                self.scene.team.sandbox.advance(hours=1 / 60)
                self._run(names[1:], at[1:], refused, asleep=True)
                self.scene.team.sandbox.advance(hours=1 / 60)

            points.meanwhile = meanwhile
        self._do(names[0], points, refused)
        if len(names) > 1 and len(points.reached) < at[0]:
            meanwhile()
        return points

    def _do(self, name: str, points: Points, refused: dict[str, KindlingError]) -> None:
        error = act(lambda: ACTS[name](self.scene), points)
        if error is not None:
            refused[name] = error

    def _begin(self) -> None:
        self.scene.team.stages.put_back(self.saved)
        self.scene.team.sandbox.advance(hours=3)

    def _end(self) -> Outcome:
        hidden = hidden_ads(self.scene)
        settle(self.scene)
        told = view(self.scene)
        laws = hidden + broken_laws(self.scene, told)
        return {name: sorted(rows, key=str) for name, rows in {**told, "broken laws": laws}.items()}


@pytest.fixture
def stage(team: Team) -> Iterator[Stage]:
    scene = team.stages.after("joins", do=lambda: make_scene(team))
    with change_overs():
        yield Stage(scene, team.stages.save())


def together(before: Outcome, *alone: Outcome) -> Outcome | None:
    """What acts leave that have nothing to do with each other; None where two change the same row."""
    found: Outcome = {}
    for name, rows in before.items():
        left = list(rows)
        for outcome in alone:
            for row in rows:
                if rows.count(row) > outcome[name].count(row):
                    if row not in left:
                        return None
                    left.remove(row)
        added = [
            row
            for outcome in alone
            for row in outcome[name]
            if outcome[name].count(row) > rows.count(row)
        ]
        found[name] = sorted([*left, *added], key=str)
    return found


def difference(found: Outcome, allowed: Sequence[Outcome]) -> list[str]:
    """What is in none of the allowed outcomes, told against the nearest; empty where it is one of them."""
    nearest = min(allowed, key=lambda each: sum(each[name] != found[name] for name in found))
    return [
        f"{name}: {[each for each in found[name] if each not in nearest[name]]} "
        f"instead of {[each for each in nearest[name] if each not in found[name]]}"
        for name in found
        if found[name] != nearest[name] and not _is_less(name, found, nearest)
    ]


def _is_less(name: str, found: Outcome, allowed: Outcome) -> bool:
    """A sweep leaves what changed since it looked to the next: an authorization that never ended is no fault."""
    return name == "losses" and set(found[name]) < set(allowed[name])


def faults_of(stage: Stage, *names: str, at: tuple[int, ...]) -> list[str]:
    """What is wrong with the outcome of acts that change over at these points; a sentence each."""
    found, refused, points = stage.at_once(*names, at=at)
    where = points.reached[at[0] - 1] if len(points.reached) >= at[0] else "its end"
    done = [name for name in names if name not in refused]
    waited = [name for name, error in refused.items() if isinstance(error, LostLeaseError)]
    done += [name for name in waited if name in RESUMED]
    alone = [stage.one_after_the_other(name) for name in done]
    faults = list(found["broken laws"])
    if found != together(stage.one_after_the_other(), *alone):
        orders = {order for some in (done, {*done, *waited}, names) for order in permutations(some)}
        left: list[Outcome] = []
        for order in sorted(orders):
            left.append(stage.one_after_the_other(*order))
            if left[-1] == found:
                break  # it is one of them: what the others leave need not be known
        else:
            faults += difference(found, left)
    return [f"{names} at {at} ({where}): {each}" for each in faults]


# Who found another at work comes back to it: these within the hours of `settle`, the others at their next turn.
RESUMED = {"apply", "intake", "new_code"}
PAIRS = list(combinations(sorted(ACTS), 2))


@pytest.mark.parametrize("act_at_hand", sorted(ACTS))
def test_two_at_once_leave_what_one_after_the_other_leaves(stage: Stage, act_at_hand: str) -> None:
    faults = []
    for pair in PAIRS:
        if pair[0] != act_at_hand:
            continue
        draw = random.Random(" ".join(pair))
        both = (pair, pair[::-1])
        for names in both if SEEDS else (draw.choice(both),):
            where = range(1, 1 + max(1, len(stage.points_of(names[0]))))
            for at in draw.sample(where, min(len(where), max(1, SEEDS // 20))):
                faults += faults_of(stage, *names, at=(at,))
    assert faults == []


@pytest.mark.parametrize("seed", range(SEEDS))
def test_three_at_once_leave_what_one_after_the_other_leaves(stage: Stage, seed: int) -> None:
    draw = random.Random(seed)
    names = draw.sample(sorted(ACTS), 3)
    at = tuple(draw.randint(1, max(1, len(stage.points_of(each)))) for each in names[:2])
    assert faults_of(stage, *names, at=at) == []
