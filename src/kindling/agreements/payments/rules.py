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
    # Back to expected: a correction takes what is owed for the wrong post back, until the right one is live.
    PayableState.DUE: frozenset(
        {PayableState.APPROVED, PayableState.CANCELLED, PayableState.EXPECTED}
    ),
    PayableState.APPROVED: frozenset(
        {PayableState.PAID, PayableState.CANCELLED, PayableState.EXPECTED}
    ),
    PayableState.PAID: frozenset(),
    PayableState.CANCELLED: frozenset(),
}
# The value of a sample is no money that anybody sends: it is booked when it leaves, and taken off when it is back.
GOODS_TRANSITIONS: dict[PayableState, frozenset[PayableState]] = {
    PayableState.EXPECTED: frozenset({PayableState.PAID}),
    PayableState.DUE: frozenset({PayableState.PAID}),
    PayableState.APPROVED: frozenset(),
    PayableState.PAID: frozenset({PayableState.CANCELLED}),
    PayableState.CANCELLED: frozenset(),
}


def before(state: PayableState, *, is_goods: bool = False) -> list[PayableState]:
    """The states that a payable may be in to reach this one: what an update asks for in its filter."""
    table = GOODS_TRANSITIONS if is_goods else PAYABLE_TRANSITIONS
    return [each for each, reached in table.items() if state in reached]


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
