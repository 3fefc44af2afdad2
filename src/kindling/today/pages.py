"""Today: what needs somebody now, and the five questions. And every list as a CSV file."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from kindling.authorizations.lifecycle.rules import DEFAULT_LEAD
from kindling.clock import now
from kindling.delivery import service as delivery
from kindling.today import find, five, role_cards
from kindling.today.needs import Need
from kindling.workspaces import service as workspaces
from kindling.workspaces.service import Actor
from kindling.workspaces.web import page

SHOWN = 5
SHOWN_NEEDS = 3
URGENT = 1  # needs up to this urgency are about money being lost now


@dataclass(frozen=True, slots=True)
class NeedLine:
    """A need with the address that settles it."""

    need: Need
    url: str

    @property
    def tone(self) -> str:
        if self.need.urgency <= URGENT:
            return "bad"
        return "warn" if self.need.urgency <= 3 else "calm"

    @property
    def word(self) -> str:
        return {"bad": "Now", "warn": "Soon", "calm": "Later"}[self.tone]


@page()
def home(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The first page of the day."""
    with workspaces.reading_once(actor.workspace):
        return _home(request, actor)


def _home(request: HttpRequest, actor: Actor) -> HttpResponse:
    at = now()
    answers = five.today_summary(actor.workspace, now=at, rows=SHOWN)
    lines = [NeedLine(need, _address(actor, need)) for need in answers.needs]
    return render(
        request,
        "today/home.html",
        {
            "answers": answers,
            "ahead_days": DEFAULT_LEAD.days,
            "desk": role_cards.role_cards(actor, now=at),
            "needs": lines[:SHOWN_NEEDS],
            "more_needs": lines[SHOWN_NEEDS:],
            "live": answers.live,
            "spend_today": answers.spend_today,
            "gaps": answers.by_product.gaps,
            "winners": list(islice((row for row in answers.by_post.rows if row.key), SHOWN)),
            "last_sync": delivery.last_sync(actor.workspace),
        },
    )


@page()
def find_page(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What matches a few letters; Ctrl-K shows its results over any page."""
    search = request.GET.get("q", "")
    groups = find.find(actor, search)
    return render(request, "today/find.html", {"groups": groups, "search": search})


def _address(actor: Actor, need: Need) -> str:
    slug = actor.workspace.slug
    return reverse(need.page, args=[slug, need.key] if need.key else [slug])
