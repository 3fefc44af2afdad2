"""`/return_refund/202309/returns/search`: every refund of the world is a return of the whole order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from tiktok_sandbox.wire.protocol.fields import choice, ids, many, text
from tiktok_sandbox.wire.shop.orders import (
    line_item_id,
    order_number,
    orders_of,
    shares,
    shop_order_id,
)
from tiktok_sandbox.wire.shop.protocol import (
    Data,
    Paged,
    ShopCall,
    ShopEndpoint,
    in_span,
    money,
    one_page,
    pages,
    sku_id_of,
    span,
)
from tiktok_sandbox.world.ads.buyers import buyer_of
from tiktok_sandbox.world.randomness.single import Draws
from tiktok_sandbox.world.state.business import Store
from tiktok_sandbox.world.state.clock import seconds
from tiktok_sandbox.world.state.entities import Order
from tiktok_sandbox.world.world import World

MOST_PER_PAGE, MOST_IDS = 50, 50
# Before the refund: when the buyer asks for it, and when the goods are on their way back; ours.
ASKED_BEFORE, SHIPPED_BEFORE = timedelta(hours=24), timedelta(hours=16)
PENDING, SHIPPED = "RETURN_OR_REFUND_REQUEST_PENDING", "BUYER_SHIPPED_ITEM"
COMPLETE = "RETURN_OR_REFUND_REQUEST_COMPLETE"
STATUSES = (
    *(PENDING, SHIPPED, COMPLETE, "REFUND_OR_RETURN_REQUEST_REJECT", "AWAITING_BUYER_SHIP"),
    *("REJECT_RECEIVE_PACKAGE", "RETURN_OR_REFUND_REQUEST_SUCCESS", "AWAITING_BUYER_RESPONSE"),
    "RETURN_OR_REFUND_REQUEST_CANCEL",
)
# Words as the shop has them; how often each is given is ours.
REASONS = {
    "ecom_order_delivered_refund_and_return_reason_no_longer_needed": "No longer needed",
    "ecom_order_delivered_refund_and_return_reason_defective": "Product is defective",
    "ecom_order_delivered_refund_and_return_reason_not_as_described": "Not as described",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """An order that comes back; instants in seconds since 1970."""

    order: Order
    asked: int
    status: str
    since: int

    @property
    def return_id(self) -> str:
        return f"4035{order_number(self.order):015d}"


def returns_of(call: ShopCall) -> list[Return]:
    """Returns the buyers have asked for by now, oldest first."""
    now, found = call.world.now, []
    for order in orders_of(call):
        if order.refunded_at is None or order.refunded_at - ASKED_BEFORE > now:
            continue
        status, since = PENDING, order.refunded_at - ASKED_BEFORE
        if order.refunded_at - SHIPPED_BEFORE <= now:
            status, since = SHIPPED, order.refunded_at - SHIPPED_BEFORE
        if order.refunded_at <= now:
            status, since = COMPLETE, order.refunded_at
        asked = seconds(order.refunded_at - ASKED_BEFORE)
        found.append(Return(order=order, asked=asked, status=status, since=seconds(since)))
    found.sort(key=lambda one: (one.asked, one.return_id))
    return found


def search(call: ShopCall) -> Data:
    world, store = call.world, call.store()
    statuses = [str(word) for word in call.body.items("return_status")]
    kinds = [str(word) for word in call.body.items("return_types")]
    orders = call.body.ids("order_ids", most=MOST_IDS)
    numbers = call.body.ids("return_ids", most=MOST_IDS)
    buyers = call.body.ids("buyer_user_ids", most=MOST_IDS)
    found = [
        one
        for one in returns_of(call)
        if in_span(call, "create_time", one.asked)
        and in_span(call, "update_time", one.since)
        and (not statuses or one.status in statuses)
        and (not kinds or "RETURN_AND_REFUND" in kinds)
        and (not orders or shop_order_id(one.order) in orders)
        and (not numbers or one.return_id in numbers)
        and (not buyers or _buyer_id(world, one.order) in buyers)
    ]
    by_update = call.query.text("sort_field", "create_time") == "update_time"
    is_down = call.query.text("sort_order", "ASC") == "DESC"
    found.sort(key=lambda one: one.since if by_update else one.asked, reverse=is_down)
    paged = Paged(
        name="return_orders",
        ids=[one.return_id for one in found],
        row=lambda place: _row(world, store, found[place]),
    )
    return one_page(call, paged, default=10)


def _buyer_id(world: World, order: Order) -> str:
    return buyer_of(world.seed, order_number(order) - 1).user_id


def _row(world: World, store: Store, one: Return) -> Data:
    order = one.order
    reason = Draws(world.seed, "return.reason", order.order_id).pick(list(REASONS))
    product, none = world.state.products[order.sku], money(0)
    return {
        "return_id": one.return_id,
        "order_id": shop_order_id(order),
        "return_type": "RETURN_AND_REFUND",
        "return_status": one.status,
        "return_reason": reason,
        "return_reason_text": REASONS[reason],
        "return_method": "BUYER_SHIPPED",
        "shipment_type": "BUYER_ARRANGE",
        "role": "BUYER",
        "create_time": one.asked,
        "update_time": one.since,
        "refund_amount": _refund(order.refund_minor, order.currency),
        "discount_amount": [
            {
                "currency": order.currency,
                "product_seller_discount": money(order.discount_minor),
                "product_platform_discount": none,
                "shipping_fee_seller_discount": none,
                "shipping_fee_platform_discount": none,
            }
        ],
        "can_buyer_keep_item": False,
        "is_combined_return": False,
        "return_line_items": [
            {
                "return_line_item_id": f"4036{order_number(order):013d}{unit:02d}",
                "order_line_item_id": line_item_id(order, unit),
                "product_name": product.title,
                "sku_id": sku_id_of(store, order.sku),
                "sku_name": "Default",
                "seller_sku": order.sku,
                "refund_amount": _refund(part, order.currency),
            }
            for unit, part in enumerate(shares(order.refund_minor, order.quantity), start=1)
        ],
    }


def _refund(minor: int, currency: str) -> dict[str, str]:
    return {
        "currency": currency,
        "refund_subtotal": money(minor),
        "refund_shipping_fee": money(0),
        "refund_tax": money(0),
        "refund_total": money(minor),
    }


ENDPOINTS: tuple[ShopEndpoint, ...] = (
    ShopEndpoint(
        method="POST",
        path="/return_refund/202309/returns/search",
        handler=search,
        query=(
            *pages(MOST_PER_PAGE, required=False),
            choice("sort_order", "ASC", "DESC"),
            choice("sort_field", "create_time", "update_time"),
        ),
        body=(
            many("return_status", choice("status", *STATUSES)),
            many("return_types", choice("type", "REFUND", "RETURN_AND_REFUND", "REPLACEMENT")),
            ids("order_ids", most=MOST_IDS),
            ids("return_ids", most=MOST_IDS),
            ids("buyer_user_ids", most=MOST_IDS),
            *span("create_time"),
            *span("update_time"),
            text("locale", most=100),
        ),
        limits="Whole orders only, asked for a day before the refund; no arbitration, reasons ours",
    ),
)
