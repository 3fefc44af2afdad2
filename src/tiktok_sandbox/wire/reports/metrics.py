"""Report metrics: how each name of §11.3 is computed from counted sums, always as text.

Families that this world has no events for (adds to cart, forms, app installs, shop …) are known
names and answer zero.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Decimal

from tiktok_sandbox.world.delivery.measures import MEASURES, reach_of
from tiktok_sandbox.world.randomness.columns import IntArray
from tiktok_sandbox.world.world import World

Counts = Mapping[str, int]
Formula = Callable[[Counts], Decimal]

NOT_ADDABLE = ("reach", "frequency", "cost_per_1000_reached", "average_video_play_per_user")
CENT = Decimal("0.01")
# Most of what reports are asked for, and never negative: no need of decimals.
SPENT = ("spend", "cash_spend", "billed_cost")


def counts_of(world: World, sums: IntArray) -> dict[str, int]:
    """The sums by name, with what follows from them: people reached, credit by click."""
    counts: dict[str, int] = dict(zip(MEASURES, sums.tolist(), strict=True))
    return counts | {
        "reach": reach_of(world, counts["impressions"]),
        "click_conversions": counts["conversions"] - counts["view_conversions"],
    }


class RowCounts(dict[str, int]):
    """The same for one of many rows: what follows from the sums is made when it is asked for."""

    def __init__(self, world: World, sums: IntArray) -> None:
        super().__init__(zip(MEASURES, sums.tolist(), strict=True))
        self._world = world

    def __missing__(self, name: str) -> int:
        if name == "reach":
            return reach_of(self._world, self["impressions"])
        if name == "click_conversions":
            return self["conversions"] - self["view_conversions"]
        raise KeyError(name)


def metric_text(name: str, counts: Counts) -> str:
    """The metric's value as the report prints it."""
    if name in COUNTED:
        return str(counts[COUNTED[name]])
    if name in SPENT:
        minor = counts["spend_minor"]
        return f"{minor // 100}.{minor % 100:02d}"
    if name in DERIVED:
        return str(DERIVED[name](counts).quantize(CENT, ROUND_HALF_UP))
    if name in WHOLE:
        return str(WHOLE[name](counts))
    return "0.00" if _is_money_or_rate(name) else "0"


def is_metric(name: str) -> bool:
    return name in COUNTED or name in DERIVED or name in WHOLE or name in ZERO


def _ratio(top: Decimal | int, bottom: int, scale: int = 1) -> Decimal:
    return Decimal(top) * scale / bottom if bottom else Decimal(0)


def _money(counts: Counts, name: str = "spend_minor") -> Decimal:
    return Decimal(counts[name]) / 100


def _engagements(counts: Counts) -> int:
    kinds = ("clicks", "likes", "comments", "shares", "follows", "profile_visits")
    return sum(counts[kind] for kind in kinds)


def _seconds_per_play(counts: Counts) -> Decimal:
    return _ratio(counts["watch_seconds"], counts["impressions"])


def _engagement_rate(counts: Counts) -> Decimal:
    return _ratio(_engagements(counts), counts["impressions"], 100)


COUNTED = {
    "impressions": "impressions",
    "clicks": "clicks",
    "conversion": "conversions",
    "real_time_conversion": "conversions",
    "real_time_result": "conversions",
    "complete_payment": "conversions",
    "cta_conversion": "click_conversions",
    "cta_purchase": "click_conversions",
    "vta_conversion": "view_conversions",
    "vta_purchase": "view_conversions",
    "vta_complete_payment": "view_conversions",
    "reach": "reach",
    "on_web_order": "conversions",
    "video_play_actions": "impressions",
    "video_watched_2s": "views_2s",
    "video_watched_6s": "views_6s",
    "engaged_view": "views_6s",
    "paid_engaged_view": "views_6s",
    "video_views_p25": "views_p25",
    "video_views_p50": "views_p50",
    "video_views_p75": "views_p75",
    "video_views_p100": "views_p100",
    "likes": "likes",
    "comments": "comments",
    "shares": "shares",
    "follows": "follows",
    "profile_visits": "profile_visits",
    "total_landing_page_view": "clicks",
}
WHOLE: dict[str, Callable[[Counts], int]] = {
    "result": lambda c: c["conversions"],
    "gross_impressions": lambda c: c["impressions"],
    "engagements": _engagements,
}


def _cost_per(name: str) -> Formula:
    return lambda c: _ratio(_money(c), c[name])


