"""Housekeeping of the jobs themselves, once a day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from importlib import import_module

from django.conf import settings
from django.db import connection
from django.utils import timezone

from kindling.jobs import heartbeats, outbox
from kindling.jobs.registry import JobRequest, registry, slot

HOUR_SECONDS, DAY_SECONDS = 3_600, 86_400
SAMPLED_ROWS = 1_000


@registry.task("jobs.tidy")
def tidy() -> None:
    """Forget intents handed over long ago, workers that died long ago, jobs that are over, and sign-ins that ran out.

    Jobs count by the host's clock, as the engine's do.
    """
    from kindling.jobs import engine  # half a second to load, which most commands need not spend

    outbox.forget_old()
    heartbeats.forget_old()
    engine.forget_finished(before=timezone.now() - timedelta(days=settings.KINDLING_RECORD_DAYS))
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()


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
