"""`/product/202309`: the shop's products, each with one variant, and what is left of them."""

from __future__ import annotations

from tiktok_sandbox.wire.protocol.fields import Field, choice, ids, integer, many, record, text
from tiktok_sandbox.wire.protocol.parameters import Parameters
from tiktok_sandbox.wire.shop.protocol import (
    CIPHER,
    Data,
    Paged,
    ShopCall,
    ShopEndpoint,
    cipher_of,
    in_span,
    invalid,
    money,
    not_found,
    one_page,
    pages,
    product_id_of,
    sku_id_of,
    sku_of_id,
    span,
    warehouse_of,
)
from tiktok_sandbox.world.delivery.stock import MOST_UNITS, set_stock, stock_of
from tiktok_sandbox.world.state.business import Store
from tiktok_sandbox.world.state.clock import seconds
from tiktok_sandbox.world.world import World

MOST_PER_PAGE, MOST_PRODUCTS, MOST_SKUS = 100, 100, 600
STATUSES = (
    *("ALL", "DRAFT", "PENDING", "FAILED", "ACTIVATE"),
    *("SELLER_DEACTIVATED", "PLATFORM_DEACTIVATED", "FREEZE", "DELETED"),
)


def authorized_shops(call: ShopCall) -> Data:
    """The shops of the token."""
    stores = [call.world.state.stores[number] for number in call.grant().store_ids]
    return {
        "shops": [
            {
                "id": store.store_id,
                "name": store.name,
                "region": store.region,
                "seller_type": "LOCAL",
                "cipher": cipher_of(call.world, store),
                "code": f"{store.region}SBX{store.store_id[-6:]}",
            }
            for store in stores
        ]
    }


def search(call: ShopCall) -> Data:
    world, store = call.world, call.store()
    wanted = call.body.ids("seller_skus", most=MOST_PER_PAGE)
    status = call.body.text("status", "ALL")
    found = [
        sku
        for sku in store.spu_ids.values()
        if (not wanted or sku in wanted)
        and status in ("ALL", "ACTIVATE")
        and in_span(call, "create_time", seconds(world.state.epoch))
    ]
    left = stock_of(world)
    paged = Paged(
        name="products",
        ids=[product_id_of(store, sku) for sku in found],
        row=lambda place: product_row(world, store, found[place], left=left[found[place]]),
    )
    return one_page(call, paged)


def product_row(world: World, store: Store, sku: str, *, left: int) -> dict[str, object]:
    product, made = world.state.products[sku], seconds(world.state.epoch)
    return {
        "id": product_id_of(store, sku),
        "title": product.title,
        "status": "ACTIVATE",
        "sales_regions": [store.region],
        "create_time": made,
        "update_time": made,
        "has_draft": False,
        "is_not_for_sale": False,
        "skus": [
            {
                "id": sku_id_of(store, sku),
                "seller_sku": sku,
                "price": {
                    "currency": product.currency,
                    "tax_exclusive_price": money(product.price_minor),
                    "sale_price": money(product.price_minor),
                },
                "inventory": [{"warehouse_id": warehouse_of(world, store), "quantity": left}],
            }
        ],
    }


def detail(call: ShopCall) -> Data:
    sku = call.product(call.ids["product_id"]).sku
    return product_row(call.world, call.store(), sku, left=stock_of(call.world)[sku])


def inventory_search(call: ShopCall) -> Data:
    """What is left, by variant or else by product; every one asked for must be the shop's."""
    world, store = call.world, call.store()
    variants = call.body.ids("sku_ids", most=MOST_SKUS)
    numbers = call.body.ids("product_ids", most=MOST_PRODUCTS)
    if not variants and not numbers:
        raise invalid("product_ids", "Name products or variants (sku_ids)")
    skus = (
        [_own(sku_of_id(store, number), "sku", number) for number in variants]
        if variants
        else [_own(store.spu_ids.get(number), "product", number) for number in numbers]
    )
    left = stock_of(world)
    return {"inventory": [_inventory(world, store, sku, left[sku]) for sku in skus]}


