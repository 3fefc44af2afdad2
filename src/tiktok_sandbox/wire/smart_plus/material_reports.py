"""`smart_plus/material_report/*`: what each creative of Smart+ ads did. Source: §8.5."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from tiktok_sandbox.wire.protocol.calls import Call, Data, Endpoint, one_page
from tiktok_sandbox.wire.protocol.errors import invalid
from tiktok_sandbox.wire.protocol.fields import (
    Field,
    boolean,
    choice,
    day,
    ids,
    integer,
    many,
    record,
    text,
)
from tiktok_sandbox.wire.reports.metrics import counts_of, is_metric, metric_text
from tiktok_sandbox.wire.reports.sums import grouped, number_of, read_days
from tiktok_sandbox.world.delivery.measures import bucket_text
from tiktok_sandbox.world.state.entities import Ad
from tiktok_sandbox.world.world import World

MOST_DAYS, MOST_PER_PAGE = 365, 100
ACCOUNT = text("advertiser_id", required=True, most=32)
TYPES = (
    "VIDEO",
    "VIDEO_SPARK_ADS",
    "CAROUSEL",
    "CAROUSEL_SPARK_ADS",
)
DAY = "stat_time_day"
ATTRIBUTES = (
    "main_material_type",
    "ad_material_id",
    "identity_id",
    "identity_type",
    "tiktok_item_id",
    "tiktok_name",
    "video_id",
    "ad_text",
    "call_to_action",
    "smart_plus_ad_name",
    "campaign_name",
    "adgroup_name",
)
FILTERS = {
    "campaign_ids": "campaign_id",
    "adgroup_ids": "adgroup_id",
    "smart_plus_ad_ids": "smart_plus_ad_id",
    "main_material_ids": "main_material_id",
    "ad_text_entity_ids": "ad_text_entity_id",
    "call_to_action_entity_ids": "call_to_action_entity_id",
    "interactive_add_on_entity_ids": "interactive_add_on_entity_id",
}


def _entity(words: object) -> str:
    """The id of a text or a call to action: equal words are one entity."""
    if not words:
        return "0"
    digest = hashlib.blake2b(str(words).encode(), digest_size=7).digest()
    return f"18{int.from_bytes(digest, 'big') % 10**17:017d}"


def material_id(world: World, ad: Ad) -> str:
    """A Spark creative is its post, an upload its file."""
    video = world.state.videos.get(str(ad.fields.get("video_id")))
    return video.material_id if ad.is_push and video is not None else ad.item_id


def material_type(ad: Ad) -> str:
    kind = "VIDEO" if ad.fields.get("ad_format") == "SINGLE_VIDEO" else "CAROUSEL"
    return kind if ad.is_push else f"{kind}_SPARK_ADS"


DIMENSIONS: dict[str, Callable[[World, Ad], str]] = {
    "advertiser_id": lambda world, ad: ad.advertiser_id,
    "campaign_id": lambda world, ad: ad.campaign_id,
    "adgroup_id": lambda world, ad: ad.adgroup_id,
    "smart_plus_ad_id": lambda world, ad: str(ad.smart_plus_ad_id),
    "main_material_id": material_id,
    "ad_text_entity_id": lambda world, ad: _entity(ad.fields.get("ad_text")),
    "call_to_action_entity_id": lambda world, ad: _entity(ad.fields.get("call_to_action")),
    "interactive_add_on_entity_id": lambda world, ad: "0",
}


def overview(call: Call) -> Data:
    return _report(call, least=2, most=2)


def breakdown(call: Call) -> Data:
    return _report(call, least=1, most=5)


def _report(call: Call, *, least: int, most: int) -> Data:
    account = call.advertiser()
    names, has_days = _dimensions(call, least=least, most=most)
    metrics = [str(name) for name in call.parameters.items("metrics")] or ["spend", "impressions"]
    unknown = [name for name in metrics if not is_metric(name) and name not in ATTRIBUTES]
    if unknown:
        raise invalid("metrics", f"Invalid metric: {', '.join(unknown)}")
    is_lifetime = call.parameters.boolean("query_lifetime")
    first, last = (None, None) if is_lifetime else read_days(call.parameters, most=MOST_DAYS)
    if is_lifetime and has_days:
        raise invalid("query_lifetime", "Cannot be used with a time dimension")
    found = grouped(
        call.world,
        advertiser_id=account.advertiser_id,
        key_of=_key_of(call, names),
        time_dimension=DAY if has_days else None,
        first=first,
        last=last,
    )
    rows = sorted(found.items(), key=lambda item: item[0])
    sort_field = call.parameters.find_text("sort_field")
    if sort_field is not None:
        if not is_metric(sort_field):
            raise invalid("sort_field", "Must be a metric that is a number")
        is_down = call.parameters.text("sort_type", "DESC") == "DESC"
        rows.sort(key=lambda row: number_of(call.world, sort_field, row[1][0]), reverse=is_down)
    shown, info = one_page(call.parameters, rows, most=MOST_PER_PAGE)
    row_as_json = []
    for (key, bucket), (values, ad) in shown:
        counts = counts_of(call.world, values)
        own = dict(zip(names, key, strict=True))
        row_as_json.append(
            {
                "dimensions": own | ({DAY: bucket_text(bucket, 24)} if has_days else {}),
                "metrics": {
                    name: metric_text(name, counts)
                    if is_metric(name)
                    else attribute(call.world, ad, name)
                    for name in metrics
                },
            }
        )
    return {"list": row_as_json, "page_info": info}


def _dimensions(call: Call, *, least: int, most: int) -> tuple[list[str], bool]:
    given = [str(name) for name in call.parameters.items("dimensions")]
    unknown = [name for name in given if name not in DIMENSIONS and name != DAY]
    if unknown or len(set(given)) != len(given):
        accepted = ", ".join([*DIMENSIONS, DAY])
        raise invalid("dimensions", f"Must be different ones of {accepted}")
    if not least <= len(given) <= most:
        raise invalid("dimensions", f"{least} to {most} dimensions")
    names = [name for name in given if name != DAY]
    if not names:
        raise invalid("dimensions", "At least one dimension beside the time")
    return names, DAY in given


def _key_of(call: Call, names: list[str]) -> Callable[[Ad], tuple[str, ...] | None]:
    world = call.world
    filtering = call.parameters.mapping("filtering")
    wanted = {
        dimension: set(filtering.ids(name, most=100))
        for name, dimension in FILTERS.items()
        if name in filtering
    }
    types = filtering.items("main_material_types")

    def key_of(ad: Ad) -> tuple[str, ...] | None:
        if ad.smart_plus_ad_id is None or (types and material_type(ad) not in types):
            return None
        if any(DIMENSIONS[name](world, ad) not in numbers for name, numbers in wanted.items()):
            return None
        return tuple(DIMENSIONS[name](world, ad) for name in names)

    return key_of


def attribute(world: World, ad: Ad, name: str) -> str:
    """What the creative is; "-" for what it has not."""
    smart = world.state.smart_plus_ads[str(ad.smart_plus_ad_id)]
    post = world.state.posts[ad.item_id]
    values: dict[str, object] = {
        "main_material_type": material_type(ad),
        "ad_material_id": ad.ad_material_id,
        "identity_id": ad.identity_id,
        "identity_type": ad.identity_type,
        "tiktok_item_id": ad.item_id if not ad.is_push else None,
        "tiktok_name": world.creator_of(post).handle,
        "video_id": ad.fields.get("video_id"),
        "ad_text": ad.fields.get("ad_text"),
        "call_to_action": ad.fields.get("call_to_action"),
        "smart_plus_ad_name": smart.fields.get("ad_name"),
        "campaign_name": world.state.campaigns[ad.campaign_id].fields.get("campaign_name"),
        "adgroup_name": world.state.adgroups[ad.adgroup_id].fields.get("adgroup_name"),
    }
    found = values[name]
    return str(found) if found is not None else "-"


def _takes(*, least: int, most: int) -> tuple[Field, ...]:
    return (
        ACCOUNT,
        many("dimensions", required=True, least=least, most=most),
        many("metrics", most=100),
        day("start_date"),
        day("end_date"),
        record(
            "filtering",
            *(ids(name, most=100) for name in FILTERS),
            many("main_material_types", choice("type", *TYPES)),
        ),
        text("sort_field", most=100),
        choice("sort_type", "ASC", "DESC"),
        integer("page", low=1, high=10_000_000),
        integer("page_size", low=1, high=MOST_PER_PAGE),
    )


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="GET",
        path="/smart_plus/material_report/overview/",
        handler=overview,
        section="8.5",
        takes=(*_takes(least=2, most=2), boolean("query_lifetime")),
        limits="A creative has one text and one action",
    ),
    Endpoint(
        method="GET",
        path="/smart_plus/material_report/breakdown/",
        handler=breakdown,
        section="8.5",
        takes=_takes(least=1, most=5),
        limits="A creative has one text and one action; accepted dimensions are our reading",
    ),
)
