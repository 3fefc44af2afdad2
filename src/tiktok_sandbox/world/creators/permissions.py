"""Spark authorization: codes that creators make, and ad accounts that bind them.

Rules R16, R18, R21, R25, R27, R30, R31 of the domain reference; refusals carry the names TikTok's
Ads Manager shows for code errors.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from tiktok_sandbox.world.state.clock import whole_seconds
from tiktok_sandbox.world.state.entities import PUBLIC, Ad, Binding, Creator, Post, PostCode
from tiktok_sandbox.world.state.refusals import RefusedError
from tiktok_sandbox.world.world import World

DEFAULT_DAYS = 30
GONE = ("USER_DELETE", "AUDIT_DELETE", "ONLY_USER_PASS")


def find_code(world: World, item_id: str) -> PostCode | None:
    """The post's newest code, deleted or not."""
    return world.find.newest_code(item_id)


def get_post(world: World, item_id: str) -> Post:
    post = world.state.posts.get(item_id)
    if post is None or post.posted_at > world.now:
        raise RefusedError("post_not_found", f"There is no post {item_id}. Look it up in the list.")
    return post


def get_standing_code(world: World, item_id: str) -> PostCode:
    code = find_code(world, item_id)
    if code is None or code.deleted_at is not None:
        raise RefusedError("auth_code_not_found", "The post has no code. Create one first.")
    return code


def check_days(world: World, days: int, offered: tuple[int, ...] | None = None) -> int:
    """The days, if they are offered, by the phone unless said otherwise. Raises RefusedError."""
    offered = offered or world.behaviour.code_days
    if days not in offered:
        accepted = ", ".join(map(str, offered))
        raise RefusedError(
            "bad_duration", f"{days} days are not offered; choose one of {accepted}."
        )
    return days


def create_code(
    world: World, *, item_id: str, days: int, offered: tuple[int, ...] | None = None
) -> PostCode:
    """Make the post's code; an authorized post keeps the one it has. Raises RefusedError."""
    post = get_post(world, item_id)
    check_days(world, days, offered)
    if post.status in GONE:
        raise RefusedError("video_deleted", "The post is deleted. Choose another post.")
    standing = find_code(world, item_id)
    if standing is not None and standing.deleted_at is None:
        raise RefusedError(
            "code_exists",
            "The post has a code already. Extend it, or delete it and make a new one.",
        )
    now = whole_seconds(world.now)
    code = PostCode(
        item_id=item_id,
        auth_code=world.mint.auth_code(len(world.state.codes) + 1),
        created_at=now,
        start_at=now,
        end_at=now + timedelta(days=days, seconds=-1),
        days=days,
        live_since=now,
    )
    world.state.codes.append(code)
    return code


def extend_code(
    world: World, *, item_id: str, days: int, offered: tuple[int, ...] | None = None
) -> PostCode:
    """Add days to the end of the same code, or to now when it has lapsed. Raises RefusedError."""
    get_post(world, item_id)
    check_days(world, days, offered)
    code = get_standing_code(world, item_id)
    now = whole_seconds(world.now)
    if code.end_at <= now:
        code.live_since = now
        code.end_at = now + timedelta(days=days, seconds=-1)
    else:
        code.end_at += timedelta(days=days)
    code.days = days
    world.find.note_extended(code)
    return code


def revoke_code(world: World, *, item_id: str) -> PostCode:
    """Delete the post's code. Refused while an ad uses the post, unless Behaviour says otherwise."""
    get_post(world, item_id)
    code = get_standing_code(world, item_id)
    if world.behaviour.revoke_while_in_use == "refused" and is_in_use(world, item_id):
        raise RefusedError(
            "code_in_use",
            "An ad uses this post, so its code cannot be deleted. Ask for the ads to be deleted "
            "first, or wait for the end date.",
        )
    code.deleted_at = whole_seconds(world.now)
    note_losses_of(world, item_id)
    return code


def is_in_use(world: World, item_id: str) -> bool:
    """Does an ad that is not deleted use the post?"""
    return any(not ad.is_deleted for ad in world.find.ads_of_post(item_id))


def code_status(world: World, code: PostCode) -> str:
    """The creator-side status: NOT_USED, IN_USE, EXPIRED or DELETED (R31)."""
    if code.deleted_at is not None:
        return "DELETED"
    if code.end_at <= world.now:
        return "EXPIRED"
    return "IN_USE" if is_in_use(world, code.item_id) else "NOT_USED"


def find_binding(world: World, *, advertiser_id: str, item_id: str) -> Binding | None:
    return world.find.binding(advertiser_id, item_id)


def check_code(world: World, auth_code: str) -> PostCode:
    """The code with this text, fit to be bound. Raises RefusedError with the platform's error name."""
    number = world.find.code_number(auth_code)
    if number is None:
        raise RefusedError("auth_code_format_error", "Post code is incorrect")
    code = world.state.codes[number]
    if code.deleted_at is not None:
        raise RefusedError("auth_code_not_found", "The creator deleted this code")
    post = world.state.posts[code.item_id]
    if post.status in GONE:
        raise RefusedError("video_deleted", "The post was deleted")
    if code.end_at <= world.now:
        raise RefusedError(
            "auth_code_expired", "The authorization ended; the creator must extend it"
        )
    return code


def bind_code(
    world: World, *, advertiser_id: str, auth_code: str, original_code: str | None
) -> Binding:
    """Apply a code to an ad account. Raises RefusedError."""
    code = check_code(world, auth_code)
    post = world.state.posts[code.item_id]
    check_eligible(world, post=post, original_code=original_code)
    bound = find_binding(world, advertiser_id=advertiser_id, item_id=post.item_id)
    number = world.find.number_of(code)
    if bound is not None and bound.code_number == number:
        if world.behaviour.rebind == "error":
            raise RefusedError(
                "already_bound", "The post code has been authorized to this advertiser"
            )
        return bound
    if bound is not None:
        _drop(world, bound)
    fresh = Binding(
        advertiser_id=advertiser_id,
        item_id=post.item_id,
        code_number=number,
        bound_at=whole_seconds(world.now),
    )
    world.state.bindings.append(fresh)
    return fresh


