"""What is owed to creators: made by agreements, approved by a second person where much is at stake, paid."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet, Sum

from kindling.agreements.models import BY_HAND_KEY, Agreement, AgreementVersion, Payable
from kindling.agreements.payments.rules import PAYABLE_TRANSITIONS, PayableState
from kindling.creators.models import Creator
from kindling.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError
from kindling.kit.money import Money
from kindling.notices.models import Notice
from kindling.notices.service import notify, settle
from kindling.workspaces import service as workspaces
from kindling.workspaces.models import Role, User, Workspace
from kindling.workspaces.rules import Action, needs_second_person
from kindling.workspaces.service import Actor, record

Kind = Payable.Kind
OPEN = (PayableState.DUE, PayableState.APPROVED)
NOT_SETTLED = (PayableState.EXPECTED, *OPEN)
ADDED_UP_FOR = timedelta(days=30)
BY_HAND = (Kind.BONUS, Kind.COMMISSION, Kind.KILL_FEE)
WHICH = {
    "": "All",
    "due": "To pay",
    "overdue": "Overdue",
    "expected": "Expected",
    "paid": "Paid",
    "cancelled": "Cancelled",
}


# --- Made by agreements ---------------------------------------------------------------------------------------


def make(
    agreement: Agreement | None,
    creator: Creator,
    *,
    key: str,
    kind: Payable.Kind,
    what: str,
    amount: Money,
    by: User | None,
    at: datetime,
    due_at: datetime | None,
    item_id: str = "",
    version: AgreementVersion | None = None,
    days: int = 0,
) -> Payable:
    """The payable of this key, made when new: `due` with a day, else `expected`. Nothing to pay is paid at once."""
    state = PayableState.EXPECTED if due_at is None else PayableState.DUE
    nothing = amount.minor == 0
    payable, _ = Payable.objects.get_or_create(
        workspace=creator.workspace,
        key=key,
        defaults={
            "creator": creator,
            "agreement": agreement,
            "kind": kind,
            "what": what[:200],
            "item_id": item_id,
            "version": version,
            "amount_minor": amount.minor,
            "currency": amount.currency,
            "days": days,
            "state": PayableState.PAID if nothing else state,
            "due_at": due_at,
            "created_by": by,
            "created_at": at,
            "paid_at": at if nothing else None,
            "reference": "Nothing to pay" if nothing else "",
        },
    )
    return payable


# --- By hand --------------------------------------------------------------------------------------------------


@transaction.atomic
def add(
    actor: Actor,
    agreement: Agreement,
    *,
    kind: str,
    amount: Money,
    what: str,
    due_in_days: int,
    at: datetime,
) -> Payable:
    """A bonus earned, a commission settled or a kill fee, by hand. Raises InvalidInputError.

    amount : in the agreement's currency
    """
    actor.require(Action.MANAGE_AGREEMENTS)
    if kind not in BY_HAND:
        raise InvalidInputError(
            f"{kind!r} cannot be added manually.",
            next_step=f"Choose one of {', '.join(BY_HAND)}.",
            field="kind",
        )
    if not what.strip():
        raise InvalidInputError(
            "Enter a reason for the payment.", next_step="Enter a short text.", field="what"
        )
    if not 0 <= due_in_days <= 3_650:
        raise InvalidInputError(
            "The number of days until the due date is not valid.",
            next_step="Enter 0 to 3650.",
            field="due_in_days",
        )
    currency = currency_of(agreement)
    if amount.currency != currency:
        raise InvalidInputError(
            f"The amount must be in {currency}.", next_step="Correct the amount.", field="amount"
        )
    if amount.minor <= 0:
        raise InvalidInputError(
            "The amount must be above zero.", next_step="Correct the amount.", field="amount"
        )
    payable = make(
        agreement,
        agreement.creator,
        # Drawn, not counted: two people adding at the same moment make two.
        key=f"agreement-{agreement.pk}{BY_HAND_KEY}{secrets.token_hex(8)}",
        kind=Kind(kind),
        what=what.strip(),
        amount=amount,
        by=actor.user,
        at=at,
        due_at=at + timedelta(days=due_in_days),
    )
    _note(actor, "added payable", payable, at=at, after=_facts(payable))
    return payable


def currency_of(agreement: Agreement) -> str:
    """The currency of the newest version's terms, the workspace's where there is no version."""
    newest = agreement.versions.first()
    return newest.content.currency if newest else agreement.workspace.currency


@transaction.atomic
def earn(actor: Actor, payable: Payable, *, at: datetime) -> Payable:
    """What was expected is owed now, such as a bonus that was earned."""
    actor.require(Action.MANAGE_AGREEMENTS)
    _move(payable, PayableState.DUE)
    payable.due_at = at
    payable.save(update_fields=["state", "due_at"])
    _note(actor, "marked payable as due", payable, at=at)
    return payable


@transaction.atomic
def approve(actor: Actor, payable: Payable, *, invoice_number: str = "", at: datetime) -> Payable:
    """Agree that it is paid. Above the workspace's limit by another person than who made it (four eyes)."""
    actor = workspaces.check_again(actor, Action.SETTLE)
    payable.workspace = (
        actor.workspace
    )  # its limit as it is now, not as it was when the payable was found
    if needs_two(payable) and actor.user is not None and payable.created_by_id == actor.user.pk:
        raise NotAllowedError(
            "This amount needs a second approver, because you created it.",
            next_step="Ask another owner or finance member to approve it.",
        )
    _move(payable, PayableState.APPROVED)
    payable.approved_by, payable.approved_at = actor.user, at
    payable.invoice_number = invoice_number.strip()[:60]
    payable.save(update_fields=["state", "approved_by", "approved_at", "invoice_number"])
    _note(actor, "approved payable", payable, at=at, after={"invoice": payable.invoice_number})
    return payable


