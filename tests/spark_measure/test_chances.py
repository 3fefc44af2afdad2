"""The chance that a post pays: a belief before any ad, and what ads then teach."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from spark_measure import evidence, readiness, scores

ONE = readiness.prior(["likes"], [0.5], [0.2], level=-0.5, level_doubt=0.5)
LIKED = np.array([[-1.0], [0.0], [1.0]])


class TestBeforeAnyAd:
    def test_a_post_with_better_signals_has_the_better_chance(self) -> None:
        found = readiness.chances(ONE, LIKED)
        assert (np.diff(found.chance) > 0).all()
        assert 0.1 < found.chance[1] < 0.4
        assert (found.low < found.expected).all()
        assert (found.expected < found.high).all()

    def test_dearer_results_make_every_chance_smaller(self) -> None:
        usual, dear = (readiness.chances(ONE, LIKED, dearer=each).chance for each in (1.0, 1.5))
        assert (dear < usual).all()
        assert readiness.dearer_at(400.0, 0.0, 400.0) == pytest.approx(2**0.35)
        assert readiness.dearer_at(60.0, 60.0, 400.0) == 1


class TestOwnAds:
    def test_that_bring_more_orders_raise_the_chance_of_that_post_alone(self) -> None:
        due = np.array([0.0, 20.0, 0.0])
        few, many = (
            readiness.chances(ONE, LIKED, orders=np.array([0.0, each, 0.0]), paying_orders=due)
            for each in (5.0, 40.0)
        )
        before = readiness.chances(ONE, LIKED)
        assert few.chance[1] < before.chance[1] < many.chance[1]
        assert few.chance[1] < 0.01
        assert many.chance[1] > 0.95
        assert few.chance[[0, 2]] == pytest.approx(before.chance[[0, 2]])

    def test_that_have_just_begun_say_little(self) -> None:
        found = readiness.chances(ONE, LIKED[:1], orders=np.zeros(1), paying_orders=np.full(1, 0.2))
        before = readiness.chances(ONE, LIKED[:1])
        assert found.chance[0] == pytest.approx(before.chance[0], rel=0.25)

    def test_of_a_hundred_posts_teach_what_the_account_is_like(self) -> None:
        """An account that returns far more than the prior says, whose likes say nothing."""
        random = np.random.default_rng(1)
        signals = random.normal(0, 1, (200, 1))
        due = np.full(200, 30.0)
        orders = random.poisson(due * 1.5 * random.gamma(3, 1 / 3, 200))
        found = readiness.learn(ONE, signals, orders.astype(float), due)
        assert found.posts == 200
        assert np.exp(found.mean[0]) == pytest.approx(1.5, rel=0.15)
        assert abs(found.mean[1]) < 0.15
        assert found.shape in {2.0, 3.0, 5.0}
        assert np.diag(found.covariance)[0] < np.diag(ONE.covariance)[0] / 10

    def test_that_spent_nothing_teach_nothing(self) -> None:
        assert readiness.learn(ONE, LIKED, np.zeros(3), np.zeros(3)) is ONE

    def test_are_believed_less_the_fewer_they_are(self) -> None:
        signals = np.zeros((40, 1))
        few = readiness.learn(ONE, signals[:2], np.full(2, 60.0), np.full(2, 20.0))
        many = readiness.learn(ONE, signals, np.full(40, 60.0), np.full(40, 20.0))
        assert -0.5 < few.mean[0] < many.mean[0]
        assert many.mean[0] == pytest.approx(np.log(3), abs=0.2)


class TestChances:
    def test_come_true_as_often_as_they_say_where_the_belief_is_right(self) -> None:
        """Accounts drawn from the prior itself; twenty posts' ads are seen, the rest is judged."""
        random = np.random.default_rng(7)
        said, came = [], []
        for _ in range(150):
            level, slope = random.normal(-0.5, 0.5), random.normal(0.5, 0.2)
            signals = random.normal(0, 1, (60, 1))
            returns = np.exp(level + slope * signals[:, 0]) * random.gamma(2, 1 / 2, 60)
            due = np.full(20, 15.0)
            orders = random.poisson(due * returns[:20]).astype(float)
            model = readiness.learn(ONE, signals[:20], orders, due)
            said.append(readiness.chances(model, signals[20:]).chance)
            came.append(returns[20:] > 1)
        bins = scores.calibration(
            np.concatenate(said), np.concatenate(came), edges=np.linspace(0, 1, 6)
        )
        assert len(bins) >= 4
        for each in bins:
            assert each.said == pytest.approx(each.came, abs=0.06)


