"""Rates from small counts agree with papers, tables and other programs, and say so where they cannot know."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.optimize import minimize_scalar

import spark_measure
from spark_measure import (
    BetaPrior,
    fit_beta_binomial,
    percentile_among,
    shrunk_rates,
    wilson_interval,
)
from spark_measure.rates import POOLED, FloatArray, IntArray

few = settings(max_examples=20, deadline=None)  # scipy takes its time
counts = st.lists(
    st.tuples(st.integers(0, 400), st.integers(0, 400)).map(lambda each: (min(each), max(each))),
    min_size=1,
    max_size=6,
)


def ints(*values: int) -> IntArray:
    return np.array(values, dtype=np.int64)


def floats(*values: float) -> FloatArray:
    return np.array(values, dtype=np.float64)


class TestTheWilsonInterval:
    @pytest.mark.parametrize(
        ("successes", "trials", "low", "high"),
        [
            # Newcombe (1998), Statistics in Medicine 17, 857-872, table I, method 3 (score).
            (81, 263, 0.2553, 0.3662),
            (15, 148, 0.0624, 0.1605),
            (0, 20, 0.0000, 0.1611),
            (1, 29, 0.0061, 0.1718),
        ],
    )
    def test_is_the_published_one(
        self, successes: int, trials: int, low: float, high: float
    ) -> None:
        (found,) = wilson_interval(ints(successes), ints(trials))
        assert found == pytest.approx([low, high], abs=5e-5)

    @few
    @given(rows=counts, confidence=st.sampled_from([0.5, 0.8, 0.9, 0.95, 0.99]))
    def test_is_scipy_s(self, rows: list[tuple[int, int]], confidence: float) -> None:
        successes, trials = np.array(rows, dtype=np.int64).T
        found = wilson_interval(successes, trials, confidence=confidence)
        for interval, k, n in zip(found, successes, trials, strict=True):
            if n:
                other = stats.binomtest(int(k), int(n)).proportion_ci(confidence, method="wilson")
                assert interval == pytest.approx([other.low, other.high], abs=1e-9)

    def test_is_not_known_without_trials(self) -> None:
        assert np.isnan(wilson_interval(ints(0, 1), ints(0, 2))[0]).all()

    def test_is_there_from_the_first_trial(self) -> None:
        # Wilson at n = 1: (0, z^2/(1+z^2)) for no success, with z = 1.959964.
        (found,) = wilson_interval(ints(0), ints(1))
        assert found == pytest.approx([0.0, 0.793450], abs=1e-6)

    @pytest.mark.parametrize(("successes", "trials"), [(2, 1), (1, 0), (-1, 5)])
    def test_refuses_counts_that_cannot_be(self, successes: int, trials: int) -> None:
        with pytest.raises(ValueError, match="must lie between 0 and trials"):
            wilson_interval(ints(successes), ints(trials))


def likelihood(prior: BetaPrior, successes: IntArray, trials: IntArray) -> float:
    """The log marginal likelihood of counts, by scipy's beta-binomial distribution."""
    return float(stats.betabinom.logpmf(successes, trials, prior.alpha, prior.beta).sum())


# Batting averages after 45 at bats, 1970: Efron and Morris (1975), JASA 70(350), 311-319, table 1.
HITS = ints(18, 17, 16, 15, 14, 14, 13, 12, 11, 11, 10, 10, 10, 10, 10, 9, 8, 7)
AT_BATS = np.full(18, 45, dtype=np.int64)
SPREAD = ints(5, 40, 90, 12, 60, 33), ints(100, 200, 150, 80, 90, 300)


