"""The whole truth of the world as one document, `tiktok-sandbox.truth/1`. Never a code or token."""

from __future__ import annotations

from datetime import datetime

from tiktok_sandbox.wire.shop.orders import shop_order_id
from tiktok_sandbox.world.ads.events import tallies
from tiktok_sandbox.world.ads.statuses import ad_status, is_delivering
from tiktok_sandbox.world.creators import permissions
from tiktok_sandbox.world.creators.collaborations import commission_of
from tiktok_sandbox.world.delivery.measures import MEASURES, bucket_text, delivery_sums, post_totals
from tiktok_sandbox.world.state.entities import Order
from tiktok_sandbox.world.truth.profit import compute_profit, money_of, visible_orders
from tiktok_sandbox.world.world import World

SCHEMA = "tiktok-sandbox.truth/1"


def truth(world: World) -> dict[str, object]:
    now = world.now
    return {
        "schema": SCHEMA,
        "now": iso(now),
        "family": world.family.name,
        "seed": world.seed,
        "posts": posts(world, now),
        "authorizations": authorizations(world),
        "ads": ads(world),
        "ad_days": ad_days(world),
        "orders": [_order(world, order, now) for order in visible_orders(world, now)],
        "events": events(world),
        "books": compute_profit(world, now=now),
    }


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


def posts(world: World, now: datetime) -> list[dict[str, object]]:
    totals = post_totals(world, now)
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
        for post in world.visible_posts()
    ]


def authorizations(world: World) -> list[dict[str, object]]:
    """One row per code ever made, the newest last; a deleted code stays with its status."""
    rows: list[dict[str, object]] = []
    for number, code in enumerate(world.state.codes):
        bound = [b.advertiser_id for b in world.state.bindings if b.code_number == number]
        rows.append(
            {
                "item_id": code.item_id,
                "handle": world.state.posts[code.item_id].handle,
                "code_status": permissions.code_status(world, code),
                "auth_start": iso(code.start_at),
                "auth_end": iso(code.end_at),
                "deleted_at": iso(code.deleted_at),
                "bound_advertiser_ids": bound,
            }
        )
    return rows


def ads(world: World) -> list[dict[str, object]]:
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
        for ad in world.state.ads.values()
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
