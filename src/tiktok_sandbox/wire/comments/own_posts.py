"""`business/comment/*`: comments under a creator's own posts. Source: tiktok-api.md §9."""

from __future__ import annotations

from tiktok_sandbox.media.links import person_url
from tiktok_sandbox.wire.accounts.post_codes import check_scope, own_post
from tiktok_sandbox.wire.protocol.calls import Call, Data, Endpoint
from tiktok_sandbox.wire.protocol.errors import invalid, not_found
from tiktok_sandbox.wire.protocol.fields import boolean, choice, ids, integer, text
from tiktok_sandbox.world.comments import acts as comment_acts
from tiktok_sandbox.world.comments.threads import (
    Comment,
    comments_of,
    find_comment,
    is_hidden,
    likes_of,
)
from tiktok_sandbox.world.state.clock import seconds
from tiktok_sandbox.world.state.entities import Post

LIST_SCOPE, MANAGE_SCOPE = "comment.list", "comment.list.manage"
MOST_AT_ONCE, DEFAULT_COUNT = 30, 20
REPLIES_SHOWN = 3
LONGEST = 1200


def comment_list(call: Call) -> Data:
    """Top-level comments of a post, with their first replies when `include_replies` is set."""
    post = own_post(call, scope=LIST_SCOPE, field="video_id")
    found = _standing(call, post)
    wanted = call.parameters.ids("comment_ids", most=MOST_AT_ONCE)
    if wanted:
        top = [comment for comment in found if comment.comment_id in wanted]
    else:
        top = [comment for comment in found if not comment.is_reply]
    return _page(call, top, thread=found)


def reply_list(call: Call) -> Data:
    """Replies to one comment."""
    post = own_post(call, scope=LIST_SCOPE, field="video_id")
    comment = _own_comment(call, post)
    found = _standing(call, post)
    return _page(call, [c for c in found if c.parent_id == comment.comment_id], thread=found)


def _standing(call: Call, post: Post) -> list[Comment]:
    status = call.parameters.choice("status", ("PUBLIC", "ALL"), "ALL")
    comments = comments_of(call.world, post.item_id)
    if status == "ALL":
        return comments
    return [comment for comment in comments if not is_hidden(call.world, comment)]


def _page(call: Call, chosen: list[Comment], *, thread: list[Comment]) -> Data:
    world, given = call.world, call.parameters
    replies: dict[str, list[Comment]] = {}
    for comment in thread:
        if comment.parent_id is not None:
            replies.setdefault(comment.parent_id, []).append(comment)
    field = given.choice("sort_field", ("likes", "replies", "create_time"), "create_time")
    order = given.choice("sort_order", ("asc", "desc", "smart"), "desc")

    def rank(comment: Comment) -> tuple[float, str]:
        answers = len(replies.get(comment.comment_id, ()))
        if order == "smart":
            return likes_of(world, comment) + 2.0 * answers, comment.comment_id
        values = {"likes": likes_of(world, comment), "replies": answers}
        return values.get(field, seconds(comment.created_at)), comment.comment_id

    chosen = sorted(chosen, key=rank, reverse=order != "asc")
    start = _cursor(call)
    count = given.integer("max_count", DEFAULT_COUNT, low=1, high=MOST_AT_ONCE)
    shown = chosen[start : start + count]
    with_replies = given.boolean("include_replies")
    rows = []
    for comment in shown:
        answers = replies.get(comment.comment_id, [])
        row = comment_row(call, comment, replies=len(answers))
        if with_replies:
            first = sorted(answers, key=lambda reply: reply.created_at)[:REPLIES_SHOWN]
            row["reply_list"] = [comment_row(call, reply, replies=0) for reply in first]
        rows.append(row)
    end = start + len(shown)
    return {"comments": rows, "cursor": end, "has_more": end < len(chosen)}


def _cursor(call: Call) -> int:
    cursor = call.parameters.text("cursor", "0") or "0"
    if not cursor.isdecimal() or len(cursor) > 12:
        raise invalid("cursor", "Not a valid cursor")
    return int(cursor)


def comment_row(call: Call, comment: Comment, *, replies: int) -> dict[str, object]:
    world = call.world
    owner = world.creator_of(world.state.posts[comment.item_id])
    return {
        "comment_id": comment.comment_id,
        "video_id": comment.item_id,
        "user_id": comment.user_id,
        "unique_identifier": f"uid{comment.user_id}",
        "create_time": str(seconds(comment.created_at)),
        "text": comment.text,
        "likes": likes_of(world, comment),
        "replies": replies,
        "owner": comment.username == owner.handle,
        "liked": comment.comment_id in world.state.comment_acts.liked,
        "pinned": False,
        "status": "HIDDEN" if is_hidden(world, comment) else "PUBLIC",
        "username": comment.username,
        "display_name": comment.display_name,
        "profile_image": person_url(world, comment.user_id, address=call.address),
        "parent_comment_id": comment.parent_id,
        "reply_list": [],
    }


