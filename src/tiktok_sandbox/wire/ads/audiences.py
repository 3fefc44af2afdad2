"""`dmp/custom_audience/*`: audiences of an ad account. Source: [Y] dmp_*.yml, [G].

An audience can be used after a simulated hour; ad groups keep its id and act on nothing of it.
"""

from __future__ import annotations

from datetime import timedelta

import msgspec

from tiktok_sandbox.wire.protocol.calls import Call, Data, Endpoint, one_page
from tiktok_sandbox.wire.protocol.errors import invalid, missing, not_found
from tiktok_sandbox.wire.protocol.fields import (
    boolean,
    choice,
    file,
    ids,
    integer,
    many,
    pages,
    record,
    text,
)
from tiktok_sandbox.wire.protocol.multipart import UploadedFile
from tiktok_sandbox.wire.protocol.parameters import time_text
from tiktok_sandbox.world.ads.materials import md5
from tiktok_sandbox.world.state.audiences import Audience, AudienceFile
from tiktok_sandbox.world.state.clock import TICK, whole_seconds

LONGEST_NAME, MOST_AT_ONCE, MOST_FILES, LONGEST_DAYS = 128, 100, 50, 365
FILE_KIND, RULE_KIND, LOOKALIKE_KIND = (
    "Customer File Audience",
    "Website Audience",
    "Lookalike Audience",
)
CALCULATE_TYPES = (
    *("IDFA_MD5", "IDFA_SHA256", "GAID_MD5", "GAID_SHA256", "PHONE_SHA256", "EMAIL_SHA256"),
    *("FIRST_SHA256", "MULTIPLE_TYPES"),
)
ACTIONS = ("APPEND", "REMOVE", "REPLACE")
DAY = timedelta(days=1)
# What a lookalike of each size covers, in people; ours.
SIZES = {"NARROW": 400_000, "BALANCED": 1_500_000, "BROAD": 4_000_000}


def own_audience(call: Call, number: str) -> Audience:
    """An audience that the account made. Raises WireError 40007."""
    account = call.advertiser()
    found = call.world.state.audiences.get(number)
    if found is None or found.advertiser_id != account.advertiser_id:
        raise not_found("custom audience", number)
    return found


def _usable(call: Call) -> list[Audience]:
    """What the account made and what others share with it, oldest first."""
    me = call.advertiser().advertiser_id
    found = call.world.state.audiences.values()
    return [each for each in found if each.advertiser_id == me or each.shares.get(me)]


def audience_list(call: Call) -> Data:
    wanted = call.parameters.ids("custom_audience_ids", most=MOST_AT_ONCE)
    found = [a for a in reversed(_usable(call)) if not wanted or a.audience_id in wanted]
    shown, info = one_page(call.parameters, found, most=100)
    return {"list": [row(call, audience) for audience in shown], "page_info": info}


def audience_get(call: Call) -> Data:
    wanted = call.parameters.ids("custom_audience_ids", most=MOST_AT_ONCE, least=1)
    size = call.parameters.integer("history_size", 10, low=0, high=100)
    usable = {audience.audience_id: audience for audience in _usable(call)}
    for number in wanted:
        if number not in usable:
            raise not_found("custom audience", number)
    found = [usable[number] for number in wanted]
    return {
        "list": [
            {
                "audience_details": row(call, one),
                "audience_history": one.history[-size:] if size else [],
            }
            for one in found
        ]
    }


def row(call: Call, audience: Audience) -> dict[str, object]:
    now = call.world.now
    days = audience.retention_days or LONGEST_DAYS
    ends = audience.created_at + days * DAY
    is_ready = audience.created_at + TICK <= now
    return {
        "audience_id": audience.audience_id,
        "name": audience.name,
        "audience_type": audience.kind,
        "audience_sub_type": audience.sub_kind,
        "calculate_type": audience.calculate_type,
        "cover_num": audience.cover_num if is_ready else 0,
        "shared": any(audience.shares.values()),
        "is_creator": audience.advertiser_id == call.advertiser().advertiser_id,
        "is_valid": is_ready and now < ends,
        "is_expiring": is_ready and now >= ends - 60 * DAY,
        "is_auto_refresh": audience.kind == RULE_KIND,
        "owner_id": audience.advertiser_id,
        "rule": audience.rule,
        "lookalike_spec": audience.lookalike,
        "msg": "Available" if is_ready else "Processing",
        "error_msg": "",
        "create_time": time_text(audience.created_at),
        "expired_time": time_text(ends),
    }


