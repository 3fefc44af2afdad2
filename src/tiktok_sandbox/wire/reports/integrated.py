"""`report/integrated/get`: synchronous reports. Source: tiktok-api.md §11 (1740302848100353)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from tiktok_sandbox.wire.protocol.calls import Call, Data, Endpoint, one_page
from tiktok_sandbox.wire.protocol.errors import missing
from tiktok_sandbox.wire.protocol.fields import boolean, choice, pages, text
from tiktok_sandbox.wire.protocol.parameters import Parameters, time_text
from tiktok_sandbox.wire.reports.metrics import (
    NOT_ADDABLE,
    RowCounts,
    counts_of,
    is_metric,
    metric_text,
)
from tiktok_sandbox.wire.reports.queries import (
    ID_FILTERS,
    ID_OF,
    MOST_ADVERTISERS,
    SELECTORS,
    STATUS_FILTERS,
    TEXT_FILTERS,
    Filter,
    ReportQuery,
    read_query,
)
from tiktok_sandbox.wire.reports.sums import (
    BUCKET_HOURS,
    UNIX,
    Grouped,
    grouped,
    no_measures,
    number_of,
    total,
)
from tiktok_sandbox.world.ads.statuses import ad_status, adgroup_status, campaign_status, primary
from tiktok_sandbox.world.delivery.measures import bucket_text
from tiktok_sandbox.world.randomness.columns import IntArray
from tiktok_sandbox.world.state.entities import Ad, Advertiser
from tiktok_sandbox.world.world import World

MOST_IDS = 20_000
POST_LATENCY = timedelta(hours=16)
# "10-12 hours late" (§17).
AUDIENCE_LATENCY = timedelta(hours=11)
THROTTLE_HEADER = "X-Tt-Ads-Throttle"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row: its dimensions, sums of MEASURES, and an ad to read attributes from."""

    account: Advertiser
    dimensions: dict[str, str]
    values: IntArray
    ad: Ad


def integrated(call: Call) -> Data:
    accounts = accounts_of(call)
    query = read_query(call.parameters)
    if query.id_dimension is not None and any(
        _has_too_many(call.world, account) for account in accounts
    ):
        call.headers[THROTTLE_HEADER] = "true"
    rows = call.cached(lambda: answer(call.world, accounts, query, in_utc=_is_in_utc(call)))
    shown, info = one_page(call.parameters, rows, most=1000)
    is_many = "advertiser_ids" in call.parameters
    data: dict[str, object] = {
        "list": call.cached_page(
            lambda: [row_as_json(call.world, query, row, is_many=is_many) for row in shown]
        ),
        "page_info": info,
    }
    if call.parameters.boolean("enable_total_metrics"):
        data["total_metrics"] = totals(call.world, query, rows)
    return data


def _has_too_many(world: World, account: Advertiser) -> bool:
    """Are there more ids than a query takes?"""
    return len(world.find.ads_of_account(account.advertiser_id)) > MOST_IDS


def accounts_of(call: Call) -> list[Advertiser]:
    """The ad accounts a report is about. Raises WireError."""
    given: Parameters = call.parameters
    if "advertiser_ids" in given:
        numbers = given.ids("advertiser_ids", most=MOST_ADVERTISERS, least=1)
        return [call.permitted(number) for number in dict.fromkeys(numbers)]
    if "advertiser_id" not in given:
        raise missing("advertiser_id")
    return [call.advertiser()]


def _is_in_utc(call: Call) -> bool:
    return "advertiser_ids" in call.parameters and call.parameters.boolean(
        "multi_adv_report_in_utc_time"
    )


def answer(
    world: World, accounts: list[Advertiser], query: ReportQuery, *, in_utc: bool = False
) -> list[Row]:
    """All rows: by account, object and time, or in the order asked for."""
    rows: list[Row] = []
    for account in accounts:
        rows += _rows_of(world, account, query, in_utc=in_utc)
    for condition in query.filters:
        if is_metric(condition.name):
            rows = [row for row in rows if condition.fits(_plain(world, condition.name, row))]
    order = query.order
    if order is not None:
        rows.sort(
            key=lambda row: number_of(world, order, row.values), reverse=not query.is_ascending
        )
    return rows


def _plain(world: World, name: str, row: Row) -> str:
    return metric_text(name, RowCounts(world, row.values))


def _rows_of(world: World, account: Advertiser, query: ReportQuery, *, in_utc: bool) -> list[Row]:
    selection = Selection(world, account, query)
    groups = grouped(
        world,
        advertiser_id=account.advertiser_id,
        key_of=selection.key_of,
        time_dimension=query.time_dimension,
        first=query.first,
        last=query.last,
        audience=query.audience,
        in_utc=in_utc,
        at=_known_until(world, query),
    )
    is_daily = query.time_dimension == "stat_time_day"
    if world.behaviour.zero_rows == "present" and is_daily and not query.audience:
        _fill(world, groups, account, query, selection)
    own = [] if query.id_dimension is None else [query.id_dimension]
    names = [*own, *query.of_ad, *query.audience]
    rows = []
    hours = BUCKET_HOURS.get(query.time_dimension or "", 0)
    for (key, bucket), (values, ad) in sorted(groups.items(), key=lambda item: item[0]):
        dimensions = dict(zip(names, key, strict=True))
        if query.time_dimension is not None:
            dimensions[query.time_dimension] = bucket_text(bucket, hours)
        rows.append(Row(account=account, dimensions=dimensions, values=values, ad=ad))
    return rows


