"""What every page shares: the actor, error pages, the frame around the content."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from kindling.errors import KindlingError
from kindling.wiring import now
from kindling.workspaces import service as workspaces
from kindling.workspaces.models import User
from kindling.workspaces.rules import Action

log = logging.getLogger(__name__)
P = ParamSpec("P")


def page(
    action: Action = Action.SEE,
) -> Callable[
    [Callable[Concatenate[HttpRequest, workspaces.Actor, P], HttpResponse]],
    Callable[..., HttpResponse],
]:
    """A page of one workspace: signed in, a member, and allowed to do `action`.

    Nobody is sent to sign in; somebody else's workspace is a 404, so that its name does not leak.
    """

    def decorate(
        view: Callable[Concatenate[HttpRequest, workspaces.Actor, P], HttpResponse],
    ) -> Callable[..., HttpResponse]:
        @login_required
        @wraps(view)
        def wrapped(
            request: HttpRequest, slug: str, *args: P.args, **kwargs: P.kwargs
        ) -> HttpResponse:
            actor = workspaces.actor_for(cast(User, request.user), slug)
            actor.require(action)
            request.actor = actor  # type: ignore[attr-defined]  # read by `chrome` below
            return view(request, actor, *args, **kwargs)

        wrapped.kindling_action = action  # type: ignore[attr-defined]  # read by the permission-matrix test
        return wrapped

    return decorate


class ErrorPages:
    """Turns the errors we expect into a page that says what is wrong and what to do next."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, KindlingError):
            return None
        if error.http_status >= 500:
            log.warning("%s on %s", error.code, request.path)
        return render(request, "error.html", {"error": error}, status=error.http_status)


NAVIGATION = (
    ("Today", "today:home"),
    ("Creators", "creators:list"),
    ("Posts", "posts:list"),
    ("Authorizations", "authorizations:list"),
    ("Inventory", "launches:inventory"),
    ("Plans", "launches:plans"),
    ("Live", "delivery:live"),
    ("Profit", "money:profit"),
    ("Orders", "conversions:orders"),
    ("Workspace", "workspaces:home"),
)


def chrome(request: HttpRequest) -> dict[str, Any]:
    """Template variables of the frame: the actor, the navigation, the present."""
    actor: workspaces.Actor | None = getattr(request, "actor", None)
    if actor is None:
        return {"actor": None}
    here = request.path
    links = [(label, reverse(name, args=[actor.workspace.slug])) for label, name in NAVIGATION]
    current = max((url for _, url in links if here.startswith(url)), key=len, default="")
    return {
        "actor": actor,
        "navigation": [(label, url, url == current) for label, url in links],
        "now": now(),
    }
