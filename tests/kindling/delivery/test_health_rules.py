"""Fatigue and weak starts, as pure rules."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kindling.delivery.health import rules
from kindling.delivery.health.rules import PUBLISHED, Counts, Fatigue, drop_of, fatigue, weak_start

FIRST = Counts(20_000, 300, 7_000, 1.1)
WORN = Counts(20_000, 150, 5_000, 1.6)


class TestFatigue:
    def test_is_likely_where_fewer_click_who_see_it_more_often(self) -> None:
        found = fatigue(FIRST, WORN, age_days=10)
        assert found.state is Fatigue.LIKELY
        assert "CTR" in found.reason
        assert "frequency a day went from 1.10 to 1.60" in found.reason
        assert found.confidence is not None
        assert found.confidence > 0.9

    @pytest.mark.parametrize(
        ("change", "state"),
        [
            ({"frequency": None}, Fatigue.POSSIBLE),
            ({"frequency": 1.0}, Fatigue.POSSIBLE),
            ({"clicks": 290, "two_second_views": 6_900}, Fatigue.FRESH),
            ({"clicks": 0, "two_second_views": 0}, Fatigue.UNKNOWN),
        ],
    )
    def test_is_said_no_surer_than_it_is(
        self, change: dict[str, float | None], state: Fatigue
    ) -> None:
        assert fatigue(FIRST, replace(WORN, **change), age_days=10).state is state  # type: ignore[arg-type]

    def test_is_unknown_of_a_young_ad_and_without_figures(self) -> None:
        assert fatigue(FIRST, WORN, age_days=5).state is Fatigue.UNKNOWN
        assert fatigue(None, WORN, age_days=10).state is Fatigue.UNKNOWN
        assert fatigue(FIRST, None, age_days=10).confidence is None

    def test_leaves_little_change_by_chance_alone(self) -> None:
        few = drop_of("CTR", first=(20, 1_000), recent=(12, 1_000))
        many = drop_of("CTR", first=(2_000, 100_000), recent=(1_200, 100_000))
        assert few is not None
        assert many is not None
        assert few.confidence < rules.SURE < many.confidence
        assert few.drop < many.drop == pytest.approx(0.4, abs=0.01)

    @given(
        x1=st.integers(10, 500), x2=st.integers(10, 500), fewer=st.integers(0, 400),
        n=st.integers(1_000, 100_000),
    )  # fmt: skip
    def test_is_surer_the_fewer_click(self, x1: int, x2: int, fewer: int, n: int) -> None:
        less = max(10, x2 - fewer)
        one = drop_of("CTR", first=(x1, n), recent=(x2, n))
        other = drop_of("CTR", first=(x1, n), recent=(less, n))
        assert one is not None
        assert other is not None
        assert other.drop >= one.drop - 0.05
        assert one.low <= one.drop <= one.high
        assert 0 <= one.confidence <= 1


class TestAWeakStart:
    def test_is_named_with_what_it_is_compared_with(self) -> None:
        found = weak_start(PUBLISHED["thumb_stop"], actions=400, impressions=4_000)
        assert found is not None
        assert "published figures" in found.reason
        assert "10.0 %" in found.reason
        own = replace(PUBLISHED["thumb_stop"], launches=14)
        told = weak_start(own, actions=400, impressions=4_000)
        assert told is not None
        assert "your last 14 launches" in told.reason

    def test_needs_more_than_a_few_impressions(self) -> None:
        assert weak_start(PUBLISHED["ctr"], actions=0, impressions=100) is None
        assert weak_start(PUBLISHED["ctr"], actions=0, impressions=5_000) is not None
        assert weak_start(PUBLISHED["ctr"], actions=0, impressions=0) is None
        assert weak_start(PUBLISHED["ctr"], actions=9, impressions=5) is None

    @given(actions=st.integers(0, 5_000), impressions=st.integers(5_000, 100_000))
    def test_is_never_one_at_a_usual_rate(self, actions: int, impressions: int) -> None:
        usual = PUBLISHED["thumb_stop"]
        if actions / impressions >= usual.rate * rules.WEAK_SHARE:
            assert weak_start(usual, actions=actions, impressions=impressions) is None
