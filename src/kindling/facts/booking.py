"""Write facts, and remember in the database what was written: the only way for areas to write the lake.

Of ad figures the record follows the commit: a crash between the two shows as a gap, which the next sync or `kindling
repair` closes; it never hides one. A booking of orders, which nobody can be asked for again, is written down first
and finished by whoever books next.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from kindling.facts import copies, lake
from kindling.facts.copies import Booking
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
    months: Mapping[str, Sequence[Facts]],
    *,
    at: datetime,
    lost: Collection[str] = (),
) -> None:
    """Make `months` the workspace's whole truth for each of them, all or none: an order may move between two.

    It is written down beside the lake before anything changes, and struck out after everything did: whatever ends
    the process in between, `finish_orders` brings lake, copies and record to the same end. The caller holds the
    lease of the workspace's orders and has called `finish_orders`.

    lost : months that lost orders that nobody has; such a one stays recorded with what it should hold, and so a
        gap, until as many are booked again
    """
    if not months:
        return
    recorded = dict(_records(workspace_id, months).values_list("month", "rows"))
    torn = [
        month
        for month, rows in months.items()
        if month in lost and month in recorded and len(rows) < recorded[month]
    ]
    begun = Booking(workspace_id, months, torn=tuple(torn), at=at)
    copies.begin(begun)
    _finish(begun)


def finish_orders(workspace_id: int) -> list[str]:
    """Bring a booking to its end that was cut short; returns its months. The caller holds the lease of the orders.

    Safe to repeat: what was done is done again with the same rows, and nobody booked in between.
    """
    begun = copies.begun(workspace_id)
    if begun is None:
        return []
    _finish(begun)
    return sorted(begun.months)


def _finish(begun: Booking) -> None:
    known = _records(begun.workspace_id, begun.months)
    known.update(changing_until=timezone.now() + LONGEST_WRITE)
    lake.replace_orders(begun.workspace_id, begun.months)
    for month in begun.whole:
        copies.save(begun.workspace_id, month, begun.months[month])
    with transaction.atomic():
        for month in begun.whole:
            BookedMonth.objects.update_or_create(
                workspace_id=begun.workspace_id,
                month=month,
                defaults=_sums(begun.months[month]) | {"at": begun.at},
            )
        known.update(changing_until=None)
    copies.end(begun.workspace_id)


def _records(workspace_id: int, months: Collection[str]) -> QuerySet[BookedMonth]:
    return BookedMonth.objects.filter(workspace_id=workspace_id, month__in=list(months))


def _sums(rows: Sequence[Facts]) -> dict[str, Any]:
    return {"rows": len(rows), "net_minor": sum(row["net_minor"] or 0 for row in rows)}