class TestThePrior:
    def test_has_a_mean_and_a_strength(self) -> None:
        prior = BetaPrior(alpha=3.0, beta=9.0)
        assert (prior.mean, prior.strength) == (0.25, 12.0)

    def test_is_as_likely_as_the_best_that_a_search_over_both_finds(self) -> None:
        successes, trials = SPREAD
        prior = fit_beta_binomial(successes, trials)
        assert prior is not None

        def at_mean(mean: float) -> float:
            best = minimize_scalar(
                lambda log: (
                    -likelihood(
                        BetaPrior(mean * np.exp(log), (1 - mean) * np.exp(log)), successes, trials
                    )
                ),
                bounds=(-3, 12),
                method="bounded",
            )
            return float(best.fun)

        best = minimize_scalar(at_mean, bounds=(0.01, 0.99), method="bounded")
        assert -likelihood(prior, successes, trials) == pytest.approx(float(best.fun), abs=1e-4)
        assert prior.mean == pytest.approx(float(best.x), abs=1e-3)

    def test_is_strong_where_the_peers_differ_little(self) -> None:
        prior = fit_beta_binomial(HITS, AT_BATS)
        assert prior is not None
        assert prior.mean == pytest.approx(0.2654, abs=5e-4)  # 215 hits at 810 bats
        assert 45 < prior.strength < 10_000  # the start of a season moves half way at most

    def test_is_weaker_than_one_observation_where_the_peers_have_nothing_in_common(self) -> None:
        prior = fit_beta_binomial(ints(0, 100, 0, 100), ints(100, 100, 100, 100))
        assert prior is not None
        assert prior.mean == pytest.approx(0.5)
        assert prior.strength < 0.5

    def test_counts_a_row_of_one_trial(self) -> None:
        prior = fit_beta_binomial(ints(1, 0), ints(1, 9))
        assert prior is not None
        assert 0 < prior.mean < 1

    def test_pools_completely_where_the_peers_differ_no_more_than_chance(self) -> None:
        prior = fit_beta_binomial(ints(10, 10, 10), ints(100, 100, 100))
        assert prior is not None
        assert prior.strength == pytest.approx(POOLED)
        assert prior.mean == pytest.approx(0.1)
        assert POOLED == 1e9

    def test_takes_no_notice_of_rows_without_trials(self) -> None:
        successes, trials = SPREAD
        with_empty = fit_beta_binomial(ints(0, *successes, 0), ints(0, *trials, 0))
        assert with_empty == fit_beta_binomial(successes, trials)

    @pytest.mark.parametrize(
        ("successes", "trials"),
        [
            (ints(), ints()),
            (ints(3), ints(9)),
            (ints(3, 0), ints(9, 0)),
            (ints(0, 0), ints(9, 9)),
            (ints(9, 5), ints(9, 5)),
        ],
    )
    def test_is_none_where_there_is_nothing_to_fit(
        self, successes: IntArray, trials: IntArray
    ) -> None:
        assert fit_beta_binomial(successes, trials) is None

    @pytest.mark.parametrize(
        ("successes", "trials"), [(ints(1, 2), ints(9, 9)), (ints(1, 8), ints(9, 9))]
    )
    def test_is_there_from_two_rows_with_a_success_and_a_failure_on(
        self, successes: IntArray, trials: IntArray
    ) -> None:
        assert fit_beta_binomial(successes, trials) is not None

    def test_is_symmetric_in_success_and_failure(self) -> None:
        successes, trials = SPREAD
        one, other = (
            fit_beta_binomial(successes, trials),
            fit_beta_binomial(trials - successes, trials),
        )
        assert one is not None
        assert other is not None
        assert one.alpha == pytest.approx(other.beta, rel=1e-2)
        assert one.beta == pytest.approx(other.alpha, rel=1e-2)

    def test_refuses_counts_that_cannot_be(self) -> None:
        with pytest.raises(ValueError, match="must lie between 0 and trials"):
            fit_beta_binomial(ints(5, 1), ints(4, 2))


