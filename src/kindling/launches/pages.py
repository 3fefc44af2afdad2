"""Pages of launches: what is ready and why not, planning, review, approval, apply."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from kindling.clock import now
from kindling.errors import KindlingError
from kindling.kit.money import Money
from kindling.launches import creator_approval, rules, service
from kindling.launches.checks import service as checks
from kindling.launches.checks.rules import Result
from kindling.launches.forms import ApprovePlanForm, PlanForm
from kindling.launches.lists import INVENTORY, PLANS, READY, inventory_of
from kindling.launches.models import Plan, PlannedObject
from kindling.launches.plan_view import (
    blocked_and_warned,
    campaigns_of,
    objects_to_show,
    planned_ads,
)
from kindling.launches.planning import content as contents
from kindling.launches.planning import specs
from kindling.lists.web import ListPage, show_list
from kindling.workspaces import service as workspaces
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor
from kindling.workspaces.web import decide, page

State = PlannedObject.State
ADS_A_PAGE = 50


def _url(actor: Actor, pk: int) -> str:
    return reverse("launches:plan", args=[actor.workspace.slug, pk])


# --- Inventory and planning -----------------------------------------------------------------------------------


@page()
def inventory(request: HttpRequest, actor: Actor) -> HttpResponse:
    return _inventory(request, actor)


def _inventory(
    request: HttpRequest,
    actor: Actor,
    form: PlanForm | None = None,
    error: KindlingError | None = None,
) -> HttpResponse:
    # The list of a form that was refused is that of the form's ad account.
    of = {"account": form.account.advertiser_id} if form and form.account else {}
    form = form or _plan_form(request, actor)
    account = form.account
    if account is None:
        return render(request, "launches/inventory.html", {"account": None, "error": error})

    def context(shown: ListPage) -> dict[str, Any]:
        found = inventory_of(shown.scope)
        shows_ready = shown.wanted.filters.get("show") == READY
        return {
            "account": account,
            "form": form,
            "chosen": form.chosen,
            "stored_at": found.stored_at if found else None,
            "can_plan": shows_ready and actor.can(Action.PLAN) and bool(shown.rows),
        }

    return show_list(
        request, actor, INVENTORY, "launches/inventory.html", context, of=of, error=error,
    )  # fmt: skip


def _plan_form(request: HttpRequest, actor: Actor) -> PlanForm:
    accounts = workspaces.accounts_to_choose(actor.workspace)
    wanted = request.GET.get("account", "")
    return PlanForm(request, accounts=accounts, wanted=wanted, at=now())


@page(Action.PLAN, method="POST")
def new(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Plan a launch of the posts chosen in Inventory. Nothing is sent."""
    at, form = now(), _plan_form(request, actor)

    def do(ad_account: str, daily_budget: Money | None, **typed: Any) -> Plan:
        account = workspaces.find_ad_account(actor, ad_account)
        given = {**typed, "daily_budget": daily_budget.amount if daily_budget else None}
        wanted = specs.from_mapping(given, account=account, workspace=actor.workspace, now=at)
        made = service.plan(actor, account, wanted, at=at, told=specs.kept(given))
        try:
            checks.check_plan(made, now=at)
        except KindlingError as error:
            messages.warning(request, f"The plan is saved but not checked yet. {error}")
        return made

    return decide(
        request, form, do, to=lambda made: _url(actor, made.pk),
        show=lambda error: _inventory(request, actor, form, error),
    )  # fmt: skip


# --- Plans ------------------------------------------------------------------------------------------------------


@page()
def plans(request: HttpRequest, actor: Actor) -> HttpResponse:
    return show_list(request, actor, PLANS, "launches/plans.html")


