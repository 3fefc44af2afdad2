"""Pages of notices: what is open, what is over, whether they are mailed too."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from kindling.clock import now
from kindling.errors import KindlingError
from kindling.lists.web import show_list
from kindling.notices import mail, service
from kindling.notices.forms import MailForm
from kindling.notices.lists import NOTICES
from kindling.workspaces import service as workspaces
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor
from kindling.workspaces.web import decide, page


@page(method="POST")
def set_wants_mail(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Whether one's notices are mailed as well."""

    def do(wants_mail: str) -> str:
        wants = wants_mail == "yes"
        workspaces.set_wants_mail(actor, wants_mail=wants, at=now())
        if wants:
            return "Notices are e-mailed to you."
        return "Notices are no longer e-mailed to you."

    return decide(
        request, MailForm(request), do, said=str,
        to=reverse("notices:list", args=[actor.workspace.slug]),
        show=lambda error: _notices(request, actor, error),
    )  # fmt: skip


@page()
def notices(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What happened and who owns the next step; one's own role's first."""
    return _notices(request, actor)


def _notices(
    request: HttpRequest, actor: Actor, error: KindlingError | None = None
) -> HttpResponse:
    context = {"wants_mail": workspaces.wants_mail(actor), "has_server": mail.is_set_up()}
    return show_list(request, actor, NOTICES, "notices/list.html", context, error=error)


@page(Action.WRITE_NOTES, method="POST")
def settle_notice(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    service.mark_done(actor, pk, at=now())
    messages.success(request, "Marked as done.")
    return redirect("notices:list", actor.workspace.slug)


@page(Action.WRITE_NOTES, method="POST")
def take_notice(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """The member is on it: it stays open, and is not escalated."""
    to = reverse("notices:list", args=[actor.workspace.slug])
    return decide(
        request, None, lambda: service.take(actor, pk, at=now()), said="You are on it.", to=to
    )


@page(Action.WRITE_NOTES, method="POST")
def give_back_notice(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    to = reverse("notices:list", args=[actor.workspace.slug])
    return decide(
        request, None, lambda: service.give_back(actor, pk, at=now()),
        said="You are not on it any more.", to=to,
    )  # fmt: skip