def needs_two(payable: Payable) -> bool:
    """Whether approver and maker must differ: above the workspace's limit, or in another currency."""
    return payable.pk in needing_two([payable])


def needing_two(payables: Sequence[Payable]) -> set[int]:
    """Those whose approver and maker must differ, by pk. One query more, however many they are.

    What was added by hand is added up within its agreement, so that a large amount in several pieces takes two
    people as well: with what is open or approved, and with what was paid in the days before it was made.
    """
    agreements = {each.agreement_id for each in payables if each.is_by_hand and each.agreement_id}
    beside = Payable.objects.filter(agreement_id__in=agreements, key__contains=BY_HAND_KEY)
    by_hand = list(beside.exclude(state=PayableState.CANCELLED)) if agreements else []
    return {
        each.pk
        for each in payables
        if needs_second_person(
            daily_budget_minor=abs(each.amount_minor)
            + sum(other.amount_minor for other in by_hand if _adds_up(each, other)),
            limit_minor=each.workspace.second_person_above_minor,
            is_in_books_currency=each.currency == each.workspace.currency,
        )
    }


def takes_two_to_pay(payable: Payable, workspace: Workspace) -> bool:
    """Whether who approved a payment and who sends it must differ: above the workspace's limit for payments.

    What was added by hand counts with what its approver approved and paid alone within the agreement, so that a
    large amount in several pieces takes two people as well. Called with the workspace locked (`check_again`).
    """
    alone: Iterable[Payable] = ()
    if payable.is_by_hand and payable.agreement_id is not None:
        alone = Payable.objects.filter(
            agreement_id=payable.agreement_id,
            key__contains=BY_HAND_KEY,
            state=PayableState.PAID,
            approved_by=payable.approved_by_id,
            paid_by=payable.approved_by_id,
        )
    return needs_second_person(
        daily_budget_minor=abs(payable.amount_minor)
        + sum(other.amount_minor for other in alone if _adds_up(payable, other)),
        limit_minor=workspace.pay_second_person_above_minor,
        is_in_books_currency=payable.currency == workspace.currency,
    )


