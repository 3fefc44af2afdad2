"""Control of events: what arrived, clicks to match them to, and a browser's pixel that fires."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tiktok_sandbox.control.bodies import Act, BadRequestError, Body, read_instant
from tiktok_sandbox.control.truth_document import iso
from tiktok_sandbox.world.ads.events import (
    PIXEL,
    Event,
    find_pixel,
    make_click,
    match_click,
    take_event,
    tallies,
)
from tiktok_sandbox.world.ads.signals import set_mode
from tiktok_sandbox.world.state.events import EVERYWHERE, SeenEvent

if TYPE_CHECKING:
    from tiktok_sandbox.runtime.hub import Hub


def events(hub: Hub, body: Body) -> object:
    """Counts per source, event and day; the last events; the test view by its code."""
    world = hub.current()
    last = [_seen(event) for event in world.state.measurement.last]
    codes = {str(event["test_event_code"]) for event in last if event["test_event_code"]}
    return {
        "tallies": [
            {
                "source_id": source_id,
                "event": event,
                "day": day,
                "received": tally.received,
                "counted": tally.counted,
                "merged": tally.merged,
                "dropped": tally.dropped,
                "apart": tally.apart,
                "recognised": tally.recognised,
                "matched": tally.matched,
                "converted": tally.converted,
            }
            for source_id, event, day, tally in tallies(world)
        ],
        "last": last,
        "test_events": {
            code: [event for event in last if event["test_event_code"] == code]
            for code in sorted(codes)
        },
    }


def _seen(event: SeenEvent) -> dict[str, object]:
    return {
        "source": event.source,
        "source_id": event.source_id,
        "channel": event.channel,
        "event": event.event,
        "event_id": event.event_id,
        "event_at": iso(event.event_at),
        "arrived_at": iso(event.arrived_at),
        "verdict": event.verdict,
        "ad_id": event.ad_id,
        "test_event_code": event.test_event_code,
        "user_fields": event.user_fields,
    }


def click(hub: Hub, body: Body) -> object:
    """{"ad_id"} → the ttclid that a click on this ad appends to the landing page now."""
    return {"ttclid": make_click(hub.current(), str(body.get("ad_id", "")))}


def fire_pixel(hub: Hub, body: Body) -> object:
    """{"pixel_code", "event", "event_id", "at", "ttclid", "value"}: the pixel in a visitor's browser."""
    world = hub.current()
    pixel = find_pixel(world, str(body.get("pixel_code", "")))
    name = body.get("event")
    if pixel is None or not isinstance(name, str) or not name or "\n" in name:
        raise BadRequestError("pixel_code must be a pixel of this world, event a name")
    ttclid = body.get("ttclid")
    event = Event(
        source="web",
        source_id=pixel.pixel_code,
        channel=PIXEL,
        name=name,
        event_id=str(body["event_id"]) if body.get("event_id") is not None else None,
        at=read_instant(str(body["at"])) if "at" in body else world.now,
        ttclid=str(ttclid) if ttclid is not None else None,
        value_minor=_minor(body.get("value", 0)),
    )
    ad = match_click(world, str(ttclid), at=event.at) if ttclid is not None else None
    return {"verdict": take_event(world, event), "ad_id": ad.ad_id if ad is not None else None}


def _minor(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1e7:
        raise BadRequestError("value must be a number from 0 to 10,000,000")
    return round(value * 100)


def modes(hub: Hub, body: Body) -> object:
    """How the platform has known of orders, shop-wide (pixel_code null) and by pixel."""
    world = hub.current()
    book, pixels = world.state.measurement.modes, world.state.measurement.pixels
    changes = [
        {
            "pixel_code": None if number == EVERYWHERE else pixels[number].pixel_code,
            "mode": one.mode,
            "since": iso(datetime.fromtimestamp(one.since, UTC)),
        }
        for number, found in book.items()
        for one in found
    ]
    return {"at_first": world.family.shop.pixel, "changes": changes}


def change_mode(hub: Hub, body: Body) -> object:
    """{"mode", "pixel_code"}: from now on orders are known so, through one pixel or everywhere."""
    world = hub.current()
    code = body.get("pixel_code")
    pixel = find_pixel(world, str(code)) if code is not None else None
    if code is not None and pixel is None:
        raise BadRequestError("pixel_code must be a pixel of this world, or absent")
    set_mode(world, str(body.get("mode", "")), pixel)
    return modes(hub, body)


TABLE: tuple[tuple[str, str, Act], ...] = (
    ("GET", "events/", events),
    ("POST", "clicks/", click),
    ("POST", "pixel/fire/", fire_pixel),
    ("GET", "pixel/mode/", modes),
    ("POST", "pixel/mode/", change_mode),
)
