"""`gmv_max/report/get`: what GMV Max campaigns sold. Source: tiktok-api.md §8.6."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal

from tiktok_sandbox.wire.gmv_max.assets import ACCOUNT, own_store
from tiktok_sandbox.wire.gmv_max.campaigns import delivery_status
from tiktok_sandbox.wire.protocol.calls import Call, Data, Endpoint, one_page
from tiktok_sandbox.wire.protocol.errors import invalid
from tiktok_sandbox.wire.protocol.fields import (
    boolean,
    choice,
    day,
    ids,
    integer,
    many,
    record,
    text,
)
from tiktok_sandbox.wire.reports.metrics import counts_of
from tiktok_sandbox.wire.reports.sums import BUCKET_HOURS, grouped, read_days, total
from tiktok_sandbox.world.delivery.measures import bucket_text
from tiktok_sandbox.world.state.business import Store
from tiktok_sandbox.world.state.entities import Ad
from tiktok_sandbox.world.world import World

MOST_DAYS = {"stat_time_hour": 1, "stat_time_day": 30, None: 365}
MOST_DIMENSIONS, MOST_METRICS, MOST_PER_PAGE = 3, 100, 1000
STATUSES = (
    "IN_QUEUE",
    "LEARNING",
    "DELIVERING",
    "NOT_DELIVERYING",
    "AUTHORIZATION_NEEDED",
    "EXCLUDED",
    "UNAVAILABLE",
    "REJECTED",
    "NOT_ACTIVE",
)


def _money(minor: int) -> Decimal:
    return Decimal(minor) / 100


def _ratio(top: Decimal | int, bottom: Decimal | int) -> Decimal:
    return Decimal(top) / Decimal(bottom) if bottom else Decimal(0)


METRICS: dict[str, Callable[[dict[str, int]], Decimal | int]] = {
    "cost": lambda c: _money(c["spend_minor"]),
    "net_cost": lambda c: _money(c["spend_minor"]),
    "orders": lambda c: c["conversions"],
    "cost_per_order": lambda c: _ratio(_money(c["spend_minor"]), c["conversions"]),
    "gross_revenue": lambda c: _money(c["value_minor"]),
    "roi": lambda c: _ratio(c["value_minor"], c["spend_minor"]),
    "product_impressions": lambda c: c["impressions"],
    "product_clicks": lambda c: c["clicks"],
    "product_click_rate": lambda c: _ratio(100 * c["clicks"], c["impressions"]),
    "ad_click_rate": lambda c: _ratio(100 * c["clicks"], c["impressions"]),
    "ad_conversion_rate": lambda c: _ratio(100 * c["conversions"], c["clicks"]),
    "ad_video_view_rate_2s": lambda c: _ratio(100 * c["views_2s"], c["impressions"]),
    "ad_video_view_rate_6s": lambda c: _ratio(100 * c["views_6s"], c["impressions"]),
    "ad_video_view_rate_p25": lambda c: _ratio(100 * c["views_p25"], c["impressions"]),
    "ad_video_view_rate_p50": lambda c: _ratio(100 * c["views_p50"], c["impressions"]),
    "ad_video_view_rate_p75": lambda c: _ratio(100 * c["views_p75"], c["impressions"]),
    "ad_video_view_rate_p100": lambda c: _ratio(100 * c["views_p100"], c["impressions"]),
}
ATTRIBUTES = (
    "campaign_name",
    "operation_status",
    "schedule_type",
    "bid_type",
    "roas_bid",
    "target_roi_budget",
    "currency",
    "title",
    "tt_account_name",
    "creative_delivery_status",
    "shop_content_type",
)


def report(call: Call) -> Data:
    account = call.advertiser()
    store = own_store(call, call.parameters.ids("store_ids", most=1, least=1)[0])
    names, time_dimension = _dimensions(call)
    metrics = [str(name) for name in call.parameters.items("metrics")]
    unknown = [name for name in metrics if name not in METRICS and name not in ATTRIBUTES]
    if unknown:
        raise invalid("metrics", f"Invalid metric: {', '.join(unknown)}")
    first, last = read_days(
        call.parameters, most=MOST_DAYS[time_dimension], time_dimension=time_dimension
    )
    found = grouped(
        call.world,
        advertiser_id=account.advertiser_id,
        key_of=_key_of(call, store, names),
        time_dimension=time_dimension,
        first=first,
        last=last,
    )
    rows = sorted(found.items(), key=lambda item: item[0])
    sort = call.parameters.find_text("sort_field")
    if sort is not None:
        if sort not in METRICS:
            raise invalid("sort_field", "Must be a metric that is a number")
        formula = METRICS[sort]
        is_down = call.parameters.text("sort_type", "DESC") == "DESC"
        rows.sort(key=lambda row: formula(counts_of(call.world, row[1][0])), reverse=is_down)
    shown, info = one_page(call.parameters, rows, most=MOST_PER_PAGE)
    hours = BUCKET_HOURS.get(time_dimension or "", 0)
    row_as_json: list[Data] = []
    for (key, bucket), (values, ad) in shown:
        dimensions = dict(zip(names, key, strict=True))
        if time_dimension is not None:
            dimensions[time_dimension] = bucket_text(bucket, hours)
        counts = counts_of(call.world, values)
        row_as_json.append(
            {
                "dimensions": dimensions,
                "metrics": {
                    name: metric_text(name, counts)
                    if name in METRICS
                    else attribute(call.world, ad, name)
                    for name in metrics
                },
            }
        )
    data: dict[str, object] = {"list": row_as_json, "page_info": info}
    if call.parameters.boolean("enable_total_metrics"):
        whole = counts_of(call.world, total(values for _, (values, _) in rows))
        data["total_metrics"] = {
            name: metric_text(name, whole) if name in METRICS else "-" for name in metrics
        }
    return data


def _sku_spu(store: Store, sku: str) -> str:
    return next((spu for spu, owned in store.spu_ids.items() if owned == sku), "-1")


def _dimension(world: World, store: Store, name: str, ad: Ad) -> str:
    if name == "item_group_id":
        return _sku_spu(store, world.state.posts[ad.item_id].sku)
    return {
        "advertiser_id": ad.advertiser_id,
        "campaign_id": ad.campaign_id,
        "item_id": ad.item_id,
        "room_id": "-1",
    }[name]


NAMES = ("advertiser_id", "campaign_id", "item_group_id", "item_id", "room_id")


def _dimensions(call: Call) -> tuple[list[str], str | None]:
    given = [str(name) for name in call.parameters.items("dimensions")]
    times = [name for name in given if name in BUCKET_HOURS]
    names = [name for name in given if name not in BUCKET_HOURS]
    if any(name not in NAMES for name in names) or len(set(given)) != len(given):
        raise invalid(
            "dimensions", f"Must be different ones of {', '.join([*NAMES, *BUCKET_HOURS])}"
        )
    if len(times) > 1 or not names:
        raise invalid("dimensions", "At least one object and at most one time")
    return names, times[0] if times else None


def _key_of(call: Call, store: Store, names: list[str]) -> Callable[[Ad], tuple[str, ...] | None]:
    world = call.world
    filtering = call.parameters.mapping("filtering")
    wanted = {
        name: set(filtering.ids(f"{name}s", most=100))
        for name in ("campaign_id", "item_group_id", "item_id", "room_id")
        if f"{name}s" in filtering
    }
    words = filtering.text("campaign_name", "").lower()
    statuses = filtering.items("creative_delivery_statuses")

    def key_of(ad: Ad) -> tuple[str, ...] | None:
        campaign = world.state.campaigns[ad.campaign_id]
        if campaign.kind != "gmv_max" or campaign.fields.get("store_id") != store.store_id:
            return None
        if any(_dimension(world, store, name, ad) not in ids_ for name, ids_ in wanted.items()):
            return None
        if words not in str(campaign.fields.get("campaign_name")).lower():
            return None
        if statuses and delivery_status(world, ad) not in statuses:
            return None
        return tuple(_dimension(world, store, name, ad) for name in names)

    return key_of


def metric_text(name: str, counts: dict[str, int]) -> str:
    value = METRICS[name](counts)
    if isinstance(value, int):
        return str(value)
    return str(value.quantize(Decimal("0.01"), ROUND_HALF_UP))


def attribute(world: World, ad: Ad, name: str) -> str:
    """A name or setting of what the row is about."""
    campaign = world.state.campaigns[ad.campaign_id]
    post = world.state.posts[ad.item_id]
    values: dict[str, object] = {
        "operation_status": campaign.operation_status,
        "currency": world.state.advertisers[ad.advertiser_id].currency,
        "title": post.caption,
        "tt_account_name": world.creator_of(post).handle,
        "creative_delivery_status": delivery_status(world, ad),
        "shop_content_type": post.item_type,
        "target_roi_budget": campaign.fields.get("budget"),
        "bid_type": campaign.fields.get("deep_bid_type"),
    }
    found = values.get(name, campaign.fields.get(name))
    return str(found) if found is not None else "-"


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="GET",
        path="/gmv_max/report/get/",
        handler=report,
        section="8.6",
        takes=(
            ACCOUNT,
            ids("store_ids", required=True, most=1),
            many("dimensions", required=True, least=1, most=MOST_DIMENSIONS),
            many("metrics", required=True, least=1, most=MOST_METRICS),
            day("start_date", required=True),
            day("end_date", required=True),
            boolean("enable_total_metrics"),
            record(
                "filtering",
                ids("campaign_ids", most=100),
                ids("item_group_ids", most=100),
                ids("item_ids", most=100),
                ids("room_ids", most=100),
                text("campaign_name", most=512),
                many("campaign_statuses"),
                many("creative_types"),
                many("gmv_max_promotion_types", choice("type", "PRODUCT", "LIVE")),
                many("creative_delivery_statuses", choice("status", *STATUSES)),
                text("search_word", most=512),
            ),
            text("sort_field", most=100),
            choice("sort_type", "ASC", "DESC"),
            integer("page", low=1, high=10_000_000),
            integer("page_size", low=1, high=MOST_PER_PAGE),
        ),
        limits="No LIVE rooms, product cards or halo sales",
    ),
)
