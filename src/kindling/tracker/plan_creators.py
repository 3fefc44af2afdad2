"""What a tracker says of creators: planned entry by entry, explained, then applied. A plan changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from kindling.creators import directory, service
from kindling.creators.models import Creator, CreatorNote, HandleChange
from kindling.tracker.reading.columns import Field
from kindling.tracker.reading.rows import TrackerRow
from kindling.workspaces.models import Workspace
from kindling.workspaces.service import Actor, record

AT_ONCE = 500  # handles in one query

# What of an entry is a fact of the creator, and which column tells it.
FACTS: tuple[tuple[str, str, Field], ...] = (
    ("display_name", "name", Field.NAME),
    ("email", "email", Field.EMAIL),
    ("country", "country", Field.COUNTRY),
    ("language", "language", Field.LANGUAGE),
    ("followers", "followers", Field.FOLLOWERS),
)

# Cells beside them that no right and no code is refused for.
_OF_NOTHING_ELSE = {
    Field.POSTED_ON, Field.CODE_ENDS, Field.POST_ID, Field.TAGS, Field.NOTES, Field.STATUS, Field.SKU, Field.CURRENCY,
}  # fmt: skip


class RowOutcome(StrEnum):
    """What becomes of a row, or of a part of it."""

    TAKEN = "taken"
    CHANGED = "changed"
    SAME = "same"
    PARTLY = "partly"
    SKIPPED = "skipped"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class RowPart:
    """One thing a row holds: the creator, a post, a right, a code, a cell; and what becomes of it."""

    what: str
    outcome: RowOutcome
    words: str
    next_step: str = ""

    def to_json(self) -> dict[str, str]:
        return {
            "what": self.what,
            "outcome": self.outcome,
            "message": self.words,
            "next_step": self.next_step,
        }


@dataclass(frozen=True, slots=True)
class CreatorPlan:
    """What one entry would write about its creator. `before` is empty for somebody new."""

    handle: str
    changes: Mapping[str, Any]
    before: Mapping[str, Any]
    tags: tuple[str, ...]
    note: str


@dataclass(slots=True)
class _Known:
    handle: str
    facts: dict[str, Any]
    tags: set[str]
    notes: set[str]
    told_in: dict[str, str] = field(default_factory=dict)


class Planner:
    """Plans one entry after the other against the directory and what earlier entries said."""

    def __init__(self, workspace: Workspace, entries: Iterable[TrackerRow]) -> None:
        handles = sorted({each.handle for each in entries if each.handle})
        self._now = _handles_now(workspace, handles)
        self._known = _known(workspace, {self._now.get(each, each) for each in handles})

    def handle_of(self, entry: TrackerRow) -> str:
        """The handle the creator has today: a sheet may still use the former one."""
        return self._now.get(entry.handle, entry.handle)

    def plan(self, entry: TrackerRow) -> tuple[CreatorPlan, list[RowPart]]:
        """What to write, and the words for it."""
        handle = self.handle_of(entry)
        is_new = handle not in self._known
        known = self._known.setdefault(handle, _Known(handle, {}, set(), set()))
        changes, contradicted = self._changes(entry, known)
        before = {name: known.facts.get(name) for name in changes}
        tags = tuple(tag for tag in entry.tags if tag not in known.tags)
        note = entry.note if entry.note and entry.note not in known.notes else ""
        known.facts.update(changes)
        known.told_in.update(dict.fromkeys(changes, entry.place))
        known.tags.update(tags)
        known.notes.add(note)
        plan = CreatorPlan(handle, changes, {} if is_new else before, tags, note)
        renamed = f"@{entry.handle} is @{handle} now. " if handle != entry.handle else ""
        return plan, [
            RowPart("creator", *_said(plan, is_new=is_new, before=before, renamed=renamed)),
            *contradicted,
            *_unread(entry),
        ]

    def _changes(self, entry: TrackerRow, known: _Known) -> tuple[dict[str, Any], list[RowPart]]:
        """Facts that are new or other than on record. The first line of a sheet that tells a fact is believed."""
        changes, contradicted = {}, []
        for name, attribute, column in FACTS:
            value = getattr(entry, attribute)
            if value in {None, ""} or value == known.facts.get(name):
                continue
            if name in known.told_in:
                contradicted.append(
                    RowPart(
                        "cell", RowOutcome.SKIPPED,
                        f"{column.label}: {known.told_in[name]} has a different value, which is used.",
                        "Correct the other line if this one is right.",
                    )
                )  # fmt: skip
                continue
            changes[name] = value
        return changes, contradicted


def _said(
    plan: CreatorPlan, *, is_new: bool, before: Mapping[str, Any], renamed: str
) -> tuple[RowOutcome, str]:
    facts = [_fact(name, before.get(name), value) for name, value in plan.changes.items()]
    facts += [f"tags {', '.join(plan.tags)}"] if plan.tags else []
    facts += ["a note"] if plan.note else []
    listed = ": " + "; ".join(facts) if facts else ""
    if is_new:
        return RowOutcome.TAKEN, f"{renamed}@{plan.handle} is added to the directory{listed}."
    if facts:
        return RowOutcome.CHANGED, f"{renamed}@{plan.handle} gets{listed[1:]}."
    return RowOutcome.SAME, f"{renamed}@{plan.handle} is already in the directory; no changes."


def _fact(name: str, before: Any, after: Any) -> str:
    label = {"display_name": "name", "email": "e-mail"}.get(name, name)
    return f"{label} {after}" if before in {None, ""} else f"{label} {before} → {after}"


def _unread(entry: TrackerRow) -> list[RowPart]:
    """Cells about the creator that could not be read. Those of rights and codes are told with those."""
    mine = {column for _, _, column in FACTS} | _OF_NOTHING_ELSE
    return [
        RowPart("cell", RowOutcome.REFUSED, f"{column.label}: {problem}", "Correct the cell.")
        for column, problem in entry.problems.items()
        if column in mine
    ]


def _handles_now(workspace: Workspace, handles: list[str]) -> dict[str, str]:
    """Former handles that nobody has any more → the handle of today."""
    found: dict[str, str] = {}
    for start in range(0, len(handles), AT_ONCE):
        some = handles[start : start + AT_ONCE]
        taken = set(
            Creator.objects.filter(workspace=workspace, handle__in=some).values_list(
                "handle", flat=True
            )
        )
        rows = HandleChange.objects.filter(workspace=workspace, old__in=some).order_by("at", "pk")
        pairs = rows.values_list("old", "creator__handle")
        found |= {old: new for old, new in pairs if old not in taken}
    return found


def _known(workspace: Workspace, handles: Iterable[str]) -> dict[str, _Known]:
    wanted, found = sorted(handles), {}
    names = [name for name, _, _ in FACTS]
    for start in range(0, len(wanted), AT_ONCE):
        rows = Creator.objects.filter(
            workspace=workspace, handle__in=wanted[start : start + AT_ONCE]
        ).prefetch_related("tags", "notes")
        for row in rows:
            found[row.handle] = _Known(
                row.handle,
                {name: getattr(row, name) for name in names},
                {tag.name for tag in row.tags.all()},
                {note.text for note in row.notes.all()},
            )
    return found


def apply(actor: Actor, plan: CreatorPlan, *, at: datetime) -> Creator:
    """Write one plan. The same plan again writes nothing new."""
    creator = service.record_creator(actor.workspace, handle=plan.handle, at=at, source="tracker")
    if plan.changes:
        Creator.objects.filter(pk=creator.pk).update(**plan.changes)
        if plan.before:
            record(
                actor, "changed creator", f"@{creator.handle}", at=at, reason="tracker",
                before=plan.before, after=plan.changes,
            )  # fmt: skip
    if plan.tags:
        creator.tags.add(*directory.tags_named(actor.workspace, plan.tags))
    if plan.note:
        CreatorNote.objects.get_or_create(
            creator=creator,
            text=plan.note,
            defaults={"author": actor.user, "author_label": actor.label, "at": at},
        )
    return creator
