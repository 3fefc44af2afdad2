"""What campaigns, ad groups and ads have in common on the wire: switching, filtering, fields."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from tiktok_sandbox.wire.protocol.calls import Call, Data, one_page
from tiktok_sandbox.wire.protocol.errors import DUPLICATE_REQUEST, WireError, invalid
from tiktok_sandbox.wire.protocol.field_names import asked_fields
from tiktok_sandbox.wire.protocol.fields import Field, choice, ids, many, pages, record, text
from tiktok_sandbox.wire.protocol.fields import moment as moment_field
from tiktok_sandbox.wire.protocol.parameters import Parameters, moment, time_text
from tiktok_sandbox.world.ads.statuses import primary
from tiktok_sandbox.world.state.clock import whole_seconds
from tiktok_sandbox.world.state.entities import Ad, AdGroup, Campaign
from tiktok_sandbox.world.world import World

Thing = TypeVar("Thing", Campaign, AdGroup, Ad)

SWITCHES = ("ENABLE", "DISABLE", "DELETE")
PRIMARY_STATUSES = (
    "STATUS_ALL",
    "STATUS_NOT_DELETE",
    "STATUS_DELETE",
    "STATUS_DELIVERY_OK",
    "STATUS_NOT_DELIVERY",
    "STATUS_DISABLE",
    "STATUS_TIME_DONE",
    "STATUS_FROZEN",
    "STATUS_RF_CLOSED",
    "STATUS_DELIVERY_PARTIAL",
    "STATUS_DELIVERY_CATALOG",
)
MOST_SWITCHED, MOST_FILTERED, MOST_PER_PAGE = 20, 100, 1000
LONGEST_NAME = 512
# What every campaign here is, whatever its fields say.
ALWAYS: dict[str, object] = {
    "buying_types": "AUCTION",
    "campaign_system_origins": "TT_ADS_PLATFORM",
    "creative_material_mode": "CUSTOM",
    "is_smart_performance_campaign": False,
    "split_test_enabled": False,
}


def get_fields(*filters: Field, most: int = MOST_PER_PAGE) -> tuple[Field, ...]:
    """What a GET of objects takes beside the ad account: filters, fields, pages."""
    common = (
        choice("primary_status", *PRIMARY_STATUSES),
        text("secondary_status", most=100),
        text("objective_type", most=100),
        many("buying_types"),
        many("campaign_system_origins"),
        moment_field("creation_filter_start_time"),
        moment_field("creation_filter_end_time"),
    )
    return (
        text("advertiser_id", required=True, most=32),
        many("fields"),
        many("exclude_field_types_in_response", choice("type", "NULL_FIELD")),
        record("filtering", *filters, *common),
        *pages(most=most),
    )


def status_fields(name: str, *more: Field) -> tuple[Field, ...]:
    """What a status update takes. name : of the list of ids."""
    return (
        text("advertiser_id", required=True, most=32),
        ids(name, required=True, most=MOST_SWITCHED),
        choice("operation_status", *SWITCHES, required=True),
        choice("postback_window_mode", "POSTBACK_WINDOW_MODE1", "POSTBACK_WINDOW_MODE2"),
        *more,
    )


def check_repeat(call: Call) -> None:
    """Refuse a `request_id` that came within the last seconds. Raises WireError 40050."""
    request_id = call.parameters.find_text("request_id")
    if request_id is None:
        return
    advertiser_id = call.parameters.text("advertiser_id")
    if call.recent.is_repeat(call.path, advertiser_id, request_id, real=call.world.real()):
        raise WireError(DUPLICATE_REQUEST, f"Duplicate request_id: {request_id}")


def check_name(parameters: Parameters, field: str) -> str:
    """A name of at most 512 units (CJK counts double), without emoji. Raises WireError."""
    parameters.require(field)
    name = parameters.text(field)
    if any(ord(character) > 0xFFFF for character in name):
        raise invalid(field, "Emoji are not allowed")
    if sum(2 if ord(character) >= 0x2E80 else 1 for character in name) > LONGEST_NAME:
        raise invalid(field, f"At most {LONGEST_NAME} characters")
    return name


def check_unique(call: Call, field: str, *, parent: str) -> None:
    """A name already taken needs a `request_id` that tells the two apart. Raises WireError.

    parent : the account of a campaign, the campaign of an ad group
    """
    name = call.parameters.text(field)
    if "request_id" not in call.parameters and call.world.find.is_name_taken(parent, name):
        raise invalid(field, f"The name {name!r} already exists; use another name or a request_id")


def switch(world: World, thing: Campaign | AdGroup | Ad, operation: str) -> None:
    """ENABLE, DISABLE or DELETE; DELETE is final. Raises WireError."""
    now = whole_seconds(world.now)
    if thing.is_deleted:
        raise invalid("operation_status", "A deleted object cannot be changed")
    if operation == "DELETE":
        if isinstance(thing, Ad):
            world.find.note_ad_deleted(thing)
        thing.is_deleted = True
        thing.status_changed_at = now
    elif operation != thing.operation_status:
        thing.operation_status = operation
        thing.status_changed_at = now
    if isinstance(thing, Ad) and operation == "ENABLE" and thing.lost_at is not None:
        # What was lost is taken up from here on, not since the hour began.
        thing.lost_at, thing.status_changed_at = None, now
    thing.modified_at = now


def switch_many(call: Call, things: Sequence[Campaign | AdGroup | Ad]) -> str:
    """Switch all or none. Raises WireError."""
    operation = call.parameters.choice("operation_status", SWITCHES)
    for thing in things:
        if thing.is_deleted:
            raise invalid("operation_status", "A deleted object cannot be changed")
    for thing in {id(thing): thing for thing in things}.values():
        switch(call.world, thing, operation)
    return operation


@dataclass(frozen=True, slots=True, kw_only=True)
class Level(Generic[Thing]):
    """How one kind of object is filtered.

    ids : name of a filter → the id it compares; filterable : secondary statuses one may ask for
    all_statuses : the secondary status that means every one
    """

    ids: dict[str, Callable[[Thing], str]]
    status_of: Callable[[World, Thing], str]
    filterable: frozenset[str]
    all_statuses: str = ""
    equal: tuple[str, ...] = ()
    like: tuple[str, ...] = field(default=())


def chosen(call: Call, things: Sequence[Thing], level: Level[Thing]) -> list[Thing]:
    """Apply a GET's `filtering`, newest first. Raises WireError."""
    filtering = call.parameters.mapping("filtering")
    found = list(reversed(things))
    for name, id_of in level.ids.items():
        if name in filtering:
            wanted = set(filtering.ids(name, most=MOST_FILTERED))
            found = [thing for thing in found if id_of(thing) in wanted]
    for name in level.equal:
        if (value := filtering.find_text(name)) is not None:
            found = [thing for thing in found if _field(call.world, thing, name) == value]
    for name in level.like:
        words = filtering.text(name, "").lower()
        found = [thing for thing in found if words in str(thing.fields.get(name, "")).lower()]
    found = _always(found, filtering)
    found = _created_between(found, filtering)
    return _with_status(call.world, found, level, filtering)


