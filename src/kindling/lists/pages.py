"""Pages of lists: choose columns, save a view, take a file. The lists themselves are pages of their areas."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from kindling.clock import now
from kindling.errors import InvalidInputError, KindlingError, NotFoundError
from kindling.lists import actions, files, service
from kindling.lists.forms import (
    GALLERY,
    ActionForm,
    ColumnsForm,
    ExportForm,
    LayoutForm,
    SelectionForm,
    ViewForm,
)
from kindling.lists.models import ListExport, Undo
from kindling.lists.query import read_wanted
from kindling.lists.rules import AT_ONCE, FileFormat
from kindling.lists.spec import Done, ListSpec, Scope, find_list
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor
from kindling.workspaces.web import decide, one_page, page

SHOWN_NAMES = 20  # of the selected rows, before something is done to them
SHOWN_REFUSALS = 5


def _found(actor: Actor, name: str) -> ListSpec:
    spec = find_list(name)
    actor.require(spec.action)
    return spec


def _back(actor: Actor, spec: ListSpec, request: HttpRequest) -> str:
    """The list as it was shown: by the parameters that the form's address carries."""
    wanted = read_wanted(spec, request.GET.dict(), Scope(actor, now()))
    query = urlencode(spec.query(wanted))
    address = spec.address(actor.workspace.slug, wanted.filters)
    return f"{address}?{query}" if query else address


@page(method="POST")
def columns(request: HttpRequest, actor: Actor, name: str) -> HttpResponse:
    """Choose the columns of a list and how dense it is."""
    spec = _found(actor, name)
    return decide(
        request,
        ColumnsForm(request, spec=spec),
        lambda columns, is_compact: service.set_preference(
            actor, spec, columns=columns, is_compact=is_compact
        ),
        to=_back(actor, spec, request),
    )


@page(method="POST")
def layout(request: HttpRequest, actor: Actor, name: str) -> HttpResponse:
    """Choose between the table and the gallery."""
    spec = _found(actor, name)
    return decide(
        request,
        LayoutForm(request),
        lambda layout: service.set_layout(actor, spec, is_gallery=layout == GALLERY),
        to=_back(actor, spec, request),
    )


@page(method="POST")
def save_view(request: HttpRequest, actor: Actor, name: str) -> HttpResponse:
    """Keep what the list shows under a name."""
    spec = _found(actor, name)
    wanted = read_wanted(spec, request.GET.dict(), Scope(actor, now()))
    return decide(
        request,
        ViewForm(request),
        lambda name: service.save_view(actor, spec, name=name, wanted=wanted),
        said=lambda view: f"The view “{view.name}” is saved.",
        to=_back(actor, spec, request),
    )


@page(method="POST")
def delete_view(request: HttpRequest, actor: Actor, view: int) -> HttpResponse:
    return decide(
        request,
        None,
        lambda: service.delete_view(actor, view),
        said=lambda view: f"The view “{view.name}” is deleted.",
        to=lambda view: _back(actor, find_list(view.list_name), request),
    )


@page(method="POST")
def act(request: HttpRequest, actor: Actor, name: str, action: str) -> HttpResponse:
    """Do something to the selected rows; what it asks for, and whether it is meant, is asked on a page between."""
    spec = _found(actor, name)
    chosen, scope = spec.list_action(action), Scope(actor, now())
    actor.require(chosen.action)
    back = _back(actor, spec, request)
    wanted = read_wanted(spec, request.GET.dict(), scope)
    fields = chosen.fields(scope)
    form = ActionForm(request, fields=fields)
    selection = SelectionForm(request).checked()
    everything = wanted if selection["everything"] else None

    try:
        rows = actions.selected(spec, scope, keys=selection["key"], wanted=everything)
    except InvalidInputError as problem:
        messages.error(request, str(problem))
        return redirect(back)

    def show(error: KindlingError | None) -> HttpResponse:
        listed = list(rows)
        # What is sent back are these rows: one that comes meanwhile was not seen.
        keys = {"key": [each.pk for each in listed]}
        context = {
            "spec": spec, "action": chosen, "error": error, "list_url": back, "query": urlencode(wanted.query()),
            "form": form if form.is_pressed("go") else ActionForm(fields=fields, initial=keys),
            "names": [spec.row_name(each) for each in spec.opened(scope, listed[:SHOWN_NAMES])], "count": len(listed),
            "more": max(0, len(listed) - SHOWN_NAMES),
        }  # fmt: skip
        return render(request, "lists/act.html", context)

    if (fields or chosen.confirms) and not form.is_pressed("go"):
        return show(None)
    return decide(
        request,
        form,
        lambda key, everything, **values: actions.act(
            actor,
            spec,
            chosen,
            values,
            keys=key,
            wanted=wanted if everything else None,
            at=scope.now,
        ),
        to=lambda made: _tell(request, actor, chosen.said, *made, back),
        show=show,
    )


