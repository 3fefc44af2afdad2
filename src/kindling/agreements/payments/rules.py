"""The states of payables and of samples, and the changes between them. Pure."""

from __future__ import annotations

from enum import StrEnum


class PayableState(StrEnum):
    """`expected` is agreed and not owed yet; `due` is owed, with a day."""

    EXPECTED = "expected"
    DUE = "due"
    APPROVED = "approved"
    PAID = "paid"
    CANCELLED = "cancelled"


PAYABLE_TRANSITIONS: dict[PayableState, frozenset[PayableState]] = {
    PayableState.EXPECTED: frozenset({PayableState.DUE, PayableState.CANCELLED}),
    PayableState.DUE: frozenset({PayableState.APPROVED, PayableState.CANCELLED}),
    PayableState.APPROVED: frozenset({PayableState.PAID, PayableState.CANCELLED}),
    PayableState.PAID: frozenset(),
    PayableState.CANCELLED: frozenset(),
}


class SampleState(StrEnum):
    PLANNED = "planned"
    SENT = "sent"
    DELIVERED = "delivered"
    RETURNED = "returned"
    LOST = "lost"


SAMPLE_TRANSITIONS: dict[SampleState, frozenset[SampleState]] = {
    SampleState.PLANNED: frozenset({SampleState.SENT}),
    SampleState.SENT: frozenset({SampleState.DELIVERED, SampleState.RETURNED, SampleState.LOST}),
    SampleState.DELIVERED: frozenset({SampleState.RETURNED}),
    SampleState.RETURNED: frozenset(),
    SampleState.LOST: frozenset({SampleState.DELIVERED, SampleState.RETURNED}),
}
