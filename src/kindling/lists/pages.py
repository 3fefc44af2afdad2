"""Pages of lists: choose columns, save a view, take a file. The lists themselves are pages of their areas."""

from __future__ import annotations

import tempfile
from pathlib import Path
from urllib.parse import urlencode

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from kindling.clock import now
from kindling.errors import NotFoundError
from kindling.lists import files, service
from kindling.lists.forms import ColumnsForm, ExportForm, ViewForm
from kindling.lists.models import ListExport
from kindling.lists.query import read_wanted
from kindling.lists.rules import AT_ONCE, FileFormat
from kindling.lists.spec import ListSpec, Scope, find_list
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor
from kindling.workspaces.web import decide, one_page, page


def _found(actor: Actor, name: str) -> ListSpec:
    spec = find_list(name)
    actor.require(spec.action)
    return spec


def _back(actor: Actor, spec: ListSpec, request: HttpRequest) -> str:
    """The list as it was shown: by the parameters that the form's address carries."""
    wanted = read_wanted(spec, request.GET.dict(), Scope(actor, now()))
    query = urlencode(wanted.query())
    return reverse(spec.page, args=[actor.workspace.slug]) + (f"?{query}" if query else "")


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
        to=lambda view: reverse(find_list(view.list_name).page, args=[actor.workspace.slug]),
    )


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
