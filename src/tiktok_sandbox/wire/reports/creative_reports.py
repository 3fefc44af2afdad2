"""`creative/report/get`: figures by material of an ad account. Source: [G] creative/report_get.go."""

from __future__ import annotations

from tiktok_sandbox.wire.protocol.calls import Call, Data, Endpoint, one_page
from tiktok_sandbox.wire.protocol.errors import invalid
from tiktok_sandbox.wire.protocol.fields import boolean, choice, day, ids, many, pages, record, text
from tiktok_sandbox.wire.reports.metrics import counts_of, is_metric, metric_text
from tiktok_sandbox.wire.reports.sums import grouped, number_of, read_days
from tiktok_sandbox.world.ads.materials import post_video_id
from tiktok_sandbox.world.state.entities import Ad
from tiktok_sandbox.world.world import World

MATERIALS = ("VIDEO", "IMAGE", "INSTANT_PAGE")
INFO = ("material_id", "video_id", "image_id", "page_id", "material_name", "tiktok_item_id")
DEFAULT_INFO, DEFAULT_METRICS = (
    ("material_id", "video_id", "image_id", "page_id"),
    (
        "impressions",
        "spend",
    ),
)
MOST_PER_PAGE, MOST_DAYS = 1000, 366


def report(call: Call) -> Data:
    account, given = call.advertiser(), call.parameters
    kind = given.choice("material_type", MATERIALS, "VIDEO")
    names = [str(name) for name in given.items("metrics_fields")] or list(DEFAULT_METRICS)
    unknown = [name for name in names if not is_metric(name)]
    if unknown:
        raise invalid("metrics_fields", f"Invalid metric: {', '.join(unknown)}")
    shown_info = [str(name) for name in given.items("info_fields")] or list(DEFAULT_INFO)
    wrong = [name for name in shown_info if name not in INFO]
    if wrong:
        raise invalid("info_fields", f"Must be of {', '.join(INFO)}; got {', '.join(wrong)}")
    first, last = None, None
    if not given.boolean("lifetime"):
        first, last = read_days(given, most=MOST_DAYS)
    wanted = _Wanted(call)
    # Posts and pushed files are videos or carousels; a carousel has no video material.
    groups = grouped(
        call.world,
        advertiser_id=account.advertiser_id,
        key_of=lambda ad: wanted.key_of(ad) if kind == "VIDEO" else None,
        time_dimension=None,
        first=first,
        last=last,
    )
    rows = [(key[0], values, ad) for (key, _), (values, ad) in sorted(groups.items())]
    order = given.find_text("sort_field")
    if order is not None:
        if order not in names:
            raise invalid("sort_field", "Must be one of the requested metrics")
        is_down = given.text("sort_type", "DESC") == "DESC"
        rows.sort(key=lambda row: number_of(call.world, order, row[1]), reverse=is_down)
    page, info = one_page(given, rows, most=MOST_PER_PAGE)
    return {
        "list": [
            {
                "info": {name: _info(call.world, video_id, ad)[name] for name in shown_info},
                "metrics": {
                    name: metric_text(name, counts_of(call.world, values)) for name in names
                },
            }
            for video_id, values, ad in page
        ],
        "page_info": info,
    }


class _Wanted:
    """The filters on ids; an ad group's or campaign's ads count together."""

    def __init__(self, call: Call) -> None:
        self._world = call.world
        filtering = call.parameters.mapping("filtering")
        self._ids = {
            name: set(filtering.ids(name, most=100))
            for name in ("material_id", "ad_id", "adgroup_id", "campaign_id")
            if name in filtering
        }

    def key_of(self, ad: Ad) -> tuple[str, ...] | None:
        post = self._world.state.posts[ad.item_id]
        if post.item_type != "VIDEO":
            return None
        video_id = _video_id(self._world, ad)
        own = {
            "material_id": video_id,
            "ad_id": ad.ad_id,
            "adgroup_id": ad.adgroup_id,
            "campaign_id": ad.campaign_id,
        }
        fits = all(own[name] in wanted for name, wanted in self._ids.items())
        return (video_id,) if fits else None


def _video_id(world: World, ad: Ad) -> str:
    return str(ad.fields.get("video_id") or post_video_id(world.state.posts[ad.item_id]))


def _info(world: World, video_id: str, ad: Ad) -> dict[str, object]:
    video = world.state.videos.get(video_id)
    return {
        "material_id": video.material_id if video is not None else video_id,
        "video_id": video_id,
        "image_id": "",
        "page_id": "",
        "material_name": video.file_name if video is not None else f"{ad.item_id}.mp4",
        "tiktok_item_id": ad.item_id,
    }


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="GET",
        path="/creative/report/get/",
        handler=report,
        section="11",
        takes=(
            text("advertiser_id", required=True, most=32),
            choice("report_type", "VIDEO_INSIGHT"),
            choice("material_type", *MATERIALS),
            boolean("lifetime"),
            day("start_date"),
            day("end_date"),
            many("info_fields"),
            many("metrics_fields", most=100),
            record(
                "filtering",
                ids("material_id", most=10),
                ids("ad_id", most=100),
                ids("adgroup_id", most=100),
                ids("campaign_id", most=100),
            ),
            text("sort_field", most=100),
            choice("sort_type", "ASC", "DESC"),
            *pages(most=MOST_PER_PAGE),
        ),
        limits="Videos only; both report types have the same metrics; filters by id only",
    ),
)
