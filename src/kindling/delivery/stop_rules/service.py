"""Use cases of rules: made as a dry run, activated by a named person, paused, removed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, Max, QuerySet

from kindling.delivery.budgets.rules import MOST_PERCENT
from kindling.delivery.models import RuleFiring, StopRule
from kindling.delivery.stop_rules import rules
from kindling.delivery.stop_rules.rules import (
    IN_COUNTS,
    IN_MONEY,
    METRIC_LABELS,
    Act,
    Comparison,
    Metric,
    Scope,
    State,
)
from kindling.errors import ConflictError, InvalidInputError, NotFoundError
from kindling.kit.money import Money
from kindling.workspaces import service as workspaces
from kindling.workspaces.models import Workspace
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor, record

MOST_DAYS = 30
MOST_RULES = 100  # of a workspace, so that a run stays short; ours


@dataclass(frozen=True, slots=True)
class Draft:
    """A rule to be. value, min_spend and floor are minor units where they are money; a rate is a share of one."""

    name: str
    metric: Metric
    comparison: Comparison
    value: float
    days: int = 3
    scope: Scope = Scope.ALL
    scope_key: str = ""
    min_spend_minor: int = 0
    min_impressions: int = 0
    min_conversions: int = 0
    stops_learning: bool = False
    act: Act = Act.PAUSE
    lower_percent: int | None = None
    floor_minor: int = 0


def list_rules(workspace: Workspace) -> QuerySet[StopRule]:
    """Rules that were not removed, by name, with how often each fired and when last."""
    rows = StopRule.objects.filter(workspace=workspace).exclude(state=State.REMOVED)
    rows = rows.select_related("created_by", "activated_by")
    return rows.annotate(fired=Count("firings"), fired_at=Max("firings__at")).order_by("name", "pk")


def firings(workspace: Workspace) -> QuerySet[RuleFiring]:
    """What rules did, the newest first."""
    rows = RuleFiring.objects.filter(rule__workspace=workspace)
    return rows.select_related("rule", "ad__post__creator").order_by("-at", "-pk")


def find(workspace: Workspace, pk: int) -> StopRule:
    found = list_rules(workspace).filter(pk=pk).first()
    if found is None:
        raise NotFoundError("This rule was not found.", next_step="Open Live, then Rules.")
    found.workspace = workspace
    return found


def create(actor: Actor, draft: Draft, *, at: datetime) -> StopRule:
    """Make a rule. It begins as a dry run and does nothing until somebody activates it. Raises InvalidInputError."""
    actor.require(Action.APPLY)
    _check(draft)
    with transaction.atomic():
        Workspace.objects.select_for_update(no_key=True).get(pk=actor.workspace.pk)
        if list_rules(actor.workspace).count() >= MOST_RULES:
            raise ConflictError(
                f"There are {MOST_RULES} rules already.", next_step="Remove one that is not needed."
            )
        made = StopRule.objects.create(
            workspace=actor.workspace, created_by=actor.user, created_at=at, currency=actor.workspace.currency,
            **{name: getattr(draft, name) for name in Draft.__slots__},
        )  # fmt: skip
        record(actor, "made rule", draft.name, at=at, after={"rule": words(made)})
    return made


def _check(draft: Draft) -> None:
    def refuse(message: str, field: str) -> InvalidInputError:
        return InvalidInputError(message, next_step="Correct it.", field=field)

    if not draft.name.strip():
        raise refuse("A rule needs a name.", "name")
    if not 1 <= draft.days <= MOST_DAYS:
        raise refuse(f"Days are from 1 to {MOST_DAYS}.", "days")
    if draft.scope != Scope.ALL and not draft.scope_key.strip():
        raise refuse("Say which campaign, creator or note it is about.", "scope_key")
    if (
        draft.value < 0
        or min(draft.min_spend_minor, draft.min_impressions, draft.min_conversions) < 0
    ):
        raise refuse("Numbers are 0 or more.", "value")
    if not (draft.min_spend_minor or draft.min_impressions or draft.min_conversions):
        raise refuse(
            "Ask for some spend, impressions or conversions: too few figures must not stop an ad.",
            "min_spend",
        )
    if draft.act == Act.LOWER and not 1 <= (draft.lower_percent or 0) <= MOST_PERCENT:
        raise refuse(f"A budget is lowered by 1 to {MOST_PERCENT} per cent.", "lower_percent")


def activate(actor: Actor, rule: StopRule, *, at: datetime) -> StopRule:
    """Let a rule act from the next sync on. Raises ConflictError where it is active already."""
    actor.require(Action.APPLY)
    if actor.user is None:
        raise ConflictError(
            "A rule is activated by a person.", next_step="Sign in and activate it."
        )
    return _move(
        actor, rule, State.ACTIVE, "activated rule", at=at, activated_by=actor.user, activated_at=at
    )


def pause(actor: Actor, rule: StopRule, *, at: datetime) -> StopRule:
    """Let a rule do nothing until it is activated again. What it did stays done."""
    actor.require(Action.APPLY)
    return _move(actor, rule, State.PAUSED, "paused rule", at=at)


def remove(actor: Actor, rule: StopRule, *, at: datetime) -> StopRule:
    """Take a rule off the list for good; what it did stays on record."""
    actor.require(Action.APPLY)
    return _move(actor, rule, State.REMOVED, "removed rule", at=at)


def _move(
    actor: Actor, rule: StopRule, state: State, said: str, *, at: datetime, **more: Any
) -> StopRule:
    with transaction.atomic():
        actor = workspaces.check_again(actor, Action.APPLY)
        rows = StopRule.objects.filter(
            pk=rule.pk, workspace=actor.workspace, state__in=rules.FROM[state]
        )
        if not rows.update(state=state, **more):
            raise ConflictError(
                f"The rule is {rules.STATE_LABELS[State(rule.state)].lower()} or was changed meanwhile.",
                next_step="Reload the page.",
            )
        record(actor, said, rule.name, at=at, after={"rule": words(rule)})
    return find(actor.workspace, rule.pk) if state is not State.REMOVED else rule


# --- In words -----------------------------------------------------------------------------------------------------


def value_words(rule: StopRule, value: float) -> str:
    """A value of the rule's metric as people read it."""
    if rule.metric in IN_MONEY:
        return str(Money(round(value), rule.currency))
    return f"{value:,.0f}" if rule.metric in IN_COUNTS else f"{value * 100:.2f} %"


