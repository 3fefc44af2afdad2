"""`pixel/*`: pixels, their events and statistics. Source: tiktok-api.md §12, [Y] pixel_*.yml."""

from __future__ import annotations

from collections import Counter
from datetime import date

from tiktok_sandbox.wire.protocol.calls import Call, Data, Endpoint, one_page
from tiktok_sandbox.wire.protocol.errors import invalid, missing, not_found
from tiktok_sandbox.wire.protocol.fields import (
    Field,
    boolean,
    choice,
    day,
    many,
    pages,
    record,
    text,
)
from tiktok_sandbox.wire.protocol.parameters import Parameters, time_text
from tiktok_sandbox.world.ads.events import tallies
from tiktok_sandbox.world.ads.signals import OPTIMISATION_EVENTS
from tiktok_sandbox.world.state.clock import whole_seconds
from tiktok_sandbox.world.state.events import Pixel, PixelEvent

LONGEST_NAME, MOST_EVENTS, MOST_PIXELS = 128, 50, 100
# Of statistics: [G] event_stats.go.
MOST_STATS_PIXELS, LONGEST_SPAN_DAYS = 10, 30
EVENT_TYPES = (
    "ADD_BILLING",
    "BUTTON",
    "CONSULT",
    "DOWNLOAD_BUTTON",
    "DOWNLOAD_DETAIL",
    "DOWNLOAD_START",
    "FORM",
    "FORM_BUTTON",
    "FORM_DETAIL",
    "INITIATE_ORDER",
    "ON_WEB_ADD_TO_WISHLIST",
    "ON_WEB_CART",
    "ON_WEB_DETAIL",
    "ON_WEB_ORDER",
    "ON_WEB_REGISTER",
    "ON_WEB_SEARCH",
    "ON_WEB_SUBSCRIBE",
    "PAGE_VIEW",
    "PHONE",
    "PHONE_BUTTON",
    "PHONE_DETAIL",
    "SHOPPING",
    "VIEW",
)
OPERATORS = ("OPERATORTYPE_CONTAINS", "OPERATORTYPE_EQUALS", "OPERATORTYPE_DOES_NOT_EQUAL")
TRIGGERS = ("TRIGGERTYPE_CLICK", "TRIGGERTYPE_PAGEVIEW", "TRIGGERTYPE_ELEMENT_SHOW")
VARIABLES = ("PAGE_URL", "PAGE_HOSTNAME", "PAGE_PATH", "ELEMENT")
ORDERS = ("EARLIEST_CREATE", "LATEST_CREATE")


def _mine(call: Call) -> list[Pixel]:
    account = call.advertiser()
    pixels = call.world.state.measurement.pixels.values()
    return [pixel for pixel in pixels if pixel.advertiser_id == account.advertiser_id]


def _pixel(call: Call, number: str) -> Pixel:
    found = next((pixel for pixel in _mine(call) if pixel.pixel_id == number), None)
    if found is None:
        raise not_found("pixel", number)
    return found


def pixel_list(call: Call) -> Data:
    given = call.parameters
    found = [
        pixel
        for pixel in _mine(call)
        if given.text("pixel_id", pixel.pixel_id) in ("", pixel.pixel_id)
        and given.text("code", pixel.pixel_code) in ("", pixel.pixel_code)
        and given.text("name", "").lower() in pixel.name.lower()
    ]
    if given.choice("order_by", ORDERS, "LATEST_CREATE") == "LATEST_CREATE":
        found.reverse()
    shown, info = one_page(given, found, most=20)
    return {
        "pixels": [pixel_row(pixel) for pixel in shown],
        "page_info": info,
    }


def pixel_row(pixel: Pixel) -> dict[str, object]:
    return {
        "pixel_id": pixel.pixel_id,
        "pixel_code": pixel.pixel_code,
        "pixel_name": pixel.name,
        "pixel_category": pixel.category,
        "pixel_script": f"<script>ttq.load('{pixel.pixel_code}');ttq.page();</script>",
        "create_time": time_text(pixel.created_at),
        "pixel_setup_mode": "DEVELOPER",
        "partner_name": pixel.partner_name,
        "advanced_matching_fields": {
            "email": pixel.advanced_matching.get("email", False),
            "phone_number": pixel.advanced_matching.get("phone_number", False),
        },
        "events": [_event_row(event) for event in pixel.events.values()],
    }


def _event_row(event: PixelEvent) -> dict[str, object]:
    return {
        "event_id": event.event_id,
        "event_code": event.event_code,
        "event_type": event.event_type,
        "event_name": event.event_name,
        "currency": event.currency,
        "currency_value": event.currency_value,
        "statistic_type": event.statistic_type,
        "rules": event.rules,
    }


