"""Money, time and tables: what goes wrong is said, and nothing is rounded in silence."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import available_timezones

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kindling.errors import FileProblemError
from kindling.kit.money import (
    EXPONENTS,
    Money,
    from_minor,
    in_words,
    parse_amount,
    per_unit,
    share_of,
    sums_by_currency,
    to_minor,
    total,
    written,
)
from kindling.kit.tables import read_csv
from kindling.kit.time import day_in, days_touched, parse_day, parse_instant, start_of_day, zone

currencies = st.sampled_from(["USD", "EUR", *EXPONENTS])
NEW_YEAR = datetime(2025, 1, 1, tzinfo=UTC)
minors = st.integers(-(10**12), 10**12)


class TestMoney:
    @given(minor=minors, currency=currencies)
    def test_goes_to_text_and_back_unchanged(self, minor: int, currency: str) -> None:
        assert parse_amount(str(from_minor(minor, currency)), currency) == minor
        assert to_minor(from_minor(minor, currency), currency) == minor

    @pytest.mark.parametrize(
        ("text", "currency"),
        [
            ("12.505", "USD"),
            ("1.5", "JPY"),
            ("", "USD"),
            ("ten", "USD"),
            ("inf", "USD"),
            ("1,5", "EUR"),
        ],
    )
    def test_refuses_text_that_is_no_amount_of_the_currency(self, text: str, currency: str) -> None:
        with pytest.raises(ValueError, match=r"not an amount|more digits|two ways"):
            parse_amount(text, currency)

    @given(
        minor=minors,
        currency=st.sampled_from(["USD", "EUR", "MXN", "CHF", "JPY", "KRW", *EXPONENTS]),
    )
    def test_is_read_as_it_is_printed(self, minor: int, currency: str) -> None:
        assert parse_amount(written(minor, currency), currency) == minor
        assert parse_amount(f"{from_minor(minor, currency):,}", currency) == minor

    @pytest.mark.parametrize(
        ("text", "currency", "minor"),
        [
            ("1,500.00", "USD", 150_000),
            ("$1,500.00", "USD", 150_000),
            (" -$1,500.00 ", "USD", -150_000),
            ("USD 1,500.00", "USD", 150_000),
            ("CHF 1,500.00", "CHF", 150_000),
            ("¥1,500", "JPY", 1_500),
            ("1,234,567.89", "EUR", 123_456_789),
            ("1,500.000", "KWD", 1_500_000),
        ],
    )
    def test_may_be_grouped_and_signed(self, text: str, currency: str, minor: int) -> None:
        assert parse_amount(text, currency) == minor

    @pytest.mark.parametrize(
        ("text", "currency"),
        [
            ("1,500", "USD"), ("1,50", "USD"), ("1.500,00", "EUR"), ("15,00.00", "USD"),
            (",500.00", "USD"), ("1,500.0", "USD"), ("1,500", "KWD"), ("1,500.00", "JPY"),
        ],
    )  # fmt: skip
    def test_that_can_be_read_in_two_ways_is_refused(self, text: str, currency: str) -> None:
        with pytest.raises(ValueError, match=r"two ways; write it like 1,234"):
            parse_amount(text, currency)

    @pytest.mark.parametrize("text", ["€5.00", "$", "$-5.00", "$ten", "--5", "US$5"])
    def test_with_another_sign_is_refused(self, text: str) -> None:
        with pytest.raises(ValueError, match="not an amount"):
            parse_amount(text, "USD")

    def test_of_two_currencies_is_not_added(self) -> None:
        with pytest.raises(ValueError, match="cannot be added"):
            total([Money(1, "USD"), Money(1, "EUR")], "USD")

    @given(minor=minors, points=st.integers(0, 10_000))
    def test_shares_are_symmetric_and_within_half_a_unit(self, minor: int, points: int) -> None:
        share = share_of(minor, points)
        assert share_of(-minor, points) == -share
        assert abs(share * 10_000 - minor * points) <= 5_000

    @pytest.mark.parametrize(
        ("minor", "count", "each"), [(5, 2, 3), (-5, 2, -3), (4, 3, 1), (-4, 3, -1), (0, 7, 0)]
    )
    def test_per_unit_is_rounded_half_up_away_from_zero(
        self, minor: int, count: int, each: int
    ) -> None:
        assert per_unit(minor, count) == each

    def test_is_written_with_its_currency(self) -> None:
        assert Money(1250, "USD").to_json() == {"amount": "12.50", "currency": "USD"}
        assert Money(1250, "JPY").amount == Decimal(1250)
        assert str(Money(123450, "USD")) == "$1,234.50"
        assert str(Money(-5, "KWD")) == "-KWD 0.005"


class TestSeveralCurrencies:
    @pytest.mark.parametrize(
        ("amounts", "words"),
        [
            ([(600, "USD"), (1_130, "EUR")], "$6.00 and €11.30"),
            ([(0, "USD"), (1_130, "EUR")], "€11.30"),
            ([(600, "USD"), (0, "EUR")], "$6.00"),
            ([(0, "USD"), (0, "EUR")], "$0.00"),
            ([], ""),
        ],
    )
    def test_are_named_side_by_side_without_those_of_zero(
        self, amounts: list[tuple[int, str]], words: str
    ) -> None:
        assert in_words(Money(minor, currency) for minor, currency in amounts) == words

    def test_are_summed_each_for_itself_the_first_in_front_even_at_zero(self) -> None:
        spend = [Money(3, "GBP"), Money(5, "CHF"), Money(4, "GBP")]
        assert sums_by_currency(spend, "USD") == [Money(0, "USD"), Money(5, "CHF"), Money(7, "GBP")]
        assert sums_by_currency(spend, "GBP") == [Money(7, "GBP"), Money(5, "CHF")]


class TestTime:
    def test_reads_instants_only_with_a_zone(self) -> None:
        assert parse_instant("2026-03-02T09:30:00-05:00") == datetime(
            2026, 3, 2, 14, 30, tzinfo=UTC
        )
        with pytest.raises(ValueError, match="no time zone"):
            parse_instant("2026-03-02T09:30:00")
        with pytest.raises(ValueError, match="not a time"):
            parse_instant("soon")
        with pytest.raises(ValueError, match="not a date"):
            parse_day("02.03.2026")
        with pytest.raises(ValueError, match="not a time zone"):
            zone("Mars/Olympus")

    @given(
        day=st.dates(date(2024, 1, 1), date(2030, 1, 1)),
        name=st.sampled_from(["America/New_York", "Europe/Berlin", "Asia/Kolkata", "UTC"]),
    )
    def test_starts_a_day_at_its_first_instant(self, day: date, name: str) -> None:
        first = start_of_day(day, name)
        assert day_in(first, name) == day
        assert day_in(first.fromtimestamp(first.timestamp() - 1, tz=UTC), name) < day

    @given(
        name=st.sampled_from(sorted(available_timezones() - {"localtime"})),
        start=st.timedeltas(timedelta(0), timedelta(days=3 * 365)).map(NEW_YEAR.__add__),
        length=st.timedeltas(timedelta(0), timedelta(days=8)),
    )
    @example("Europe/Berlin", datetime(2026, 3, 28, 23, tzinfo=UTC), timedelta(hours=23))
    @example("Europe/Berlin", datetime(2026, 10, 24, 22, tzinfo=UTC), timedelta(hours=25))
    @example(
        "America/New_York", datetime(2026, 3, 8, 5, tzinfo=UTC), timedelta(hours=23, seconds=1)
    )
    def test_a_span_touches_the_days_its_moments_fall_on(
        self, name: str, start: datetime, length: timedelta
    ) -> None:
        end = start + length
        quarters = [
            start + timedelta(minutes=15 * number)
            for number in range(-(-length // timedelta(minutes=15)))
        ]
        moments = [*quarters, end - timedelta.resolution] if length else []
        assert days_touched(start, end, name) == len({day_in(each, name) for each in moments})

    def test_no_day_is_touched_by_a_span_that_ends_before_it_begins(self) -> None:
        noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
        assert days_touched(noon, noon - timedelta(days=1), "UTC") == 0


class TestTables:
    @pytest.mark.parametrize("delimiter", [",", ";", "\t"])
    def test_keep_the_line_of_every_row_across_blank_and_long_ones(self, delimiter: str) -> None:
        text = '﻿Order ID|b\nx|"two\nlines"\n\n|\ny|2\n'.replace("|", delimiter)
        rows = list(read_csv(text.encode(), required=["order_id"]))
        assert [(row.line, row.text("order_id")) for row in rows] == [(2, "x"), (6, "y")]
        assert rows[1].text("no such column") == ""

    @pytest.mark.parametrize(
        ("data", "word"),
        [
            (b"", "empty"),
            (b"x" * 200_000, "first line of the file cannot be read"),
            (b"a,b\n", "lacks the column"),
            (b"\x89PNG\xff", "not text"),
            (b"a\0b", "CSV"),
        ],
    )
    def test_that_cannot_be_used_say_why(self, data: bytes, word: str) -> None:
        with pytest.raises(FileProblemError, match=word) as problem:
            list(read_csv(data, required=["order_id"]))
        assert problem.value.next_step
