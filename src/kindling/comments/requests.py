"""Ask the creator to answer a comment where the brand cannot speak: in the portal, and by mail."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from kindling.access import service as access
from kindling.comments import rules
from kindling.comments.models import Comment, ReplyRequest
from kindling.creators.models import Creator
from kindling.errors import ConflictError, InvalidInputError, NotFoundError
from kindling.notices import mail
from kindling.notices import service as notices
from kindling.workspaces.rules import COMMUNITY, OWNER, Action
from kindling.workspaces.service import Actor, check_again, creator_actor, record

QUOTED = 200  # characters of a comment in a mail


def ask(actor: Actor, comment: Comment, suggestion: str, *, at: datetime) -> ReplyRequest:
    """Ask the post's creator to answer. Raises ConflictError where they are asked already."""
    actor.require(Action.ANSWER_COMMENTS)
    creator = comment.post.creator if comment.post else None
    if creator is None:
        raise ConflictError(
            "The creator of this post is not known.", next_step="Add the post to the library first."
        )
    if creator.is_own:
        raise ConflictError(
            "This is your own account.",
            next_step="Answer in the TikTok app, or launch the post as an ad.",
        )
    suggestion = suggestion.strip()
    if len(suggestion) > rules.MOST_REPLY:
        raise InvalidInputError(
            f"An answer has at most {rules.MOST_REPLY:,} characters.",
            next_step="Shorten it.",
            field="suggestion",
        )
    try:
        with transaction.atomic():
            actor = check_again(actor, Action.ANSWER_COMMENTS)
            Comment.objects.select_for_update(no_key=True).get(pk=comment.pk)
            made = ReplyRequest.objects.create(
                comment=comment,
                creator=creator,
                suggestion=suggestion,
                asked_by=actor.user,
                asked_at=at,
            )
            record(
                actor, "asked creator to answer comment", f"comment {comment.comment_id}", at=at,
                after={"creator": creator.handle},
            )  # fmt: skip
            if creator.email:
                _mail(made, at=at)
    except IntegrityError:
        raise ConflictError(
            "The creator is asked already.", next_step="Wait for their answer."
        ) from None
    return made


def _mail(row: ReplyRequest, *, at: datetime) -> None:
    workspace = row.comment.workspace
    subject, text = mail.written(
        "comments/mail/answer_comment",
        language=row.creator.language,
        brand=workspace.name,
        item_id=row.comment.item_id,
        comment=" ".join(row.comment.text.split())[:QUOTED],
        suggestion=row.suggestion,
        link=access.make_link(row.creator, purpose=f"comment {row.comment.comment_id}", at=at),
    )
    mail.post(
        workspace,
        key=f"reply-request-{row.pk}",
        to=row.creator.email,
        subject=subject,
        text=text,
        at=at,
    )


def open_for(creator: Creator) -> QuerySet[ReplyRequest]:
    """Comments that this creator is asked to answer, the oldest first."""
    rows = ReplyRequest.objects.filter(creator=creator, closed_at=None)
    return rows.select_related("comment__post", "creator__workspace")


def close(creator: Creator, pk: int, *, is_answered: bool, at: datetime) -> ReplyRequest:
    """The creator says that they answered, or that they will not."""
    found = open_for(creator).filter(pk=pk).first()
    if found is None:
        raise NotFoundError("This request was not found.", next_step="Go back to your list.")
    with transaction.atomic():
        done = ReplyRequest.objects.filter(pk=pk, closed_at=None).update(
            closed_at=at, is_answered=is_answered
        )
        if not done:
            return found
        actor = creator_actor(creator.workspace, f"@{creator.handle}")
        comment = found.comment
        if is_answered:
            Comment.objects.filter(pk=comment.pk, answered_at=None).update(answered_at=at)
        else:
            notices.notify(
                creator.workspace,
                key=f"reply-declined-{pk}",
                roles=(COMMUNITY, OWNER),
                title=f"@{creator.handle} will not answer a comment under their post.",
                next_step="Hide it if it is spam or abuse, or mark it as done.",
                path=f"comments/{comment.comment_id}/",
                at=at,
            )
        words = "answered comment" if is_answered else "declined to answer comment"
        record(actor, words, f"comment {comment.comment_id}", at=at)
    return found
