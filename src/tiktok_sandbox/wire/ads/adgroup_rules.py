"""What an ad group takes and which of its settings fit together. Source: tiktok-api.md §8.2."""

from __future__ import annotations

from datetime import datetime, timedelta

from tiktok_sandbox.wire.ads import money
from tiktok_sandbox.wire.ads.places import UNITED_STATES, WITHOUT_TEENAGERS
from tiktok_sandbox.wire.protocol.calls import Call
from tiktok_sandbox.wire.protocol.errors import TEENAGERS, WireError, invalid, missing
from tiktok_sandbox.wire.protocol.fields import (
    Field,
    boolean,
    choice,
    ids,
    integer,
    many,
    moment,
    number,
    text,
)
from tiktok_sandbox.wire.protocol.parameters import Parameters
from tiktok_sandbox.world.state.entities import Campaign
from tiktok_sandbox.world.world import World

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
PROMOTIONS = (
    "WEBSITE",
    "APP_ANDROID",
    "APP_IOS",
    "LEAD_GENERATION",
    "LEAD_GEN_CLICK_TO_TT_DIRECT_MESSAGE",
    "LEAD_GEN_CLICK_TO_SOCIAL_MEDIA_APP_MESSAGE",
    "LEAD_GEN_CLICK_TO_CALL",
    "TIKTOK_SHOP",
    "VIDEO_SHOPPING",
    "LIVE_SHOPPING",
    "PSA_PRODUCT",
    "WEBSITE_OR_DISPLAY",
    "EXTERNAL_OR_DISPLAY",
)
PLACEMENTS = ("PLACEMENT_TIKTOK", "PLACEMENT_PANGLE", "PLACEMENT_GLOBAL_APP_BUNDLE")
WEB_EVENTS = (
    "SHOPPING",
    "INITIATE_ORDER",
    "ON_WEB_CART",
    "ON_WEB_DETAIL",
    "ON_WEB_REGISTER",
    "FORM",
    "BUTTON",
    "CONSULT",
    "DOWNLOAD_START",
    "ADD_BILLING",
    "ON_WEB_ADD_TO_WISHLIST",
    "ON_WEB_SEARCH",
    "ON_WEB_SUBSCRIBE",
    "ON_WEB_ORDER",
)
CLICK_WINDOWS = ("OFF", "ONE_DAY", "SEVEN_DAYS", "FOURTEEN_DAYS", "TWENTY_EIGHT_DAYS")
AGES = ("AGE_13_17", "AGE_18_24", "AGE_25_34", "AGE_35_44", "AGE_45_54", "AGE_55_100")
LATEST_START_AGO = timedelta(hours=12)
MOST_LOCATIONS, DAYPARTS = 3000, 336

