"""How good a forecast was."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spark_measure import scores

YES = np.array([True, False, True, False])


class TestTheRankScore:
    def test_is_one_where_every_yes_stands_above_every_no(self) -> None:
        assert scores.rank_score(np.array([4.0, 1, 3, 2]), YES) == 1
        assert scores.rank_score(np.array([1.0, 4, 2, 3]), YES) == 0

    def test_is_not_known_without_one_of_each(self) -> None:
        assert math.isnan(scores.rank_score(np.ones(2), np.array([True, True])))

    @given(st.lists(st.tuples(st.integers(0, 4), st.booleans()), min_size=2, max_size=25))
    def test_counts_the_pairs_in_the_right_order_and_half_the_ties(
        self, rows: list[tuple[int, bool]]
    ) -> None:
        yes = [score for score, is_yes in rows if is_yes]
        no = [score for score, is_yes in rows if not is_yes]
        found = scores.rank_score(
            np.array([float(score) for score, _ in rows]), np.array([each for _, each in rows])
        )
        if not yes or not no:
            assert math.isnan(found)
            return
        pairs = [(a > b) + 0.5 * (a == b) for a in yes for b in no]
        assert found == pytest.approx(sum(pairs) / len(pairs))


class TestPrecision:
    def test_looks_at_the_best_part_and_at_one_at_least(self) -> None:
        said = np.array([0.9, 0.8, 0.1, 0.2])
        assert scores.precision_at(said, YES, part=0.5) == 0.5
        assert scores.precision_at(said, YES, part=0.01) == 1
        assert math.isnan(scores.precision_at(np.zeros(0), np.zeros(0, bool), part=0.5))


class TestSkill:
    def test_is_nothing_for_whoever_says_the_base_rate_and_one_for_whoever_knows(self) -> None:
        assert scores.brier_skill(np.full(4, 0.5), YES) == 0
        assert scores.brier_skill(YES.astype(float), YES) == 1
        assert math.isnan(scores.brier_skill(np.ones(2), np.array([True, True])))


class TestCalibration:
    def test_sets_what_was_said_beside_what_came(self) -> None:
        said = np.array([0.1, 0.2, 0.7, 1.0])
        low, high = scores.calibration(said, YES, edges=np.array([0.0, 0.5, 1.0]))
        assert (low.said, low.came, low.count) == (pytest.approx(0.15), 0.5, 2)
        assert (high.said, high.came, high.count) == (pytest.approx(0.85), 0.5, 2)

    def test_leaves_out_what_nobody_said(self) -> None:
        found = scores.calibration(np.full(3, 0.5), YES[:3], edges=np.linspace(0, 1, 11))
        assert [each.count for each in found] == [3]


class TestBalancedAccuracy:
    def test_weighs_yes_and_no_alike(self) -> None:
        outcomes = np.array([True, False, False, False])
        assert scores.balanced_accuracy(np.array([True, True, False, False]), outcomes) == (
            pytest.approx((1 + 2 / 3) / 2)
        )
        assert math.isnan(scores.balanced_accuracy(outcomes, np.zeros(4, bool)))
