"""The list of notices."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

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
from kindling.notices import service
from kindling.notices.alerts.lists import ALERTS, WEBHOOKS
from kindling.notices.models import Notice
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor

__all__ = ["ALERTS", "NOTICES", "WEBHOOKS"]

WHICH = [("mine", "For my role"), ("open", "All open"), ("done", "Resolved")]


def _which(rows: QuerySet[Notice], which: str, scope: Scope) -> QuerySet[Notice]:
    if which == "done":
        return rows.exclude(done_at=None)
    return service.open_for(rows, scope.actor.role if which == "mine" else "")


def _settle(actor: Actor, rows: list[Notice], _values: Mapping[str, Any], at: datetime) -> Done:
    return one_by_one(rows, str, lambda row: service.mark_done(actor, row.pk, at=at).pk)


def _reopen(actor: Actor, keys: list[int], at: datetime) -> Done:
    titles = dict(Notice.objects.filter(pk__in=keys).values_list("pk", "title"))

    def reopen(key: int) -> int:
        service.reopen(actor, key, at=at)
        return key

    return one_by_one(keys, lambda key: titles.get(key, str(key)), reopen)


MARK_AS_DONE = ListAction(
    name="mark_as_done",
    label="Mark as done",
    does="Resolved notices stay in the list of resolved ones.",
    action=Action.WRITE_NOTES,
    do=_settle,
    said=lambda count: (
        "Marked as done." if count == 1 else f"{count:,} notices are marked as done."
    ),
    undo=_reopen,
)


def _take(actor: Actor, rows: list[Notice], _values: Mapping[str, Any], at: datetime) -> Done:
    return one_by_one(rows, str, lambda row: service.take(actor, row.pk, at=at).pk)


def _give_back(actor: Actor, keys: list[int], at: datetime) -> Done:
    titles = dict(Notice.objects.filter(pk__in=keys).values_list("pk", "title"))

    def give_back(key: int) -> int:
        service.give_back(actor, key, at=at)
        return key

    return one_by_one(keys, lambda key: titles.get(key, str(key)), give_back)


TAKE = ListAction(
    name="take",
    label="I'm on it",
    does="They stay open, show your name, and are not escalated to the owners.",
    action=Action.WRITE_NOTES,
    do=_take,
    said=lambda count: "You are on it." if count == 1 else f"You are on {count:,} notices.",
    undo=_give_back,
)

NOTICES = register(
    ListSpec(
        name="notices",
        title="Notices",
        page="notices:list",
        rows=lambda scope: service.all_notices(scope.workspace),
        order="open ones first, the most urgent first",
        row_template="notices/row.html",
        link=lambda scope, row: f"/w/{scope.workspace.slug}/{row.path}",
        search=lambda rows, word, _: rows.filter(title__icontains=word),
        search_hint="Title",
        seconds=60,
        actions=(MARK_AS_DONE, TAKE),
        filters=(Filter("show", "State", lambda _: WHICH, _which, is_tabs=True, unless="mine"),),
        columns=(
            Column("notice", "Notice", lambda row: row.title, sort="title", is_title=True),
            Column("next_step", "Next step", lambda row: row.next_step),
            Column("owner", "Owner", lambda row: row.owner.capitalize() or None),
            Column("taken_by", "Taken on by", lambda row: str(row.taken_by) if row.taken_by else None),
            Column("urgency", "Urgency", lambda row: row.urgency, Kind.COUNT, sort="urgency", is_shown=False),
            Column("since", "Since", lambda row: row.at, Kind.INSTANT, sort="at"),
            Column("resolved", "Resolved", lambda row: row.done_at, Kind.INSTANT, sort="done_at"),
            Column("resolved_by", "Resolved by", lambda row: row.done_by and str(row.done_by), is_shown=False),
        ),
    )
)  # fmt: skip
