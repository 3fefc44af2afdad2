"""Pages of what was done: the audit trail and the calls to TikTok."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from kindling.audit.lists import CALLS, ENTRIES
from kindling.lists.web import show_list
from kindling.workspaces import call_log
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor
from kindling.workspaces.web import page


@page()
def trail(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Who did what, when and why."""
    return show_list(request, actor, ENTRIES, "audit/trail.html")


@page(Action.READ_CALLS)
def calls(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What was asked of TikTok, and what came of it."""
    context = {
        "names": call_log.names_of_accounts(actor.workspace),
        "kept_days": call_log.KEPT.days,
        "most_kept": call_log.MOST_KEPT,
    }
    return show_list(request, actor, CALLS, "audit/calls.html", context)
