"""Pages of the tracker import: choose a file, see what every row would do, change how it is read, import."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from kindling.clock import now
from kindling.errors import FileProblemError, KindlingError
from kindling.tracker import service as tracker
from kindling.tracker import uploads
from kindling.tracker.forms import (
    LAST_HEADER,
    Column,
    ImportTrackerForm,
    ReadingForm,
    TrackerFileForm,
    columns_in,
    prefix_of,
)
from kindling.tracker.models import Sheet
from kindling.tracker.plan_creators import RowOutcome
from kindling.tracker.reading.columns import Field
from kindling.tracker.reading.rows import ReadingOptions
from kindling.workspaces import service as workspaces
from kindling.workspaces.models import AdAccount
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor
from kindling.workspaces.web import PAGE_SIZE, decide, page

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
    return _preview(request, actor, kept, data, how=_how(request.GET, data))


def _preview(
    request: HttpRequest,
    actor: Actor,
    kept: Sheet,
    data: bytes,
    *,
    how: tracker.Readings,
    form: ImportTrackerForm | None = None,
    error: KindlingError | None = None,
) -> HttpResponse:
    found = tracker.dry_run(actor, data, name=kept.name, how=how, at=now())
    only = request.GET.get("only", "")
    rows = [row for row in found.rows if not only or row.outcome == only]
    shown = _reading_form(found)
    context = {
        "sheet": kept,
        "found": found,
        "rows": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
        "only": only,
        "filters": [("", "All", len(found.rows))]
        + [(str(key), label, found.counts[key]) for key, label in OUTCOMES.items()],
        "form": shown,
        "sheets": list(zip(found.sheets, shown.sheets, strict=True)),
        "passed_on": _reading_form(found, key="import"),
        "has_sheets": len(found.sheets) > 1,
        "import_form": form
        or ImportTrackerForm(accounts=_accounts(actor) if found.holds_codes else []),
        "error": error,
    }
    return render(request, "tracker/preview.html", context)


def _accounts(actor: Actor) -> list[AdAccount]:
    return workspaces.accounts_to_choose(actor.workspace)


@page(Action.MANAGE_CREATORS, method="POST")
def import_sheet(request: HttpRequest, actor: Actor, sheet: int) -> HttpResponse:
    """Import what was looked at."""
    kept, data = uploads.find(actor, sheet, at=now())
    form = ImportTrackerForm(request, accounts=_accounts(actor))
    how = _how(form.data, data)  # how each sheet was read comes along in hidden fields

    def do(ad_account: str) -> tracker.ImportReport:
        account = workspaces.find_ad_account(actor, ad_account) if ad_account else None
        found = tracker.import_tracker(
            actor, data, name=kept.name, how=how, ad_account=account, at=now()
        )
        uploads.forget(kept)
        return found

    def imported(found: tracker.ImportReport) -> HttpResponse:
        open_rows = [
            row for row in found.rows if row.outcome in {RowOutcome.REFUSED, RowOutcome.PARTLY}
        ]
        context = {"found": found, "rows": open_rows[:200], "more": max(0, len(open_rows) - 200)}
        return render(request, "tracker/imported.html", context)

    return decide(
        request, form, do, to=imported,
        show=lambda error: _preview(
            request, actor, kept, data, how=how, form=form, error=error
        ),
    )  # fmt: skip


def _how(typed: Any, data: bytes) -> tracker.Readings:
    """How a person wants each sheet read; by its own header until they said otherwise."""
    own = tracker.readings(data)
    form = ReadingForm(typed, sheets=[columns_in(typed, number) for number in range(len(own))])
    if not form.is_bound:
        return own
    told = form.checked()
    return tuple(
        replace(
            _how_sheet(told, data, number, found),
            order=told["order"],
            dated_is_paid=told["dated_is_paid"],
            unlinked_is_all=told["unlinked_is_all"],
            fills_down=told["fills_down"],
            is_left_out=told[f"{prefix_of(number)}out"],
        )
        for number, found in enumerate(own)
    )


def _how_sheet(
    told: dict[str, Any], data: bytes, number: int, own: ReadingOptions
) -> ReadingOptions:
    prefix = prefix_of(number)
    header, was = told[f"{prefix}header"], told[f"{prefix}header_was"]
    if header is None:
        return own
    if was is not None and header != was:
        # Its columns are guessed anew.
        return tracker.reading(data, header_line=header, sheet=number)
    columns: dict[Field, int] = {}
    for name, meaning in told.items():
        if not meaning or not re.fullmatch(rf"{prefix}c[0-9]+", name):
            continue
        if Field(meaning) in columns:
            raise FileProblemError(
                f"Two columns are set to {Field(meaning).label}.",
                next_step="Choose one of them.",
            )
        columns[Field(meaning)] = int(name.removeprefix(f"{prefix}c"))
    return ReadingOptions(columns, min(header, LAST_HEADER))


def _reading_form(found: tracker.ImportReport, *, key: str = "") -> ReadingForm:
    """The form that shows how the sheets were read."""
    how = found.main.reading
    initial: dict[str, Any] = {
        "order": how.order,
        "fills_down": how.fills_down,
        "dated_is_paid": how.dated_is_paid,
        "unlinked_is_all": how.unlinked_is_all,
    }
    for number, each in enumerate(found.sheets):
        prefix = prefix_of(number)
        line = each.reading.header_line
        initial |= {f"{prefix}header": line, f"{prefix}header_was": line}
        initial[f"{prefix}out"] = each.reading.is_left_out
        initial |= {f"{prefix}c{at}": str(field) for field, at in each.reading.columns.items()}
    return ReadingForm(sheets=[_columns(each) for each in found.sheets], initial=initial, key=key)


def _columns(sheet: tracker.SheetReport) -> list[Column]:
    """The columns that hold something or mean something."""
    chosen = set(sheet.reading.columns.values())
    return [
        Column(number, name, sheet.samples[number])
        for number, name in enumerate(sheet.header)
        if sheet.samples[number] or number in chosen
    ]
