"""Samples on their way to creators: planned, sent, delivered, returned or lost. What is sent counts as a cost."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from kindling.agreements.contract.versions import newest_version, version_in_force
from kindling.agreements.models import Agreement, Payable, Sample
from kindling.agreements.payments import payables
from kindling.agreements.payments import rules as payment_rules
from kindling.agreements.payments.rules import SAMPLE_TRANSITIONS, PayableState, SampleState
from kindling.errors import ConflictError, InvalidInputError, NotFoundError
from kindling.kit.money import Money
from kindling.workspaces.models import Workspace
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor, record


def _agreed_value(agreement: Agreement) -> int:
    version = version_in_force(agreement) or newest_version(agreement)
    return version.content.sample_value_minor


@transaction.atomic
def plan(
    actor: Actor,
    agreement: Agreement,
    *,
    sku: str,
    quantity: int,
    value: Money | None,
    note: str = "",
    at: datetime,
) -> Sample:
    """Plan a shipment. Raises InvalidInputError.

    value : of all pieces together, in the agreement's currency; None is the value that was agreed
    """
    actor.require(Action.MANAGE_AGREEMENTS)
    if not sku.strip():
        raise InvalidInputError("The product is missing.", next_step="Enter the SKU.", field="sku")
    if not 1 <= quantity <= 1_000:
        raise InvalidInputError(
            "The quantity must be 1 to 1000.", next_step="Correct it.", field="quantity"
        )
    currency = payables.currency_of(agreement)
    if value is not None and value.currency != currency:
        raise InvalidInputError(
            f"The value must be in {currency}.", next_step="Correct the value.", field="value"
        )
    minor = _agreed_value(agreement) if value is None else value.minor
    if minor < 0:
        raise InvalidInputError(
            "The value cannot be negative.", next_step="Correct the value.", field="value"
        )
    sample = Sample.objects.create(
        workspace=agreement.workspace,
        agreement=agreement,
        sku=sku.strip()[:64],
        quantity=quantity,
        value_minor=minor,
        currency=currency,
        note=note.strip()[:300],
        planned_at=at,
        created_by=actor.user,
    )
    _note(actor, "planned sample", sample, at=at)
    return sample


@transaction.atomic
def move(
    actor: Actor,
    sample: Sample,
    to: SampleState,
    *,
    carrier: str = "",
    tracking_number: str = "",
    at: datetime,
) -> Sample:
    """Note what became of a shipment. Sending it books its value as a cost; a sample that came back costs nothing.

    raises : ConflictError when it cannot go there from where it is
    """
    actor.require(Action.MANAGE_AGREEMENTS)
    Sample.objects.select_for_update(no_key=True).get(pk=sample.pk)
    sample.refresh_from_db()
    if to not in SAMPLE_TRANSITIONS[SampleState(sample.state)]:
        raise ConflictError(
            f"This sample is {sample.state} and cannot become {to}.",
            next_step="Reload the page to see the current state.",
        )
    sample.state = to
    setattr(sample, f"{to}_at", at)
    if to is SampleState.SENT:
        sample.carrier, sample.tracking_number = carrier.strip()[:60], tracking_number.strip()[:80]
        _book(actor, sample, at=at)
    sample.save(update_fields=["state", f"{to}_at", "carrier", "tracking_number"])
    if to is SampleState.RETURNED:
        Payable.objects.filter(
            workspace=sample.workspace,
            key=_key(sample),
            state__in=payment_rules.before(PayableState.CANCELLED, is_goods=True),
        ).update(
            state=PayableState.CANCELLED, cancelled_at=at, cancelled_because="The sample came back."
        )
    _note(actor, f"sample {to}", sample, at=at)
    return sample


def _book(actor: Actor, sample: Sample, *, at: datetime) -> None:
    # Goods are a cost the day they leave; nobody has to send money for them.
    payable = payables.make(
        sample.agreement,
        sample.agreement.creator,
        key=_key(sample),
        kind=Payable.Kind.SAMPLE,
        what=f"Sample, {sample}",
        amount=Money(sample.value_minor, sample.currency),
        by=actor.user,
        at=at,
        due_at=at,
    )
    Payable.objects.filter(
        pk=payable.pk, state__in=payment_rules.before(PayableState.PAID, is_goods=True)
    ).update(state=PayableState.PAID, paid_at=at, reference=f"Products of sample {sample.pk}")


def _key(sample: Sample) -> str:
    return f"sample-{sample.pk}"


def _note(actor: Actor, action: str, sample: Sample, *, at: datetime) -> None:
    facts = {"sample": sample.pk, "what": str(sample), "tracking": sample.tracking_number}
    record(actor, action, sample.agreement.subject, at=at, after=facts)


def find(workspace: Workspace, pk: int) -> Sample:
    found = (
        Sample.objects.select_related("agreement__creator", "agreement__workspace", "workspace")
        .filter(workspace=workspace, pk=pk)
        .first()
    )
    if found is None:
        raise NotFoundError("This sample was not found.", next_step="Open Samples to see all.")
    return found


def list_samples(workspace: Workspace) -> QuerySet[Sample]:
    return Sample.objects.filter(workspace=workspace).select_related("agreement__creator")


def matching(rows: QuerySet[Sample], search: str) -> QuerySet[Sample]:
    """Those of a creator, or with the text in their SKU or tracking number."""
    return rows.filter(
        Q(sku__icontains=search)
        | Q(tracking_number__icontains=search)
        | Q(agreement__creator__handle__icontains=search.lstrip("@"))
    )
