"""`adgroup/*`. Source: tiktok-api.md §8.2 (1739499616346114)."""

from __future__ import annotations

from datetime import datetime, timedelta

from tiktok_sandbox.wire import money
from tiktok_sandbox.wire.calls import Call, Data, Endpoint
from tiktok_sandbox.wire.campaigns import get_campaign
from tiktok_sandbox.wire.errors import WireError, invalid, missing, not_found
from tiktok_sandbox.wire.objects import (
    MOST_SWITCHED,
    check_name,
    check_repeat,
    check_unique,
    chosen,
    listing,
    switch_many,
    times,
)
from tiktok_sandbox.wire.parameters import Parameters, time_text
from tiktok_sandbox.world.budgets import budget_minor
from tiktok_sandbox.world.entities import Ad, AdGroup, Campaign
from tiktok_sandbox.world.statuses import ad_status, adgroup_status
from tiktok_sandbox.world.world import World, whole_seconds

# Goal → billing event; the last four goals' billing is unverified.
BILLING = {
    "CLICK": "CPC",
    "CONVERT": "OCPM",
    "VALUE": "OCPM",
    "INSTALL": "OCPM",
    "IN_APP_EVENT": "OCPM",
    "LEAD_GENERATION": "OCPM",
    "TRAFFIC_LANDING_PAGE_VIEW": "OCPM",
    "REACH": "CPM",
    "SHOW": "CPM",
    "ENGAGED_VIEW": "CPV",
    "ENGAGED_VIEW_FIFTEEN": "CPV",
    "FOLLOWERS": "OCPM",
    "PAGE_VISIT": "OCPM",
    "PAGE_VISITS": "OCPM",
    "CONVERSATION": "OCPM",
    "DESTINATION_VISIT": "OCPM",
}
PIXEL_GOALS = ("CONVERT", "VALUE")
WITHOUT_PROMOTION = ("REACH", "VIDEO_VIEWS", "ENGAGEMENT")
CHOICES: dict[str, tuple[str, ...]] = {
    "schedule_type": ("SCHEDULE_START_END", "SCHEDULE_FROM_NOW"),
    "pacing": ("PACING_MODE_SMOOTH", "PACING_MODE_FAST"),
    "placement_type": ("PLACEMENT_TYPE_NORMAL", "PLACEMENT_TYPE_AUTOMATIC"),
    "bid_type": ("BID_TYPE_CUSTOM", "BID_TYPE_NO_BID"),
    "gender": ("GENDER_UNLIMITED", "GENDER_MALE", "GENDER_FEMALE"),
    "click_attribution_window": (
        "OFF",
        "ONE_DAY",
        "SEVEN_DAYS",
        "FOURTEEN_DAYS",
        "TWENTY_EIGHT_DAYS",
    ),
    "view_attribution_window": ("OFF", "ONE_DAY", "SEVEN_DAYS"),
}
OPTIONAL = (
    *CHOICES,
    "promotion_type",
    "placements",
    "dayparting",
    "bid_price",
    "conversion_bid_price",
    "deep_bid_type",
    "roas_bid",
    "bid_display_mode",
    "pixel_id",
    "optimization_event",
    "engaged_view_attribution_window",
    "attribution_event_count",
    "frequency",
    "frequency_schedule",
    "age_groups",
    "languages",
    "audience_ids",
    "excluded_audience_ids",
    "interest_category_ids",
    "operating_systems",
    "network_types",
    "comment_disabled",
    "share_disabled",
    "video_download_disabled",
    "search_result_enabled",
    "location_ids",
    "zipcode_ids",
)
REQUIRED = (
    "campaign_id",
    "adgroup_name",
    "schedule_type",
    "schedule_start_time",
    "optimization_goal",
    "billing_event",
    "pacing",
)
LATEST_START_AGO = timedelta(hours=12)
MOST_LOCATIONS = 3000
DAYPARTS = 336
MOST_REVIEWED = 20


