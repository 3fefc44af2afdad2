"""`report/integrated/get`: BASIC auction reports. Source: tiktok-api.md §11 (1740302848100353)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np

from tiktok_sandbox.wire.calls import Call, Data, Endpoint, page_info
from tiktok_sandbox.wire.errors import invalid, missing
from tiktok_sandbox.wire.metrics import NOT_ADDABLE, counts_of, is_metric, metric_text
from tiktok_sandbox.wire.parameters import Parameters
from tiktok_sandbox.world.entities import Ad, Advertiser
from tiktok_sandbox.world.measures import MEASURES, bucket_text, delivery_sums
from tiktok_sandbox.world.randomness import IntArray
from tiktok_sandbox.world.statuses import ad_status, adgroup_status, campaign_status, primary
from tiktok_sandbox.world.world import World

ID_OF: dict[str, Callable[[Ad], str]] = {
    "ad_id": lambda ad: ad.ad_id,
    "adgroup_id": lambda ad: ad.adgroup_id,
    "campaign_id": lambda ad: ad.campaign_id,
    "advertiser_id": lambda ad: ad.advertiser_id,
}
LEVELS = {
    "AUCTION_AD": "ad_id",
    "AUCTION_ADGROUP": "adgroup_id",
    "AUCTION_CAMPAIGN": "campaign_id",
    "AUCTION_ADVERTISER": "advertiser_id",
}
BUCKET_HOURS = {"stat_time_hour": 1, "stat_time_day": 24}
# Longest span in days, both ends counted, by time dimension.
MOST_DAYS = {"stat_time_hour": 1, "stat_time_day": 30, None: 365}
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
)
ID_FILTERS = {"campaign_ids": "campaign_id", "adgroup_ids": "adgroup_id", "ad_ids": "ad_id"}
STATUS_FILTERS = ("campaign_status", "adgroup_status", "ad_status")
MOST_ADVERTISERS = 5
UNIX = date(1970, 1, 1)

Row = tuple[dict[str, str], IntArray, Ad]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A checked report request. first and last are local days since 1970, both included."""

    id_dimension: str
    time_dimension: str | None
    metrics: list[str]
    first: int | None
    last: int | None
    filters: dict[str, list[str]]


def integrated(call: Call) -> Data:
    accounts = _accounts(call)
    question = read_question(call.parameters)
    rows: list[tuple[Advertiser, Row]] = []
    for account in accounts:
        rows += [(account, row) for row in answer(call.world, account, question)]
    order = call.parameters.find_text("order_field")
    if order is not None:
        if order not in question.metrics or order in ATTRIBUTES:
            raise invalid("order_field", "Must be one of the requested, sortable metrics")
        is_up = call.parameters.choice("order_type", ("ASC", "DESC"), "DESC") == "ASC"
        rows.sort(key=lambda r: float(metric_text(order, counts_of(r[1][1]))), reverse=not is_up)
    page = call.parameters.integer("page", 1, low=1, high=10_000_000)
    size = call.parameters.integer("page_size", 10, low=1, high=1000)
    is_many = "advertiser_ids" in call.parameters
    shown = rows[(page - 1) * size : page * size]
    data: dict[str, object] = {
        "list": [
            _printed(call.world, question, account, row, is_many=is_many) for account, row in shown
        ],
        "page_info": page_info(page, size, len(rows)),
    }
    if call.parameters.boolean("enable_total_metrics"):
        data["total_metrics"] = _totals(question, [row for _, row in rows])
    return data


def _accounts(call: Call) -> list[Advertiser]:
    if "advertiser_ids" in call.parameters:
        ids = call.parameters.ids("advertiser_ids", most=MOST_ADVERTISERS, least=1)
        return [call.permitted(number) for number in ids]
    return [call.advertiser()]


def read_question(given: Parameters) -> Question:
    """Check the selectors. Raises WireError."""
    given.require("report_type", "dimensions")
    if given.text("report_type") != "BASIC":
        raise invalid("report_type", "Only BASIC is simulated")
    given.choice("service_type", ("AUCTION",), "AUCTION")
    id_dimension, time_dimension = _dimensions(given)
    metrics = [str(name) for name in given.items("metrics")] or ["spend", "impressions"]
    unknown = [name for name in metrics if not is_metric(name) and name not in ATTRIBUTES]
    if unknown:
        raise invalid("metrics", f"Invalid metric: {', '.join(unknown)}")
    first, last = _days(given, time_dimension)
    return Question(
        id_dimension=id_dimension,
        time_dimension=time_dimension,
        metrics=metrics,
        first=first,
        last=last,
        filters=_filters(given),
    )


