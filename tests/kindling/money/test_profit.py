"""Profit adds up to the minor unit in every cut, and what is undefined is None."""

from __future__ import annotations

import random
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_team import Team

from kindling.errors import InvalidInputError
from kindling.facts import lake
from kindling.money import service as money
from kindling.posts.models import Post
from kindling.products.rules import LedgerRow
from kindling.workspaces.models import AdAccount

amounts = st.integers(-(10**9), 10**9)
books = st.builds(LedgerRow, **{each.name: amounts for each in fields(LedgerRow)})
DAY = date(2026, 2, 20)


class TestBooks:
    @pytest.mark.slow
    @given(rows=st.lists(books, max_size=8))
    def test_added_up_leave_the_sum_of_what_the_rows_leave(self, rows: list[LedgerRow]) -> None:
        total = sum(rows, LedgerRow())
        assert total.profit == sum(row.profit for row in rows)
        assert total.contribution == sum(row.contribution for row in rows)

    @given(row=books)
    def test_leave_what_came_in_less_every_cost(self, row: LedgerRow) -> None:
        costs = (
            row.cogs, row.fulfilment, row.platform_fee, row.payment_fee, row.commission,
            row.creator_fee, row.ad_spend,
        )  # fmt: skip
        assert row.profit == row.net_revenue - sum(costs)

    def test_have_no_ratio_where_there_is_nothing_to_divide_by(self) -> None:
        empty = LedgerRow()
        assert (empty.roas, empty.cpa_minor, empty.break_even_cpa_minor) == (None, None, None)
        assert LedgerRow(ad_spend=100).cpa_minor is None

    def test_round_their_ratios_half_up(self) -> None:
        row = LedgerRow(ad_spend=200, spark_revenue=1001, spark_orders=16, orders=3, net_revenue=50)
        assert (row.roas, row.cpa_minor, row.break_even_cpa_minor) == (Decimal("5.01"), 13, 17)


def order(number: int, chance: random.Random, items: list[str | None]) -> dict[str, Any]:
    ordered_at = datetime(2026, 2, 1, tzinfo=UTC) + timedelta(hours=chance.randrange(600))
    item = chance.choice(items)
    minor = {
        name: chance.randrange(0, 9999)
        for name in (
            "gross_minor", "discount_minor", "refund_minor", "tax_minor", "shipping_minor",
            "net_minor", "cogs_minor", "fulfilment_minor", "platform_fee_minor",
            "payment_fee_minor", "commission_minor",
        )
    }  # fmt: skip
    return {
        "order_id": f"O-{number}",
        "sku": chance.choice(["GLOW-SERUM", "KNIT-THROW"]),
        "ordered_at": ordered_at,
        "quantity": 1 + number % 3,
        "currency": "USD",
        "claimed_item_id": item,
        "item_id": item,
        "ad_id": chance.choice(["1", "2", None]),
        "creator_handle": None,
        "source": chance.choice(["spark", "organic", "direct"]),
        **minor,
    }


def ad_day(account: AdAccount, day: date, ad: str, item: str | None, spend: int) -> dict[str, Any]:
    counters = dict.fromkeys(
        ("impressions", "clicks", "conversions", "video_views_2s", "video_views_6s",
         "video_views_p100", "likes", "comments", "shares", "follows"), 1,
    )  # fmt: skip
    return {
        "account": account.lake_key, "day": day, "ad_id": ad, "adgroup_id": "g",
        "campaign_id": "c", "item_id": item, "currency": account.currency, "spend_minor": spend,
        **counters,
    }  # fmt: skip


def fill(team: Team, seed: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Random orders and ad days straight into the lake, some of nobody known."""
    chance = random.Random(seed)
    team.shop()
    library = Post.objects.filter(workspace=team.workspace).values_list("item_id", flat=True)
    items: list[str | None] = [*sorted(library)[:5], "9" * 19, None]
    orders = [order(number, chance, items) for number in range(60)]
    lake.replace_orders(team.workspace.pk, {"2026-02": orders})
    days = [
        ad_day(team.account, DAY + timedelta(days=number % 4), str(number), chance.choice(items),
               chance.randrange(10_000))
        for number in range(30)
    ]  # fmt: skip
    lake.replace_ad_days(team.account.lake_key, DAY, DAY + timedelta(days=3), days)
    return orders, days


class TestProfit:
    @pytest.mark.slow
    @pytest.mark.parametrize("seed", [1, 2])
    def test_comes_to_the_same_total_in_every_cut(self, team: Team, seed: int) -> None:
        orders, days = fill(team, seed)
        tables = [money.profit(team.workspace, by=by, now=team.now) for by in money.CUTS]
        for table in tables:
            assert table.total.books == sum((row.books for row in table.rows), LedgerRow())
            lines = table.total.books
            assert lines.orders == len(orders)
            assert lines.net_revenue == sum(row["net_minor"] for row in orders)
            assert lines.cogs == sum(row["cogs_minor"] for row in orders)
            assert lines.commission == sum(row["commission_minor"] for row in orders)
            assert lines.ad_spend == sum(row["spend_minor"] for row in days)
        assert len({table.total.books.profit for table in tables}) == 1
        assert len({table.total.books.creator_fee for table in tables}) == 1

    @pytest.mark.slow
    def test_of_some_days_and_of_the_others_add_up(self, team: Team) -> None:
        fill(team, 3)

        def total(first: date | None, last: date | None) -> LedgerRow:
            table = money.profit(
                team.workspace, by="post", now=team.now, first_day=first, last_day=last
            )
            return table.total.books

        cut = date(2026, 2, 21)
        assert total(None, cut) + total(cut + timedelta(days=1), None) == total(None, None)

    def test_shows_what_belongs_to_nobody_last_and_in_the_total(self, team: Team) -> None:
        fill(team, 4)
        table = money.profit(team.workspace, by="post", now=team.now)
        assert [row.key for row in table.rows].count(None) == 1
        assert table.rows[-1].key is None
        assert table.rows[-1].label == money.UNATTRIBUTED

    def test_leaves_accounts_in_another_currency_out_and_says_which(self, team: Team) -> None:
        fill(team, 5)
        euro = AdAccount.objects.get(workspace=team.workspace, currency="EUR")
        lake.replace_ad_days(euro.lake_key, DAY, DAY, [ad_day(euro, DAY, "e", None, 777)])
        table = money.profit(team.workspace, by="ad", now=team.now)
        assert table.left_out == (euro.name,)
        assert "e" not in [row.key for row in table.rows]

    def test_writes_money_as_text_with_currency_and_the_undefined_as_null(self, team: Team) -> None:
        fill(team, 6)
        rows = money.profit(team.workspace, by="creator", now=team.now).to_json()
        assert all(row["profit"]["currency"] == "USD" for row in rows)
        assert all(isinstance(row["profit"]["amount"], str) for row in rows)
        quiet = next(
            row for row in rows if row["orders"] == 0 and row["ad_spend"]["amount"] == "0.00"
        )
        assert (quiet["roas"], quiet["cpa"], quiet["break_even_cpa"]) == (None, None, None)

    def test_refuses_an_unknown_cut_and_days_in_the_wrong_order(self, team: Team) -> None:
        with pytest.raises(InvalidInputError, match="Unknown view"):
            money.profit(team.workspace, by="moon", now=team.now)
        with pytest.raises(InvalidInputError, match="before the first"):
            money.profit(
                team.workspace, by="post", now=team.now, first_day=DAY,
                last_day=DAY - timedelta(days=1),
            )  # fmt: skip
