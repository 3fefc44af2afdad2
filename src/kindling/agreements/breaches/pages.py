"""Pages of breaches: all of a workspace, opened in an agreement, put to a right, made good."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from kindling.agreements import service
from kindling.agreements.breaches import service as breaches
from kindling.agreements.models import Breach
from kindling.agreements.pages import deciding
from kindling.clock import now
from kindling.errors import KindlingError
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor
from kindling.workspaces.web import one_page, page


@page()
def listing(request: HttpRequest, actor: Actor) -> HttpResponse:
    return _listing(request, actor)


def _listing(
    request: HttpRequest, actor: Actor, error: KindlingError | None = None
) -> HttpResponse:
    context = {
        "page": one_page(request, breaches.list_breaches(actor.workspace)),
        "remedies": breaches.REMEDIES,
        "error": error,
    }
    return render(request, "agreements/breaches.html", context, status=422 if error else 200)


@page(Action.MANAGE_AGREEMENTS, method="POST")
def open_breach(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    agreement = service.find(actor.workspace, pk)

    def decide() -> str:
        breaches.open_breach(
            actor,
            agreement.creator,
            kind=request.POST.get("kind", ""),
            evidence=request.POST.get("evidence", ""),
            item_id=request.POST.get("item_id", "").strip()[:32],
            agreement=agreement,
            right=_right(request),
            at=now(),
        )
        return "The breach is recorded. The creator manager and legal get a notice."

    return deciding(request, actor, agreement, decide)


def _right(request: HttpRequest) -> int | None:
    number = request.POST.get("right", "")
    return int(number) if number.isdecimal() and len(number) < 19 else None


@page(Action.MANAGE_AGREEMENTS, method="POST")
def choose_right(request: HttpRequest, actor: Actor, pk: int, breach: int) -> HttpResponse:
    agreement = service.find(actor.workspace, pk)
    found = breaches.find(actor.workspace, breach)

    def decide() -> str:
        breaches.choose_right(
            actor, found, right=_right(request) or 0, agreement=agreement, at=now()
        )
        return "The breach is assigned to this agreement."

    return deciding(request, actor, agreement, decide)


@page(Action.MANAGE_AGREEMENTS, method="POST")
def confirm(request: HttpRequest, actor: Actor, breach: int) -> HttpResponse:
    """A person has looked at a suspected breach: it is one."""
    found = breaches.find(actor.workspace, breach)

    def decide() -> str:
        breaches.confirm(actor, found, at=now())
        return "Confirmed."

    return _deciding(request, actor, found, decide)


@page(Action.MANAGE_AGREEMENTS, method="POST")
def resolve(request: HttpRequest, actor: Actor, breach: int) -> HttpResponse:
    found = breaches.find(actor.workspace, breach)

    def decide() -> str:
        breaches.resolve(
            actor,
            found,
            remedy=request.POST.get("remedy", ""),
            resolution=request.POST.get("resolution", ""),
            replacement_item_id=request.POST.get("replacement_item_id", ""),
            at=now(),
        )
        return "Resolved."

    return _deciding(request, actor, found, decide)


def _deciding(
    request: HttpRequest, actor: Actor, found: Breach, decide: Callable[[], str]
) -> HttpResponse:
    """On the page of the breach's agreement; on the list while it is of none."""
    if found.agreement is not None:
        return deciding(request, actor, found.agreement, decide)
    try:
        messages.success(request, decide())
    except KindlingError as error:
        return _listing(request, actor, error)
    return redirect("agreements:breaches", actor.workspace.slug)
