"""A link that named the wrong post is put right: what started with that post belongs to the right one."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from kindling.agreements.contract import transitions
from kindling.agreements.contract.terms import StartTrigger, Terms
from kindling.agreements.contract.versions import version_in_force
from kindling.agreements.models import Agreement, CorrectedPost, Payable, UsageRight
from kindling.agreements.payments import due_fees
from kindling.agreements.payments import rules as payment_rules
from kindling.agreements.payments.rules import PayableState
from kindling.creators.models import Creator
from kindling.workspaces.service import Actor, record


@transaction.atomic
def correct_post(actor: Actor, creator: Creator, *, was: str, item_id: str, at: datetime) -> None:
    """Let the fee and the term that started with the post `was` belong to the post `item_id`; each once.

    An unpaid fee follows. A paid one never changes: `CorrectedPost` says which post it stands for since. Where the
    agreement names other posts, or the right post has a fee already, an unpaid fee waits for its post again.
    """
    agreements = Agreement.objects.filter(creator=creator).select_related("creator", "workspace")
    for agreement in agreements.order_by("pk"):
        transitions.hold(agreement)
        version = version_in_force(agreement)
        if version is not None:
            _move_right(actor, agreement, version.content, was, item_id, at=at)
            _move_fees(actor, agreement, version.content, was, item_id, at=at)


def _move_right(
    actor: Actor, agreement: Agreement, terms: Terms, was: str, item_id: str, *, at: datetime
) -> None:
    """Only a term that starts with the post started by mistake; one that runs from a day or a spend stays."""
    rights = UsageRight.objects.filter(version__agreement=agreement, superseded_at=None)
    right = rights.filter(item_id=was).select_for_update(no_key=True).first()
    if right is None or terms.start_trigger is not StartTrigger.POST_LIVE:
        return
    if terms.item_ids and item_id not in terms.item_ids:
        return
    before = {"right": right.pk, "item_id": was}
    if rights.filter(item_id=item_id).exists():
        right.delete()
        record(actor, "dropped right of wrong post", agreement.subject, at=at, before=before)
        return
    right.item_id = item_id
    right.save(update_fields=["item_id"])
    record(
        actor, "moved right to corrected post", agreement.subject, at=at, before=before,
        after={"item_id": item_id},
    )  # fmt: skip


def _move_fees(
    actor: Actor, agreement: Agreement, terms: Terms, was: str, item_id: str, *, at: datetime
) -> None:
    """Every fee of the post: a newer version may have added to its rights fee."""
    is_covered = not terms.item_ids or item_id in terms.item_ids
    for kind in due_fees.FEES:
        rows = Payable.objects.filter(agreement=agreement, kind=kind)
        # Locked: a fee that is being paid at this moment is a paid one, which never changes.
        fees = list(
            due_fees.standing_for(rows, was)
            .exclude(state=PayableState.CANCELLED)
            .select_for_update(of=("self",), no_key=True)
            .order_by("pk")
        )
        if is_covered and not due_fees.standing_for(rows, item_id).exists():
            for fee in fees:
                _give(actor, agreement, fee, was, item_id, at=at)
        else:
            _take_back(actor, agreement, fees, was, at=at)


def _give(
    actor: Actor, agreement: Agreement, fee: Payable, was: str, item_id: str, *, at: datetime
) -> None:
    if fee.state == PayableState.PAID:
        CorrectedPost.objects.update_or_create(payable=fee, defaults={"item_id": item_id, "at": at})
        done = "kept paid fee for corrected post"
    else:
        fee.item_id = item_id
        fee.save(update_fields=["item_id"])
        done = "moved fee to corrected post"
    record(
        actor, done, agreement.subject, at=at,
        before={"payable": fee.pk, "item_id": was, "state": fee.state},
        after={"item_id": item_id, "state": fee.state},
    )  # fmt: skip


def _take_back(
    actor: Actor, agreement: Agreement, fees: list[Payable], was: str, *, at: datetime
) -> None:
    """Let what is owed for the wrong post wait for another one, as one row; what was paid stays where it is."""
    if not fees or any(fee.state == PayableState.PAID for fee in fees):
        return
    fee, *added = fees
    before = {"payable": fee.pk, "item_id": was, "state": fee.state}
    is_back = Payable.objects.filter(
        pk=fee.pk, state__in=[PayableState.EXPECTED, *payment_rules.before(PayableState.EXPECTED)]
    ).update(
        amount_minor=fee.amount_minor + sum(each.amount_minor for each in added),
        item_id="", state=PayableState.EXPECTED, due_at=None, approved_by=None, approved_at=None,
    )  # fmt: skip
    if not is_back:
        return  # paid meanwhile: it stays where it is
    fee.refresh_from_db()
    Payable.objects.filter(
        pk__in=[each.pk for each in added],
        state__in=payment_rules.before(PayableState.CANCELLED),
    ).update(
        item_id="",  # the wrong post has no fee that was called off
        state=PayableState.CANCELLED,
        cancelled_at=at,
        cancelled_because="Part of the fee that waits for the right post.",
    )
    record(
        actor, "withdrew fee of wrong post", agreement.subject, at=at, before=before,
        after={"item_id": "", "state": fee.state},
    )  # fmt: skip