def create(call: Call) -> Data:
    return _write(call, parent=None)


def reply_create(call: Call) -> Data:
    """Answer a comment; an answer to an answer joins the same thread."""
    post = own_post(call, scope=MANAGE_SCOPE, field="video_id")
    return _write(call, parent=_own_comment(call, post))


def _write(call: Call, *, parent: Comment | None) -> Data:
    post = own_post(call, scope=MANAGE_SCOPE, field="video_id")
    creator = call.creator()
    comment = comment_acts.write_comment(
        call.world,
        item_id=post.item_id,
        parent=parent,
        text=call.parameters.text("text"),
        author=comment_acts.Author(
            handle=creator.handle, display_name=creator.display_name, user_id=creator.identity_id
        ),
    )
    return comment_row(call, comment, replies=0)


def delete(call: Call) -> Data:
    """Delete a comment the account itself wrote."""
    creator = call.creator()
    check_scope(call, MANAGE_SCOPE)
    comment_acts.delete_comment(
        call.world, call.parameters.text("comment_id"), handle=creator.handle
    )
    return {}


def hide(call: Call) -> Data:
    post = own_post(call, scope=MANAGE_SCOPE, field="video_id")
    comment = _own_comment(call, post)
    action = call.parameters.text("action")
    comment_acts.hide(call.world, comment.comment_id, hidden=action == "HIDE")
    return {}


def like(call: Call) -> Data:
    creator = call.creator()
    check_scope(call, MANAGE_SCOPE)
    comment = find_comment(call.world, call.parameters.text("comment_id"))
    if comment is None or call.world.state.posts[comment.item_id].handle != creator.handle:
        raise not_found("comment", call.parameters.text("comment_id"))
    action = call.parameters.text("action")
    comment_acts.like(call.world, comment.comment_id, liked=action == "LIKE")
    return {}


def _own_comment(call: Call, post: Post) -> Comment:
    number = call.parameters.text("comment_id")
    comment = find_comment(call.world, number)
    if comment is None or comment.item_id != post.item_id:
        raise not_found("comment", number)
    return comment


BUSINESS, VIDEO = text("business_id", required=True), text("video_id", required=True)
COMMENT = text("comment_id", required=True)
LISTING = (
    choice("status", "PUBLIC", "ALL"),
    choice("sort_field", "likes", "replies", "create_time"),
    choice("sort_order", "asc", "desc", "smart"),
    text("cursor"),
    integer("max_count", low=1, high=MOST_AT_ONCE),
)
TEXT = text("text", required=True, most=LONGEST)

ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="GET",
        path="/business/comment/list/",
        handler=comment_list,
        holder="creator",
        section="9",
        takes=(
            BUSINESS,
            VIDEO,
            ids("comment_ids", most=MOST_AT_ONCE),
            boolean("include_replies"),
            *LISTING,
        ),
        limits="The cursor is an offset; nothing is pinned",
    ),
    Endpoint(
        method="GET",
        path="/business/comment/reply/list/",
        handler=reply_list,
        holder="creator",
        section="9",
        takes=(BUSINESS, VIDEO, COMMENT, *LISTING),
        limits="The cursor is an offset",
    ),
    Endpoint(
        method="POST",
        path="/business/comment/create/",
        handler=create,
        holder="creator",
        section="9",
        takes=(BUSINESS, VIDEO, TEXT),
    ),
    Endpoint(
        method="POST",
        path="/business/comment/reply/create/",
        handler=reply_create,
        holder="creator",
        section="9",
        takes=(BUSINESS, VIDEO, COMMENT, TEXT),
    ),
    Endpoint(
        method="POST",
        path="/business/comment/delete/",
        handler=delete,
        holder="creator",
        section="9",
        takes=(BUSINESS, COMMENT),
    ),
    Endpoint(
        method="POST",
        path="/business/comment/hide/",
        handler=hide,
        holder="creator",
        section="9",
        takes=(BUSINESS, COMMENT, VIDEO, choice("action", "HIDE", "UNHIDE", required=True)),
    ),
    Endpoint(
        method="POST",
        path="/business/comment/like/",
        handler=like,
        holder="creator",
        section="9",
        takes=(BUSINESS, COMMENT, choice("action", "LIKE", "UNLIKE", required=True)),
    ),
)
