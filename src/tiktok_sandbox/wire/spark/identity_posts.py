"""`identity/video`, `identity/music`, `identity/live`: what an identity has. Source: §7."""

from __future__ import annotations

from datetime import datetime

from tiktok_sandbox.media.links import clip_url, cover_url
from tiktok_sandbox.wire.protocol.calls import Call, Data, Endpoint
from tiktok_sandbox.wire.protocol.errors import BAD_FIELD, WireError, invalid, not_found
from tiktok_sandbox.wire.protocol.fields import boolean, choice, ids, integer, many, moment, text
from tiktok_sandbox.wire.protocol.parameters import Parameters
from tiktok_sandbox.wire.spark.codes import anchor_list, auth_info, carousel_info, media_facts
from tiktok_sandbox.wire.spark.identities import (
    LINKED,
    LONGEST_KEYWORD,
    WHO,
    find_post,
    identity_of,
    usable_posts,
)
from tiktok_sandbox.world.creators import permissions
from tiktok_sandbox.world.state.clock import seconds
from tiktok_sandbox.world.state.entities import PUBLIC, Post

# The same idea as the item status, in this family's own spelling (tiktok-api.md §6).
STATUS_WORDS = {
    PUBLIC: "ITEM_STATUS_HESITATE_RECOMMEND",
    "ONLY_FRIEND_SEE": "STATUS_ONLY_FRIEND_SEE",
    "ONLY_AUTHOR_SEE": "ITEM_STATUS_ONLY_AUTHOR_SEE",
}
MOST_POSTS = 20
MOST_LOCATIONS = 3000
ITEM_TYPE = choice("item_type", "VIDEO", "CAROUSEL")


def video_get(call: Call) -> Data:
    kind, creator = identity_of(call)
    item_type = call.parameters.text("item_type", "VIDEO")
    keyword = call.parameters.text("keyword", "").strip().lower()
    if keyword and kind != "AUTH_CODE":
        raise invalid("keyword", "Only supported for AUTH_CODE identities")
    is_public_only = call.parameters.boolean("exclude_adsonly")
    count = min(MOST_POSTS, call.parameters.integer("count", MOST_POSTS, low=1, high=10_000))
    advertiser_id = call.parameters.text("advertiser_id")
    posts = [
        post
        for post in usable_posts(
            call.world, advertiser_id=advertiser_id, kind=kind, creator=creator
        )
        if post.item_type == item_type
        and keyword in post.caption.lower()
        and not (is_public_only and post.ads_only)
    ]
    cursor, shown, rest = page_by_cursor(call.parameters, posts, kind=kind, count=count)
    return {
        "cursor": cursor,
        "has_more": rest,
        "video_list": [_video_row(call, advertiser_id, kind, post) for post in shown],
    }


def page_by_cursor(
    parameters: Parameters, posts: list[Post], *, kind: str, count: int
) -> tuple[str, list[Post], bool]:
    """Paging B: an offset for AUTH_CODE, a time for the others. Raises WireError."""
    cursor = parameters.text("cursor", "0") or "0"
    if not cursor.isascii() or not cursor.isdigit():
        raise invalid("cursor", "Not a valid cursor")
    if kind == "AUTH_CODE":
        start = int(cursor)
        shown = posts[start : start + count]
        return str(start + len(shown)), shown, start + len(shown) < len(posts)
    older = [p for p in posts if cursor == "0" or seconds(p.posted_at) < int(cursor)]
    shown = older[:count]
    following = str(seconds(shown[-1].posted_at)) if shown else cursor
    return following, shown, len(older) > len(shown)


def video_info(call: Call) -> Data:
    kind, creator = identity_of(call)
    advertiser_id = call.parameters.text("advertiser_id")
    if "item_ids" in call.parameters:
        wanted = call.parameters.ids("item_ids", most=MOST_POSTS, least=1)
        found = [find_post(call, kind, creator, item_id) for item_id in wanted]
        return {
            "video_details": [
                _as_live(_video_row(call, advertiser_id, kind, post))
                for post in found
                if post is not None
            ]
        }
    item_id = call.parameters.text("item_id")
    post = find_post(call, kind, creator, item_id)
    if post is None:
        raise not_found("item", item_id)
    # Live answers carry the empty list beside the one row (§17).
    row = _video_row(call, advertiser_id, kind, post)
    return {"video_detail": _as_live(row), "video_details": []}


def _as_live(row: dict[str, object]) -> dict[str, object]:
    """The row with the instants and the names that live answers of this endpoint have (§17)."""
    anchors = row["anchor_list"]
    if isinstance(anchors, list):
        row = row | {"anchor_list": [_live_anchor(anchor) for anchor in anchors]}
    auth = row["auth_info"]
    if not isinstance(auth, dict):
        return row
    named = dict(auth)
    named["invite_start_time"] = named.pop("invite_start_time_stamp")
    times = {
        name: f"{value.replace(' ', 'T')}Z" if name.endswith("_time") and value else value
        for name, value in named.items()
    }
    return row | {"auth_info": times}


