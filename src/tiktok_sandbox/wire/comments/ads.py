"""`comment/*`: comments that came through an account's ads. Source: tiktok-api.md §10."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC

from tiktok_sandbox.media.links import clip_url, cover_url, person_url
from tiktok_sandbox.wire.ads.adgroups import get_adgroup
from tiktok_sandbox.wire.protocol.calls import Call, Data, Endpoint, one_page
from tiktok_sandbox.wire.protocol.errors import NO_PERMISSION, WireError, invalid, not_found
from tiktok_sandbox.wire.protocol.fields import Field, choice, day, ids, many, pages, text
from tiktok_sandbox.wire.protocol.parameters import time_text
from tiktok_sandbox.world.comments import acts as comment_acts
from tiktok_sandbox.world.comments.ad_threads import (
    ad_of,
    comments_of_ads,
    reply_counts,
    thread_around,
)
from tiktok_sandbox.world.comments.threads import (
    Comment,
    find_comment,
    hits_blocked_word,
    is_hidden,
    likes_of,
)
from tiktok_sandbox.world.state.entities import Ad
from tiktok_sandbox.world.world import World

MANAGE_SCOPE = "comment.list.manage"
TYPES, STATUSES = ("ALL", "COMMENT", "REPLY"), ("ALL", "HIDDEN", "PUBLIC")
SORTS = ("CREATE_TIME", "LIKES", "REPLIES", "SMART")
LONGEST, MOST_IDS, MOST_REFERENCE = 1200, 100, 1000
IDENTITIES = ("CUSTOMIZED_USER", "TT_USER", "BC_AUTH_TT", "AUTH_CODE")


def comment_list(call: Call) -> Data:
    found = chosen_comments(call)
    shown, info = one_page(call.parameters, found, most=100)
    return {
        "comments": rows(call, shown),
        "page_info": info,
    }


def rows(call: Call, shown: Sequence[tuple[Comment, Ad]]) -> list[dict[str, object]]:
    replies = reply_counts(call.world, {comment.item_id for comment, _ in shown})
    return [row(call, c, ad, replies=replies.get(c.comment_id, 0)) for c, ad in shown]


def chosen_comments(call: Call) -> list[tuple[Comment, Ad]]:
    """The comments that a list or an export asks for, in its order. Raises WireError."""
    account, world, given = call.advertiser(), call.world, call.parameters
    adgroup = get_adgroup(world, account.advertiser_id, given.text("search_value"))
    start, end = given.day("start_time"), given.day("end_time")
    if start > end:
        raise invalid("end_time", "Must not be before start_time")
    types, statuses = _words(call, "comment_type", TYPES), _words(call, "comment_status", STATUSES)
    found = [
        (comment, ad)
        for comment, ad in comments_of_ads(world, world.find.ads_of_group(adgroup.adgroup_id))
        if start <= comment.created_at.astimezone(UTC).date() <= end
        and _kind(comment) in types
        and _status(world, comment) in statuses
    ]
    return _sorted(call, found)


def _words(call: Call, name: str, accepted: tuple[str, ...]) -> set[str]:
    """A filter's words; ALL, or none at all, stands for every one of them."""
    words = {str(word) for word in call.parameters.items(name)} or {"ALL"}
    if not words <= set(accepted):
        raise invalid(name, f"Must be one of {', '.join(accepted)}")
    return set(accepted[1:]) if "ALL" in words else words


def _sorted(call: Call, found: list[tuple[Comment, Ad]]) -> list[tuple[Comment, Ad]]:
    world = call.world
    field = call.parameters.choice("sort_field", SORTS, "CREATE_TIME")
    descending = call.parameters.choice("sort_type", ("ASC", "DESC"), "DESC") == "DESC"
    by_replies = field in ("REPLIES", "SMART")
    items = {comment.item_id for comment, _ in found} if by_replies else set()
    replies = reply_counts(world, items)

    def rank(entry: tuple[Comment, Ad]) -> tuple[float, str]:
        comment = entry[0]
        answers = replies.get(comment.comment_id, 0)
        values = {
            "CREATE_TIME": comment.created_at.timestamp(),
            "LIKES": likes_of(world, comment),
            "REPLIES": answers,
            "SMART": likes_of(world, comment) + 2 * answers,
        }
        return values[field], comment.comment_id

    return sorted(found, key=rank, reverse=descending)


