"""What people write down or give back by hand: affiliate consents, and permissions that have ended."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from kindling.authorizations.lifecycle import polling, rules, transitions
from kindling.authorizations.lifecycle.rules import State
from kindling.authorizations.models import CODED, Authorization, AuthorizationKind
from kindling.errors import ConflictError, InvalidInputError
from kindling.posts.models import Post
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor, record


@transaction.atomic
def note_consent(
    actor: Actor, post: Post, *, collab_ends_at: datetime | None, at: datetime
) -> Authorization:
    """Write down that the creator lets sellers promote affiliate posts (R72). TikTok has no call that tells it.

    raises : InvalidInputError for a post without a product (R75), or a collaboration that is over
    """
    actor.require(Action.TAKE_CODES)
    if not post.sku:
        raise InvalidInputError(
            "An affiliate consent covers only posts with a product link.",
            next_step="Set the product of the post first.",
        )
    if collab_ends_at is not None and collab_ends_at <= at:
        raise InvalidInputError(
            "The collaboration has already ended.",
            next_step="Ask for a video code.",
            field="collab_ends_on",
        )
    row, is_new = Authorization.objects.get_or_create(
        workspace=actor.workspace, post=post, kind=AuthorizationKind.AFFILIATE_MASS,
        defaults={
            "state": State.BOUND, "state_since": at, "created_at": at,
            "collab_ends_at": collab_ends_at,
        },
    )  # fmt: skip
    if is_new:
        transitions.first_event(row, at=at, actor=actor, evidence={"told_by": "hand"})
    else:
        row = transitions.move(
            row, State.BOUND, at=at, source="person", actor=actor, collab_ends_at=collab_ends_at
        )
    record(actor, "recorded affiliate consent", f"post {post.item_id}", at=at)
    return row


@transaction.atomic
def end_consent(actor: Actor, row: Authorization, *, reason: str, at: datetime) -> Authorization:
    """The creator switched the toggle off, the collaboration ended, or the product link is gone (R74)."""
    actor.require(Action.TAKE_CODES)
    if row.kind != AuthorizationKind.AFFILIATE_MASS:
        raise ConflictError("Only an affiliate consent can be ended manually.")
    if not reason.strip():
        raise InvalidInputError(
            "A reason is required.", next_step="Say briefly why it ended.", field="reason"
        )
    moved = transitions.move(
        row, State.COLLAB_ENDED, at=at, source="person", actor=actor,
        evidence={"reason": reason.strip()[:200]},
    )  # fmt: skip
    record(
        actor, "ended affiliate consent", f"post {row.post.item_id}", at=at, reason=reason.strip()
    )
    return moved


def release(actor: Actor, authorization: Authorization, *, at: datetime) -> Authorization:
    """Give a permission that has ended back: unbind it at TikTok, keep the record (R38)."""
    actor.require(Action.TAKE_CODES)
    is_coded = authorization.kind in CODED
    if State(authorization.state) not in rules.LOST or not is_coded:
        raise ConflictError(
            "Only an authorization that has ended can be released.", next_step="Wait until it ends."
        )
    for binding in authorization.bindings.select_related("ad_account__connection"):
        polling.unbind(binding, authorization.post.item_id)
    row = transitions.move(authorization, State.RELEASED, at=at, source="person", actor=actor)
    record(actor, "released authorization", f"post {authorization.post.item_id}", at=at)
    return row
