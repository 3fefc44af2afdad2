"""A post's rate: its own numbers where they are many, its peers' where they are few."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spark_measure.signals import shrink


def counts(rates: list[float], views: int) -> tuple[np.ndarray, np.ndarray]:
    trials = np.full(len(rates), views)
    return np.round(np.array(rates) * trials).astype(np.int64), trials


MANY = [0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.08, 0.1]


class TestAPostSeenOften:
    def test_keeps_its_own_rate(self) -> None:
        hits, views = counts(MANY, 1_000_000)
        found = shrink(hits, views, np.arange(8))
        assert found is not None
        assert found.rate == pytest.approx(MANY, rel=0.01)
        assert (found.own_part > 0.99).all()
        assert (found.low < found.rate).all()
        assert (found.rate < found.high).all()
        assert (found.high - found.low < 0.002).all()


class TestAPostSeenSeldom:
    def test_stays_near_its_peers(self) -> None:
        hits, views = counts([*MANY, 1.0], 1_000_000)
        hits[-1], views[-1] = 2, 2
        found = shrink(hits, views, np.arange(9))
        assert found is not None
        assert 0.04 < found.rate[-1] < 0.25
        assert found.own_part[-1] < 0.7
        assert found.high[-1] - found.low[-1] > 0.05

    def test_that_nobody_saw_is_as_its_peers_and_moves_nothing(self) -> None:
        hits, views = counts([*MANY, 0.0], 10_000)
        views[-1] = 0
        found = shrink(hits, views, np.arange(9))
        assert found is not None
        assert found.rate[-1] == pytest.approx(found.typical)
        assert (found.lift[-1], found.own_part[-1]) == (0, 0)

    def test_of_a_maker_of_many_posts_is_as_his_others(self) -> None:
        """Two makers of twelve posts each; a new post of either starts at his level."""
        random = np.random.default_rng(3)
        rates = np.concatenate([random.uniform(0.02, 0.03, 12), random.uniform(0.10, 0.14, 12)])
        hits, views = counts([*rates, 0.0, 0.0], 20_000)
        views[-2:] = 0
        makers = np.array([0] * 12 + [1] * 12 + [0, 1])
        found = shrink(hits, views, makers)
        assert found is not None
        assert found.rate[-2] == pytest.approx(0.025, rel=0.15)
        assert found.rate[-1] == pytest.approx(0.12, rel=0.15)
        assert found.lift[-2] < 0 < found.lift[-1]


class TestIntervals:
    def test_hold_the_true_rate_about_as_often_as_they_say(self) -> None:
        random = np.random.default_rng(11)
        held = []
        for _ in range(40):
            makers = np.repeat(np.arange(20), 6)
            level = random.normal(-3, 0.4, 20)[makers] + random.normal(0, 0.5, 120)
            true = 1 / (1 + np.exp(-level))
            views = np.exp(random.normal(6.5, 1.5, 120)).astype(np.int64) + 1
            found = shrink(random.binomial(views, true), views, makers)
            assert found is not None
            held.append(((found.low < true) & (true < found.high)).mean())
        assert 0.86 < np.mean(held) < 0.93

    @given(
        st.lists(
            st.tuples(st.integers(0, 500), st.integers(0, 5_000), st.integers(0, 4)),
            min_size=2,
            max_size=30,
        )
    )
    def test_are_in_order_whatever_was_counted(self, rows: list[tuple[int, int, int]]) -> None:
        hits = np.array([hit for hit, _, _ in rows])
        views = hits + np.array([more for _, more, _ in rows])
        found = shrink(hits, views, np.array([maker for *_, maker in rows]))
        if (views > 0).sum() < 2:
            assert found is None
            return
        assert found is not None
        assert ((found.low >= 0) & (found.low <= found.rate)).all()
        assert ((found.rate <= found.high) & (found.high <= 1)).all()
        assert np.isfinite(found.lift).all()


class TestNothingToCompare:
    def test_gives_nothing(self) -> None:
        assert shrink(np.array([3, 0]), np.array([10, 0]), np.array([0, 1])) is None

    def test_posts_that_differ_by_chance_alone_are_all_alike(self) -> None:
        random = np.random.default_rng(5)
        views = np.full(200, 2_000)
        found = shrink(random.binomial(views, 0.05), views, np.arange(200) % 20)
        assert found is not None
        assert found.rate.std() < 0.002
        assert found.typical == pytest.approx(0.05, rel=0.05)

    def test_more_likes_than_views_are_refused(self) -> None:
        with pytest.raises(ValueError, match="between 0 and trials"):
            shrink(np.array([3, 1]), np.array([2, 5]), np.array([0, 1]))
        with pytest.raises(ValueError, match="between 0 and trials"):
            shrink(np.array([-1, 1]), np.array([2, 5]), np.array([0, 1]))
