"""What every page shares: the actor, error pages, the frame around the content."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, Concatenate, Literal, ParamSpec, TypeVar, cast

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Page, Paginator
from django.db import DataError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from kindling.clock import now
from kindling.errors import (
    KindlingError,
    NotAllowedError,
    NotFoundError,
    TooLongError,
)
from kindling.kit.forms import Form
from kindling.kit.time import zone
from kindling.workspaces import service as workspaces
from kindling.workspaces.models import User
from kindling.workspaces.navigation import menu_for
from kindling.workspaces.rules import Action

log = logging.getLogger(__name__)
P = ParamSpec("P")
T = TypeVar("T")
View = Callable[..., HttpResponse]


def page(
    action: Action = Action.SEE, *, method: Literal["GET", "POST", "ANY"] = "GET"
) -> Callable[
    [Callable[Concatenate[HttpRequest, workspaces.Actor, P], HttpResponse]],
    Callable[..., HttpResponse],
]:
    """A page of one workspace: signed in, a member, and allowed to do `action`.

    Nobody is sent to sign in; somebody else's workspace is a 404, so that its name does not leak.
    method : what the page answers to; "ANY" is a form that shows itself and takes itself back; "POST" takes a form
        in, and sends whoever opens its address (after signing in again, by reloading) to the page above it
    """
    guards: dict[str, Callable[[View], View]] = {
        "GET": require_safe,
        "POST": only_forms("kindling_method"),
        "ANY": lambda view: view,
    }

    def decorate(
        view: Callable[Concatenate[HttpRequest, workspaces.Actor, P], HttpResponse],
    ) -> Callable[..., HttpResponse]:
        @wraps(view)
        def wrapped(
            request: HttpRequest, slug: str, *args: P.args, **kwargs: P.kwargs
        ) -> HttpResponse:
            actor = workspaces.actor_for(cast(User, request.user), slug)
            actor.require(action)
            request.actor = actor  # type: ignore[attr-defined]  # read by `chrome` below
            with timezone.override(zone(actor.workspace.timezone)):
                return view(request, actor, *args, **kwargs)

        guarded: Callable[..., HttpResponse] = login_required(guards[method](wrapped))
        guarded.kindling_action = action  # type: ignore[attr-defined]  # read by the permission-matrix test
        guarded.kindling_method = method  # type: ignore[attr-defined]  # the same
        return guarded

    return decorate


def only_forms(mark: str) -> Callable[[View], View]:
    """Let forms through to a view; whoever opens its address instead is sent to the nearest page above it.

    mark : the attribute in which the pages of this kind name their method
    """

    def decorate(view: View) -> View:
        guarded = require_POST(view)

        @wraps(view)
        def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            above = page_above(request.path, mark) if request.method in {"GET", "HEAD"} else ""
            if not above:
                return guarded(request, *args, **kwargs)
            messages.info(request, "Nothing was sent. Check the page, then submit the form again.")
            return redirect(above)

        return wrapped

    return decorate


def page_above(path: str, mark: str) -> str:
    """The nearest address above `path` that can be opened, by the method its view names in `mark`; "" without one."""
    parts = path.strip("/").split("/")
    for end in range(len(parts) - 1, 0, -1):
        above = "/" + "/".join(parts[:end]) + "/"
        try:
            found = resolve(above)
        except Resolver404:
            continue
        if getattr(found.func, mark, "POST") != "POST":
            return above
    return ""


def decide(
    request: HttpRequest,
    form: Form | None,
    do: Callable[..., T],
    *,
    to: str | Callable[[T], str | HttpResponse],
    said: str | Callable[[T], str] = "",
    show: Callable[[KindlingError | None], HttpResponse] | None = None,
) -> HttpResponse:
    """Take a form in: check it, do what it asks for, say so, lead on. What is wrong is shown with what was typed.

    do : called with the form's values, by name
    to : the address to go on to, or what makes it of the result, or the page itself where something is shown once;
        `said` likewise: the message there
    show : the page that has the form, with an error or None; without it an error is a page of its own
    raises : what the form or `do` raises where there is no `show`; what is forbidden or not found in any case
    """
    if request.method != "POST" and show is not None:
        return show(None)
    try:
        done = do(**(form.checked() if form is not None else {}))
    except (NotAllowedError, NotFoundError):
        raise
    except KindlingError as error:
        if show is None:
            raise
        if form is not None:
            form.mark(error)
        answer = show(error)
        answer.status_code = error.http_status
        return answer
    words = said(done) if callable(said) else said
    if words:
        messages.success(request, words)
    onward = to(done) if callable(to) else to
    return onward if isinstance(onward, HttpResponse) else redirect(onward)


class ErrorPages:
    """Turns the errors we expect into a page that says what is wrong and what to do next."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, DataError):  # PostgreSQL; SQLite stores texts of any length
            error = TooLongError()
        if not isinstance(error, KindlingError):
            return None
        if error.http_status >= 500:
            log.warning("%s on %s", error.code, request.path)
        context = {
            "error": error,
            "title": TITLES.get(error.http_status, "That did not work"),
            "back": _way_back(request),
        }
        return render(request, "error.html", context, status=error.http_status)