def _always(things: list[Thing], filtering: Parameters) -> list[Thing]:
    """Filters on what is the same for everything here: all or nothing passes."""
    for name, value in ALWAYS.items():
        if name not in filtering:
            continue
        if isinstance(value, bool):
            fits = filtering.boolean(name) == value
        elif name.endswith("s"):
            asked = filtering.items(name)
            fits = not asked or value in asked
        else:
            fits = filtering.text(name) == value
        if not fits:
            return []
    return things


def _with_status(
    world: World, things: list[Thing], level: Level[Thing], filtering: Parameters
) -> list[Thing]:
    wanted = filtering.choice("primary_status", PRIMARY_STATUSES, "STATUS_NOT_DELETE")
    secondary = filtering.find_text("secondary_status")
    if secondary is not None and secondary == level.all_statuses:
        # Clients ask with it for what was deleted too, so it widens the default (§17).
        secondary = None
        wanted = filtering.choice("primary_status", PRIMARY_STATUSES, "STATUS_ALL")
    if secondary is not None and secondary not in level.filterable:
        raise invalid("secondary_status", f"{secondary} cannot be used as a filter")
    if secondary is None and wanted in ("STATUS_ALL", "STATUS_NOT_DELETE", "STATUS_DELETE"):
        if wanted == "STATUS_ALL":
            return things
        is_wanted = wanted == "STATUS_DELETE"
        return [thing for thing in things if is_gone(world, thing) is is_wanted]
    return [
        thing for thing in things if _has_status(level.status_of(world, thing), wanted, secondary)
    ]


