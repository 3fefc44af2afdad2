"""The list of agreements."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import Count
from django.urls import reverse

from kindling.agreements import service
from kindling.agreements.contract import versions
from kindling.agreements.contract.rules import AgreementState
from kindling.lists.rules import Kind
from kindling.lists.spec import Column, Filter, ListSpec, Scope, register


def _counts(scope: Scope) -> Mapping[str, int]:
    rows = service.list_agreements(scope.workspace).order_by()
    return dict(rows.values_list("state").annotate(count=Count("pk")))


AGREEMENTS = register(
    ListSpec(
        name="agreements",
        title="Agreements",
        page="agreements:list",
        rows=lambda scope: service.list_agreements(scope.workspace),
        order="newest first",
        row_template="agreements/row.html",
        link=lambda scope, row: reverse("agreements:one", args=[scope.workspace.slug, row.pk]),
        search=lambda rows, word, _: versions.matching(rows, word),
        search_hint="Title or creator",
        filters=(
            Filter(
                "state", "State", lambda _: [(each.value, each.value.capitalize()) for each in AgreementState],
                lambda rows, state, _: rows.filter(state=state), counts=_counts, is_tabs=True,
            ),
        ),
        columns=(
            Column("title", "Agreement", lambda row: row.title, sort="title", is_title=True),
            Column("number", "Number", lambda row: row.pk, Kind.COUNT, is_shown=False),
            Column("handle", "Creator", lambda row: row.creator.handle, sort="creator__handle"),
            Column("state", "State", lambda row: row.get_state_display()),
            Column("since", "Since", lambda row: row.state_since, Kind.INSTANT, sort="state_since"),
            Column("created", "Created", lambda row: row.created_at, Kind.INSTANT, sort="created_at", is_shown=False),
        ),
    )
)  # fmt: skip
