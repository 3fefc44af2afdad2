"""The caption lock: a live caption compared with the text that was approved (R43)."""

from __future__ import annotations

import hashlib
from datetime import datetime

from django.db import transaction

from kindling.briefs import deliverables as briefs
from kindling.briefs.phrases import caption_drift
from kindling.errors import ConflictError
from kindling.notices import service as notices
from kindling.posts.models import Post
from kindling.workspaces.rules import CREATOR_MANAGER, MEDIA_BUYER, REVIEWER, Action
from kindling.workspaces.service import Actor, record


def compare_caption(post: Post, *, at: datetime) -> None:
    """Tell when the live caption is not the approved one (R25); settle it when they read the same again.

    A post made under a brief takes the caption that was locked there.
    """
    if not post.approved_caption:
        locked = briefs.approved_captions(post.workspace, [post.item_id])
        if not locked.get(post.item_id):
            return
        post.approved_caption = locked[post.item_id]
        post.save(update_fields=["approved_caption"])
    if not post.caption:  # no look has told it yet
        return
    drift = caption_drift(post.approved_caption, post.caption)
    if drift is None:
        notices.settle(post.workspace, key=_caption_key(post), at=at)
        return
    notices.notify(
        post.workspace,
        key=_caption_key(post),
        roles=[REVIEWER, MEDIA_BUYER, CREATOR_MANAGER],
        title=f"Caption changed after approval: @{post.creator.handle}, post {post.item_id}",
        next_step=f"{drift.sentence} Ask for the approved caption, or approve the new one.",
        path=f"posts/{post.item_id}/",
        at=at,
        urgency=2,
    )


def is_to_compare(post: Post, *, locked: str) -> bool:
    """Whether `compare_caption` has anything to do for a post that reads as before.

    locked : the caption that its brief locked, "" for none
    """
    if not post.approved_caption:
        return locked != ""
    return caption_drift(post.approved_caption, post.caption) is not None


def _caption_key(post: Post) -> str:
    return f"post-{post.pk}-caption"


def version_of(post: Post) -> str:
    """Which text a caption is: a page that shows it sends this back with its approval."""
    return hashlib.sha256(post.caption.encode()).hexdigest()[:16]


@transaction.atomic
def approve_caption(actor: Actor, post: Post, *, seen: str, at: datetime) -> None:
    """Take the caption as it stands for approved; preflight compares later readings with it (R25).

    seen : `version_of` the caption that the person read
    raises : ConflictError when the post was read with another one since
    """
    actor.require(Action.MOVE_LANES)
    held = Post.objects.select_for_update(no_key=True).get(pk=post.pk)
    if version_of(held) != seen:
        raise ConflictError(
            "The caption has changed since this page was opened.",
            next_step="Read it again, then approve it.",
        )
    post.approved_caption = post.caption = held.caption
    post.save(update_fields=["approved_caption"])
    notices.settle(post.workspace, key=_caption_key(post), at=at)
    record(actor, "approved caption", post.item_id, at=at)
