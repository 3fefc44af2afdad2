"""The page of products: what is known of their costs, and the import."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from kindling.clock import now
from kindling.errors import KindlingError
from kindling.kit.tables import Imported
from kindling.lists.web import show_list
from kindling.products import service
from kindling.products.lists import PRODUCTS
from kindling.products.service import COLUMNS
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor
from kindling.workspaces.web import page, uploaded


@page(Action.IMPORT_PRODUCTS, method="ANY")
def products(request: HttpRequest, actor: Actor) -> HttpResponse:
    result: Imported | None = None
    error: KindlingError | None = None
    if request.method == "POST":
        try:
            result = service.import_products(actor, uploaded(request, "file"), at=now())
        except KindlingError as problem:
            error = problem
    context = {"columns": COLUMNS, "result": result}
    return show_list(request, actor, PRODUCTS, "products/list.html", context, error=error)
