"""`event/track/` and the older `pixel/track/`, `pixel/batch/`. Source: tiktok-api.md §12."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from tiktok_sandbox.wire.protocol.calls import Call, Data, Endpoint
from tiktok_sandbox.wire.protocol.errors import (
    NO_PERMISSION,
    NOT_HASHED,
    TOO_MANY_EVENTS,
    WireError,
    invalid,
    missing,
    not_found,
)
from tiktok_sandbox.wire.protocol.fields import boolean, choice, integer, many, number, record, text
from tiktok_sandbox.wire.protocol.parameters import Parameters
from tiktok_sandbox.world.ads.events import API, Event, find_pixel, take_event

MOST_EVENTS, LONGEST_NAME, LONGEST_ID = 1000, 50, 256
SOURCES = ("web", "app", "offline", "crm")
HASHED = ("email", "phone", "phone_number", "external_id")
# Identifier → the name version 1.0 has for it.
IDENTIFIERS = {
    "email": "email",
    "phone": "phone_number",
    "external_id": "external_id",
    "ttp": "ttp",
}
MOST_VALUES, MOST_VALUE = 20, 10_000_000
SHA256 = re.compile(r"[0-9a-f]{64}")
LAST_SECOND = 253_402_300_799  # 9999-12-31


def track(call: Call) -> Data:
    """Take up to 1000 events; one bad event refuses the whole request."""
    given = call.parameters
    source, source_id = given.text("event_source"), given.text("event_source_id")
    _check_source(call, source, source_id)
    entries = _entries(given, "data")
    events = [
        _event(entry, place, source=source, source_id=source_id, test=given)
        for place, entry in enumerate(entries)
    ]
    for event in events:
        take_event(call.world, event)
    return {}


def _entries(given: Parameters, name: str) -> list[Parameters]:
    items = given.items(name)
    if len(items) > MOST_EVENTS:
        raise WireError(
            TOO_MANY_EVENTS, f"{name}: {len(items)} events; a request carries {MOST_EVENTS}"
        )
    if not items:
        raise missing(name)
    return [Parameters(item, is_query=False) for item in items if isinstance(item, dict)]


def _check_source(call: Call, source: str, source_id: str) -> None:
    """Pixels and offline sets must exist and belong to the token; apps and CRMs are as named."""
    if source == "offline":
        offline = call.world.state.measurement.offline_sets.get(source_id)
        if offline is None:
            raise not_found("offline event set", source_id)
        if offline.advertiser_id not in call.ads_grant().advertiser_ids:
            raise WireError(NO_PERMISSION, f"No permission to operate offline set {source_id}")
    if source != "web":
        return
    pixel = find_pixel(call.world, source_id)
    if pixel is None:
        raise not_found("pixel", source_id)
    if pixel.advertiser_id not in call.ads_grant().advertiser_ids:
        raise WireError(NO_PERMISSION, f"No permission to operate pixel {source_id}")


def _event(
    entry: Parameters, place: int, *, source: str, source_id: str, test: Parameters
) -> Event:
    where = f"data[{place}]"
    user, page = entry.mapping("user"), entry.mapping("page")
    check_hashed(user, where)
    if source == "web" and page.find_text("url") is None:
        raise missing(f"{where}.page.url")
    instant = datetime.fromtimestamp(
        entry.integer("event_time", 0, low=0, high=LAST_SECOND), tz=UTC
    )
    return Event(
        source=source,
        source_id=source_id,
        channel=API,
        name=entry.text("event"),
        event_id=entry.find_text("event_id"),
        at=instant,
        ttclid=user.find_text("ttclid"),
        test_event_code=test.find_text("test_event_code"),
        user_fields=tuple(sorted(name for name in user.names() if name in user)),
        user=identifiers(user),
        value_minor=value_of(entry),
    )


def identifiers(user: Parameters) -> dict[str, tuple[str, ...]]:
    """What the event says of the buyer: hashes as a text or a list, the cookie as it is."""
    found: dict[str, tuple[str, ...]] = {}
    for name, sent in IDENTIFIERS.items():
        value = user.raw(sent) if sent in user else user.raw(name)
        items = value if isinstance(value, list) else [value]
        texts = tuple(str(item) for item in items if item not in (None, ""))
        if texts:
            found[name] = texts[:MOST_VALUES]
    return found


def value_of(entry: Parameters) -> int:
    """The order's total in minor units, 0 where the event names none."""
    text = entry.mapping("properties").find_text("value")
    return max(0, round(min(float(text), MOST_VALUE) * 100)) if text is not None else 0


