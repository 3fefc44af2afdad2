"""Active rules act after each sync: the guard's machinery pauses, `budgets` lowers, and every firing is on record."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction

from kindling.delivery import protection, stops
from kindling.delivery.budgets import service as budgets
from kindling.delivery.budgets.rules import Lowering
from kindling.delivery.budgets.service import Wanted
from kindling.delivery.models import Ad, BudgetChange, RuleFiring, StopRule
from kindling.delivery.rules import DELIVERING
from kindling.delivery.stop_rules import figures, rules, service
from kindling.delivery.stop_rules.figures import AccountFigures
from kindling.delivery.stop_rules.rules import Act, Outcome, State
from kindling.delivery.stops import Stop
from kindling.errors import ConflictError
from kindling.jobs import lease
from kindling.kit.time import day_in
from kindling.launches.sending import flights
from kindling.notices import service as notices
from kindling.workspaces import service as workspaces
from kindling.workspaces import tiktok
from kindling.workspaces.models import AdAccount, Workspace
from kindling.workspaces.service import system_actor

log = logging.getLogger(__name__)
PATIENCE_SECONDS = 60
BETWEEN_CHANGES = timedelta(
    days=2
)  # TikTok's tip between two changes of a budget (R55, verified H18)
Result = RuleFiring.Result


@dataclass(frozen=True, slots=True)
class _Due:
    """A rule that is to act on an ad."""

    rule: StopRule
    ad: Ad
    firing: RuleFiring


def run(workspace: Workspace, *, now: datetime) -> list[RuleFiring]:
    """Let every active rule look at the running ads. What is not known fires nothing; it is told.

    Safe to run again: a rule fires once a day on an ad, and one that died half-way is gone on with.
    """
    made: list[RuleFiring] = []
    for account in workspaces.ad_accounts(workspace):
        budgets.look_up_unanswered(account, at=now)  # what people lowered too
        active = [each for each in _active(workspace) if each.currency == account.currency]
        if active:
            made += _run_account(account, active, now=now)
        else:
            notices.settle(workspace, key=_unknown_key(account), at=now)
    return made


def _active(workspace: Workspace) -> list[StopRule]:
    return list(StopRule.objects.filter(workspace=workspace, state=State.ACTIVE).order_by("pk"))


def _run_account(
    account: AdAccount, active: Sequence[StopRule], *, now: datetime
) -> list[RuleFiring]:
    try:
        with (
            lease.held(lease.of_account(account.pk), wait_seconds=PATIENCE_SECONDS),
            tiktok.session(account),
        ):
            due = _due(account, active, now=now)
            _act(account, due, now=now)
    except ConflictError:
        log.warning(
            "ad account %s is being worked on; its rules wait for the next sync", account.pk
        )
        return []
    _tell(account, due, now=now)
    return [each.firing for each in due]


def _due(account: AdAccount, active: Sequence[StopRule], *, now: datetime) -> list[_Due]:
    ads = figures.ads_of(account, running=DELIVERING)
    longest = max(each.days for each in active)
    every = figures.ads_of(account)  # of an ad group that learns, the ads that are off count too
    held = figures.read(
        account, every, since=_today(account, now) - timedelta(days=longest), now=now
    )
    found, unknown = [], []
    for rule in active:
        for ad in ads:
            if not figures.in_scope(rule, ad):
                continue
            seen = held.seen(rule, ad, held.today, acts_now=True)
            decision = rules.decide(figures.condition_of(rule), seen)
            if decision.outcome is Outcome.UNKNOWN:
                unknown.append(decision.reason)
            elif decision.outcome is Outcome.FIRES:
                values = {
                    "metric": rule.metric, "value": seen.value, "limit": rule.value, "days": rule.days,
                    "spend_minor": seen.spend_minor, "impressions": seen.impressions,
                    "conversions": seen.conversions, "learning": str(seen.learning.state),
                }  # fmt: skip
                firing = _fire(rule, ad, held, values, now=now)
                if firing is not None:
                    found.append(_Due(rule, ad, firing))
    _note_unknown(account, unknown, at=now)
    return found


def _today(account: AdAccount, now: datetime) -> date:
    return day_in(now, account.timezone)


def _fire(
    rule: StopRule, ad: Ad, held: AccountFigures, values: Mapping[str, object], *, now: datetime
) -> RuleFiring | None:
    """Write the firing down, with the rule's state read again; None where it fired that day, or may not any more."""
    with transaction.atomic():
        locked = StopRule.objects.select_for_update(no_key=True).get(pk=rule.pk)
        if locked.state != State.ACTIVE:
            return None
        if not Ad.objects.filter(pk=ad.pk, is_gone=False, operation_status="ENABLE").exists():
            return None
        if rule.act == Act.LOWER and _changed_lately(ad, now=now):
            return None
        firing, _ = RuleFiring.objects.get_or_create(
            rule=rule,
            ad=ad,
            day=held.today,
            defaults={"at": now, "values": dict(values), "act": rule.act},
        )
        return firing if firing.result == Result.OPEN else None


