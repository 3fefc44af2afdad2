"""`identity/*`: who an ad can appear as. Source: tiktok-api.md §7 (1738958351620097 ff.)."""

from __future__ import annotations

from tiktok_sandbox.wire.calls import Call, Data, Endpoint, page_info
from tiktok_sandbox.wire.errors import BAD_FIELD, WireError, invalid, not_found
from tiktok_sandbox.wire.parameters import Parameters
from tiktok_sandbox.wire.spark_codes import auth_info, carousel_info, media_facts, preview_url
from tiktok_sandbox.world import permissions
from tiktok_sandbox.world.entities import Creator, Post
from tiktok_sandbox.world.world import PUBLIC, World, seconds

IDENTITY_TYPES = ("CUSTOMIZED_USER", "AUTH_CODE", "TT_USER", "BC_AUTH_TT", "TTS_TT")
# The same idea as the item status, in this family's own spelling (tiktok-api.md §6).
STATUS_WORDS = {
    PUBLIC: "ITEM_STATUS_HESITATE_RECOMMEND",
    "ONLY_FRIEND_SEE": "STATUS_ONLY_FRIEND_SEE",
    "ONLY_AUTHOR_SEE": "ITEM_STATUS_ONLY_AUTHOR_SEE",
}
MOST_POSTS = 20


def identities(world: World, advertiser_id: str) -> list[tuple[str, Creator]]:
    """(identity type, creator) of every identity the ad account has."""
    found = [
        ("TT_USER", creator)
        for creator in world.state.creators.values()
        if advertiser_id in creator.linked_advertiser_ids
    ]
    bound_handles = [
        world.state.posts[bound.item_id].handle
        for bound in world.state.bindings
        if bound.advertiser_id == advertiser_id
    ]
    found += [
        ("AUTH_CODE", world.state.creators[handle]) for handle in dict.fromkeys(bound_handles)
    ]
    return found


def find_identity(
    world: World, *, advertiser_id: str, identity_id: str, identity_type: str
) -> Creator:
    """The creator behind an identity of the ad account. Raises WireError."""
    for kind, creator in identities(world, advertiser_id):
        if kind == identity_type and creator.identity_id == identity_id:
            return creator
    raise not_found("identity", identity_id)


def identity_row(kind: str, creator: Creator) -> dict[str, object]:
    return {
        "identity_id": creator.identity_id,
        "identity_type": kind,
        "identity_authorized_bc_id": None,
        "display_name": creator.display_name,
        "username": creator.handle,
        "profile_image": f"https://media.shop.example/{creator.handle}.jpeg",
        "can_push_video": kind == "TT_USER",
        "can_pull_video": True,
        "can_use_live_ads": kind == "TT_USER",
        "can_manage_message": False,
        "available_status": "AVAILABLE" if kind == "TT_USER" else None,
        "ads_only_mode": False,
    }


def get(call: Call) -> Data:
    account = call.advertiser()
    kind = call.parameters.find_text("identity_type")
    if kind is not None:
        call.parameters.choice("identity_type", IDENTITY_TYPES)
    keyword = call.parameters.mapping("filtering").text("keyword", "")
    if keyword and kind not in (None, "CUSTOMIZED_USER"):
        raise invalid("filtering", "keyword is only supported for CUSTOMIZED_USER")
    rows = [
        identity_row(found, creator)
        for found, creator in identities(call.world, account.advertiser_id)
        if kind in (None, found) and keyword.lower() in creator.display_name.lower()
    ]
    page = call.parameters.integer("page", 1, low=1, high=10_000_000)
    size = call.parameters.integer("page_size", 20, low=1, high=100)
    return {
        "identity_list": rows[(page - 1) * size : page * size],
        "page_info": page_info(page, size, len(rows)),
    }


def _identity(call: Call) -> tuple[str, Creator]:
    account = call.advertiser()
    call.parameters.require("identity_id", "identity_type")
    kind = call.parameters.choice("identity_type", IDENTITY_TYPES)
    creator = find_identity(
        call.world,
        advertiser_id=account.advertiser_id,
        identity_id=call.parameters.text("identity_id"),
        identity_type=kind,
    )
    return kind, creator


def info(call: Call) -> Data:
    kind, creator = _identity(call)
    row = identity_row(kind, creator)
    row["profile_image_url"] = row.pop("profile_image")
    return {"identity_info": row}


def usable_posts(world: World, *, advertiser_id: str, kind: str, creator: Creator) -> list[Post]:
    """Posts the identity offers, newest first: all own ones, or those bound by code."""
    posts = [
        post
        for post in world.visible_posts(creator.handle)
        if kind == "TT_USER"
        or permissions.find_binding(world, advertiser_id=advertiser_id, item_id=post.item_id)
    ]
    return sorted(posts, key=lambda post: post.posted_at, reverse=True)


