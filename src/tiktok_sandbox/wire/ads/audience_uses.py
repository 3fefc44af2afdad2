"""`dmp/custom_audience/{apply,share,lookalike/update}` and their logs: who uses an audience. [Y], [G].

The words of a share's `status` are ours (unverified).
"""

from __future__ import annotations

from zoneinfo import ZoneInfo, available_timezones

from tiktok_sandbox.wire.ads.adgroups import get_adgroup
from tiktok_sandbox.wire.ads.audiences import (
    ACCOUNT,
    KEPT,
    LOOKALIKE_KIND,
    MOST_AT_ONCE,
    note,
    own_audience,
)
from tiktok_sandbox.wire.ads.objects import is_gone
from tiktok_sandbox.wire.protocol.calls import Call, Data, Endpoint, one_page
from tiktok_sandbox.wire.protocol.errors import invalid, missing, not_found
from tiktok_sandbox.wire.protocol.fields import choice, ids, pages, text
from tiktok_sandbox.wire.protocol.parameters import TIME_FORMAT
from tiktok_sandbox.world.state.audiences import AudienceUse
from tiktok_sandbox.world.state.clock import whole_seconds
from tiktok_sandbox.world.state.entities import AdGroup

MOST_SHARED = 10
# How an ad group names the audiences that it includes and those that it excludes.
TARGETING = {True: "audience_ids", False: "excluded_audience_ids"}


def apply(call: Call) -> Data:
    """Put an audience into the targeting of ad groups of its account, or out of it; all or none."""
    account, given = call.advertiser(), call.parameters
    audience = own_audience(call, given.text("custom_audience_id"))
    numbers = given.ids("adgroup_ids", most=MOST_AT_ONCE, least=1)
    groups = [
        get_adgroup(call.world, account.advertiser_id, number) for number in dict.fromkeys(numbers)
    ]
    for group in groups:
        if is_gone(call.world, group):
            raise not_found("adgroup", group.adgroup_id)
    is_applied = given.text("action_mode") == "Apply"
    usage = given.find_text("usage_mode")
    if is_applied and usage is None:
        raise missing("usage_mode")
    if is_applied and audience.kind == LOOKALIKE_KIND and audience.sub_kind == "REACH_FREQUENCY":
        raise invalid("custom_audience_id", "A lookalike of this subtype cannot be applied")
    now = whole_seconds(call.world.now)
    for group in groups:
        _take_out(group, audience.audience_id)
        audience.uses.pop(group.adgroup_id, None)
        if is_applied:
            is_included = usage == "Include"
            kept = _listed(group, TARGETING[is_included])
            group.fields[TARGETING[is_included]] = [*kept, audience.audience_id]
            audience.uses[group.adgroup_id] = AudienceUse(is_included=is_included, applied_at=now)
        group.modified_at = now
    return {}


def _listed(group: AdGroup, name: str) -> list[str]:
    found = group.fields.get(name)
    return [str(number) for number in found] if isinstance(found, list) else []


def _take_out(group: AdGroup, number: str) -> None:
    for name in TARGETING.values():
        listed = _listed(group, name)
        if number in listed:
            group.fields[name] = [other for other in listed if other != number]


def apply_log(call: Call) -> Data:
    """The ad groups that use audiences now, the last applied first."""
    account, given = call.advertiser(), call.parameters
    name = given.text("timezone", "UTC") or "UTC"
    if name not in available_timezones():
        raise invalid("timezone", "Not a known time zone")
    found = [
        (use, number, own_audience(call, audience_id).audience_id)
        for audience_id in dict.fromkeys(
            given.ids("custom_audience_ids", most=MOST_AT_ONCE, least=1)
        )
        for number, use in own_audience(call, audience_id).uses.items()
    ]
    found.sort(key=lambda each: each[0].applied_at, reverse=True)
    shown, info = one_page(given, found, most=100)
    return {
        "advertiser_id": account.advertiser_id,
        "list": [
            {
                "audience_id": audience_id,
                "adgroup_id": number,
                "adgroup_name": call.world.state.adgroups[number].fields["adgroup_name"],
                "usage_mode": "Include" if use.is_included else "Exclude",
                "editor": "open_api",
                "action_timestamp": use.applied_at.astimezone(ZoneInfo(name)).strftime(TIME_FORMAT),
            }
            for use, number, audience_id in shown
        ],
        "page_info": info,
    }


