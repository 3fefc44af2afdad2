"""`campaign/*`. Source: tiktok-api.md §8.1 (1739318962329602)."""

from __future__ import annotations

from tiktok_sandbox.wire.ads import money, status_words
from tiktok_sandbox.wire.ads.objects import (
    MOST_FILTERED,
    MOST_SWITCHED,
    Level,
    check_name,
    check_repeat,
    check_unique,
    chosen,
    get_fields,
    listing,
    status_fields,
    switch_many,
    times,
)
from tiktok_sandbox.wire.protocol import field_names
from tiktok_sandbox.wire.protocol.calls import Call, Data, Endpoint
from tiktok_sandbox.wire.protocol.errors import invalid, not_found
from tiktok_sandbox.wire.protocol.field_names import names_of
from tiktok_sandbox.wire.protocol.fields import Field, boolean, choice, ids, many, number, text
from tiktok_sandbox.world.ads.budgets import budget_minor
from tiktok_sandbox.world.ads.statuses import campaign_status
from tiktok_sandbox.world.state.clock import whole_seconds
from tiktok_sandbox.world.state.entities import Campaign
from tiktok_sandbox.world.world import World

OBJECTIVES = (
    "REACH",
    "TRAFFIC",
    "VIDEO_VIEWS",
    "ENGAGEMENT",
    "APP_PROMOTION",
    "LEAD_GENERATION",
    "WEB_CONVERSIONS",
    "PRODUCT_SALES",
    "RF_REACH",
    "TOPVIEW_REACH",
    "BRAND_CONSIDERATION",
)
INDUSTRIES = ("HOUSING", "EMPLOYMENT", "CREDIT")
OPTIONAL: tuple[Field, ...] = (
    text("app_promotion_type", most=64),
    choice("virtual_objective_type", "SALES"),
    choice("sales_destination", "TIKTOK_SHOP", "WEBSITE", "APP", "WEB_AND_APP"),
    choice("campaign_product_source", "CATALOG", "STORE"),
    choice("campaign_type", "REGULAR_CAMPAIGN", "IOS14_CAMPAIGN"),
    many("special_industries", choice("industry", *INDUSTRIES)),
    boolean("is_search_campaign"),
    choice("rf_campaign_type", "STANDARD", "PULSE", "TOPVIEW"),
    text("po_number", most=100),
    boolean("budget_optimize_on"),
)
ACCOUNT = text("advertiser_id", required=True, most=32)
CREATE = (
    ACCOUNT,
    choice("objective_type", *OBJECTIVES, required=True),
    text("campaign_name", required=True),
    choice("budget_mode", *money.BUDGET_MODES),
    number("budget"),
    text("request_id", most=64),
    choice("operation_status", "ENABLE", "DISABLE"),
    *OPTIONAL,
)
UPDATE = (
    ACCOUNT,
    text("campaign_id", required=True, most=32),
    text("campaign_name"),
    number("budget"),
    many("special_industries", choice("industry", *INDUSTRIES)),
    text("po_number", most=100),
)
SHOWN = names_of(field_names.CAMPAIGN, CREATE)
GET = get_fields(
    ids("campaign_ids", most=MOST_FILTERED),
    text("campaign_name", most=512),
    boolean("is_smart_performance_campaign"),
    boolean("split_test_enabled"),
    text("campaign_type", most=64),
    text("campaign_product_source", most=64),
    text("sales_destination", most=64),
    text("optimization_goal", most=64),
    many("creative_campaign_type"),
)
LEVEL: Level[Campaign] = Level(
    ids={"campaign_ids": lambda campaign: campaign.campaign_id},
    status_of=campaign_status,
    filterable=status_words.CAMPAIGN,
    all_statuses="CAMPAIGN_STATUS_ALL",
    equal=("objective_type", "campaign_product_source", "sales_destination"),
    like=("campaign_name",),
)


def create(call: Call) -> Data:
    account = call.advertiser()
    campaign = make(call, advertiser_id=account.advertiser_id, kind="regular")
    return row(call.world, campaign)


def make(call: Call, *, advertiser_id: str, kind: str) -> Campaign:
    """Check the parameters of a campaign and make it. Raises WireError."""
    given = call.parameters
    name = check_name(given, "campaign_name")
    objective = given.choice("objective_type", OBJECTIVES)
    spending = money.budget(
        given,
        limits=money.limits(call.world, advertiser_id, money.LEAST_CAMPAIGN),
        default_mode="BUDGET_MODE_INFINITE",
    )
    if given.boolean("budget_optimize_on") and spending["budget_mode"] == "BUDGET_MODE_INFINITE":
        raise invalid("budget_mode", "A campaign that optimises its budget needs one of its own")
    operation = given.choice("operation_status", ("ENABLE", "DISABLE"), "ENABLE")
    check_repeat(call)
    check_unique(call, "campaign_name", parent=advertiser_id)
    now = whole_seconds(call.world.now)
    campaign = Campaign(
        campaign_id=call.world.next_id("campaign", prefix="18"),
        advertiser_id=advertiser_id,
        created_at=now,
        modified_at=now,
        status_changed_at=now,
        operation_status=operation,
        kind=kind,
        fields={
            "campaign_name": name,
            "objective_type": objective,
            **spending,
            **{field.name: given.raw(field.name) for field in OPTIONAL if field.name in given},
        },
    )
    call.world.state.campaigns[campaign.campaign_id] = campaign
    return campaign


