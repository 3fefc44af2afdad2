"""Pages of products: what is known of their costs, the import, and what a landing page says."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from kindling.clock import now
from kindling.errors import KindlingError
from kindling.kit.tables import Imported
from kindling.lists.web import show_list
from kindling.products import service
from kindling.products.forms import ImportProductsForm, SelectorsForm
from kindling.products.landing import service as landing
from kindling.products.landing.rules import PROBLEM_WORDS, PageAnswer, Selectors
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


@page(Action.CHECK_PAGES, method="ANY")
def landing_page(request: HttpRequest, actor: Actor, sku: str) -> HttpResponse:
    """What a product's landing page says, and the selectors: tried, or saved and read again."""
    product, at = landing.find_product(actor.workspace, sku), now()
    stored = landing.selectors_of(product)
    form = SelectorsForm(
        request, initial={"title": stored.title, "price": stored.price, "stock": stored.stock}
    )
    is_trial = form.is_pressed("try")

    def show(error: KindlingError | None, answer: PageAnswer | None = None) -> HttpResponse:
        found = answer or landing.last_answer(actor.workspace, product.landing_url)
        context = {
            "product": product,
            "form": form,
            "answer": found,
            "problem": PROBLEM_WORDS.get(found.problem, "") if found else "",
            "is_trial": answer is not None,
            "error": error,
        }
        return render(request, "products/landing_page.html", context)

    def do(**typed: str) -> PageAnswer:
        given = Selectors(**typed)
        if is_trial:
            return landing.try_selectors(actor, product, given, now=at)
        if given != stored:
            landing.set_selectors(actor, product, given, at=at)
        return landing.check(actor, "", now=at, sku=product.sku)

    here = reverse("products:landing_page", args=[actor.workspace.slug, product.sku])
    return decide(
        request, form, do,
        to=lambda answer: show(None, answer) if is_trial else here,
        said="" if is_trial else "The page was read.", show=show,
    )  # fmt: skip
