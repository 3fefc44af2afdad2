"""What renewals and refunds cost, and where rights and permissions do not fit."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kindling.agreements.contract.terms import RenewalKind, StartTrigger, Terms
from kindling.agreements.payments import fees
from kindling.agreements.rights import rules

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)
LISTED = replace(Terms(), renewal_prices=((7, 4_000), (30, 12_000), (60, 20_000)))
amounts = st.integers(0, 10**11)


class TestTheRenewalPrice:
    @pytest.mark.parametrize(
        ("days", "minor", "source"),
        [
            (30, 12_000, "price list, 30 days"),
            (45, 15_000, "per day from the 60-day price"),  # 30 and 60 are equally near: the longer
            (40, 16_000, "per day from the 30-day price"),
            (1, 571, "per day from the 7-day price"),  # 4000 / 7 = 571.43
            (90, 30_000, "per day from the 60-day price"),
        ],
    )
    def test_is_the_list_s_or_per_day_from_the_nearest(
        self, days: int, minor: int, source: str
    ) -> None:
        price = fees.renewal_price(LISTED, days)
        assert price is not None
        assert (price.minor, price.source) == (minor, source)

    def test_falls_back_to_the_rights_fee_per_day(self) -> None:
        price = fees.renewal_price(replace(Terms(), rights_fee_minor=6_000), 10)
        assert price is not None
        assert price.minor == 2_000

    def test_is_not_known_without_a_list_or_a_rights_fee(self) -> None:
        assert fees.renewal_price(Terms(), 30) is None

    def test_is_none_where_nothing_is_renewed(self) -> None:
        assert fees.renewal_price(replace(LISTED, renewal=RenewalKind.NONE), 30) is None

    def test_says_when_it_renews_by_itself(self) -> None:
        price = fees.renewal_price(replace(LISTED, renewal=RenewalKind.AUTO), 30)
        assert price is not None
        assert price.is_auto


class TestTheUsualShare:
    @pytest.mark.parametrize(
        ("days", "term", "low", "high"),
        [(7, 7, 800, 1_200), (30, 30, 1_200, 2_000), (65, 60, 1_800, 3_000), (365, 0, 0, 0)],
    )
    def test_is_that_of_the_domain_reference(
        self, days: int, term: int, low: int, high: int
    ) -> None:
        usual = fees.benchmark_share(days)
        expected = (term, low, high) if term else None
        assert (usual and (usual.days, usual.low_bp, usual.high_bp)) == expected

    def test_of_a_fee_is_an_amount(self) -> None:
        usual = fees.benchmark_share(30)
        assert usual is not None
        assert usual.of(50_000) == (6_000, 10_000)


class TestTheRefund:
    @pytest.mark.parametrize(
        ("fee", "unused", "term", "expected"),
        [
            (30_000, 10, 30, 10_000),
            (100, 1, 3, 33),
            (100, 2, 3, 67),
            (1, 1, 2, 1),
            (500, 99, 30, 500),
        ],
    )
    def test_is_the_fee_s_share_half_up(
        self, fee: int, unused: int, term: int, expected: int
    ) -> None:
        assert fees.refund(fee, unused=unused, term=term) == expected

    @given(amounts, st.integers(-5, 500), st.integers(1, 400))
    def test_is_never_below_nothing_nor_above_the_fee(
        self, fee: int, unused: int, term: int
    ) -> None:
        assert 0 <= fees.refund(fee, unused=unused, term=term) <= fee

    @given(amounts, st.integers(1, 400), st.integers(0, 400), st.integers(0, 400))
    def test_does_not_shrink_with_more_days_lost(
        self, fee: int, term: int, few: int, more: int
    ) -> None:
        low, high = sorted((few, more))
        assert fees.refund(fee, unused=low, term=term) <= fees.refund(fee, unused=high, term=term)

    @pytest.mark.parametrize(
        ("lost_after", "unused"),
        [(timedelta(0), 30), (timedelta(hours=1), 29), (10 * DAY, 20), (30 * DAY, 0), (99 * DAY, 0),
         (-5 * DAY, 30)],
    )  # fmt: skip
    def test_counts_only_whole_days_that_were_left(
        self, lost_after: timedelta, unused: int
    ) -> None:
        span = {"starts_at": NOON, "ends_at": NOON + 30 * DAY}
        assert fees.unused_days(**span, lost_at=NOON + lost_after) == (unused, 30)


@given(amounts, st.integers(1, 50))
def test_the_fees_of_the_posts_add_up_to_the_fee(fee: int, posts: int) -> None:
    shares = [fees.fee_of_post(fee, posts=posts, number=number) for number in range(posts + 2)]
    assert sum(shares) == fee
    assert max(shares[:posts]) - min(shares[:posts]) <= 1


class TestATerm:
    def test_in_days_starts_when_it_is_told(self) -> None:
        span = rules.span(replace(Terms(), term_days=30, hold_days=45), starts_at=NOON)
        assert (span.ends_at, span.hold_until) == (NOON + 30 * DAY, NOON + 45 * DAY)

    def test_with_a_last_day_runs_to_that_day_s_end(self) -> None:
        agreed = replace(Terms(), term_days=None, end_on=date(2026, 4, 1), hold_days=None)
        span = rules.span(agreed, starts_at=NOON)
        assert (span.ends_at, span.hold_until) == (datetime(2026, 4, 2, tzinfo=UTC), None)

    def test_that_waits_for_spend_may_be_used_until_its_latest_start(self) -> None:
        agreed = replace(
            Terms(), start_trigger=StartTrigger.FIRST_SPEND, first_spend_within_days=60
        )
        span = rules.waiting_span(agreed, agreed_at=NOON)
        assert (span.ends_at, span.hold_until) == (NOON + 60 * DAY, NOON + 60 * DAY)
