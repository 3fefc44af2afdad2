"""Scores of creators: separate numbers with their parts, shrunk, and undefined where there is too little."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import betainc

import spark_measure
from kindling.profiles import rules
from kindling.profiles.rules import BriefWish, Counts, Earnings, Rate
from spark_measure import BetaPrior

PEERS = [
    (1, 10, 2_000),
    (1, 90, 2_000),
    (1, 40, 2_000),
    (2, 60, 3_000),
    (2, 20, 3_000),
    (2, 75, 2_500),
]
rows = st.lists(
    st.tuples(st.integers(3, 6), st.integers(0, 400), st.integers(400, 5_000)), max_size=12
).map(lambda more: PEERS + more)  # fmt: skip


def rates(posts: list[tuple[int, int, int]]) -> dict[int, Rate]:
    owners, hits, views = (np.array(column, dtype=np.int64) for column in zip(*posts, strict=True))
    return rules.rates_of_posts(owners, hits, views)


def conversions(*rows: tuple[int, int]) -> dict[int, Rate]:
    """The rates of creators 1, 2, ... with these orders and clicks."""
    orders, clicks = (np.array(column, dtype=np.int64) for column in zip(*rows, strict=True))
    return rules.conversion_rates(np.arange(1, len(rows) + 1), orders, clicks)


class TestARate:
    @settings(max_examples=25, deadline=None)
    @given(posts=rows)
    def test_lies_between_the_creator_s_own_and_the_peers(
        self, posts: list[tuple[int, int, int]]
    ) -> None:
        for rate in rates(posts).values():
            low, high = sorted((rate.own, rate.peers))
            assert low - 1e-6 <= rate.value <= high + 1e-6
            assert rate.low <= rate.value <= rate.high

    @settings(max_examples=25, deadline=None)
    @given(posts=rows, chance=st.randoms(use_true_random=False))
    def test_does_not_depend_on_the_order_of_the_rows(
        self, posts: list[tuple[int, int, int]], chance: Any
    ) -> None:
        shuffled = list(posts)
        chance.shuffle(shuffled)
        one, other = rates(posts), rates(shuffled)
        assert one.keys() == other.keys()
        for key in one:
            assert one[key].value == pytest.approx(other[key].value, abs=2e-5)
            assert one[key].percentile == pytest.approx(other[key].percentile, abs=0.51)

    @settings(max_examples=25, deadline=None)
    @given(few=st.integers(100, 2_000), times=st.integers(2, 20), share=st.floats(0.05, 0.95))
    def test_is_narrower_with_more_clicks(self, few: int, times: int, share: float) -> None:
        def width(clicks: int) -> float:
            # Creator 2 and 3 make the peers as good as creator 1, so that only the amount differs.
            counts = np.array([clicks, 10**5, 10**5], dtype=np.int64)
            spread = np.array([share, min(1.0, share * 1.3), share * 0.7])
            owners = np.array([1, 2, 3], dtype=np.int64)
            found = rules.conversion_rates(owners, (counts * spread).astype(np.int64), counts)[1]
            return found.high - found.low

        assert width(few * times) < width(few)

    def test_of_a_post_with_millions_of_views_is_still_that_of_one_post(self) -> None:
        # One lucky post does not beat three that did well each: views of one post go together.
        lucky = [(7, 300_000, 1_000_000), (7, 20, 1_000), (7, 20, 1_000)]
        steady = [(8, 150, 1_000), (8, 150, 1_000), (8, 150, 1_000)]
        found = rates(PEERS + lucky + steady)
        assert found[8].value > found[7].value

    @pytest.mark.parametrize(
        "posts",
        [
            [(9, 50, 5_000)] * 2,
            [(9, 5, 300)] * 3,
            [(9, 5, 333)] * 3,
            [(9, 50, 5_000), (9, 50, 5_000), (9, 0, 0)],
        ],
        ids=["two posts", "900 views", "999 views", "two posts and one without views"],
    )
    def test_is_not_given_for_too_few(self, posts: list[tuple[int, int, int]]) -> None:
        found = rates(PEERS + posts)
        assert 9 not in found
        assert 1 in found

    @pytest.mark.parametrize(
        "posts", [[(9, 5, 334), (9, 5, 333), (9, 5, 333)], [(9, 0, 1), (9, 1, 1), (9, 20, 998)]]
    )
    def test_is_given_from_three_posts_and_a_thousand_views_on(
        self, posts: list[tuple[int, int, int]]
    ) -> None:
        assert 9 in rates(PEERS + posts)

    def test_is_not_moved_by_posts_without_views(self) -> None:
        assert rates([*PEERS, (1, 0, 0), (2, 0, 0), (9, 0, 0)]) == rates(PEERS)

    def test_is_not_given_where_nobody_engaged(self) -> None:
        assert rates([(1, 0, 1_000)] * 3) == {}
        assert rates([(1, 10, 5_000)]) == {}

    def test_of_somebody_alone_has_no_place(self) -> None:
        found = rates(PEERS[:3])
        assert found[1].percentile is None
        assert rules.watchable([found[1], None]) is None

    def test_of_conversion_needs_a_hundred_clicks(self) -> None:
        numbers = np.array([1, 2, 3], dtype=np.int64)
        clicks = np.array([99, 100, 5_000], dtype=np.int64)
        found = rules.conversion_rates(numbers, np.array([50, 0, 100], dtype=np.int64), clicks)
        assert set(found) == {2, 3}
        assert 0 < found[2].value < found[3].peers

    def test_of_conversion_counts_no_more_orders_than_clicks(self) -> None:
        assert conversions((150, 100), (20, 400)) == conversions((100, 100), (20, 400))

    def test_of_conversion_is_not_given_where_nobody_ordered(self) -> None:
        assert conversions((0, 500), (0, 900)) == {}

    @pytest.mark.parametrize("rows", [((9, 300), (40, 400), (90, 1_700)), ((1, 3_000), (2, 100))])
    def test_is_told_with_nineteen_chances_in_twenty(
        self, rows: tuple[tuple[int, int], ...]
    ) -> None:
        orders, clicks = (np.array(column, dtype=np.int64) for column in zip(*rows, strict=True))
        prior = spark_measure.fit_beta_binomial(orders, clicks)
        assert prior is not None
        for rate, hits, trials in zip(conversions(*rows).values(), orders, clicks, strict=True):
            alpha, beta = prior.alpha + hits, prior.beta + trials - hits
            assert rate.value == pytest.approx(alpha / (alpha + beta), abs=1e-6)
            assert betainc(alpha, beta, rate.low) == pytest.approx(0.025, abs=1e-3)
            assert betainc(alpha, beta, rate.high) == pytest.approx(0.975, abs=1e-3)

    def test_is_told_beside_the_creator_s_own_and_the_peers_in_six_digits(self) -> None:
        rows = (1, 300), (40, 700), (90, 1_700)
        orders, clicks = (np.array(column, dtype=np.int64) for column in zip(*rows, strict=True))
        prior = spark_measure.fit_beta_binomial(orders, clicks)
        assert prior is not None
        found = conversions(*rows)
        assert [each.own for each in found.values()] == [0.003333, 0.057143, 0.052941]
        assert {each.peers for each in found.values()} == {round(prior.mean, 6)}

    def test_has_a_place_among_the_others(self) -> None:
        found = conversions((10, 1_000), (90, 1_000), (40, 1_000), (70, 1_000))
        assert [each.percentile for each in found.values()] == [0, 1, 0.333333, 0.666667]


class TestTheWorthOfAPost:
    def test_is_that_of_fewer_views_the_more_alike_they_are(self) -> None:
        # n / (1 + (n - 1) / (s + 1)) with s = 10
        worth = rules.worth_of(np.array([0, 1, 12, 111], dtype=np.int64), BetaPrior(2, 8))
        assert worth.tolist() == pytest.approx([0, 1, 6, 111 / 11])

    @settings(max_examples=25)
    @given(views=st.integers(0, 10**9), strength=st.floats(0.01, 1e9))
    def test_is_never_more_than_its_views_nor_than_the_spread_allows(
        self, views: int, strength: float
    ) -> None:
        prior = BetaPrior(strength / 4, strength * 3 / 4)
        (worth,) = rules.worth_of(np.array([views], dtype=np.int64), prior)
        assert 0 <= worth <= min(views, strength + 1) * (1 + 1e-9)


class TestThePlaceAmongCreators:
    def place(self, percentile: float | None) -> Rate:
        return Rate(0.1, 0.05, 0.2, 0.1, 0.1, percentile)

    def test_is_the_mean_of_what_is_known(self) -> None:
        assert rules.watchable([self.place(0.2), self.place(0.7)]) == 0.45
        assert rules.watchable([self.place(0.3), None]) == 0.3
        assert rules.watchable([self.place(None), self.place(0)]) == 0

    def test_is_kept_to_six_digits(self) -> None:
        thirds = [self.place(0), self.place(0), self.place(1)]
        assert rules.watchable(thirds) == 0.333333

    def test_is_not_known_where_nothing_is(self) -> None:
        assert rules.watchable([None, self.place(None)]) is None


class TestWhatIsEnough:
    @pytest.mark.parametrize(
        ("posts", "views", "is_enough"),
        [
            (3, 1_000, True), (2, 1_000, False), (3, 999, False), (2, 999, False), (900, 900, False),
        ],
    )  # fmt: skip
    def test_of_posts_are_three_with_a_thousand_views(
        self, posts: int, views: int, is_enough: bool
    ) -> None:
        assert Counts(posts, views).is_enough is is_enough

    @pytest.mark.parametrize(("clicks", "is_enough"), [(100, True), (99, False)])
    def test_of_clicks_are_a_hundred_however_many_orders(
        self, clicks: int, is_enough: bool
    ) -> None:
        assert Earnings(1, 1, clicks, None, None, "USD").is_enough is is_enough
        assert not Earnings(500, 500, 99, None, None, "USD").is_enough


class TestFit:
    def test_is_the_share_of_questions_with_something_in_common(self) -> None:
        words = rules.words_of("Skin care that lasts")
        brief = BriefWish(1, "Sample", frozenset({"GLOW"}), words, "en")
        found = rules.fit(
            [brief], skus=frozenset({"GLOW"}), tags=frozenset({"skin care", "food"}), language="es"
        )
        assert found is not None
        assert found.share == pytest.approx(2 / 3, abs=1e-6)
        assert [(each.name, each.common) for each in found.checks] == [
            ("products", ("GLOW",)), ("tags", ("skin care",)), ("language", ()),
        ]  # fmt: skip

    def test_reads_words_of_any_text_in_small_letters(self) -> None:
        assert rules.words_of("Skin-Care", "para Niños!") == {"skin", "care", "para", "niños"}

    @pytest.mark.parametrize(
        ("tags", "common"),
        [
            ({"skin care"}, ("skin care",)),
            ({"skin", "care", "cars"}, ("care", "skin")),
            ({"skin care daily"}, ()),
            ({"-"}, ()),
            (set(), ()),
        ],
    )
    def test_has_a_tag_in_common_when_the_brief_says_all_its_words(
        self, tags: set[str], common: tuple[str, ...]
    ) -> None:
        found = self.fit(
            BriefWish(1, "T", frozenset(), rules.words_of("skin care"), "en"), tags=tags
        )
        assert next(each.common for each in found.checks if each.name == "tags") == common

    def test_asks_for_products_only_where_the_brief_names_some(self) -> None:
        words = rules.words_of("any")
        found = self.fit(BriefWish(1, "T", frozenset(), words, "en"), skus={"GLOW"})
        assert [(each.name, each.common) for each in found.checks] == [
            ("tags", ()), ("language", ("en",)),
        ]  # fmt: skip
        found = self.fit(BriefWish(1, "T", frozenset({"KNIT", "MUG"}), words, "en"), skus={"GLOW"})
        assert found.checks[0] == rules.FitCheck("products", ())
        found = self.fit(
            BriefWish(1, "T", frozenset({"KNIT", "MUG", "GLOW"}), words, "en"),
            skus={"GLOW", "KNIT", "HAT"},
        )
        assert found.checks[0].common == ("GLOW", "KNIT")

    def test_names_its_brief(self) -> None:
        found = self.fit(BriefWish(7, "Spring", frozenset(), rules.words_of("x"), "en"))
        assert (found.brief, found.title, found.share) == (7, "Spring", 0.5)

    def test_of_briefs_that_fit_alike_is_that_of_the_one_that_asks_more_then_the_newest(
        self,
    ) -> None:
        words, sku = rules.words_of("x"), frozenset({"GLOW"})
        plain, asking = (
            BriefWish(3, "A", frozenset(), words, "es"),
            BriefWish(1, "B", sku, words, "es"),
        )
        assert self.fit(plain, asking).brief == 1
        assert self.fit(plain, BriefWish(4, "C", frozenset(), words, "es")).brief == 4

    def fit(
        self, *briefs: BriefWish, tags: Iterable[str] = (), skus: Iterable[str] = ()
    ) -> rules.BestFit:
        found = rules.fit(briefs, skus=frozenset(skus), tags=frozenset(tags), language="en")
        assert found is not None
        return found

    def test_is_undefined_without_a_ready_brief(self) -> None:
        assert rules.fit([], skus=frozenset(), tags=frozenset(), language="en") is None

    @given(tags=st.frozensets(st.sampled_from(["skin", "food", "care", "-"])))
    def test_is_the_best_brief_s(self, tags: frozenset[str]) -> None:
        briefs = [
            BriefWish(1, "A", frozenset(), rules.words_of("skin"), "en"),
            BriefWish(2, "B", frozenset({"X"}), rules.words_of("food care"), "es"),
        ]
        both = rules.fit(briefs, skus=frozenset(), tags=tags, language="en")
        each = [rules.fit([one], skus=frozenset(), tags=tags, language="en") for one in briefs]
        assert both is not None
        assert both.share == max(one.share for one in each if one)


class TestTheParts:
    NOTHING = Earnings(0, 0, 0, None, None, "USD")

    def test_of_a_score_are_values_as_pages_and_the_api_show_them(self) -> None:
        brief = rules.BestFit(0.5, 7, "Spring", (rules.FitCheck("language", ("en",)),))
        assert rules.parts(
            Counts(3, 1_000),
            Rate(0.1, 0.05, 0.2, 0.12, 0.09, 0.5),
            Rate(0.3, 0.25, 0.4, 0.32, 0.29),
            Earnings(12, 9, 100, 450, -300, "EUR"),
            Rate(0.02, 0.01, 0.03, 0.022, 0.019, 1.0),
            brief,
        ) == {
            "watchable": {
                "posts": 3,
                "views": 1_000,
                "is_enough": True,
                "engagement": {
                    "value": 0.1, "low": 0.05, "high": 0.2, "own": 0.12, "peers": 0.09,
                    "percentile": 0.5,
                },
                "completion": {
                    "value": 0.3, "low": 0.25, "high": 0.4, "own": 0.32, "peers": 0.29,
                    "percentile": None,
                },
            },
            "converting": {
                "orders": 12,
                "spark_orders": 9,
                "clicks": 100,
                "cost_per_order_minor": 450,
                "profit_minor": -300,
                "currency": "EUR",
                "is_enough": True,
                "rate": {
                    "value": 0.02, "low": 0.01, "high": 0.03, "own": 0.022, "peers": 0.019,
                    "percentile": 1.0,
                },
            },
            "fit": {
                "share": 0.5,
                "brief": 7,
                "title": "Spring",
                "checks": ({"name": "language", "common": ("en",)},),
            },
        }  # fmt: skip

    def test_that_are_not_known_are_none(self) -> None:
        found = rules.parts(Counts(0, 0), None, None, self.NOTHING, None, None)
        assert (found["watchable"]["engagement"], found["watchable"]["completion"]) == (None, None)
        assert (found["converting"]["rate"], found["fit"]) == (None, None)
        assert not found["watchable"]["is_enough"]
        assert not found["converting"]["is_enough"]
