"""Background work of launches: apply a plan."""

from __future__ import annotations

from kindling.jobs.registry import registry
from kindling.launches import apply as applying
from kindling.launches import service


@registry.task(service.APPLY_TASK)
def apply(plan: int) -> None:
    applying.run(plan)