def _known_until(world: World, query: ReportQuery) -> datetime | None:
    """When figures of this kind end, None for the family's own delay."""
    if "post_id" in query.of_ad:
        return world.now - POST_LATENCY
    return world.now - AUDIENCE_LATENCY if query.is_audience else None


class Selection:
    """Which ads of an account a question is about; statuses are looked up once per object."""

    def __init__(self, world: World, account: Advertiser, query: ReportQuery) -> None:
        self._world, self._query = world, query
        self._statuses: dict[str, str] = {}
        self._asked = {condition.name: condition for condition in query.named(STATUS_FILTERS)}
        self._ids = [(ID_OF[ID_FILTERS[c.name]], set(c.values)) for c in query.named(ID_FILTERS)]
        self._texts = query.named(TEXT_FILTERS)
        self._newest = self._newest_ids(account)

    def _newest_ids(self, account: Advertiser) -> set[str] | None:
        """The newest ids, when there are more than a query takes."""
        ads = self._world.find.ads_of_account(account.advertiser_id)
        if len(ads) <= MOST_IDS or self._query.id_dimension is None:
            return None
        id_of = ID_OF[self._query.id_dimension]
        found: set[str] = set()
        for ad in reversed(ads):
            if len(found) >= MOST_IDS:
                break
            found.add(id_of(ad))
        return found

    def key_of(self, ad: Ad) -> tuple[str, ...] | None:
        """The row's key of this ad, or None when the ad is not asked for."""
        named = self._query.id_dimension
        number = "" if named is None else ID_OF[named](ad)
        if self._newest is not None and number not in self._newest:
            return None
        if any(id_of(ad) not in wanted for id_of, wanted in self._ids):
            return None
        if not self._has_status(ad) or not all(self._fits(ad, each) for each in self._texts):
            return None
        more = {"ad_type": ad_type(ad), "post_id": ad.item_id}
        own = () if named is None else (number,)
        return (*own, *(more[name] for name in self._query.of_ad))

    def _fits(self, ad: Ad, condition: Filter) -> bool:
        return condition.fits(text_of(self._world, ad, condition.name))

    def _has_status(self, ad: Ad) -> bool:
        """Status filters of the levels a row has; deleted objects need to be asked for."""
        for name in levels_of(self._query.id_dimension):
            condition = self._asked.get(name)
            if condition is None:
                if _is_deleted(self._world, ad, name):
                    return False
                continue
            status = self._status(ad, name)
            if "STATUS_ALL" in condition.values or status in condition.values:
                continue
            if "STATUS_NOT_DELETE" in condition.values and status != "STATUS_DELETE":
                continue
            return False
        return True

    def _status(self, ad: Ad, name: str) -> str:
        number = {"ad_status": ad.ad_id, "adgroup_status": ad.adgroup_id}.get(name, ad.campaign_id)
        if number not in self._statuses:
            self._statuses[number] = primary(_secondary(self._world, ad, name))
        return self._statuses[number]


def levels_of(id_dimension: str | None) -> tuple[str, ...]:
    """Status filters of the object a row is about and of what it lies in, not of its parts."""
    if id_dimension in ("ad_id", "ad_id_v2"):
        return ("ad_status", "adgroup_status", "campaign_status")
    if id_dimension == "adgroup_id":
        return ("adgroup_status", "campaign_status")
    return ("campaign_status",) if id_dimension == "campaign_id" else ()


def _secondary(world: World, ad: Ad, name: str) -> str:
    if name == "ad_status":
        return ad_status(world, ad)
    if name == "adgroup_status":
        return adgroup_status(world, world.state.adgroups[ad.adgroup_id])
    return campaign_status(world, world.state.campaigns[ad.campaign_id])


def _is_deleted(world: World, ad: Ad, name: str) -> bool:
    if name == "ad_status":
        return ad.is_deleted
    if name == "adgroup_status":
        return world.state.adgroups[ad.adgroup_id].is_deleted
    return world.state.campaigns[ad.campaign_id].is_deleted


def ad_type(ad: Ad) -> str:
    """The dimension's value; the words are unverified."""
    if not ad.is_push:
        return "SPARK_ADS_PULL"
    return "NON_SPARK_ADS" if ad.identity_type == "CUSTOMIZED_USER" else "SPARK_ADS_PUSH"


def text_of(world: World, ad: Ad, name: str) -> str:
    """What a text filter compares."""
    campaign = world.state.campaigns[ad.campaign_id].fields
    adgroup = world.state.adgroups[ad.adgroup_id].fields
    fixed = {"buying_type": "AUCTION", "image_mode": image_mode(ad)}
    if name in fixed:
        return fixed[name]
    if name == "create_time":
        return str(time_text(ad.created_at))
    for fields in (ad.fields, adgroup, campaign):
        if name in fields:
            return str(fields[name])
    return ""


