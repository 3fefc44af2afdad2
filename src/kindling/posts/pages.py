"""Pages of posts: the library with its lanes, and agreements; one post is a page of `profiles`."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from kindling.clock import now
from kindling.errors import KindlingError
from kindling.kit.tables import Imported
from kindling.lists.web import show_list
from kindling.posts.forms import ImportAgreementsForm
from kindling.posts.lists import POSTS
from kindling.posts.reading import sources
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor
from kindling.workspaces.web import decide, page


@page()
def library(request: HttpRequest, actor: Actor) -> HttpResponse:
    return show_list(request, actor, POSTS, "posts/list.html")


@page(Action.MANAGE_CREATORS, method="ANY")
def agreements(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Take usage rights in from a CSV; the posts they name come into the library."""
    form = ImportAgreementsForm(request)

    def show(error: KindlingError | None, result: Imported | None = None) -> HttpResponse:
        context = {"form": form, "result": result, "error": error}
        return render(request, "posts/agreements.html", context)

    return decide(
        request, form, lambda file: sources.import_agreements(actor, file, at=now()),
        to=lambda result: show(None, result), show=show,
    )  # fmt: skip