def share(call: Call) -> Data:
    """Let other ad accounts of the same Business Center use audiences; all or none."""
    account, given = call.advertiser(), call.parameters
    numbers = dict.fromkeys(given.ids("custom_audience_ids", most=MOST_SHARED, least=1))
    others = dict.fromkeys(given.ids("shared_advertiser_ids", most=MOST_SHARED, least=1))
    audiences = [own_audience(call, number) for number in numbers]
    for number in others:
        other = call.world.state.advertisers.get(number)
        if other is None or other is account or not account.bc_id or other.bc_id != account.bc_id:
            raise invalid(
                "shared_advertiser_ids", f"{number} is no other account of the same Business Center"
            )
    for audience in audiences:
        audience.shares |= dict.fromkeys(others, True)
        audience.history.append(note(call, "share"))
    return {}


def share_cancel(call: Call) -> Data:
    """Stop sharing with one account, or with all when none is named."""
    given = call.parameters
    audience = own_audience(call, given.text("custom_audience_id"))
    number = given.find_text("shared_advertiser_id")
    if number is not None and not audience.shares.get(number):
        raise invalid("shared_advertiser_id", "The audience is not shared with this account")
    for other in [number] if number is not None else list(audience.shares):
        audience.shares[other] = False
    audience.history.append(note(call, "share_cancel"))
    return {}


def share_log(call: Call) -> Data:
    audience = own_audience(call, call.parameters.text("custom_audience_id"))
    accounts = call.world.state.advertisers
    return {
        "list": [
            {
                "shared_advertiser_id": number,
                "shared_advertiser_name": accounts[number].name,
                "custom_audience_id": audience.audience_id,
                "status": "SHARED" if is_shared else "CANCELED",
            }
            for number, is_shared in audience.shares.items()
        ]
    }


def lookalike_update(call: Call) -> Data:
    """Refresh lookalikes; how many people they cover stays, as their source's people do."""
    numbers = call.parameters.ids("custom_audience_ids", most=MOST_AT_ONCE, least=1)
    audiences = [own_audience(call, number) for number in dict.fromkeys(numbers)]
    for audience in audiences:
        if audience.kind != LOOKALIKE_KIND:
            raise invalid("custom_audience_ids", f"{audience.audience_id} is no lookalike audience")
    for audience in audiences:
        audience.history.append(note(call, "refresh"))
    return {}


AUDIENCE = text("custom_audience_id", required=True, most=32)
AUDIENCES = ids("custom_audience_ids", required=True, most=MOST_AT_ONCE)
ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="POST",
        path="/dmp/custom_audience/apply/",
        handler=apply,
        section="8.2",
        takes=(
            ACCOUNT,
            AUDIENCE,
            ids("adgroup_ids", required=True, most=MOST_AT_ONCE),
            choice("action_mode", "Apply", "Disconnect", required=True),
            choice("usage_mode", "Include", "Exclude"),
        ),
        limits=KEPT,
    ),
    Endpoint(
        method="GET",
        path="/dmp/custom_audience/apply/log/",
        handler=apply_log,
        section="8.2",
        takes=(ACCOUNT, AUDIENCES, text("timezone", most=64), *pages(most=100)),
        limits="What stands now; audiences named by an ad group itself are not listed",
    ),
    Endpoint(
        method="POST",
        path="/dmp/custom_audience/share/",
        handler=share,
        section="8.2",
        takes=(
            ACCOUNT,
            ids("custom_audience_ids", required=True, most=MOST_SHARED),
            ids("shared_advertiser_ids", required=True, most=MOST_SHARED),
        ),
        limits=KEPT,
    ),
    Endpoint(
        method="POST",
        path="/dmp/custom_audience/share/cancel/",
        handler=share_cancel,
        section="8.2",
        takes=(ACCOUNT, AUDIENCE, text("shared_advertiser_id", most=32)),
    ),
    Endpoint(
        method="GET",
        path="/dmp/custom_audience/share/log/",
        handler=share_log,
        section="8.2",
        takes=(ACCOUNT, AUDIENCE),
        limits="The words of `status` are ours",
    ),
    Endpoint(
        method="POST",
        path="/dmp/custom_audience/lookalike/update/",
        handler=lookalike_update,
        section="8.2",
        takes=(ACCOUNT, AUDIENCES),
        limits="Noted in the history; nothing else changes",
    ),
)