def file_upload(call: Call) -> Data:
    account = call.advertiser()
    sent = call.parameters.raw("file")
    if not isinstance(sent, UploadedFile):
        raise missing("file")
    signature = md5(sent.content)
    if call.parameters.text("file_signature").lower() != signature:
        raise invalid("file_signature", "The MD5 signature does not match the file")
    path = f"{account.advertiser_id}/{signature}"
    call.world.state.audience_files[path] = AudienceFile(
        file_path=path,
        advertiser_id=account.advertiser_id,
        calculate_type=call.parameters.text("calculate_type"),
        lines=len([line for line in sent.content.splitlines() if line.strip()]),
    )
    return {"file_path": path}


def _files(call: Call) -> list[AudienceFile]:
    account, known = call.advertiser(), call.world.state.audience_files
    paths = [str(path) for path in call.parameters.items("file_paths")]
    for path in paths:
        if path not in known or known[path].advertiser_id != account.advertiser_id:
            raise not_found("file", path)
    return [known[path] for path in paths]


def _make(call: Call, kind: str, *, cover_num: int, **more: object) -> Data:
    given, world = call.parameters, call.world
    name = given.text("custom_audience_name").strip()
    if not name:
        raise invalid("custom_audience_name", "Not an empty name")
    days = given.integer("retention_in_days", 0, low=0, high=LONGEST_DAYS)
    audience = Audience(
        audience_id=world.next_id("audience", prefix="19"),
        advertiser_id=call.advertiser().advertiser_id,
        name=name,
        kind=kind,
        sub_kind=given.text("audience_sub_type", "NORMAL"),
        created_at=whole_seconds(world.now),
        cover_num=cover_num,
        retention_days=days or None,
        **more,  # type: ignore[arg-type]  # what the callers below name
    )
    audience.history.append(note(call, "create"))
    world.state.audiences[audience.audience_id] = audience
    return {"custom_audience_id": audience.audience_id}


def note(call: Call, action: str) -> dict[str, str]:
    """A line of the audience's history."""
    return {
        "action": action,
        "action_detail": "",
        "editor": "open_api",
        "msg": "",
        "opt_time": str(time_text(call.world.now)),
    }


def create(call: Call) -> Data:
    files = _files(call)
    kind = call.parameters.text("calculate_type")
    if any(one.calculate_type != kind for one in files):
        raise invalid("calculate_type", "Differs from that of a file")
    people = sum(one.lines for one in files)
    return _make(call, FILE_KIND, cover_num=people, calculate_type=kind)


def rule_create(call: Call) -> Data:
    rule = msgspec.json.encode(call.parameters.raw("rule_spec")).decode()
    return _make(call, RULE_KIND, cover_num=0, rule=rule)


def lookalike_create(call: Call) -> Data:
    spec = call.parameters.mapping("lookalike_spec")
    source = own_audience(call, spec.text("source_audience_id"))
    if not row(call, source)["is_valid"]:
        raise invalid("source_audience_id", "The source audience is not ready")
    size = spec.choice("audience_size", SIZES, "BALANCED")
    kept = {name: spec.raw(name) for name in spec.names()} | {"audience_size": size}
    return _make(call, LOOKALIKE_KIND, cover_num=SIZES[size], lookalike=kept)