def counts(number: int) -> evidence.Counts:
    """Posts of which everything is alike but for the likes."""
    views = np.full(number, 20_000)
    unknown = np.full(number, -1)
    return evidence.Counts(
        makers=np.arange(number), products=np.arange(number) % 2,
        views=views, likes=np.linspace(200, 2_000, number).astype(np.int64),
        comments=np.full(number, 40), shares=np.full(number, 30), saves=unknown,
        profile_visits=unknown, completions=unknown, read_comments=np.zeros(number, np.int64),
        sceptics=np.zeros(number, np.int64), newest=np.full(number, np.nan),
        worth=np.where(np.arange(number) % 2, 2_000.0, np.nan),
    )  # fmt: skip


class TestEvidence:
    def test_of_what_nobody_told_moves_nothing(self) -> None:
        found = evidence.read(counts(12))
        names = list(evidence.PRIOR)
        for name in ("saves", "profile_visits", "completions", "sceptics", "trend", "worth"):
            assert not found.table[:, names.index(name)].any()
        assert found.rates["saves"] is None
        assert (np.diff(found.table[:, names.index("likes")]) > 0).all()

    def test_of_many_sceptics_counts_and_of_a_few_it_hardly_does(self) -> None:
        """Three of seven gate nothing, 60 of 300 do."""
        read, sceptics = np.full(30, 100), np.full(30, 4)
        read[0], sceptics[0], read[1], sceptics[1] = 7, 3, 300, 60
        found = evidence.read(replace(counts(30), read_comments=read, sceptics=sceptics))
        rate = found.rates["sceptics"]
        assert rate is not None
        assert rate.low[0] < 0.1 < rate.low[1]

    def test_ranks_posts_before_any_ad(self) -> None:
        several = counts(12)
        model, found = evidence.forecast(several, evidence.read(several))
        assert model.posts == 0
        assert (np.diff(found.chance) > 0).all()

    def test_learns_which_product_sells(self) -> None:
        several = counts(20)
        ads = evidence.Ads(
            posts=np.arange(10),
            orders=np.where(several.products[:10] == 1, 40.0, 2.0),
            paying_orders=np.full(10, 20.0),
        )
        _, found = evidence.forecast(several, evidence.read(several), ads)
        better, worse = found.chance[11::2], found.chance[10::2]
        assert better.min() > worse.max()

    def test_leaves_a_posts_own_ads_out_where_they_are_what_is_asked(self) -> None:
        several = counts(4)
        ads = evidence.Ads(
            posts=np.array([2]), orders=np.array([50.0]), paying_orders=np.array([20.0])
        )
        found = evidence.read(several)
        knows = evidence.forecast(several, found, ads)[1].chance
        blind = evidence.forecast(several, found, ads, knows_own=False)[1].chance
        assert blind[2] < knows[2]
        assert blind[[0, 1, 3]] == pytest.approx(knows[[0, 1, 3]])


class TestTheFirstTwoDays:
    def test_a_better_click_rate_raises_the_chance_and_a_higher_price_lowers_it(self) -> None:
        several = counts(6)
        shown = np.full(6, 10_000)
        first = evidence.FirstDays(
            impressions=shown,
            clicks=np.array([100, 100, 100, 100, 300, 100]),
            spend=np.array([60.0, 60, 60, 60, 60, 240]),
        )
        found = evidence.read(several)
        before = evidence.forecast(several, found)[1].chance
        after = evidence.forecast(several, found, first_days=first)[1].chance
        assert after[4] > 1.5 * before[4]
        assert after[5] < before[5] / 1.5

    def test_count_orders_by_how_many_can_be_known(self) -> None:
        known = evidence.known_part(np.array([-1.0, 0, 1, 6, 90]))
        assert known == pytest.approx([0, 0.5, 0.68, 1, 1])
