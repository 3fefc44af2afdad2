"""Whose event it is: by the click it carries, or by hashed data of a buyer TikTok may recognise.

The platform has the e-mail address of some people, the phone number of others; who is recognised by
what is a draw of (order, identifier), so sending the same again changes nothing.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from tiktok_sandbox.world.ads.buyers import buyer_of
from tiktok_sandbox.world.ads.signals import (
    BY_EVENTS,
    OPTIMISATION_EVENTS,
    PURCHASE,
    mode_at,
    pixel_of,
    timeline_of,
)
from tiktok_sandbox.world.ledgers.ledger import BY_CLICK, CONVERSION, NOBODY
from tiktok_sandbox.world.randomness.columns import IntArray, hashed
from tiktok_sandbox.world.state.clock import TICK, seconds
from tiktok_sandbox.world.state.entities import Ad
from tiktok_sandbox.world.state.events import Pixel
from tiktok_sandbox.world.world import World

# What identifies a person, and whether it is sent as a hash.
IDENTIFIERS = {"email": True, "phone": True, "external_id": True, "ttp": False}
# Of a ledger's four bytes.
MOST_VALUE, LAST_SECOND = 2_000_000_000, 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Who an event belongs to. `order` is a row of the ledger, ad the one that is credited."""

    ad: Ad | None = None
    order: int = NOBODY
    click_tick: int = 0
    credit: int = 0


def order_of_buyer(world: World, name: str, value: str) -> int | None:
    """The row of the order of the buyer with this identifier, as it is sent."""
    for number in range(world.buyers_known, len(world.orders)):
        buyer = buyer_of(world.seed, number)
        for identifier, is_hashed in IDENTIFIERS.items():
            plain = str(getattr(buyer, identifier))
            sent = hashlib.sha256(plain.encode()).hexdigest() if is_hashed else plain
            world.buyer_orders[identifier, sent] = number
    world.buyers_known = len(world.orders)
    return world.buyer_orders.get((name, value))


def match_buyer(world: World, user: dict[str, tuple[str, ...]]) -> Match | None:
    """The buyer TikTok recognises by any of these, or None."""
    shares = world.family.shop.matching
    for name in IDENTIFIERS:
        for value in user.get(name, ()):
            number = order_of_buyer(world, name, value)
            if number is None or not _is_placed(world, number):
                continue
            draw = float(hashed(world.seed, f"match.{name}", np.array([number]))[0])
            if draw < float(getattr(shares, name)):
                return _credited(world, number)
    return None


def _is_placed(world: World, number: int) -> bool:
    return _placed(world, number) <= seconds(world.now)


def _placed(world: World, number: int) -> int:
    return int(world.orders.rows[number, world.orders.place("placed_second")])


def _credited(world: World, number: int) -> Match:
    row = dict(zip(world.orders.columns, world.orders.rows[number].tolist(), strict=True))
    ad = row["credited_ad"]
    return Match(
        ad=None if ad == NOBODY else world.find.ads()[ad],
        order=number,
        click_tick=row["tick"],
        credit=row["credit"],
    )


def match_of_click(world: World, ad: Ad, *, clicked: int) -> Match:
    """An event that carries the click itself."""
    tick = (clicked - seconds(world.state.epoch)) // int(TICK.total_seconds())
    return Match(ad=ad, click_tick=max(0, tick), credit=BY_CLICK)


def book_conversion(
    world: World,
    match: Match,
    *,
    pixel: Pixel | None,
    owner: str | None,
    name: str,
    at: int,
    value_minor: int,
) -> bool:
    """Let a received event count for the ad it belongs to, if the ad is measured by it.

    One without a pixel of its own counts events of every pixel of its ad account.

    pixel : through which it came; owner : the ad account of its source, None where it has none
    """
    if match.ad is None:
        return False
    group = world.state.adgroups[match.ad.adgroup_id]
    wanted = pixel_of(world, match.ad)
    is_through = pixel is None or wanted in ("", pixel.pixel_id)
    if owner not in (None, group.advertiser_id) or wanted is None or not is_through:
        return False
    if kind_of(name, pixel) != (group.fields.get("optimization_event") or PURCHASE):
        return False
    happened = at
    if match.order != NOBODY:
        happened = _placed(world, match.order)
    if mode_at(timeline_of(world, wanted), happened) != BY_EVENTS:
        return False
    row = {
        "tick": world.state.ticks_done,
        "ad": match.ad.number,
        "click_tick": match.click_tick,
        "credit": match.credit,
        "event_second": min(max(at, 0), LAST_SECOND),
        "arrived_second": seconds(world.now),
        "value_minor": min(max(value_minor, 0), MOST_VALUE),
        "order": match.order,
    }
    rows: IntArray = np.array([[row[column] for column in CONVERSION]], dtype=np.int64)
    world.conversions.append(rows)
    return True


def kind_of(name: str, pixel: Pixel | None) -> str | None:
    """What ads optimise for when they optimise for this event; None of a custom one."""
    own = pixel.events.values() if pixel is not None else ()
    return next((e.event_type for e in own if e.event_code == name), OPTIMISATION_EVENTS.get(name))