def create(call: Call) -> Data:
    account = call.advertiser()
    given = call.parameters
    given.require(*REQUIRED)
    campaign = get_campaign(call.world, account.advertiser_id, given.text("campaign_id"))
    if campaign.is_deleted:
        raise not_found("campaign", campaign.campaign_id)
    check_name(given, "adgroup_name")
    check_choices(given)
    check_goal(given, campaign)
    check_locations(given)
    spending = _budget(given, campaign)
    start_at, end_at = check_schedule(call, spending["budget_mode"])
    operation = given.choice("operation_status", ("ENABLE", "DISABLE"), "ENABLE")
    check_repeat(call)
    siblings = [
        group
        for group in call.world.state.adgroups.values()
        if group.campaign_id == campaign.campaign_id
    ]
    check_unique(given, "adgroup_name", siblings)
    now = whole_seconds(call.world.now)
    adgroup = AdGroup(
        adgroup_id=call.world.next_id("adgroup", prefix="18"),
        campaign_id=campaign.campaign_id,
        advertiser_id=account.advertiser_id,
        created_at=now,
        modified_at=now,
        status_changed_at=now,
        operation_status=operation,
        start_at=start_at,
        end_at=end_at,
        fields={
            "adgroup_name": given.text("adgroup_name"),
            "optimization_goal": given.text("optimization_goal"),
            "billing_event": given.text("billing_event"),
            **spending,
            **{name: given.raw(name) for name in OPTIONAL if name in given},
        },
    )
    call.world.state.adgroups[adgroup.adgroup_id] = adgroup
    return row(call.world, adgroup)


def check_choices(given: Parameters) -> None:
    for name, accepted in CHOICES.items():
        if name in given:
            given.choice(name, accepted)
    dayparting = given.text("dayparting", "")
    if dayparting and (len(dayparting) != DAYPARTS or set(dayparting) - set("01")):
        raise invalid("dayparting", f"Must be {DAYPARTS} characters of 0 and 1")


def check_goal(given: Parameters, campaign: Campaign) -> None:
    """Goal, billing event, promotion type, pixel and bid fit together. Raises WireError."""
    goal = given.choice("optimization_goal", BILLING)
    if given.text("billing_event") != BILLING[goal]:
        raise invalid("billing_event", f"{goal} is billed by {BILLING[goal]}")
    objective = campaign.fields.get("objective_type")
    if objective not in WITHOUT_PROMOTION and "promotion_type" not in given:
        raise missing("promotion_type")
    if goal in PIXEL_GOALS and objective == "WEB_CONVERSIONS":
        given.require("pixel_id", "optimization_event")
    if goal not in PIXEL_GOALS and "optimization_event" in given:
        raise invalid("optimization_event", f"Not allowed with {goal}")
    if given.text("bid_type", "BID_TYPE_NO_BID") == "BID_TYPE_CUSTOM":
        given.require("conversion_bid_price" if BILLING[goal] == "OCPM" else "bid_price")


def check_locations(given: Parameters) -> None:
    if "location_ids" not in given and "zipcode_ids" not in given:
        raise missing("location_ids")
    for name in ("location_ids", "zipcode_ids"):
        given.ids(name, most=MOST_LOCATIONS)


def _budget(given: Parameters, campaign: Campaign) -> dict[str, object]:
    """A campaign that optimises its own budget leaves none to the ad group."""
    if campaign.fields.get("budget_optimize_on") and "budget" not in given:
        return {"budget_mode": "BUDGET_MODE_INFINITE", "budget": 0.0}
    given.require("budget_mode", "budget")
    spending = money.budget(given, least=money.LEAST_ADGROUP, default_mode="BUDGET_MODE_DAY")
    if spending["budget_mode"] == "BUDGET_MODE_INFINITE" and not campaign.fields.get(
        "budget_optimize_on"
    ):
        raise invalid("budget_mode", "Only allowed with campaign budget optimisation")
    return spending