def _tell(
    request: HttpRequest,
    actor: Actor,
    said: Callable[[int], str],
    done: Done,
    undo: Undo | None,
    back: str,
) -> HttpResponse:
    """Say what came of an action, with the way to take it back, and go back to the list."""
    if done.count:
        way = reverse("lists:undo", args=[actor.workspace.slug, undo.pk]) if undo else ""
        messages.success(request, said(done.count), extra_tags=way)
    for row, reason in done.refused[:SHOWN_REFUSALS]:
        messages.warning(request, f"{row}: {reason}")
    more = len(done.refused) - SHOWN_REFUSALS
    if more > 0:
        messages.warning(request, f"{more:,} more rows stay as they are, for reasons like these.")
    return redirect(back)


@page(method="POST")
def undo(request: HttpRequest, actor: Actor, undo: int) -> HttpResponse:
    """Take back what was just done to rows of a list."""

    def onward(made: tuple[Done, Undo]) -> HttpResponse:
        done, found = made
        spec = find_list(found.list_name)
        return _tell(request, actor, _undone, done, None, spec.address(actor.workspace.slug, {}))

    return decide(request, None, lambda: actions.take_back(actor, undo, at=now()), to=onward)


def _undone(count: int) -> str:
    return "Undone." if count == 1 else f"Undone for {count:,} rows."


@page(Action.EXPORT, method="ANY")
def export(request: HttpRequest, actor: Actor, name: str) -> HttpResponse:
    """A list as a file: at once where it is short; else whoever asks is offered to have it written."""
    spec, at = _found(actor, name), now()
    told = request.GET.dict()
    scope = Scope(actor, at)
    wanted = read_wanted(spec, told, scope)
    fmt = FileFormat(told["format"]) if told.get("format") in list(FileFormat) else FileFormat.CSV
    liked = service.preference(actor, spec)
    columns = [each.name for each in service.shown_columns(spec, liked.columns if liked else None)]
    total = service.count(actor, spec, wanted, at=at)
    if request.method != "POST" and total <= AT_ONCE:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "list"
            service.write_rows(spec, wanted.query(), columns, file, fmt=fmt, scope=scope)
            data = file.read_bytes()
        answer = HttpResponse(data, content_type=files.CONTENT_TYPES[fmt])
        return _as_file(answer, actor, spec, fmt)
    return decide(
        request,
        ExportForm(request, initial={"format": fmt}),
        lambda format: service.ask_export(
            actor, spec, wanted, columns=columns, fmt=FileFormat(format), at=at
        ),
        to=lambda made: reverse("lists:export_file", args=[actor.workspace.slug, made.pk]),
        show=lambda error: render(
            request,
            "lists/export.html",
            {"spec": spec, "total": total, "format": fmt, "error": error, "query": urlencode(wanted.query()),
             "list_url": _back(actor, spec, request)},
        ),
    )  # fmt: skip


@page(Action.EXPORT)
def export_file(request: HttpRequest, actor: Actor, export: int) -> HttpResponse:
    """How far the file of an export is; asks again by itself until it is done."""
    found = service.find_export(actor, export)
    return render(
        request, "lists/export_file.html", {"export": found, "spec": find_list(found.list_name)}
    )


@page(Action.EXPORT)
def exports(request: HttpRequest, actor: Actor) -> HttpResponse:
    """One's own exports of the last days."""
    return render(
        request, "lists/exports.html", {"exports": one_page(request, service.exports(actor))}
    )


@page(Action.EXPORT)
def download(request: HttpRequest, actor: Actor, export: int) -> HttpResponse:
    found = service.find_export(actor, export)
    spec = _found(actor, found.list_name)
    file = service.file_of(found)
    if found.state != ListExport.State.DONE or not file.exists():
        raise NotFoundError("The file is not there.", next_step="Export the list again.")
    fmt = FileFormat(found.format)
    answer = FileResponse(file.open("rb"), content_type=files.CONTENT_TYPES[fmt])
    return _as_file(answer, actor, spec, fmt)


def _as_file(
    answer: HttpResponse | FileResponse, actor: Actor, spec: ListSpec, fmt: FileFormat
) -> HttpResponse:
    name = f"kindling-{actor.workspace.slug}-{spec.name}.{fmt}"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Cache-Control"] = "no-store"
    return answer  # type: ignore[return-value]  # a FileResponse is one of Django's answers as well
