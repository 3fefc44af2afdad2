"""Housekeeping of the jobs themselves, once a day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from kindling.jobs import outbox
from kindling.jobs.registry import Wish, registry, slot

DAY_SECONDS = 86_400


@registry.task("jobs.tidy")
def tidy() -> None:
    """Forget intents handed over long ago."""
    outbox.forget_old()


@registry.due
def tidyings(moment: datetime) -> Iterator[Wish]:
    yield Wish("jobs.tidy", f"tidy-{slot(moment, seconds=DAY_SECONDS)}")