ACCOUNT = text("advertiser_id", required=True, most=32)
# Kept with the ad group and shown again, whether or not the world acts on them.
OPTIONAL: tuple[Field, ...] = (
    choice("schedule_type", "SCHEDULE_START_END", "SCHEDULE_FROM_NOW"),
    choice("pacing", "PACING_MODE_SMOOTH", "PACING_MODE_FAST"),
    choice("placement_type", "PLACEMENT_TYPE_NORMAL", "PLACEMENT_TYPE_AUTOMATIC"),
    many("placements", choice("placement", *PLACEMENTS), most=3),
    choice("bid_type", "BID_TYPE_CUSTOM", "BID_TYPE_NO_BID"),
    number("bid_price", low=0),
    number("conversion_bid_price", low=0),
    text("deep_bid_type", most=64),
    number("roas_bid", low=0),
    choice("bid_display_mode", "CPV", "CPMV"),
    choice("gender", "GENDER_UNLIMITED", "GENDER_MALE", "GENDER_FEMALE"),
    many("age_groups", choice("age", *AGES)),
    many("languages", most=100),
    ids("audience_ids", most=1000),
    ids("excluded_audience_ids", most=1000),
    ids("interest_category_ids", most=1000),
    many("operating_systems", choice("system", "ANDROID", "IOS")),
    many("network_types", choice("network", "WIFI", "2G", "3G", "4G", "5G")),
    ids("location_ids", most=MOST_LOCATIONS),
    ids("zipcode_ids", most=MOST_LOCATIONS),
    choice("promotion_type", *PROMOTIONS),
    text("dayparting", most=DAYPARTS),
    text("pixel_id", most=32),
    choice("optimization_event", *WEB_EVENTS),
    choice("click_attribution_window", *CLICK_WINDOWS),
    choice("view_attribution_window", "OFF", "ONE_DAY", "SEVEN_DAYS"),
    choice("engaged_view_attribution_window", "ONE_DAY", "SEVEN_DAYS"),
    choice("attribution_event_count", "UNSET", "EVERY", "ONCE"),
    integer("frequency", low=1, high=1000),
    integer("frequency_schedule", low=1, high=30),
    boolean("comment_disabled"),
    boolean("share_disabled"),
    boolean("video_download_disabled"),
    boolean("search_result_enabled"),
    choice("shopping_ads_type", "VIDEO", "LIVE", "PRODUCT_SHOPPING_ADS"),
    choice("product_source", "CATALOG", "STORE", "SHOWCASE"),
    text("store_id", most=32),
    text("store_authorized_bc_id", most=32),
    text("identity_id", most=64),
    text("identity_type", most=32),
    text("identity_authorized_bc_id", most=32),
)
NAMES = tuple(field.name for field in OPTIONAL)
# Settings that stay as they were made.
FIXED = ("attribution_event_count", "video_download_disabled", "bid_display_mode", "promotion_type")


def required(*fields: Field) -> tuple[Field, ...]:
    """The optional fields with these in the place of their namesakes."""
    named = {field.name for field in fields}
    return (*fields, *(field for field in OPTIONAL if field.name not in named))


CREATE = (
    ACCOUNT,
    text("request_id", most=64),
    text("campaign_id", required=True, most=32),
    text("adgroup_name", required=True),
    choice("budget_mode", *money.BUDGET_MODES),
    number("budget"),
    moment("schedule_start_time", required=True),
    moment("schedule_end_time"),
    choice("operation_status", "ENABLE", "DISABLE"),
    choice("optimization_goal", *BILLING, required=True),
    choice("billing_event", *dict.fromkeys(BILLING.values()), required=True),
    *required(
        choice("schedule_type", "SCHEDULE_START_END", "SCHEDULE_FROM_NOW", required=True),
        choice("pacing", "PACING_MODE_SMOOTH", "PACING_MODE_FAST", required=True),
    ),
)
UPDATE = (
    ACCOUNT,
    text("adgroup_id", required=True, most=32),
    text("adgroup_name"),
    choice("budget_mode", *money.BUDGET_MODES),
    number("budget"),
    moment("schedule_start_time"),
    moment("schedule_end_time"),
    *OPTIONAL,
)


def check_dayparting(given: Parameters) -> None:
    dayparting = given.text("dayparting", "")
    if dayparting and (len(dayparting) != DAYPARTS or set(dayparting) - set("01")):
        raise invalid("dayparting", f"Must be {DAYPARTS} characters of 0 and 1")


def check_goal(given: Parameters, campaign: Campaign) -> None:
    """Goal, billing event, promotion type, pixel and bid fit together. Raises WireError."""
    goal = given.choice("optimization_goal", BILLING)
    if given.text("billing_event") != BILLING[goal]:
        raise invalid("billing_event", f"{goal} is billed by {BILLING[goal]}")
    _check_promotion(given, str(campaign.fields.get("objective_type")))
    if goal in PIXEL_GOALS and campaign.fields.get("objective_type") == "WEB_CONVERSIONS":
        given.require("pixel_id", "optimization_event")
    if goal not in PIXEL_GOALS and "optimization_event" in given:
        raise invalid("optimization_event", f"Not allowed with {goal}")
    if given.text("bid_type", "BID_TYPE_NO_BID") == "BID_TYPE_CUSTOM":
        given.require("conversion_bid_price" if BILLING[goal] == "OCPM" else "bid_price")
    if "frequency" in given and goal != "REACH":
        raise invalid("frequency", "Only allowed with the goal REACH")


