"""What `kindling doctor` looks at."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.utils import DatabaseError

from kindling import _sqlite
from kindling.workspaces.models import Connection, Workspace

if TYPE_CHECKING:
    from kindling.facts.gaps import Gap


@dataclass(frozen=True, slots=True)
class CheckResult:
    """level: ok, warn or bad."""

    level: str
    subject: str
    message: str


def run() -> list[CheckResult]:
    return [
        *_sqlite_version(), *_key_files(), *_database(), *_lake(), *_connections(), *_jobs(), *_clock(),
    ]  # fmt: skip


def _sqlite_version() -> Iterator[CheckResult]:
    version = ".".join(str(part) for part in _sqlite.sqlite_version())
    if _sqlite.sqlite_version() >= _sqlite.SAFE_VERSION:
        yield CheckResult("ok", "SQLite", f"{version} is safe for WAL databases.")
    else:
        yield CheckResult(
            "bad",
            "SQLite",
            f"{version} can corrupt a WAL database. Install the pysqlite3 wheel or use PostgreSQL.",
        )


def _key_files() -> Iterator[CheckResult]:
    for name in ("secret.key", "field.key"):
        path = Path(settings.DATA_DIR, name)
        if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077:
            yield CheckResult(
                "bad",
                name,
                "Other users can read it. Run chmod 600 on it, then renew codes and tokens.",
            )
        elif path.exists():
            yield CheckResult(
                "ok",
                name,
                "Only this user can read it. Keep a backup: without it no code can be read.",
            )


def _database() -> Iterator[CheckResult]:
    try:
        call_command("migrate", check_unapplied=True, verbosity=0)
        yield CheckResult("ok", "Database", f"{connection.vendor}, up to date.")
    except SystemExit:
        yield CheckResult(
            "bad", "Database", "It is older than this version. Run `kindling migrate`."
        )
    except DatabaseError as error:
        yield CheckResult(
            "bad", "Database", f"It does not answer: {error}. Check KINDLING_DATABASE_URL."
        )


def _lake() -> Iterator[CheckResult]:
    from kindling.facts import damage, lake
    from kindling.facts.schema import TABLES, LakeDamagedError, LakeMismatchError

    try:
        found = [each for table in TABLES for each in damage.find(table)]
        is_current = bool(found) or all(lake.is_current(table) for table in TABLES)
    except LakeMismatchError as error:
        yield CheckResult("bad", "Lake", str(error))
        return
    for each in found:
        yield CheckResult("bad", "Lake", f"{each.message} Run `kindling repair`.")
    try:
        lost = [] if found else _gaps()
    except (LakeDamagedError, DatabaseError) as error:
        yield CheckResult("bad", "Lake", str(error))
        return
    for name, gap in lost:
        yield CheckResult("bad", f"Lake, {name}", str(gap))
    if not is_current:
        yield CheckResult("warn", "Lake", "It is of an earlier version. Run `kindling migrate`.")
    elif not found and not lost:
        yield CheckResult("ok", "Lake", "Up to date; it holds every day that was synced.")


def _gaps() -> list[tuple[str, Gap]]:
    """Every gap with the short name of its workspace."""
    from kindling.delivery import service as delivery
    from kindling.facts import gaps

    return [
        (workspace.slug, gap)
        for workspace in Workspace.objects.order_by("slug")
        for gap in (*delivery.list_gaps(workspace), *gaps.order_gaps(workspace.pk))
    ]


def _connections() -> Iterator[CheckResult]:
    try:
        rows = list(Connection.objects.select_related("workspace"))
    except DatabaseError:
        return
    for row in rows:
        subject = f"Connection {row.workspace.slug}/{row.name}"
        if row.state == Connection.State.HEALTHY:
            yield CheckResult("ok", subject, "TikTok accepts the connection.")
        else:
            yield CheckResult(
                "warn",
                subject,
                row.problem or "It is waiting for consent. Connect it under Workspace.",
            )


def _jobs() -> Iterator[CheckResult]:
    from kindling.jobs import engine  # brings the job engine, which no other check needs

    try:
        failed = engine.failed_tasks(since=datetime.now(UTC) - timedelta(days=1))
    except (
        Exception
    ) as error:  # whatever the job store's driver raises: this is the place that says so
        yield CheckResult(
            "bad",
            "Jobs",
            f"The job store does not answer ({type(error).__name__}). Run `kindling migrate`.",
        )
        return
    if failed:
        names = ", ".join(key for key, _ in failed[:3])
        yield CheckResult(
            "warn",
            "Jobs",
            f"{len(failed)} failed in the last day ({names}). See Today for what needs attention.",
        )
    else:
        yield CheckResult("ok", "Jobs", "None failed in the last day.")


def _clock() -> Iterator[CheckResult]:
    if settings.KINDLING_CLOCK == "system":
        yield CheckResult("ok", "Clock", "System clock.")
    else:
        yield CheckResult(
            "warn",
            "Clock",
            f"Simulated time of {settings.KINDLING_CLOCK}. Never use it with real ads.",
        )
