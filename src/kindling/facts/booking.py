"""Write facts, and remember in the database what was written: the only way for areas to write the lake.

The record follows the commit: a crash between the two shows as a gap, which the next sync or `kindling repair`
closes; it never hides one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from kindling.facts import copies, lake
from kindling.facts.lake import Facts
from kindling.facts.models import BookedMonth, SyncedDay

LONGEST_WRITE = timedelta(
    minutes=1
)  # then a difference between lake and record is no write under way


def book_ad_days(
    account: str, first_day: date, last_day: date, rows: Sequence[Facts], *, at: datetime
) -> int:
    """Make `rows` the account's whole truth for the days, both included; returns how many rows.

    account : `AdAccount.lake_key`. raises : ValueError for a row outside the days or of another account
    """
    known = SyncedDay.objects.filter(account=account, day__range=(first_day, last_day))
    known.update(changing_until=timezone.now() + LONGEST_WRITE)
    count = lake.replace_ad_days(account, first_day, last_day, rows)
    spends: dict[date, list[int]] = defaultdict(list)
    for row in rows:
        spends[row["day"]].append(row["spend_minor"] or 0)
    days = (first_day + timedelta(days=number) for number in range((last_day - first_day).days + 1))
    records = [
        SyncedDay(
            account=account,
            day=day,
            rows=len(spends[day]),
            spend_minor=sum(spends[day]),
            at=at,
        )
        for day in days
    ]
    SyncedDay.objects.bulk_create(
        records,
        update_conflicts=True,
        unique_fields=["account", "day"],
        update_fields=["rows", "spend_minor", "at", "changing_until"],
        batch_size=500,
    )
    return count


def book_orders(
    workspace_id: int,
    month: str,
    rows: Sequence[Facts],
    *,
    at: datetime,
    is_whole: bool = True,
) -> None:
    """Make `rows` the workspace's whole truth for one month of orders.

    is_whole : False when the month lost orders that nobody has; it stays recorded with what it should hold,
    and so a gap, until as many are booked again
    """
    known = BookedMonth.objects.filter(workspace_id=workspace_id, month=month)
    record = known.first()
    is_whole = is_whole or record is None or len(rows) >= record.rows
    known.update(changing_until=timezone.now() + LONGEST_WRITE)
    if is_whole:
        # First, so that a copy that can be read is always what was booked last.
        named = [{**row, "workspace_id": workspace_id, "month": month} for row in rows]
        copies.save(workspace_id, month, named)
    lake.replace_orders(workspace_id, month, rows)
    if is_whole:
        sums = _sums(rows) | {"at": at, "changing_until": None}
        BookedMonth.objects.update_or_create(workspace_id=workspace_id, month=month, defaults=sums)
    else:
        known.update(changing_until=None)


def _sums(rows: Sequence[Facts]) -> dict[str, Any]:
    return {"rows": len(rows), "net_minor": sum(row["net_minor"] or 0 for row in rows)}
