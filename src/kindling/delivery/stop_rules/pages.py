"""Pages of rules: the list, a new one, one with its dry run, and what rules did."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from kindling.clock import now
from kindling.delivery.models import StopRule
from kindling.delivery.stop_rules import dry_run, service
from kindling.delivery.stop_rules.forms import RuleForm, draft_of
from kindling.delivery.stop_rules.lists import FIRINGS, RULES
from kindling.errors import KindlingError
from kindling.lists.web import show_list
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor
from kindling.workspaces.web import decide, page

SHOWN = 10  # firings on a rule's own page; the list has all


def _url(actor: Actor, name: str, *more: object) -> str:
    return reverse(f"delivery:{name}", args=[actor.workspace.slug, *more])


@page()
def rules(request: HttpRequest, actor: Actor) -> HttpResponse:
    return show_list(request, actor, RULES, "delivery/rules.html")


@page()
def firings(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What rules did, on which ad and on what figures."""
    return show_list(request, actor, FIRINGS, "delivery/firings.html")


@page(Action.APPLY, method="ANY")
def add(request: HttpRequest, actor: Actor) -> HttpResponse:
    """A new rule: it begins as a dry run."""
    form = RuleForm(request, currency=actor.workspace.currency)

    def show(error: KindlingError | None) -> HttpResponse:
        return render(request, "delivery/rule_form.html", {"form": form, "error": error})

    return decide(
        request, form, lambda **told: service.create(actor, draft_of(told), at=now()),
        said="The rule is saved. It only shows what it would do until you activate it.",
        to=lambda made: _url(actor, "rule", made.pk), show=show,
    )  # fmt: skip


@page()
def rule(request: HttpRequest, actor: Actor, rule: int) -> HttpResponse:
    """One rule: what it would have done, day by day, and what it did."""
    found = service.find(actor.workspace, rule)
    context = {
        "rule": found,
        "words": service.words(found),
        "scope": service.scope_words(found),
        "dry": dry_run.dry_run(found, now=now()),
        "days": dry_run.DAYS,
        "firings": [
            (each, service.value_words(found, float(each.values["value"])))
            for each in service.firings(actor.workspace).filter(rule=found)[:SHOWN]
        ],
    }
    return render(request, "delivery/rule.html", context)


def _moves(
    move: Callable[..., StopRule], said: str, *, stays: bool = True
) -> Callable[..., HttpResponse]:
    @page(Action.APPLY, method="POST")
    def view(request: HttpRequest, actor: Actor, rule: int) -> HttpResponse:
        found = service.find(actor.workspace, rule)
        to = _url(actor, "rule", rule) if stays else _url(actor, "rules")
        return decide(request, None, lambda: move(actor, found, at=now()), said=said, to=to)

    return view


activate = _moves(service.activate, "The rule is active. It looks after the next sync.")
pause = _moves(service.pause, "The rule is paused. What it did stays done.")
remove = _moves(service.remove, "The rule is removed.", stays=False)