@page()
def plan(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    return show_plan(request, actor, service.find_plan(actor.workspace, pk))


def show_plan(
    request: HttpRequest, actor: Actor, row: Plan, error: KindlingError | None = None
) -> HttpResponse:
    """A plan's page, with the error of what was asked there."""
    tree = contents.tree_of(row)
    figures = contents.figures_of(row, zone=row.ad_account.timezone)
    shown = Paginator(tree.ads, ADS_A_PAGE).get_page(request.GET.get("page"))
    answers = creator_approval.awaited(row, now=now())
    ads = planned_ads(row, list(shown.object_list), answers)
    states = dict(row.objects_planned.order_by().values_list("state").annotate(count=Count("pk")))
    blocked, warned = blocked_and_warned(row)
    needs_two = service.wants_second_person(row, actor.workspace)
    is_mine = actor.user is not None and row.created_by_id == actor.user.pk
    shows_objects = row.state in {Plan.State.APPLYING, Plan.State.APPLIED, Plan.State.PARTLY}
    context = {
        "plan": row,
        "ad_page": shown,
        "ad_count": len(tree.ads),
        "campaigns": campaigns_of(row, ads),
        "campaign_count": sum(each["kind"] == "campaign" for each in row.content["objects"]),
        "keeps_all_checks": len(tree.ads) <= checks.KEPT_WHOLE,
        "object_count": sum(states.values()),
        "budget": Money(row.daily_budget_minor, row.currency),
        "most": Money(figures.most_minor, row.currency),
        "has_to_ask": any(
            each not in {rules.CreatorAnswer.ASKED, rules.CreatorAnswer.APPROVED}
            for each in answers.values()
        ),
        "flight_days": figures.days,
        "last_end": figures.end,
        "blocked": blocked,
        "warned": warned,
        "switched_on": states.get(State.ENABLED, 0),
        "needs_two": needs_two,
        "limit": Money(row.workspace.second_person_above_minor, row.currency),
        "may_approve": actor.can(Action.APPROVE_SPEND) and not (needs_two and is_mine),
        "approve_form": ApprovePlanForm(initial={"digest": row.digest}),
        "may_change": actor.can(Action.PLAN)
        and row.state == Plan.State.DRAFT
        and row.spec is not None,
        "shows_objects": shows_objects,
        "objects": objects_to_show(row) if shows_objects else [],
        "error": error,
    }
    return render(request, "launches/plan.html", context)


@page(Action.PLAN, method="POST")
def check(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """Run preflight again."""
    row = service.find_plan(actor.workspace, pk)

    def said(results: list[Result]) -> str:
        blocking = sum(each.blocks for each in results)
        return f"{len(results)} checks done, {blocking} block the plan."

    return decide(
        request, None, lambda: checks.check_plan(row, now=now()), said=said, to=_url(actor, pk),
        show=lambda error: show_plan(request, actor, row, error),
    )  # fmt: skip


@page(Action.PLAN, method="POST")
def ask_creators(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """Ask the creators whose agreement lets them approve the final ad."""
    row = service.find_plan(actor.workspace, pk)

    def do() -> str:
        asked = {each.creator for each in creator_approval.ask(actor, row, at=now())}
        without = ", ".join(sorted(f"@{each.handle}" for each in asked if not each.email))
        if without:
            messages.warning(
                request,
                f"No mail to {without}: no e-mail address. Send a link to the portal yourself.",
            )
        return ", ".join(sorted(f"@{each.handle}" for each in asked))

    return decide(
        request, None, do,
        said=lambda handles: f"Asked {handles}. You get a notice when they answer.",
        to=_url(actor, pk), show=lambda error: show_plan(request, actor, row, error),
    )  # fmt: skip


@page(Action.APPROVE_SPEND, method="POST")
def approve(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    row = service.find_plan(actor.workspace, pk)
    return decide(
        request, ApprovePlanForm(request), partial(service.approve, actor, row, at=now()),
        said="Approved. Nothing is sent to TikTok until the plan is applied.", to=_url(actor, pk),
        show=lambda error: show_plan(request, actor, row, error),
    )  # fmt: skip


@page(Action.APPLY, method="POST")
def apply(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """Start the apply, or go on with one that stopped. The page follows it."""
    row = service.find_plan(actor.workspace, pk)
    return decide(
        request, None, lambda: service.ask_apply(actor, row, at=now()), to=_url(actor, pk),
        show=lambda error: show_plan(request, actor, row, error),
    )  # fmt: skip


@page(Action.PLAN, method="POST")
def cancel(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    row = service.find_plan(actor.workspace, pk)
    return decide(
        request, None, lambda: service.cancel(actor, row, at=now()),
        said="Cancelled. Nothing was sent to TikTok.", to=_url(actor, pk),
        show=lambda error: show_plan(request, actor, row, error),
    )  # fmt: skip