def update(call: Call) -> Data:
    campaign = own_campaign(call, kinds=("regular",))
    change(call, campaign)
    return row(call.world, campaign)


def change(call: Call, campaign: Campaign) -> None:
    """Rename, rebudget; all or nothing. Raises WireError."""
    given = call.parameters
    if campaign.is_deleted:
        raise invalid("campaign_id", "A deleted object cannot be changed")
    changes: dict[str, object] = {}
    if "campaign_name" in given:
        changes["campaign_name"] = check_name(given, "campaign_name")
    if "budget" in given and budget_minor(campaign) is not None:
        limits = money.limits(call.world, campaign.advertiser_id, money.LEAST_CAMPAIGN)
        amount = money.check_amount(given, "budget", limits)
        money.check_covers_spend(call.world, campaign, amount)
        changes["budget"] = float(amount)
    for name in ("special_industries", "po_number"):
        if name in given:
            changes[name] = given.raw(name)
    campaign.fields = campaign.fields | changes
    campaign.modified_at = whole_seconds(call.world.now)
    if "campaign_name" in changes:
        call.world.find.note_name(campaign)


def status_update(call: Call) -> Data:
    """Regular and GMV Max campaigns; Smart+ has its own endpoint."""
    return switch_campaigns(call, kinds=("regular", "gmv_max"))


def switch_campaigns(call: Call, *, kinds: tuple[str, ...]) -> Data:
    account = call.advertiser()
    numbers = call.parameters.ids("campaign_ids", most=MOST_SWITCHED, least=1)
    campaigns = [
        get_campaign(call.world, account.advertiser_id, number, kinds=kinds) for number in numbers
    ]
    operation = switch_many(call, campaigns)
    return {
        "campaign_ids": numbers,
        "status": operation,
        "campaign_list": [{"campaign_id": number, "status": operation} for number in numbers],
    }


def get(call: Call) -> Data:
    account = call.advertiser()
    mine = [
        campaign
        for campaign in call.world.find.campaigns_of_account(account.advertiser_id)
        if campaign.kind == "regular"
    ]
    return listing(call, chosen(call, mine, LEVEL), row, known=SHOWN)


def own_campaign(call: Call, *, kinds: tuple[str, ...]) -> Campaign:
    """The campaign of `campaign_id`. Raises WireError."""
    account = call.advertiser()
    campaign_id = call.parameters.text("campaign_id")
    return get_campaign(call.world, account.advertiser_id, campaign_id, kinds=kinds)


def get_campaign(
    world: World, advertiser_id: str, campaign_id: str, *, kinds: tuple[str, ...] = ("regular",)
) -> Campaign:
    """A campaign of this account and kind. Raises WireError 40007."""
    campaign = world.state.campaigns.get(campaign_id)
    if campaign is None or campaign.advertiser_id != advertiser_id or campaign.kind not in kinds:
        raise not_found("campaign", campaign_id)
    return campaign


def row(world: World, campaign: Campaign) -> dict[str, object]:
    is_app = campaign.fields.get("objective_type") == "APP_PROMOTION"
    return {
        "campaign_id": campaign.campaign_id,
        "advertiser_id": campaign.advertiser_id,
        "campaign_type": "REGULAR_CAMPAIGN",
        "campaign_system_origin": "TT_ADS_PLATFORM",
        "objective": "APP" if is_app else "LANDING_PAGE",
        "app_promotion_type": None,
        "is_new_structure": True,
        "is_smart_performance_campaign": False,
        "is_search_campaign": False,
        "roas_bid": 0.0,
        "budget_optimize_on": False,
        "rf_campaign_type": "STANDARD",
        **campaign.fields,
        **times(campaign),
        "secondary_status": campaign_status(world, campaign),
    }


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(method="POST", path="/campaign/create/", handler=create, section="8.1", takes=CREATE),
    Endpoint(method="POST", path="/campaign/update/", handler=update, section="8.1", takes=UPDATE),
    Endpoint(
        method="POST",
        path="/campaign/status/update/",
        handler=status_update,
        section="8.1",
        takes=status_fields("campaign_ids"),
    ),
    Endpoint(method="GET", path="/campaign/get/", handler=get, section="8.1", takes=GET),
)
