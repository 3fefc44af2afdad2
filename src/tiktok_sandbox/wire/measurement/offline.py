"""`offline/*`: sets that offline events are sent to. Source: [Y] offline_*.yml."""

from __future__ import annotations

from tiktok_sandbox.wire.protocol.calls import Call, Data, Endpoint
from tiktok_sandbox.wire.protocol.errors import invalid, not_found
from tiktok_sandbox.wire.protocol.fields import boolean, ids, text
from tiktok_sandbox.world.state.clock import whole_seconds
from tiktok_sandbox.world.state.events import OfflineSet

LONGEST_NAME, MOST_SETS = 128, 100


def _mine(call: Call) -> list[OfflineSet]:
    account = call.advertiser()
    found = call.world.state.measurement.offline_sets.values()
    return [one for one in found if one.advertiser_id == account.advertiser_id]


def _set(call: Call) -> OfflineSet:
    number = call.parameters.text("event_set_id")
    found = next((one for one in _mine(call) if one.event_set_id == number), None)
    if found is None:
        raise not_found("offline event set", number)
    return found


def _name(call: Call, standing: OfflineSet | None = None) -> str:
    name = call.parameters.text("name").strip()
    if not name:
        raise invalid("name", "Not an empty name")
    if any(one.name == name and one is not standing for one in _mine(call)):
        raise invalid("name", "An offline event set of this account has the name already")
    return name


def create(call: Call) -> Data:
    account, world = call.advertiser(), call.world
    name = _name(call)
    if len(_mine(call)) >= MOST_SETS:
        raise invalid("advertiser_id", f"An ad account holds {MOST_SETS} offline event sets")
    made = OfflineSet(
        event_set_id=world.next_id("offline_set", prefix="74"),
        advertiser_id=account.advertiser_id,
        name=name,
        description=call.parameters.text("description", ""),
        auto_tracking=call.parameters.boolean("auto_tracking"),
        created_at=whole_seconds(world.now),
    )
    world.state.measurement.offline_sets[made.event_set_id] = made
    return {"event_set_id": made.event_set_id}


def get(call: Call) -> Data:
    wanted = call.parameters.ids("event_set_ids", most=MOST_SETS)
    name = call.parameters.text("name", "").lower()
    return {
        "event_sets": [
            {
                "event_set_id": one.event_set_id,
                "name": one.name,
                "description": one.description,
                "auto_tracking": one.auto_tracking,
            }
            for one in _mine(call)
            if (not wanted or one.event_set_id in wanted) and name in one.name.lower()
        ]
    }


def update(call: Call) -> Data:
    one = _set(call)
    if call.parameters.find_text("name") is not None:
        one.name = _name(call, one)
    if "auto_tracking" in call.parameters:
        one.auto_tracking = call.parameters.boolean("auto_tracking")
    return {"event_set_id": one.event_set_id}


def delete(call: Call) -> Data:
    one = _set(call)
    del call.world.state.measurement.offline_sets[one.event_set_id]
    return {"event_set_id": one.event_set_id}


ACCOUNT = text("advertiser_id", required=True, most=32)
SET = text("event_set_id", required=True, most=32)
SHAPE = "The answer's shape is unverified"
ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="POST",
        path="/offline/create/",
        handler=create,
        section="12",
        takes=(
            ACCOUNT,
            text("name", required=True, most=LONGEST_NAME),
            text("description", most=500),
            boolean("auto_tracking"),
        ),
        limits=SHAPE,
    ),
    Endpoint(
        method="GET",
        path="/offline/get/",
        handler=get,
        section="12",
        takes=(ACCOUNT, ids("event_set_ids", most=MOST_SETS), text("name", most=LONGEST_NAME)),
        limits=SHAPE,
    ),
    Endpoint(
        method="POST",
        path="/offline/update/",
        handler=update,
        section="12",
        takes=(ACCOUNT, SET, text("name", most=LONGEST_NAME), boolean("auto_tracking")),
        limits=SHAPE,
    ),
    Endpoint(
        method="POST",
        path="/offline/delete/",
        handler=delete,
        section="12",
        takes=(ACCOUNT, SET),
        limits=SHAPE,
    ),
)
