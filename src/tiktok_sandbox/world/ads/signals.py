"""What the platform knows of the shop's orders: through the shop's own pixel, or by events it received.

A shop whose pixel is installed tells of every order, and nothing here changes a figure. In mode
"events_api" only events that were received and matched to an ad count, in reports and for learning;
in mode "none" nothing does. What is sold on TikTok itself (shop ads, GMV Max) needs no pixel.
"""

from __future__ import annotations

import numpy as np

from tiktok_sandbox.world.ads.outages import unheard
from tiktok_sandbox.world.ledgers.ledger import BY_VIEW, PAID
from tiktok_sandbox.world.randomness.columns import BoolArray, FloatArray, IntArray
from tiktok_sandbox.world.state.clock import seconds
from tiktok_sandbox.world.state.entities import Ad
from tiktok_sandbox.world.state.events import EVERYWHERE, Pixel, PixelMode
from tiktok_sandbox.world.state.refusals import RefusedError
from tiktok_sandbox.world.world import World

INSTALLED, BY_EVENTS, NOTHING = "installed", "events_api", "none"
MODES = (INSTALLED, BY_EVENTS, NOTHING)
ON_TIKTOK = ("TIKTOK_SHOP", "VIDEO_SHOPPING", "LIVE_SHOPPING")
PURCHASE = "SHOPPING"
# Standard event → the name ads optimise for; every other event is a custom one. Source: §8.2, §12.
OPTIMISATION_EVENTS = {
    "AddPaymentInfo": "ADD_BILLING",
    "AddToCart": "ON_WEB_CART",
    "AddToWishlist": "ON_WEB_ADD_TO_WISHLIST",
    "ClickButton": "BUTTON",
    "CompletePayment": PURCHASE,
    "CompleteRegistration": "ON_WEB_REGISTER",
    "Contact": "CONSULT",
    "Download": "DOWNLOAD_START",
    "InitiateCheckout": "INITIATE_ORDER",
    "Lead": "FORM",
    "PlaceAnOrder": "ON_WEB_ORDER",
    "Purchase": PURCHASE,
    "Search": "ON_WEB_SEARCH",
    "SubmitForm": "FORM",
    "Subscribe": "ON_WEB_SUBSCRIBE",
    "ViewContent": "ON_WEB_DETAIL",
}
Timeline = list[PixelMode]


def is_plain(world: World) -> bool:
    """Does the shop's own pixel report every order, always and everywhere?"""
    return world.family.shop.pixel == INSTALLED and not world.state.measurement.modes


def set_mode(world: World, mode: str, pixel: Pixel | None = None) -> PixelMode:
    """From now on orders are known in this way, through one pixel or through all that have no way
    of their own. Raises RefusedError."""
    if mode not in MODES:
        raise RefusedError("bad_mode", f"A mode is one of {', '.join(MODES)}.")
    book = world.state.measurement.modes
    made = PixelMode(since=seconds(world.now), mode=mode)
    book.setdefault(EVERYWHERE if pixel is None else pixel.pixel_id, []).append(made)
    return made


def pixel_of(world: World, ad: Ad) -> str | None:
    """The id of the pixel that measures the ad: its ad group's, else the one it tracks with, else "".

    None for what is sold on TikTok itself.
    """
    group, campaign = world.state.adgroups[ad.adgroup_id], world.state.campaigns[ad.campaign_id]
    if campaign.kind == "gmv_max" or group.fields.get("promotion_type") in ON_TIKTOK:
        return None
    return str(group.fields.get("pixel_id") or ad.fields.get("tracking_pixel_id") or "")


def timeline_of(world: World, pixel_id: str | None) -> Timeline:
    """How the platform has known of orders through this pixel, oldest first, from the beginning."""
    if pixel_id is None:
        return [PixelMode(since=0, mode=INSTALLED)]
    book = world.state.measurement.modes
    own = book.get(pixel_id, []) if pixel_id != EVERYWHERE else []
    wide = [PixelMode(since=0, mode=world.family.shop.pixel), *book.get(EVERYWHERE, [])]
    return [one for one in wide if not own or one.since < own[0].since] + own


def mode_at(timeline: Timeline, second: int) -> str:
    return next((one.mode for one in reversed(timeline) if one.since <= second), timeline[0].mode)


def _is_installed(timeline: Timeline, instants: IntArray) -> BoolArray:
    """Was the pixel there at these seconds?"""
    since = np.array([one.since for one in timeline])
    modes = np.array([one.mode == INSTALLED for one in timeline])
    found: BoolArray = modes[np.searchsorted(since, instants, side="right") - 1]
    return found


def _seen_by_pixel(world: World, ads: IntArray, placed: IntArray) -> BoolArray:
    """Which orders of these ads the shop's pixel told of; arrays of shape (orders,)."""
    distinct, inverse = np.unique(ads, return_inverse=True)
    everything = world.find.ads()
    pixels = [pixel_of(world, everything[number]) for number in distinct.tolist()]
    names = list(dict.fromkeys(pixels))
    through = np.array([names.index(pixel) for pixel in pixels], dtype=np.int64)[inverse.ravel()]
    seen = np.ones(len(ads), dtype=bool)
    for place, pixel in enumerate(names):
        mine = through == place
        seen[mine] = _is_installed(timeline_of(world, pixel), placed[mine])
    return seen


def known_conversions(world: World, rows: IntArray, *, placed: IntArray, until: int) -> IntArray:
    """Of credited orders those that reports know of, and what received events add to them.

    rows : tick, ad, 1, value, by view, its value; placed : seconds, one per row; sorted by tick
    """
    if is_plain(world):
        return rows
    world.tally.follow(world)
    seen = rows[_seen_by_pixel(world, rows[:, 1], placed)] if len(rows) else rows
    book = world.conversions
    found = book.rows[book.column("arrived_second") <= until].astype(np.int64)
    value = found[:, book.place("value_minor")]
    by_view = (found[:, book.place("credit")] == BY_VIEW).astype(np.int64)
    ticks, ads = found[:, book.place("click_tick")], found[:, book.place("ad")]
    one = np.ones(len(found), dtype=np.int64)
    received = np.stack([ticks, ads, one, value, by_view, by_view * value], axis=1)
    both = np.concatenate([seen, received])
    return both[np.argsort(both[:, 0], kind="stable")]


def orders_known_to_platform(world: World, booked: FloatArray) -> FloatArray:
    """Orders per ad group that delivery has learned from by the last refresh, shape (groups,).

    booked : those of the groups' clicks, which is what the platform knows where a pixel is installed
    """
    if is_plain(world):
        return booked
    every = world.family.delivery.refresh_hours
    refreshed = world.state.ticks_done // every * every
    orders, book = world.orders, world.conversions
    rows = orders.until(refreshed).astype(np.int64)
    rows = rows[rows[:, orders.place("source")] == PAID]
    rows = rows[~unheard(world, ads=rows[:, orders.place("ref")], ticks=rows[:, 0])]
    ads = rows[:, orders.place("ref")]
    seen = ads[_seen_by_pixel(world, ads, rows[:, orders.place("placed_second")])]
    arrived = book.column("arrived_second") <= seconds(world.tick_start(refreshed))
    received = book.column("ad")[arrived & (book.column("credit") != BY_VIEW)]
    groups = world.tally.ad_group[np.concatenate([seen, received])]
    known: FloatArray = np.bincount(groups, minlength=len(booked)).astype(np.float64)
    return known
