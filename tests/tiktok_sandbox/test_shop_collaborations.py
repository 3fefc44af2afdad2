"""Collaborations: what a creator earns follows what was in force when the order was placed."""

from __future__ import annotations

from typing import Any

import pytest
from sandbox_seller import Seller

from tiktok_sandbox.server import SandboxServer

OPEN = "/affiliate_seller/202405/open_collaborations"
OPEN_SEARCH = "/affiliate_seller/202409/open_collaborations/search"
TARGET = "/affiliate_seller/202405/target_collaborations"
TARGETS = "/affiliate_seller/202409/target_collaborations"
BAD = (400, 36009004)


@pytest.fixture
def seller(sandbox: SandboxServer) -> Seller:
    return Seller(sandbox)


def products(seller: Seller) -> dict[str, str]:
    """sku → product id."""
    rows = seller.everything("/product/202309/products/search", "products")
    return {row["skus"][0]["seller_sku"]: row["id"] for row in rows}


def creators(seller: Seller) -> dict[str, str]:
    """handle → creator_user_id."""
    path = "/affiliate_seller/202406/marketplace_creators/search"
    rows = seller.everything(path, "creators", page_size=12)
    return {row["username"]: row["creator_user_id"] for row in rows}


def open_all(seller: Seller, rate: int) -> dict[str, str]:
    """sku → the id of a plan for every creator."""
    found = {}
    for sku, number in products(seller).items():
        made = seller.ask("POST", OPEN, {"product_id": number, "commission_rate": rate})
        found[sku] = made["open_collaboration"]["id"]
    return found


def invitation(seller: Seller, handle: str, rate: int, **given: object) -> dict[str, Any]:
    goods = [{"id": n, "target_commission_rate": rate} for n in products(seller).values()]
    who = [creators(seller)[handle]]
    return {"name": "Sample", "products": goods, "creator_user_ids": who, **given}


def best_handle(seller: Seller) -> str:
    """The creator with most orders a week from now, from a copy of the world."""
    saved = seller.sandbox.read("save/")
    seller.sandbox.advance(days=7)
    truth = seller.sandbox.get("truth/")
    handles = {row["item_id"]: row["handle"] for row in truth["posts"]}
    sold = [handles[row["item_id"]] for row in truth["orders"] if row["commission_bp"]]
    seller.sandbox.write("load/", saved)
    return max(sorted(set(sold)), key=sold.count)


def minor(amount: dict[str, str]) -> int:
    return round(float(amount["amount"]) * 100)


