"""What the lake should hold and does not: days of ad figures, months of orders. Every page of money shows it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from kindling.facts import queries
from kindling.facts.models import BookedMonth, SyncedDay

Sum = tuple[int, int]
"""Rows, and their spend or net revenue in minor units."""
NEXT_STEP = "Run `kindling repair` on the server."


@dataclass(frozen=True, slots=True)
class Gap:
    """Days whose figures are not held, both included; sums over them are too small.

    account : the ad account's name for ad figures, "" for orders
    """

    account: str
    first_day: date
    last_day: date

    @property
    def message(self) -> str:
        what = f"Ad figures of {self.account}" if self.account else "Orders"
        days = f"{self.first_day:%d %b %Y}"
        if self.last_day != self.first_day:
            days += f" to {self.last_day:%d %b %Y}"
        return f"{what} are missing for {days}: the sums here lack them."

    @property
    def next_step(self) -> str:
        return NEXT_STEP

    def __str__(self) -> str:
        return f"{self.message} {self.next_step}"

    def to_json(self) -> dict[str, Any]:
        return {
            "account": self.account or None,
            "first_day": self.first_day.isoformat(),
            "last_day": self.last_day.isoformat(),
            "message": self.message,
            "next_step": self.next_step,
        }


# --- Pure -------------------------------------------------------------------------------------------------------


def missing_days(recorded: Mapping[date, Sum], held: Mapping[date, Sum]) -> list[date]:
    """The days that are not held as recorded, and those between the first and the last that nobody recorded."""
    if not recorded:
        return []
    first, last = min(recorded), max(recorded)
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return [day for day in days if day not in recorded or held.get(day, (0, 0)) != recorded[day]]


def spans(days: Iterable[date]) -> list[tuple[date, date]]:
    """Days as first and last of each unbroken run, oldest first."""
    found: list[tuple[date, date]] = []
    for day in sorted(set(days)):
        if found and day - found[-1][1] == timedelta(days=1):
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return found


def month_span(month: str) -> tuple[date, date]:
    """First and last day of "YYYY-MM"."""
    first = date.fromisoformat(f"{month}-01")
    following = (first + timedelta(days=32)).replace(day=1)
    return first, following - timedelta(days=1)


# --- Against the database and the lake --------------------------------------------------------------------------


def ad_days_missing(accounts: Sequence[str]) -> dict[str, list[date]]:
    """Each account's days that should be held and are not, oldest first; every account is in it.

    raises : LakeDamagedError when the lake cannot be read
    """
    recorded: dict[str, dict[date, Sum]] = {account: {} for account in accounts}
    busy: set[tuple[str, date]] = set()
    at = timezone.now()
    rows = SyncedDay.objects.filter(account__in=list(accounts)).values_list(
        "account", "day", "rows", "spend_minor", "changing_until"
    )
    for account, day, number, spend_minor, changing_until in rows.iterator():
        recorded[account][day] = (number, spend_minor)
        if changing_until is not None and changing_until > at:
            busy.add((account, day))
    if not any(recorded.values()):
        return {account: [] for account in accounts}
    held = queries.day_sums(accounts)
    return {
        account: [
            day
            for day in missing_days(recorded[account], held.get(account, {}))
            if (account, day) not in busy
        ]
        for account in accounts
    }


def last_synced_days(accounts: Sequence[str]) -> dict[str, date]:
    """The newest day that was synced of each account; accounts never synced are not in it."""
    found: dict[str, date] = {}
    for account in accounts:
        day = (
            SyncedDay.objects.filter(account=account)
            .order_by("-day")
            .values_list("day", flat=True)
            .first()
        )
        if day is not None:
            found[account] = day
    return found


def last_syncs(accounts: Sequence[str]) -> dict[str, tuple[date, datetime]]:
    """The newest day that was synced of each account, and when that was; accounts never synced are not in it."""
    found: dict[str, tuple[date, datetime]] = {}
    for account in accounts:
        rows = SyncedDay.objects.filter(account=account).order_by("-day")
        newest = rows.values_list("day", "at").first()
        if newest is not None:
            found[account] = newest
    return found


def first_synced_day(account: str) -> date | None:
    """The oldest day that was synced of an account."""
    rows = SyncedDay.objects.filter(account=account).order_by("day")
    return rows.values_list("day", flat=True).first()


def order_months_missing(workspace_id: int) -> list[str]:
    """The months of orders that are not held as they were booked. Raises LakeDamagedError."""
    recorded = list(
        BookedMonth.objects.filter(workspace_id=workspace_id)
        .exclude(Q(changing_until__gt=timezone.now()))
        .order_by("month")
    )
    if not recorded:
        return []
    held = queries.month_sums(workspace_id)
    return [
        row.month for row in recorded if held.get(row.month, (0, 0)) != (row.rows, row.net_minor)
    ]


def ad_gaps(
    accounts: Mapping[str, str], *, first_day: date | None = None, last_day: date | None = None
) -> list[Gap]:
    """Gaps of ad figures among the days, both included. accounts : name by lake key"""
    found = ad_days_missing(list(accounts))
    return [
        Gap(accounts[account], first, last)
        for account, days in found.items()
        for first, last in spans(
            day
            for day in days
            if (first_day is None or day >= first_day) and (last_day is None or day <= last_day)
        )
    ]


def order_gaps(
    workspace_id: int, *, first_day: date | None = None, last_day: date | None = None
) -> list[Gap]:
    """Gaps of orders in the months that the days touch."""
    months = [month_span(month) for month in order_months_missing(workspace_id)]
    return [
        Gap("", first, last)
        for first, last in _joined(months)
        if (first_day is None or last >= first_day) and (last_day is None or first <= last_day)
    ]


def _joined(parts: Sequence[tuple[date, date]]) -> list[tuple[date, date]]:
    """Neighbouring spans as one."""
    found: list[tuple[date, date]] = []
    for first, last in parts:
        if found and first - found[-1][1] == timedelta(days=1):
            found[-1] = (found[-1][0], last)
        else:
            found.append((first, last))
    return found
