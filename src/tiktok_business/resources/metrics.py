"""What kind of value a report metric is, by its name.

Source: reporting pages 1751443956638721 and 1751443967255553, and the metric names of the Go SDK
v1.5.7. TikTok sends all of them as text.
"""

from __future__ import annotations

from enum import StrEnum


class MetricKind(StrEnum):
    """MONEY is in the account's currency; NUMBER is a count, rate or duration; TEXT an attribute."""

    MONEY = "money"
    NUMBER = "number"
    TEXT = "text"


_TEXT = frozenset(
    {
        "campaign_name",
        "campaign_id",
        "objective_type",
        "campaign_budget",
        "adgroup_name",
        "adgroup_id",
        "ad_id",
        "ad_name",
        "ad_text",
        "placement_type",
        "promotion_type",
        "image_mode",
        "currency",
        "timezone",
        "advertiser_id",
        "advertiser_name",
        "is_aco",
        "is_smart_creative",
        "budget",
        "bid",
        "smart_target",
        "bid_strategy",
        "app_promotion_type",
        "campaign_automation_type",
        "tt_app_id",
        "tt_app_name",
        "mobile_app_id",
        "aeo_type",
        "identity_id",
        "tiktok_item_id",
        "tiktok_name",
    }
)

_MONEY = frozenset(
    {
        "spend",
        "cost",
        "billed_cost",
        "cpc",
        "cpm",
        "gross_revenue",
        # Purchase value, despite the name.
        "total_complete_payment_rate",
        "shop_gross_revenue_by_order_submission",
    }
)
_MONEY_STARTS = ("cost_per_", "value_per_", "real_time_cost_per_")
_MONEY_ENDS = ("_spend", "_value")


def metric_kind(name: str) -> MetricKind:
    """The kind of a metric; names we do not know are numbers."""
    if name in _TEXT:
        return MetricKind.TEXT
    if name in _MONEY or name.startswith(_MONEY_STARTS) or name.endswith(_MONEY_ENDS):
        return MetricKind.MONEY
    return MetricKind.NUMBER


CORE_METRICS = (
    "spend",
    "impressions",
    "reach",
    "frequency",
    "clicks",
    "ctr",
    "cpc",
    "cpm",
    "conversion",
    "cost_per_conversion",
    "video_play_actions",
    "video_watched_2s",
    "video_watched_6s",
    "video_views_p25",
    "video_views_p50",
    "video_views_p75",
    "video_views_p100",
    "average_video_play",
    "likes",
    "comments",
    "shares",
    "follows",
    "profile_visits",
    "complete_payment",
    "total_complete_payment_rate",
    "onsite_shopping",
    "total_onsite_shopping_value",
)
"""What a daily sync usually wants: cost, reach, clicks, video, paid engagement, sales."""
