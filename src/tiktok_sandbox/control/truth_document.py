"""The whole truth of the world as one document, `tiktok-sandbox.truth/1`. Never a code or token."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from tiktok_sandbox.wire.shop.orders import shop_order_id
from tiktok_sandbox.world.ads.events import tallies
from tiktok_sandbox.world.ads.statuses import ad_status, is_delivering
from tiktok_sandbox.world.creators import permissions
from tiktok_sandbox.world.creators.collaborations import commission_of
from tiktok_sandbox.world.delivery.measures import MEASURES, bucket_text, delivery_sums, post_totals
from tiktok_sandbox.world.state.entities import Ad, Order, Post
from tiktok_sandbox.world.truth.profit import compute_profit, money_of, visible_orders
from tiktok_sandbox.world.world import World

SCHEMA = "tiktok-sandbox.truth/1"


def truth(world: World) -> dict[str, object]:
    """The whole document; a large world is read by parts, see truth_pages.py."""
    now = world.now
    return {
        **head(world),
        "posts": post_rows(world, list(world.visible_posts())),
        "authorizations": authorization_rows(world, range(len(world.state.codes))),
        "ads": ad_rows(world, list(world.state.ads.values())),
        "ad_days": ad_days(world),
        "orders": order_rows(world, visible_orders(world, now)),
        "events": events(world),
        "books": compute_profit(world, now=now),
    }


def head(world: World) -> dict[str, object]:
    """Which world at which instant."""
    return {
        "schema": SCHEMA,
        "now": iso(world.now),
        "family": world.family.name,
        "seed": world.seed,
    }


def order_rows(world: World, orders: Sequence[Order]) -> list[dict[str, object]]:
    now = world.now
    return [_order(world, order, now) for order in orders]


def _order(world: World, order: Order, now: datetime) -> dict[str, object]:
    rate, collaboration = commission_of(world, order)
    return {
        "order_id": order.order_id,
        "shop_order_id": shop_order_id(order),
        "placed_at": iso(order.placed_at),
        "sku": order.sku,
        "quantity": order.quantity,
        "currency": order.currency,
        "source": order.source,
        "item_id": order.item_id,
        "ad_id": order.ad_id,
        "commission_bp": rate,
        "collaboration_id": collaboration,
        **money_of(world, order, now),
    }


def events(world: World) -> list[dict[str, object]]:
    """One row per source, event and UTC day: what arrived, and how much of it could be matched."""
    return [
        {
            "source_id": source_id,
            "event": event,
            "day": day,
            "received": tally.received,
            "counted": tally.counted,
            "recognised": tally.recognised,
            "matched": tally.matched,
            "converted": tally.converted,
            "match_rate": round(tally.recognised / tally.counted, 4) if tally.counted else None,
        }
        for source_id, event, day, tally in tallies(world)
    ]


def iso(instant: datetime | None) -> str | None:
    return instant.isoformat().replace("+00:00", "Z") if instant is not None else None


def post_rows(world: World, posts: Sequence[Post]) -> list[dict[str, object]]:
    totals = post_totals(world, world.now, items=[post.item_id for post in posts])
    return [
        {
            "item_id": post.item_id,
            "handle": post.handle,
            "sku": post.sku,
            "item_type": post.item_type,
            "status": post.status,
            "posted_at": iso(post.posted_at),
            **totals[post.item_id],
        }
        for post in posts
    ]


def authorization_rows(world: World, numbers: Sequence[int]) -> list[dict[str, object]]:
    """One row per code ever made, the newest last; a deleted code stays with its status."""
    bound: dict[int, list[str]] = {}
    for binding in world.state.bindings:
        bound.setdefault(binding.code_number, []).append(binding.advertiser_id)
    rows: list[dict[str, object]] = []
    for number in numbers:
        code = world.state.codes[number]
        rows.append(
            {
                "item_id": code.item_id,
                "handle": world.state.posts[code.item_id].handle,
                "code_status": permissions.code_status(world, code),
                "auth_start": iso(code.start_at),
                "auth_end": iso(code.end_at),
                "deleted_at": iso(code.deleted_at),
                "bound_advertiser_ids": bound.get(number, []),
            }
        )
    return rows


def ad_rows(world: World, ads: Sequence[Ad]) -> list[dict[str, object]]:
    return [
        {
            "ad_id": ad.ad_id,
            "adgroup_id": ad.adgroup_id,
            "campaign_id": ad.campaign_id,
            "advertiser_id": ad.advertiser_id,
            "item_id": ad.item_id,
            "operation_status": "DELETE" if ad.is_deleted else ad.operation_status,
            "secondary_status": ad_status(world, ad),
            "delivering": is_delivering(world, ad),
        }
        for ad in ads
    ]


def ad_days(world: World) -> list[dict[str, object]]:
    """One row per ad and day of its account's zone with delivery or conversions."""
    everything = list(world.state.ads.values())
    rows: list[dict[str, object]] = []
    for advertiser_id in world.state.advertisers:
        sums = delivery_sums(world, advertiser_id=advertiser_id, hours_per_bucket=24)
        for (number, day), values in sorted(sums.items()):
            ad = everything[number]
            rows.append(
                {
                    "advertiser_id": advertiser_id,
                    "day": bucket_text(day, 24)[:10],
                    "ad_id": ad.ad_id,
                    "item_id": ad.item_id,
                    **dict(zip(MEASURES, values.tolist(), strict=True)),
                }
            )
    return rows
