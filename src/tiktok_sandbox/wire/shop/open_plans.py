"""`/affiliate_seller/…/open_collaborations`: a product offered to every creator, and at what rate."""

from __future__ import annotations

from tiktok_sandbox.wire.protocol.fields import boolean, choice, integer, text
from tiktok_sandbox.wire.shop.affiliates import (
    creator_of_id,
    end_second,
    posters,
    product_row,
    standing,
)
from tiktok_sandbox.wire.shop.protocol import (
    Data,
    Paged,
    ShopCall,
    ShopEndpoint,
    invalid,
    not_found,
    one_page,
    pages,
    product_id_of,
)
from tiktok_sandbox.world.creators import collaborations
from tiktok_sandbox.world.creators.collaborations import LEAST_RATE, MOST_RATE
from tiktok_sandbox.world.delivery.stock import stock_of
from tiktok_sandbox.world.state.business import Store
from tiktok_sandbox.world.state.clock import seconds
from tiktok_sandbox.world.state.shop import OPEN, Collaboration
from tiktok_sandbox.world.world import World

MOST_PER_PAGE = 100


def open_create(call: ShopCall) -> Data:
    product = call.product(call.body.text("product_id"))
    made = collaborations.open_plan(
        call.world,
        sku=product.sku,
        rate=call.body.integer("commission_rate", 0, low=LEAST_RATE, high=MOST_RATE),
        fields={
            "require_seller_approve_creator": call.body.boolean("require_seller_approve_creator")
        },
    )
    return {
        "open_collaboration": {
            "id": made.collaboration_id,
            "product_id": product_id_of(call.store(), product.sku),
            "effective_time": seconds(made.starts_at),
        }
    }


def open_search(call: ShopCall) -> Data:
    world, store = call.world, call.store()
    kind, word = call.body.text("keyword_type", ""), call.body.text("keyword", "").lower()
    left = stock_of(world)
    found = [one for one in standing(call, OPEN) if _is_named(world, store, one, kind, word)]
    paged = Paged(
        name="open_collaborations",
        ids=[one.collaboration_id for one in found],
        row=lambda place: _open_row(world, store, found[place], left),
    )
    return one_page(call, paged)


def _is_named(world: World, store: Store, one: Collaboration, kind: str, word: str) -> bool:
    if kind == "PRODUCT_ID":
        return word in {product_id_of(store, sku) for sku in one.rates}
    if kind == "PRODUCT_NAME":
        return any(word in world.state.products[sku].title.lower() for sku in one.rates)
    return True


def _open_row(world: World, store: Store, one: Collaboration, left: dict[str, int]) -> Data:
    ((sku, rate),) = one.rates.items()
    return {
        "id": one.collaboration_id,
        "status": "NORMAL" if one.ends_at is None else "TERMINATING",
        "require_seller_approve_creator": one.fields.get("require_seller_approve_creator", False),
        "current_commission": {
            "rate": rate,
            "start_time": seconds(one.starts_at),
            "end_time": end_second(one),
        },
        "product": product_row(world, store, sku, left[sku]) | {"inventory": left[sku]},
        "content_creator_count": posters(world, one),
        "showcase_creator_count": 0,
    }


def open_remove(call: ShopCall) -> Data:
    """End the open plan of a product at the next midnight UTC."""
    sku = call.product(call.ids["product_id"]).sku
    found = next((one for one in standing(call, OPEN) if sku in one.rates), None)
    if found is None:
        raise not_found("open collaboration of product", call.ids["product_id"])
    return {"terminated_effective_time": seconds(collaborations.end(call.world, found))}


def remove_creator(call: ShopCall) -> Data:
    """A creator earns nothing from this plan any more; orders placed before stay his."""
    number = call.ids["open_collaboration_id"]
    found = next((one for one in standing(call, OPEN) if one.collaboration_id == number), None)
    if found is None:
        raise not_found("open collaboration", number)
    handle = creator_of_id(call.world, call.body.text("creator_user_id")).handle
    if call.product(call.body.text("product_id")).sku not in found.rates:
        raise invalid("product_id", "It is not of this collaboration")
    collaborations.remove_creator(call.world, found, handle)
    return {}


PLAN = "{open_collaboration_id}"
ENDPOINTS: tuple[ShopEndpoint, ...] = (
    ShopEndpoint(
        method="POST",
        path="/affiliate_seller/202405/open_collaborations",
        handler=open_create,
        body=(
            text("product_id", required=True, most=32),
            integer("commission_rate", required=True, low=LEAST_RATE, high=MOST_RATE),
            boolean("require_seller_approve_creator"),
        ),
        limits="In force at once, for all creators; approval is kept, not acted on",
    ),
    ShopEndpoint(
        method="POST",
        path="/affiliate_seller/202409/open_collaborations/search",
        handler=open_search,
        query=(
            *pages(MOST_PER_PAGE),
            choice("sort_order", "ASC", "DESC"),
            choice("sort_field", "product_original_price"),
        ),
        body=(
            choice("keyword_type", "PRODUCT_ID", "PRODUCT_NAME"),
            text("keyword", most=255),
            text("top_level_category_id", most=32),
        ),
        limits="Newest first whatever the order; no categories or showcases",
    ),
    ShopEndpoint(
        method="DELETE",
        path="/affiliate_seller/202409/open_collaborations/products/{product_id}",
        handler=open_remove,
        limits="The path is unverified; ends at 00:00 UTC",
    ),
    ShopEndpoint(
        method="POST",
        path=f"/affiliate_seller/202405/open_collaborations/{PLAN}/remove_creator",
        handler=remove_creator,
        body=(
            text("creator_user_id", required=True, most=32),
            text("product_id", required=True, most=32),
        ),
        limits="At once; the creator cannot join again",
    ),
)