def video_get(call: Call) -> Data:
    kind, creator = _identity(call)
    item_type = call.parameters.choice("item_type", ("VIDEO", "CAROUSEL"), "VIDEO")
    keyword = call.parameters.text("keyword", "")
    if keyword and kind != "AUTH_CODE":
        raise invalid("keyword", "Only supported for AUTH_CODE identities")
    count = min(MOST_POSTS, call.parameters.integer("count", MOST_POSTS, low=1, high=10_000))
    advertiser_id = call.parameters.text("advertiser_id")
    posts = [
        post
        for post in usable_posts(
            call.world, advertiser_id=advertiser_id, kind=kind, creator=creator
        )
        if post.item_type == item_type and keyword.lower() in post.caption.lower()
    ]
    cursor, shown, rest = _cut(call.parameters, posts, kind=kind, count=count)
    return {
        "cursor": cursor,
        "has_more": rest,
        "video_list": [_video_row(call.world, advertiser_id, kind, post) for post in shown],
    }


def _cut(
    parameters: Parameters, posts: list[Post], *, kind: str, count: int
) -> tuple[str, list[Post], bool]:
    """Paging B: an offset for AUTH_CODE, a time for the others."""
    cursor = parameters.text("cursor", "0") or "0"
    if not cursor.isdigit():
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
    kind, creator = _identity(call)
    advertiser_id = call.parameters.text("advertiser_id")
    posts = {
        post.item_id: post
        for post in usable_posts(
            call.world, advertiser_id=advertiser_id, kind=kind, creator=creator
        )
    }
    if "item_ids" in call.parameters:
        wanted = call.parameters.ids("item_ids", most=MOST_POSTS, least=1)
        found = [posts[item_id] for item_id in wanted if item_id in posts]
        return {
            "video_details": [_video_row(call.world, advertiser_id, kind, post) for post in found]
        }
    item_id = call.parameters.text("item_id")
    if item_id not in posts:
        raise not_found("item", item_id)
    return {"video_detail": _video_row(call.world, advertiser_id, kind, posts[item_id])}


def _video_row(world: World, advertiser_id: str, kind: str, post: Post) -> Data:
    bound = permissions.find_binding(world, advertiser_id=advertiser_id, item_id=post.item_id)
    auth: dict[str, object] | None = None
    if kind == "AUTH_CODE" and bound is not None:
        auth = auth_info(world, bound)
        # This family names the same instant differently.
        auth["invite_start_time_stamp"] = auth.pop("invite_start_time")
    video = media_facts(post) | {
        "poster_url": f"https://media.shop.example/{post.item_id}.jpeg",
        "url": preview_url(world, post) if post.status == PUBLIC else "",
        "format": "mp4",
    }
    return {
        "item_type": post.item_type,
        "item_id": post.item_id,
        "status": STATUS_WORDS.get(post.status, post.status),
        "text": post.caption,
        "auth_info": auth,
        "anchor_list": None,
        "video_info": video if post.item_type == "VIDEO" else None,
        "carousel_info": carousel_info(post),
    }


def music_authorization(call: Call) -> Data:
    kind, creator = _identity(call)
    call.parameters.require("item_id", "locations", "start_time", "end_time")
    if not call.parameters.items("locations"):
        raise invalid("locations", "At least one location is required")
    item_id = call.parameters.text("item_id")
    posts = usable_posts(
        call.world,
        advertiser_id=call.parameters.text("advertiser_id"),
        kind=kind,
        creator=creator,
    )
    post = next((post for post in posts if post.item_id == item_id), None)
    if post is None:
        raise WireError(BAD_FIELD, f"The item {item_id} does not belong to the identity.")
    return {"music_authorization": [_music_row(post)]}


def _music_row(post: Post) -> Data:
    if post.music_id is None:
        return {
            "item_id": post.item_id,
            "music_status": "WITHOUT_SONG_ID",
            "authorization_infos": [],
        }
    licensed = post.music_licensed
    song = {
        "music_id": post.music_id,
        "title": "Sample track" if licensed else "Sample chart hit",
        "author": "Sample artist",
        "authorization_type": "AUTHORIZED" if licensed else "NOT_AUTHORIZED",
    }
    return {
        "item_id": post.item_id,
        "music_status": "WITH_FULL_AUTHORIZATION" if licensed else "AUTHORIZATION_MISSING",
        "authorization_infos": [song],
    }


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="GET",
        path="/identity/get/",
        handler=get,
        section="7",
        limits="AUTH_CODE and TT_USER only",
    ),
    Endpoint(method="GET", path="/identity/info/", handler=info, section="7"),
    Endpoint(method="GET", path="/identity/video/get/", handler=video_get, section="7"),
    Endpoint(method="GET", path="/identity/video/info/", handler=video_info, section="7"),
    Endpoint(
        method="GET",
        path="/identity/music/authorization/",
        handler=music_authorization,
        section="7",
        limits="A licence holds everywhere and always, or nowhere",
    ),
)
