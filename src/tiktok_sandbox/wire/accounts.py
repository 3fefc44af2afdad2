"""`business/*`: a creator's own posts and their authorization. Source: tiktok-api.md §9."""

from __future__ import annotations

from datetime import timedelta

from tiktok_sandbox.wire.calls import Call, Data, Endpoint
from tiktok_sandbox.wire.errors import NO_SCOPE, WireError, invalid, not_found
from tiktok_sandbox.wire.parameters import time_text
from tiktok_sandbox.world import permissions
from tiktok_sandbox.world.entities import Post, PostCode
from tiktok_sandbox.world.measures import post_totals
from tiktok_sandbox.world.world import World, seconds

AUTH_SCOPE, LIST_SCOPE = "biz.spark.auth", "video.list"
METRICS_LATE = timedelta(hours=24)
MOST_VIDEOS = 20
VIDEO_FIELDS = (
    "item_id",
    "create_time",
    "caption",
    "share_url",
    "embed_url",
    "thumbnail_url",
    "video_duration",
    "video_views",
    "likes",
    "comments",
    "shares",
    "favorites",
    "reach",
    "total_time_watched",
    "average_time_watched",
    "full_video_watched_rate",
    "new_followers",
    "is_ad",
)


def authorize_setting(call: Call) -> Data:
    """Switch a post's ad authorization on (makes or repeats the code) or off (deletes it)."""
    post = _own_post(call)
    call.parameters.require("is_ad_promotable")
    standing = permissions.find_code(call.world, post.item_id)
    has_code = standing is not None and standing.deleted_at is None
    if not call.parameters.boolean("is_ad_promotable"):
        if has_code:
            permissions.revoke_code(call.world, item_id=post.item_id)
        return {}
    if standing is not None and has_code:
        return code_row(call.world, standing)
    code = permissions.create_code(call.world, item_id=post.item_id, days=_days(call))
    return code_row(call.world, code)


def authorize(call: Call) -> Data:
    """Extend the post's code; a deleted one is replaced by a new one."""
    post = _own_post(call)
    standing = permissions.find_code(call.world, post.item_id)
    if standing is None:
        permissions.get_standing_code(call.world, post.item_id)
    if standing is not None and standing.deleted_at is None:
        code = permissions.extend_code(call.world, item_id=post.item_id, days=_days(call))
    else:
        code = permissions.create_code(call.world, item_id=post.item_id, days=_days(call))
    return code_row(call.world, code)


def authorize_status(call: Call) -> Data:
    post = _own_post(call)
    code = permissions.get_standing_code(call.world, post.item_id)
    return code_row(call.world, code) | {
        "auth_code_status": permissions.code_status(call.world, code)
    }


def authorize_delete(call: Call) -> Data:
    post = _own_post(call)
    code = permissions.revoke_code(call.world, item_id=post.item_id)
    return {
        "item_id": post.item_id,
        "auth_code_status": permissions.code_status(call.world, code),
    }


def _days(call: Call) -> int:
    return call.parameters.integer(
        "authorization_days", permissions.DEFAULT_DAYS, low=1, high=10_000
    )


def code_row(world: World, code: PostCode) -> dict[str, object]:
    return {
        "item_id": code.item_id,
        "auth_code": code.auth_code,
        "auth_code_start_time": time_text(code.start_at),
        "auth_code_end_time": time_text(code.end_at),
        "authorization_days": code.days,
    }


def _own_post(call: Call) -> Post:
    creator = call.creator()
    _check_scope(call, AUTH_SCOPE)
    call.parameters.require("item_id")
    post = call.world.state.posts.get(call.parameters.text("item_id"))
    if post is None or post.handle != creator.handle or post.posted_at > call.world.now:
        raise not_found("item", call.parameters.text("item_id"))
    return post


def _check_scope(call: Call, scope: str) -> None:
    if scope not in call.creator_grant().scope.split(","):
        raise WireError(NO_SCOPE, f"The scope {scope} was not granted.")


def video_list(call: Call) -> Data:
    """Own posts with lifetime counters, paid ones included, a day late (R62)."""
    creator = call.creator()
    _check_scope(call, LIST_SCOPE)
    fields = [str(name) for name in call.parameters.items("fields")] or ["item_id"]
    unknown = [name for name in fields if name not in VIDEO_FIELDS]
    if unknown:
        raise invalid("fields", f"Not simulated: {', '.join(unknown)}")
    if "item_id" not in fields:
        raise invalid("fields", "item_id must be among the fields")
    count = call.parameters.integer("max_count", 10, low=1, high=MOST_VIDEOS)
    wanted = call.parameters.mapping("filters").ids("video_ids", most=MOST_VIDEOS)
    cursor = call.parameters.text("cursor", "0") or "0"
    if not cursor.isdigit():
        raise invalid("cursor", "Not a valid cursor")
    posts = [
        post
        for post in call.world.visible_posts(creator.handle)
        if post.status not in permissions.GONE
        and (not wanted or post.item_id in wanted)
        and (cursor == "0" or seconds(post.posted_at) * 1000 < int(cursor))
    ]
    posts.sort(key=lambda post: post.posted_at, reverse=True)
    shown = posts[:count]
    totals = post_totals(call.world, call.world.now - METRICS_LATE)
    rows = [video_row(call.world, post, totals[post.item_id]["total"]) for post in shown]
    return {
        "videos": [{name: row[name] for name in fields} for row in rows],
        "cursor": str(seconds(shown[-1].posted_at) * 1000) if shown else cursor,
        "has_more": len(posts) > len(shown),
    }


def video_row(world: World, post: Post, total: dict[str, int]) -> dict[str, object]:
    views = total["views"]
    url = f"https://www.tiktok.example/@{post.handle}/video/{post.item_id}"
    return {
        "item_id": post.item_id,
        "create_time": str(seconds(post.posted_at)),
        "caption": post.caption,
        "share_url": url,
        "embed_url": url + "?embed=1",
        "thumbnail_url": f"https://media.shop.example/{post.item_id}.jpeg",
        "video_duration": post.duration_seconds,
        "video_views": views,
        "likes": total["likes"],
        "comments": total["comments"],
        "shares": total["shares"],
        "favorites": total["favorites"],
        "reach": round(views**0.98),
        "total_time_watched": total["watch_seconds"],
        "average_time_watched": round(total["watch_seconds"] / views, 2) if views else None,
        "full_video_watched_rate": round(total["full_views"] / views, 4) if views else None,
        "new_followers": total["follows"],
        "is_ad": any(ad.item_id == post.item_id for ad in world.state.ads.values()),
    }


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="POST",
        path="/business/post/authorize/setting/",
        handler=authorize_setting,
        holder="creator",
        section="9",
    ),
    Endpoint(
        method="POST",
        path="/business/post/authorize/",
        handler=authorize,
        holder="creator",
        section="9",
    ),
    Endpoint(
        method="GET",
        path="/business/post/authorize/status/",
        handler=authorize_status,
        holder="creator",
        section="9",
    ),
    Endpoint(
        method="POST",
        path="/business/post/authorize/delete/",
        handler=authorize_delete,
        holder="creator",
        section="9",
    ),
    Endpoint(
        method="GET",
        path="/business/video/list/",
        handler=video_list,
        holder="creator",
        section="9",
        limits="No audience breakdowns",
    ),
)