def _dimensions(given: Parameters) -> tuple[str, str | None]:
    dimensions = [str(name) for name in given.items("dimensions")]
    level = given.choice("data_level", LEVELS)
    times = [name for name in dimensions if name in BUCKET_HOURS]
    ids = [name for name in dimensions if name in ID_OF]
    others = set(dimensions) - set(times) - set(ids)
    if others:
        raise invalid("dimensions", f"Not simulated: {', '.join(sorted(others))}")
    if len(ids) != 1 or ids[0] != LEVELS[level]:
        raise invalid("dimensions", f"{level} needs exactly the id dimension {LEVELS[level]}")
    if len(times) > 1:
        raise invalid("dimensions", "At most one time dimension")
    return ids[0], times[0] if times else None


def _days(given: Parameters, time_dimension: str | None) -> tuple[int | None, int | None]:
    if given.boolean("query_lifetime"):
        if time_dimension is not None:
            raise invalid("query_lifetime", "Cannot be used with a time dimension")
        return None, None
    for name in ("start_date", "end_date"):
        if name not in given:
            raise missing(name)
    first, last = given.day("start_date"), given.day("end_date")
    if last < first:
        raise invalid("end_date", "Lies before start_date")
    most = MOST_DAYS[time_dimension]
    if (last - first).days + 1 > most:
        raise invalid("start_date", f"The span must not exceed {most} day(s)")
    return (first - UNIX).days, (last - UNIX).days


def _filters(given: Parameters) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for entry in given.items("filtering"):
        if not isinstance(entry, dict):
            raise invalid("filtering", "Each entry is an object")
        item = Parameters(entry, is_query=True)
        item.require("field_name", "filter_type", "filter_value")
        name = item.text("field_name")
        if name not in (*ID_FILTERS, *STATUS_FILTERS):
            raise invalid("filtering", f"Not simulated: {name}")
        item.choice("filter_type", ("IN",))
        if not isinstance(item.raw("filter_value"), str):
            raise invalid("filtering", "filter_value is a string that holds a JSON array")
        found[name] = [str(value) for value in item.items("filter_value")]
    return found


def answer(world: World, account: Advertiser, question: Question) -> list[Row]:
    """Rows of one account: dimensions, sums of MEASURES, and an ad to read attributes from."""
    hours = BUCKET_HOURS.get(question.time_dimension or "", 0)
    # Without a time dimension a span of days still has to be cut out by the day.
    size = hours or (0 if question.first is None else 24)
    sums = delivery_sums(world, advertiser_id=account.advertiser_id, hours_per_bucket=size)
    ads = list(world.state.ads.values())
    wanted = {ad.number for ad in ads if _is_wanted(world, ad, question)}
    groups: dict[tuple[str, int], tuple[IntArray, Ad]] = {}
    for (number, bucket), values in sums.items():
        day = bucket // 24 if size == 1 else bucket
        if number not in wanted or not _is_within(day, question):
            continue
        ad = ads[number]
        _join(groups, (ID_OF[question.id_dimension](ad), bucket if hours else 0), values, ad)
    if world.behaviour.zero_rows == "present" and hours == 24:
        _fill(world, groups, [ad for ad in ads if ad.number in wanted], account, question)
    rows = []
    for (object_id, bucket), (values, ad) in sorted(groups.items(), key=lambda item: item[0]):
        dimensions = {question.id_dimension: object_id}
        if question.time_dimension is not None:
            dimensions[question.time_dimension] = bucket_text(bucket, hours)
        rows.append((dimensions, values, ad))
    return rows


def _join(
    groups: dict[tuple[str, int], tuple[IntArray, Ad]],
    key: tuple[str, int],
    values: IntArray,
    ad: Ad,
) -> None:
    standing = groups.get(key)
    groups[key] = (values.copy(), ad) if standing is None else (standing[0] + values, standing[1])