def _own(sku: str | None, what: str, number: str) -> str:
    if sku is None:
        raise not_found(what, number)
    return sku


def _inventory(world: World, store: Store, sku: str, left: int) -> Data:
    return {
        "product_id": product_id_of(store, sku),
        "skus": [
            {
                "id": sku_id_of(store, sku),
                "seller_sku": sku,
                "total_available_quantity": left,
                "total_committed_quantity": 0,
                "total_available_inventory_distribution": {
                    "in_shop_inventory": {"quantity": left},
                    "campaign_inventory": [],
                    "creator_inventory": [],
                },
                "warehouse_inventory": [
                    {
                        "warehouse_id": warehouse_of(world, store),
                        "available_quantity": left,
                        "committed_quantity": 0,
                    }
                ],
            }
        ],
    }


def inventory_update(call: ShopCall) -> Data:
    """Set what is left of a product; the whole call is refused or none of it."""
    world, store = call.world, call.store()
    product = call.product(call.ids["product_id"])
    amounts = []
    for entry in call.body.items("skus"):
        given = Parameters(entry if isinstance(entry, dict) else {}, is_query=False)
        number, places = given.text("id"), given.items("inventory")
        if number != sku_id_of(store, product.sku):
            raise not_found("sku", number)
        if len(places) != 1 or not isinstance(places[0], dict):
            raise invalid("inventory", "This shop has one warehouse")
        place = Parameters(places[0], is_query=False)
        warehouse = warehouse_of(world, store)
        if place.text("warehouse_id", warehouse) != warehouse:
            raise not_found("warehouse", place.text("warehouse_id"))
        amounts.append(place.integer("quantity", 0, low=0, high=MOST_UNITS))
    for quantity in amounts:
        set_stock(world, product.sku, quantity)
    return {"errors": []}


SEARCH_QUERY = pages(MOST_PER_PAGE)
SEARCH_BODY: tuple[Field, ...] = (
    choice("status", *STATUSES),
    ids("seller_skus", most=MOST_PER_PAGE),
    *span("create_time"),
    *span("update_time"),
)
ENDPOINTS: tuple[ShopEndpoint, ...] = (
    ShopEndpoint(
        method="GET",
        path="/authorization/202309/shops",
        handler=authorized_shops,
        query=(),
        limits="One sample shop",
    ),
    ShopEndpoint(
        method="POST",
        path="/product/202309/products/search",
        handler=search,
        query=SEARCH_QUERY,
        body=SEARCH_BODY,
        limits="Every product is active and has one variant",
    ),
    ShopEndpoint(
        method="POST",
        path="/product/202502/products/search",
        handler=search,
        query=SEARCH_QUERY,
        body=SEARCH_BODY,
        limits="As version 202309",
    ),
    ShopEndpoint(
        method="GET",
        path="/product/202309/products/{product_id}",
        handler=detail,
        limits="The fields of the search only",
    ),
    ShopEndpoint(
        method="POST",
        path="/product/202309/inventory/search",
        handler=inventory_search,
        body=(ids("product_ids", most=MOST_PRODUCTS), ids("sku_ids", most=MOST_SKUS)),
        limits="One warehouse; nothing is committed",
    ),
    ShopEndpoint(
        method="POST",
        path="/product/202309/products/{product_id}/inventory/update",
        handler=inventory_update,
        query=(CIPHER,),
        body=(
            many(
                "skus",
                record(
                    "sku",
                    text("id", required=True, most=32),
                    many(
                        "inventory",
                        record(
                            "place",
                            text("warehouse_id", most=32),
                            integer("quantity", required=True, low=0, high=MOST_UNITS),
                        ),
                        required=True,
                        least=1,
                    ),
                ),
                required=True,
                least=1,
                most=1,
            ),
        ),
        limits="One variant and one warehouse a product",
    ),
)
