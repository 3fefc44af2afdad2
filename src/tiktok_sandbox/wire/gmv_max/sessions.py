"""`campaign/gmv_max/session/*`: boosts within a GMV Max campaign. Source: tiktok-api.md §8.6."""

from __future__ import annotations

from collections.abc import Callable

from tiktok_sandbox.wire.ads.campaigns import own_campaign
from tiktok_sandbox.wire.gmv_max.assets import ACCOUNT, STORE, own_store
from tiktok_sandbox.wire.gmv_max.campaigns import CAMPAIGN, KIND, SCHEDULES
from tiktok_sandbox.wire.protocol.calls import Call, Data, Endpoint
from tiktok_sandbox.wire.protocol.errors import not_found
from tiktok_sandbox.wire.protocol.fields import (
    Field,
    choice,
    ids,
    many,
    moment,
    number,
    record,
    text,
)
from tiktok_sandbox.wire.protocol.parameters import time_text
from tiktok_sandbox.world.state.clock import whole_seconds
from tiktok_sandbox.world.state.smart_plus import GmvMaxSession

SESSION = text("session_id", required=True, most=32)
SESSION_FIELDS: tuple[Field, ...] = (
    choice("bid_type", "NO_BID", "CUSTOM"),
    text("item_id", most=32),
    number("budget", low=0),
    choice("schedule_type", *SCHEDULES),
    moment("schedule_start_time"),
    moment("schedule_end_time"),
    many("product_list", record("product", text("spu_id", required=True, most=32)), most=50),
)


def session_create(call: Call) -> Data:
    campaign = own_campaign(call, kinds=KIND)
    session = call.parameters.mapping("session")
    session.require("budget", "product_list")
    store = own_store(call)
    for entry in session.items("product_list"):
        if isinstance(entry, dict) and entry.get("spu_id") not in store.spu_ids:
            raise not_found("product", str(entry.get("spu_id")))
    made = GmvMaxSession(
        session_id=call.world.next_id("gmv_max_session", prefix="17"),
        campaign_id=campaign.campaign_id,
        advertiser_id=campaign.advertiser_id,
        store_id=store.store_id,
        item_id=session.find_text("item_id"),
        created_at=whole_seconds(call.world.now),
        fields={name: session.raw(name) for name in session.names()},
    )
    call.world.state.gmv_max_sessions[made.session_id] = made
    return _session_row(made)


def session_update(call: Call) -> Data:
    session = _own_session(call, call.parameters.text("session_id"))
    given = call.parameters.mapping("session")
    session.fields = session.fields | {name: given.raw(name) for name in given.names()}
    return _session_row(session)


def session_delete(call: Call) -> Data:
    session = _own_session(call, call.parameters.text("session_id"))
    session.is_deleted = True
    return {"session_id": session.session_id}


def session_get(call: Call) -> Data:
    numbers = call.parameters.ids("session_ids", most=20, least=1)
    return {"session_list": [_session_row(_own_session(call, number)) for number in numbers]}


def session_list(call: Call) -> Data:
    campaign = own_campaign(call, kinds=KIND)
    return {"session_list": _sessions(call, lambda s: s.campaign_id == campaign.campaign_id)}


def _sessions(call: Call, is_wanted: Callable[[GmvMaxSession], bool]) -> list[Data]:
    sessions = call.world.state.gmv_max_sessions.values()
    return [_session_row(s) for s in sessions if not s.is_deleted and is_wanted(s)]


def _own_session(call: Call, session_id: str) -> GmvMaxSession:
    account = call.advertiser()
    session = call.world.state.gmv_max_sessions.get(session_id)
    if session is None or session.is_deleted or session.advertiser_id != account.advertiser_id:
        raise not_found("session", session_id)
    return session


def _session_row(session: GmvMaxSession) -> Data:
    return {
        "session_id": session.session_id,
        "campaign_id": session.campaign_id,
        "store_id": session.store_id,
        **session.fields,
        "create_time": time_text(session.created_at),
    }


def _session_endpoint(
    method: str, name: str, handler: Callable[[Call], Data], *takes: Field
) -> Endpoint:
    return Endpoint(
        method="GET" if method == "GET" else "POST",
        path=f"/campaign/gmv_max/session/{name}/",
        handler=handler,
        section="8.6",
        takes=(ACCOUNT, *takes),
        limits="Kept and shown, not acted on",
    )


ENDPOINTS: tuple[Endpoint, ...] = (
    _session_endpoint(
        "POST",
        "create",
        session_create,
        CAMPAIGN,
        STORE,
        record("session", *SESSION_FIELDS, required=True),
    ),
    _session_endpoint(
        "POST",
        "update",
        session_update,
        CAMPAIGN,
        STORE,
        SESSION,
        record("session", *SESSION_FIELDS, required=True),
    ),
    _session_endpoint("POST", "delete", session_delete, SESSION),
    _session_endpoint("GET", "get", session_get, ids("session_ids", required=True, most=20)),
    _session_endpoint("GET", "list", session_list, CAMPAIGN),
)
