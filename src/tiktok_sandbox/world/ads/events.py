"""Events of pixels and of the Events API: deduplicated, matched to buyers and clicks, counted.

Source: tiktok-api.md §12. The key is source id + event + event id, names case-sensitive. Within
48 hours the first one wins: later ones of the same channel are dropped, those of the other channel
are merged in the first five minutes and dropped after.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from tiktok_sandbox.world.ads.matching import (
    Match,
    book_conversion,
    match_buyer,
    match_of_click,
)
from tiktok_sandbox.world.state.clock import seconds, whole_seconds
from tiktok_sandbox.world.state.entities import Ad
from tiktok_sandbox.world.state.events import EventCounts, Pixel, SeenEvent
from tiktok_sandbox.world.state.refusals import RefusedError
from tiktok_sandbox.world.world import World

MERGED_WITHIN_SECONDS, DROPPED_WITHIN_SECONDS = 300, 48 * 3600
PRUNE_EVERY_SECONDS = 3600
MOST_SHOWN = 200
API, PIXEL = "api", "pixel"
CLICK = re.compile(r"E\.C\.P\.([0-9a-f]{8})([0-9a-f]{8})([0-9a-f]{16})")
WINDOW_DAYS = {
    "OFF": 0,
    "ONE_DAY": 1,
    "SEVEN_DAYS": 7,
    "FOURTEEN_DAYS": 14,
    "TWENTY_EIGHT_DAYS": 28,
}
DEFAULT_WINDOW = "SEVEN_DAYS"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event as it arrived. `user` is what it says of the buyer; only the names are kept."""

    source: str
    source_id: str
    channel: str
    name: str
    event_id: str | None
    at: datetime
    ttclid: str | None = None
    test_event_code: str | None = None
    user_fields: tuple[str, ...] = ()
    user: dict[str, tuple[str, ...]] = field(default_factory=dict)
    value_minor: int = 0


def take_event(world: World, event: Event) -> str:
    """Count an event. Returns "counted", "merged", "dropped" or "apart"."""
    verdict = _verdict(world, event)
    match = match_event(world, event)
    tally = world.state.measurement.tallies.setdefault(_tally_key(event), EventCounts())
    tally.received += 1
    setattr(tally, verdict, getattr(tally, verdict) + 1)
    if verdict == "counted":
        tally.browser += int(event.channel == PIXEL)
        if match is not None:
            tally.recognised += 1
            tally.matched += int(match.ad is not None)
            tally.converted += int(_book(world, event, match))
    _show(world, event, verdict, match.ad if match is not None else None)
    return verdict


def match_event(world: World, event: Event) -> Match | None:
    """Who it belongs to: by the click it carries, or else by what it says of the buyer."""
    ad = match_click(world, event.ttclid, at=event.at) if event.ttclid else None
    if ad is not None:
        return match_of_click(world, ad, clicked=_clicked(str(event.ttclid)))
    return match_buyer(world, event.user) if event.user else None


def _book(world: World, event: Event, match: Match) -> bool:
    pixel = find_pixel(world, event.source_id) if event.source == "web" else None
    offline = world.state.measurement.offline_sets.get(event.source_id)
    owner = pixel or (offline if event.source == "offline" else None)
    return book_conversion(
        world,
        match,
        pixel=pixel,
        owner=owner.advertiser_id if owner is not None else None,
        name=event.name,
        at=seconds(event.at),
        value_minor=event.value_minor,
    )


