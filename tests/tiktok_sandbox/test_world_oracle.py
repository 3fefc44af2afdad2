"""The oracle: an upper bound for every policy, growing with horizon and budget, below its own bound."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from bench.oracle_worlds import POLICIES, family_of, play, start
from bench.split_tests import METRICS, compare, run_pair
from hypothesis import given, settings
from hypothesis import strategies as st

from tiktok_sandbox.world.drawing.build import build_world
from tiktok_sandbox.world.truth.oracle import _knapsack, oracle
from tiktok_sandbox.world.truth.what_if import eligible

pytestmark = pytest.mark.slow

FAMILY = family_of("reference", posts=24)
BUDGETS = (0, 2_000, 10_000, 33_000, 70_000, 150_000, 400_000)


class TestTheOracle:
    @pytest.mark.parametrize("seed", [3, 7])
    def test_never_falls_with_the_budget_and_stays_within_it_and_below_the_bound(
        self, seed: int
    ) -> None:
        world = build_world(family=FAMILY, seed=seed)
        items = eligible(world, world.now)
        plans = [oracle(world, budget_minor=budget, days=5, items=items) for budget in BUDGETS]
        profits = [plan.profit_minor for plan in plans]
        assert profits == sorted(profits)
        assert profits[0] == 0 < profits[-1]
        for plan, budget in zip(plans, BUDGETS, strict=True):
            assert plan.profit_minor <= plan.bound_minor
            assert plan.gap is None or 0 <= plan.gap < 1
            days = zip(*plan.daily_minor.values(), strict=True)
            assert all(sum(spends) <= budget for spends in days)

    def test_never_falls_with_the_horizon(self) -> None:
        world = build_world(family=FAMILY, seed=4)
        items = eligible(world, world.now)
        found = [
            oracle(world, budget_minor=50_000, days=days, items=items)
            for days in (1, 2, 3, 6, 9, 14)
        ]
        profits = [plan.profit_minor for plan in found]
        assert profits == sorted(profits)

    def test_leaves_money_unspent_rather_than_losing_it(self) -> None:
        world = build_world(family=FAMILY, seed=4)
        plan = oracle(world, budget_minor=1_000_000, days=4, items=eligible(world, world.now))
        days = [sum(spends) for spends in zip(*plan.daily_minor.values(), strict=True)]
        assert 0 < max(days) < 500_000

    def test_has_no_plan_without_posts(self) -> None:
        plan = oracle(build_world(family=FAMILY, seed=4), budget_minor=50_000, days=3, items=[])
        assert (plan.daily_minor, plan.profit_minor, plan.bound_minor, plan.gap) == ({}, 0, 0, None)

    def test_says_more_than_any_policy_earns_on_the_mean_of_a_few_worlds(self) -> None:
        """`make bench` has 200 of them. Luck of single worlds is left room: four standard errors."""
        games = [start(FAMILY, seed, days=7, budget_minor=60_000) for seed in range(40, 46)]
        said = np.array([game.plan.profit_minor for game in games])
        for policy in POLICIES.values():
            earned = np.array([play(game, policy) for game in games])
            ahead = said - earned
            assert ahead.mean() > -4 * ahead.std() / np.sqrt(len(ahead)) - 0.02 * said.mean()
        bounds = np.array([game.plan.bound_minor for game in games])
        assert (bounds >= said).all()

    @settings(max_examples=40, deadline=None)
    @given(
        st.lists(st.lists(st.integers(-50, 100), min_size=3, max_size=3), min_size=1, max_size=4),
        st.integers(1, 7),
    )
    def test_chooses_levels_as_well_as_can_be(self, gains: list[list[int]], capacity: int) -> None:
        levels = np.array([1, 2, 4])
        table = np.array(gains, dtype=np.float64).T
        (plan,) = _knapsack(table, levels, [capacity])

        def worth(steps: tuple[int, ...]) -> float:
            chosen = [[0, *levels].index(each) for each in steps]
            return sum(float(table[c - 1, post]) for post, c in enumerate(chosen) if c)

        options = product((0, 1, 2, 4), repeat=len(gains))
        best = max(worth(each) for each in options if sum(each) <= capacity)
        assert worth(tuple(plan.tolist())) == pytest.approx(max(best, 0))
        assert plan.sum() <= capacity


class TestSplitTests:
    def test_hold_the_truth_in_their_intervals(self) -> None:
        """A few pairs; `make bench` has 400 without an effect and 300 with one."""
        result = compare(null_pairs=12, pairs=12)
        assert [case.label for case in result.cases] == list(METRICS)
        spark, dark, true = run_pair(FAMILY, 9_000)
        assert true["engagement"] > 0.1
        assert spark["impressions"] > dark["impressions"] > 50_000