def _adds_up(payable: Payable, other: Payable) -> bool:
    is_beside = (
        payable.is_by_hand
        and payable.pk != other.pk
        and (payable.agreement_id, payable.currency) == (other.agreement_id, other.currency)
    )
    is_past = other.paid_at is not None and other.paid_at < payable.created_at - ADDED_UP_FOR
    return is_beside and not is_past


@transaction.atomic
def pay(actor: Actor, payable: Payable, *, reference: str, at: datetime) -> Payable:
    """Note that it was paid. The reference is the bank's or the payment service's, so that it can be found."""
    actor = workspaces.check_again(actor, Action.SETTLE)
    if not reference.strip():
        raise InvalidInputError(
            "A payment needs a reference.",
            next_step="Enter the reference number of the bank or payment service.",
            field="reference",
        )
    _move(payable, PayableState.PAID)
    if (
        actor.user
        and payable.approved_by_id == actor.user.pk
        and takes_two_to_pay(payable, actor.workspace)
    ):
        raise NotAllowedError(
            "This amount needs a second person, because you approved it.",
            next_step="Ask another owner or finance member to record the payment.",
        )
    payable.paid_by, payable.paid_at = actor.user, at
    payable.reference = reference.strip()[:120]
    payable.save(update_fields=["state", "paid_by", "paid_at", "reference"])
    settle(payable.workspace, key=overdue_key(payable), at=at)
    _note(actor, "paid payable", payable, at=at, after={"reference": payable.reference})
    return payable


@transaction.atomic
def cancel(actor: Actor, payable: Payable, *, reason: str, at: datetime) -> Payable:
    actor.require(Action.SETTLE)
    if not reason.strip():
        raise InvalidInputError(
            "A reason is required.", next_step="Say why it is not paid.", field="reason"
        )
    _move(payable, PayableState.CANCELLED)
    payable.cancelled_at, payable.cancelled_because = at, reason.strip()
    payable.save(update_fields=["state", "cancelled_at", "cancelled_because"])
    settle(payable.workspace, key=overdue_key(payable), at=at)
    _note(actor, "cancelled payable", payable, at=at, reason=reason.strip())
    return payable


def drop_unapproved(agreement: Agreement, *, reason: str, at: datetime) -> int:
    """Cancel what nobody approved yet, because the agreement ended early. Returns how many."""
    return Payable.objects.filter(
        agreement=agreement,
        amount_minor__gt=0,
        state__in=(PayableState.EXPECTED, PayableState.DUE),
    ).update(state=PayableState.CANCELLED, cancelled_at=at, cancelled_because=reason)


def overdue_key(payable: Payable) -> str:
    return f"payable-{payable.pk}-overdue"


def _move(payable: Payable, to: PayableState) -> None:
    """Read the row again and move it. Raises ConflictError when it cannot go there from where it is."""
    # Two people at the same moment wait for each other here; the second then sees what the first did.
    Payable.objects.select_for_update(no_key=True).get(pk=payable.pk)
    payable.refresh_from_db()
    if to not in PAYABLE_TRANSITIONS[PayableState(payable.state)]:
        raise ConflictError(
            f"This is {payable.state} and cannot become {to}.",
            next_step="Reload the page to see the current state.",
        )
    payable.state = to


def _facts(payable: Payable) -> dict[str, str]:
    return {
        "kind": payable.kind,
        "amount": str(Money(payable.amount_minor, payable.currency)),
        "what": payable.what,
    }


def _note(
    actor: Actor,
    action: str,
    payable: Payable,
    *,
    at: datetime,
    reason: str = "",
    after: dict[str, str] | None = None,
) -> None:
    subject = payable.agreement.subject if payable.agreement else f"@{payable.creator.handle}"
    facts = {"payable": payable.pk, **(after or {})}
    record(actor, action, subject, at=at, reason=reason, after=facts)


# --- Read -----------------------------------------------------------------------------------------------------