def check_schedule(call: Call, budget_mode: object) -> tuple[datetime, datetime | None]:
    """Start and end in UTC; a start at most 12 h ago, an end after it. Raises WireError."""
    given = call.parameters
    start_at = given.moment("schedule_start_time")
    if start_at < call.world.now - LATEST_START_AGO:
        raise invalid("schedule_start_time", "The start time lies more than 12 hours in the past")
    needs_end = (
        given.text("schedule_type") == "SCHEDULE_START_END" or budget_mode == "BUDGET_MODE_TOTAL"
    )
    if needs_end:
        given.require("schedule_end_time")
    if given.text("schedule_type") == "SCHEDULE_FROM_NOW" and not needs_end:
        return start_at, None
    end_at = given.moment("schedule_end_time")
    if end_at <= max(start_at, call.world.now):
        raise invalid("schedule_end_time", "The end time must lie after the start and now")
    return start_at, end_at


def update(call: Call) -> Data:
    account = call.advertiser()
    given = call.parameters
    given.require("adgroup_id")
    adgroup = get_adgroup(call.world, account.advertiser_id, given.text("adgroup_id"))
    check_choices(given)
    changes = {name: given.raw(name) for name in OPTIONAL if name in given}
    if "adgroup_name" in given:
        changes["adgroup_name"] = check_name(given, "adgroup_name")
    if "budget_mode" in given and given.text("budget_mode") != adgroup.fields["budget_mode"]:
        raise invalid("budget_mode", "The budget mode cannot be changed after creation")
    if "budget" in given and budget_minor(adgroup) is not None:
        changes["budget"] = float(money.enough(given, "budget", least=money.LEAST_ADGROUP))
    if "schedule_end_time" in given:
        end_at = given.moment("schedule_end_time")
        if end_at <= call.world.now:
            raise invalid("schedule_end_time", "The end time must lie in the future")
        if adgroup.end_at is not None and adgroup.end_at <= call.world.now:
            # A group that had ended runs again from here on, not for the hours it was over.
            adgroup.status_changed_at = whole_seconds(call.world.now)
        adgroup.end_at = end_at
    if "schedule_start_time" in given and adgroup.start_at > call.world.now:
        adgroup.start_at = max(given.moment("schedule_start_time"), whole_seconds(call.world.now))
    adgroup.fields = adgroup.fields | changes
    adgroup.modified_at = whole_seconds(call.world.now)
    return row(call.world, adgroup)


def budget_update(call: Call) -> Data:
    account = call.advertiser()
    entries = call.parameters.items("budget")
    if not entries or len(entries) > MOST_SWITCHED:
        raise invalid("budget", f"1 to {MOST_SWITCHED} entries")
    changes = []
    for entry in entries:
        if not isinstance(entry, dict):
            raise invalid("budget", "Each entry is an object with adgroup_id and budget")
        item = Parameters(entry, is_query=False)
        item.require("adgroup_id", "budget")
        adgroup = get_adgroup(call.world, account.advertiser_id, item.text("adgroup_id"))
        changes.append((adgroup, money.enough(item, "budget", least=money.LEAST_ADGROUP)))
    for adgroup, amount in changes:
        adgroup.fields = adgroup.fields | {"budget": float(amount)}
        adgroup.modified_at = whole_seconds(call.world.now)
    return {"adgroup_ids": [adgroup.adgroup_id for adgroup, _ in changes]}


def status_update(call: Call) -> Data:
    account = call.advertiser()
    call.parameters.require("adgroup_ids", "operation_status")
    ids = call.parameters.ids("adgroup_ids", most=MOST_SWITCHED, least=1)
    if call.parameters.boolean("allow_partial_success"):
        return _switch_what_can_be(call, account.advertiser_id, ids)
    adgroups = [get_adgroup(call.world, account.advertiser_id, number) for number in ids]
    operation = switch_many(call, adgroups)
    return _switched(ids, operation, errors=[])


