"""Scores of creators: separate numbers with their parts, shrunk, and undefined where there is too little."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kindling.profiles import rules
from kindling.profiles.rules import BriefWish

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


def rates(posts: list[tuple[int, int, int]]) -> dict[int, rules.Rate]:
    owners, hits, views = (np.array(column, dtype=np.int64) for column in zip(*posts, strict=True))
    return rules.rates_of_posts(owners, hits, views)


def ordered(found: dict[int, rules.Rate]) -> list[int]:
    return sorted(found, key=lambda key: (-found[key].value, key))


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
        "posts", [[(9, 50, 5_000)] * 2, [(9, 5, 300)] * 3], ids=["two posts", "900 views"]
    )
    def test_is_not_given_for_too_few(self, posts: list[tuple[int, int, int]]) -> None:
        found = rates(PEERS + posts)
        assert 9 not in found
        assert 1 in found

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