def update(call: Call) -> Data:
    audience = own_audience(call, call.parameters.text("custom_audience_id"))
    action, files = call.parameters.find_text("action"), _files(call)
    if files and action is None:
        raise missing("action")
    name = call.parameters.find_text("custom_audience_name")
    if name is not None:
        audience.name = name.strip() or audience.name
    people = sum(one.lines for one in files)
    if action == "APPEND":
        audience.cover_num += people
    elif action == "REMOVE":
        audience.cover_num = max(0, audience.cover_num - people)
    elif action == "REPLACE":
        audience.cover_num = people
    audience.history.append(note(call, (action or "rename").lower()))
    return {"custom_audience_id": audience.audience_id}


def delete(call: Call) -> Data:
    wanted = call.parameters.ids("custom_audience_ids", most=MOST_AT_ONCE, least=1)
    for audience in [own_audience(call, number) for number in dict.fromkeys(wanted)]:
        del call.world.state.audiences[audience.audience_id]
    return {}


ACCOUNT = text("advertiser_id", required=True, most=32)
NAME = text("custom_audience_name", required=True, most=LONGEST_NAME)
SUB_TYPE = choice("audience_sub_type", "NORMAL", "REACH_FREQUENCY")
CALCULATE_TYPE = choice("calculate_type", *CALCULATE_TYPES, required=True)
RETENTION = integer("retention_in_days", low=1, high=LONGEST_DAYS)
IDS = ids("custom_audience_ids", required=True, most=MOST_AT_ONCE)
KEPT = "As wide as its people; who exactly is in it is not known"

ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="GET",
        path="/dmp/custom_audience/list/",
        handler=audience_list,
        section="8.2",
        takes=(ACCOUNT, ids("custom_audience_ids", most=MOST_AT_ONCE), *pages(most=100)),
    ),
    Endpoint(
        method="GET",
        path="/dmp/custom_audience/get/",
        handler=audience_get,
        section="8.2",
        takes=(ACCOUNT, IDS, integer("history_size", low=0, high=100)),
    ),
    Endpoint(
        method="POST",
        path="/dmp/custom_audience/file/upload/",
        handler=file_upload,
        section="8.2",
        takes=(
            ACCOUNT,
            file("file"),
            text("file_signature", required=True, most=32),
            CALCULATE_TYPE,
        ),
        limits="Of a file only its number of lines is kept",
    ),
    Endpoint(
        method="POST",
        path="/dmp/custom_audience/create/",
        handler=create,
        section="8.2",
        takes=(
            ACCOUNT,
            NAME,
            many("file_paths", required=True, least=1, most=MOST_FILES),
            CALCULATE_TYPE,
            SUB_TYPE,
            RETENTION,
        ),
        limits=KEPT,
    ),
    Endpoint(
        method="POST",
        path="/dmp/custom_audience/rule/create/",
        handler=rule_create,
        section="8.2",
        takes=(ACCOUNT, NAME, record("rule_spec", required=True), SUB_TYPE, RETENTION),
        limits=KEPT,
    ),
    Endpoint(
        method="POST",
        path="/dmp/custom_audience/lookalike/create/",
        handler=lookalike_create,
        section="8.2",
        takes=(
            ACCOUNT,
            NAME,
            record(
                "lookalike_spec",
                text("source_audience_id", required=True, most=32),
                boolean("include_source"),
                choice("mobile_os", "ALL", "ANDROID", "IOS"),
                choice("audience_size", *SIZES),
                ids("location_ids", most=100),
                required=True,
            ),
            SUB_TYPE,
        ),
        limits=KEPT,
    ),
    Endpoint(
        method="POST",
        path="/dmp/custom_audience/update/",
        handler=update,
        section="8.2",
        takes=(
            ACCOUNT,
            text("custom_audience_id", required=True, most=32),
            text("custom_audience_name", most=LONGEST_NAME),
            choice("action", *ACTIONS),
            many("file_paths", most=MOST_FILES),
        ),
        limits=KEPT,
    ),
    Endpoint(
        method="POST",
        path="/dmp/custom_audience/delete/",
        handler=delete,
        section="8.2",
        takes=(ACCOUNT, IDS),
    ),
)