class TestAShrunkRate:
    PRIOR = BetaPrior(alpha=2.0, beta=8.0)

    def test_lies_between_the_peers_and_the_row_s_own(self) -> None:
        # (2 + 5) / (10 + 10); (2 + 50) / (10 + 100); the prior's mean without trials
        found = shrunk_rates(ints(5, 50, 0), ints(10, 100, 0), prior=self.PRIOR)
        assert found == pytest.approx([0.35, 52 / 110, 0.2])

    @few
    @given(rows=counts)
    def test_is_the_mean_of_the_posterior(self, rows: list[tuple[int, int]]) -> None:
        successes, trials = np.array(rows, dtype=np.int64).T
        found = shrunk_rates(successes, trials, prior=self.PRIOR)
        posterior = stats.beta(2.0 + successes, 8.0 + trials - successes)
        assert found == pytest.approx(posterior.mean())

    def test_refuses_counts_that_cannot_be(self) -> None:
        with pytest.raises(ValueError, match="must lie between 0 and trials"):
            shrunk_rates(ints(5), ints(4), prior=self.PRIOR)


class TestAPercentile:
    def test_is_the_share_of_the_others_that_are_exceeded(self) -> None:
        found = percentile_among(floats(0.1, 0.4, 0.2, 0.3, 0.5))
        assert found == pytest.approx([0.0, 0.75, 0.25, 0.5, 1.0])

    def test_counts_ties_half(self) -> None:
        assert percentile_among(floats(0.1, 0.2, 0.2, 0.3)) == pytest.approx([0.0, 0.5, 0.5, 1.0])
        assert percentile_among(floats(0.2, 0.2)) == pytest.approx([0.5, 0.5])

    def test_of_an_unknown_value_is_unknown_and_counts_for_nobody(self) -> None:
        found = percentile_among(floats(0.1, np.nan, 0.3))
        assert np.isnan(found[1])
        assert found[[0, 2]] == pytest.approx([0.0, 1.0])

    @pytest.mark.parametrize("values", [floats(), floats(0.3), floats(0.3, np.nan)])
    def test_is_unknown_alone(self, values: FloatArray) -> None:
        found = percentile_among(values)
        assert found.shape == values.shape
        assert np.isnan(found).all()

    @given(values=st.lists(st.floats(0, 1, allow_nan=False), min_size=2, max_size=20, unique=True))
    def test_is_the_rank_without_ties(self, values: list[float]) -> None:
        found = percentile_among(np.array(values))
        ranks = stats.rankdata(values)
        assert found == pytest.approx((ranks - 1) / (len(values) - 1))


class TestTheStartOfTheSearch:
    """By moments: mean (1 - mean) / extra spread - 1, within 1 and a million."""

    def test_is_the_strength_whose_spread_the_peers_show(self) -> None:
        # rates 0.2 and 0.4, mean 0.3, 100 trials each: spread 0.01, noise 0.21 * 2 / 200 = 0.0021,
        # so 0.21 / (0.01 - 0.0021) - 1 = 25.58
        found = spark_measure.rates._strength_by_moments(floats(0.2, 0.4), floats(100, 100), 0.3)
        assert found == pytest.approx(25.5823, abs=1e-3)

    def test_weighs_rows_by_their_trials(self) -> None:
        # spread (300 * 0.0025 + 100 * 0.0225) / 400 = 0.0075, mean 0.25, noise 0.1875 * 2 / 400
        found = spark_measure.rates._strength_by_moments(floats(0.2, 0.4), floats(300, 100), 0.25)
        assert found == pytest.approx(0.1875 / (0.0075 - 0.0009375) - 1, abs=1e-6)

    def test_is_a_million_at_most_where_there_is_no_spread(self) -> None:
        found = spark_measure.rates._strength_by_moments(floats(0.3, 0.3), floats(9, 9), 0.3)
        assert found == pytest.approx(999_999)

    def test_is_one_at_least_where_the_peers_have_nothing_in_common(self) -> None:
        found = spark_measure.rates._strength_by_moments(floats(0.0, 1.0), floats(1e6, 1e6), 0.5)
        assert found == 1.0