def _live_anchor(anchor: dict[str, object]) -> dict[str, object]:
    """`Id` and `CheckSuccess` were seen; that the other names stay is a guess (unverified)."""
    named = dict(anchor)
    words = str(named["status"]).title().replace("_", "")
    return {"Id": named.pop("id")} | named | {"status": words}


def _video_row(call: Call, advertiser_id: str, kind: str, post: Post) -> dict[str, object]:
    world = call.world
    bound = permissions.find_binding(world, advertiser_id=advertiser_id, item_id=post.item_id)
    auth: dict[str, object] | None = None
    if kind == "AUTH_CODE" and bound is not None:
        auth = auth_info(world, bound)
        # This family names the same instant differently.
        auth["invite_start_time_stamp"] = auth.pop("invite_start_time")
    video = media_facts(post) | {
        "poster_url": cover_url(world, post, address=call.address),
        "url": clip_url(world, post, address=call.address),
        "format": "mp4",
    }
    return {
        "item_type": post.item_type,
        "item_id": post.item_id,
        "status": STATUS_WORDS.get(post.status, post.status),
        "text": post.caption,
        "auth_info": auth,
        "anchor_list": anchor_list(world, post),
        "video_info": video if post.item_type == "VIDEO" else None,
        "carousel_info": carousel_info(call, post),
    }


def music_authorization(call: Call) -> Data:
    """Is the post's music licensed in these places for the whole of this time?"""
    kind, creator = identity_of(call)
    item_id = call.parameters.text("item_id")
    locations = [str(number) for number in call.parameters.items("locations")]
    start, end = call.parameters.moment("start_time"), call.parameters.moment("end_time")
    if end < start:
        raise invalid("end_time", "Lies before start_time")
    post = find_post(call, kind, creator, item_id)
    if post is None:
        raise WireError(BAD_FIELD, f"The item {item_id} does not belong to the identity.")
    return {"music_authorization": [_music_row(post, locations, end)]}


def is_licensed(post: Post, locations: list[str], until: datetime) -> bool:
    if not post.music_licensed or set(locations) & set(post.music_blocked_locations):
        return False
    return post.music_licensed_until is None or until <= post.music_licensed_until


def _music_row(post: Post, locations: list[str], until: datetime) -> Data:
    if post.music_id is None:
        return {
            "item_id": post.item_id,
            "music_status": "WITHOUT_SONG_ID",
            "authorization_infos": [],
        }
    licensed = is_licensed(post, locations, until)
    song = {
        "music_id": post.music_id,
        "title": "Sample track" if post.music_licensed else "Sample chart hit",
        "author": "Sample artist",
        "authorization_type": "AUTHORIZED" if licensed else "NOT_AUTHORIZED",
    }
    return {
        "item_id": post.item_id,
        "music_status": "WITH_FULL_AUTHORIZATION" if licensed else "AUTHORIZATION_MISSING",
        "authorization_infos": [song],
    }


def live_get(call: Call) -> Data:
    """LIVE sessions of a linked account, newest first; a running one has no end yet."""
    kind, creator = identity_of(call)
    if kind not in LINKED:
        raise invalid("identity_type", f"Must be one of {', '.join(LINKED)}")
    cursor = call.parameters.text("cursor", "0") or "0"
    if not cursor.isascii() or not cursor.isdigit():
        raise invalid("cursor", "Not a valid cursor")
    count = min(MOST_POSTS, call.parameters.integer("count", MOST_POSTS, low=1, high=10_000))
    now = call.world.now
    lives = [
        live
        for live in sorted(call.world.state.lives, key=lambda live: live.started_at, reverse=True)
        if live.handle == creator.handle and live.started_at <= now
    ]
    older = [live for live in lives if cursor == "0" or seconds(live.started_at) < int(cursor)]
    shown = older[:count]
    return {
        "cursor": str(seconds(shown[-1].started_at)) if shown else cursor,
        "has_more": len(older) > len(shown),
        "live_list": [
            {
                "live_id": live.live_id,
                "finish_timestamp": seconds(live.finished_at)
                if live.finished_at is not None and live.finished_at <= now
                else None,
            }
            for live in shown
        ],
    }


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="GET",
        path="/identity/video/get/",
        handler=video_get,
        section="7",
        takes=(
            *WHO,
            ITEM_TYPE,
            text("keyword", most=LONGEST_KEYWORD),
            text("cursor", most=20),
            integer("count", low=1, high=10_000),
            boolean("exclude_adsonly"),
        ),
    ),
    Endpoint(
        method="GET",
        path="/identity/video/info/",
        handler=video_info,
        section="7",
        takes=(*WHO, text("item_id", most=32), ids("item_ids", most=MOST_POSTS), ITEM_TYPE),
    ),
    Endpoint(
        method="GET",
        path="/identity/music/authorization/",
        handler=music_authorization,
        section="7",
        takes=(
            *WHO,
            text("item_id", required=True, most=32),
            many("locations", required=True, least=1, most=MOST_LOCATIONS),
            moment("start_time", required=True),
            moment("end_time", required=True),
        ),
    ),
    Endpoint(
        method="GET",
        path="/identity/live/get/",
        handler=live_get,
        section="7",
        takes=(*WHO, text("cursor", most=20), integer("count", low=1, high=10_000)),
    ),
)
