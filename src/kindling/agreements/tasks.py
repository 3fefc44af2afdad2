"""Background work of agreements: what is overdue is told to finance."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from kindling.agreements.payments import payables
from kindling.clock import now
from kindling.jobs.registry import JobRequest, registry, slot

TELL = "agreements.tell_overdue"
EVERY_SECONDS = 6 * 3600


@registry.task(TELL)
def tell_overdue(**_: int) -> None:
    payables.tell_overdue(at=now())


@registry.due
def overdue(moment: datetime) -> Iterator[JobRequest]:
    yield JobRequest(
        TELL, f"agreements-overdue-{slot(moment, seconds=EVERY_SECONDS)}", {}, lane="notices"
    )
