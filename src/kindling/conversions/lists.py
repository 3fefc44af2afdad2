"""The list of imported order files."""

from __future__ import annotations

from django.urls import reverse

from kindling.conversions import service
from kindling.lists.rules import Kind
from kindling.lists.spec import Column, ListSpec, register

ORDER_FILES = register(
    ListSpec(
        name="order-files",
        title="Order files",
        page="conversions:orders",
        rows=lambda scope: service.imports(scope.workspace),
        order="newest first",
        row_template="conversions/row.html",
        link=lambda scope, row: reverse("conversions:file", args=[scope.workspace.slug, row.pk]),
        search=lambda rows, word, _: rows.filter(file_name__icontains=word),
        search_hint="Name of the file",
        columns=(
            Column("file", "File", lambda row: row.file_name, sort="file_name", is_title=True),
            Column(
                "state", "State", lambda row: row.get_state_display(), sort="state", is_shown=False
            ),
            Column("new", "New", lambda row: row.taken, Kind.COUNT, sort="taken"),
            Column("updated", "Updated", lambda row: row.changed, Kind.COUNT, sort="changed"),
            Column("unchanged", "Unchanged", lambda row: row.unchanged, Kind.COUNT),
            Column("refused", "Refused", lambda row: row.refused, Kind.COUNT, sort="refused"),
            Column("by", "By", lambda row: row.imported_by and str(row.imported_by)),
            Column("when", "When", lambda row: row.at, Kind.INSTANT, sort="at"),
        ),
    )
)
