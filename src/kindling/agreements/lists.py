"""The lists of agreements, payments, samples and breaches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, QuerySet
from django.urls import reverse

from kindling.agreements import samples, service
from kindling.agreements.breaches import service as breaches
from kindling.agreements.contract import versions
from kindling.agreements.contract.rules import AgreementState
from kindling.agreements.models import Breach, Payable, Sample
from kindling.agreements.payments import payables
from kindling.agreements.payments.rules import PayableState, SampleState
from kindling.kit.money import Money, written
from kindling.lists.rules import Kind
from kindling.lists.spec import (
    Column,
    Done,
    Filter,
    ListAction,
    ListSpec,
    Scope,
    one_by_one,
    register,
)
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor


def _by_state(rows: QuerySet[Any]) -> Mapping[str, int]:
    return dict(rows.order_by().values_list("state").annotate(count=Count("pk")))


AGREEMENTS = register(
    ListSpec(
        name="agreements",
        title="Agreements",
        page="agreements:list",
        rows=lambda scope: service.list_agreements(scope.workspace),
        order="newest first",
        row_template="agreements/row.html",
        link=lambda scope, row: reverse("agreements:one", args=[scope.workspace.slug, row.pk]),
        search=lambda rows, word, _: versions.matching(rows, word),
        search_hint="Title or creator",
        filters=(
            Filter(
                "state", "State", lambda _: [(each.value, each.value.capitalize()) for each in AgreementState],
                lambda rows, state, _: rows.filter(state=state), is_tabs=True,
                counts=lambda scope: _by_state(service.list_agreements(scope.workspace)),
            ),
        ),
        columns=(
            Column("title", "Agreement", lambda row: row.title, sort="title", is_title=True),
            Column("number", "Number", lambda row: row.pk, Kind.COUNT, is_shown=False),
            Column("handle", "Creator", lambda row: row.creator.handle, sort="creator__handle"),
            Column("state", "State", lambda row: row.get_state_display()),
            Column("since", "Since", lambda row: row.state_since, Kind.INSTANT, sort="state_since"),
            Column("created", "Created", lambda row: row.created_at, Kind.INSTANT, sort="created_at", is_shown=False),
        ),
    )
)  # fmt: skip


# --- Payments -------------------------------------------------------------------------------------------------


@dataclass
class Payment:
    """A payable as somebody sees it.

    needs_other : whoever looks made it, and it needs a second person's approval
    forms : of the page
    """

    payable: Payable
    is_late: bool
    needs_other: bool
    forms: Mapping[str, object] = field(default_factory=dict)

    @property
    def next_step(self) -> str | None:
        """What has to be done next; None where nothing has to be."""
        if self.payable.state == PayableState.DUE and self.needs_other:
            return "A second person must approve it"
        return NEXT_STEPS.get(PayableState(self.payable.state))


NEXT_STEPS = {
    PayableState.EXPECTED: "Mark as due once it is owed",
    PayableState.DUE: "Approve",
    PayableState.APPROVED: "Pay and record the reference",
}


def _payments(scope: Scope, rows: list[Payable]) -> list[Payment]:
    me = scope.actor.user.pk if scope.actor.user else None
    two = payables.needing_two(rows)
    return [
        Payment(
            each,
            is_late=payables.is_overdue(each, now=scope.now),
            needs_other=each.created_by_id == me and each.pk in two,
        )
        for each in rows
    ]


def _name(row: Payable) -> str:
    return f"{written(row.amount_minor, row.currency)} for @{row.creator.handle}, {row.what}"


def _approve(actor: Actor, rows: list[Payable], _values: Mapping[str, Any], at: datetime) -> Done:
    done = one_by_one(rows, _name, lambda row: payables.approve(actor, row, at=at).pk)
    return Done(done.count, done.refused)


APPROVE = ListAction(
    name="approve",
    label="Approve",
    does="You approve these amounts for payment. Above the limit of the workspace, a payment you created yourself needs"
    " another person.",
    action=Action.SETTLE,
    do=_approve,
    said=lambda count: (
        "1 payment is approved." if count == 1 else f"{count:,} payments are approved."
    ),
    confirms=True,
)

PAYMENTS = register(
    ListSpec(
        name="payments",
        title="Payments",
        page="payments:list",
        rows=lambda scope: payables.list_payables(scope.workspace),
        opened=_payments,
        order="by due date",
        row_template="agreements/payment_row.html",
        search=lambda rows, word, _: payables.matching(rows, word),
        search_hint="Creator, description, invoice",
        actions=(APPROVE,),
        row_name=lambda row: _name(row.payable),
        filters=(
            Filter(
                "which", "State", lambda _: [each for each in payables.WHICH.items() if each[0]],
                lambda rows, which, scope: payables.narrowed(rows, which, now=scope.now),
                is_tabs=True, unless="due",
            ),
        ),
        columns=(
            Column("payment", "Payment", lambda row: row.payable.what, sort="what", is_title=True),
            Column("number", "Number", lambda row: row.payable.pk, Kind.COUNT, is_shown=False),
            Column("handle", "Creator", lambda row: row.payable.creator.handle, sort="creator__handle",
                   is_shown=False),
            Column("kind", "Kind", lambda row: row.payable.get_kind_display(), is_shown=False),
            Column("agreement", "Agreement", lambda row: row.payable.agreement and row.payable.agreement.title,
                   is_shown=False),
            Column("agreement_number", "Agreement number", lambda row: row.payable.agreement_id, Kind.COUNT,
                   is_shown=False),
            Column("post", "Post", lambda row: row.payable.item_id or None, is_shown=False),
            Column("invoice", "Invoice", lambda row: row.payable.invoice_number or None, is_shown=False),
            Column("state", "State", lambda row: row.payable.get_state_display()),
            Column("due", "Due", lambda row: row.payable.due_at, Kind.INSTANT, sort="due_at"),
            Column("overdue", "Overdue", lambda row: row.is_late, Kind.YES, is_shown=False),
            Column("amount", "Amount", lambda row: Money(row.payable.amount_minor, row.payable.currency),
                   Kind.MONEY, sort="amount_minor", is_main=True),
            Column("approved_by", "Approved by", lambda row: row.payable.approved_by and str(row.payable.approved_by),
                   is_shown=False),
            Column("approved", "Approved", lambda row: row.payable.approved_at, Kind.INSTANT, sort="approved_at",
                   is_shown=False),
            Column("paid", "Paid", lambda row: row.payable.paid_at, Kind.INSTANT, sort="paid_at", is_shown=False),
            Column("reference", "Reference", lambda row: row.payable.reference or None, is_shown=False),
            Column("cancelled_because", "Reason of cancellation", lambda row: row.payable.cancelled_because or None,
                   is_shown=False),
            Column("next_step", "Next step", lambda row: row.next_step),
        ),
    )
)  # fmt: skip


# --- Samples --------------------------------------------------------------------------------------------------


def _shipment(row: Sample) -> str | None:
    return f"{row.carrier} {row.tracking_number}".strip() or None


def _next_states(row: Sample) -> str | None:
    return " or ".join(row.next_states).capitalize() or None


SAMPLES = register(
    ListSpec(
        name="samples",
        title="Samples",
        page="agreements:samples",
        rows=lambda scope: samples.list_samples(scope.workspace),
        order="newest first",
        row_template="agreements/sample_row.html",
        link=lambda scope, row: reverse("agreements:one", args=[scope.workspace.slug, row.agreement_id]),
        search=lambda rows, word, _: samples.matching(rows, word),
        search_hint="SKU, creator, tracking",
        filters=(
            Filter(
                "state", "State", lambda _: [(each.value, each.value.capitalize()) for each in SampleState],
                lambda rows, state, _: rows.filter(state=state), is_tabs=True,
                counts=lambda scope: _by_state(samples.list_samples(scope.workspace)),
            ),
        ),
        columns=(
            Column("sample", "Sample", str, sort="sku", is_title=True),
            Column("handle", "Creator", lambda row: row.agreement.creator.handle, sort="agreement__creator__handle",
                   is_shown=False),
            Column("agreement", "Agreement", lambda row: row.agreement.title, is_shown=False),
            Column("sku", "SKU", lambda row: row.sku, sort="sku", is_shown=False),
            Column("quantity", "Quantity", lambda row: row.quantity, Kind.COUNT, sort="quantity", is_shown=False),
            Column("note", "Note", lambda row: row.note or None, is_shown=False),
            Column("state", "State", lambda row: row.get_state_display()),
            Column("since", "Since", lambda row: row.since, Kind.INSTANT, is_shown=False),
            Column("planned", "Planned", lambda row: row.planned_at, Kind.INSTANT, sort="planned_at", is_shown=False),
            Column("sent", "Sent", lambda row: row.sent_at, Kind.INSTANT, sort="sent_at", is_shown=False),
            Column("shipment", "Shipment", _shipment),
            Column("value", "Value", lambda row: Money(row.value_minor, row.currency), Kind.MONEY, sort="value_minor"),
            Column("next_step", "Next step", _next_states),
        ),
    )
)  # fmt: skip


# --- Breaches -------------------------------------------------------------------------------------------------


def _refund(row: Breach) -> Money | None:
    return Money(row.refund_minor, row.currency) if row.refund_minor else None


def _by(row: Breach) -> str | None:
    return None if row.resolved_at is None else str(row.resolved_by or "Kindling")


BREACHES = register(
    ListSpec(
        name="breaches",
        title="Breaches",
        page="agreements:breaches",
        rows=lambda scope: breaches.list_breaches(scope.workspace),
        order="open ones first",
        row_template="agreements/breach_row.html",
        search=lambda rows, word, _: breaches.matching(rows, word),
        search_hint="Creator, post id or evidence",
        filters=(
            Filter(
                "state", "State", lambda _: list(breaches.STATES.items()),
                lambda rows, state, _: breaches.of_state(rows, state), is_tabs=True,
            ),
            Filter(
                "kind", "Kind", lambda _: Breach.Kind.choices, lambda rows, kind, _: rows.filter(kind=kind),
            ),
        ),
        columns=(
            Column("breach", "Breach", lambda row: row.get_kind_display(), is_title=True),
            Column("handle", "Creator", lambda row: row.creator.handle, sort="creator__handle", is_shown=False),
            Column("agreement", "Agreement", lambda row: row.agreement and row.agreement.title, is_shown=False),
            Column("post", "Post", lambda row: row.item_id or None, is_shown=False),
            Column("state", "State", lambda row: row.state),
            Column("happened", "Happened", lambda row: row.happened_at, Kind.INSTANT, sort="happened_at"),
            Column("evidence", "Evidence", lambda row: row.evidence),
            Column("refund", "Pro rata refund", _refund, Kind.MONEY, sort="refund_minor"),
            Column("resolved", "Resolved", lambda row: row.resolved_at, Kind.INSTANT, sort="resolved_at",
                   is_shown=False),
            Column("resolved_by", "Resolved by", _by, is_shown=False),
            Column("replacement", "Replacement post", lambda row: row.replacement_item_id or None, is_shown=False),
            Column("resolution", "Resolution", lambda row: row.resolution or None),
        ),
    )
)  # fmt: skip
