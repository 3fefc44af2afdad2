"""The world's own quantiles beside SciPy's, which worlds were drawn with before."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special, stats

from tiktok_sandbox.world.randomness.distributions import (
    beta_quantile,
    beta_share,
    binomial_p_value,
    normal_quantile,
    normal_share,
)

DRAWS = np.random.default_rng(3)
UNIFORMS = np.concatenate(
    [
        DRAWS.random(50_000),
        10 ** -DRAWS.uniform(0, 12, 5_000),
        1 - 10 ** -DRAWS.uniform(0, 12, 5_000),
        [1e-12, 0.5, 1 - 1e-12],
    ]
)


class TestNormal:
    def test_quantiles_are_scipy_s_to_the_last_bit(self) -> None:
        assert np.array_equal(normal_quantile(UNIFORMS), special.ndtri(UNIFORMS))

    def test_a_few_are_what_they_are_among_many(self) -> None:
        far = np.concatenate([UNIFORMS[::11], UNIFORMS[-10_003:]])
        parts = [normal_quantile(part) for part in np.array_split(far, len(far) // 7)]
        assert np.array_equal(np.concatenate(parts), normal_quantile(far))

    def test_shares_are_scipy_s_to_the_last_bit(self) -> None:
        x = np.concatenate([DRAWS.uniform(-40, 40, 50_000), [0, 1, -1, np.inf, -np.inf]])
        assert np.array_equal(normal_share(x), special.ndtr(x))

    def test_keeps_the_shape(self) -> None:
        assert normal_quantile(UNIFORMS[:6].reshape(2, 3)).shape == (2, 3)
        assert normal_quantile(np.zeros(0)).shape == normal_share(np.zeros(0)).shape == (0,)


class TestBeta:
    @pytest.mark.parametrize(
        ("a", "b"), [(6.0, 2.2), (2.2, 4.5), (1.0, 1.0), (0.7, 0.4), (200.0, 300.0), (0.05, 0.05)]
    )
    def test_quantiles_are_scipy_s_to_twelve_decimals(self, a: float, b: float) -> None:
        u = UNIFORMS[:5_000]
        assert beta_quantile(a, b, u) == pytest.approx(special.betaincinv(a, b, u), abs=1e-12)

    def test_a_share_and_its_quantile_undo_each_other(self) -> None:
        x = np.linspace(0.01, 0.99, 99)
        assert beta_quantile(6.0, 2.2, beta_share(6.0, 2.2, x)) == pytest.approx(x, abs=1e-12)

    def test_nothing_comes_of_nothing(self) -> None:
        assert beta_quantile(2.0, 3.0, np.zeros(0)).shape == (0,)


@pytest.mark.parametrize(
    ("hits", "trials", "share"),
    [(0, 1, 0.5), (3, 10, 0.5), (10, 10, 0.2), (480, 1_000, 0.5), (7, 20_000, 0.001)],
)
def test_the_p_value_of_a_binomial_is_scipy_s(hits: int, trials: int, share: float) -> None:
    wanted = stats.binomtest(hits, trials, share).pvalue
    assert binomial_p_value(hits, trials, share) == pytest.approx(wanted, rel=1e-9)
