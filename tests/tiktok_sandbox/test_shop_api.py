"""The shop's API: who may ask, what is refused, and that it agrees with the truth to the cent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sandbox_seller import Seller

from tiktok_sandbox.server import SandboxServer
from tiktok_sandbox.wire.endpoints import SHOP_ENDPOINTS
from tiktok_sandbox.wire.protocol.fields import Field
from tiktok_sandbox.wire.shop.protocol import ShopEndpoint

HELD = [endpoint for endpoint in SHOP_ENDPOINTS if not endpoint.is_open]
SEARCH = "/order/202309/orders/search"


@pytest.fixture(scope="module")
def seller() -> Iterator[Seller]:
    """A shop with three weeks of orders."""
    with SandboxServer(seed=7) as sandbox:
        sandbox.advance(days=21)
        yield Seller(sandbox)


def name_of(endpoint: ShopEndpoint) -> str:
    return f"{endpoint.method} {endpoint.path}"


def filled(endpoint: ShopEndpoint) -> str:
    """The path with ids nobody has."""
    parts = endpoint.path.split("/")
    return "/".join("17" if part.startswith("{") else part for part in parts)


def sample(field: Field) -> object:
    if field.kind == "text":
        return field.choices[0] if field.choices else "1"
    if field.kind == "integer":
        return int(field.low or 12)
    if field.kind == "list":
        return [sample(field.items or field)]
    if field.kind == "object":
        return {inner.name: sample(inner) for inner in field.fields if inner.required}
    return True


def form(fields: tuple[Field, ...]) -> dict[str, Any]:
    return {field.name: sample(field) for field in fields if field.required}


def money(text: str) -> int:
    whole, cents = text.split(".")
    assert len(cents) == 2
    return int(whole) * 100 + int(cents)


@pytest.mark.parametrize("endpoint", HELD, ids=name_of)
class TestDoor:
    def test_is_closed_to_nobody(self, seller: Seller, endpoint: ShopEndpoint) -> None:
        for token in ("", "unknown"):
            refusal = seller.refused(endpoint.method, filled(endpoint), {}, token=token)
            assert refusal == (401, 36009004)

    def test_is_closed_to_the_token_of_another_shop(
        self, seller: Seller, endpoint: ShopEndpoint
    ) -> None:
        if endpoint.path == "/authorization/202309/shops":
            return
        other = seller.sandbox.post("grants/shop/", {"store_ids": []})["access_token"]
        given = form(endpoint.query)
        path, body = filled(endpoint), form(endpoint.body)
        assert seller.refused(endpoint.method, path, body, token=other, **given) == (403, 105005)
        stranger = given | {"shop_cipher": "SBX_somebody_else"}
        assert seller.refused(endpoint.method, path, body, **stranger) == (403, 105005)

    def test_names_what_is_missing_or_of_a_wrong_form(
        self, seller: Seller, endpoint: ShopEndpoint
    ) -> None:
        query, body = form(endpoint.query), form(endpoint.body)
        bad: list[tuple[str, dict[str, Any], dict[str, Any]]] = []
        for field in endpoint.query:
            if field.required:
                bad.append((field.name, query | {field.name: None}, body))
            if field.kind == "integer":
                bad += [(field.name, query | {field.name: wrong}, body) for wrong in ("x", "-1")]
        for field in endpoint.body:
            if field.required:
                bad.append((field.name, query, body | {field.name: None}))
            if field.kind != "text" or field.choices:
                bad.append((field.name, query, body | {field.name: "\u2603"}))
        for name, asked, sent in bad:
            status, answer = seller.call(endpoint.method, filled(endpoint), sent, **asked)
            assert (status, answer["code"], name in answer["message"]) == (400, 36009004, True), (
                answer
            )

    def test_answers_every_well_formed_call(self, seller: Seller, endpoint: ShopEndpoint) -> None:
        given = form(endpoint.query)
        status, answer = seller.call(
            endpoint.method, filled(endpoint), form(endpoint.body), **given
        )
        assert status in (200, 400)
        assert isinstance(answer["code"], int)

    def test_refuses_bodies_that_are_no_objects(
        self, seller: Seller, endpoint: ShopEndpoint
    ) -> None:
        for body in ([], "text", 7, {"n": 2**70}):
            refusal = seller.refused(endpoint.method, filled(endpoint), body)
            assert refusal == (400, 36009004)


class TestUnknownPaths:
    def test_are_refused_as_the_shop_does(self, seller: Seller) -> None:
        for method, path in (
            ("GET", SEARCH),
            ("POST", "/order/202309/orders"),
            ("GET", "/order/199901/orders"),
            ("GET", "/product/202309/products/x7"),
        ):
            assert seller.refused(method, path) == (403, 40006)


class TestTokens:
    def test_come_from_a_code_that_is_used_once(self) -> None:
        with SandboxServer(seed=7) as sandbox:
            given = sandbox.post("grants/shop/")
            seller = Seller(sandbox)
            app = {"app_key": seller.app_key, "app_secret": seller.app_secret}
            asked = app | {"auth_code": given["auth_code"], "grant_type": "authorized_code"}
            path = "/api/v2/token/get"
            made = seller.ask("GET", path, token="", **asked)
            assert seller.ask("GET", "/authorization/202309/shops", token=made["access_token"])
            assert seller.refused("GET", path, **asked) == (200, 36004004)
            wrong = asked | {"app_secret": "0" * 40}
            assert seller.refused("GET", path, **wrong) == (200, 36004003)
            for name in asked:
                assert seller.refused("GET", path, **asked | {name: None}) == (400, 36009004)

    @pytest.mark.slow
    def test_end_after_a_week_and_are_renewed_for_a_year(self) -> None:
        with SandboxServer(seed=7) as sandbox:
            seller, path = Seller(sandbox), "/api/v2/token/refresh"
            app = {"app_key": seller.app_key, "app_secret": seller.app_secret}
            code = sandbox.post("grants/shop/")["auth_code"]
            asked = app | {"auth_code": code, "grant_type": "authorized_code"}
            made = seller.ask("GET", "/api/v2/token/get", **asked)
            old, shops = made["access_token"], "/authorization/202309/shops"
            renewed = app | {"refresh_token": made["refresh_token"], "grant_type": "refresh_token"}
            sandbox.advance(days=7)
            assert seller.refused("GET", shops, token=old) == (401, 105002)
            new = seller.ask("GET", path, **renewed)["access_token"]
            sandbox.write("load/", sandbox.read("save/"))
            assert seller.ask("GET", shops, token=new)
            assert seller.refused("GET", shops, token=old) == (401, 36009004)
            unknown = renewed | {"refresh_token": "x"}
            assert seller.refused("GET", path, **unknown) == (200, 36004005)
            sandbox.advance(days=359)
            assert seller.refused("GET", path, **renewed) == (200, 36004001)


class TestSignature:
    def test_is_checked_when_strict(self) -> None:
        with SandboxServer(seed=7) as sandbox:
            plain, signed = Seller(sandbox), Seller(sandbox, signed=True)
            assert plain.ask("POST", SEARCH, {}, page_size=5)["orders"] == []
            sandbox.post("behaviour/", {"profile": "strict"})
            assert plain.refused("POST", SEARCH, {}, page_size=5) == (401, 106001)
            assert signed.ask("POST", SEARCH, {"order_status": "UNPAID"}, page_size=5)
            assert len(signed.ask("GET", "/authorization/202309/shops")["shops"]) == 1
            signed.app_secret = "0" * 40
            assert signed.refused("POST", SEARCH, {}, page_size=5) == (401, 106001)

    def test_must_be_of_the_app_and_of_now(self) -> None:
        with SandboxServer(seed=7) as sandbox:
            sandbox.post("behaviour/", {"shop_signature": "checked"})
            seller = Seller(sandbox, signed=True)
            seller.app_key = "somebody"
            assert seller.refused("POST", SEARCH, {}, page_size=5) == (401, 106001)
            plain = Seller(sandbox)
            for stamp in ("", "now", "1", "9" * 400):
                given = {"page_size": 5, "app_key": plain.app_key, "timestamp": stamp, "sign": "é"}
                assert plain.refused("POST", SEARCH, {}, **given) == (401, 106001)


class TestOrders:
    def test_agree_with_the_truth_to_the_cent(self, seller: Seller) -> None:
        truth = seller.sandbox.get("truth/")
        known = {row["shop_order_id"]: row for row in truth["orders"]}
        lines = seller.sandbox.text("shop/orders.csv").splitlines()
        names = lines[0].split(",")
        files = [dict(zip(names, line.split(","), strict=True)) for line in lines[1:]]
        sold = {row["order_id"]: row for row in files}
        rows = seller.orders()
        assert {row["id"] for row in rows} == set(known)
        assert len(rows) > 100
        for row in rows:
            file, pay = sold[known[row["id"]]["order_id"]], row["payment"]
            assert pay["original_total_product_price"] == file["gross"]
            assert pay["seller_discount"] == file["discount"]
            assert pay["currency"] == file["currency"]
            assert money(pay["total_amount"]) == money(file["gross"]) - money(file["discount"])
            items = row["line_items"]
            assert len(items) == int(file["quantity"])
            assert {item["seller_sku"] for item in items} == {file["sku"]}
            for name, whole in (
                ("original_price", pay["original_total_product_price"]),
                ("seller_discount", pay["seller_discount"]),
                ("sale_price", pay["total_amount"]),
            ):
                assert sum(money(item[name]) for item in items) == money(whole)
        net = sum(row["net_revenue_minor"] for row in truth["orders"])
        paid = sum(money(row["payment"]["total_amount"]) for row in rows)
        back = sum(
            money(one["refund_amount"]["refund_total"])
            for one in seller.everything(
                "/return_refund/202309/returns/search",
                "return_orders",
                {"return_status": ["RETURN_OR_REFUND_REQUEST_COMPLETE"]},
            )
        )
        assert paid - back == net

    def test_are_found_by_status_and_time_and_in_either_order(self, seller: Seller) -> None:
        rows = seller.orders()
        created = [row["create_time"] for row in rows]
        assert created == sorted(created, reverse=True)
        ascending = seller.orders(sort_order="ASC", page_size=7)
        assert [row["id"] for row in ascending] == [row["id"] for row in reversed(rows)]
        by_update = [row["update_time"] for row in seller.orders(sort_field="update_time")]
        assert by_update == sorted(by_update, reverse=True)
        middle = created[len(created) // 2]
        older = seller.orders({"create_time_lt": middle})
        newer = seller.orders({"create_time_ge": middle})
        assert len(older) + len(newer) == len(rows)
        counts = {
            status: len(seller.orders({"order_status": status}))
            for status in {row["status"] for row in rows}
        }
        assert sum(counts.values()) == len(rows)
        assert {"AWAITING_SHIPMENT", "DELIVERED", "COMPLETED"} <= set(counts)
        assert seller.orders({"order_status": "CANCELLED"}) == []

    def test_are_read_one_by_one(self, seller: Seller) -> None:
        some = [row["id"] for row in seller.orders()[:3]]
        data = seller.ask("GET", "/order/202309/orders", ids=",".join([*some, "1", some[0]]))
        assert [row["id"] for row in data["orders"]] == [*some, some[0]]
        many = ",".join(["1"] * 51)
        assert seller.refused("GET", "/order/202309/orders", ids=many) == (400, 36009004)

    def test_keep_their_place_while_new_ones_come(self) -> None:
        with SandboxServer(seed=7) as sandbox:
            sandbox.advance(days=6)
            seller = Seller(sandbox)
            before = [row["id"] for row in seller.orders()]
            first = seller.ask("POST", SEARCH, {}, page_size=5)
            sandbox.advance(days=1)
            rest = seller.ask(
                "POST", SEARCH, {}, page_size=100, page_token=first["next_page_token"]
            )
            shown = [row["id"] for row in first["orders"] + rest["orders"]]
            assert shown == before

    def test_have_page_tokens_of_their_own_question_only(self, seller: Seller) -> None:
        token = seller.ask("POST", SEARCH, {}, page_size=5)["next_page_token"]
        other = {"order_status": "DELIVERED"}
        asked: list[tuple[object, str]] = [
            (other, token),
            ({}, "nonsense"),
            ({}, "é"),
            ({}, "AAAA"),
        ]
        for body, given in asked:
            refusal = seller.refused("POST", SEARCH, body, page_size=5, page_token=given)
            assert refusal == (400, 36009004)


class TestReturns:
    path = "/return_refund/202309/returns/search"

    def test_are_the_refunds_of_the_world(self, seller: Seller) -> None:
        rows = seller.everything(self.path, "return_orders")
        assert rows
        orders = {row["id"]: row for row in seller.orders()}
        for row in rows:
            order = orders[row["order_id"]]
            assert order["create_time"] < row["create_time"] <= row["update_time"]
            assert row["refund_amount"]["refund_total"] == order["payment"]["total_amount"]
            parts = [
                money(one["refund_amount"]["refund_total"]) for one in row["return_line_items"]
            ]
            assert sum(parts) == money(row["refund_amount"]["refund_total"])
            assert len(parts) == len(order["line_items"])
        one = rows[0]
        for body in ({"return_ids": [one["return_id"]]}, {"order_ids": [one["order_id"]]}):
            assert seller.everything(self.path, "return_orders", body) == [one]
        assert seller.everything(self.path, "return_orders", {"return_types": ["REFUND"]}) == []


class TestProducts:
    def test_show_what_is_left(self) -> None:
        with SandboxServer(seed=7) as sandbox:
            seller = Seller(sandbox)
            rows = seller.everything("/product/202309/products/search", "products")
            product, sku = rows[0], rows[0]["skus"][0]
            place = {"warehouse_id": sku["inventory"][0]["warehouse_id"], "quantity": 3}
            path = f"/product/202309/products/{product['id']}"
            update = {"skus": [{"id": sku["id"], "inventory": [place]}]}
            seller.ask("POST", f"{path}/inventory/update", update)
            found = seller.ask("GET", path)
            assert found["skus"][0]["inventory"][0]["quantity"] == 3
            for body in ({"sku_ids": [sku["id"]]}, {"product_ids": [product["id"]]}):
                data = seller.ask("POST", "/product/202309/inventory/search", body)
                (row,) = data["inventory"][0]["skus"]
                assert (row["seller_sku"], row["total_available_quantity"]) == (
                    sku["seller_sku"],
                    3,
                )
            for bad in (
                {"skus": [{"id": "1", "inventory": [place]}]},
                {"skus": [{"id": sku["id"], "inventory": [place | {"quantity": -1}]}]},
                {"skus": [{"id": sku["id"], "inventory": [place | {"warehouse_id": "1"}]}]},
            ):
                assert seller.refused("POST", f"{path}/inventory/update", bad) == (400, 36009004)
            for nothing in ({}, {"sku_ids": ["1"]}, {"product_ids": ["1"]}):
                refusal = seller.refused("POST", "/product/202309/inventory/search", nothing)
                assert refusal == (400, 36009004)
            sandbox.advance(days=8)
            data = seller.ask("POST", "/product/202309/inventory/search", {"sku_ids": [sku["id"]]})
            sold = sum(
                len(order["line_items"])
                for order in seller.orders()
                if order["line_items"][0]["sku_id"] == sku["id"]
            )
            assert data["inventory"][0]["skus"][0]["total_available_quantity"] == 3 - sold


class TestLimitsAndFaults:
    def test_hold_for_the_shop_too(self) -> None:
        with SandboxServer(seed=7, tier="basic") as sandbox:
            seller = Seller(sandbox)
            seen = {seller.call("GET", "/authorization/202309/shops")[1]["code"] for _ in range(30)}
            assert seen == {0, 36009002}
        with SandboxServer(seed=7) as sandbox:
            seller = Seller(sandbox)
            sandbox.post("faults/", {"path": "/order/*", "kind": "error", "code": 36009003})
            assert seller.refused("POST", SEARCH, {}, page_size=5) == (400, 36009003)
            assert seller.ask("POST", SEARCH, {}, page_size=5)["orders"] == []

    def test_show_stock_as_it_was_before_the_last_write(self) -> None:
        with SandboxServer(seed=7) as sandbox:
            seller = Seller(sandbox)
            path = "/product/202309/inventory/search"
            (row,) = seller.ask("POST", "/product/202309/products/search", {}, page_size=1)[
                "products"
            ]
            sandbox.post("faults/", {"path": path, "kind": "stale_list"})
            number, variant = row["id"], row["skus"][0]["id"]
            amounts = {"skus": [{"id": variant, "inventory": [{"quantity": 5}]}]}
            seller.ask("POST", f"/product/202309/products/{number}/inventory/update", amounts)
            left = [
                seller.ask("POST", path, {"sku_ids": [variant]})["inventory"][0]["skus"][0]
                for _ in range(2)
            ]
            assert [one["total_available_quantity"] for one in left] == [100_000, 5]
