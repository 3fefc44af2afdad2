"""What renewals, shares and refunds come to, reckoned by hand. Whole minor units, rounded half up."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kindling.agreements.contract.terms import RenewalKind, Terms
from kindling.agreements.payments import fees
from kindling.agreements.payments.fees import PaidTerm, RenewalPrice, UsualShare

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
LISTED = Terms(renewal_prices=((7, 4_000), (30, 12_000), (60, 20_000)), currency="EUR")
amounts = st.integers(0, 10**11)


class TestARenewal:
    def test_of_a_listed_term_costs_its_line(self) -> None:
        assert fees.renewal_price(LISTED, 30) == RenewalPrice(
            days=30,
            minor=12_000,
            currency="EUR",
            source="price list, 30 days",
            is_auto=False,
            notice_days=7,
        )

    @pytest.mark.parametrize(
        ("days", "minor", "source"),
        [
            (1, 571, "per day from the 7-day price"),  # 40.00 / 7 = 5.714
            (18, 10_286, "per day from the 7-day price"),  # 11 days off, 12 from the next: 102.857
            (19, 7_600, "per day from the 30-day price"),  # 12 and 11: 4.00 a day
            (45, 15_000, "per day from the 60-day price"),  # 15 and 15: the longer, 3.333 a day
            (365, 121_667, "per day from the 60-day price"),
        ],
    )
    def test_of_another_length_costs_by_the_day_of_the_nearest(
        self, days: int, minor: int, source: str
    ) -> None:
        found = fees.renewal_price(LISTED, days)
        assert found is not None
        assert (found.days, found.minor, found.source) == (days, minor, source)

    def test_without_a_list_costs_by_the_day_of_the_rights_fee(self) -> None:
        found = fees.renewal_price(Terms(rights_fee_minor=10_000, term_days=30, hold_days=45), 7)
        assert found is not None
        # 100.00 * 7 / 30 = 23.333
        assert (found.minor, found.source) == (2_333, "per day from the rights fee for 30 days")

    def test_of_one_day_has_a_price_and_of_none_has_not(self) -> None:
        assert fees.renewal_price(LISTED, 1) is not None
        assert fees.renewal_price(LISTED, 0) is None

    @pytest.mark.parametrize(
        "terms",
        [
            Terms(),
            Terms(rights_fee_minor=10_000, term_days=None),
            replace(LISTED, renewal=RenewalKind.NONE),
        ],
    )
    def test_has_no_price_where_the_agreement_gives_none(self, terms: Terms) -> None:
        assert fees.renewal_price(terms, 30) is None

    @pytest.mark.parametrize(
        ("kind", "is_auto"), [(RenewalKind.AUTO, True), (RenewalKind.OPTION, False)]
    )
    def test_says_whether_it_comes_by_itself_and_with_what_notice(
        self, kind: RenewalKind, is_auto: bool
    ) -> None:
        found = fees.renewal_price(replace(LISTED, renewal=kind, notice_days=14), 30)
        assert found is not None
        assert (found.is_auto, found.notice_days) == (is_auto, 14)


class TestRounding:
    @pytest.mark.parametrize(
        ("part", "whole", "rounded"), [(1, 2, 1), (1, 3, 0), (2, 3, 1), (3, 2, 2), (0, 5, 0)]
    )
    def test_is_half_up(self, part: int, whole: int, rounded: int) -> None:
        assert fees.half_up(part, whole) == rounded

    @given(part=amounts, whole=st.integers(1, 10**6))
    def test_is_never_off_by_more_than_half(self, part: int, whole: int) -> None:
        assert -whole <= 2 * (part - fees.half_up(part, whole) * whole) < whole


class TestTheUsualShare:
    """Domain reference §4, P6: 7 d 8-12 %, 30 d 12-20 %, 60 d 18-30 %, 90 d 25-40 %, 180 d 35-55 %."""

    @pytest.mark.parametrize(
        ("days", "low", "high"),
        [(7, 800, 1_200), (30, 1_200, 2_000), (60, 1_800, 3_000), (90, 2_500, 4_000),
         (180, 3_500, 5_500)],
    )  # fmt: skip
    def test_is_that_of_the_table(self, days: int, low: int, high: int) -> None:
        assert fees.benchmark_share(days) == UsualShare(days, low, high)

    @pytest.mark.parametrize(
        ("days", "term"),
        [(4, 7), (18, 7), (19, 30), (45, 30), (46, 60), (75, 60), (76, 90), (135, 90), (136, 180),
         (360, 180)],
    )  # fmt: skip
    def test_is_that_of_the_nearest_term_the_shorter_of_two(self, days: int, term: int) -> None:
        found = fees.benchmark_share(days)
        assert found is not None
        assert found.days == term

    @pytest.mark.parametrize("days", [3, 361])
    def test_is_unknown_far_from_any_term(self, days: int) -> None:
        assert fees.benchmark_share(days) is None

    def test_of_a_fee_is_two_amounts(self) -> None:
        # 12 % and 20 % of 123.45 are 14.814 and 24.69
        assert UsualShare(30, 1_200, 2_000).of(12_345) == (1_481, 2_469)

    def test_names_its_source(self) -> None:
        found = fees.benchmark_share(30)
        assert found is not None
        assert "influencerfee.com" in found.source


class TestTheFeeOfAPost:
    @pytest.mark.parametrize(
        ("number", "share"), [(0, 3_334), (1, 3_333), (2, 3_333), (3, 0), (-1, 0)]
    )
    def test_is_its_share_the_rest_on_the_first(self, number: int, share: int) -> None:
        assert fees.fee_of_post(10_000, posts=3, number=number) == share

    @given(fee=amounts, posts=st.integers(1, 50))
    def test_adds_up_to_the_fee(self, fee: int, posts: int) -> None:
        shares = [fees.fee_of_post(fee, posts=posts, number=each) for each in range(posts + 2)]
        assert sum(shares) == fee
        assert max(shares[:posts]) - min(shares[:posts]) <= 1


class TestDaysNotHad:
    @pytest.mark.parametrize(
        ("lost_after", "unused"),
        [
            (-DAY, 30),
            (timedelta(0), 30),
            (SECOND, 29),
            (DAY, 29),
            (10 * DAY, 20),
            (29 * DAY, 1),
            (29 * DAY + SECOND, 0),
            (30 * DAY - SECOND, 0),
            (30 * DAY, 0),
            (99 * DAY, 0),
        ],
    )
    def test_are_the_whole_days_that_were_left(self, lost_after: timedelta, unused: int) -> None:
        found = fees.unused_days(starts_at=NOON, ends_at=NOON + 30 * DAY, lost_at=NOON + lost_after)
        assert found == (unused, 30)

    @pytest.mark.parametrize(
        ("length", "term"), [(30 * DAY - SECOND, 30), (30 * DAY + SECOND, 31), (timedelta(0), 1)]
    )
    def test_are_of_a_term_whose_last_day_counts_whole(self, length: timedelta, term: int) -> None:
        found = fees.unused_days(starts_at=NOON, ends_at=NOON + length, lost_at=NOON + length)
        assert found == (0, term)

    def test_are_never_more_than_the_term(self) -> None:
        assert fees.unused_days(starts_at=NOON, ends_at=NOON + DAY, lost_at=NOON - 9 * DAY) == (
            1,
            1,
        )


class TestARefund:
    @pytest.mark.parametrize(
        ("unused", "refund"),
        [(10, 3_333), (20, 6_667), (30, 10_000), (31, 10_000), (0, 0), (-1, 0)],
    )
    def test_is_the_fee_s_share_and_never_more_than_the_fee(self, unused: int, refund: int) -> None:
        assert fees.refund(10_000, unused=unused, term=30) == refund

    @given(fee=amounts, term=st.integers(1, 400), few=st.integers(0, 400), more=st.integers(0, 400))
    def test_does_not_shrink_with_more_days_lost(
        self, fee: int, term: int, few: int, more: int
    ) -> None:
        low, high = sorted((few, more))
        assert (
            0
            <= fees.refund(fee, unused=low, term=term)
            <= fees.refund(fee, unused=high, term=term)
            <= fee
        )


TERMS = st.lists(st.builds(PaidTerm, amounts, st.integers(0, 400)), max_size=6)


class TestARefundOfSeveralTerms:
    """The share of each fee for its own days, as the contract's text says."""

    FIRST, RENEWED = PaidTerm(10_000, 30), PaidTerm(5_000, 30)

    @pytest.mark.parametrize(
        ("unused", "refund"),
        [
            (0, 0),
            (15, 2_500),
            (30, 5_000),  # the renewal was not used at all
            (31, 5_333),
            (45, 10_000),
            (60, 15_000),
            (99, 15_000),
            (-1, 0),
        ],
    )
    def test_takes_the_days_of_the_last_term_first(self, unused: int, refund: int) -> None:
        assert fees.refund_of_terms([self.FIRST, self.RENEWED], unused=unused) == refund

    def test_of_one_term_is_the_fees_share(self) -> None:
        assert fees.refund_of_terms([self.FIRST], unused=7) == fees.refund(
            10_000, unused=7, term=30
        )

    def test_of_nothing_is_nothing(self) -> None:
        assert fees.refund_of_terms([], unused=7) == 0

    @given(terms=TERMS, days=st.lists(st.integers(-10, 3_000), min_size=2, max_size=2))
    def test_is_never_negative_never_more_than_paid_and_grows_with_the_days(
        self, terms: list[PaidTerm], days: list[int]
    ) -> None:
        low, high = (fees.refund_of_terms(terms, unused=each) for each in sorted(days))
        assert 0 <= low <= high <= sum(each.fee_minor for each in terms)

    @given(terms=TERMS)
    def test_of_all_days_is_all_that_was_paid_for_days(self, terms: list[PaidTerm]) -> None:
        paid = sum(each.fee_minor for each in terms if each.days)
        assert fees.refund_of_terms(terms, unused=sum(each.days for each in terms)) == paid


class TestTheDaysOfARenewal:
    @pytest.mark.parametrize(
        ("days", "longer_by", "bought"),
        [
            (30, timedelta(days=30), 30),
            (30, timedelta(days=9, seconds=1), 10),  # the term covered the rest anyway
            (30, timedelta(0), 0),
            (30, timedelta(days=-5), 0),
            (30, timedelta(days=54), 30),  # the term had ended before
        ],
    )
    def test_are_those_it_adds_and_no_more_than_were_agreed(
        self, days: int, longer_by: timedelta, bought: int
    ) -> None:
        assert fees.days_bought(days, before=NOON, end=NOON + longer_by) == bought
