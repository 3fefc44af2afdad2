"""Periods of results and changes, as pure rules."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kindling.delivery.results import rules
from kindling.delivery.results.rules import Period
from kindling.errors import InvalidInputError
from kindling.kit.money import Money

DAYS = st.dates(min_value=date(2010, 1, 1), max_value=date(2100, 1, 1))


class TestPeriods:
    @given(today=DAYS, days=st.sampled_from(rules.DAYS))
    def test_are_whole_days_before_today_and_as_many_before_them(
        self, today: date, days: int
    ) -> None:
        found = rules.period_of(today=today, days=days)
        assert found.last == today - timedelta(days=1)
        assert found.days == found.before.days == days
        assert found.before.last == found.first - timedelta(days=1)

    def test_end_yesterday_where_only_the_first_day_is_given(self) -> None:
        found = rules.period_of(today=date(2026, 3, 10), first=date(2026, 3, 2))
        assert found == Period(date(2026, 3, 2), date(2026, 3, 9))
        today = date(2026, 3, 10)
        assert rules.period_of(today=today, first=today) == Period(today, today)

    @pytest.mark.parametrize(
        ("first", "last"),
        [
            (date(2026, 3, 2), date(2026, 3, 1)),
            (date(2020, 3, 2), date(2026, 3, 1)),
            (date(1, 1, 1), date(1, 1, 1)),
            (date(9999, 12, 31), date(9999, 12, 31)),
        ],
    )
    def test_refuse_days_that_make_none(self, first: date, last: date) -> None:
        with pytest.raises(InvalidInputError):
            rules.period_of(today=date(2026, 3, 10), first=first, last=last)


class TestAChange:
    @given(before=st.integers(1, 10**9), present=st.integers(0, 10**9))
    def test_is_the_share_it_grew_by(self, before: int, present: int) -> None:
        found = rules.change(Money(present, "USD"), Money(before, "USD"))
        assert found == pytest.approx(present / before - 1, abs=1e-6)
        assert rules.change(Decimal(present), Decimal(before)) == found

    def test_is_unknown_without_both_or_of_nothing(self) -> None:
        assert rules.change(None, 3) is None
        assert rules.change(3, None) is None
        assert rules.change(3, 0) is None
        assert rules.change(Money(1, "USD"), Money(1, "EUR")) is None
