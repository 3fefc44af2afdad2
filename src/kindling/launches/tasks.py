"""Background work of launches: apply a plan."""

from __future__ import annotations

from kindling.errors import PlatformError
from kindling.jobs.registry import registry
from kindling.launches import apply as applying
from kindling.launches import service


@registry.task(service.APPLY_TASK)
def apply(plan: int) -> None:
    try:
        applying.apply(plan)
    except PlatformError as problem:
        # TikTok cannot be reached or asked: what exists is on record, and the plan says how to go on.
        applying.give_up(plan, problem)
