"""What a report is asked: selectors, dimensions, metrics, filters. Source: tiktok-api.md §11."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tiktok_sandbox.wire.protocol.errors import invalid
from tiktok_sandbox.wire.protocol.fields import Field, boolean, choice, day, ids, many, record, text
from tiktok_sandbox.wire.protocol.parameters import Parameters
from tiktok_sandbox.wire.reports.metrics import is_metric
from tiktok_sandbox.wire.reports.sums import BUCKET_HOURS, read_days
from tiktok_sandbox.world.state.entities import Ad

ID_OF: dict[str, Callable[[Ad], str]] = {
    "ad_id": lambda ad: ad.ad_id,
    "ad_id_v2": lambda ad: ad.smart_plus_ad_id or ad.ad_id,
    "adgroup_id": lambda ad: ad.adgroup_id,
    "campaign_id": lambda ad: ad.campaign_id,
    "advertiser_id": lambda ad: ad.advertiser_id,
}
LEVELS = {
    "AUCTION_AD": ("ad_id", "ad_id_v2"),
    "AUCTION_ADGROUP": ("adgroup_id",),
    "AUCTION_CAMPAIGN": ("campaign_id",),
    "AUCTION_ADVERTISER": ("advertiser_id",),
}
# Longest span in days, both ends counted, by time dimension: end - start ≤ 29 with a day, ≤ 365
# without a time, as a probe of the live service found (§17).
MOST_DAYS = {"stat_time_hour": 1, "stat_time_day": 30, None: 366}
OF_AD = ("ad_type", "post_id")
AUDIENCES = (
    *("gender", "age", "country_code", "platform"),
    *("province_id", "language", "placement", "interest_category"),
)
VIEWER = ["age", "gender"]  # the two that can be asked for together
ATTRIBUTES = (
    "campaign_name",
    "campaign_id",
    "objective_type",
    "campaign_budget",
    "adgroup_name",
    "adgroup_id",
    "ad_name",
    "ad_text",
    "promotion_type",
    "placement_type",
    "currency",
    "budget",
    "ad_id",
    "image_mode",
    "is_aco",
    "is_smart_creative",
    "bid",
    "smart_target",
    "bid_strategy",
    "app_promotion_type",
    "campaign_automation_type",
    "tt_app_id",
    "tt_app_name",
    "mobile_app_id",
    "aeo_type",
    "billing_event",
    "call_to_action",
    "opt_status",
    "rf_campaign_type",
    # Asked for by published connectors; nothing here has them, so they answer "-".
    "campaign_dedicate_type",
    "dpa_target_audience_type",
    "split_test",
)
# The only metrics with the dimension post_id (§11.2).
_SHOP = ("onsite_shopping", "onsite_initiate_checkout_count", "onsite_on_web_detail")
POST_METRICS = frozenset(
    (
        *("spend", "cpc", "cpm", "impressions", "clicks", "ctr", "conversion"),
        *("cost_per_conversion", "conversion_rate", "conversion_rate_v2"),
        *("video_play_actions", "video_watched_2s", "video_watched_6s", "engaged_view"),
        *(f"video_views_p{share}" for share in (25, 50, 75, 100)),
        "average_video_play",
    )
)
POST_FAMILIES = (*_SHOP, "onsite_on_web_cart", "onsite_add_to_wishlist", "ix_product_click_count")
ID_FILTERS = {"campaign_ids": "campaign_id", "adgroup_ids": "adgroup_id", "ad_ids": "ad_id"}
STATUS_FILTERS = ("campaign_status", "adgroup_status", "ad_status")
TEXT_FILTERS = (
    "campaign_name",
    "adgroup_name",
    "ad_name",
    "objective_type",
    "billing_event",
    "promotion_type",
    "placement_type",
    "buying_type",
    "image_mode",
    "create_time",
)
COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "GREATER_EQUAL": lambda value, bound: value >= bound,
    "GREATER_THAN": lambda value, bound: value > bound,
    "LOWER_EQUAL": lambda value, bound: value <= bound,
    "LOWER_THAN": lambda value, bound: value < bound,
}
FILTER_TYPES = ("IN", "MATCH", *COMPARISONS, "BETWEEN", "RANGE")
MOST_ADVERTISERS = 5
REPORT_TYPES = ("BASIC", "AUDIENCE", "PLAYABLE_MATERIAL", "CATALOG", "BC", "TT_SHOP")
FILTER = record(
    "filter",
    text("field_name", required=True, most=100),
    choice("filter_type", *FILTER_TYPES, required=True),
    text("filter_value", required=True),
)
SELECTORS: tuple[Field, ...] = (
    text("advertiser_id", most=32),
    ids("advertiser_ids", most=MOST_ADVERTISERS),
    choice("service_type", "AUCTION"),
    choice("report_type", *REPORT_TYPES, required=True),
    choice("data_level", *LEVELS),
    many("dimensions", required=True, least=1, most=4),
    many("metrics", most=500),
    day("start_date"),
    day("end_date"),
    boolean("query_lifetime"),
    text("order_field", most=100),
    choice("order_type", "ASC", "DESC"),
    many("filtering", FILTER, most=50),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """One condition. values : one for comparisons, two for BETWEEN, any number for IN."""

    name: str
    kind: str
    values: list[str]

    def fits(self, value: str) -> bool:
        """Does this text pass? A number is compared as a number, a time as a text."""
        if self.kind == "IN":
            return value in self.values
        if self.kind == "MATCH":
            return any(wanted.lower() in value.lower() for wanted in self.values)
        if self.kind in ("BETWEEN", "RANGE"):
            low, high = self.values
            return _compared(value, "GREATER_EQUAL", low) and _compared(value, "LOWER_EQUAL", high)
        return _compared(value, self.kind, self.values[0])


def _compared(value: str, kind: str, bound: str) -> bool:
    try:
        return COMPARISONS[kind](float(value), float(bound))
    except ValueError:
        order = (value > bound) - (value < bound)
        return COMPARISONS[kind](order, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportQuery:
    """A checked report request. first and last are local days since 1970, both included."""

    id_dimension: str | None
    time_dimension: str | None
    of_ad: tuple[str, ...]
    audience: tuple[str, ...]
    is_audience: bool
    metrics: list[str]
    first: int | None
    last: int | None
    filters: list[Filter]
    order: str | None
    is_ascending: bool

    def named(self, names: Iterable[str]) -> list[Filter]:
        wanted = set(names)
        return [condition for condition in self.filters if condition.name in wanted]


def read_query(given: Parameters, *, has_date_limit: bool = True) -> ReportQuery:
    """Check the selectors. Raises WireError."""
    kind = given.text("report_type")
    if kind not in ("BASIC", "AUDIENCE", "TT_SHOP"):
        raise invalid("report_type", f"{kind} is not simulated")
    dimensions = [str(name) for name in given.items("dimensions")]
    id_dimension, time_dimension, of_ad, audience = _dimensions(given, dimensions, kind)
    if kind == "AUDIENCE" and given.text("query_mode", "REGULAR") == "CHUNK":
        raise invalid("query_mode", "CHUNK is not supported for AUDIENCE")
    default = ["spend", "billed_cost"] if kind == "TT_SHOP" else ["spend", "impressions"]
    metrics = [str(name) for name in given.items("metrics")] or default
    _check_metrics(metrics, dimensions)
    first, last = _days(given, time_dimension, audience, kind, has_date_limit=has_date_limit)
    order = given.find_text("order_field")
    if order is not None and (order not in metrics or order in ATTRIBUTES):
        raise invalid("order_field", "Must be one of the requested, sortable metrics")
    return ReportQuery(
        id_dimension=id_dimension,
        time_dimension=time_dimension,
        of_ad=of_ad,
        audience=audience,
        is_audience=kind == "AUDIENCE",
        metrics=metrics,
        first=first,
        last=last,
        filters=[_filter(entry) for entry in given.items("filtering") if isinstance(entry, dict)],
        order=order,
        is_ascending=given.text("order_type", "DESC") == "ASC",
    )


def _dimensions(
    given: Parameters, dimensions: list[str], kind: str
) -> tuple[str | None, str | None, tuple[str, ...], tuple[str, ...]]:
    level = given.choice("data_level", LEVELS)
    times = [name for name in dimensions if name in BUCKET_HOURS]
    numbers = [name for name in dimensions if name in ID_OF]
    of_ad = tuple(name for name in dimensions if name in OF_AD)
    audiences = [name for name in dimensions if name in AUDIENCES]
    others = set(dimensions) - {*times, *numbers, *of_ad, *audiences}
    if others:
        raise invalid("dimensions", f"Not simulated: {', '.join(sorted(others))}")
    is_whole = kind == "AUDIENCE" and not numbers
    if not is_whole and (len(numbers) != 1 or numbers[0] not in LEVELS[level]):
        raise invalid(
            "dimensions", f"{level} needs exactly one id dimension: {' or '.join(LEVELS[level])}"
        )
    if len(times) > 1:
        raise invalid("dimensions", "At most one time dimension")
    if len(set(dimensions)) != len(dimensions):
        raise invalid("dimensions", "Every dimension once")
    if len(audiences) > 1 and sorted(audiences) != VIEWER:
        raise invalid("dimensions", "Of audiences only gender and age go together")
    if kind == "AUDIENCE" and not audiences:
        raise invalid("dimensions", f"AUDIENCE needs one of {', '.join(AUDIENCES)}")
    if kind != "AUDIENCE" and audiences and audiences != ["country_code"]:
        raise invalid("dimensions", f"{audiences[0]} needs report_type AUDIENCE")
    if kind == "AUDIENCE" and (of_ad or "stat_time_hour" in times):
        raise invalid("dimensions", "AUDIENCE takes stat_time_day and no further dimension")
    if "post_id" in of_ad and times == ["stat_time_hour"]:
        raise invalid("dimensions", "post_id cannot be used with stat_time_hour")
    return numbers[0] if numbers else None, times[0] if times else None, of_ad, tuple(audiences)


def _check_metrics(metrics: list[str], dimensions: list[str]) -> None:
    unknown = [name for name in metrics if not is_metric(name) and name not in ATTRIBUTES]
    if unknown:
        raise invalid("metrics", f"Invalid metric: {', '.join(unknown)}")
    if "post_id" not in dimensions:
        return
    refused = [name for name in metrics if name not in POST_METRICS and not _is_shop(name)]
    if refused:
        raise invalid("metrics", f"Not available with post_id: {', '.join(refused)}")


def _is_shop(name: str) -> bool:
    return any(family in name for family in POST_FAMILIES)


def _days(
    given: Parameters,
    time_dimension: str | None,
    audience: tuple[str, ...],
    kind: str,
    *,
    has_date_limit: bool,
) -> tuple[int | None, int | None]:
    if not given.boolean("query_lifetime"):
        most = MOST_DAYS[time_dimension] if has_date_limit else None
        return read_days(given, most=most, time_dimension=time_dimension)
    if time_dimension is not None or "country_code" in audience:
        raise invalid("query_lifetime", "Cannot be used with a time or country dimension")
    if kind != "BASIC":
        raise invalid("query_lifetime", "Only supported for BASIC")
    return None, None


def _filter(entry: dict[str, object]) -> Filter:
    item = Parameters(entry, is_query=True)
    name, kind = item.text("field_name"), item.text("filter_type")
    if name not in (*ID_FILTERS, *STATUS_FILTERS, *TEXT_FILTERS) and not is_metric(name):
        raise invalid("filtering", f"Not simulated: {name}")
    if not isinstance(item.raw("filter_value"), str):
        raise invalid("filtering", "filter_value is a string, which holds a JSON array for IN")
    if name in (*ID_FILTERS, *STATUS_FILTERS) and kind != "IN":
        raise invalid("filtering", f"filter_type of {name} must be IN")
    if kind in ("IN", "BETWEEN", "RANGE"):
        values = [str(value) for value in item.items("filter_value")]
    else:
        values = [item.text("filter_value").strip('"')]
    if kind in ("BETWEEN", "RANGE") and len(values) != 2:
        raise invalid("filtering", f"filter_value of {kind} holds two values")
    return Filter(name=name, kind=kind, values=values)