def words(rule: StopRule) -> str:
    """The whole rule as a sentence."""
    label = METRIC_LABELS[Metric(rule.metric)].removesuffix(", %")
    days = "the last full day" if rule.days == 1 else f"the last {rule.days} full days"
    said = f"{_act_words(rule)} when {label} is {rule.comparison} {value_words(rule, rule.value)} over {days}"
    least = [
        *([f"{Money(rule.min_spend_minor, rule.currency)} spent"] if rule.min_spend_minor else []),
        *([f"{rule.min_impressions:,} impressions"] if rule.min_impressions else []),
        *([f"{rule.min_conversions:,} conversions"] if rule.min_conversions else []),
    ]
    if least:
        said += f", from {' and '.join(least)}"
    return f"{said}{'; also while it learns' if rule.stops_learning else ''}."


def _act_words(rule: StopRule) -> str:
    if rule.act == Act.LOWER:
        floor = f", not below {Money(rule.floor_minor, rule.currency)}" if rule.floor_minor else ""
        return f"Lower the daily budget by {rule.lower_percent} %{floor},"
    return "Pause the ad" if rule.act == Act.PAUSE else "Tell"


def scope_words(rule: StopRule) -> str:
    if rule.scope == Scope.ALL:
        return "All ads"
    if rule.scope == Scope.CREATOR:
        return f"Ads of @{rule.scope_key}"
    return f"{'Campaign' if rule.scope == Scope.CAMPAIGN else 'Posts noted'} {rule.scope_key}"


def to_json(rule: StopRule) -> dict[str, Any]:
    return {
        "id": rule.pk,
        "name": rule.name,
        "state": rule.state,
        "rule": words(rule),
        "scope": rule.scope,
        "scope_key": rule.scope_key or None,
        "metric": rule.metric,
        "comparison": rule.comparison,
        "value": rule.value,
        "currency": rule.currency,
        "days": rule.days,
        "min_spend_minor": rule.min_spend_minor,
        "min_impressions": rule.min_impressions,
        "min_conversions": rule.min_conversions,
        "stops_learning": rule.stops_learning,
        "act": rule.act,
        "lower_percent": rule.lower_percent,
        "floor_minor": rule.floor_minor,
        "activated_by": str(rule.activated_by) if rule.activated_by else None,
        "activated_at": rule.activated_at.isoformat() if rule.activated_at else None,
    }
