"""The page of products: what is known of their costs, and the import."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from kindling.clock import now
from kindling.errors import KindlingError
from kindling.kit.tables import Imported
from kindling.products import service
from kindling.products.forms import ImportProductsForm
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor
from kindling.workspaces.web import one_page, page


@page(Action.IMPORT_PRODUCTS, method="ANY")
def products(request: HttpRequest, actor: Actor) -> HttpResponse:
    form = ImportProductsForm(request)
    result: Imported | None = None
    error: KindlingError | None = None
    if form.is_bound:
        try:
            result = service.import_products(actor, form.checked()["file"], at=now())
        except KindlingError as problem:
            form.mark(problem)
            error = problem
    known = sorted(service.products(actor.workspace).values(), key=lambda each: each.sku)
    context = {
        "products": one_page(request, known),
        "form": form,
        "result": result,
        "error": error,
    }
    status = error.http_status if error else 200
    return render(request, "products/list.html", context, status=status)
