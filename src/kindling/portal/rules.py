"""What waits for a creator, and in which order. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import ClassVar


class TaskKind(StrEnum):
    """What is to be done; each leads to one page of the portal."""

    AGREEMENT = "agreement"
    DRAFT = "draft"
    CHANGES = "changes"
    POST = "post"
    CODE = "code"
    RENEWAL = "renewal"
    EXTEND = "extend"
    AD = "ad"
    COMMENT = "comment"

    OF_STATES: ClassVar[dict[str, str]]

    @classmethod
    def of_deliverable(cls, state: str) -> TaskKind:
        return cls(TaskKind.OF_STATES[state])


# States of a deliverable in which it is the creator's turn.
TaskKind.OF_STATES = {"briefed": "draft", "changes_wanted": "changes", "approved": "post"}

# What money or a promise hangs on comes first among things without a day.
URGENCY = (
    TaskKind.RENEWAL, TaskKind.EXTEND, TaskKind.AD, TaskKind.CODE, TaskKind.AGREEMENT, TaskKind.CHANGES,
    TaskKind.POST, TaskKind.DRAFT, TaskKind.COMMENT,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do. due_at : None when it has no day."""

    kind: TaskKind
    pk: int
    title: str
    due_at: datetime | None
    is_late: bool = False


def ordered(tasks: Iterable[Task], *, now: datetime) -> list[Task]:
    """Late ones first, then by day, then by how much hangs on it."""
    far = datetime.max.replace(tzinfo=UTC)
    marked = [
        Task(each.kind, each.pk, each.title, each.due_at, bool(each.due_at and each.due_at < now))
        for each in tasks
    ]
    return sorted(
        marked,
        key=lambda each: (not each.is_late, each.due_at or far, URGENCY.index(each.kind), each.pk),
    )
