"""Orders: what was bought, when people can see it, and who caused it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import urlencode

import numpy as np

from tiktok_sandbox.world.entities import Ad, Order, Post, Product
from tiktok_sandbox.world.randomness import FloatArray, poisson, uniforms
from tiktok_sandbox.world.world import World, seconds, whole_seconds

# Share of ad orders that arrive so many days after the click (science.md §2.2).
DELAY_DAYS = np.cumsum([0.50, 0.18, 0.10, 0.08, 0.06, 0.05, 0.03])
QUANTITY = np.cumsum([0.80, 0.15, 0.05])
DISCOUNT_SHARE, DISCOUNT_BP = 0.12, 1000
REFUND_SHARE = 0.06
DIRECT_ORDERS_PER_HOUR = 0.02
SHOP = "https://shop.example"
DRAWS_PER_ORDER = 8


def place_organic_orders(world: World, *, tick: int, post: Post, number: int, count: int) -> None:
    """Orders of people who saw a post for free."""
    query = urlencode(
        {
            "utm_source": "tiktok",
            "utm_medium": "organic_creator",
            "cr": post.handle,
            "post": post.item_id,
            "sku": post.sku,
        }
    )
    _place(
        world,
        tick=tick,
        stream=f"order.organic.{number}",
        count=count,
        product=world.state.products[post.sku],
        source="organic",
        item_id=post.item_id,
        ad=None,
        landing_url=f"{SHOP}/p/{post.sku}?{query}",
    )


def place_ad_orders(world: World, *, tick: int, ad: Ad, count: int) -> None:
    """Orders of people who clicked a Spark Ad; they belong to the ad's post."""
    post = world.state.posts[ad.item_id]
    _place(
        world,
        tick=tick,
        stream=f"order.ad.{ad.number}",
        count=count,
        product=world.state.products[post.sku],
        source="spark",
        item_id=post.item_id,
        ad=ad,
        landing_url=landing_url(world, ad),
    )


def place_direct_orders(world: World, tick: int) -> None:
    """Orders from nowhere: people who typed the shop's name."""
    products = list(world.state.products.values())
    mean = np.full(len(products), DIRECT_ORDERS_PER_HOUR)
    counts = poisson(mean, uniforms(world.seed, "direct", tick, len(products)))
    for place in np.flatnonzero(counts):
        product = products[place]
        _place(
            world,
            tick=tick,
            stream=f"order.direct.{place}",
            count=int(counts[place]),
            product=product,
            source="direct",
            item_id=None,
            ad=None,
            landing_url=f"{SHOP}/p/{product.sku}",
        )


def landing_url(world: World, ad: Ad) -> str:
    """The ad's landing page with TikTok's macros filled in (tiktok-api.md §8.3)."""
    campaign = world.state.campaigns[ad.campaign_id]
    adgroup = world.state.adgroups[ad.adgroup_id]
    values: Mapping[str, object] = {
        "__CAMPAIGN_NAME__": campaign.fields.get("campaign_name", ""),
        "__CAMPAIGN_ID__": campaign.campaign_id,
        "__AID_NAME__": adgroup.fields.get("adgroup_name", ""),
        "__AID__": adgroup.adgroup_id,
        "__CID_NAME__": ad.fields.get("ad_name", ""),
        "__CID__": ad.ad_id,
        "__PLACEMENT__": "TikTok",
    }
    url = str(ad.fields.get("landing_page_url") or "")
    for macro, value in values.items():
        url = url.replace(macro, _url_text(str(value)))
    return url


def _url_text(text: str) -> str:
    return urlencode({"": text})[1:]


def _place(
    world: World,
    *,
    tick: int,
    stream: str,
    count: int,
    product: Product,
    source: str,
    item_id: str | None,
    ad: Ad | None,
    landing_url: str,
) -> None:
    draws = uniforms(world.seed, stream, tick, count * DRAWS_PER_ORDER)
    for draw in draws.reshape(count, DRAWS_PER_ORDER):
        order = _order(
            world,
            clicked_at=whole_seconds(world.tick_start(tick) + timedelta(hours=float(draw[0]))),
            draw=draw,
            product=product,
            source=source,
            item_id=item_id,
            ad=ad,
            landing_url=landing_url,
        )
        world.state.orders.append(order)
        if ad is not None:
            book_conversion(world, order, tick=tick, number=ad.number)


def _order(
    world: World,
    *,
    clicked_at: datetime,
    draw: FloatArray,
    product: Product,
    source: str,
    item_id: str | None,
    ad: Ad | None,
    landing_url: str,
) -> Order:
    days = int(np.searchsorted(DELAY_DAYS, draw[1])) if ad is not None else 0
    quantity = 1 + int(np.searchsorted(QUANTITY, draw[2]))
    placed_at = clicked_at + timedelta(days=min(days, 6))
    gross = product.price_minor * quantity
    discounted = draw[3] < DISCOUNT_SHARE
    discount = gross * DISCOUNT_BP // 10_000 if discounted else 0
    is_refunded = draw[4] < REFUND_SHARE
    refund_days = 3.0 + 7.0 * float(draw[5])
    number = len(world.state.orders) + 1
    return Order(
        order_id=f"SO-{number:06d}",
        clicked_at=clicked_at,
        placed_at=placed_at,
        sku=product.sku,
        quantity=quantity,
        currency=product.currency,
        gross_minor=gross,
        discount_minor=discount,
        discount_code="SAMPLE10" if discounted else "",
        refund_minor=gross - discount if is_refunded else 0,
        refunded_at=whole_seconds(placed_at + timedelta(days=refund_days)) if is_refunded else None,
        source=source,
        item_id=item_id,
        ad_id=ad.ad_id if ad is not None else None,
        landing_url=landing_url,
    )


def book_conversion(world: World, order: Order, *, tick: int, number: int) -> None:
    """Credit an ad order to the hour of its click; it shows once it is placed."""
    value = order.gross_minor - order.discount_minor
    world.conversions.append(np.array([[tick, number, seconds(order.placed_at), value]]))