def _kind(comment: Comment) -> str:
    return "REPLY" if comment.is_reply else "COMMENT"


def _status(world: World, comment: Comment) -> str:
    return "HIDDEN" if is_hidden(world, comment) else "PUBLIC"


def row(call: Call, comment: Comment, ad: Ad, *, replies: int) -> dict[str, object]:
    world = call.world
    post = world.state.posts[comment.item_id]
    written = world.state.comment_acts.written.get(comment.comment_id)
    return {
        "comment_id": comment.comment_id,
        "content": comment.text,
        "likes": likes_of(world, comment),
        "replies": replies,
        "comment_type": _kind(comment),
        "original_comment_id": comment.parent_id or comment.comment_id,
        "comment_status": _status(world, comment),
        "hit_blockedword": hits_blocked_word(world, comment),
        "create_time": f"{time_text(comment.created_at)} +0000 UTC",
        "ad_text": post.caption,
        "campaign_id": ad.campaign_id,
        "campaign_name": world.state.campaigns[ad.campaign_id].fields["campaign_name"],
        "adgroup_id": ad.adgroup_id,
        "adgroup_name": world.state.adgroups[ad.adgroup_id].fields["adgroup_name"],
        "ad_id": ad.ad_id,
        "ad_name": ad.fields["ad_name"],
        "tiktok_item_id": comment.item_id,
        "identity_id": ad.identity_id,
        "identity_type": ad.identity_type,
        "is_pinned": False,
        "can_delete": written is not None and written.advertiser_id == ad.advertiser_id,
        "is_auth_ttba": ad.identity_type in ("TT_USER", "BC_AUTH_TT"),
        "is_auth_comment_manage_scope": has_manage_scope(world, ad),
        "video_play_url": clip_url(world, post, address=call.address),
        "video_cover_url": cover_url(world, post, address=call.address),
        "user_id": comment.user_id,
        "user_name": comment.username,
        "user_avatar_url": person_url(world, comment.user_id, address=call.address),
        "app": "TIKTOK",
    }


def has_manage_scope(world: World, ad: Ad) -> bool:
    """May the app write comments as the owner of the ad's post?"""
    open_id = world.creator_of(world.state.posts[ad.item_id]).open_id
    return any(
        grant.open_id == open_id and not grant.revoked and MANAGE_SCOPE in grant.scope.split(",")
        for grant in world.state.creator_grants
    )


def reference(call: Call) -> Data:
    """The thread around a comment: what it belongs to and every reply to that, oldest first."""
    account, world = call.advertiser(), call.world
    call.parameters.choice("comment_type", ("COMMENT", "REPLY"))
    comment, ad = own_comment(call, account.advertiser_id, call.parameters.text("comment_id"))
    thread = sorted(thread_around(world, comment), key=lambda other: other.created_at)
    shown, info = one_page(call.parameters, thread, most=MOST_REFERENCE)
    return {
        "comments": rows(call, [(other, ad) for other in shown]),
        "page_info": info,
    }


def own_comment(call: Call, advertiser_id: str, comment_id: str) -> tuple[Comment, Ad]:
    """A comment this account sees, and the ad it sees it under. Raises WireError 40007."""
    comment = find_comment(call.world, comment_id)
    ad = ad_of(call.world, comment, advertiser_id) if comment is not None else None
    if comment is None or ad is None:
        raise not_found("comment", comment_id)
    return comment, ad


def post(call: Call) -> Data:
    """Answer a comment as the brand or, with its owner's scope, as the creator (R84)."""
    account, world, given = call.advertiser(), call.world, call.parameters
    ad = world.state.ads.get(given.text("ad_id"))
    if ad is None or ad.advertiser_id != account.advertiser_id or ad.is_deleted:
        raise not_found("ad", given.text("ad_id"))
    if ad.item_id != given.text("tiktok_item_id"):
        raise not_found("item", given.text("tiktok_item_id"))
    parent = None
    if given.choice("comment_type", ("REPLY", "POST")) == "REPLY":
        parent, _ = own_comment(call, account.advertiser_id, given.text("comment_id"))
    comment = comment_acts.write_comment(
        world,
        item_id=ad.item_id,
        parent=parent,
        text=given.text("text"),
        author=_author(call, ad),
    )
    made: dict[str, object] = {
        "comment_id": comment.comment_id,
        # As in the official sample: the post's id stands beside a 0, the day has no time.
        "item_id": 0,
        "tiktok_item_id": comment.item_id,
        "text": comment.text,
        "create_time": str(time_text(comment.created_at))[:10],
        "reply_to_comment_id": comment.parent_id,
    }
    # The pages show the fields flat, the yml files under `comment`.
    return {**made, "comment": made}