class TestCommission:
    def test_is_the_deals_until_a_plan_is_opened_and_the_plans_from_then_on(
        self, seller: Seller
    ) -> None:
        seller.sandbox.advance(days=5)
        before = {row["order_id"]: row for row in seller.sandbox.get("truth/")["orders"]}
        plans = open_all(seller, 2500)
        seller.sandbox.advance(days=5)
        after = seller.sandbox.get("truth/")["orders"]
        paying = [row for row in after if row["commission_bp"]]
        assert {row["collaboration_id"] for row in paying} & set(plans.values())
        for row in paying:
            is_old = row["order_id"] in before
            assert (row["collaboration_id"] is None) == is_old
            assert (row["commission_bp"] == 2500) != is_old
            due = row["net_revenue_minor"] * row["commission_bp"]
            assert row["commission_minor"] == (due + 5000) // 10_000

    def test_of_affiliate_orders_sums_to_that_of_the_truth(self, seller: Seller) -> None:
        open_all(seller, 1550)
        seller.sandbox.advance(days=18)
        truth = seller.sandbox.get("truth/")
        rows = {row["id"]: row["skus"][0] for row in seller.affiliated()}
        known = {r["shop_order_id"]: r for r in truth["orders"] if r["commission_bp"]}
        assert set(rows) == set(known)
        handles = {row["item_id"]: row["handle"] for row in truth["posts"]}
        for number, row in rows.items():
            true = known[number]
            assert minor(row["actual_paid_commission"]) == true["commission_minor"]
            assert minor(row["actual_commission_base"]) == true["net_revenue_minor"]
            assert row["commission_rate"] == str(true["commission_bp"])
            assert row["creator_username"] == handles[true["item_id"]]
            assert row["open_collaboration_id"] == true["collaboration_id"]
        assert any(row["returned_quantity"] for row in rows.values())
        books = truth["books"]["by_creator"]
        whole = sum(row["commission_minor"] for row in books)
        assert sum(minor(row["actual_paid_commission"]) for row in rows.values()) == whole

    def test_of_an_invited_creator_goes_before_the_open_plan(self, seller: Seller) -> None:
        handle = best_handle(seller)
        open_all(seller, 1000)
        made = seller.ask("POST", TARGET, invitation(seller, handle, 3333))
        number = made["target_collaboration"]["id"]
        seller.sandbox.advance(days=7)
        rates = {
            (row["skus"][0]["creator_username"], row["skus"][0]["commission_rate"])
            for row in seller.affiliated()
        }
        assert (handle, "3333") in rates
        assert {rate for who, rate in rates if who == handle} == {"3333"}
        assert {rate for who, rate in rates if who != handle} == {"1000"}
        mine = seller.affiliated({"program_id": number})
        assert {row["skus"][0]["target_collaboration_id"] for row in mine} == {number}

    def test_ends_with_the_invitation_and_at_midnight_after_it_is_cancelled(
        self, seller: Seller
    ) -> None:
        handle = best_handle(seller)
        epoch = 1_772_409_600
        ends = invitation(seller, handle, 4000, end_time=str(epoch + 3 * 86_400))
        seller.ask("POST", TARGET, ends)
        seller.sandbox.advance(days=4)
        again = seller.ask("POST", TARGET, invitation(seller, handle, 5000))
        number = again["target_collaboration"]["id"]
        seller.sandbox.advance(hours=30)
        seller.ask("DELETE", f"{TARGETS}/{number}")
        seller.sandbox.advance(days=5)
        for row in seller.affiliated():
            days = (row["create_time"] - epoch) / 86_400
            rate, who = row["skus"][0]["commission_rate"], row["skus"][0]["creator_username"]
            if who == handle and days < 3:
                assert rate == "4000"
            elif who == handle and 4 <= days < 6:
                assert rate == "5000"
            else:
                assert rate in ("800", "1000", "1200")

    def test_stops_for_a_creator_who_was_removed_for_what_sells_afterwards(
        self, seller: Seller
    ) -> None:
        handle = best_handle(seller)
        plans = open_all(seller, 7000)
        seller.sandbox.advance(days=4)
        sold = {row["id"]: row["skus"][0]["commission_rate"] for row in seller.affiliated()}
        number = creators(seller)[handle]
        for sku, product in products(seller).items():
            body = {"creator_user_id": number, "product_id": product}
            path = f"{OPEN}/{plans[sku]}/remove_creator"
            seller.ask("POST", path, body)
            seller.ask("POST", path, body)
        seller.sandbox.advance(days=3)
        for row in seller.affiliated():
            is_his = row["skus"][0]["creator_username"] == handle
            rate = row["skus"][0]["commission_rate"]
            assert rate == sold.get(row["id"], rate)
            assert (rate == "7000") == (not is_his or row["id"] in sold)


