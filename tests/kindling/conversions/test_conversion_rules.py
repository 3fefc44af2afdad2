"""Whose an order is, and what it leaves: one owner, every cost. Source: domain reference §11."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kindling.conversions.rules import (
    AgreedRate,
    Amounts,
    Claim,
    Costs,
    Source,
    UnitCosts,
    claim_of,
    commission_rate,
    costs_of,
    problem_with,
    rate_behind,
)
from kindling.kit.money import share_of
from kindling.launches.planning import utm

ITEM = "7561217414655688790"
CODES = {"ANA10": "sample.ana"}


def claim(discount_code: str = "", **parameters: str) -> Claim:
    return claim_of(parameters, discount_code=discount_code, codes=CODES)


class TestAClaim:
    def test_of_a_spark_ad_names_post_ad_and_creator(self) -> None:
        found = claim(utm_medium="paid_social", utm_content="17", post=ITEM, cr="@Sample.Ana")
        assert found == Claim(Source.SPARK, ITEM, "17", "sample.ana")

    def test_is_read_from_the_landing_address_that_the_launch_wrote(self) -> None:
        url = utm.landing_url(
            "https://shop.example/serum", handle="sample.ana", item_id=ITEM, sku="GLOW"
        )
        filled = utm.read(url.replace("__CID__", "1874340972449875521"))
        found = claim_of(filled, discount_code="", codes={})
        assert found == Claim(Source.SPARK, ITEM, "1874340972449875521", "sample.ana")

    def test_of_a_spark_ad_holds_no_macro_that_was_not_filled(self) -> None:
        assert claim(utm_medium="Paid_Social", utm_content="__CID__", post=ITEM).ad_id == ""

    def test_of_an_organic_link_names_the_post_and_no_ad(self) -> None:
        found = claim(utm_medium="Organic_Creator", utm_content="17", post=ITEM, cr="sample.ana")
        assert found == Claim(Source.ORGANIC, ITEM, "", "sample.ana")

    def test_of_an_organic_link_may_name_no_post(self) -> None:
        found = claim(utm_medium="organic_creator", cr="sample.ana")
        assert found == Claim(Source.ORGANIC, "", "", "sample.ana")

    def test_of_a_post_without_a_medium_is_organic(self) -> None:
        assert claim(post=ITEM) == Claim(Source.ORGANIC, ITEM, "", "")

    @pytest.mark.parametrize("parameters", [{"utm_medium": "email", "post": ITEM}, {}])
    def test_of_any_other_visit_is_nobody_s(self, parameters: dict[str, str]) -> None:
        assert claim(**parameters) == Claim(Source.DIRECT, "", "", "")

    @pytest.mark.parametrize(
        ("post", "is_taken"),
        [
            ("1" * 14, False),
            ("1" * 15, True),
            ("1" * 20, True),
            ("1" * 21, False),
            (ITEM + "x", False),
            ("../etc", False),
        ],
    )
    def test_takes_only_what_can_be_a_post_s_id(self, post: str, is_taken: bool) -> None:
        assert claim(utm_medium="paid_social", post=post).item_id == (post if is_taken else "")
        assert claim(post=post).source is (Source.ORGANIC if is_taken else Source.DIRECT)

    @pytest.mark.parametrize("code", ["ANA10", " ana10 "])
    def test_by_a_discount_code_is_its_creator_s(self, code: str) -> None:
        assert claim(code) == Claim(Source.CODE, "", "", "sample.ana")
        assert claim(code, utm_medium="email").source is Source.CODE

    @pytest.mark.parametrize("code", ["", "BEN10"])
    def test_by_an_unknown_code_is_nobody_s(self, code: str) -> None:
        assert claim(code) == Claim(Source.DIRECT, "", "", "")

    def test_by_no_code_is_nobody_s_even_where_the_empty_code_is_listed(self) -> None:
        assert claim_of({}, discount_code="", codes={"": "x"}).source is Source.DIRECT

    @pytest.mark.parametrize("medium", ["paid_social", "organic_creator"])
    def test_of_the_visit_beats_a_discount_code(self, medium: str) -> None:
        assert claim("ANA10", utm_medium=medium, cr="sample.ben").handle == "sample.ben"

    def test_has_one_of_four_sources(self) -> None:
        assert [each.value for each in Source] == ["spark", "organic", "code", "direct"]


class TestAnOrderLine:
    GOOD = Amounts(gross=10_000, discount=1_500, refund=2_000, tax=500)

    def test_leaves_what_customers_paid_and_kept_paid(self) -> None:
        # 100.00 - 15.00 - 20.00 - 5.00
        assert self.GOOD.net == 6_000

    def test_costs_goods_and_shipping_per_unit_and_shares_of_the_net_revenue(self) -> None:
        unit = UnitCosts(
            unit_cost=620,
            fulfilment=450,
            platform_fee_bp=600,
            payment_fee_bp=290,
            commission_bp=1_500,
        )
        # 6 % of 60.00 is 3.60, 2.9 % is 1.74, 15 % is 9.00
        assert costs_of(quantity=2, net=6_000, unit=unit) == Costs(
            cogs=1_240, fulfilment=900, platform_fee=360, payment_fee=174, commission=900
        )

    @given(quantity=st.integers(1, 99), unit_cost=st.integers(0, 10**6))
    def test_that_is_refunded_costs_its_goods_all_the_same(
        self, quantity: int, unit_cost: int
    ) -> None:
        unit = UnitCosts(unit_cost, 100, 600, 290, 1_500)
        costs = costs_of(quantity=quantity, net=0, unit=unit)
        assert costs == Costs(unit_cost * quantity, 100 * quantity, 0, 0, 0)

    @pytest.mark.parametrize(
        "good",
        [
            GOOD,
            Amounts(0, 0, 0, 0),
            Amounts(gross=10, discount=10, refund=0, tax=0),
            Amounts(gross=10, discount=4, refund=6, tax=0),
        ],
    )
    def test_that_can_be_right_is_not_refused(self, good: Amounts) -> None:
        assert problem_with(good, quantity=1) == ""

    @pytest.mark.parametrize("quantity", [0, -1])
    def test_of_less_than_one_unit_is_refused(self, quantity: int) -> None:
        assert "quantity is below 1" in problem_with(self.GOOD, quantity=quantity)

    @pytest.mark.parametrize("name", ["gross", "discount", "refund", "tax"])
    def test_with_an_amount_below_zero_is_refused(self, name: str) -> None:
        negative = replace(Amounts(0, 0, 0, 0), **{name: -1})
        assert "below zero" in problem_with(negative, quantity=1)

    def test_with_a_discount_above_the_price_is_refused(self) -> None:
        assert "discount is larger" in problem_with(Amounts(10, 11, 0, 0), quantity=1)

    def test_with_a_refund_above_what_was_paid_is_refused(self) -> None:
        assert "refund is larger" in problem_with(Amounts(10, 4, 7, 0), quantity=1)


class TestARateThatWasNotStored:
    @given(
        net=st.integers(-(10**7), 10**7), rate=st.integers(0, 10_000), today=st.integers(0, 10_000)
    )
    def test_is_one_that_makes_the_stored_share(self, net: int, rate: int, today: int) -> None:
        share = share_of(net, rate)
        assert share_of(net, rate_behind(share, net=net, likely=today)) == share

    @given(net=st.integers(10_001, 10**9), rate=st.integers(0, 10_000))
    def test_is_found_exactly_from_a_hundred_on(self, net: int, rate: int) -> None:
        assert rate_behind(share_of(net, rate), net=net, likely=10_000) == rate

    def test_is_that_of_today_where_the_share_may_be_of_it_or_nothing_is_left(self) -> None:
        assert rate_behind(1, net=50, likely=210) == 210
        assert rate_behind(0, net=0, likely=210) == 210
        assert rate_behind(5, net=0, likely=210) == 210

    def test_is_never_below_nothing(self) -> None:
        assert rate_behind(-5, net=100, likely=210) == 0


ORDERED_AT = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def agreed(
    rate: int | None,
    *,
    since: int,
    until: int | None = None,
    ads: int | None = None,
    own: bool = True,
) -> AgreedRate:
    """A right that stood from `since` to `until`, in days after the order."""
    return AgreedRate(
        rate_bp=rate,
        ads_bp=ads,
        recorded_at=ORDERED_AT + since * DAY,
        superseded_at=None if until is None else ORDERED_AT + until * DAY,
        is_own=own,
    )


def rate_of(*rights: AgreedRate, by_ad: bool = False) -> int:
    return commission_rate(rights, ordered_at=ORDERED_AT, by_ad=by_ad, otherwise=700)


class TestACommission:
    def test_is_what_the_agreement_said_when_the_order_came(self) -> None:
        old, new = agreed(1000, since=-9, until=1), agreed(2500, since=1)
        assert rate_of(old, new) == 1000
        assert rate_of(agreed(1000, since=-9, until=0), agreed(2500, since=0)) == 2500

    def test_of_the_post_alone_goes_before_the_one_of_all_posts(self) -> None:
        own, general = agreed(1000, since=-9), agreed(2500, since=-9, own=False)
        assert rate_of(own, general) == rate_of(general, own) == 1000
        assert rate_of(agreed(1000, since=5), general) == 2500

    def test_of_the_better_right_goes_before_the_other(self) -> None:
        assert rate_of(agreed(1000, since=-9), agreed(1100, since=-9)) == 1100

    def test_agreed_before_anybody_entered_it_is_what_was_entered_first(self) -> None:
        first, second = agreed(1000, since=3, until=5), agreed(2500, since=5)
        assert rate_of(first, second) == rate_of(second, first) == 1000
        assert rate_of(agreed(900, since=2, own=False), second) == 2500

    def test_is_the_products_where_nothing_was_agreed(self) -> None:
        assert rate_of() == 700
        assert rate_of(agreed(None, since=-9)) == 700
        assert rate_of(agreed(1000, since=-9, until=-1)) == 700

    def test_is_of_no_right_that_was_replaced_by_then(self) -> None:
        assert rate_of(agreed(1000, since=-9, until=0)) == 700
        assert rate_of(agreed(1000, since=0, until=0)) == 700  # nor of one that never stood

    def test_of_an_ad_is_the_rate_of_ads_where_one_is_agreed(self) -> None:
        assert rate_of(agreed(1000, ads=300, since=-9), by_ad=True) == 300
        assert rate_of(agreed(1000, ads=300, since=-9)) == 1000
        assert rate_of(agreed(1000, since=-9), by_ad=True) == 1000