def pixel_create(call: Call) -> Data:
    account, world = call.advertiser(), call.world
    name = _name(call.parameters, "pixel_name")
    if any(pixel.name == name for pixel in _mine(call)):
        raise invalid("pixel_name", "A pixel of this account has the name already")
    if len(_mine(call)) >= MOST_PIXELS:
        raise invalid("advertiser_id", f"An ad account holds {MOST_PIXELS} pixels")
    pixel_id = world.next_id("pixel", prefix="72")
    pixel = Pixel(
        pixel_id=pixel_id,
        pixel_code="C" + world.mint.hex("pixel.code", world.state.minted, 10).upper()[:19],
        advertiser_id=account.advertiser_id,
        name=name,
        category=call.parameters.text("pixel_category", "ONLINE_STORE"),
        created_at=whole_seconds(world.now),
        partner_name=call.parameters.find_text("partner_name"),
    )
    world.state.measurement.pixels[pixel_id] = pixel
    return {"pixel_id": pixel_id, "pixel_code": pixel.pixel_code}


def _name(parameters: Parameters, field: str) -> str:
    name = parameters.text(field).strip()
    if not name:
        raise invalid(field, "Not an empty name")
    return name


def pixel_update(call: Call) -> Data:
    pixel = _pixel(call, call.parameters.text("pixel_id"))
    if call.parameters.find_text("pixel_name") is not None:
        pixel.name = _name(call.parameters, "pixel_name")
    matching = call.parameters.mapping("advanced_matching_fields")
    for name in ("email", "phone_number"):
        if name in matching:
            pixel.advanced_matching[name] = matching.boolean(name)
    return {"pixel_id": pixel.pixel_id}


def event_create(call: Call) -> Data:
    pixel = _pixel(call, call.parameters.text("pixel_id"))
    wanted = [Parameters(e, is_query=False) for e in _objects(call, "pixel_events")]
    if len(pixel.events) + len(wanted) > MOST_EVENTS:
        raise invalid("pixel_events", f"A pixel holds {MOST_EVENTS} events")
    made = []
    for given in wanted:
        event = PixelEvent(
            event_id=call.world.next_id("pixel.event", prefix="73"),
            event_code=given.text("event_code"),
            event_type=given.text("event_type"),
            event_name=given.text("event_name", "") or given.text("event_type"),
            currency=given.find_text("currency"),
            currency_value=given.find_text("currency_value"),
            statistic_type=given.text("statistic_type", "EVERY_TIME"),
            rules=[rule for rule in given.items("rules") if isinstance(rule, dict)],
        )
        pixel.events[event.event_id] = event
        made.append(event)
    return {"pixel_id": pixel.pixel_id, "pixel_events": [_event_row(event) for event in made]}


def _objects(call: Call, name: str) -> list[dict[str, object]]:
    return [entry for entry in call.parameters.items(name) if isinstance(entry, dict)]


def _event(call: Call) -> tuple[Pixel, PixelEvent]:
    number = call.parameters.text("event_id")
    for pixel in _mine(call):
        if number in pixel.events:
            return pixel, pixel.events[number]
    raise not_found("pixel event", number)


def event_update(call: Call) -> Data:
    pixel, event = _event(call)
    for name in ("event_name", "currency", "currency_value"):
        value = call.parameters.find_text(name)
        if value is not None:
            setattr(event, name, value)
    return {"pixel_id": pixel.pixel_id, "event_id": event.event_id}


def event_delete(call: Call) -> Data:
    pixel, event = _event(call)
    del pixel.events[event.event_id]
    return {"pixel_id": pixel.pixel_id, "event_id": event.event_id}


def event_stats(call: Call) -> Data:
    """What counted per pixel and event; what was deduplicated is not counted.

    Real clients name pixels by id or by code, one of them without a list, and some send the days
    beside `date_range`.
    """
    call.advertiser()
    start, end = _stats_days(call.parameters)
    pixels = [_pixel_of_stats(call, number) for number in _stats_pixels(call.parameters)]
    counts: dict[tuple[str, str], Counter[str]] = {}
    for code, event, day_text, tally in tallies(call.world):
        if start.isoformat() <= day_text <= end.isoformat():
            sums = counts.setdefault((code, event), Counter())
            sums["total"] += tally.counted
            sums["browser"] += tally.browser
            sums["attributed"] += tally.matched
            sums["recognised"] += tally.recognised
    rows = [
        {
            "pixel_id": pixel.pixel_id,
            "pixel_code": pixel.pixel_code,
            "statistics": [
                _stats_row(event, sums)
                for (code, event), sums in counts.items()
                if code == pixel.pixel_code
            ],
        }
        for pixel in pixels
    ]
    return {"list": rows}


def _stats_row(event: str, sums: Counter[str]) -> dict[str, object]:
    kind = OPTIMISATION_EVENTS.get(event)
    return {
        "pixel_event_type": kind,
        "custom_event_type": event if kind is None else None,
        "attributed_count": sums["attributed"],
        "match_rate": f"{sums['recognised'] / max(1, sums['total']):.4f}",
        "preview_count": 0,
        "total_count": sums["total"],
        "browser_event_total_count": sums["browser"],
        "server_event_total_count": sums["total"] - sums["browser"],
    }


