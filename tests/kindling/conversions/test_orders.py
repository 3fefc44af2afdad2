"""Orders taken in from a file: good rows once, bad ones with a reason, refunds restated."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow.parquet as pq
import pytest
from sample_team import Team

from kindling.agreements.models import UsageRight
from kindling.conversions import service as conversions
from kindling.conversions.models import OrderImport
from kindling.conversions.rules import Amounts, Source, UnitCosts, claim_of, costs_of, problem_with
from kindling.errors import FileProblemError, NotAllowedError
from kindling.facts import copies, lake
from kindling.facts import queries as facts
from kindling.facts.schema import ORDERS
from kindling.kit.money import share_of
from kindling.launches.planning import utm
from kindling.money import service as money
from kindling.products import service as products
from kindling.products.models import Product

HEADER = "order_id,ordered_at,sku,quantity,currency,gross,discount,refund,shipping,tax,landing_url"
RATES_UNKNOWN = {each.name: None for each in ORDERS.columns if each.since == 3}
GOOD = "A-1,2026-03-01T10:00:00Z,GLOW-SERUM,2,USD,68.00,8.00,0,0,0,"


@pytest.fixture
def shop(team: Team) -> Team:
    products.import_products(
        team.owner, team.sandbox.text("shop/products.csv").encode(), at=team.now
    )
    return team


def take(team: Team, *rows: str, **more: Any) -> conversions.ImportResult:
    data = "\n".join([HEADER, *rows]).encode()
    return conversions.import_orders(
        team.finance, data, file_name="orders.csv", at=team.now, **more
    )


def take_lines(team: Team, *rows: str) -> conversions.ImportResult:
    """`take` of a file whose rows end with a line id."""
    data = "\n".join([f"{HEADER},line_id", *rows]).encode()
    return conversions.import_orders(team.finance, data, file_name="orders.csv", at=team.now)


def counts(result: conversions.ImportResult) -> tuple[int, int, int, int]:
    return result.taken, result.changed, result.unchanged, len(result.problems)


def stored(team: Team) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = facts.orders_of(team.workspace.pk).to_pylist()
    return sorted(rows, key=lambda row: (row["order_id"], row["sku"], row["line"] or ""))


class TestAnOrderFile:
    def test_is_booked_with_its_costs(self, shop: Team) -> None:
        assert counts(take(shop, GOOD)) == (1, 0, 0, 0)
        (row,) = stored(shop)
        assert (row["net_minor"], row["cogs_minor"], row["fulfilment_minor"]) == (6000, 1240, 900)
        assert (row["platform_fee_minor"], row["payment_fee_minor"]) == (120, 174)
        assert (row["item_id"], row["source"]) == (None, Source.DIRECT)

    @pytest.mark.slow
    def test_taken_in_again_changes_nothing(self, shop: Team) -> None:
        take(shop, GOOD)
        before = stored(shop)
        assert counts(take(shop, GOOD)) == (0, 0, 1, 0)
        assert stored(shop) == before

    @pytest.mark.parametrize(
        ("row", "reason"),
        [
            (GOOD.replace("GLOW-SERUM", "NO-SUCH"), "unknown product 'NO-SUCH'"),
            (GOOD.replace("USD", "EUR"), "the workspace uses USD"),
            (GOOD.replace("A-1", ""), "order id is missing"),
            (GOOD.replace("2026-03-01T10:00:00Z", "yesterday"), "not a time"),
            (GOOD.replace("2026-03-01T10:00:00Z", "2026-03-01T10:00:00"), "time zone"),
            (GOOD.replace("2026-03-01", "2027-03-01"), "future"),
            (GOOD.replace(",2,USD", ",two,USD"), "whole number"),
            (GOOD.replace(",2,USD", ",0,USD"), "below 1"),
            (GOOD.replace("68.00", "many"), "not an amount"),
            (GOOD.replace("68.00", "68.005"), "more digits"),
            (GOOD.replace("68.00", "-68.00"), "below zero"),
            (GOOD.replace(",8.00,", ",69.00,"), "larger than the price"),
            (GOOD.replace("8.00,0,0", "8.00,61.00,0"), "larger than what was paid"),
            (GOOD.replace("68.00", "NaN"), "not an amount"),
        ],
    )
    def test_names_a_bad_row_and_takes_the_good_one(
        self, shop: Team, row: str, reason: str
    ) -> None:
        result = take(shop, row, GOOD.replace("A-1", "A-2"))
        assert counts(result) == (1, 0, 0, 1)
        (problem,) = result.problems
        assert problem.line == 2
        assert reason in problem.message
        assert problem.next_step.endswith(".")
        assert [each["order_id"] for each in stored(shop)] == ["A-2"]

    @pytest.mark.slow
    def test_with_two_equal_lines_of_an_order_has_two(self, shop: Team) -> None:
        rows = (GOOD, GOOD, GOOD.replace("68.00", "99.00"))
        assert counts(take(shop, *rows)) == (3, 0, 0, 0)
        assert [row["line"] for row in stored(shop)] == ["#1", "#2", "#3"]
        before = stored(shop)
        for again in (rows, rows[::-1]):
            assert counts(take(shop, *again)) == (0, 0, 3, 0)
            assert stored(shop) == before
        total = money.profit(shop.workspace, by="product", now=shop.now).total.books
        assert (total.orders, total.units) == (1, 6)

    @pytest.mark.slow
    def test_restates_one_of_two_equal_lines_by_its_refund(self, shop: Team) -> None:
        take(shop, GOOD, GOOD)
        refunded = GOOD.replace("8.00,0,0", "8.00,30.00,0")
        assert counts(take(shop, GOOD, refunded)) == (0, 1, 1, 0)
        assert sorted(row["refund_minor"] for row in stored(shop)) == [0, 3000]

    @pytest.mark.slow
    def test_keeps_a_line_from_before_lines_had_names(self, shop: Team) -> None:
        take(shop, GOOD)
        (row,) = stored(shop)
        lake.replace_orders(shop.workspace.pk, {"2026-03": [{**row, "line": None}]})
        assert counts(take(shop, GOOD)) == (0, 0, 1, 0)
        assert counts(take(shop, GOOD, GOOD)) == (1, 0, 1, 0)

    @pytest.mark.slow
    def test_tells_lines_apart_by_their_ids(self, shop: Team) -> None:
        one, two = f"{GOOD},L1", f"{GOOD},L2"
        assert counts(take_lines(shop, one, one, two)) == (2, 0, 0, 0)
        assert counts(take_lines(shop, two)) == (0, 0, 1, 0)
        dearer = two.replace("68.00", "99.00")
        assert counts(take_lines(shop, dearer)) == (0, 1, 0, 0)
        result = take_lines(shop, one, one.replace("68.00", "70.00"))
        assert counts(result) == (0, 0, 1, 1)
        assert "line L1 of order A-1 has different values in line 2" in result.problems[0].message

    @pytest.mark.slow
    def test_that_gains_or_loses_its_line_ids_books_nothing_twice(self, shop: Team) -> None:
        take(shop, GOOD, GOOD)
        assert counts(take_lines(shop, f"{GOOD},L1", f"{GOOD},L2")) == (0, 2, 0, 0)
        assert [row["line"] for row in stored(shop)] == ["L1", "L2"]
        assert counts(take(shop, GOOD, GOOD)) == (0, 0, 2, 0)
        assert counts(take_lines(shop, f"{GOOD},L3")) == (1, 0, 0, 0)

    def test_may_hold_several_products_of_one_order(self, shop: Team) -> None:
        assert counts(take(shop, GOOD, GOOD.replace("GLOW-SERUM", "KNIT-THROW"))) == (2, 0, 0, 0)

    @pytest.mark.slow
    def test_restates_an_order_by_its_refund_with_the_costs_of_the_first_day(
        self, shop: Team
    ) -> None:
        take(shop, GOOD)
        Product.objects.filter(sku="GLOW-SERUM").update(unit_cost_minor=1)
        assert counts(take(shop, GOOD.replace("8.00,0,0", "8.00,30.00,0"))) == (0, 1, 0, 0)
        (row,) = stored(shop)
        assert (row["refund_minor"], row["net_minor"], row["cogs_minor"]) == (3000, 3000, 1240)

    @pytest.mark.slow
    def test_restates_an_order_by_its_refund_with_the_rates_of_the_first_day(
        self, shop: Team
    ) -> None:
        take(shop, GOOD)
        raised = {"platform_fee_bp": 3000, "payment_fee_bp": 4000, "fulfilment_minor": 9}
        Product.objects.filter(sku="GLOW-SERUM").update(**raised)
        take(shop, GOOD.replace("8.00,0,0", "8.00,30.00,0"))
        (row,) = stored(shop)
        # 2 % and 2.9 % of the 30.00 that were left, not 30 % and 40 %
        assert (row["platform_fee_minor"], row["payment_fee_minor"]) == (60, 87)
        assert row["fulfilment_minor"] == 900
        assert (row["unit_cost_minor"], row["unit_fulfilment_minor"]) == (620, 450)
        assert (row["platform_fee_bp"], row["payment_fee_bp"]) == (200, 290)

    @pytest.mark.slow
    def test_restates_a_line_from_before_rates_were_stored_by_what_its_amounts_tell(
        self, shop: Team
    ) -> None:
        take(shop, GOOD)
        (row,) = stored(shop)
        lake.replace_orders(shop.workspace.pk, {"2026-03": [row | RATES_UNKNOWN]})
        Product.objects.filter(sku="GLOW-SERUM").update(
            platform_fee_bp=3000, payment_fee_bp=4000, unit_cost_minor=1
        )
        take(shop, GOOD.replace(",2,USD", ",3,USD").replace("8.00,0,0", "8.00,30.00,0"))
        (row,) = stored(shop)
        assert (row["platform_fee_minor"], row["payment_fee_minor"]) == (60, 87)
        assert (row["cogs_minor"], row["fulfilment_minor"]) == (3 * 620, 3 * 450)

    @pytest.mark.slow
    def test_books_again_from_a_copy_of_before_rates_were_stored(self, shop: Team) -> None:
        take(shop, GOOD)
        path = copies.path_of(shop.workspace.pk, "2026-03")
        pq.write_table(pq.read_table(path, partitioning=None).drop(list(RATES_UNKNOWN)), path)
        (row,) = stored(shop)
        assert copies.load(shop.workspace.pk, "2026-03") == [row | RATES_UNKNOWN]

    @pytest.mark.slow
    def test_moves_an_order_whose_month_was_corrected(self, shop: Team) -> None:
        take(shop, GOOD)
        assert counts(take(shop, GOOD.replace("2026-03-01", "2026-02-27"))) == (0, 1, 0, 0)
        assert [row["month"] for row in stored(shop)] == ["2026-02"]

    def test_looked_at_dry_stores_nothing(self, shop: Team) -> None:
        assert counts(take(shop, GOOD, dry_run=True)) == (1, 0, 0, 0)
        assert stored(shop) == []
        assert OrderImport.objects.count() == 0

    @pytest.mark.parametrize(
        ("data", "reason"),
        [
            (b"", "empty"),
            (b"\xff\xfe\x00", "not text"),
            (b"id,when\n1,2\n", "lacks the columns"),
            (b"PK\x03\x04\x00\x00", "not a CSV"),
        ],
    )
    def test_that_cannot_be_read_is_refused_as_a_whole(
        self, shop: Team, data: bytes, reason: str
    ) -> None:
        with pytest.raises(FileProblemError, match=reason):
            conversions.import_orders(shop.finance, data, file_name="x", at=shop.now)
        assert stored(shop) == []

    def test_is_not_for_everybody(self, shop: Team) -> None:
        with pytest.raises(NotAllowedError):
            conversions.import_orders(shop.manager, b"", file_name="x", at=shop.now)

    def test_leaves_a_record_of_what_became_of_it(self, shop: Team) -> None:
        take(shop, GOOD, GOOD.replace("GLOW-SERUM", "NO-SUCH"))
        record = conversions.imports(shop.workspace)[0]
        assert (record.taken, record.refused, record.imported_by) == (1, 1, shop.finance.user)

    @pytest.mark.slow
    @pytest.mark.parametrize("seed", range(2))
    def test_comes_to_the_same_books_in_whatever_pieces_and_order(
        self, shop: Team, seed: int
    ) -> None:
        chance = random.Random(seed)
        rows = [
            f"B-{number},2026-0{chance.choice([1, 2])}-1{number % 9}T10:00:00Z,"
            f"{chance.choice(['GLOW-SERUM', 'KNIT-THROW'])},{1 + number % 3},USD,90.00,"
            f"{number % 7}.00,0,0,0,"
            for number in range(24)
        ]
        take(shop, *rows)
        whole, totals = stored(shop), money.profit(shop.workspace, by="product", now=shop.now).total
        chance.shuffle(rows)
        cut = chance.randrange(1, len(rows))
        for piece in (rows[:cut], rows[cut:], rows[cut // 2 :]):
            result = take(shop, *piece)
            assert (result.taken, result.changed, result.problems) == (0, 0, [])
        assert stored(shop) == whole
        assert money.profit(shop.workspace, by="product", now=shop.now).total == totals


class TestAnOrdersOwner:
    @pytest.mark.slow
    def test_is_the_post_of_its_landing_address_once_that_is_in_the_library(
        self, shop: Team
    ) -> None:
        post = shop.plain_posts()[0]
        url = utm.landing_url(
            "https://shop.example/p", handle=post["handle"], item_id=post["item_id"], sku="x"
        )
        take(shop, GOOD + url.replace("__CID__", "1874340972449875521"))
        assert stored(shop)[0]["item_id"] is None
        shop.shop()  # agreements bring the post into the library
        assert conversions.reattribute(shop.workspace, at=shop.now) == 1
        (row,) = stored(shop)
        assert (row["item_id"], row["creator_handle"]) == (post["item_id"], post["handle"])
        assert row["commission_minor"] > 0
        assert conversions.reattribute(shop.workspace, at=shop.now + timedelta(days=1)) == 0

    @pytest.mark.slow
    def test_gets_the_commission_that_was_agreed_when_the_order_came(self, shop: Team) -> None:
        post = shop.plain_posts()[0]
        url = utm.landing_url(
            "https://shop.example/p", handle=post["handle"], item_id=post["item_id"], sku="x"
        )
        shop.shop()
        right = UsageRight.objects.get(workspace=shop.workspace, item_id=post["item_id"])
        ordered_at = datetime(2026, 3, 1, 10, tzinfo=UTC)
        UsageRight.objects.filter(pk=right.pk).update(
            commission_bp=1000,
            commission_ads_bp=None,
            recorded_at=ordered_at - timedelta(days=9),
            superseded_at=ordered_at + timedelta(hours=1),
        )
        right.refresh_from_db()
        newer = {"pk": None, "recorded_at": right.superseded_at, "superseded_at": None}
        for name, value in {**newer, "commission_bp": 2500, "version": None, "item_id": ""}.items():
            setattr(right, name, value)
        right.save(force_insert=True)
        sold = GOOD + url.replace("__CID__", "1874340972449875521")
        take(shop, sold, sold.replace("A-1,2026-03-01T10", "A-2,2026-03-01T11"))
        assert [row["commission_minor"] for row in stored(shop)] == [600, 1500]
        UsageRight.objects.filter(workspace=shop.workspace).update(commission_bp=9000)
        refunded = sold.replace("8.00,0,0", "8.00,30.00,0")
        take(shop, refunded, refunded.replace("A-1,2026-03-01T10", "A-2,2026-03-01T11"))
        assert [row["commission_minor"] for row in stored(shop)] == [300, 750]

    @pytest.mark.slow
    def test_that_came_later_leaves_the_fees_as_they_were(self, shop: Team) -> None:
        post = shop.plain_posts()[0]
        url = utm.landing_url(
            "https://shop.example/p", handle=post["handle"], item_id=post["item_id"], sku="x"
        )
        take(shop, GOOD + url)
        shop.shop()
        Product.objects.filter(sku="GLOW-SERUM").update(platform_fee_bp=3000, payment_fee_bp=4000)
        assert conversions.reattribute(shop.workspace, at=shop.now) == 1
        (row,) = stored(shop)
        assert (row["platform_fee_minor"], row["payment_fee_minor"]) == (120, 174)

    @pytest.mark.parametrize(
        ("parameters", "source", "item_id", "ad_id"),
        [
            ({"utm_medium": "paid_social", "utm_content": "17", "post": "7" * 19},
             Source.SPARK, "7" * 19, "17"),
            ({"utm_medium": "paid_social", "utm_content": "__CID__", "post": "7" * 19},
             Source.SPARK, "7" * 19, ""),
            ({"utm_medium": "organic_creator", "post": "7" * 19}, Source.ORGANIC, "7" * 19, ""),
            ({"post": "7" * 19}, Source.ORGANIC, "7" * 19, ""),
            ({"post": "../etc"}, Source.DIRECT, "", ""),
            ({"utm_medium": "email", "post": "7" * 19}, Source.DIRECT, "", ""),
            ({}, Source.DIRECT, "", ""),
        ],
    )  # fmt: skip
    def test_is_read_from_the_landing_address(
        self, parameters: dict[str, str], source: Source, item_id: str, ad_id: str
    ) -> None:
        claim = claim_of(parameters, discount_code="", codes={})
        assert (claim.source, claim.item_id, claim.ad_id) == (source, item_id, ad_id)

    def test_is_the_creator_of_a_discount_code_where_the_address_says_nothing(self) -> None:
        claim = claim_of({}, discount_code=" ana10 ", codes={"ANA10": "sample.ana"})
        assert (claim.source, claim.handle) == (Source.CODE, "sample.ana")


class TestCosts:
    def test_follow_the_net_revenue_rounded_half_up_once(self) -> None:
        unit = UnitCosts(
            unit_cost=100,
            fulfilment=50,
            platform_fee_bp=250,
            payment_fee_bp=290,
            commission_bp=1000,
        )
        costs = costs_of(quantity=3, net=1999, unit=unit)
        assert (costs.cogs, costs.fulfilment) == (300, 150)
        assert (costs.platform_fee, costs.payment_fee, costs.commission) == (50, 58, 200)

    def test_of_a_share_round_half_away_from_zero(self) -> None:
        assert (share_of(50, 100), share_of(-50, 100), share_of(49, 100)) == (1, -1, 0)

    def test_refuse_no_figures_that_can_be_right(self) -> None:
        assert problem_with(Amounts(gross=10, discount=10, refund=0, tax=0), quantity=1) == ""