TITLES = {
    403: "Your role does not allow this",
    404: "Page not found",
    409: "This has changed in the meantime",
    422: "Some of the input is not valid",
    503: "Figures cannot be read",
    502: "TikTok did not carry this out",
}


def _way_back(request: HttpRequest) -> str:
    """The page somebody came from when it is one of ours, else nothing."""
    came_from = request.headers.get("Referer", "")
    if came_from and url_has_allowed_host_and_scheme(came_from, {request.get_host()}):
        return came_from
    return ""


# --- The frame ----------------------------------------------------------------------------------------------


THEMES = {"auto": "System colours", "dark": "Dark colours", "light": "Light colours"}
NEXT_THEME = {"auto": "dark", "dark": "light", "light": "auto"}


def chrome(request: HttpRequest) -> dict[str, Any]:
    """Template variables of the frame: the actor, the navigation, the present, the colours."""
    theme = request.COOKIES.get("theme", "auto")
    theme = theme if theme in THEMES else "auto"
    colours = {
        "theme": theme,
        "next_theme": NEXT_THEME[theme],
        "next_theme_words": THEMES[NEXT_THEME[theme]],
    }
    actor: workspaces.Actor | None = getattr(request, "actor", None)
    if actor is None:
        return {"actor": None, **colours}
    here = request.path
    slug = actor.workspace.slug
    menu = [
        (group.label, [(entry, reverse(entry.name, args=[slug])) for entry in group.entries])
        for group in menu_for(actor.role)
    ]
    links = [link for _, entries in menu for link in entries]
    top = links[0][1]  # every address of the workspace starts with Today's
    under = [url for _, url in links if here == url or (url != top and here.startswith(url))]
    current = max(under, key=len, default="")
    return {
        "actor": actor,
        "may": {action.name.lower(): actor.can(action) for action in Action},
        "menu": [
            (label, [(entry, url, url == current) for entry, url in entries])
            for label, entries in menu
        ],
        "dock": [(entry, url, url == current) for entry, url in links if entry.short],
        "now": now(),
        **colours,
    }


class ThemeForm(Form):
    theme = forms.ChoiceField(choices=list(THEMES.items()))
    back = forms.CharField(required=False)


def set_theme(request: HttpRequest) -> HttpResponse:
    """Remember the colours somebody wants, on this device."""
    if request.method != "POST":
        return redirect("home")
    form = ThemeForm(request)
    form.is_valid()
    back = form.cleaned_data.get("back", "")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}):
        back = "/"
    answer = redirect(back)
    answer.set_cookie(
        "theme",
        form.cleaned_data.get("theme", "auto"),
        max_age=timedelta(days=365),
        samesite="Lax",
        secure=request.is_secure(),
        httponly=True,
    )
    return answer


def not_offered(request: HttpRequest) -> HttpResponse:
    """An address that a package brings along and Kindling does not offer."""
    raise Http404


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """The only workspace of whoever asks, or the choice between theirs."""
    mine = workspaces.workspaces_of(cast(User, request.user))
    if len(mine) == 1:
        return redirect("today:home", slug=mine[0].slug)
    return render(request, "choose.html", {"workspaces": mine})


@login_required
def choose(request: HttpRequest) -> HttpResponse:
    mine = workspaces.workspaces_of(cast(User, request.user))
    return render(request, "choose.html", {"workspaces": mine})


# --- What pages share -----------------------------------------------------------------------------------------


PAGE_SIZE = 50


def one_page(
    request: HttpRequest, rows: Any, *, count: int | None = None, name: str = "page"
) -> Page[Any]:
    """The page of a list that `?page=` asks for; a number out of range gives the nearest page.

    count : how many rows there are, if that is known; else they are counted
    name : of the parameter, where a page has two lists
    """
    pages = Paginator(rows, PAGE_SIZE)
    if count is not None:
        pages.__dict__["count"] = count  # where its cached property would keep the number
    return pages.get_page(request.GET.get(name))