def is_gone(world: World, thing: Campaign | AdGroup | Ad) -> bool:
    """Is it, or what it lies in, deleted?"""
    if thing.is_deleted or isinstance(thing, Campaign):
        return thing.is_deleted
    if world.state.campaigns[thing.campaign_id].is_deleted:
        return True
    return isinstance(thing, Ad) and world.state.adgroups[thing.adgroup_id].is_deleted


def _field(world: World, thing: Campaign | AdGroup | Ad, name: str) -> object:
    if name in thing.fields or isinstance(thing, Campaign):
        return thing.fields.get(name)
    if name == "objective_type":
        return world.state.campaigns[thing.campaign_id].fields.get(name)
    if isinstance(thing, Ad):
        return world.state.adgroups[thing.adgroup_id].fields.get(name)
    return None


def _created_between(things: list[Thing], filtering: Parameters) -> list[Thing]:
    start = filtering.find_text("creation_filter_start_time")
    end = filtering.find_text("creation_filter_end_time")
    changed = filtering.find_text("modified_after")
    if start is not None:
        begin = moment("creation_filter_start_time", start)
        things = [thing for thing in things if thing.created_at >= begin]
    if end is not None:
        finish = moment("creation_filter_end_time", end)
        things = [thing for thing in things if thing.created_at <= finish]
    if changed is not None:
        after = moment("modified_after", changed)
        things = [thing for thing in things if thing.modified_at > after]
    return things


def _has_status(secondary: str, wanted: str, wanted_secondary: str | None) -> bool:
    if wanted_secondary is not None and secondary != wanted_secondary:
        return False
    found = primary(secondary)
    if wanted == "STATUS_ALL":
        return True
    if wanted == "STATUS_NOT_DELETE":
        return found != "STATUS_DELETE"
    return found == wanted


def listing(
    call: Call,
    things: Sequence[Thing],
    row: Callable[[World, Thing], dict[str, object]],
    *,
    most: int = MOST_PER_PAGE,
    known: frozenset[str] | None = None,
) -> Data:
    """One page of things as rows, cut down to the `fields` asked for.

    known : names that `fields` may hold; without them unknown ones are left out (unverified)
    """
    if known is not None:
        asked_fields(call.parameters, known)
    shown, info = one_page(call.parameters, things, most=most)
    return {
        "list": [keep_asked_fields(call, row(call.world, thing)) for thing in shown],
        "page_info": info,
    }


def keep_asked_fields(call: Call, row: dict[str, object]) -> dict[str, object]:
    """The row without what `fields` and `exclude_field_types_in_response` leave out."""
    fields = [str(name) for name in call.parameters.items("fields")]
    skip_null = "NULL_FIELD" in call.parameters.items("exclude_field_types_in_response")
    return {
        name: value
        for name, value in row.items()
        if (not fields or name in fields) and not (skip_null and value is None)
    }


def times(thing: Campaign | AdGroup | Ad) -> dict[str, object]:
    return {
        "create_time": time_text(thing.created_at),
        "modify_time": time_text(thing.modified_at),
        "operation_status": thing.operation_status,
    }