def _check_promotion(given: Parameters, objective: str) -> None:
    promotion = given.find_text("promotion_type")
    if objective not in WITHOUT_PROMOTION and promotion is None:
        raise missing("promotion_type")
    if objective == "ENGAGEMENT" and promotion not in (None, "EXTERNAL_OR_DISPLAY"):
        raise invalid("promotion_type", "ENGAGEMENT allows EXTERNAL_OR_DISPLAY only")


def check_placement(given: Parameters) -> None:
    if given.text("placement_type", "") == "PLACEMENT_TYPE_NORMAL" and not given.items(
        "placements"
    ):
        raise missing("placements")


def check_locations(given: Parameters) -> None:
    if not given.items("location_ids") and not given.items("zipcode_ids"):
        raise missing("location_ids")


def check_ages(world: World, ages: list[object], places: list[str]) -> None:
    """Teenagers cannot be targeted everywhere. Raises WireError 40065 for the US, else 40002.

    Only the number for the US is known; TikTok refuses "in certain scenarios", this world always.
    """
    if "AGE_13_17" not in ages or world.behaviour.teenagers == "allowed":
        return
    if UNITED_STATES in places:
        raise WireError(TEENAGERS, "age_groups: AGE_13_17 cannot be targeted in the United States")
    refused = [place for place in places if place in WITHOUT_TEENAGERS]
    if refused:
        raise invalid("age_groups", f"AGE_13_17 cannot be targeted in location {refused[0]}")


def read_budget(
    given: Parameters, campaign: Campaign, *, world: World, days: int
) -> dict[str, object]:
    """Budget mode and budget; a lifetime's least is that of its days. Raises WireError."""
    if campaign.fields.get("budget_optimize_on") and "budget" not in given:
        return {"budget_mode": "BUDGET_MODE_INFINITE", "budget": 0.0}
    given.require("budget_mode", "budget")
    limits = money.limits(
        world,
        campaign.advertiser_id,
        money.adgroup_minimum(given.raw("product_source")),
        days=days if given.text("budget_mode") == "BUDGET_MODE_TOTAL" else 1,
    )
    spending = money.budget(given, limits=limits, default_mode="BUDGET_MODE_DAY")
    if spending["budget_mode"] == "BUDGET_MODE_INFINITE" and not campaign.fields.get(
        "budget_optimize_on"
    ):
        raise invalid("budget_mode", "Only allowed with campaign budget optimisation")
    return spending


def read_schedule(call: Call) -> tuple[datetime, datetime | None]:
    """Start and end in UTC; a start at most 12 h ago, an end after it. Raises WireError."""
    given = call.parameters
    start_at = given.moment("schedule_start_time")
    if start_at < call.world.now - LATEST_START_AGO:
        raise invalid("schedule_start_time", "The start time lies more than 12 hours in the past")
    is_lifetime = given.text("budget_mode", "") == "BUDGET_MODE_TOTAL"
    needs_end = given.text("schedule_type") == "SCHEDULE_START_END" or is_lifetime
    if needs_end:
        given.require("schedule_end_time")
    if given.text("schedule_type") == "SCHEDULE_FROM_NOW" and not needs_end:
        return start_at, None
    end_at = given.moment("schedule_end_time")
    if end_at <= max(start_at, call.world.now):
        raise invalid("schedule_end_time", "The end time must lie after the start and now")
    return start_at, end_at


def whole_days(start_at: datetime, end_at: datetime | None) -> int:
    """Days begun between start and end; 1 without an end."""
    return -((start_at - end_at) // timedelta(days=1)) if end_at is not None else 1
