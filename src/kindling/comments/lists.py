"""The inbox of comments, and the posts that people commented on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.urls import reverse

from kindling.comments import acts, service
from kindling.comments.forms import NOBODY, HideForm, LabelForm
from kindling.comments.models import CATEGORIES, LANGUAGE_NAMES, Comment
from kindling.comments.service import PostComments, ShownComment
from kindling.lists.rules import Kind
from kindling.lists.spec import (
    Column,
    Done,
    Filter,
    ListAction,
    ListSpec,
    Scope,
    one_by_one,
    register,
)
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor

WAITING, OVERDUE, MINE, HIDDEN = "waiting", "overdue", "mine", "hidden"
UNSURE = "unsure"


def _rows(scope: Scope) -> QuerySet[Comment]:
    return service.inbox(scope.workspace)


def _shown(rows: QuerySet[Comment], show: str, scope: Scope) -> QuerySet[Comment]:
    if show == HIDDEN:
        return rows.filter(is_hidden=True)
    if show == OVERDUE:
        return service.overdue(rows, now=scope.now)
    if show == MINE:
        return service.waiting(rows).filter(assignee=scope.actor.user)
    return service.waiting(rows)


def _counts(scope: Scope) -> Mapping[str, int]:
    counts = service.count_inbox(scope.workspace, now=scope.now)
    return {"": counts.all, WAITING: counts.waiting, OVERDUE: counts.overdue, HIDDEN: counts.hidden}


def _of_category(rows: QuerySet[Comment], category: str, _scope: Scope) -> QuerySet[Comment]:
    return rows.filter(category="" if category == UNSURE else category)


def _assignees(scope: Scope) -> list[tuple[str, str]]:
    return [(str(each.pk), str(each)) for each in service.members(scope.workspace)]


def _name(row: ShownComment | Comment) -> str:
    found = row.comment if isinstance(row, ShownComment) else row
    return f"Comment of @{found.author}" if found.author else f"Comment {found.comment_id}"


def _label_all(actor: Actor, rows: list[Comment], values: Mapping[str, Any], at: datetime) -> Done:
    def label(row: Comment) -> object:
        before = service.set_label(actor, row, values["label"], at=at)
        after = values["label"]
        return None if before == after else {"pk": row.pk, "before": before, "after": after}

    return one_by_one(rows, _name, label)


def _unlabel(actor: Actor, done: list[dict[str, Any]], at: datetime) -> Done:
    def back(each: dict[str, Any]) -> object:
        service.put_label_back(actor, each["pk"], before=each["before"], after=each["after"], at=at)
        return each["pk"]

    return one_by_one(done, lambda each: f"Comment {each['pk']}", back)


def _assign_all(actor: Actor, rows: list[Comment], values: Mapping[str, Any], at: datetime) -> Done:
    def assign(row: Comment) -> object:
        before = service.assign(actor, row, values["assignee"], at=at)
        return None if before == values["assignee"] else row.pk

    found = one_by_one(rows, _name, assign)
    return Done(found.count, found.refused)


def _hide_all(actor: Actor, rows: list[Comment], values: Mapping[str, Any], at: datetime) -> Done:
    def hide(row: Comment) -> object:
        found = service.find_comment(actor.workspace, row.comment_id)
        acts.hide(actor, found, reason=values["reason"], note=values["note"], at=at)
        return row.pk

    found = one_by_one(rows, _name, hide)
    return Done(found.count, found.refused)


def _assign_fields(scope: Scope) -> Mapping[str, forms.Field]:
    choices = [NOBODY, *_assignees(scope)]
    return {"assignee": forms.ChoiceField(label="Assigned to", choices=choices, required=False)}


def _said(words: str) -> Any:
    return lambda count: f"1 comment {words}." if count == 1 else f"{count:,} comments {words}."


SET_CATEGORY = ListAction(
    name="set_category",
    label="Set category",
    does="Your category counts above the automatic one, which learns from it.",
    action=Action.ANSWER_COMMENTS,
    fields=lambda _: LabelForm().fields,
    do=_label_all,
    said=_said("with another category"),
    undo=_unlabel,
)
ASSIGN = ListAction(
    name="assign",
    label="Assign",
    does="The member finds them under Mine.",
    action=Action.ANSWER_COMMENTS,
    fields=_assign_fields,
    do=_assign_all,
    said=_said("assigned"),
)
HIDE = ListAction(
    name="hide",
    label="Hide",
    does="Only spam, abuse, personal data and comments off topic are hidden. Criticism is refused: it gets a reply.",
    action=Action.ANSWER_COMMENTS,
    fields=lambda _: HideForm().fields,
    do=_hide_all,
    said=_said("hidden at TikTok"),
)


def _spend(row: ShownComment) -> object:
    return row.spend


COMMENTS = register(
    ListSpec(
        name="comments",
        title="Comments",
        page="comments:list",
        rows=_rows,
        opened=lambda scope, rows: list(service.opened(scope.workspace, rows, now=scope.now)),
        order="the soonest due first, then the newest",
        row_template="comments/row.html",
        link=lambda scope, row: reverse(
            "comments:one", args=[scope.workspace.slug, row.comment.comment_id]
        ),
        search=lambda rows, word, _: service.matching(rows, word),
        search_hint="Words, author, creator or post id",
        lacks=lambda scope: service.coverage(scope.workspace, now=scope.now).problems,
        actions=(SET_CATEGORY, ASSIGN, HIDE),
        row_name=_name,
        filters=(
            Filter(
                "show", "Which comments",
                lambda _: [(WAITING, "Waiting"), (OVERDUE, "Overdue"), (MINE, "Mine"), (HIDDEN, "Hidden")],
                _shown, counts=_counts, is_tabs=True, unless=WAITING,
            ),
            Filter(
                "category", "Category", lambda _: [*CATEGORIES, (UNSURE, "Not sure")], _of_category,
            ),
            Filter(
                "language", "Language", lambda _: LANGUAGE_NAMES,
                lambda rows, language, _: rows.filter(language=language),
            ),
            Filter(
                "assignee", "Assigned to", _assignees,
                lambda rows, user, _: rows.filter(assignee=int(user)),
            ),
            Filter(
                "post", "Post", lambda _: (), lambda rows, item, _: rows.filter(item_id=item), is_key=True,
            ),
        ),
        columns=(
            Column("text", "Comment", lambda row: row.comment.text, is_title=True),
            Column("comment_id", "Comment id", lambda row: row.comment.comment_id, sort="comment_id", is_shown=False),
            Column("author", "Author", lambda row: row.comment.author or None, sort="author", is_shown=False),
            Column("category", "Category", lambda row: row.category or None, sort="category"),
            Column("confidence", "Confidence", lambda row: row.comment.confidence, Kind.SHARE, sort="confidence",
                   is_shown=False, digits=0),
            Column("language", "Language", lambda row: row.comment.get_language_display() or None, sort="language",
                   is_shown=False),
            Column("post", "Post", lambda row: row.comment.item_id, sort="item_id"),
            Column("ad", "Ad", lambda row: row.comment.ad.ad_id if row.comment.ad else None, is_shown=False),
            Column("spend", "Ad spend", _spend, Kind.MONEY),
            Column("likes", "Likes", lambda row: row.comment.likes, Kind.COUNT, sort="likes", is_shown=False),
            Column("written", "Written", lambda row: row.comment.written_at, Kind.INSTANT, sort="written_at"),
            Column("due", "Answer by", lambda row: row.comment.due_at, Kind.INSTANT, sort="due_at"),
            Column("state", "State", lambda row: row.state, is_shown=False),
            Column("assignee", "Assigned to", lambda row: str(row.comment.assignee) if row.comment.assignee else None,
                   hides_empty=True),
        ),
    )
)  # fmt: skip


def _by_post(scope: Scope) -> list[PostComments]:
    return scope.once("comments by post", lambda: service.by_post(scope.workspace, now=scope.now))


POSTS = register(
    ListSpec(
        name="commented-posts",
        title="Comments by post",
        page="comments:posts",
        rows=_by_post,
        order="the most overdue comments first",
        row_template="comments/post_row.html",
        link=lambda scope, row: (
            f"{reverse('comments:list', args=[scope.workspace.slug])}?post={row.item_id}&show=all"
        ),
        search=lambda rows, word, _: [
            row for row in rows if word.lstrip("@").casefold() in f"{row.handle} {row.item_id}".casefold()
        ],
        search_hint="Creator or post id",
        filters=(
            Filter(
                "running", "Ads", lambda _: [("yes", "With running ads")],
                lambda rows, _, __: [row for row in rows if row.running],
            ),
        ),
        columns=(
            Column("post", "Post", lambda row: row.item_id, sort="post", is_title=True),
            Column("handle", "Creator", lambda row: row.handle or None, sort="handle", is_shown=False),
            Column("spend", "Ad spend", lambda row: row.spend, Kind.MONEY, sort="spend", is_main=True),
            Column("running", "Running ads", lambda row: row.running, Kind.COUNT, sort="running", is_shown=False),
            Column("comments", "Comments", lambda row: row.all, Kind.COUNT, sort="comments"),
            Column("waiting", "Waiting", lambda row: row.waiting, Kind.COUNT, sort="waiting"),
            Column("overdue", "Overdue", lambda row: row.overdue, Kind.COUNT, sort="overdue"),
            Column("questions", "Questions", lambda row: row.questions, Kind.COUNT, sort="questions"),
            Column("critical", "Criticism", lambda row: row.critical, Kind.COUNT, sort="critical"),
            Column("share", "Share of criticism", lambda row: row.quality.share, Kind.SHARE, sort="share", digits=0),
            Column("low", "At least", lambda row: row.quality.low, Kind.SHARE, sort="low", digits=0, is_shown=False),
            Column("high", "At most", lambda row: row.quality.high, Kind.SHARE, sort="high", digits=0, is_shown=False),
            Column("hidden", "Hidden", lambda row: row.hidden, Kind.COUNT, sort="hidden", is_shown=False),
            Column("newest", "Newest", lambda row: row.newest_at, Kind.INSTANT, sort="newest", is_shown=False),
        ),
    )
)  # fmt: skip
