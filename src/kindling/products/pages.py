"""The page of products: what is known of their costs, and the import."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from kindling.clock import now
from kindling.errors import KindlingError
from kindling.kit.tables import Imported
from kindling.lists.web import show_list
from kindling.products import service
from kindling.products.forms import ImportProductsForm
from kindling.products.lists import PRODUCTS
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor
from kindling.workspaces.web import page


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
    context = {"form": form, "result": result}
    return show_list(request, actor, PRODUCTS, "products/list.html", context, error=error)
