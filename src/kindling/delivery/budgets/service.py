"""Lower the daily budgets of ad groups at TikTok, for a person or for a rule. Lowering never needs approval (R60).

Each change is on record before TikTok is asked. The budget that TikTok shows is read right before, so that an older
figure of ours never raises one that somebody has lowered there. A reply that was lost is read back; where nothing can
be read the change stays open, and is looked up after the next sync.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db import transaction

from kindling.delivery import at_tiktok
from kindling.delivery.budgets import rules
from kindling.delivery.budgets.rules import Lowering
from kindling.delivery.models import Ad, AdGroup, BudgetChange
from kindling.delivery.stops import IDS_A_LIST
from kindling.errors import InvalidInputError, PlatformError, RefusedError
from kindling.kit.money import Money, from_minor, to_minor
from kindling.workspaces import tiktok
from kindling.workspaces.models import AdAccount, Workspace
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor, record, system_actor
from tiktok_business import AdGroup as WireAdGroup
from tiktok_business import AdGroupId, AdvertiserId, TikTok

log = logging.getLogger(__name__)
LOST = "TikTok did not confirm the lower budget; it is looked up after the next sync."
REFUSED = "TikTok refused the lower budget."
LOWEST = "It is at the lowest already."
TOO_MUCH = (
    f"That is more than {rules.MOST_AT_ONCE_PERCENT} % at once, and TikTok may let the ad group learn anew: "
    "lower it in two steps two days apart, or say that you mean it."
)
UNREAD = "TikTok did not show its budget now, so nothing was changed."
Answer = tuple[bool | None, str]
"""Whether TikTok has set a budget, None where no answer says so; and why not."""


@dataclass(frozen=True, slots=True)
class Lowered:
    """What came of one ad group. change : on record, where TikTok was asked; problem : why it stays, else "" """

    group: AdGroup
    change: BudgetChange | None = None
    problem: str = ""
    warning: str = ""

    @property
    def is_done(self) -> bool:
        return self.change is not None and bool(self.change.is_confirmed)

    def to_json(self) -> dict[str, Any]:
        change, currency = self.change, self.group.ad_account.currency
        state = "unchanged"
        if change is not None and change.is_confirmed is not False:
            state = "lowered" if change.is_confirmed else "unconfirmed"
        return {
            "adgroup_id": self.group.adgroup_id,
            "state": state,
            "before": Money(change.before_minor, currency).to_json() if change else None,
            "after": Money(change.after_minor, currency).to_json() if change else None,
            "message": self.problem or self.warning,
        }


@dataclass(frozen=True, slots=True)
class Wanted:
    """One ad group to lower, why, and on what evidence."""

    group: AdGroup
    reason: str
    evidence: dict[str, Any] = field(default_factory=dict)


def groups_of(workspace: Workspace, ads: Iterable[Ad]) -> list[AdGroup]:
    """The ad groups of these ads, each once, with what lowering needs of their ad accounts."""
    rows = AdGroup.objects.filter(ad_account__workspace=workspace, ads__in=[ad.pk for ad in ads])
    return list(
        rows.select_related("ad_account__connection", "ad_account__workspace")
        .distinct()
        .order_by("pk")
    )


def lower_ad(actor: Actor, ad: Ad, lowering: Lowering, *, reason: str, at: datetime) -> Lowered:
    """Lower the daily budget of one ad's group. Raises InvalidInputError unless it says by how much."""
    if (lowering.percent is None) == (lowering.to_minor is None):
        raise InvalidInputError(
            "Say by how many per cent, or to which amount.",
            next_step="Give one of the two.",
            field="percent",
        )
    (done,) = lower_all(actor, groups_of(actor.workspace, [ad]), lowering, reason=reason, at=at)
    return done


def lower_all(
    actor: Actor, groups: Iterable[AdGroup], lowering: Lowering, *, reason: str, at: datetime
) -> list[Lowered]:
    """Lower the daily budgets of these ad groups for a person; each is answered for itself."""
    actor.require(Action.PAUSE)
    if not reason.strip():
        raise InvalidInputError(
            "A lower budget needs a reason.", next_step="Give a short reason.", field="reason"
        )
    by_account: dict[AdAccount, list[Wanted]] = {}
    for group in groups:
        by_account.setdefault(group.ad_account, []).append(Wanted(group, reason.strip()))
    return [
        done
        for account, wanted in by_account.items()
        for done in lower(account, wanted, lowering, actor=actor, at=at)
    ]


def lower(
    account: AdAccount, wanted: Sequence[Wanted], lowering: Lowering, *, actor: Actor, at: datetime
) -> list[Lowered]:
    """Lower ad groups of one ad account: read what they have at TikTok, write down, ask, settle by the answer."""
    found: list[Lowered] = []
    possible = []
    for each in wanted:
        group = each.group
        problem = rules.why_not(
            budget_mode=group.budget_mode, budget_minor=group.budget_minor, is_gone=group.is_gone
        )
        if problem:
            found.append(Lowered(group, problem=problem))
        else:
            possible.append(each)
    shown = _shown(account, [each.group.adgroup_id for each in possible])
    asked: list[BudgetChange] = []
    for each in possible:
        present = shown.get(each.group.adgroup_id)
        if present is None:
            found.append(Lowered(each.group, problem=UNREAD))
            continue
        target = lowering.of(present)
        if target is None:
            _note(each.group, present)
            found.append(
                Lowered(
                    each.group, problem=f"{LOWEST[:-1]}, {Money(present, account.currency)} a day."
                )
            )
            continue
        if not lowering.is_large_meant and rules.is_too_much_at_once(present, target):
            found.append(Lowered(each.group, problem=TOO_MUCH))
            continue
        asked.append(_ask(each, present, target, actor=actor, at=at))
    answers = _set(account, {each.adgroup.adgroup_id: each.after_minor for each in asked})
    return found + [
        _settled(account, change, answers[change.adgroup.adgroup_id], at=at) for change in asked
    ]


