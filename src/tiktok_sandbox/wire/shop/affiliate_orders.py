"""`/affiliate_seller/202410/orders/search`: orders that pay a creator, and how much."""

from __future__ import annotations

from dataclasses import dataclass

from tiktok_sandbox.wire.protocol.fields import text
from tiktok_sandbox.wire.shop.orders import orders_of, progress_of, shop_order_id
from tiktok_sandbox.wire.shop.protocol import (
    Data,
    Paged,
    ShopCall,
    ShopEndpoint,
    amount,
    in_span,
    one_page,
    pages,
    product_id_of,
    sku_id_of,
    span,
)
from tiktok_sandbox.world.creators.collaborations import commission_of
from tiktok_sandbox.world.state.business import Store
from tiktok_sandbox.world.state.clock import seconds
from tiktok_sandbox.world.state.entities import Order
from tiktok_sandbox.world.state.shop import OPEN
from tiktok_sandbox.world.truth.profit import rate_of, visible_refund
from tiktok_sandbox.world.world import World

MOST_PER_PAGE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Affiliated:
    """An order with the rate it pays, and the collaboration the rate is of."""

    order: Order
    rate: int
    program: str | None


def search(call: ShopCall) -> Data:
    world, store = call.world, call.store()
    program = call.body.find_text("program_id")
    found = []
    for order in reversed(orders_of(call)):
        rate, collaboration = commission_of(world, order)
        if not rate or not in_span(call, "create_time", seconds(order.placed_at)):
            continue
        if program in (None, collaboration):
            found.append(Affiliated(order=order, rate=rate, program=collaboration))
    paged = Paged(
        name="orders",
        ids=[shop_order_id(one.order) for one in found],
        row=lambda place: _row(world, store, found[place]),
    )
    return one_page(call, paged)


def _row(world: World, store: Store, one: Affiliated) -> Data:
    order, post = one.order, world.state.posts[one.order.item_id or ""]
    before = order.gross_minor - order.discount_minor
    after = before - visible_refund(order, world.now)
    progress = progress_of(world, order)
    is_settled = progress.status == "COMPLETED"
    returned = order.quantity if after == 0 else 0
    program = world.state.collaborations.get(one.program or "")
    is_open = program is not None and program.kind == OPEN

    def paid(minor: int) -> Data:
        return amount(minor, order.currency)

    row: dict[str, object] = {
        "id": shop_order_id(order),
        "status": "COMPLETED" if is_settled else "PROCESSING",
        "create_time": seconds(order.placed_at),
        "skus": [
            {
                "sku_id": sku_id_of(store, order.sku),
                "product_id": product_id_of(store, order.sku),
                "creator_username": post.handle,
                "content_id": post.item_id,
                "content_type": "VIDEO",
                "quantity": order.quantity,
                "refunded_quantity": returned,
                "returned_quantity": returned,
                "price": paid(world.state.products[order.sku].price_minor),
                "commission_model": "FIXED",
                "commission_rate": str(one.rate),
                "estimated_commission_base": paid(before),
                "estimated_paid_commission": paid(rate_of(before, one.rate)),
                "actual_commission_base": paid(after),
                "actual_paid_commission": paid(rate_of(after, one.rate)),
                "open_collaboration_id": one.program if is_open else None,
                "target_collaboration_id": None if is_open else one.program,
            }
        ],
    }
    delivered = progress.reached.get("DELIVERED")
    return row if delivered is None else row | {"delivery_time": delivered}


ENDPOINTS: tuple[ShopEndpoint, ...] = (
    ShopEndpoint(
        method="POST",
        path="/affiliate_seller/202410/orders/search",
        handler=search,
        query=pages(MOST_PER_PAGE),
        body=(*span("create_time"), text("program_id", most=32)),
        limits="Orders at a deal's rate are listed too; one rate for Spark and organic ones; no tiers, no bonuses",
    ),
)