def check_hashed(user: Parameters, where: str) -> None:
    """Personal data must come as lower-case SHA-256 in hexadecimal. Raises WireError 40062."""
    for name in HASHED:
        value = user.raw(name)
        for item in value if isinstance(value, list) else [value]:
            if item not in (None, "") and not SHA256.fullmatch(str(item)):
                raise WireError(
                    NOT_HASHED,
                    f"{where}.user.{name} must be hashed with SHA-256, in lower case hex",
                )


def pixel_track(call: Call) -> Data:
    """One event of version 1.0."""
    code = call.parameters.text("pixel_code")
    _check_source(call, "web", code)
    take_event(call.world, _old_event(call.parameters, "event", code))
    return {}


def pixel_batch(call: Call) -> Data:
    """Events of version 1.0 for one pixel."""
    code = call.parameters.text("pixel_code")
    _check_source(call, "web", code)
    entries = _entries(call.parameters, "batch")
    events = [_old_event(entry, f"batch[{n}]", code) for n, entry in enumerate(entries)]
    for event in events:
        take_event(call.world, event)
    return {}


def _old_event(entry: Parameters, where: str, code: str) -> Event:
    context = entry.mapping("context")
    user, advert = context.mapping("user"), context.mapping("ad")
    check_hashed(user, where)
    return Event(
        source="web",
        source_id=code,
        channel=API,
        name=entry.text("event"),
        event_id=entry.find_text("event_id"),
        at=_old_time(entry, where),
        ttclid=advert.find_text("callback"),
        test_event_code=entry.find_text("test_event_code"),
        user_fields=tuple(sorted(name for name in user.names() if name in user)),
        user=identifiers(user),
        value_minor=value_of(entry),
    )


def _old_time(entry: Parameters, where: str) -> datetime:
    """ISO 8601, as version 1.0 has it."""
    try:
        instant = datetime.fromisoformat(entry.text("timestamp"))
        return instant.astimezone(UTC) if instant.tzinfo else instant.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise invalid(f"{where}.timestamp", "Not a valid ISO 8601 time") from None


CONTENT = record(
    "content",
    text("content_id"),
    text("content_type"),
    text("content_name"),
    text("content_category"),
    text("brand"),
    number("price"),
    integer("quantity"),
)
PROPERTIES = record(
    "properties",
    text("currency", most=3),
    number("value"),
    text("content_type"),
    many("contents", CONTENT),
    text("order_id"),
    text("query"),
    text("description"),
    integer("num_items"),
)
PAGE = record("page", text("url"), text("referrer"))
EVENT_NAME = text("event", required=True, most=LONGEST_NAME)
DATUM = record(
    "datum",
    EVENT_NAME,
    integer("event_time", required=True, low=0, high=LAST_SECOND),
    text("event_id", most=LONGEST_ID),
    record("user", text("ttclid"), text("ttp"), text("ip"), text("user_agent"), text("locale")),
    PROPERTIES,
    PAGE,
    boolean("limited_data_use"),
)
OLD_CONTEXT = record(
    "context",
    record("ad", text("callback")),
    PAGE,
    record("user", text("ttp")),
    text("ip"),
    text("user_agent"),
)
OLD_EVENT = (
    EVENT_NAME,
    text("event_id", most=LONGEST_ID),
    text("timestamp", required=True),
    text("test_event_code"),
    OLD_CONTEXT,
    PROPERTIES,
)

ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="POST",
        path="/event/track/",
        handler=track,
        section="12",
        takes=(
            choice("event_source", *SOURCES, required=True),
            text("event_source_id", required=True),
            text("test_event_code"),
            many("data", DATUM, required=True, least=1),
        ),
        limits="Change reports where the shop's pixel is not installed; shares recognised are ours",
    ),
    Endpoint(
        method="POST",
        path="/pixel/track/",
        handler=pixel_track,
        section="12",
        takes=(text("pixel_code", required=True), *OLD_EVENT),
    ),
    Endpoint(
        method="POST",
        path="/pixel/batch/",
        handler=pixel_batch,
        section="12",
        takes=(
            text("pixel_code", required=True),
            many("batch", record("event", *OLD_EVENT), required=True, least=1),
        ),
    ),
)
