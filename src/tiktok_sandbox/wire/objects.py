"""What campaigns, ad groups and ads have in common on the wire: switching, filtering, fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from tiktok_sandbox.wire.calls import Call, Data, page_of
from tiktok_sandbox.wire.errors import DUPLICATE_REQUEST, WireError, invalid
from tiktok_sandbox.wire.parameters import Parameters, moment, time_text
from tiktok_sandbox.world.entities import Ad, AdGroup, Campaign
from tiktok_sandbox.world.statuses import primary
from tiktok_sandbox.world.world import World, whole_seconds

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
)
# tiktok-api.md §8.4: these can be read but not asked for.
NOT_FILTERABLE = ("ASSET_AUTHORIZATION_LOST", "REVIEW_PARTIALLY_APPROVED", "TRANSCODING_FAIL")
MOST_SWITCHED, MOST_FILTERED, MOST_PER_PAGE = 20, 100, 1000
LONGEST_NAME = 512


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


def check_unique(parameters: Parameters, field: str, things: Sequence[Campaign | AdGroup]) -> None:
    """A name already taken needs a `request_id` that tells the two apart. Raises WireError."""
    name = parameters.text(field)
    if "request_id" not in parameters and any(
        thing.fields.get(field) == name and not thing.is_deleted for thing in things
    ):
        raise invalid(field, f"The name {name!r} already exists; use another name or a request_id")


def switch(world: World, thing: Campaign | AdGroup | Ad, operation: str) -> None:
    """ENABLE, DISABLE or DELETE; DELETE is final. Raises WireError."""
    now = whole_seconds(world.now)
    if thing.is_deleted:
        raise invalid("operation_status", "A deleted object cannot be changed")
    if operation == "DELETE":
        thing.is_deleted = True
        thing.status_changed_at = now
    elif operation != thing.operation_status:
        thing.operation_status = operation
        thing.status_changed_at = now
    if isinstance(thing, Ad) and operation == "ENABLE":
        thing.lost_at = None
    thing.modified_at = now


def switch_many(call: Call, things: Sequence[Campaign | AdGroup | Ad]) -> str:
    """Switch all or none. Raises WireError."""
    operation = call.parameters.choice("operation_status", SWITCHES)
    for thing in things:
        if thing.is_deleted:
            raise invalid("operation_status", "A deleted object cannot be changed")
    for thing in things:
        switch(call.world, thing, operation)
    return operation


def chosen(
    call: Call,
    things: Sequence[Thing],
    *,
    ids: Mapping[str, Callable[[Thing], str]],
    status_of: Callable[[World, Thing], str],
    equal: Sequence[str] = (),
    like: Sequence[str] = (),
) -> list[Thing]:
    """Apply a GET's `filtering`, newest first. Raises WireError."""
    filtering = call.parameters.mapping("filtering")
    found = list(reversed(things))
    for name, id_of in ids.items():
        if name in filtering:
            wanted = set(filtering.ids(name, most=MOST_FILTERED))
            found = [thing for thing in found if id_of(thing) in wanted]
    for name in equal:
        if (value := filtering.find_text(name)) is not None:
            found = [thing for thing in found if _field(call.world, thing, name) == value]
    for name in like:
        text = filtering.text(name, "").lower()
        found = [thing for thing in found if text in str(thing.fields.get(name, "")).lower()]
    found = _created_between(found, filtering)
    wanted_status = filtering.choice("primary_status", PRIMARY_STATUSES, "STATUS_NOT_DELETE")
    secondary = filtering.find_text("secondary_status")
    if secondary is not None and secondary.endswith(NOT_FILTERABLE):
        raise invalid("secondary_status", f"{secondary} cannot be used as a filter")
    return [
        thing
        for thing in found
        if _has_status(status_of(call.world, thing), wanted_status, secondary)
    ]


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
    if start is not None:
        begin = moment("creation_filter_start_time", start)
        things = [thing for thing in things if thing.created_at >= begin]
    if end is not None:
        finish = moment("creation_filter_end_time", end)
        things = [thing for thing in things if thing.created_at <= finish]
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


def listing(call: Call, rows: Sequence[dict[str, object]]) -> Data:
    """One page of rows, cut down to the `fields` asked for."""
    fields = [str(name) for name in call.parameters.items("fields")]
    skip_null = "NULL_FIELD" in call.parameters.items("exclude_field_types_in_response")
    cut = [
        {
            name: value
            for name, value in row.items()
            if (not fields or name in fields) and not (skip_null and value is None)
        }
        for row in rows
    ]
    return page_of(call.parameters, cut, most=MOST_PER_PAGE, default=10)


def times(thing: Campaign | AdGroup | Ad) -> dict[str, object]:
    return {
        "create_time": time_text(thing.created_at),
        "modify_time": time_text(thing.modified_at),
        "operation_status": thing.operation_status,
    }