def _changed_lately(ad: Ad, *, now: datetime) -> bool:
    rows = BudgetChange.objects.filter(adgroup=ad.adgroup_id, at__gt=now - BETWEEN_CHANGES)
    return rows.exclude(is_confirmed=False).exists()


# --- What it does -------------------------------------------------------------------------------------------------


def _act(account: AdAccount, due: Sequence[_Due], *, now: datetime) -> None:
    """Carry out what is on record. An ad account that is only observed, or an ad not launched here, is only told of."""
    launched = flights.launched_ads(account)
    pausing: dict[int, _Due] = {}
    for each in due:
        if each.rule.act == Act.TELL:
            _end(each, Result.TOLD)
        elif not protection.protects(account, is_launched=each.ad.ad_id in launched):
            _end(each, Result.OBSERVED)
        elif each.rule.act == Act.LOWER:
            _lower(account, each, now=now)
        elif each.ad.pk in pausing:
            _end(each, Result.DONE, "Another rule paused it at the same time.")
        else:
            pausing[each.ad.pk] = each
    stop = [
        Stop(each.ad, _reason(each), {"rule": each.rule.pk, **each.firing.values})
        for each in pausing.values()
    ]
    if stop:
        for done in stops.switch_off(account, stop, actor=system_actor(account.workspace), at=now):
            confirmed = done.pause.is_confirmed
            each = pausing[done.pause.ad_id]
            _end(
                each,
                Result.DONE
                if confirmed
                else Result.UNCONFIRMED
                if confirmed is None
                else Result.REFUSED,
            )


def _lower(account: AdAccount, each: _Due, *, now: datetime) -> None:
    if _changed_lately(each.ad, now=now):  # another ad of the group, right now
        _end(each, Result.DONE, "The ad group's budget was lowered already.")
        return
    lowering = Lowering(percent=each.rule.lower_percent, floor_minor=each.rule.floor_minor)
    wanted = Wanted(each.ad.adgroup, _reason(each), {"rule": each.rule.pk, **each.firing.values})
    (done,) = budgets.lower(
        account, [wanted], lowering, actor=system_actor(account.workspace), at=now
    )
    if done.is_done:
        _end(each, Result.DONE, done.warning)
    elif done.change is not None and done.change.is_confirmed is None:
        _end(each, Result.UNCONFIRMED, done.problem)
    else:
        _end(each, Result.REFUSED, done.problem)


def _end(each: _Due, result: Result, message: str = "") -> None:
    RuleFiring.objects.filter(pk=each.firing.pk, result=Result.OPEN).update(
        result=result, message=message
    )
    each.firing.result, each.firing.message = result, message


def _reason(each: _Due) -> str:
    value = service.value_words(each.rule, float(each.firing.values["value"]))
    return f"Rule {each.rule.name}: {rules.METRIC_LABELS[rules.Metric(each.rule.metric)]} {value}."


# --- Who is told --------------------------------------------------------------------------------------------------


def _tell(account: AdAccount, due: Sequence[_Due], *, now: datetime) -> None:
    for rule in {each.rule.pk: each.rule for each in due}.values():
        mine = [each for each in due if each.rule.pk == rule.pk]
        ads = "1 ad" if len(mine) == 1 else f"{len(mine)} ads"
        results = sorted({str(Result(each.firing.result).label).lower() for each in mine})
        notices.notify(
            account.workspace,
            key=f"stop-rule-{rule.pk}-{mine[0].firing.pk}",
            roles=("media_buyer",),
            title=f"The rule {rule.name} fired on {ads} of {account.name}: {', '.join(results)}.",
            next_step="Read what it did and why; an ad that it paused can be resumed.",
            path=f"live/rules/{rule.pk}/",
            at=now,
            urgency=2,
        )


def _unknown_key(account: AdAccount) -> str:
    return f"stop-rules-unknown-{account.pk}"


def _note_unknown(account: AdAccount, reasons: Sequence[str], *, at: datetime) -> None:
    if not reasons:
        notices.settle(account.workspace, key=_unknown_key(account), at=at)
        return
    count = "1 ad" if len(set(reasons)) == len(reasons) == 1 else f"{len(reasons)} ads"
    notices.notify(
        account.workspace,
        key=_unknown_key(account),
        roles=("media_buyer",),
        title=f"Rules could not judge {count} of {account.name}, so they did nothing: {reasons[0]}",
        next_step="Look at its sync on Live; the next one lets rules judge anew.",
        path="live/",
        at=at,
        urgency=3,
    )
