"""Housekeeping of the jobs themselves, once a day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db import connection

from kindling.jobs import heartbeats, outbox
from kindling.jobs.registry import JobRequest, registry, slot

HOUR_SECONDS, DAY_SECONDS = 3_600, 86_400
SAMPLED_ROWS = 1_000


@registry.task("jobs.tidy")
def tidy() -> None:
    """Forget intents handed over long ago, and workers that died long ago."""
    outbox.forget_old()
    heartbeats.forget_old()


@registry.task("jobs.sample_tables")
def sample_tables() -> None:
    """Tell SQLite how its tables are filled; without that it takes any index. PostgreSQL looks by itself.

    Samples only: some 10 ms with 100,000 rows (sqlite.org/pragma.html#pragma_analysis_limit).
    """
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA analysis_limit={SAMPLED_ROWS}")
            cursor.execute("ANALYZE")


@registry.due
def samplings(moment: datetime) -> Iterator[JobRequest]:
    yield JobRequest("jobs.sample_tables", f"sample-tables-{slot(moment, seconds=HOUR_SECONDS)}")


@registry.due
def tidyings(moment: datetime) -> Iterator[JobRequest]:
    yield JobRequest("jobs.tidy", f"tidy-{slot(moment, seconds=DAY_SECONDS)}")
