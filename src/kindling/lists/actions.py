"""What is done to several rows of a list at once, and how it is taken back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from kindling.errors import ConflictError, InvalidInputError, NotFoundError
from kindling.lists.models import Undo
from kindling.lists.query import rows_of
from kindling.lists.rules import MOST_ACTED, UNDO_DAYS, Wanted
from kindling.lists.service import require_member
from kindling.lists.spec import Done, ListAction, ListSpec, Scope, find_list
from kindling.workspaces.service import Actor

GONE = "It is not in this list any more."


def selected(
    spec: ListSpec, scope: Scope, *, keys: Iterable[int] = (), wanted: Wanted | None = None
) -> QuerySet[Any]:
    """The rows that somebody selected: those of some keys, or all that a search and filters leave.

    Raises InvalidInputError where these are none or too many.
    """
    if wanted is not None:
        rows = rows_of(spec, replace(wanted, sort=""), scope)
    else:
        rows = spec.rows(scope).filter(pk__in=list(keys)[: MOST_ACTED + 1])
    count = rows.count()
    if not count:
        raise InvalidInputError("No rows are selected.", next_step="Select at least one.")
    if count > MOST_ACTED:
        raise InvalidInputError(
            f"{count:,} rows are selected, more than {MOST_ACTED:,}.",
            next_step="Narrow the list with its filters.",
        )
    found: QuerySet[Any] = rows
    return found


def act(
    actor: Actor,
    spec: ListSpec,
    action: ListAction,
    values: Mapping[str, Any],
    *,
    keys: Iterable[int] = (),
    wanted: Wanted | None = None,
    at: datetime,
) -> tuple[Done, Undo | None]:
    """Do something to the selected rows, each by itself: a row that cannot be changed does not hold up the others.

    keys, wanted : as in `selected`
    Returns what came of it, and how to take it back, where that is possible.
    """
    actor.require(spec.action)
    actor.require(action.action)
    keys = list(keys)
    rows = list(selected(spec, Scope(actor, at), keys=keys, wanted=wanted))
    done = action.do(actor, rows, values, at)
    missing = len(set(keys)) - len(rows) if wanted is None else 0
    if missing:
        named = "1 row" if missing == 1 else f"{missing:,} rows"
        done = replace(done, refused=[*done.refused, (named, GONE)])
    if action.undo is None or done.undo is None or not done.count or actor.user is None:
        return done, None
    return done, keep_undo(actor, spec, action, done.undo, at=at)


def keep_undo(actor: Actor, spec: ListSpec, action: ListAction, what: Any, *, at: datetime) -> Undo:
    """Remember how an action is taken back, for whoever did it."""
    return Undo.objects.create(
        member=require_member(actor), list_name=spec.name, action=action.name, what=what, made_at=at
    )


def take_back(actor: Actor, pk: int, *, at: datetime) -> tuple[Done, Undo]:
    """Take back what this member did; what somebody has changed since stays as it is.

    Raises NotFoundError, ConflictError where it was taken back already, and NotAllowedError.
    """
    mine = Undo.objects.filter(member__workspace=actor.workspace, member__user=actor.user, pk=pk)
    with transaction.atomic():
        found = (
            mine.select_for_update(of=("self",), no_key=True).first()
            if actor.user is not None
            else None
        )
        if found is None:
            raise NotFoundError(
                "This can no longer be undone.", next_step="Change it back by hand."
            )
        if found.undone_at is not None:
            raise ConflictError("This was undone already.", next_step="Nothing to do.")
        spec = find_list(found.list_name)
        action = spec.list_action(found.action)
        actor.require(action.action)
        Undo.objects.filter(pk=found.pk).update(undone_at=at)
        if action.undo is None:
            raise NotFoundError(
                "This can no longer be undone.", next_step="Change it back by hand."
            )
        return action.undo(actor, found.what, at), found


def forget_undos(*, at: datetime) -> int:
    """Delete what can be undone of all workspaces after some days. Returns how many."""
    return Undo.objects.filter(made_at__lt=at - timedelta(days=UNDO_DAYS)).delete()[0]
