"""The lists of briefs and of drafts to review."""

from __future__ import annotations

from collections.abc import Mapping

from django.urls import reverse

from kindling.briefs import service
from kindling.briefs.models import Brief
from kindling.briefs.rules import BriefState
from kindling.lists.rules import Kind
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
