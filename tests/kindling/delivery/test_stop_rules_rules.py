"""What a rule decides, and what a budget is lowered to: pure, and by property."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kindling.delivery.budgets import rules as budgets
from kindling.delivery.budgets.rules import Lowering
from kindling.delivery.health import rules as health
from kindling.delivery.health.rules import Learning, LearningState
from kindling.delivery.stop_rules import rules
from kindling.delivery.stop_rules.rules import Act, Comparison, Condition, Metric, Outcome, Seen

LEARNED = LearningState(Learning.LEARNED, 60)
COUNTS = st.integers(0, 10**7)
STATES = st.sampled_from(list(Learning)).map(lambda state: LearningState(state, 10))
CONDITIONS = st.builds(
    Condition, st.sampled_from(Metric), st.sampled_from(Comparison),
    st.floats(0, 10**6), COUNTS, COUNTS, COUNTS, st.booleans(), st.sampled_from(Act),
)  # fmt: skip
SEEN = st.builds(
    Seen, st.none() | st.floats(0, 10**6), st.none() | COUNTS, st.none() | COUNTS, st.none() | COUNTS,
    STATES, st.sampled_from(["", "Figures are missing."]),
)  # fmt: skip


class TestADecision:
    @given(rule=CONDITIONS, seen=SEEN)
    def test_never_fires_on_what_is_not_known_or_too_thin(
        self, rule: Condition, seen: Seen
    ) -> None:
        if rules.decide(rule, seen).outcome is Outcome.FIRES:
            assert not seen.why_unknown
            assert seen.value is not None
            assert seen.spend_minor is not None
            assert seen.spend_minor >= rule.min_spend_minor
            assert seen.impressions is not None
            assert seen.impressions >= rule.min_impressions
            assert seen.conversions is not None
            assert seen.conversions >= rule.min_conversions
            if not rule.stops_learning and rule.act is not Act.TELL:
                assert seen.learning.state in {Learning.LEARNED, Learning.LIMITED}

    @given(rule=CONDITIONS, seen=SEEN, stricter=st.floats(0, 10**6))
    def test_fires_all_the_more_at_a_stricter_limit(
        self, rule: Condition, seen: Seen, stricter: float
    ) -> None:
        is_above = rule.comparison is Comparison.ABOVE
        limit = min(rule.value, stricter) if is_above else max(rule.value, stricter)
        if rules.decide(rule, seen).outcome is Outcome.FIRES:
            assert rules.decide(replace(rule, value=limit), seen).outcome is Outcome.FIRES

    def test_knows_no_act_that_raises(self) -> None:
        assert {str(each) for each in Act} == {"pause", "lower", "tell"}

    @pytest.mark.parametrize(
        ("change", "outcome"),
        [
            ({}, Outcome.FIRES),
            ({"value": 1_000.0}, Outcome.HOLDS),
            ({"value": None}, Outcome.THIN),
            ({"spend_minor": 4_999}, Outcome.THIN),
            ({"spend_minor": None}, Outcome.UNKNOWN),
            ({"why_unknown": "Late."}, Outcome.UNKNOWN),
            ({"learning": LearningState(Learning.LEARNING, 3)}, Outcome.LEARNING),
            ({"learning": LearningState(Learning.UNKNOWN, None)}, Outcome.UNKNOWN),
            ({"learning": LearningState(Learning.LIMITED, 3)}, Outcome.FIRES),
        ],
    )
    def test_says_why(self, change: dict[str, object], outcome: Outcome) -> None:
        rule = Condition(Metric.CPA, Comparison.ABOVE, 1_000, min_spend_minor=5_000)
        seen = replace(Seen(1_001.0, 5_000, 900, 5, LEARNED), **change)  # type: ignore[arg-type]
        found = rules.decide(rule, seen)
        assert found.outcome is outcome
        assert bool(found.reason) == (outcome is not Outcome.FIRES)
        if outcome is Outcome.LEARNING:
            assert rules.decide(replace(rule, stops_learning=True), seen).outcome is Outcome.FIRES
            assert rules.decide(replace(rule, act=Act.TELL), seen).outcome is Outcome.FIRES


class TestALowerBudget:
    @given(
        budget=st.integers(1, 10**9),
        percent=st.none() | st.integers(0, 99),
        to=st.none() | COUNTS,
        floor=COUNTS,
    )
    def test_is_lower_and_never_below_the_floor_or_the_minimum(
        self, budget: int, percent: int | None, to: int | None, floor: int
    ) -> None:
        found = Lowering(percent, to, floor).of(budget)
        if found is not None:
            assert max(floor, budgets.MIN_ADGROUP_MINOR) <= found < budget

    @given(budget=st.integers(4_000, 10**9), less=st.integers(1, 50), more=st.integers(51, 99))
    def test_is_lower_still_by_more_per_cent(self, budget: int, less: int, more: int) -> None:
        one, other = Lowering(less).of(budget), Lowering(more).of(budget)
        assert one is not None
        assert other is not None
        assert other <= one

    def test_of_half_is_as_much_as_tiktok_advises(self) -> None:
        assert not budgets.is_too_much_at_once(10_000, 5_000)
        assert budgets.is_too_much_at_once(10_000, 4_999)
        assert Lowering(percent=50).of(10_000) == 5_000
        assert Lowering(to_minor=2_000).of(2_000) is None

    def test_is_of_a_daily_budget_of_the_ad_group(self) -> None:
        assert budgets.why_not(budget_mode="BUDGET_MODE_DAY", budget_minor=1, is_gone=False) == ""
        for mode, minor, gone in (
            ("BUDGET_MODE_TOTAL", 1, False), ("BUDGET_MODE_DAY", None, False), ("BUDGET_MODE_DAY", 1, True),
        ):  # fmt: skip
            assert budgets.why_not(budget_mode=mode, budget_minor=minor, is_gone=gone)


class TestLearning:
    BEGAN = date(2026, 3, 1)

    @pytest.mark.parametrize(
        ("count", "day", "state"),
        [
            (49, 6, Learning.LEARNING),
            (50, 6, Learning.LEARNED),
            (49, 7, Learning.LIMITED),
            (50, 7, Learning.LEARNED),
        ],
    )
    def test_is_over_with_fifty_conversions_or_after_a_week(
        self, count: int, day: int, state: Learning
    ) -> None:
        today = self.BEGAN + timedelta(days=day)
        found = health.learning({self.BEGAN: count}, began=self.BEGAN, today=today)
        assert found.state is state
        assert found.conversions == count
        assert str(count) in found.reason

    def test_counts_nothing_from_before_it_began(self) -> None:
        days = {self.BEGAN - timedelta(days=1): 80, self.BEGAN: 1}
        assert health.learning(days, began=self.BEGAN, today=self.BEGAN).conversions == 1

    def test_is_unknown_where_a_day_or_its_beginning_is(self) -> None:
        for days, began in (({self.BEGAN: None}, self.BEGAN), (None, self.BEGAN), ({}, None)):
            found = health.learning(days, began=began, today=self.BEGAN)
            assert (found.state, found.conversions) == (Learning.UNKNOWN, None)
            assert "not known" in found.reason
