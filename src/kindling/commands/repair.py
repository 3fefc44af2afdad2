"""What `kindling repair` does: set damaged tables aside, then read and book again what is missing."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from kindling.conversions import service as conversions
from kindling.delivery import sync
from kindling.errors import KindlingError
from kindling.facts import booking, damage, gaps
from kindling.facts.schema import TABLES
from kindling.jobs import lease
from kindling.workspaces.models import AdAccount, Workspace

Say = Callable[[str], object]


@dataclass(slots=True)
class RepairResult:
    """set_aside : folders that hold the damaged tables. left : what is still missing, and what to do, in words"""

    set_aside: list[str] = field(default_factory=list)
    synced: list[str] = field(default_factory=list)
    booked: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        return {
            "set_aside": self.set_aside,
            "synced": self.synced,
            "booked": self.booked,
            "left": self.left,
        }


def run(*, at: datetime, say: Say) -> RepairResult:
    """Heal the lake of every workspace. Safe to repeat: what is whole stays as it is.

    at : the present, of the clock that the platform follows. say : called with what is being done
    """
    result = RepairResult()
    _set_aside(result, at=at, say=say)
    for account in AdAccount.objects.filter(is_used=True).select_related("workspace", "connection"):
        _sync(account, result, at=at, say=say)
    for workspace in Workspace.objects.order_by("slug"):
        _book(workspace, result, at=at, say=say)
    return result


def _set_aside(result: RepairResult, *, at: datetime, say: Say) -> None:
    with ExitStack() as held:
        for account in AdAccount.objects.filter(is_used=True):
            held.enter_context(lease.held(lease.of_account(account.pk)))
        for workspace in Workspace.objects.all():
            held.enter_context(lease.held(f"orders-{workspace.pk}"))
        for table in TABLES:
            say(f"Reading every file of {table.name}")
            folder = damage.set_aside(table, at=at)
            if folder is not None:
                result.set_aside.append(str(folder))


def _sync(account: AdAccount, result: RepairResult, *, at: datetime, say: Say) -> None:
    if not gaps.ad_days_missing([account.lake_key])[account.lake_key]:
        return
    say(f"Reading the missing days of {account.name} from TikTok")
    try:
        run = sync.sync_account(account, at=at)
    except KindlingError as error:
        result.left.append(f"{account.workspace.slug}, {account.name}: {error}")
        return
    if run.is_complete:
        result.synced.append(f"{account.workspace.slug}, {account.name}: from {run.first_day}")
    else:
        result.left.append(f"{account.workspace.slug}, {account.name}: {run.problem}")


def _book(workspace: Workspace, result: RepairResult, *, at: datetime, say: Say) -> None:
    with lease.held(f"orders-{workspace.pk}"):
        finished = booking.finish_orders(workspace.pk)
        missing = gaps.order_months_missing(workspace.pk)
        result.booked += [f"{workspace.slug}: {month}" for month in finished]
        if not missing:
            return
        say(f"Booking the orders of {workspace.name} from their copies")
        lost = conversions.refill(workspace, at=at)
    result.booked += [f"{workspace.slug}: {month}" for month in missing if month not in lost]
    result.left += [
        f"{workspace.slug}: orders of {month} have no copy. Import the order files of that month again."
        for month in lost
    ]
