"""What a campaign can be for, in the words of plans and of TikTok. Source: reference tiktok-api §8.1, §8.2, R11."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class CampaignType(StrEnum):
    """How a campaign is run: by its ad groups, on search results, or by TikTok's system over many posts."""

    MANUAL = "manual"
    SEARCH = "search"
    SMART_PLUS = "smart_plus"


TYPE_LABELS = {
    CampaignType.MANUAL: "Manual",
    CampaignType.SEARCH: "Search",
    CampaignType.SMART_PLUS: "Smart+",
}


@dataclass(frozen=True, slots=True)
class Goal:
    """What delivery optimizes for, and what is paid for. wants_event : of a pixel"""

    wire: str
    billing_event: str
    label: str
    wants_event: bool = False

    @property
    def is_bid_per_result(self) -> bool:
        """Whether a bid is for a result of the goal, not for a click, a view or 1,000 impressions."""
        return self.billing_event == "OCPM"


@dataclass(frozen=True, slots=True)
class Objective:
    """How an objective is told to TikTok.

    goals : by the word a plan uses; the first is taken where none is named
    group : further fields of its ad groups; wants_store : ads of a TikTok Shop
    """

    wire: str
    label: str
    goals: Mapping[str, Goal]
    promotion_type: str | None = None
    wants_landing_page: bool = False
    wants_store: bool = False
    types: frozenset[CampaignType] = frozenset({CampaignType.MANUAL})
    campaign: Mapping[str, Any] = field(default_factory=dict)
    group: Mapping[str, Any] = field(default_factory=dict)

    @property
    def usual_goal(self) -> str:
        return next(iter(self.goals))


CLICKS = Goal("CLICK", "CPC", "Clicks")
OBJECTIVES = {
    "traffic": Objective(
        "TRAFFIC",
        "Traffic",
        {
            "clicks": CLICKS,
            "landing_page_views": Goal("TRAFFIC_LANDING_PAGE_VIEW", "OCPM", "Landing page views"),
        },
        promotion_type="WEBSITE",
        wants_landing_page=True,
        types=frozenset({CampaignType.MANUAL, CampaignType.SEARCH}),
    ),
    "reach": Objective("REACH", "Reach", {"reach": Goal("REACH", "CPM", "Reach")}),
    "video_views": Objective(
        "VIDEO_VIEWS",
        "Video views",
        {
            "views_6s": Goal("ENGAGED_VIEW", "CPV", "6-second views"),
            "views_15s": Goal("ENGAGED_VIEW_FIFTEEN", "CPV", "15-second views"),
        },
    ),
    "engagement": Objective(
        "ENGAGEMENT",
        "Community interaction",
        {
            "profile_visits": Goal("PAGE_VISIT", "OCPM", "Profile visits"),
            "followers": Goal("FOLLOWERS", "OCPM", "Followers"),
        },
    ),
    "conversions": Objective(
        "WEB_CONVERSIONS",
        "Conversions",
        {
            "conversions": Goal("CONVERT", "OCPM", "Conversions", wants_event=True),
            "value": Goal("VALUE", "OCPM", "Purchase value", wants_event=True),
            "clicks": CLICKS,
        },
        promotion_type="WEBSITE",
        wants_landing_page=True,
        types=frozenset(CampaignType),
    ),
    # PRODUCT_SALES is on an allow-list of TikTok's.
    "product_sales": Objective(
        "PRODUCT_SALES",
        "Product sales",
        {
            "purchases": Goal("CONVERT", "OCPM", "Purchases in the shop"),
            "value": Goal("VALUE", "OCPM", "Purchase value"),
            "clicks": CLICKS,
        },
        promotion_type="VIDEO_SHOPPING",
        wants_store=True,
        campaign={"campaign_product_source": "STORE"},
        group={"shopping_ads_type": "VIDEO", "product_source": "STORE"},
    ),
}  # fmt: skip
# Events of a pixel that a campaign can be optimized for.
EVENTS = {
    "SHOPPING": "Purchase",
    "INITIATE_ORDER": "Initiate checkout",
    "ON_WEB_CART": "Add to cart",
    "ON_WEB_DETAIL": "View content",
    "ON_WEB_REGISTER": "Complete registration",
    "FORM": "Submit form",
    "BUTTON": "Click button",
    "CONSULT": "Contact",
    "DOWNLOAD_START": "Download",
    "ADD_BILLING": "Add payment info",
    "ON_WEB_ADD_TO_WISHLIST": "Add to wishlist",
    "ON_WEB_SEARCH": "Search",
    "ON_WEB_SUBSCRIBE": "Subscribe",
}
CALLS_TO_ACTION = (
    "LEARN_MORE", "SHOP_NOW", "VIEW_NOW", "ORDER_NOW", "SIGN_UP", "DOWNLOAD_NOW", "CONTACT_US", "APPLY_NOW",
    "BOOK_NOW", "WATCH_NOW", "READ_MORE", "GET_QUOTE", "SUBSCRIBE", "VISIT_STORE", "PREORDER_NOW",
)  # fmt: skip
# Posts of one Smart+ ad. Source: TikTok's SDK (creative_list of 1-31); R11's page says 50.
MAX_SMART_POSTS = 31


def campaign_payload(objective: Objective, kind: CampaignType) -> dict[str, Any]:
    """What a campaign says besides its name: its money stands in its ad groups, each with its own end."""
    told: dict[str, Any] = {
        "objective_type": objective.wire,
        "budget_mode": "BUDGET_MODE_INFINITE",
        **objective.campaign,
    }
    if kind is CampaignType.SEARCH:
        told["is_search_campaign"] = True
    return told