def _switch_what_can_be(call: Call, advertiser_id: str, ids: list[str]) -> Data:
    done: list[str] = []
    errors: list[Data] = []
    for number in ids:
        try:
            switch_many(call, [get_adgroup(call.world, advertiser_id, number)])
            done.append(number)
        except WireError as error:
            errors.append({"adgroup_id": number, "error_message": error.message})
    return _switched(done, call.parameters.text("operation_status"), errors=errors)


def _switched(ids: list[str], operation: str, *, errors: list[Data]) -> Data:
    return {
        "adgroup_ids": ids,
        "status": operation,
        "adgroup_list": [{"adgroup_id": number, "status": operation} for number in ids],
        "error_list": errors,
    }


def get(call: Call) -> Data:
    account = call.advertiser()
    mine = [
        g for g in call.world.state.adgroups.values() if g.advertiser_id == account.advertiser_id
    ]
    found = chosen(
        call,
        mine,
        ids={
            "campaign_ids": lambda group: group.campaign_id,
            "adgroup_ids": lambda group: group.adgroup_id,
        },
        status_of=adgroup_status,
        equal=("objective_type", "optimization_goal"),
        like=("adgroup_name",),
    )
    return listing(call, [row(call.world, adgroup) for adgroup in found])


def review_info(call: Call) -> Data:
    account = call.advertiser()
    ids = call.parameters.ids("adgroup_ids", most=MOST_REVIEWED, least=1)
    groups = [get_adgroup(call.world, account.advertiser_id, number) for number in ids]
    ads = [ad for ad in call.world.state.ads.values() if ad.adgroup_id in ids]
    return {
        "ad_group_review_map": {
            group.adgroup_id: _review(
                [ad for ad in ads if ad.adgroup_id == group.adgroup_id], call.world
            )
            for group in groups
        },
        "ad_review_map": {ad.ad_id: _review([ad], call.world) for ad in ads},
    }


def _review(ads: list[Ad], world: World) -> Data:
    waiting = [ad for ad in ads if ad_status(world, ad) == "AD_STATUS_AUDIT"]
    status = "UNAVAILABLE" if len(waiting) == len(ads) else "ALL_AVAILABLE"
    if waiting and len(waiting) < len(ads):
        status = "PART_AVAILABLE"
    return {"review_status": status, "is_approved": not waiting and bool(ads), "reject_info": []}


def get_adgroup(world: World, advertiser_id: str, adgroup_id: str) -> AdGroup:
    """An ad group of this account. Raises WireError 40007."""
    adgroup = world.state.adgroups.get(adgroup_id)
    if adgroup is None or adgroup.advertiser_id != advertiser_id:
        raise not_found("adgroup", adgroup_id)
    return adgroup


def row(world: World, adgroup: AdGroup) -> dict[str, object]:
    campaign = world.state.campaigns[adgroup.campaign_id]
    return {
        "adgroup_id": adgroup.adgroup_id,
        "campaign_id": adgroup.campaign_id,
        "campaign_name": campaign.fields["campaign_name"],
        "advertiser_id": adgroup.advertiser_id,
        "objective_type": campaign.fields["objective_type"],
        "is_new_structure": True,
        **adgroup.fields,
        "schedule_start_time": time_text(adgroup.start_at),
        "schedule_end_time": time_text(adgroup.end_at),
        **times(adgroup),
        "secondary_status": adgroup_status(world, adgroup),
    }


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="POST",
        path="/adgroup/create/",
        handler=create,
        section="8.2",
        limits="Targeting is kept, not acted on",
    ),
    Endpoint(method="POST", path="/adgroup/update/", handler=update, section="8.2"),
    Endpoint(
        method="POST",
        path="/adgroup/budget/update/",
        handler=budget_update,
        section="8.2",
        limits="No scheduled budgets",
    ),
    Endpoint(method="POST", path="/adgroup/status/update/", handler=status_update, section="8.2"),
    Endpoint(method="GET", path="/adgroup/get/", handler=get, section="8.2"),
    Endpoint(
        method="GET",
        path="/adgroup/review_info/",
        handler=review_info,
        section="8.2",
        limits="Nothing is ever rejected",
    ),
)
