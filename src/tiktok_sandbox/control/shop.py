"""The brand's own systems: products, orders and creator deals as files, and stock.

Files are CSV with decimal strings.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from tiktok_sandbox.control.bodies import Act, BadRequestError, Body
from tiktok_sandbox.control.truth_document import iso
from tiktok_sandbox.wire.access.oauth import issue_code
from tiktok_sandbox.wire.shop.orders import order_number
from tiktok_sandbox.wire.shop.protocol import app_key_of, app_secret_of, cipher_of
from tiktok_sandbox.wire.shop.tokens import REFRESH_LIVES, grant_shop
from tiktok_sandbox.world.ads.buyers import buyer_of
from tiktok_sandbox.world.ads.events import click_id
from tiktok_sandbox.world.delivery.orders import SHOP
from tiktok_sandbox.world.delivery.stock import restock, set_stock, stock_of
from tiktok_sandbox.world.truth.profit import visible_orders, visible_refund
from tiktok_sandbox.world.world import World

if TYPE_CHECKING:
    from tiktok_sandbox.runtime.hub import Hub

PRODUCT_COLUMNS = [
    "sku",
    "title",
    "currency",
    "price",
    "unit_cost",
    "fulfilment_cost",
    "platform_fee_percent",
    "payment_fee_percent",
    "commission_percent",
    "landing_url",
    "stock",
]
ORDER_COLUMNS = [
    "order_id",
    "ordered_at",
    "sku",
    "quantity",
    "currency",
    "gross",
    "discount",
    "refund",
    "shipping",
    "tax",
    "landing_url",
    "discount_code",
]
BUYER_COLUMNS = ["order_id", "email", "phone", "external_id", "ttp", "ip", "user_agent", "ttclid"]
DEAL_COLUMNS = [
    "handle",
    "item_id",
    "sku",
    "content_fee",
    "currency",
    "paid_allowed",
    "rights_start",
    "rights_end",
    "hold_until",
    "commission_percent",
]


def money(minor: int) -> str:
    return str(Decimal(minor).scaleb(-2).quantize(Decimal("0.01")))


def percent(basis_points: int) -> str:
    return str(Decimal(basis_points).scaleb(-2).quantize(Decimal("0.01")))


def products_csv(world: World) -> str:
    left = stock_of(world)
    return _csv(
        PRODUCT_COLUMNS,
        (
            (
                product.sku,
                product.title,
                product.currency,
                money(product.price_minor),
                money(product.unit_cost_minor),
                money(product.fulfilment_cost_minor),
                percent(product.platform_fee_bp),
                percent(product.payment_fee_bp),
                percent(product.commission_bp),
                f"{SHOP}/p/{product.sku}",
                left[product.sku],
            )
            for product in world.state.products.values()
        ),
    )


def orders_csv(world: World, *, since: datetime | None) -> str:
    """Orders placed, or refunded, at or after `since`; each as it stands now, oldest first."""
    now = world.now
    return _csv(
        ORDER_COLUMNS,
        (
            (
                order.order_id,
                iso(order.placed_at),
                order.sku,
                order.quantity,
                order.currency,
                money(order.gross_minor),
                money(order.discount_minor),
                money(visible_refund(order, now)),
                money(0),
                money(0),
                order.landing_url,
                order.discount_code,
            )
            for order in visible_orders(world, now)
            if since is None
            or order.placed_at >= since
            or (order.refunded_at is not None and since <= order.refunded_at <= now)
        ),
    )


def buyers_csv(world: World, *, since: datetime | None) -> str:
    """What the shop knows of who bought, in plain text, and the click that brought them, if one did."""
    return _csv(
        BUYER_COLUMNS,
        (
            (
                order.order_id,
                *(getattr(buyer, name) for name in BUYER_COLUMNS[1:-1]),
                click_id(world, world.state.ads[order.ad_id], order.clicked_at)
                if order.ad_id is not None
                else "",
            )
            for order in visible_orders(world, world.now)
            if since is None or order.placed_at >= since
            for buyer in [buyer_of(world.seed, order_number(order) - 1)]
        ),
    )


def deals_csv(world: World) -> str:
    """The contract of every creator post that exists by now."""
    rows = []
    for post in world.visible_posts():
        deal = world.state.deals.get(post.item_id)
        if deal is None:
            continue
        rows.append(
            (
                post.handle,
                post.item_id,
                post.sku,
                money(deal.content_fee_minor),
                deal.currency,
                "yes" if deal.paid_allowed else "no",
                iso(deal.rights_start),
                iso(deal.rights_end),
                iso(deal.hold_until),
                percent(deal.commission_bp),
            )
        )
    return _csv(DEAL_COLUMNS, rows)


def _csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue()


def restock_product(hub: Hub, body: Body) -> object:
    """{"sku", "units"} adds units, {"sku", "stock"} sets what is left; → sku, stock."""
    world, sku = hub.current(), str(body.get("sku", ""))
    name = "stock" if "stock" in body else "units"
    amount = body.get(name)
    if isinstance(amount, bool) or not isinstance(amount, int):
        raise BadRequestError('say {"sku": "…", "units": 50} to add or {"sku": "…", "stock": 0}')
    left = (set_stock if name == "stock" else restock)(world, sku, amount)
    return {"sku": sku, "stock": left}


def about(world: World) -> dict[str, object]:
    """What a seller would know of his app and his shops, the app's secret included."""
    return {
        "app_key": app_key_of(world),
        "app_secret": app_secret_of(world),
        "shops": [
            {"id": store.store_id, "name": store.name, "cipher": cipher_of(world, store)}
            for store in world.state.stores.values()
        ],
    }


def grant(hub: Hub, body: Body) -> object:
    """{"store_ids": […]} optional: a token and a code as if the seller had allowed it; all shops else."""
    world = hub.current()
    wanted = body.get("store_ids", list(world.state.stores))
    if not isinstance(wanted, list) or not all(
        isinstance(number, str) and number in world.state.stores for number in wanted
    ):
        raise BadRequestError("store_ids must be ids of this world's shops; see world/")
    # Nobody who tests should have to renew it; those by code end as they do at the shop.
    made = grant_shop(world, wanted, lives=REFRESH_LIVES)
    code = issue_code(world, kind="shop", subject=wanted)
    return {
        "access_token": made.token,
        "refresh_token": made.refresh_token,
        "auth_code": code.code,
        **about(world),
    }


TABLE: tuple[tuple[str, str, Act], ...] = (("POST", "shop/restock/", restock_product),)