def _verdict(world: World, event: Event) -> str:
    if event.test_event_code is not None and world.behaviour.test_events == "apart":
        return "apart"
    if event.event_id is None:
        return "counted"
    _prune(world)
    kept, second = world.state.measurement.first_seen, seconds(event.at)
    key = dedup_key(event)
    first = kept.get(key)
    if first is not None and abs(second - first // 2) <= DROPPED_WITHIN_SECONDS:
        is_other = (first % 2 == 1) != (event.channel == PIXEL)
        near = abs(second - first // 2) <= MERGED_WITHIN_SECONDS
        return "merged" if is_other and near else "dropped"
    kept[key] = 2 * second + int(event.channel == PIXEL)
    return "counted"


def dedup_key(event: Event) -> int:
    text = f"{event.source}\n{event.source_id}\n{event.name}\n{event.event_id}".encode()
    # 63 bits: two of a million events share a key by chance about once in ten million worlds.
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big") >> 1


def _prune(world: World) -> None:
    """Forget keys that can meet nothing any more."""
    book, now = world.state.measurement, seconds(world.now)
    if now - book.pruned_at < PRUNE_EVERY_SECONDS:
        return
    oldest = 2 * (now - 2 * DROPPED_WITHIN_SECONDS)
    book.first_seen = {key: first for key, first in book.first_seen.items() if first >= oldest}
    book.pruned_at = now


def _tally_key(event: Event) -> str:
    return f"{event.source_id}\n{event.name}\n{event.at.astimezone(UTC).date().isoformat()}"


def _show(world: World, event: Event, verdict: str, ad: Ad | None) -> None:
    last = world.state.measurement.last
    last.append(
        SeenEvent(
            source=event.source,
            source_id=event.source_id,
            channel=event.channel,
            event=event.name,
            event_id=event.event_id,
            event_at=event.at,
            arrived_at=whole_seconds(world.now),
            verdict=verdict,
            ad_id=ad.ad_id if ad is not None else None,
            test_event_code=event.test_event_code,
            user_fields=list(event.user_fields),
        )
    )
    del last[:-MOST_SHOWN]


def tallies(world: World) -> list[tuple[str, str, str, EventCounts]]:
    """(source id, event, day, tally) of everything that arrived, in the order of arrival."""
    book = world.state.measurement.tallies
    found = []
    for key, tally in book.items():
        source_id, event, day = key.split("\n")
        found.append((source_id, event, day, tally))
    return found


def find_pixel(world: World, code: str) -> Pixel | None:
    """The pixel with this code."""
    pixels = world.state.measurement.pixels.values()
    return next((pixel for pixel in pixels if pixel.pixel_code == code), None)


def make_click(world: World, ad_id: str) -> str:
    """The `ttclid` that a click on the ad appends to its landing page now. Raises RefusedError."""
    ad = world.state.ads.get(ad_id)
    if ad is None:
        raise RefusedError("ad_not_found", f"There is no ad {ad_id}.")
    return click_id(world, ad, world.now)


def click_id(world: World, ad: Ad, at: datetime) -> str:
    """A pure function of the ad and the second."""
    body = f"{ad.number:08x}{seconds(at):08x}"
    return f"E.C.P.{body}{_seal(world, body)}"


def _seal(world: World, body: str) -> str:
    text = f"{world.seed}|click|{body}".encode()
    return hashlib.blake2b(text, digest_size=8).hexdigest()


def _clicked(ttclid: str) -> int:
    """The second of the click; of one that match_click has found."""
    found = CLICK.fullmatch(ttclid)
    return int(found.group(2), 16) if found is not None else 0


def match_click(world: World, ttclid: str, *, at: datetime) -> Ad | None:
    """The ad that was clicked, while the click is inside its ad group's click window."""
    found = CLICK.fullmatch(ttclid)
    if found is None or _seal(world, found.group(1) + found.group(2)) != found.group(3):
        return None
    number, clicked = int(found.group(1), 16), int(found.group(2), 16)
    ads = world.find.ads()
    if number >= len(ads):
        return None
    window = world.state.adgroups[ads[number].adgroup_id].fields.get("click_attribution_window")
    life = timedelta(days=WINDOW_DAYS.get(str(window or DEFAULT_WINDOW), 7)).total_seconds()
    return ads[number] if 0 <= seconds(at) - clicked <= life else None