def _author(call: Call, ad: Ad) -> comment_acts.Author:
    world, given = call.world, call.parameters
    kind, identity_id = given.choice("identity_type", IDENTITIES), given.text("identity_id")
    if kind == "CUSTOMIZED_USER":
        user = world.state.custom_users.get(identity_id)
        if user is None or user.advertiser_id != ad.advertiser_id:
            raise not_found("identity", identity_id)
        handle = name = user.display_name
    else:
        creator = world.find.creator_of_identity(identity_id)
        if creator is None or kind != ad.identity_type or identity_id != ad.identity_id:
            raise not_found("identity", identity_id)
        allowed = world.behaviour.replies_as_creator == "with_scope" and has_manage_scope(world, ad)
        if kind == "AUTH_CODE" and not allowed:
            raise WireError(
                NO_PERMISSION,
                "The creator has not allowed this app to manage comments of the post.",
            )
        handle, name = creator.handle, creator.display_name
    return comment_acts.Author(
        handle=handle,
        display_name=name,
        user_id=identity_id,
        advertiser_id=ad.advertiser_id,
        ad_id=ad.ad_id,
    )


def status_update(call: Call) -> Data:
    """Hide or show comments; nothing changes when one of them cannot."""
    account = call.advertiser()
    wanted = call.parameters.ids("comment_ids", most=MOST_IDS, least=1)
    comments = [own_comment(call, account.advertiser_id, number)[0] for number in wanted]
    for comment in comments:
        comment_acts.check_free(call.world, comment)
    hidden = call.parameters.text("operation") == "HIDDEN"
    for comment in comments:
        comment_acts.hide(call.world, comment.comment_id, hidden=hidden)
    return {}


def delete(call: Call) -> Data:
    account = call.advertiser()
    number = call.parameters.text("comment_id")
    own_comment(call, account.advertiser_id, number)
    comment_acts.delete_comment(call.world, number, advertiser_id=account.advertiser_id)
    return {}


ADVERTISER = text("advertiser_id", required=True)
SELECTION: tuple[Field, ...] = (
    choice("search_field", "ADGROUP_ID", required=True),
    text("search_value", required=True),
    day("start_time", required=True),
    day("end_time", required=True),
    many("comment_type", choice("type", *TYPES)),
    many("comment_status", choice("status", *STATUSES)),
    choice("sort_field", *SORTS),
    choice("sort_type", "ASC", "DESC"),
)
TARGET = (
    text("ad_id", required=True),
    text("tiktok_item_id", required=True),
    text("identity_id", required=True),
    choice("identity_type", *IDENTITIES, required=True),
)

ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="GET",
        path="/comment/list/",
        handler=comment_list,
        section="10",
        takes=(ADVERTISER, *SELECTION, *pages(most=100)),
        limits="Days are UTC; nothing is pinned",
    ),
    Endpoint(
        method="GET",
        path="/comment/reference/",
        handler=reference,
        section="10",
        takes=(
            ADVERTISER,
            text("comment_id", required=True),
            choice("comment_type", "COMMENT", "REPLY", required=True),
            text("original_comment_id"),
            choice("app", "TIKTOK"),
            *pages(most=MOST_REFERENCE),
        ),
    ),
    Endpoint(
        method="POST",
        path="/comment/post/",
        handler=post,
        section="10",
        takes=(
            ADVERTISER,
            *TARGET,
            text("comment_id"),
            choice("comment_type", "REPLY", "POST", required=True),
            text("text", required=True, most=LONGEST),
        ),
        limits="Under AUTH_CODE posts a setting decides",
    ),
    Endpoint(
        method="POST",
        path="/comment/status/update/",
        handler=status_update,
        section="10",
        takes=(
            ADVERTISER,
            ids("comment_ids", required=True, most=MOST_IDS),
            choice("operation", "HIDDEN", "PUBLIC", required=True),
            text("ad_type"),
        ),
    ),
    Endpoint(
        method="POST",
        path="/comment/delete/",
        handler=delete,
        section="10",
        takes=(ADVERTISER, *TARGET, text("comment_id", required=True)),
        limits="Own comments only",
    ),
)
