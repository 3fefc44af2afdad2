"""`campaign/*`. Source: tiktok-api.md §8.1 (1739318962329602)."""

from __future__ import annotations

from decimal import Decimal

from tiktok_sandbox.wire import money
from tiktok_sandbox.wire.calls import Call, Data, Endpoint
from tiktok_sandbox.wire.errors import invalid, not_found
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
from tiktok_sandbox.world.budgets import budget_minor, spent_minor
from tiktok_sandbox.world.entities import Campaign
from tiktok_sandbox.world.statuses import campaign_status
from tiktok_sandbox.world.world import World, whole_seconds

OBJECTIVES = (
    "REACH",
    "TRAFFIC",
    "VIDEO_VIEWS",
    "ENGAGEMENT",
    "APP_PROMOTION",
    "LEAD_GENERATION",
    "WEB_CONVERSIONS",
    "PRODUCT_SALES",
)
OPTIONAL = (
    "app_promotion_type",
    "virtual_objective_type",
    "sales_destination",
    "campaign_product_source",
    "campaign_type",
    "special_industries",
    "is_search_campaign",
    "rf_campaign_type",
    "po_number",
    "budget_optimize_on",
)


def create(call: Call) -> Data:
    account = call.advertiser()
    call.parameters.require("objective_type", "campaign_name")
    name = check_name(call.parameters, "campaign_name")
    objective = call.parameters.choice("objective_type", OBJECTIVES)
    spending = money.budget(
        call.parameters, least=money.LEAST_CAMPAIGN, default_mode="BUDGET_MODE_INFINITE"
    )
    operation = call.parameters.choice("operation_status", ("ENABLE", "DISABLE"), "ENABLE")
    check_repeat(call)
    check_unique(call.parameters, "campaign_name", _all(call.world, account.advertiser_id))
    now = whole_seconds(call.world.now)
    campaign = Campaign(
        campaign_id=call.world.next_id("campaign", prefix="18"),
        advertiser_id=account.advertiser_id,
        created_at=now,
        modified_at=now,
        status_changed_at=now,
        operation_status=operation,
        fields={
            "campaign_name": name,
            "objective_type": objective,
            **spending,
            **{name: call.parameters.raw(name) for name in OPTIONAL if name in call.parameters},
        },
    )
    call.world.state.campaigns[campaign.campaign_id] = campaign
    return row(call.world, campaign)


def update(call: Call) -> Data:
    account = call.advertiser()
    call.parameters.require("campaign_id")
    campaign = get_campaign(call.world, account.advertiser_id, call.parameters.text("campaign_id"))
    changes: dict[str, object] = {}
    if "campaign_name" in call.parameters:
        changes["campaign_name"] = check_name(call.parameters, "campaign_name")
    if "budget" in call.parameters and budget_minor(campaign) is not None:
        amount = money.enough(call.parameters, "budget", least=money.LEAST_CAMPAIGN)
        _check_covers_spend(call.world, campaign, amount)
        changes["budget"] = float(amount)
    for name in ("special_industries", "po_number"):
        if name in call.parameters:
            changes[name] = call.parameters.raw(name)
    campaign.fields = campaign.fields | changes
    campaign.modified_at = whole_seconds(call.world.now)
    return row(call.world, campaign)


def _check_covers_spend(world: World, campaign: Campaign, amount: Decimal) -> None:
    """A new budget is at least 105 % of what the period has spent."""
    daily = campaign.fields.get("budget_mode") != "BUDGET_MODE_TOTAL"
    spent = Decimal(spent_minor(world, campaign, at=world.now if daily else None)) / 100
    if amount < spent * Decimal("1.05"):
        raise invalid("budget", f"The budget must be at least 105% of the spend ({spent})")


def status_update(call: Call) -> Data:
    account = call.advertiser()
    call.parameters.require("campaign_ids", "operation_status")
    ids = call.parameters.ids("campaign_ids", most=MOST_SWITCHED, least=1)
    campaigns = [get_campaign(call.world, account.advertiser_id, number) for number in ids]
    operation = switch_many(call, campaigns)
    return {
        "campaign_ids": ids,
        "status": operation,
        "campaign_list": [{"campaign_id": number, "status": operation} for number in ids],
    }


def get(call: Call) -> Data:
    account = call.advertiser()
    found = chosen(
        call,
        _all(call.world, account.advertiser_id),
        ids={"campaign_ids": lambda campaign: campaign.campaign_id},
        status_of=campaign_status,
        equal=("objective_type",),
        like=("campaign_name",),
    )
    return listing(call, [row(call.world, campaign) for campaign in found])


def _all(world: World, advertiser_id: str) -> list[Campaign]:
    return [c for c in world.state.campaigns.values() if c.advertiser_id == advertiser_id]


def get_campaign(world: World, advertiser_id: str, campaign_id: str) -> Campaign:
    """A campaign of this account. Raises WireError 40007."""
    campaign = world.state.campaigns.get(campaign_id)
    if campaign is None or campaign.advertiser_id != advertiser_id:
        raise not_found("campaign", campaign_id)
    return campaign


def row(world: World, campaign: Campaign) -> dict[str, object]:
    return {
        "campaign_id": campaign.campaign_id,
        "advertiser_id": campaign.advertiser_id,
        "campaign_type": "REGULAR_CAMPAIGN",
        "objective": "LANDING_PAGE",
        "is_new_structure": True,
        "is_smart_performance_campaign": False,
        "roas_bid": 0.0,
        "budget_optimize_on": False,
        **campaign.fields,
        **times(campaign),
        "secondary_status": campaign_status(world, campaign),
    }


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(method="POST", path="/campaign/create/", handler=create, section="8.1"),
    Endpoint(method="POST", path="/campaign/update/", handler=update, section="8.1"),
    Endpoint(
        method="POST",
        path="/campaign/status/update/",
        handler=status_update,
        section="8.1",
    ),
    Endpoint(method="GET", path="/campaign/get/", handler=get, section="8.1"),
)
