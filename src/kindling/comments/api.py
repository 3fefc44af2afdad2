"""API: comments, what is done about them, and how good those of a post are."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from kindling.clock import now
from kindling.comments import acts, requests, service
from kindling.comments.models import Comment, CommentAct
from kindling.posts import service as posts
from kindling.workspaces.api_auth import actor_of, answers, may
from kindling.workspaces.rules import Action

router = Router(tags=["Comments"])


class QualityOut(Schema):
    """Criticism under a post, of comments of a known category. `share`, `low`, `high`: null without a comment.

    `is_bad`: enough comments, and even the low end of the 95 % interval is high.
    """

    item_id: str
    n: int
    critical: int
    share: float | None
    low: float | None
    high: float | None
    is_bad: bool


class CommentOut(Schema):
    """A comment. `category`: what counts, null where nobody is sure; `label`: the classifier's, with its confidence."""

    comment_id: str
    parent_id: str | None
    item_id: str
    ad_id: str | None
    author: str
    text: str
    likes: int
    written_at: str
    category: str | None
    label: str | None
    confidence: float
    language: str | None
    is_hidden: bool
    is_ours: bool
    answered_at: str | None
    due_at: str | None
    assignee: str | None
    speaker: str


class ReplyIn(Schema):
    text: str


class AskIn(Schema):
    suggestion: str = ""


class HideIn(Schema):
    """`reason`: spam_scam, abuse_hate, personal_data or off_topic."""

    reason: str
    note: str = ""


class CategoryIn(Schema):
    category: str


class ActOut(Schema):
    """`state`: done, or unknown until a look at TikTok tells."""

    comment_id: str
    kind: str
    state: str


def _act(act: CommentAct) -> dict[str, str]:
    state = "done" if act.is_done else "unknown"
    return {"comment_id": act.comment.comment_id, "kind": act.kind, "state": state}


def _comment(found: Comment) -> dict[str, Any]:
    return {
        "comment_id": found.comment_id,
        "parent_id": found.parent_id or None,
        "item_id": found.item_id,
        "ad_id": found.ad.ad_id if found.ad else None,
        "author": found.author,
        "text": found.text,
        "likes": found.likes,
        "written_at": found.written_at.isoformat(),
        "category": found.category or None,
        "label": found.label or None,
        "confidence": found.confidence,
        "language": found.language or None,
        "is_hidden": found.is_hidden,
        "is_ours": found.is_ours,
        "answered_at": found.answered_at.isoformat() if found.answered_at else None,
        "due_at": found.due_at.isoformat() if found.due_at else None,
        "assignee": str(found.assignee) if found.assignee else None,
        "speaker": acts.speaker(found),
    }


@router.get("/quality/{item_id}", response=answers(QualityOut))
def quality(request: HttpRequest, item_id: str) -> dict[str, Any]:
    """How much criticism is under a post, with its interval."""
    workspace = actor_of(request).workspace
    posts.find_post(workspace, item_id)
    found = service.quality_of(workspace, [item_id])[item_id]
    return {
        "item_id": item_id,
        "n": found.n,
        "critical": found.critical,
        "share": found.share,
        "low": found.low,
        "high": found.high,
        "is_bad": found.is_bad,
    }


@router.get("/{comment_id}", response=answers(CommentOut))
def get_comment(request: HttpRequest, comment_id: str) -> dict[str, Any]:
    """One comment; `speaker` says in whose name it can be answered. The list is `GET /lists/comments`."""
    return _comment(service.find_comment(actor_of(request).workspace, comment_id))


@router.post("/{comment_id}/reply", response=answers(ActOut), auth=may(Action.ANSWER_COMMENTS))
def reply(request: HttpRequest, comment_id: str, body: ReplyIn) -> dict[str, str]:
    """Answer a comment in the name that its post allows."""
    actor = actor_of(request)
    found = service.find_comment(actor.workspace, comment_id)
    return _act(acts.reply(actor, found, body.text, at=now()))


@router.post(
    "/{comment_id}/ask", response=answers(dict[str, str]), auth=may(Action.ANSWER_COMMENTS)
)
def ask(request: HttpRequest, comment_id: str, body: AskIn) -> dict[str, str]:
    """Ask the post's creator to answer."""
    actor = actor_of(request)
    found = service.find_comment(actor.workspace, comment_id)
    made = requests.ask(actor, found, body.suggestion, at=now())
    return {"comment_id": comment_id, "asked": f"@{made.creator.handle}"}


@router.post("/{comment_id}/hide", response=answers(ActOut), auth=may(Action.ANSWER_COMMENTS))
def hide(request: HttpRequest, comment_id: str, body: HideIn) -> dict[str, str]:
    """Hide spam, abuse, personal data or a comment off topic. Criticism is refused."""
    actor = actor_of(request)
    found = service.find_comment(actor.workspace, comment_id)
    return _act(acts.hide(actor, found, reason=body.reason, note=body.note, at=now()))


@router.post("/{comment_id}/show", response=answers(ActOut), auth=may(Action.ANSWER_COMMENTS))
def show(request: HttpRequest, comment_id: str) -> dict[str, str]:
    """Show a hidden comment again."""
    actor = actor_of(request)
    return _act(acts.show(actor, service.find_comment(actor.workspace, comment_id), at=now()))


@router.post(
    "/{comment_id}/category", response=answers(dict[str, str]), auth=may(Action.ANSWER_COMMENTS)
)
def set_category(request: HttpRequest, comment_id: str, body: CategoryIn) -> dict[str, str]:
    """Say what a comment is about; it counts above the classifier's label."""
    actor = actor_of(request)
    found = service.find_comment(actor.workspace, comment_id)
    service.set_label(actor, found, body.category, at=now())
    return {"comment_id": comment_id, "category": body.category}
