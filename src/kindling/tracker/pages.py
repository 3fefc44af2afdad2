"""Pages of the tracker import: choose a file, see what every row would do, change how it is read, import."""

from __future__ import annotations

import re
from dataclasses import replace

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse

from kindling.clock import now
from kindling.errors import FileProblemError
from kindling.tracker import service as tracker
from kindling.tracker import uploads
from kindling.tracker.forms import TrackerFileForm
from kindling.tracker.plan_creators import RowOutcome
from kindling.tracker.reading.columns import LABELS, Field
from kindling.tracker.reading.rows import ORDERS, ReadingOptions
from kindling.workspaces import service as workspaces
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor
from kindling.workspaces.web import PAGE_SIZE, decide, page, whole_number

OUTCOMES = {
    RowOutcome.REFUSED: "Refused",
    RowOutcome.PARTLY: "Partly",
    RowOutcome.TAKEN: "New",
    RowOutcome.CHANGED: "Changed",
    RowOutcome.SAME: "Unchanged",
    RowOutcome.SKIPPED: "Skipped",
}


@page(Action.MANAGE_CREATORS, method="ANY")
def choose(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Choose the file."""
    form = TrackerFileForm(request)
    return decide(
        request, form,
        lambda file: uploads.keep(actor, file, name=form.file_name("file"), at=now()),
        to=lambda kept: reverse("tracker:preview", args=[actor.workspace.slug, kept.pk]),
        show=lambda error: render(request, "tracker/choose.html", {"form": form, "error": error}),
    )  # fmt: skip


@page(Action.MANAGE_CREATORS)
def preview(request: HttpRequest, actor: Actor, sheet: int) -> HttpResponse:
    """Every row explained, and how the columns are read."""
    kept, data = uploads.find(actor, sheet, at=now())
    how = _how(request.GET, data)
    found = tracker.dry_run(actor, data, name=kept.name, how=how, at=now())
    only = request.GET.get("only", "")
    rows = [row for row in found.rows if not only or row.outcome == only]
    context = {
        "sheet": kept,
        "found": found,
        "rows": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
        "only": only,
        "filters": [("", "All", len(found.rows))]
        + [(str(key), label, found.counts[key]) for key, label in OUTCOMES.items()],
        **_form(found, actor),
    }
    return render(request, "tracker/preview.html", context)


@page(Action.MANAGE_CREATORS, method="POST")
def import_sheet(request: HttpRequest, actor: Actor, sheet: int) -> HttpResponse:
    """Import what was looked at."""
    kept, data = uploads.find(actor, sheet, at=now())
    wanted = request.POST.get("ad_account")
    account = workspaces.find_ad_account(actor, wanted) if wanted else None
    found = tracker.import_tracker(
        actor, data, name=kept.name, how=_how(request.POST, data), ad_account=account, at=now()
    )
    uploads.forget(kept)
    open_rows = [
        row for row in found.rows if row.outcome in {RowOutcome.REFUSED, RowOutcome.PARTLY}
    ]
    context = {"found": found, "rows": open_rows[:200], "more": max(0, len(open_rows) - 200)}
    return render(request, "tracker/imported.html", context)


def _how(typed: QueryDict, data: bytes) -> tracker.Readings:
    """How a person wants each sheet read; by its own header until they said otherwise."""
    own = tracker.readings(data)
    if "header" not in typed:
        return own
    order = typed.get("order", "")
    return tuple(
        replace(
            _how_sheet(typed, data, number, found),
            order=order if order in ORDERS else "",
            dated_is_paid="dated_is_paid" in typed,
            unlinked_is_all="unlinked_is_all" in typed,
            fills_down="fills_down" in typed,
            is_left_out=f"{_prefix(number)}out" in typed,
        )
        for number, found in enumerate(own)
    )


def _how_sheet(typed: QueryDict, data: bytes, number: int, own: ReadingOptions) -> ReadingOptions:
    prefix = _prefix(number)
    if f"{prefix}header" not in typed:
        return own
    header = whole_number(typed.get(f"{prefix}header"), "Header line")
    was = typed.get(f"{prefix}header_was", typed.get(f"{prefix}header"))
    if header != whole_number(was, "Header line"):
        # Its columns are guessed anew.
        return tracker.reading(data, header_line=header, sheet=number)
    columns: dict[Field, int] = {}
    for key, value in typed.items():
        found = re.fullmatch(rf"{prefix}c([0-9]{{1,3}})", key)
        if not found or value not in set(Field):
            continue
        if Field(value) in columns:
            raise FileProblemError(
                f"Two columns are set to {Field(value).label}.",
                next_step="Choose one of them.",
            )
        columns[Field(value)] = int(found[1])
    return ReadingOptions(columns, max(0, min(header, 10_000)))


def _prefix(number: int) -> str:
    """What the names of a sheet's fields in the form begin with; those of the first stand bare."""
    return f"s{number}-" if number else ""


def _form(found: tracker.ImportReport, actor: Actor) -> dict[str, object]:
    return {
        "sheets": [
            {
                "report": each,
                "prefix": _prefix(number),
                "columns": _columns(each),
            }
            for number, each in enumerate(found.sheets)
        ],
        "has_sheets": len(found.sheets) > 1,
        "how": found.main.reading,
        "fields": [(str(each), LABELS[each]) for each in Field],
        "orders": list(ORDERS.items()),
        "accounts": workspaces.accounts_to_choose(actor.workspace) if found.holds_codes else [],
    }


def _columns(sheet: tracker.SheetReport) -> list[tuple[int, str, str, str]]:
    """Number, name, sample and meaning of the columns that hold something or mean something."""
    chosen = {column: str(each) for each, column in sheet.reading.columns.items()}
    return [
        (column, name, sheet.samples[column], chosen.get(column, ""))
        for column, name in enumerate(sheet.header)
        if sheet.samples[column] or column in chosen
    ]
