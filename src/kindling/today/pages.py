"""Today: what needs somebody now, and the five questions. And every list as a CSV file."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from kindling.delivery import service as delivery
from kindling.kit.money import Money
from kindling.today import exports, service
from kindling.today.service import FiveAnswers, Need
from kindling.web import page
from kindling.wiring import now
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor

SHOWN = 5
SHOWN_NEEDS = 3
SOON = timedelta(days=7)
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
        return {"bad": "Now", "warn": "This week", "calm": "When you can"}[self.tone]


@page()
def home(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The first page of the day."""
    at = now()
    answers = service.five(actor.workspace, now=at)
    lines = [NeedLine(need, _address(actor, need)) for need in service.needs(answers)]
    return render(
        request,
        "today/home.html",
        {
            "answers": answers,
            "needs": lines[:SHOWN_NEEDS],
            "more_needs": lines[SHOWN_NEEDS:],
            "posted": answers.posted[:SHOWN],
            "posted_this_week": [
                each for each in answers.posted if each.posted_at and at - each.posted_at <= SOON
            ],
            "authorized": answers.authorized[:SHOWN],
            "live": answers.live[:SHOWN],
            "spend_today": _spend_today(answers),
            "expiring": answers.expiring[:SHOWN],
            "ending_this_week": [
                each
                for each in answers.authorized
                if (left := each.days_left(at)) is not None and left <= SOON.days
            ],
            "winners": [row for row in answers.by_post.rows if row.key][:SHOWN],
            "last_sync": delivery.last_sync(actor.workspace),
        },
    )


def _address(actor: Actor, need: Need) -> str:
    slug = actor.workspace.slug
    return reverse(need.page, args=[slug, need.key] if need.key else [slug])


def _spend_today(answers: FiveAnswers) -> Money:
    currency = answers.workspace.currency
    return Money(
        sum(each.spend_today_minor for each in answers.live if each.currency == currency), currency
    )


@page(Action.EXPORT)
def export(request: HttpRequest, actor: Actor, name: str) -> HttpResponse:
    """A list as a spreadsheet reads it."""
    rows = exports.rows(actor, name, now=now())
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    file = f"kindling-{actor.workspace.slug}-{name}.csv"
    answer["Content-Disposition"] = f'attachment; filename="{file}"'
    answer["Cache-Control"] = "no-store"
    answer.write("\ufeff")  # so that spreadsheets read it as UTF-8
    csv.writer(answer).writerows(rows)
    return answer
