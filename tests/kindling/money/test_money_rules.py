"""The books by hand: what is left, and what one order may cost. Formulas: domain reference §11."""

from __future__ import annotations

from dataclasses import fields
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kindling.products.rules import LedgerRow

amounts = st.integers(-(10**9), 10**9)
books = st.builds(LedgerRow, **{each.name: amounts for each in fields(LedgerRow)})
ROW = LedgerRow(
    orders=10,
    units=12,
    net_revenue=60_000,
    cogs=14_400,
    fulfilment=5_400,
    platform_fee=3_600,
    payment_fee=1_800,
    commission=6_000,
    creator_fee=8_000,
    ad_spend=9_000,
    spark_orders=6,
    spark_revenue=36_000,
)


class TestTheBooks:
    def test_leave_the_contribution_before_marketing(self) -> None:
        # 600.00 - 144.00 - 54.00 - 36.00 - 18.00
        assert ROW.contribution == 34_800

    def test_leave_the_profit_after_commission_fees_and_ads(self) -> None:
        # 348.00 - 60.00 - 80.00 - 90.00
        assert ROW.profit == 11_800

    def test_return_revenue_on_ad_spend(self) -> None:
        assert ROW.roas == Decimal("4.00")

    def test_cost_ad_spend_per_order_of_ads(self) -> None:
        assert ROW.cpa_minor == 1_500

    def test_break_even_where_the_contribution_after_commission_is_spent(self) -> None:
        # (348.00 - 60.00) / 10 orders; without the commission it would be 34.80
        assert ROW.break_even_cpa_minor == 2_880

    def test_can_be_below_break_even_before_any_ad(self) -> None:
        assert LedgerRow(orders=2, commission=300).break_even_cpa_minor == -150

    @given(row=books, more=st.integers(1, 10**6))
    def test_break_even_later_the_more_commission_is_paid(self, row: LedgerRow, more: int) -> None:
        paid = LedgerRow(
            orders=1, net_revenue=row.net_revenue, cogs=row.cogs, commission=row.commission + more
        )
        unpaid = LedgerRow(
            orders=1, net_revenue=row.net_revenue, cogs=row.cogs, commission=row.commission
        )
        assert paid.break_even_cpa_minor is not None
        assert unpaid.break_even_cpa_minor is not None
        assert unpaid.break_even_cpa_minor - paid.break_even_cpa_minor == more

    @pytest.mark.parametrize(
        ("revenue", "spend", "roas"),
        [(1, 8, "0.13"), (1, 200, "0.01"), (1, 201, "0.00"), (0, 5, "0.00"), (-1, 200, "-0.01")],
    )
    def test_round_their_ratio_half_up_to_two_digits(
        self, revenue: int, spend: int, roas: str
    ) -> None:
        assert LedgerRow(spark_revenue=revenue, ad_spend=spend).roas == Decimal(roas)

    @pytest.mark.parametrize(("spend", "orders", "cpa"), [(5, 2, 3), (4, 3, 1), (1, 3, 0)])
    def test_round_their_shares_half_up_to_the_minor_unit(
        self, spend: int, orders: int, cpa: int
    ) -> None:
        assert LedgerRow(ad_spend=spend, spark_orders=orders).cpa_minor == cpa

    def test_have_a_ratio_from_the_first_unit_of_spend_and_the_first_order(self) -> None:
        row = LedgerRow(orders=1, net_revenue=7, spark_orders=1, spark_revenue=3, ad_spend=1)
        assert (row.roas, row.cpa_minor, row.break_even_cpa_minor) == (Decimal("3.00"), 1, 7)

    def test_have_none_where_there_is_nothing_to_divide_by(self) -> None:
        row = LedgerRow(net_revenue=7, spark_revenue=3)
        assert (row.roas, row.cpa_minor, row.break_even_cpa_minor) == (None, None, None)

    def test_of_nothing_hold_nothing(self) -> None:
        assert [getattr(LedgerRow(), each.name) for each in fields(LedgerRow)] == [0] * 12
        assert LedgerRow.total([]) == LedgerRow()

    def test_add_up_line_by_line(self) -> None:
        assert ROW + LedgerRow(orders=1, ad_spend=1_000) == LedgerRow(
            orders=11,
            units=12,
            net_revenue=60_000,
            cogs=14_400,
            fulfilment=5_400,
            platform_fee=3_600,
            payment_fee=1_800,
            commission=6_000,
            creator_fee=8_000,
            ad_spend=10_000,
            spark_orders=6,
            spark_revenue=36_000,
        )

    @settings(max_examples=30)
    @given(rows=st.lists(books, max_size=4))
    def test_added_up_leave_the_sum_of_what_each_leaves(self, rows: list[LedgerRow]) -> None:
        total = LedgerRow.total(rows)
        assert total.profit == sum(row.profit for row in rows)
        assert total.contribution == sum(row.contribution for row in rows)
