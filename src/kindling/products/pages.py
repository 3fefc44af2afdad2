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
from kindling.workspaces.web import decide, page


@page(Action.IMPORT_PRODUCTS, method="ANY")
def products(request: HttpRequest, actor: Actor) -> HttpResponse:
    form = ImportProductsForm(request)

    def show(error: KindlingError | None, result: Imported | None = None) -> HttpResponse:
        context = {"form": form, "result": result}
        return show_list(request, actor, PRODUCTS, "products/list.html", context, error=error)

    return decide(
        request, form, lambda file: service.import_products(actor, file, at=now()),
        to=lambda result: show(None, result), show=show,
    )  # fmt: skip
