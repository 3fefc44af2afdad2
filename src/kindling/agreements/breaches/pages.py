"""Pages of breaches: all of a workspace, opened in an agreement, put to a right, made good."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from kindling.agreements import service
from kindling.agreements.breaches import service as breaches
from kindling.agreements.breaches.forms import ChooseRightForm, OpenBreachForm, ResolveForm
from kindling.agreements.lists import BREACHES
from kindling.agreements.pages import decide_on
from kindling.agreements.rights import service as rights
from kindling.clock import now
from kindling.errors import KindlingError
from kindling.lists.web import show_list
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor
from kindling.workspaces.web import decide, page


@page()
def listing(request: HttpRequest, actor: Actor) -> HttpResponse:
    return _listing(request, actor)


def _listing(
    request: HttpRequest,
    actor: Actor,
    error: KindlingError | None = None,
    *,
    sent: Mapping[int, ResolveForm] | None = None,
) -> HttpResponse:
    """All breaches. `sent`: the form that came in, by the breach's key."""
    return show_list(
        request, actor, BREACHES, "agreements/breaches.html", error=error,
        forms=lambda row: (sent or {}).get(row.pk) or ResolveForm(key=row.pk),
    )  # fmt: skip


@page(Action.MANAGE_AGREEMENTS, method="POST")
def open_breach(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    agreement = service.find(actor.workspace, pk)
    form = OpenBreachForm(request, rights=rights.ever_of(agreement), key="breach")
    do = partial(breaches.open_breach, actor, agreement.creator, agreement=agreement, at=now())
    return decide_on(
        request, actor, agreement, form, do, name="breach",
        said="The breach is recorded. The creator manager and legal get a notice.",
    )  # fmt: skip


@page(Action.MANAGE_AGREEMENTS, method="POST")
def choose_right(request: HttpRequest, actor: Actor, pk: int, breach: int) -> HttpResponse:
    agreement = service.find(actor.workspace, pk)
    found = breaches.find(actor.workspace, breach)
    form = ChooseRightForm(request, rights=rights.ever_of(agreement), key=breach)
    return decide_on(
        request, actor, agreement, form,
        partial(breaches.choose_right, actor, found, agreement=agreement, at=now()),
        said="The breach is assigned to this agreement.", name=f"right-{breach}",
    )  # fmt: skip


@page(Action.MANAGE_AGREEMENTS, method="POST")
def confirm(request: HttpRequest, actor: Actor, breach: int) -> HttpResponse:
    """A person has looked at a suspected breach: it is one."""
    return _decide(request, actor, breach, None, breaches.confirm, said="Confirmed.")


@page(Action.MANAGE_AGREEMENTS, method="POST")
def resolve(request: HttpRequest, actor: Actor, breach: int) -> HttpResponse:
    form = ResolveForm(request, key=breach)
    return _decide(request, actor, breach, form, breaches.resolve, said="Resolved.")


def _decide(
    request: HttpRequest,
    actor: Actor,
    pk: int,
    form: ResolveForm | None,
    act: Callable[..., object],
    *,
    said: str,
) -> HttpResponse:
    """On the page of the breach's agreement; on the list while it is of none."""
    found = breaches.find(actor.workspace, pk)
    do = partial(act, actor, found, at=now())
    if found.agreement is not None:
        return decide_on(request, actor, found.agreement, form, do, said=said, name=f"resolve-{pk}")
    return decide(
        request, form, do, said=said,
        to=reverse("agreements:breaches", args=[actor.workspace.slug]),
        show=lambda error: _listing(
            request, actor, error, sent={} if form is None else {pk: form}
        ),
    )  # fmt: skip
