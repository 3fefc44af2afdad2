"""`smart_plus/campaign/*` and `smart_plus/adgroup/*`. Source: tiktok-api.md §8.5 (SDK models)."""

from __future__ import annotations

from tiktok_sandbox.wire.ads import adgroups, campaigns, money
from tiktok_sandbox.wire.ads.adgroup_rules import BILLING, NAMES, OPTIONAL, PROMOTIONS
from tiktok_sandbox.wire.ads.objects import (
    MOST_FILTERED,
    chosen,
    get_fields,
    listing,
    status_fields,
)
from tiktok_sandbox.wire.protocol.calls import Answer, Call, Data, Endpoint
from tiktok_sandbox.wire.protocol.errors import missing
from tiktok_sandbox.wire.protocol.fields import (
    Field,
    boolean,
    choice,
    ids,
    moment,
    number,
    record,
    text,
)
from tiktok_sandbox.wire.protocol.parameters import Parameters
from tiktok_sandbox.world.state.entities import AdGroup, Campaign
from tiktok_sandbox.world.world import World

OBJECTIVES = ("APP_PROMOTION", "LEAD_GENERATION", "WEB_CONVERSIONS")
KIND = ("smart_plus",)
ACCOUNT = text("advertiser_id", required=True, most=32)
TARGETED = (
    "location_ids",
    "zipcode_ids",
    "gender",
    "age_groups",
    "languages",
    "audience_ids",
    "excluded_audience_ids",
    "interest_category_ids",
    "operating_systems",
    "network_types",
)
TARGETING = tuple(field for field in OPTIONAL if field.name in TARGETED)
SETTINGS = tuple(
    field for field in OPTIONAL if field.name not in (*TARGETED, "promotion_type", "schedule_type")
)
SCHEDULES = ("SCHEDULE_START_END", "SCHEDULE_FROM_NOW")
CAMPAIGN_CREATE: tuple[Field, ...] = (
    ACCOUNT,
    text("request_id", required=True, most=64),
    choice("objective_type", *OBJECTIVES, required=True),
    text("campaign_name", required=True),
    choice("budget_mode", *money.BUDGET_MODES),
    number("budget"),
    choice("operation_status", "ENABLE", "DISABLE"),
    text("app_id", most=64),
    text("catalog_type", most=64),
    boolean("catalog_enabled"),
    *campaigns.OPTIONAL,
)
CAMPAIGN_UPDATE: tuple[Field, ...] = (
    ACCOUNT,
    text("campaign_id", required=True, most=32),
    text("campaign_name"),
    number("budget"),
    text("po_number", most=100),
)
ADGROUP_CREATE: tuple[Field, ...] = (
    ACCOUNT,
    text("request_id", required=True, most=64),
    text("campaign_id", required=True, most=32),
    text("adgroup_name", required=True),
    choice("promotion_type", *PROMOTIONS, required=True),
    choice("optimization_goal", *BILLING, required=True),
    choice("billing_event", *dict.fromkeys(BILLING.values()), required=True),
    choice("schedule_type", *SCHEDULES, required=True),
    moment("schedule_start_time", required=True),
    moment("schedule_end_time"),
    choice("budget_mode", *money.BUDGET_MODES),
    number("budget"),
    choice("operation_status", "ENABLE", "DISABLE"),
    record("targeting_spec", *TARGETING, required=True),
    boolean("suggestion_audience_enabled"),
    choice("targeting_optimization_mode", "AUTOMATIC", "MANUAL"),
    *SETTINGS,
)
ADGROUP_UPDATE: tuple[Field, ...] = (
    ACCOUNT,
    text("adgroup_id", required=True, most=32),
    text("adgroup_name"),
    number("budget"),
    choice("schedule_type", *SCHEDULES),
    moment("schedule_start_time"),
    moment("schedule_end_time"),
    record("targeting_spec", *TARGETING),
    *SETTINGS,
)


def campaign_create(call: Call) -> Data:
    account = call.advertiser()
    campaign = campaigns.make(call, advertiser_id=account.advertiser_id, kind="smart_plus")
    return campaign_row(call.world, campaign)


def campaign_update(call: Call) -> Data:
    campaign = campaigns.own_campaign(call, kinds=KIND)
    campaigns.change(call, campaign)
    return campaign_row(call.world, campaign)


def campaign_status(call: Call) -> Data:
    return campaigns.switch_campaigns(call, kinds=KIND)


