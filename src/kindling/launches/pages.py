"""Pages of launches: what is ready and why not, planning, review, approval, apply."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from kindling.agreements.rights.rules import ClockName
from kindling.clock import now
from kindling.errors import KindlingError
from kindling.kit.money import Money
from kindling.launches import creator_approval, rules, service
from kindling.launches.checks import service as checks
from kindling.launches.checks.rules import Result
from kindling.launches.forms import ApprovePlanForm, PlanForm
from kindling.launches.lists import INVENTORY, PLANS, READY, inventory_of
from kindling.launches.models import EndChange, Plan, PlannedObject
from kindling.launches.planning import content as contents
from kindling.launches.planning import naming, specs
from kindling.launches.planning.audience import audience_words
from kindling.launches.planning.objectives import EVENTS, OBJECTIVES, TYPE_LABELS, CampaignType
from kindling.lists.web import ListPage, show_list
from kindling.posts.models import Post
from kindling.workspaces import service as workspaces
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor
from kindling.workspaces.web import decide, page

State, Kind = PlannedObject.State, PlannedObject.Kind


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


@dataclass(frozen=True, slots=True)
class PlannedCampaign:
    """One campaign of a plan as a person reads it, with its ads. budget : a day, of all its ad groups"""

    number: int
    name: str
    objective: str
    type: str
    goal: str
    existing: str
    budget: Money
    is_together: bool
    audience: list[str]
    ads: list[PlannedAd]


@dataclass(frozen=True, slots=True)
class PlannedAd:
    """One post of a plan as a person reads it, with what became of its ad group and ad."""

    ad: PlannedObject
    group: PlannedObject
    post: Post | None
    budget: Money
    starts_at: datetime
    ends_at: datetime
    ends_first: str
    end_changes: list[EndChange]
    name_parts: dict[str, str]
    checks: list[dict[str, Any]]
    creator_answer: rules.CreatorAnswer | None
    """The creator's, where the agreement lets them approve the ad."""

    @property
    def landing_url(self) -> str:
        return str(self.ad.payload.get("landing_page_url", ""))

    @property
    def subject(self) -> str:
        """The post's id, or that of the video that was uploaded."""
        return str(self.ad.payload.get("tiktok_item_id") or self.ad.payload["video_id"])

    @property
    def caption(self) -> str:
        """What the ad says: the post's caption, or the upload's text."""
        return self.post.caption if self.post else str(self.ad.payload.get("ad_text", ""))

    @property
    def handle(self) -> str:
        """Whose account the ad appears as; "" where its post is no longer known."""
        return self.post.creator.handle if self.post else self.name_parts.get("creator", "")

    @property
    def blocking(self) -> list[dict[str, Any]]:
        return [
            each for each in self.checks if each["level"] == "block" and each["verdict"] != "pass"
        ]

    @property
    def warnings(self) -> list[dict[str, Any]]:
        return [
            each for each in self.checks if each["level"] == "warn" and each["verdict"] != "pass"
        ]


def planned_ads(
    plan: Plan, objects: list[PlannedObject], answers: dict[str, rules.CreatorAnswer]
) -> list[PlannedAd]:
    """The plan's posts in its order. `objects`: all of the plan's, so that no query grows with them."""
    by_key = {each.key: each for each in objects}
    tree = contents.tree_of(plan)
    checks: dict[str, list[dict[str, Any]]] = {}
    for each in plan.checks:
        checks.setdefault(each["item_id"], []).append(each)
    found = []
    for ad in objects:
        if ad.kind == Kind.AD:
            thing = tree.by_key[ad.key]
            group = tree.group(thing)
            found.append(
                _planned_ad(
                    plan,
                    ad,
                    by_key[group["key"]],
                    ends_first=group["ends_first"],
                    checks=checks.get(contents.subject_of(thing), []),
                    answer=answers.get(thing["item_id"]),
                )
            )
    return found


def _planned_ad(
    plan: Plan,
    ad: PlannedObject,
    group: PlannedObject,
    *,
    ends_first: str,
    checks: list[dict[str, Any]],
    answer: rules.CreatorAnswer | None,
) -> PlannedAd:
    parts = naming.parse(ad.name, naming.AD_FIELDS) or {"name": ad.name}
    return PlannedAd(
        ad=ad,
        group=group,
        post=ad.post,
        budget=Money(group.payload["budget_minor"], plan.currency),
        starts_at=contents.instant(group.payload["schedule_start_time"]),
        ends_at=contents.instant(group.payload["schedule_end_time"]),
        ends_first=ClockName(ends_first).label if ends_first else "",
        end_changes=list(group.end_changes.all()),
        name_parts={key: text for key, text in parts.items() if text != naming.NONE},
        checks=checks,
        creator_answer=answer,
    )


