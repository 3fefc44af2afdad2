"""Pages of posts: the library with its lanes, and agreements; one post is a page of `profiles`."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from kindling.clock import now
from kindling.errors import KindlingError
from kindling.posts import service
from kindling.posts.forms import ImportAgreementsForm
from kindling.posts.models import LANES
from kindling.posts.reading import sources
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor
from kindling.workspaces.web import one_page, page


@page()
def library(request: HttpRequest, actor: Actor) -> HttpResponse:
    lane, search = request.GET.get("lane", ""), request.GET.get("q", "").strip()
    found = service.library(actor.workspace, lane=lane, search=search)
    context = {
        "posts": one_page(request, found),
        "lanes": [(key, label, count) for key, label, count in _lanes(actor)],
        "lane": lane,
        "search": search,
    }
    return render(request, "posts/list.html", context)


def _lanes(actor: Actor) -> list[tuple[str, str, int]]:
    counts = service.lane_counts(actor.workspace)
    lanes = [(str(key), str(label), counts.get(str(key), 0)) for key, label in LANES]
    return [("", "All", sum(counts.values())), *lanes]


@page(Action.MANAGE_CREATORS, method="ANY")
def agreements(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Take usage rights in from a CSV; the posts they name come into the library."""
    form, result, error = ImportAgreementsForm(request), None, None
    if form.is_bound:
        try:
            result = sources.import_agreements(actor, form.checked()["file"], at=now())
        except KindlingError as problem:
            form.mark(problem)
            error = problem
    return render(
        request, "posts/agreements.html", {"form": form, "result": result, "error": error},
        status=error.http_status if error else 200,
    )  # fmt: skip
