"""What people do to comments: write, delete, hide, like. Counts follow by themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from msgspec.structs import replace

from tiktok_sandbox.world.comments.threads import WRITTEN, Comment, get_comment, hits_blocked_word
from tiktok_sandbox.world.comments.webhook_events import queue_comment_webhook
from tiktok_sandbox.world.comments.writing import ANSWER
from tiktok_sandbox.world.state.clock import whole_seconds
from tiktok_sandbox.world.state.comments import ThreadAct, WrittenComment
from tiktok_sandbox.world.state.refusals import RefusedError
from tiktok_sandbox.world.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who writes: a creator, or a brand through an ad."""

    handle: str
    display_name: str
    user_id: str
    advertiser_id: str | None = None
    ad_id: str | None = None


def write_comment(
    world: World, *, item_id: str, parent: Comment | None, text: str, author: Author
) -> Comment:
    """Add a comment or a reply. Raises RefusedError when the text is empty or too long."""
    most = int(world.behaviour.comment_length)
    if not text.strip():
        raise RefusedError("bad_text", "The text is empty.")
    if len(text) > most:
        raise RefusedError("bad_text", f"At most {most} characters")
    written = WrittenComment(
        comment_id=world.next_id("comment", prefix=WRITTEN),
        item_id=item_id,
        parent_id=None if parent is None else parent.parent_id or parent.comment_id,
        text=text,
        handle=author.handle,
        display_name=author.display_name,
        user_id=author.user_id,
        created_at=whole_seconds(world.now),
        advertiser_id=author.advertiser_id,
        ad_id=author.ad_id,
    )
    world.state.comment_acts.written[written.comment_id] = written
    if parent is not None:
        _log(world, parent, "answer", reply_id=written.comment_id)
    comment = get_comment(world, written.comment_id)
    queue_comment_webhook(world, comment, "insert")
    return comment


def delete_comment(
    world: World, comment_id: str, *, handle: str | None = None, advertiser_id: str | None = None
) -> None:
    """Delete a comment one wrote oneself, and the replies to it. Raises RefusedError."""
    comment = get_comment(world, comment_id)
    written = world.state.comment_acts.written.get(comment_id)
    if written is None or (
        written.handle != handle if handle is not None else written.advertiser_id != advertiser_id
    ):
        raise RefusedError(
            "not_own_comment",
            f"The comment {comment_id} was written by somebody else; hide it instead.",
        )
    queue_comment_webhook(world, comment, "delete")
    written.is_deleted = True
    _log_deletion(world, comment_id)
    for reply in world.state.comment_acts.written.values():
        if reply.parent_id == comment.comment_id:
            reply.is_deleted = True


def check_free(world: World, comment: Comment) -> None:
    """Can it be hidden or shown by hand? Raises RefusedError: a blocked word has the last say (R85)."""
    if hits_blocked_word(world, comment):
        raise RefusedError(
            "hit_blocked_word",
            f"The comment {comment.comment_id} holds a blocked word; change the blocked words.",
        )


def hide(world: World, comment_id: str, *, hidden: bool) -> Comment:
    """Hide or show, for everybody. Raises RefusedError."""
    comment = get_comment(world, comment_id)
    check_free(world, comment)
    if hidden != (comment_id in world.state.comment_acts.hidden):
        _log(world, comment, "hide" if hidden else "show")
    if hidden:
        world.state.comment_acts.hidden[comment_id] = True
    else:
        world.state.comment_acts.hidden.pop(comment_id, None)
    queue_comment_webhook(world, comment, "set_to_hidden" if hidden else "set_to_public")
    return comment


def like(world: World, comment_id: str, *, liked: bool) -> Comment:
    """Like a comment, or take the like back, as its post's creator."""
    comment = get_comment(world, comment_id)
    if liked:
        world.state.comment_acts.liked[comment_id] = True
    else:
        world.state.comment_acts.liked.pop(comment_id, None)
    return comment


def _log(
    world: World, comment: Comment, kind: Literal["answer", "hide", "show"], *, reply_id: str = ""
) -> None:
    """Keep what moves a thread: acts about what other people wrote, with the truth of what it was."""
    if comment.category is None or comment.category == ANSWER:
        return
    world.state.comment_acts.log.append(
        ThreadAct(
            at=whole_seconds(world.now),
            item_id=comment.item_id,
            comment_id=comment.comment_id,
            category=comment.category,
            kind=kind,
            reply_id=reply_id,
        )
    )


def _log_deletion(world: World, reply_id: str) -> None:
    log = world.state.comment_acts.log
    answer = next((act for act in log if act.reply_id == reply_id and act.kind == "answer"), None)
    if answer is not None:
        log.append(replace(answer, at=whole_seconds(world.now), kind="unanswer"))