def check_eligible(world: World, *, post: Post, original_code: str | None) -> None:
    """Is the kind of post one that can be a Spark Ad (R13, R14)?"""
    if post.is_story:
        raise RefusedError("story_video_not_supported", "Stories cannot be used as Spark Ads")
    if len(post.mentions) > 1:
        raise RefusedError("mention_multiple_videos", "The post mentions more than one video")
    if not post.needs_original_code:
        return
    origin = post.duet_of or post.stitch_of or post.mentions[0]
    if original_code is None:
        raise RefusedError(
            "original_code_missing",
            "original_post_auth_code is required for a duet, a stitch or a mention",
        )
    if check_code(world, original_code).item_id != origin:
        raise RefusedError("auth_code_format_error", "Post code is incorrect")


def unbind(world: World, *, advertiser_id: str, item_id: str) -> None:
    """Take a post off an ad account's list. Raises RefusedError."""
    bound = find_binding(world, advertiser_id=advertiser_id, item_id=item_id)
    if bound is None:
        raise RefusedError("not_bound", f"The post {item_id} is not authorized to this advertiser")
    if world.behaviour.unbind_live == "refused" and is_authorized(world, bound=bound):
        raise RefusedError("unbind_live", "The authorization is still valid and cannot be unbound")
    _drop(world, bound)
    note_losses_of(world, item_id)


def _drop(world: World, bound: Binding) -> None:
    world.state.bindings.remove(bound)
    world.find.note_unbound()


def is_authorized(
    world: World, *, bound: Binding, start: datetime | None = None, end: datetime | None = None
) -> bool:
    """Does the bound code cover [start, end], or this moment when neither is given?"""
    code = world.state.codes[bound.code_number]
    begin, finish = (start, end) if start and end else (world.now, world.now)
    return code.deleted_at is None and code.live_since <= begin and finish <= code.end_at


def has_asset(
    world: World, ad: Ad, *, start: datetime | None = None, end: datetime | None = None
) -> bool:
    """May the ad use its post over [start, end], or now: post public, permission standing?"""
    post = world.state.posts[ad.item_id]
    begin = start or world.now
    if post.status != PUBLIC:
        return False
    if post.visibility_changed_at is not None and post.visibility_changed_at > begin:
        return False
    if ad.identity_type != "AUTH_CODE":
        return is_linked(world, ad.advertiser_id, kind=ad.identity_type, post=post)
    bound = find_binding(world, advertiser_id=ad.advertiser_id, item_id=ad.item_id)
    return bound is not None and is_authorized(world, bound=bound, start=start, end=end)


def has_link(world: World, advertiser_id: str, *, kind: str, creator: Creator) -> bool:
    """Is the creator's account tied to the ad account itself, its Business Center or its shop?"""
    if kind == "TT_USER":
        return advertiser_id in creator.linked_advertiser_ids
    if kind == "BC_AUTH_TT":
        return world.state.advertisers[advertiser_id].bc_id in creator.bc_ids
    if kind == "TTS_TT":
        return any(
            creator.handle in store.handles and advertiser_id in store.advertiser_ids
            for store in world.state.stores.values()
        )
    return False


def is_linked(world: World, advertiser_id: str, *, kind: str, post: Post) -> bool:
    """May the ad account use the posts of this post's account, by a link of this kind that works (R36, R37)?"""
    creator = world.creator_of(post)
    if creator.available_status != "AVAILABLE":
        return False
    if has_link(world, advertiser_id, kind=kind, creator=creator):
        return True
    user = world.state.custom_users.get(creator.identity_id)
    return user is not None and user.advertiser_id == advertiser_id and not user.is_deleted


def note_losses(world: World) -> bool:
    """Remember which ads lost their post since the last hour, for the manual way of resuming.

    Returns whether any code ended.
    """
    ended = world.find.codes_ended_by(world.tick_start(world.state.ticks_done))
    for code in ended:
        note_losses_of(world, code.item_id)
    return bool(ended)


def note_losses_of(world: World, item_id: str) -> None:
    for ad in world.find.ads_of_post(item_id):
        if ad.lost_at is None and not ad.is_deleted and not has_asset(world, ad):
            ad.lost_at = world.now


def change_visibility(world: World, *, item_id: str, status: str) -> Post:
    """Delete, hide or show a post. Raises RefusedError."""
    post = get_post(world, item_id)
    if post.status in GONE:
        raise RefusedError("video_deleted", "The post is deleted; that cannot be undone.")
    # What the platform takes down is taken down, whoever uses it.
    taken_away = status not in (PUBLIC, "AUDIT_DELETE")
    if (
        taken_away
        and world.behaviour.removal_while_in_use == "refused"
        and is_in_use(world, item_id)
    ):
        raise RefusedError(
            "post_in_use", "An ad uses this post. Ask for the ad to be deleted first."
        )
    post.status = status
    post.visibility_changed_at = whole_seconds(world.now)
    note_losses_of(world, item_id)
    return post


def change_caption(world: World, *, item_id: str, text: str) -> Post:
    """Edit the caption; refused once the post was authorized (R25). Raises RefusedError."""
    post = get_post(world, item_id)
    code = find_code(world, item_id)
    if code is not None and code.deleted_at is None:
        raise RefusedError("caption_locked", "The post is authorized, so its caption is final.")
    post.caption = text
    return post