def _stats_days(given: Parameters) -> tuple[date, date]:
    span = given.mapping("date_range") if "date_range" in given else given
    if "start_date" not in span or "end_date" not in span:
        raise missing("date_range")
    start, end = span.day("start_date"), span.day("end_date")
    if start > end or (end - start).days > LONGEST_SPAN_DAYS:
        raise invalid("date_range", f"start_date to end_date, at most {LONGEST_SPAN_DAYS} days")
    return start, end


def _stats_pixels(given: Parameters) -> list[str]:
    value = given.raw("pixel_ids")
    if isinstance(value, str) and not value.lstrip().startswith("["):
        return [value.strip().strip('"')]
    return list(dict.fromkeys(given.ids("pixel_ids", most=MOST_STATS_PIXELS, least=1)))


def _pixel_of_stats(call: Call, number: str) -> Pixel:
    by_code = next((pixel for pixel in _mine(call) if pixel.pixel_code == number), None)
    return by_code or _pixel(call, number)


def instant_page_event(call: Call) -> Data:
    """The events an Instant Page can be optimised for: a click of its button."""
    call.advertiser()
    objective = call.parameters.text("objective_type")
    goal = call.parameters.text("optimization_goal")
    events = ["BUTTON"] if goal in ("CONVERT", "VALUE") else []
    goals = [{"optimization_goal": goal, "optimization_events": events}]
    shown = "CONVERSIONS" if objective == "WEB_CONVERSIONS" else objective
    types = [{"objective_type": shown, "optimization_goals": goals}]
    return {
        "list": [
            {
                "business_type": "TIKTOK_INSTANT_PAGE",
                "instant_page_events": {"objective_types": types},
            }
        ]
    }


ADVERTISER, PIXEL_ID = text("advertiser_id", required=True), text("pixel_id", required=True)
RULE = record(
    "rule",
    choice("operator", *OPERATORS, required=True),
    choice("trigger", *TRIGGERS, required=True),
    text("value", required=True),
    choice("variable", *VARIABLES, required=True),
)
PIXEL_EVENT = record(
    "event",
    text("event_code", required=True, most=LONGEST_NAME),
    choice("event_type", *EVENT_TYPES, required=True),
    text("event_name", most=LONGEST_NAME),
    text("currency", most=3),
    text("currency_value", most=32),
    choice("statistic_type", "ONCE", "EVERY_TIME"),
    many("rules", RULE, most=20),
)
EVENT_ID: Field = text("event_id", required=True)

ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="GET",
        path="/pixel/list/",
        handler=pixel_list,
        section="12",
        takes=(
            ADVERTISER,
            text("pixel_id"),
            text("code"),
            text("name"),
            choice("order_by", *ORDERS),
            record("filtering", boolean("available_for_catalog_only")),
            *pages(most=20),
        ),
    ),
    Endpoint(
        method="POST",
        path="/pixel/create/",
        handler=pixel_create,
        section="12",
        takes=(
            ADVERTISER,
            text("pixel_name", required=True, most=LONGEST_NAME),
            text("pixel_category"),
            text("partner_name"),
        ),
    ),
    Endpoint(
        method="POST",
        path="/pixel/update/",
        handler=pixel_update,
        section="12",
        takes=(
            ADVERTISER,
            PIXEL_ID,
            text("pixel_name", most=LONGEST_NAME),
            record("advanced_matching_fields", boolean("email"), boolean("phone_number")),
        ),
    ),
    Endpoint(
        method="POST",
        path="/pixel/event/create/",
        handler=event_create,
        section="12",
        takes=(
            ADVERTISER,
            PIXEL_ID,
            many("pixel_events", PIXEL_EVENT, required=True, least=1, most=20),
        ),
        limits="Rules are kept, not run",
    ),
    Endpoint(
        method="POST",
        path="/pixel/event/update/",
        handler=event_update,
        section="12",
        takes=(
            ADVERTISER,
            EVENT_ID,
            text("event_name", most=LONGEST_NAME),
            text("currency", most=3),
            text("currency_value", most=32),
        ),
    ),
    Endpoint(
        method="POST",
        path="/pixel/event/delete/",
        handler=event_delete,
        section="12",
        takes=(ADVERTISER, EVENT_ID),
    ),
    Endpoint(
        method="GET",
        path="/pixel/event/stats/",
        handler=event_stats,
        section="12",
        takes=(
            ADVERTISER,
            text(
                "pixel_ids", required=True, note="A JSON list of ids or codes; one alone is taken"
            ),
            record("date_range", day("start_date", required=True), day("end_date", required=True)),
            day("start_date"),
            day("end_date"),
        ),
        limits="The answer's shape is [G]'s; match_rate (share of events with a known buyer) is ours",
    ),
    Endpoint(
        method="GET",
        path="/pixel/instant_page/event/",
        handler=instant_page_event,
        section="12",
        takes=(
            ADVERTISER,
            text("objective_type", required=True, most=64),
            text("optimization_goal", required=True, most=64),
            boolean("is_retargeting"),
        ),
        limits="The answer's shape is [G]'s",
    ),
)
