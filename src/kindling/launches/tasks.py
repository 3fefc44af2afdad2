"""Background work of launches: apply a plan, and look for duplicates after lost replies."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from kindling.clock import now
from kindling.jobs.registry import JobRequest, registry, slot
from kindling.launches import service
from kindling.launches.sending import apply as applying
from kindling.launches.sending import lookups

HOUR_SECONDS = 3_600


@registry.task(service.APPLY_TASK)
def apply(plan: int) -> None:
    applying.run(plan)


@registry.task("launches.strays")
def strays(plan: int) -> None:
    lookups.look_for_strays(service.find_plan_by_pk(plan), at=now())


@registry.due
def stray_looks(moment: datetime) -> Iterator[JobRequest]:
    """Every hour of the first day, for plans in which something was sent more than once."""
    number = slot(moment, seconds=HOUR_SECONDS)
    for row in lookups.plans_to_look_at(at=moment):
        lane = f"account-{row.ad_account_id}"
        yield JobRequest("launches.strays", f"strays-{row.pk}-{number}", {"plan": row.pk}, lane)