def look_up_unanswered(account: AdAccount, *, at: datetime) -> int:
    """Settle changes whose answer nobody saw by what TikTok shows; returns how many turned out carried out."""
    rows = BudgetChange.objects.filter(adgroup__ad_account=account, is_confirmed=None)
    waiting = list(rows.select_related("adgroup", "by").order_by("pk"))
    if not waiting:
        return 0
    shown = _shown(account, sorted({each.adgroup.adgroup_id for each in waiting}))
    done = 0
    for change in waiting:
        present = shown.get(change.adgroup.adgroup_id)
        if present is not None:
            done += _settle(account, change, present <= change.after_minor, at=at)
    return done


# --- On record ----------------------------------------------------------------------------------------------------


def _ask(wanted: Wanted, before: int, after: int, *, actor: Actor, at: datetime) -> BudgetChange:
    if after >= before:
        raise ValueError("a budget is never raised here")
    return BudgetChange.objects.create(
        adgroup=wanted.group, at=at, by=actor.user, reason=wanted.reason, before_minor=before,
        after_minor=after, evidence=wanted.evidence,
    )  # fmt: skip


def _note(group: AdGroup, present: int) -> None:
    """What TikTok shows now, where that is less than what we have."""
    AdGroup.objects.filter(pk=group.pk, budget_minor__gt=present).update(budget_minor=present)


def _settled(account: AdAccount, change: BudgetChange, told: Answer, *, at: datetime) -> Lowered:
    answer, why = told
    if answer is None:
        present = _shown(account, [change.adgroup.adgroup_id]).get(change.adgroup.adgroup_id)
        answer = None if present is None else present <= change.after_minor
    if answer is None:
        return Lowered(change.adgroup, change, LOST)
    _settle(account, change, answer, at=at)
    change.is_confirmed = answer
    warning = ""
    if answer and rules.is_too_much_at_once(change.before_minor, change.after_minor):
        warning = (
            f"That is more than {rules.MOST_AT_ONCE_PERCENT} % at once: TikTok advises smaller steps, "
            "two days apart."
        )
    return Lowered(change.adgroup, change, "" if answer else f"{REFUSED} {why}".strip(), warning)


def _settle(account: AdAccount, change: BudgetChange, is_done: bool, *, at: datetime) -> bool:
    """Write down what TikTok answered or shows. Returns whether the budget is lower and nobody had noted it."""
    with transaction.atomic():
        open_row = BudgetChange.objects.filter(pk=change.pk, is_confirmed=None)
        if not open_row.update(is_confirmed=is_done) or not is_done:
            return False
        _note(change.adgroup, change.after_minor)
        actor = system_actor(account.workspace)
        if change.by is not None:
            actor = replace(actor, user=change.by, label=str(change.by))
        currency = account.currency
        record(
            actor, "lowered daily budget", change.adgroup.adgroup_id, at=at, reason=change.reason,
            before={"daily_budget": str(Money(change.before_minor, currency))},
            after={"daily_budget": str(Money(change.after_minor, currency)), **change.evidence},
        )  # fmt: skip
    return True


# --- At TikTok ----------------------------------------------------------------------------------------------------


def _set(account: AdAccount, budgets: dict[str, int]) -> dict[str, Answer]:
    """Set budgets; one that TikTok refuses, as below what is spent today, does not hold up the others.

    Returns by id whether it is set, and why not; None: no answer.
    """
    if not budgets:
        return {}
    amounts = {
        AdGroupId(each): from_minor(minor, account.currency) for each, minor in budgets.items()
    }
    advertiser = AdvertiserId(account.advertiser_id)

    smart = at_tiktok.of_smart(account, budgets)

    async def send(client: TikTok) -> None:
        await at_tiktok.set_budgets(client, advertiser, amounts, smart)

    try:
        tiktok.ask(account, send)
    except PlatformError as error:
        is_refused = isinstance(error, RefusedError)
        if is_refused and len(budgets) > 1:  # all or none: the others are tried apart
            ids = list(budgets)
            half = len(ids) // 2
            parts = (ids[:half], ids[half:])
            return {
                name: answer
                for part in parts
                for name, answer in _set(account, {each: budgets[each] for each in part}).items()
            }
        log.warning("lowering %d budgets was not confirmed: %s", len(budgets), type(error).__name__)
        return dict.fromkeys(budgets, (False if is_refused else None, error.message))
    return dict.fromkeys(budgets, (True, ""))


def _shown(account: AdAccount, ids: Sequence[str]) -> dict[str, int]:
    """The daily budgets that TikTok shows now, in minor units; those that it does not show are left out."""
    found: dict[str, int] = {}
    smart = at_tiktok.of_smart(account, ids)
    for first in range(0, len(ids), IDS_A_LIST):
        some = [AdGroupId(each) for each in ids[first : first + IDS_A_LIST]]

        async def read(client: TikTok, wanted: Sequence[AdGroupId] = some) -> list[WireAdGroup]:
            advertiser = AdvertiserId(account.advertiser_id)
            return await at_tiktok.read_groups(client, advertiser, wanted, smart)

        try:
            rows = tiktok.ask(account, read)
        except PlatformError as problem:
            log.warning("budgets of ad account %s were not read: %s", account.pk, problem)
            continue
        found |= {
            str(each.adgroup_id): to_minor(each.budget, account.currency)
            for each in rows
            if each.budget and each.budget_mode == rules.DAY_BUDGET
        }
    return found