def image_mode(ad: Ad) -> str:
    return "VIDEO_VERTICAL" if ad.fields.get("ad_format") == "SINGLE_VIDEO" else "CAROUSEL"


def _fill(
    world: World,
    groups: Grouped,
    account: Advertiser,
    query: ReportQuery,
    selection: Selection,
) -> None:
    """Rows of zeros for every object on every day it existed."""
    zone = world.zone(account.advertiser_id)
    today = (world.now.astimezone(zone).date() - UNIX).days
    for ad in world.find.ads_of_account(account.advertiser_id):
        key = selection.key_of(ad)
        if key is None or query.first is None or query.last is None:
            continue
        born = (ad.created_at.astimezone(zone).date() - UNIX).days
        for day in range(max(query.first, born), min(query.last, today) + 1):
            groups.setdefault((key, day), (no_measures(), ad))


def row_as_json(world: World, query: ReportQuery, row: Row, *, is_many: bool) -> dict[str, object]:
    counts = RowCounts(world, row.values)
    metrics: dict[str, str] = {}
    for name in query.metrics:
        if is_metric(name):
            metrics[name] = metric_text(name, counts)
        else:
            metrics[name] = attribute(world, row, name, query.id_dimension)
    if is_many:
        metrics |= {
            "advertiser_id": row.account.advertiser_id,
            "timezone": row.account.timezone,
            "currency": row.account.currency,
        }
    return {"dimensions": row.dimensions, "metrics": metrics}


def attribute(world: World, row: Row, name: str, dimension: str | None) -> str:
    """An attribute metric; "-" where it does not belong to the row's level."""
    ad = row.ad
    levels = ["ad_id", "adgroup_id", "campaign_id", "advertiser_id"]
    if name == "currency":
        return row.account.currency
    adgroup = world.state.adgroups[ad.adgroup_id].fields
    campaign = world.state.campaigns[ad.campaign_id]
    sources: dict[str, tuple[str, object]] = {
        "ad_id": ("ad_id", ad.ad_id),
        "ad_name": ("ad_id", ad.fields.get("ad_name")),
        "ad_text": ("ad_id", world.state.posts[ad.item_id].caption),
        "image_mode": ("ad_id", image_mode(ad)),
        "is_aco": ("ad_id", "false"),
        "is_smart_creative": ("ad_id", "false"),
        "call_to_action": ("ad_id", ad.fields.get("call_to_action")),
        "opt_status": ("ad_id", ad.operation_status),
        "adgroup_id": ("adgroup_id", ad.adgroup_id),
        "bid": ("adgroup_id", adgroup.get("conversion_bid_price") or adgroup.get("bid_price")),
        "bid_strategy": ("adgroup_id", adgroup.get("bid_type")),
        "campaign_id": ("campaign_id", ad.campaign_id),
        "campaign_budget": ("campaign_id", campaign.fields.get("budget")),
        "campaign_automation_type": ("campaign_id", _automation(campaign.kind)),
        "rf_campaign_type": ("campaign_id", "STANDARD"),
        "app_promotion_type": ("campaign_id", campaign.fields.get("app_promotion_type")),
    }
    for field in ("adgroup_name", "promotion_type", "placement_type", "budget", "billing_event"):
        sources[field] = ("adgroup_id", adgroup.get(field))
    for field in ("campaign_name", "objective_type"):
        sources[field] = ("campaign_id", campaign.fields.get(field))
    level, value = sources.get(name, ("advertiser_id", None))
    own = {"ad_id_v2": "ad_id", None: "advertiser_id"}.get(dimension, str(dimension))
    if levels.index(level) < levels.index(own) or value is None:
        return "-"
    return str(value)


def _automation(kind: str) -> str:
    return {"smart_plus": "UPGRADED_SMART_PLUS", "gmv_max": "GMV_MAX"}.get(kind, "MANUAL")


def totals(world: World, query: ReportQuery, rows: list[Row]) -> Data:
    """The metrics of all rows together; "-" where they cannot be added."""
    counts = counts_of(world, total(row.values for row in rows))
    return {
        name: metric_text(name, counts) if is_metric(name) and name not in NOT_ADDABLE else "-"
        for name in query.metrics
    }


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="GET",
        path="/report/integrated/get/",
        handler=integrated,
        section="11.1",
        takes=(
            *SELECTORS,
            text("bc_id", most=32),
            boolean("enable_total_metrics"),
            boolean("multi_adv_report_in_utc_time"),
            choice("query_mode", "REGULAR", "CHUNK"),
            *pages(most=1000),
        ),
        limits=(
            "BASIC, AUDIENCE and TT_SHOP; dimensions: ids, times, country_code, ad_type, post_id, "
            "gender, age (both together), platform, province_id, language, placement, "
            "interest_category; of the last five the shares are samples"
        ),
    ),
)
