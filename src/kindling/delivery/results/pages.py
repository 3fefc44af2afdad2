"""The page of results."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse

from kindling.delivery.results.lists import RESULTS, found
from kindling.lists.web import ListPage, show_list
from kindling.workspaces.service import Actor
from kindling.workspaces.web import page


@page()
def results(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What ads cost and brought in some days, grouped as chosen, beside as many days before."""
    return show_list(request, actor, RESULTS, "delivery/results.html", _about)


def _about(shown: ListPage) -> Mapping[str, Any]:
    told = found(shown.scope)
    return {"results": told, "totals": told.totals()}
