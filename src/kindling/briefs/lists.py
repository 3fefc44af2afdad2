"""The lists of briefs and of drafts to review."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from kindling.briefs import deliverables, service
from kindling.briefs.models import Brief, Deliverable, Draft
from kindling.briefs.reviews import service as reviews
from kindling.briefs.rules import BriefState, ReviewSide
from kindling.lists.rules import ALL, Kind
from kindling.lists.spec import Column, Filter, ListSpec, Scope, register


def _counts(scope: Scope) -> Mapping[str, int]:
    counts = service.brief_counts(scope.workspace)
    total = sum(counts.values())
    return {**counts, "": total, service.ACTIVE: total - counts.get(BriefState.ARCHIVED, 0)}


BRIEFS = register(
    ListSpec(
        name="briefs",
        title="Briefs",
        page="briefs:list",
        rows=lambda scope: service.briefs(scope.workspace),
        order="last changed first",
        row_template="briefs/row.html",
        link=lambda scope, row: reverse("briefs:one", args=[scope.workspace.slug, row.pk]),
        search=lambda rows, word, _: service.matching(rows, word),
        search_hint="Title",
        filters=(
            Filter(
                "state", "State", lambda _: [(service.ACTIVE, "Active"), *Brief.STATES],
                lambda rows, state, _: service.of_state(rows, state),
                counts=_counts, is_tabs=True, unless=service.ACTIVE,
            ),
        ),
        columns=(
            Column("brief", "Brief", str, sort="title", is_title=True),
            Column("state", "State", lambda row: row.get_state_display()),
            Column("version", "Version", lambda row: row.version, Kind.COUNT, sort="version", is_shown=False),
            Column("products", "Products", lambda row: ", ".join(row.skus) or None),
            Column("assigned", "Assigned", lambda row: row.given_out, Kind.COUNT, sort="given_out"),
            Column("open", "Open", lambda row: row.still_open, Kind.COUNT, sort="still_open"),
            Column("changed", "Changed", lambda row: row.changed_at, Kind.INSTANT, sort="changed_at"),
            Column("created", "Created", lambda row: row.created_at, Kind.INSTANT, sort="created_at", is_shown=False),
        ),
    )
)  # fmt: skip


# --- Deliverables ---------------------------------------------------------------------------------------------


def _states(scope: Scope) -> Mapping[str, int]:
    return deliverables.state_counts(deliverables.deliverables(scope.workspace))


DELIVERABLES = register(
    ListSpec(
        name="deliverables",
        title="Deliverables",
        page="briefs:deliverables",
        rows=lambda scope: deliverables.deliverables(scope.workspace),
        opened=lambda scope, rows: [deliverables.card(row, now=scope.now) for row in rows],
        order="earliest due first",
        row_template="briefs/deliverable_row.html",
        link=lambda scope, row: reverse(
            "briefs:deliverable", args=[scope.workspace.slug, row.deliverable.pk]
        ),
        search=lambda rows, word, _: deliverables.matching(rows, word),
        search_hint="Title or creator",
        filters=(
            Filter(
                "state", "State", lambda _: Deliverable.STATES,
                lambda rows, state, _: rows.filter(state=state), counts=_states, is_tabs=True,
            ),
            Filter(
                "brief", "Brief",
                lambda scope: [(str(each.pk), str(each)) for each in service.briefs(scope.workspace)],
                lambda rows, brief, _: rows.filter(brief_id=int(brief)),
            ),
            Filter(
                "late", "Due", lambda _: [("yes", "Late only")],
                lambda rows, _late, scope: deliverables.late(rows, now=scope.now),
            ),
        ),
        columns=(
            Column("deliverable", "Deliverable", lambda row: row.deliverable.title, is_title=True),
            Column("number", "Number", lambda row: row.deliverable.pk, Kind.COUNT, is_shown=False),
            Column("handle", "Creator", lambda row: row.deliverable.creator.handle, sort="creator__handle",
                   is_shown=False),
            Column("brief", "Brief", lambda row: row.deliverable.brief.title, sort="brief__title", is_shown=False),
            Column("kind", "Kind", lambda row: row.deliverable.get_kind_display(), is_shown=False),
            Column("state", "State", lambda row: row.deliverable.get_state_display()),
            Column("waiting_for", "Waiting for", lambda row: " and ".join(map(str, row.waits_on)) or None),
            Column("due", "Due", lambda row: row.deliverable.due_at, Kind.INSTANT, sort="due_at"),
            Column("late", "Late", lambda row: row.is_late, Kind.YES, is_shown=False),
        ),
    )
)  # fmt: skip


# --- Drafts to review -----------------------------------------------------------------------------------------

MINE = "mine"


def _whose(scope: Scope) -> list[tuple[str, str]]:
    sides = [(each.value, each.value.capitalize()) for each in ReviewSide]
    return [(MINE, "My reviews"), *sides] if reviews.sides_of(scope.actor) else sides


def _of(rows: QuerySet[Draft], whose: str, scope: Scope) -> QuerySet[Draft]:
    if whose == MINE:
        return reviews.mine_of(rows, scope.actor)
    return reviews.waiting_for(rows, [ReviewSide(whose)])


def _waits_for(row: Any) -> str:
    legal = row.deliverable.brief.legal_needed and not row.has_legal
    sides = [*(["brand"] if not row.has_brand else []), *(["legal"] if legal else [])]
    return " and ".join(sides).capitalize()


REVIEWS = register(
    ListSpec(
        name="reviews",
        title="Drafts to review",
        page="briefs:reviews",
        rows=lambda scope: reviews.undecided(scope.workspace),
        order="earliest due first",
        row_template="briefs/review_row.html",
        link=lambda scope, row: reverse("briefs:review", args=[scope.workspace.slug, row.pk]),
        search=lambda rows, word, _: reviews.matching(rows, word),
        search_hint="Title or creator",
        filters=(
            Filter(
                "show", "Reviewer", _whose, _of, is_tabs=True,
                unless=lambda scope: MINE if reviews.sides_of(scope.actor) else ALL,
            ),
        ),
        columns=(
            Column("draft", "Draft", lambda row: row.deliverable.title, sort="deliverable__title", is_title=True),
            Column("handle", "Creator", lambda row: row.deliverable.creator.handle,
                   sort="deliverable__creator__handle", is_shown=False),
            Column("brief", "Brief", lambda row: str(row.deliverable.brief), is_shown=False),
            Column("waiting_for", "Decisions", _waits_for),
            Column("round", "Round", lambda row: row.round_number, Kind.COUNT, sort="round_number"),
            Column("submitted", "Submitted", lambda row: row.at, Kind.INSTANT, sort="at", is_shown=False),
            Column("decide_by", "Decide by", lambda row: row.review_due_at, Kind.INSTANT, sort="review_due_at"),
        ),
    )
)  # fmt: skip