def _fill(
    world: World,
    groups: dict[tuple[str, int], tuple[IntArray, Ad]],
    ads: list[Ad],
    account: Advertiser,
    question: Question,
) -> None:
    """Rows of zeros for every object on every day it existed."""
    zone = world.zone(account.advertiser_id)
    today = (world.now.astimezone(zone).date() - UNIX).days
    for ad in ads:
        if ad.advertiser_id != account.advertiser_id or question.first is None:
            continue
        born = (ad.created_at.astimezone(zone).date() - UNIX).days
        for day in range(max(question.first, born), min(question.last or today, today) + 1):
            key = (ID_OF[question.id_dimension](ad), day)
            groups.setdefault(key, (np.zeros(len(MEASURES), dtype=np.int64), ad))


def _is_within(day: int, question: Question) -> bool:
    if question.first is None or question.last is None:
        return True
    return question.first <= day <= question.last


def _is_wanted(world: World, ad: Ad, question: Question) -> bool:
    """Id filters, and status filters; deleted objects need to be asked for."""
    for name, dimension in ID_FILTERS.items():
        if name in question.filters and ID_OF[dimension](ad) not in question.filters[name]:
            return False
    statuses = _statuses(world, ad, question.id_dimension)
    for name in STATUS_FILTERS:
        asked = question.filters.get(name)
        if asked is None:
            if statuses.get(name) == "STATUS_DELETE":
                return False
        elif not _fits(statuses.get(name) or "", asked):
            return False
    return True


def _fits(status: str, asked: list[str]) -> bool:
    if "STATUS_ALL" in asked or status in asked:
        return True
    return "STATUS_NOT_DELETE" in asked and status != "STATUS_DELETE"


def _statuses(world: World, ad: Ad, dimension: str) -> dict[str, str]:
    """Primary statuses of the object a row is about, not of what lies inside it."""
    found: dict[str, str] = {}
    if dimension == "ad_id":
        found["ad_status"] = primary(ad_status(world, ad))
    if dimension in ("ad_id", "adgroup_id"):
        group = world.state.adgroups[ad.adgroup_id]
        found["adgroup_status"] = primary(adgroup_status(world, group))
    if dimension != "advertiser_id":
        campaign = world.state.campaigns[ad.campaign_id]
        found["campaign_status"] = primary(campaign_status(world, campaign))
    return found


def _printed(
    world: World, question: Question, account: Advertiser, row: Row, *, is_many: bool
) -> Data:
    dimensions, values, ad = row
    counts = counts_of(values)
    metrics: dict[str, str] = {}
    for name in question.metrics:
        if is_metric(name):
            metrics[name] = metric_text(name, counts)
        else:
            metrics[name] = attribute(world, account, ad, name, question.id_dimension)
    if is_many:
        metrics |= {
            "advertiser_id": account.advertiser_id,
            "timezone": account.timezone,
            "currency": account.currency,
        }
    return {"dimensions": dimensions, "metrics": metrics}


def attribute(world: World, account: Advertiser, ad: Ad, name: str, dimension: str) -> str:
    """An attribute metric; "-" where it does not belong to the row's level."""
    levels = list(ID_OF)
    if name == "currency":
        return account.currency
    sources: dict[str, tuple[str, object]] = {
        "ad_id": ("ad_id", ad.ad_id),
        "ad_name": ("ad_id", ad.fields.get("ad_name")),
        "ad_text": ("ad_id", world.state.posts[ad.item_id].caption),
        "adgroup_id": ("adgroup_id", ad.adgroup_id),
        "campaign_id": ("campaign_id", ad.campaign_id),
    }
    adgroup = world.state.adgroups[ad.adgroup_id].fields
    campaign = world.state.campaigns[ad.campaign_id].fields
    for field in ("adgroup_name", "promotion_type", "placement_type", "budget"):
        sources[field] = ("adgroup_id", adgroup.get(field))
    for field in ("campaign_name", "objective_type"):
        sources[field] = ("campaign_id", campaign.get(field))
    sources["campaign_budget"] = ("campaign_id", campaign.get("budget"))
    level, value = sources[name]
    if levels.index(level) < levels.index(dimension) or value is None:
        return "-"
    return str(value)


def _totals(question: Question, rows: list[Row]) -> Data:
    whole = np.zeros(len(MEASURES), dtype=np.int64)
    for _, values, _ in rows:
        whole = whole + values
    counts = counts_of(whole)
    return {
        name: metric_text(name, counts) if is_metric(name) and name not in NOT_ADDABLE else "-"
        for name in question.metrics
    }


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="GET",
        path="/report/integrated/get/",
        handler=integrated,
        section="11.1",
        limits="BASIC; id and time dimensions; IN filters on ids and statuses",
    ),
)