def _per_click(c: Counts) -> Decimal:
    return _ratio(c["conversions"], c["clicks"], 100)


def _value(c: Counts) -> Decimal:
    return _money(c, "value_minor")


def _roas(c: Counts) -> Decimal:
    return _ratio(_value(c) * 100, c["spend_minor"])


DERIVED: dict[str, Formula] = {
    "spend": _money,
    "cash_spend": _money,
    "billed_cost": _money,
    "cpc": _cost_per("clicks"),
    "cpm": lambda c: _ratio(_money(c), c["impressions"], 1000),
    "ctr": lambda c: _ratio(c["clicks"], c["impressions"], 100),
    "frequency": lambda c: _ratio(c["impressions"], c["reach"]),
    "cost_per_1000_reached": lambda c: _ratio(_money(c), c["reach"], 1000),
    "vta_complete_payment_value": lambda c: _money(c, "view_value_minor"),
    "vta_complete_payment_roas": lambda c: _ratio(c["view_value_minor"], c["spend_minor"]),
    "cost_per_vta_conversion": _cost_per("view_conversions"),
    "cost_per_cta_conversion": _cost_per("click_conversions"),
    "cost_per_on_web_order": _cost_per("conversions"),
    "value_per_on_web_order": lambda c: _ratio(_value(c), c["conversions"]),
    "on_web_order_rate": _per_click,
    "cost_per_conversion": _cost_per("conversions"),
    "real_time_cost_per_conversion": _cost_per("conversions"),
    "cost_per_result": _cost_per("conversions"),
    "real_time_cost_per_result": _cost_per("conversions"),
    "cost_per_complete_payment": _cost_per("conversions"),
    "conversion_rate": _per_click,
    "real_time_conversion_rate": _per_click,
    "complete_payment_rate": _per_click,
    "result_rate": _per_click,
    "real_time_result_rate": _per_click,
    "conversion_rate_v2": lambda c: _ratio(c["conversions"], c["impressions"], 100),
    "real_time_conversion_rate_v2": lambda c: _ratio(c["conversions"], c["impressions"], 100),
    "total_complete_payment_rate": _value,
    "total_on_web_order_value": _value,
    "value_per_complete_payment": lambda c: _ratio(_value(c), c["conversions"]),
    "complete_payment_roas": _roas,
    "average_video_play": _seconds_per_play,
    "average_video_play_per_user": lambda c: _ratio(c["watch_seconds"], c["reach"]),
    "engagement_rate": _engagement_rate,
    "profile_visits_rate": lambda c: _ratio(c["profile_visits"], c["impressions"], 100),
    "cost_per_landing_page_view": _cost_per("clicks"),
    "landing_page_view_rate": lambda c: _ratio(c["clicks"], c["clicks"], 100),
}
_FAMILIES = (
    "page_content_view_events",
    "web_event_add_to_cart",
    "initiate_checkout",
    "form",
    "user_registration",
    "button_click",
    "online_consult",
    "download_start",
    "onsite_shopping",
    "purchase",
    "app_install",
    "registration",
    "sales_lead",
    "total_sales_lead",
    "total_app_event_add_to_cart",
)
ZERO = frozenset(
    {form.format(name) for name in _FAMILIES for form in ("{}", "cost_per_{}", "{}_rate")}
    | {form.format(name) for name in _FAMILIES for form in ("value_per_{}", "total_{}_value")}
    | {
        "voucher_spend",
        "secondary_goal_result",
        "cost_per_secondary_goal_result",
        "secondary_goal_result_rate",
        "engaged_view_15s",
        "paid_engaged_view_15s",
        "paid_engagement_engaged_view",
        "paid_engagement_engaged_view_15s",
        "organic_video_views",
        "clicks_on_music_disc",
        "duet_clicks",
        "stitch_clicks",
        "sound_usage_clicks",
        "anchor_clicks",
        "anchor_click_rate",
        "clicks_on_hashtag_challenge",
        "tt_playlist_visit",
        "live_views",
        "live_unique_views",
        "live_effective_views",
        "live_product_clicks",
        "onsite_shopping_roas",
        "onsite_initiate_checkout_count",
        "onsite_on_web_detail",
        "onsite_on_web_cart",
        "evta_purchase",
        "engaged_view_through_conversions",
        "total_purchase_value",
        "total_pageview",
        "real_time_app_install",
        "real_time_app_install_cost",
    }
)


def _is_money_or_rate(name: str) -> bool:
    return any(word in name for word in ("cost", "rate", "value", "roas", "spend"))