class TestPlans:
    def test_are_listed_until_they_ended(self, seller: Seller) -> None:
        plans = open_all(seller, 1500)
        goods = products(seller)
        sku = next(iter(goods))
        rows = seller.everything(OPEN_SEARCH, "open_collaborations", page_size=2)
        assert {row["id"] for row in rows} == set(plans.values())
        assert {row["current_commission"]["rate"] for row in rows} == {1500}
        by_id = {"keyword_type": "PRODUCT_ID", "keyword": goods[sku]}
        (row,) = seller.everything(OPEN_SEARCH, "open_collaborations", by_id)
        assert (row["id"], row["product"]["status"]) == (plans[sku], "LIVE")
        seller.sandbox.post("shop/restock/", {"sku": sku, "stock": 0})
        (row,) = seller.everything(OPEN_SEARCH, "open_collaborations", by_id)
        assert row["product"]["status"] == "OUT_OF_STOCK"
        twice = {"product_id": goods[sku], "commission_rate": 1600}
        assert seller.refused("POST", OPEN, twice) == BAD
        path = f"/affiliate_seller/202409/open_collaborations/products/{goods[sku]}"
        ends = seller.ask("DELETE", path)["terminated_effective_time"]
        assert ends % 86_400 == 0
        (row,) = seller.everything(OPEN_SEARCH, "open_collaborations", by_id)
        assert (row["status"], row["current_commission"]["end_time"]) == ("TERMINATING", ends)
        seller.sandbox.advance(hours=25)
        assert seller.everything(OPEN_SEARCH, "open_collaborations", by_id) == []
        assert seller.refused("DELETE", path) == BAD
        assert seller.ask("POST", OPEN, twice)

    @pytest.mark.parametrize("rate", [0, 99, 8001, -5])
    def test_have_rates_from_one_to_eighty_percent(self, seller: Seller, rate: int) -> None:
        number = next(iter(products(seller).values()))
        body = {"product_id": number, "commission_rate": rate}
        assert seller.refused("POST", OPEN, body) == BAD
        assert seller.refused("POST", OPEN, {"product_id": "1", "commission_rate": 500}) == BAD


class TestInvitations:
    def test_are_listed_and_shown_with_their_creators(self, seller: Seller) -> None:
        handle = next(iter(creators(seller)))
        ends = 1_772_409_600 + 5 * 86_400
        body = invitation(seller, handle, 2000, end_time=ends, message="Hello")
        number = seller.ask("POST", TARGET, body)["target_collaboration"]["id"]
        for status, count in (("VALID", 1), ("EXPIRING", 1), ("ONGOING", 0), ("COMPLETED", 0)):
            asked = {"collaboration_status": status}
            rows = seller.everything(f"{TARGETS}/search", "target_collaborations", asked)
            assert len(rows) == count
        found = seller.ask("GET", f"{TARGETS}/{number}")["target_collaboration"]
        assert [one["username"] for one in found["creators"]] == [handle]
        assert {one["commission"]["rate"] for one in found["products"]} == {2000}
        assert (found["end_time"], found["message"]) == (ends, "Hello")
        seller.sandbox.advance(days=6)
        asked = {"collaboration_status": "COMPLETED"}
        assert seller.everything(f"{TARGETS}/search", "target_collaborations", asked)

    def test_of_the_same_creator_and_product_are_a_conflict(self, seller: Seller) -> None:
        handle, other = list(creators(seller))[:2]
        seller.ask("POST", TARGET, invitation(seller, handle, 2000))
        answer = seller.ask("POST", TARGET, invitation(seller, handle, 2500))
        assert "target_collaboration" not in answer
        assert len(answer["target_collaboration_conflicts"]) == len(products(seller))
        assert seller.ask("POST", TARGET, invitation(seller, other, 2500))["target_collaboration"]

    @pytest.mark.parametrize(
        "wrong",
        [
            {"creator_user_ids": ["1"]},
            {"creator_user_ids": []},
            {"products": [{"id": "1", "target_commission_rate": 2000}]},
            {"products": [7]},
            {"end_time": 5},
            {"name": ""},
        ],
    )
    def test_make_sense_or_are_refused(self, seller: Seller, wrong: dict[str, object]) -> None:
        handle = next(iter(creators(seller)))
        assert seller.refused("POST", TARGET, invitation(seller, handle, 2000, **wrong)) == BAD
        assert seller.refused("GET", f"{TARGETS}/1") == BAD
        assert seller.refused("DELETE", f"{TARGETS}/1") == BAD


class TestSaves:
    def test_keep_collaborations_and_tokens(self, seller: Seller) -> None:
        open_all(seller, 2500)
        seller.sandbox.advance(days=3)
        saved = seller.sandbox.read("save/")
        seller.sandbox.advance(days=3)
        before = seller.affiliated(), seller.sandbox.get("truth/")
        seller.sandbox.write("load/", saved)
        seller.sandbox.advance(days=3)
        assert (seller.affiliated(), seller.sandbox.get("truth/")) == before
