"""Drafts of plans: changed before anybody approves them, copied, and planned from templates of campaigns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from kindling.errors import ConflictError, InvalidInputError, NotFoundError
from kindling.launches import rules, service
from kindling.launches.models import Plan, PlanTemplate
from kindling.launches.planning import content as contents
from kindling.launches.planning import edits, specs
from kindling.workspaces.models import Workspace
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor, record

MAX_TEMPLATE_NAME = 120
Change = Callable[[Mapping[str, Any]], dict[str, Any]]


def told_of(row: Plan) -> dict[str, Any]:
    """What a plan was asked for. Raises ConflictError for one that came from a file."""
    if row.spec is None:
        raise ConflictError(
            "This plan came from a file, so it cannot be changed or copied here.",
            next_step="Change the specification and run `kindling plan` again.",
        )
    told: dict[str, Any] = edits.by_campaigns(row.spec)
    return told


def change(actor: Actor, row: Plan, make: Change, *, digest: str, at: datetime) -> Plan:
    """Change a draft. Its checks, and what creators said of changed ads, are to be asked for again.

    digest : of the plan the person looked at; another one means that it was changed meanwhile
    """
    actor.require(Action.PLAN)
    told = make(told_of(row))
    specs_wanted = specs.from_mapping(
        {key: value for key, value in told.items() if key != "ad_account"},
        account=row.ad_account, workspace=actor.workspace, now=at,
    )  # fmt: skip
    made = service.build(
        actor, row.ad_account, specs_wanted, at=at, token=row.content["token"]
    ).to_json()
    contents.check(made, advertiser_id=row.ad_account.advertiser_id, currency=row.currency)
    with transaction.atomic():
        changed = Plan.objects.filter(pk=row.pk, state=Plan.State.DRAFT, digest=digest).update(
            content=made,
            spec=specs.kept(told),
            digest=rules.digest(made),
            name=made["name"],
            daily_budget_minor=made["daily_budget_minor"],
            checks=[],
            checked_at=None,
        )
        if not changed:
            raise ConflictError(
                "The plan was changed or approved meanwhile.",
                next_step="Open it again and look at it as it is now.",
            )
        before = row.daily_budget_minor
        row.refresh_from_db()
        row.objects_planned.all().delete()
        service.store_objects(row)
        record(
            actor, "changed plan", row.name, at=at,
            before={"daily_budget_minor": before, "digest": digest},
            after={"daily_budget_minor": row.daily_budget_minor, "digest": row.digest},
        )  # fmt: skip
    return row


def copy(actor: Actor, row: Plan, *, at: datetime) -> Plan:
    """A new draft of the same launch, which starts now."""
    actor.require(Action.PLAN)
    name = f"{row.name[: contents.MAX_NAME - 7]} (copy)"
    return plan_told(actor, row, edits.copied(told_of(row), name=name), at=at)


def plan_told(actor: Actor, like: Plan, told: Mapping[str, Any], *, at: datetime) -> Plan:
    """A new draft of a specification, in the ad account of another plan."""
    given = {key: value for key, value in told.items() if key != "ad_account"}
    wanted = specs.from_mapping(given, account=like.ad_account, workspace=actor.workspace, now=at)
    return service.plan(actor, like.ad_account, wanted, at=at, told=specs.kept(given))


# --- Templates ----------------------------------------------------------------------------------------------------


def templates(workspace: Workspace) -> QuerySet[PlanTemplate]:
    return PlanTemplate.objects.filter(workspace=workspace).select_related("created_by")


def find_template(workspace: Workspace, pk: int) -> PlanTemplate:
    """One of the workspace's. Raises NotFoundError."""
    found = templates(workspace).filter(pk=pk).first()
    if found is None:
        raise NotFoundError(
            "This campaign template was not found.", next_step="Open Plans to see all."
        )
    return found


def save_template(actor: Actor, row: Plan, number: int, *, name: str, at: datetime) -> PlanTemplate:
    """Keep a campaign's settings for further launches, without its posts and its start."""
    actor.require(Action.PLAN)
    name = name.strip()
    if not 0 < len(name) <= MAX_TEMPLATE_NAME:
        raise InvalidInputError(
            "A template needs a name of 1 to 120 characters.",
            next_step="Write a name.",
            field="name",
        )
    spec = edits.as_template(told_of(row), number)
    try:
        with transaction.atomic():
            made = PlanTemplate.objects.create(
                workspace=actor.workspace,
                name=name,
                spec=spec,
                created_by=actor.user,
                created_at=at,
            )
            record(actor, "saved campaign template", name, at=at, after=spec)
    except IntegrityError:
        raise ConflictError(
            f"There is a template named {name} already.",
            next_step="Choose another name, or delete the old one.",
        ) from None
    return made


def delete_template(actor: Actor, found: PlanTemplate, *, at: datetime) -> None:
    """Drop a template; plans made of it stay as they are."""
    actor.require(Action.PLAN)
    with transaction.atomic():
        found.delete()
        record(actor, "deleted campaign template", found.name, at=at)
