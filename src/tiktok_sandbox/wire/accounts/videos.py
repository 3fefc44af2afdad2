"""`business/video/list/`: a creator's own posts with late counters. Source: tiktok-api.md §9."""

from __future__ import annotations

from datetime import datetime, timedelta

from tiktok_sandbox.media.links import cover_url, embed_url, share_url
from tiktok_sandbox.wire.accounts.post_codes import check_scope
from tiktok_sandbox.wire.protocol.calls import Call, Data, Endpoint
from tiktok_sandbox.wire.protocol.errors import invalid
from tiktok_sandbox.wire.protocol.fields import boolean, ids, integer, many, record, text
from tiktok_sandbox.world.comments.threads import written_total
from tiktok_sandbox.world.creators import permissions
from tiktok_sandbox.world.delivery.measures import post_totals
from tiktok_sandbox.world.randomness.single import Draws
from tiktok_sandbox.world.state.clock import seconds
from tiktok_sandbox.world.state.entities import Post
from tiktok_sandbox.world.world import World

LIST_SCOPE = "video.list"
# Counters are refreshed once a day and then a day old, so they are 24 to 48 hours late (R62).
METRICS_LATE = timedelta(hours=24)
MOST_VIDEOS = 20
COUNTED = ("video_views", "likes", "comments", "shares", "favorites")
VIDEO_FIELDS = (
    "item_id",
    "create_time",
    "caption",
    "share_url",
    "embed_url",
    "thumbnail_url",
    "video_duration",
    *COUNTED,
    "reach",
    "total_time_watched",
    "average_time_watched",
    "full_video_watched_rate",
    "new_followers",
    "profile_views",
    "impression_sources",
    "audience_countries",
    "audience_genders",
    "audience_ages",
    "is_ad",
)
SOURCES = ("For You", "Follow", "Personal Profile", "Search", "Sound", "Hashtag")
COUNTRIES, GENDERS = ("US", "DE", "ES", "BR", "Others"), ("Female", "Male", "Other")
AGES = ("18-24", "25-34", "35-44", "45-54", "55+")


def video_list(call: Call) -> Data:
    """Own posts, newest first, with lifetime counters that include paid ones."""
    creator = call.creator()
    check_scope(call, LIST_SCOPE)
    fields = [str(name) for name in call.parameters.items("fields")] or ["item_id"]
    unknown = [name for name in fields if name not in VIDEO_FIELDS]
    if unknown:
        raise invalid("fields", f"Unknown: {', '.join(unknown)}")
    if "item_id" not in fields:
        raise invalid("fields", "item_id must be among the fields")
    count = call.parameters.integer("max_count", 10, low=1, high=MOST_VIDEOS)
    posts = _chosen(call, creator.handle)
    shown = posts[:count]
    at = counted_until(call.world.now)
    totals = post_totals(call.world, at)
    rows = [
        video_row(call, post, totals_with_written(call.world, post, totals, at)) for post in shown
    ]
    cursor = call.parameters.text("cursor", "0") or "0"
    return {
        "videos": [{name: row[name] for name in fields} for row in rows],
        "cursor": str(seconds(shown[-1].posted_at) * 1000) if shown else cursor,
        "has_more": len(posts) > len(shown),
    }


def _chosen(call: Call, handle: str) -> list[Post]:
    """The posts after the cursor, newest first; ads-only ones when they are asked for by id."""
    filters = call.parameters.mapping("filters")
    wanted = filters.ids("video_ids", most=MOST_VIDEOS)
    ads_only = filters.boolean("ad_post_only")
    if ads_only and not wanted:
        raise invalid("filters.ad_post_only", "Only together with video_ids")
    cursor = call.parameters.text("cursor", "0") or "0"
    if not cursor.isdecimal() or len(cursor) > 18:
        raise invalid("cursor", "Not a valid cursor")
    posts = [
        post
        for post in call.world.visible_posts(handle, with_ads_only=bool(wanted))
        if post.status not in permissions.GONE
        and (not wanted or post.item_id in wanted)
        and (not ads_only or post.ads_only)
        and (cursor == "0" or seconds(post.posted_at) * 1000 < int(cursor))
    ]
    return sorted(posts, key=lambda post: post.posted_at, reverse=True)


def counted_until(now: datetime) -> datetime:
    """Up to when counters are known at `now`."""
    return (now - METRICS_LATE).replace(hour=0, minute=0, second=0, microsecond=0)


def totals_with_written(
    world: World, post: Post, totals: dict[str, dict[str, dict[str, int]]], at: datetime
) -> dict[str, int]:
    """A post's totals, comments written through the API included."""
    total = dict(totals[post.item_id]["total"])
    total["comments"] += written_total(world, post.item_id, at)
    return total


def video_row(call: Call, post: Post, total: dict[str, int]) -> dict[str, object]:
    world = call.world
    views = total["views"]
    counted = {"video_views": views} | {name: total[name] for name in COUNTED[1:]}
    return {
        "item_id": post.item_id,
        "create_time": str(seconds(post.posted_at)),
        "caption": post.caption,
        "share_url": share_url(post, address=call.address),
        "embed_url": embed_url(post, address=call.address),
        "thumbnail_url": cover_url(world, post, address=call.address),
        "video_duration": post.duration_seconds,
        **counted,
        "reach": round(views**0.98),
        "total_time_watched": total["watch_seconds"],
        "average_time_watched": round(total["watch_seconds"] / views, 2) if views else None,
        "full_video_watched_rate": round(total["full_views"] / views, 4) if views else None,
        "new_followers": total["follows"],
        "profile_views": total["profile_visits"],
        **_audience(world, post, views),
        "is_ad": bool(world.find.ads_of_post(post.item_id)),
    }


def _audience(world: World, post: Post, views: int) -> dict[str, object]:
    """Who watched, as shares that belong to the post; None while nobody has."""
    draws = Draws(world.seed, "audience", post.item_id)
    split = {
        "impression_sources": _shares(draws, SOURCES, "impression_source"),
        "audience_countries": _shares(draws, COUNTRIES, "country"),
        "audience_genders": _shares(draws, GENDERS, "gender"),
        "audience_ages": _shares(draws, AGES, "age"),
    }
    return {name: value if views else None for name, value in split.items()}


def _shares(draws: Draws, names: tuple[str, ...], label: str) -> list[dict[str, object]]:
    """Falling shares that sum to 1, the first name's largest."""
    weights = [(0.4**place) * (0.5 + draws.unit()) for place in range(len(names))]
    whole = sum(weights)
    return [
        {label: name, "percentage": round(weight / whole, 4)}
        for name, weight in zip(names, weights, strict=True)
    ]


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="GET",
        path="/business/video/list/",
        handler=video_list,
        holder="creator",
        section="9",
        takes=(
            text("business_id", required=True),
            many("fields"),
            record("filters", ids("video_ids", most=MOST_VIDEOS), boolean("ad_post_only")),
            text("cursor"),
            integer("max_count", low=1, high=MOST_VIDEOS),
        ),
        limits="Audience and impression sources are draws, not measured",
    ),
)
