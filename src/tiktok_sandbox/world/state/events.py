"""Pixels and what arrived for them. Events are counted; of each only its key is kept, for 48 hours.

What counts as a conversion is a row of the ledger `conversions`.
"""

from __future__ import annotations

from datetime import datetime

from tiktok_sandbox.world.state.entities import Record


class PixelEvent(Record, kw_only=True):
    """An event somebody defined on a pixel. event_type is the optimisation event, like SHOPPING."""

    event_id: str
    event_code: str
    event_type: str
    event_name: str
    currency: str | None = None
    currency_value: str | None = None
    statistic_type: str = "EVERY_TIME"
    rules: list[dict[str, object]] = []


class Pixel(Record, kw_only=True):
    """A pixel of an ad account, with the events set up for it."""

    pixel_id: str
    pixel_code: str
    advertiser_id: str
    name: str
    category: str
    created_at: datetime
    partner_name: str | None = None
    advanced_matching: dict[str, bool] = {}
    events: dict[str, PixelEvent] = {}


class OfflineSet(Record, kw_only=True):
    """Where an ad account's offline events go."""

    event_set_id: str
    advertiser_id: str
    name: str
    description: str
    auto_tracking: bool
    created_at: datetime


class EventCounts(Record, kw_only=True):
    """received = counted + merged + dropped + apart. Of counted: recognised are those whose buyer the
    platform knows, matched those that belong to an ad, converted those that count in reports, browser
    those that came through the pixel."""

    received: int = 0
    counted: int = 0
    merged: int = 0
    dropped: int = 0
    apart: int = 0
    recognised: int = 0
    matched: int = 0
    converted: int = 0
    browser: int = 0


class SeenEvent(Record, kw_only=True):
    """One of the last events, for people to look at; no personal data is kept."""

    source: str
    source_id: str
    channel: str
    event: str
    event_id: str | None
    event_at: datetime
    arrived_at: datetime
    verdict: str
    ad_id: str | None
    test_event_code: str | None
    user_fields: list[str]


class PixelMode(Record, kw_only=True):
    """How the platform knows of orders from a second since 1970 on; see ads/signals.py."""

    since: int
    mode: str


EVERYWHERE = ""


class Measurement(Record, kw_only=True):
    """tallies : (source id, event, UTC day) joined by newlines; first_seen : key hash → 2 * second
    of the event + 1 when it came through the pixel; modes : pixel id, or EVERYWHERE, → its modes."""

    pixels: dict[str, Pixel] = {}
    offline_sets: dict[str, OfflineSet] = {}
    modes: dict[str, list[PixelMode]] = {}
    tallies: dict[str, EventCounts] = {}
    first_seen: dict[int, int] = {}
    pruned_at: int = 0
    last: list[SeenEvent] = []