def campaigns_of(plan: Plan, ads: list[PlannedAd]) -> list[PlannedCampaign]:
    """The plan's campaigns in its order, each with its ads."""
    tree = contents.tree_of(plan)
    mine: dict[str, list[PlannedAd]] = {}
    for ad in ads:
        mine.setdefault(tree.campaign(tree.by_key[ad.ad.key])["key"], []).append(ad)
    found: list[PlannedCampaign] = []
    for thing in plan.content["objects"]:
        if thing["kind"] != "campaign":
            continue
        groups = [each for each in tree.groups if each["parent"] == thing["key"]]
        objective, first = OBJECTIVES[thing["objective"]], groups[0]["payload"]
        goal = next(
            each for each in objective.goals.values() if each.wire == first["optimization_goal"]
        )
        event = EVENTS.get(first.get("optimization_event", ""), "")
        found.append(
            PlannedCampaign(
                number=len(found) + 1,
                name=thing["name"],
                objective=objective.label,
                type=TYPE_LABELS[CampaignType(thing["type"])],
                goal=f"{goal.label}: {event}" if event else goal.label,
                existing=thing["existing"],
                budget=Money(
                    sum(each["payload"]["budget_minor"] for each in groups), plan.currency
                ),
                is_together=len(groups) < len(mine[thing["key"]]),
                audience=audience_words(first),
                ads=mine[thing["key"]],
            )
        )
    return found


@page()
def plan(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    return _plan(request, actor, service.find_plan(actor.workspace, pk))


def _plan(
    request: HttpRequest, actor: Actor, row: Plan, error: KindlingError | None = None
) -> HttpResponse:
    objects = list(row.objects_planned.select_related("post__creator"))
    answers = creator_approval.awaited(row, now=now())
    ads = planned_ads(row, objects, answers)
    needs_two = service.wants_second_person(row, actor.workspace)
    is_mine = actor.user is not None and row.created_by_id == actor.user.pk
    context = {
        "plan": row,
        "ads": ads,
        "objects": objects,
        "campaigns": campaigns_of(row, ads),
        "budget": Money(row.daily_budget_minor, row.currency),
        "most": Money(contents.most_minor(row.content, zone=row.ad_account.timezone), row.currency),
        "has_to_ask": any(
            each not in {rules.CreatorAnswer.ASKED, rules.CreatorAnswer.APPROVED}
            for each in answers.values()
        ),
        "flight_days": contents.flight_days(row.content, zone=row.ad_account.timezone),
        "last_end": contents.last_end(row.content),
        "blocked": sum(bool(each.blocking) for each in ads),
        "warned": sum(bool(each.warnings) for each in ads),
        "switched_on": sum(each.state == State.ENABLED for each in objects),
        "settled": sum(each.state not in {State.PLANNED, State.SENDING} for each in objects),
        "needs_two": needs_two,
        "limit": Money(row.workspace.second_person_above_minor, row.currency),
        "may_approve": actor.can(Action.APPROVE_SPEND) and not (needs_two and is_mine),
        "approve_form": ApprovePlanForm(initial={"digest": row.digest}),
        "shows_objects": row.state in {Plan.State.APPLYING, Plan.State.APPLIED, Plan.State.PARTLY},
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
        show=lambda error: _plan(request, actor, row, error),
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
        to=_url(actor, pk), show=lambda error: _plan(request, actor, row, error),
    )  # fmt: skip


@page(Action.APPROVE_SPEND, method="POST")
def approve(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    row = service.find_plan(actor.workspace, pk)
    return decide(
        request, ApprovePlanForm(request), partial(service.approve, actor, row, at=now()),
        said="Approved. Nothing is sent to TikTok until the plan is applied.", to=_url(actor, pk),
        show=lambda error: _plan(request, actor, row, error),
    )  # fmt: skip


@page(Action.APPLY, method="POST")
def apply(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """Start the apply, or go on with one that stopped. The page follows it."""
    row = service.find_plan(actor.workspace, pk)
    return decide(
        request, None, lambda: service.ask_apply(actor, row, at=now()), to=_url(actor, pk),
        show=lambda error: _plan(request, actor, row, error),
    )  # fmt: skip


@page(Action.PLAN, method="POST")
def cancel(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    row = service.find_plan(actor.workspace, pk)
    return decide(
        request, None, lambda: service.cancel(actor, row, at=now()),
        said="Cancelled. Nothing was sent to TikTok.", to=_url(actor, pk),
        show=lambda error: _plan(request, actor, row, error),
    )  # fmt: skip
