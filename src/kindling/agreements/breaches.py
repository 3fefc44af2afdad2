"""Breaches and how they are made good: a replacement post, a refund for the days not had, or a waiver."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from kindling.agreements import payables, rights
from kindling.agreements.fees import refund, unused_days
from kindling.agreements.models import Agreement, Breach, Payable, UsageRight
from kindling.agreements.rules import State
from kindling.creators.models import Creator
from kindling.errors import ConflictError, InvalidInputError, NotFoundError
from kindling.kit.money import Money
from kindling.workspaces.models import Role, Workspace
from kindling.workspaces.notices import notify, settle
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor, record

Kind, Remedy = Breach.Kind, Breach.Remedy


@transaction.atomic
def open_breach(
    actor: Actor,
    creator: Creator,
    *,
    kind: str,
    evidence: str,
    at: datetime,
    item_id: str = "",
    happened_at: datetime | None = None,
    agreement: Agreement | None = None,
) -> Breach:
    """Open a breach and tell the manager and legal; while one of this kind is open for the post it is the same one.

    actor : a person who may manage agreements, or Kindling itself when it saw the post or the permission go
    agreement : found through the post's right where it is not given; there may be none (imported rights)
    """
    if actor.user is not None:
        actor.require(Action.MANAGE_AGREEMENTS)
    if kind not in Kind.values:
        raise InvalidInputError(
            f"{kind!r} is no kind of breach.", next_step="Choose from the list."
        )
    if not evidence.strip():
        raise InvalidInputError(
            "A breach needs evidence.", next_step="Write what was seen, where and when."
        )
    when = happened_at or at
    known = Breach.objects.filter(creator=creator, item_id=item_id, kind=kind, resolved_at=None)
    if (open_one := known.first()) is not None:
        return open_one
    right = rights.rights_of_posts(creator.workspace, [(creator.pk, item_id)], now=when).get(
        (creator.pk, item_id)
    )
    if agreement is None and right is not None and right.version_id:
        agreement = Agreement.objects.get(versions=right.version_id)
    breach = Breach(
        workspace=creator.workspace,
        creator=creator,
        agreement=agreement,
        right=right,
        item_id=item_id,
        kind=kind,
        evidence=evidence.strip(),
        happened_at=when,
        opened_at=at,
        opened_by=actor.user,
    )
    _reckon(breach, right)
    breach.save()
    if agreement is not None and agreement.state == State.AGREED:
        Agreement.objects.filter(pk=agreement.pk).update(state=State.BREACHED, state_since=at)
    subject = agreement.subject if agreement else f"@{creator.handle}"
    facts = {"breach": breach.pk, "kind": kind, "item_id": item_id, "evidence": breach.evidence}
    record(actor, "opened breach", subject, at=at, after=facts)
    notify(
        creator.workspace,
        key=_key(breach),
        roles=(Role.CREATOR_MANAGER, Role.LEGAL, Role.OWNER),
        title=f"Breach by @{creator.handle}: {breach.get_kind_display().lower()}",
        next_step="Talk to the creator; then note a replacement, a refund or a waiver.",
        path=f"agreements/{agreement.pk}/" if agreement else f"creators/@{creator.handle}/",
        at=at,
        urgency=1,
    )
    return breach


def _reckon(breach: Breach, right: UsageRight | None) -> None:
    """The refund of the fees' share for the days not had, as far as a right says what was bought."""
    if right is None:
        return
    unused, term = unused_days(
        starts_at=right.starts_at, ends_at=right.ends_at, lost_at=breach.happened_at
    )
    fee = right.content_fee_minor + right.rights_fee_minor
    breach.unused_days, breach.term_days = unused, term
    breach.refund_minor = refund(fee, unused=unused, term=term)
    breach.currency = right.currency


@transaction.atomic
def resolve(
    actor: Actor,
    breach: Breach,
    *,
    remedy: str,
    resolution: str,
    replacement_item_id: str = "",
    at: datetime,
) -> Breach:
    """Note how a breach was made good. A refund makes a payable below zero; the agreement is kept again after it.

    raises : InvalidInputError, ConflictError when it was resolved already
    """
    actor.require(Action.MANAGE_AGREEMENTS)
    breach.refresh_from_db()
    if breach.resolved_at is not None:
        raise ConflictError("This breach is resolved already.", next_step="Load the page again.")
    if remedy not in Remedy.values or remedy == Remedy.OPEN:
        raise InvalidInputError("Choose how it was made good.", next_step="Choose from the list.")
    if not resolution.strip():
        raise InvalidInputError("Say what was agreed.", next_step="Write a short line.")
    replacement = replacement_item_id.strip()
    if remedy == Remedy.REPLACEMENT and not (replacement.isdigit() and len(replacement) <= 32):
        raise InvalidInputError(
            "The replacement is a post: its id is digits only.",
            next_step="Write the last part of the post's address.",
        )
    if remedy == Remedy.REFUND:
        _pay_back(actor, breach, at=at)
    breach.remedy, breach.resolution = remedy, resolution.strip()
    breach.replacement_item_id = replacement if remedy == Remedy.REPLACEMENT else ""
    breach.resolved_at, breach.resolved_by = at, actor.user
    breach.save()
    agreement = breach.agreement
    if agreement is not None and not agreement.breaches.filter(resolved_at=None).exists():
        Agreement.objects.filter(pk=agreement.pk, state=State.BREACHED).update(
            state=State.AGREED, state_since=at
        )
    settle(breach.workspace, key=_key(breach), at=at)
    subject = agreement.subject if agreement else f"@{breach.creator.handle}"
    facts = {"breach": breach.pk, "remedy": remedy, "resolution": breach.resolution}
    record(actor, "resolved breach", subject, at=at, after=facts)
    return breach


def _pay_back(actor: Actor, breach: Breach, *, at: datetime) -> None:
    if not breach.refund_minor:
        raise InvalidInputError(
            "There is nothing to pay back: no fee, or no day of the term was left.",
            next_step="Choose a replacement or a waiver.",
        )
    payables.make(
        breach.agreement,
        breach.creator,
        key=f"breach-{breach.pk}-refund",
        kind=Payable.Kind.REFUND,
        what=f"Refund, {breach.unused_days} of {breach.term_days} days not had",
        amount=Money(-breach.refund_minor, breach.currency),
        by=actor.user,
        at=at,
        due_at=at + timedelta(days=30),
        item_id=breach.item_id,
    )


def _key(breach: Breach) -> str:
    return f"breach-{breach.pk}"


def find(workspace: Workspace, pk: int) -> Breach:
    found = (
        Breach.objects.select_related("workspace", "creator", "agreement")
        .filter(workspace=workspace, pk=pk)
        .first()
    )
    if found is None:
        raise NotFoundError("There is no such breach here.", next_step="Look in Agreements.")
    return found
