"""Pages of orders: take a file in, look first, see what was refused and why."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from kindling.clock import now
from kindling.conversions import background, service
from kindling.conversions.forms import LOOK, ImportOrdersForm
from kindling.conversions.lists import ORDER_FILES
from kindling.conversions.models import OrderImport
from kindling.conversions.service import ImportResult
from kindling.errors import KindlingError
from kindling.lists.web import show_list
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor
from kindling.workspaces.web import decide, page

SHOWN_PROBLEMS = 200


@page()
def orders(request: HttpRequest, actor: Actor) -> HttpResponse:
    return _orders(request, actor)


def _orders(
    request: HttpRequest,
    actor: Actor,
    *,
    form: ImportOrdersForm | None = None,
    error: KindlingError | None = None,
    result: ImportResult | None = None,
    is_dry: bool = False,
) -> HttpResponse:
    context = {
        "unowned": service.unowned(actor.workspace),
        "form": form or ImportOrdersForm(),
        "result": result,
        "problems": result.problems[:SHOWN_PROBLEMS] if result else [],
        "is_dry": is_dry,
    }
    return show_list(request, actor, ORDER_FILES, "conversions/orders.html", context, error=error)


@page(Action.IMPORT_ORDERS, method="POST")
def take(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Take a file in, or only look what would happen."""
    form = ImportOrdersForm(request)
    is_dry = form["do"].value() == LOOK

    def do(file: bytes, do: str) -> ImportResult | OrderImport:
        name = form.file_name("file")
        if len(file) > background.LARGE and do != LOOK:
            return background.receive(actor, file, file_name=name, at=now())
        return service.import_orders(actor, file, file_name=name, at=now(), dry_run=do == LOOK)

    def to(result: ImportResult | OrderImport) -> str | HttpResponse:
        if isinstance(result, OrderImport):
            return reverse("conversions:file", args=[actor.workspace.slug, result.pk])
        return _orders(request, actor, result=result, is_dry=is_dry)

    return decide(
        request, form, do, to=to,
        show=lambda error: _orders(request, actor, form=form, error=error),
    )  # fmt: skip


@page()
def order_file(request: HttpRequest, actor: Actor, order_file: int) -> HttpResponse:
    """What became of a file; asks again by itself while it is read."""
    found = service.find_import(actor.workspace, order_file)
    return render(request, "conversions/file.html", {"file": found, "problems": found.problems})