def find(workspace: Workspace, pk: int) -> Payable:
    found = (
        Payable.objects.select_related("workspace", "creator", "agreement")
        .filter(workspace=workspace, pk=pk)
        .first()
    )
    if found is None:
        raise NotFoundError("This payment was not found.", next_step="Open Payments to see all.")
    return found


def list_payables(workspace: Workspace) -> QuerySet[Payable]:
    """Payables by their day, rows without one last."""
    found = Payable.objects.filter(workspace=workspace).select_related(
        "workspace", "creator", "agreement", "created_by", "approved_by"
    )
    return found.order_by(F("due_at").asc(nulls_last=True), "pk")


def narrowed(rows: QuerySet[Payable], which: str, *, now: datetime) -> QuerySet[Payable]:
    """Those of a choice. `which`: a key of WHICH."""
    if which == "due":
        return rows.filter(state__in=OPEN)
    if which == "overdue":
        return overdue(rows, now=now)
    return rows.filter(state=which) if which else rows


def matching(rows: QuerySet[Payable], search: str) -> QuerySet[Payable]:
    """Those of a creator, or with the text in their description, invoice or reference."""
    return rows.filter(
        Q(creator__handle__icontains=search.lstrip("@"))
        | Q(what__icontains=search)
        | Q(invoice_number__icontains=search)
        | Q(reference__icontains=search)
    )


def is_overdue(payable: Payable, *, now: datetime) -> bool:
    return payable.state in OPEN and payable.due_at is not None and payable.due_at < now


def overdue(rows: QuerySet[Payable], *, now: datetime) -> QuerySet[Payable]:
    return rows.filter(state__in=OPEN, due_at__lt=now)


@dataclass(frozen=True, slots=True)
class Total:
    """Sums of one currency. `open` is owed; refunds count below zero. Goods are a cost, not a payment."""

    open: Money
    overdue: Money
    paid: Money
    goods: Money


def totals(workspace: Workspace, *, now: datetime) -> list[Total]:
    """One line per currency, the workspace's own first. Currencies are never added up."""
    rows = Payable.objects.filter(workspace=workspace)
    goods = Q(kind=Kind.SAMPLE)
    sums = rows.values("currency").annotate(
        open=Sum("amount_minor", filter=Q(state__in=OPEN), default=0),
        late=Sum("amount_minor", filter=Q(state__in=OPEN, due_at__lt=now), default=0),
        paid=Sum("amount_minor", filter=Q(state=PayableState.PAID) & ~goods, default=0),
        goods=Sum("amount_minor", filter=Q(state=PayableState.PAID) & goods, default=0),
    )
    found = [
        Total(
            open=Money(each["open"], each["currency"]),
            overdue=Money(each["late"], each["currency"]),
            paid=Money(each["paid"], each["currency"]),
            goods=Money(each["goods"], each["currency"]),
        )
        for each in sums.order_by("currency")
    ]
    return sorted(found, key=lambda total: total.open.currency != workspace.currency)


def payables_of(creator: Creator) -> list[Payable]:
    """A creator's payments as the portal shows them, newest first: without goods and what was cancelled."""
    rows = Payable.objects.filter(creator=creator).exclude(kind=Kind.SAMPLE)
    return list(rows.exclude(state=PayableState.CANCELLED).order_by("-created_at", "-pk"))


def tell_overdue(*, at: datetime) -> int:
    """Open one notice for each payment that is overdue. Safe to run again. Returns how many are new."""
    late = overdue(Payable.objects.all(), now=at).select_related("workspace", "creator")
    count = 0
    for payable in late.iterator(chunk_size=500):
        key = overdue_key(payable)
        if Notice.objects.filter(workspace=payable.workspace, key=key).exists():
            continue  # told already; whoever has dealt with the notice is not told every few hours again
        notify(
            payable.workspace,
            key=key,
            roles=(Role.FINANCE, Role.OWNER),
            title=f"Overdue: {payable.what}, @{payable.creator.handle}",
            next_step="Pay it and record the reference, or cancel it with a reason.",
            path="payments/?which=overdue",
            at=at,
            urgency=2,
        )
        count += 1
    return count
