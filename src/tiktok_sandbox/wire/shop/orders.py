"""`/order/202309/orders`: the world's orders as the shop shows them, one line item a unit."""

from __future__ import annotations

from dataclasses import dataclass

from tiktok_sandbox.wire.protocol.fields import boolean, choice, many, text
from tiktok_sandbox.wire.shop.protocol import (
    CIPHER,
    Data,
    Paged,
    ShopCall,
    ShopEndpoint,
    in_span,
    invalid,
    money,
    one_page,
    pages,
    product_id_of,
    sku_id_of,
    span,
    warehouse_of,
)
from tiktok_sandbox.world.ads.buyers import buyer_of
from tiktok_sandbox.world.delivery.orders import read_orders
from tiktok_sandbox.world.state.business import Store
from tiktok_sandbox.world.state.clock import seconds
from tiktok_sandbox.world.state.entities import Order
from tiktok_sandbox.world.world import World

MOST_PER_PAGE, MOST_IDS = 100, 50
HOUR = 3600
# Hours after an order was placed at which it takes its next status; ours.
STATUS_HOURS = (
    ("AWAITING_SHIPMENT", 0),
    ("AWAITING_COLLECTION", 12),
    ("IN_TRANSIT", 24),
    ("DELIVERED", 48),
    ("COMPLETED", 15 * 24),
)
STATUSES = (
    *("UNPAID", "ON_HOLD", "AWAITING_SHIPMENT", "PARTIALLY_SHIPPING", "AWAITING_COLLECTION"),
    *("IN_TRANSIT", "DELIVERED", "COMPLETED", "CANCELLED"),
)
PACKAGE_STATUS = {
    "AWAITING_SHIPMENT": "TO_FULFILL",
    "AWAITING_COLLECTION": "PROCESSING",
    "IN_TRANSIT": "FULFILLING",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Where an order stands: its status, since when, and when it reached the earlier ones."""

    status: str
    since: int
    reached: dict[str, int]


def order_number(order: Order) -> int:
    """The order's number in the world, from 1."""
    return int(order.order_id.removeprefix("SO-"))


def shop_order_id(order: Order) -> str:
    """18 digits, of which the last are those of the world's own order id."""
    return f"5760{order_number(order):014d}"


def line_item_id(order: Order, unit: int) -> str:
    return f"5761{order_number(order):012d}{unit:02d}"


def progress_of(world: World, order: Order) -> Progress:
    placed, now = seconds(order.placed_at), seconds(world.now)
    reached = {
        status: placed + hours * HOUR
        for status, hours in STATUS_HOURS
        if placed + hours * HOUR <= now
    }
    status = list(reached)[-1]
    return Progress(status=status, since=reached[status], reached=reached)


def orders_of(call: ShopCall) -> list[Order]:
    """Orders of the shop's products placed by now, oldest first."""
    world, store = call.world, call.store()
    skus = set(store.spu_ids.values())

    def read() -> list[Order]:
        return [order for order in read_orders(world, until=world.now) if order.sku in skus]

    return call.cached(("shop.orders", store.store_id), read)


def search(call: ShopCall) -> Data:
    world, store = call.world, call.store()
    wanted = call.body.find_text("order_status")
    buyer = call.body.find_text("buyer_user_id")
    by_update = call.query.text("sort_field", "create_time") == "update_time"
    found = []
    for order in orders_of(call):
        progress = progress_of(world, order)
        if (
            in_span(call, "create_time", seconds(order.placed_at))
            and in_span(call, "update_time", progress.since)
            and wanted in (None, progress.status)
            and call.body.text("shipping_type", "SELLER") == "SELLER"
            and not call.body.boolean("is_buyer_request_cancel")
            and buyer in (None, buyer_of(world.seed, order_number(order) - 1).user_id)
        ):
            found.append((progress.since if by_update else seconds(order.placed_at), order))
    is_down = call.query.text("sort_order", "DESC") == "DESC"
    found.sort(key=lambda pair: (pair[0], order_number(pair[1])), reverse=is_down)
    orders = [order for _, order in found]
    paged = Paged(
        name="orders",
        ids=[shop_order_id(order) for order in orders],
        row=lambda place: order_row(world, store, orders[place]),
    )
    return one_page(call, paged)


def detail(call: ShopCall) -> Data:
    """Orders by id; those that are not of the shop are left out."""
    store = call.store()
    numbers = [number for number in call.query.text("ids").split(",") if number]
    if len(numbers) > MOST_IDS:
        raise invalid("ids", f"At most {MOST_IDS}")
    found = {shop_order_id(order): order for order in orders_of(call)}
    return {
        "orders": [
            order_row(call.world, store, found[number]) for number in numbers if number in found
        ]
    }


def order_row(world: World, store: Store, order: Order) -> dict[str, object]:
    number, progress = order_number(order), progress_of(world, order)
    buyer, placed = buyer_of(world.seed, number - 1), seconds(order.placed_at)
    package = f"1152{number:014d}"
    row: dict[str, object] = {
        "id": shop_order_id(order),
        "status": progress.status,
        "order_type": "NORMAL",
        "create_time": placed,
        "paid_time": placed,
        "update_time": progress.since,
        "user_id": buyer.user_id,
        "buyer_email": buyer.email,
        "buyer_nickname": buyer.nickname,
        "buyer_message": "",
        "recipient_address": {
            "name": buyer.nickname,
            "phone_number": buyer.phone,
            "region_code": store.region,
            "postal_code": "00000",
            "full_address": f"1 Sample Street, {store.region}",
        },
        "payment": _payment(order),
        "payment_method_name": "Sample card",
        "line_items": _line_items(world, store, order, progress, package=package),
        "packages": [{"id": package}],
        "fulfillment_type": "FULFILLMENT_BY_SELLER",
        "shipping_type": "SELLER",
        "delivery_type": "HOME_DELIVERY",
        "delivery_option_name": "Standard Shipping",
        "warehouse_id": warehouse_of(world, store),
        "seller_note": order.discount_code,
        "is_cod": False,
        "is_sample_order": False,
        "is_on_hold_order": False,
        "is_replacement_order": False,
        "is_exchange_order": False,
        "is_buyer_request_cancel": False,
        "has_updated_recipient_address": False,
    }
    times = {
        "rts_time": "AWAITING_COLLECTION",
        "collection_time": "IN_TRANSIT",
        "delivery_time": "DELIVERED",
    }
    return row | {
        name: progress.reached[status]
        for name, status in times.items()
        if status in progress.reached
    }


def _payment(order: Order) -> dict[str, str]:
    paid, none = money(order.gross_minor - order.discount_minor), money(0)
    return {
        "currency": order.currency,
        "original_total_product_price": money(order.gross_minor),
        "seller_discount": money(order.discount_minor),
        "platform_discount": none,
        "sub_total": paid,
        "original_shipping_fee": none,
        "shipping_fee": none,
        "shipping_fee_seller_discount": none,
        "shipping_fee_platform_discount": none,
        "tax": none,
        "total_amount": paid,
    }


def shares(minor: int, units: int) -> list[int]:
    """Minor units spread over units as evenly as whole ones can be, the first ones more."""
    each, rest = divmod(minor, units)
    return [each + (place < rest) for place in range(units)]


def _line_items(
    world: World, store: Store, order: Order, progress: Progress, *, package: str
) -> list[dict[str, object]]:
    product = world.state.products[order.sku]
    prices = shares(order.gross_minor, order.quantity)
    discounts = shares(order.discount_minor, order.quantity)
    return [
        {
            "id": line_item_id(order, unit),
            "product_id": product_id_of(store, order.sku),
            "product_name": product.title,
            "sku_id": sku_id_of(store, order.sku),
            "sku_name": "Default",
            "seller_sku": order.sku,
            "currency": order.currency,
            "original_price": money(price),
            "seller_discount": money(discount),
            "platform_discount": money(0),
            "sale_price": money(price - discount),
            "display_status": progress.status,
            "package_id": package,
            "package_status": PACKAGE_STATUS.get(progress.status, "COMPLETED"),
            "is_gift": False,
            "gift_retail_price": money(0),
        }
        for unit, (price, discount) in enumerate(zip(prices, discounts, strict=True), start=1)
    ]


OURS = "Hours between statuses are ours; nothing is cancelled, held or shipped in parts"
ENDPOINTS: tuple[ShopEndpoint, ...] = (
    ShopEndpoint(
        method="POST",
        path="/order/202309/orders/search",
        handler=search,
        query=(
            *pages(MOST_PER_PAGE),
            choice("sort_order", "ASC", "DESC"),
            choice("sort_field", "create_time", "update_time"),
        ),
        body=(
            choice("order_status", *STATUSES),
            *span("create_time"),
            *span("update_time"),
            choice("shipping_type", "TIKTOK", "SELLER"),
            text("buyer_user_id", most=32),
            boolean("is_buyer_request_cancel"),
            many("warehouse_ids", most=100),
        ),
        limits=OURS,
    ),
    ShopEndpoint(
        method="GET",
        path="/order/202309/orders",
        handler=detail,
        query=(CIPHER, text("ids", required=True, most=2000)),
        limits=f"{OURS}; ids that are not of the shop are left out (unverified)",
    ),
)
