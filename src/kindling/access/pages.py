"""Pages of portal access: a magic link for a creator, and closing what is open."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from kindling.access import service as access
from kindling.clock import now
from kindling.creators import service
from kindling.creators.models import Creator
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor
from kindling.workspaces.web import page


def _back(actor: Actor, creator: Creator) -> HttpResponse:
    return redirect("profiles:creator", actor.workspace.slug, creator.handle)


@page(Action.MANAGE_CREATORS, method="POST")
def portal_link(request: HttpRequest, actor: Actor, handle: str) -> HttpResponse:
    """A magic link, shown once."""
    creator = service.find_creator(actor.workspace, handle)
    url = access.make_link(creator, purpose="given by a team member", at=now(), actor=actor)
    answer = render(request, "access/link.html", {"creator": creator, "url": url})
    answer["Cache-Control"] = "no-store"
    return answer


@page(Action.MANAGE_CREATORS, method="POST")
def portal_revoke(request: HttpRequest, actor: Actor, handle: str) -> HttpResponse:
    creator = service.find_creator(actor.workspace, handle)
    count = access.revoke_all(actor, creator, at=now())
    messages.success(request, f"{count} link{'s' if count != 1 else ''} and devices revoked.")
    return _back(actor, creator)