def campaign_get(call: Call) -> Data:
    account = call.advertiser()
    everything = call.world.find.campaigns_of_account(account.advertiser_id)
    mine = [campaign for campaign in everything if campaign.kind == "smart_plus"]
    return listing(call, chosen(call, mine, campaigns.LEVEL), campaign_row, most=100)


def campaign_row(world: World, campaign: Campaign) -> dict[str, object]:
    return campaigns.row(world, campaign) | {
        "campaign_automation_type": "UPGRADED_SMART_PLUS",
        "is_smart_performance_campaign": True,
    }


def adgroup_create(call: Call) -> Data:
    account = call.advertiser()
    campaign = campaigns.get_campaign(
        call.world, account.advertiser_id, call.parameters.text("campaign_id"), kinds=KIND
    )
    given = _flat(call.parameters)
    if not given.items("location_ids") and not given.items("zipcode_ids"):
        raise missing("targeting_spec.location_ids")
    return adgroup_row(call.world, adgroups.make(call, campaign=campaign, given=given))


def _flat(given: Parameters) -> Parameters:
    """Targeting as a regular ad group has it: beside everything else."""
    targeting = given.mapping("targeting_spec")
    inner = {name: targeting.raw(name) for name in TARGETED if name in targeting}
    outer = {name: given.raw(name) for name in given.names() if name != "targeting_spec"}
    return Parameters(outer | inner, is_query=False)


def adgroup_update(call: Call) -> Data:
    account = call.advertiser()
    adgroup = adgroups.get_adgroup(
        call.world, account.advertiser_id, call.parameters.text("adgroup_id"), kinds=KIND
    )
    adgroups.change(call, adgroup, _flat(call.parameters))
    return adgroup_row(call.world, adgroup)


def adgroup_status(call: Call) -> Answer:
    return adgroups.switch_adgroups(call, kinds=KIND)


def adgroup_get(call: Call) -> Data:
    account = call.advertiser()
    mine = adgroups.groups_of(call, account.advertiser_id, kind="smart_plus")
    return listing(call, chosen(call, mine, adgroups.LEVEL), adgroup_row, most=100)


def adgroup_row(world: World, adgroup: AdGroup) -> dict[str, object]:
    row = adgroups.row(world, adgroup)
    targeting = {name: row.pop(name) for name in NAMES if name in TARGETED and name in row}
    return row | {"targeting_spec": targeting}


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="POST",
        path="/smart_plus/campaign/create/",
        handler=campaign_create,
        section="8.5",
        takes=CAMPAIGN_CREATE,
        limits="Delivered like any other campaign",
    ),
    Endpoint(
        method="POST",
        path="/smart_plus/campaign/update/",
        handler=campaign_update,
        section="8.5",
        takes=CAMPAIGN_UPDATE,
    ),
    Endpoint(
        method="POST",
        path="/smart_plus/campaign/status/update/",
        handler=campaign_status,
        section="8.5",
        takes=status_fields("campaign_ids"),
    ),
    Endpoint(
        method="GET",
        path="/smart_plus/campaign/get/",
        handler=campaign_get,
        section="8.5",
        takes=get_fields(
            ids("campaign_ids", most=MOST_FILTERED), text("campaign_name", most=512), most=100
        ),
    ),
    Endpoint(
        method="POST",
        path="/smart_plus/adgroup/create/",
        handler=adgroup_create,
        section="8.5",
        takes=ADGROUP_CREATE,
        limits="Targeting is neither widened nor automated",
    ),
    Endpoint(
        method="POST",
        path="/smart_plus/adgroup/update/",
        handler=adgroup_update,
        section="8.5",
        takes=ADGROUP_UPDATE,
    ),
    Endpoint(
        method="POST",
        path="/smart_plus/adgroup/status/update/",
        handler=adgroup_status,
        section="8.5",
        takes=status_fields("adgroup_ids"),
    ),
    Endpoint(
        method="GET",
        path="/smart_plus/adgroup/get/",
        handler=adgroup_get,
        section="8.5",
        takes=get_fields(
            ids("campaign_ids", most=MOST_FILTERED),
            ids("adgroup_ids", most=MOST_FILTERED),
            text("adgroup_name", most=512),
            text("optimization_goal", most=64),
            text("promotion_type", most=64),
            most=100,
        ),
    ),
)
