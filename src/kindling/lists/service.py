"""Use cases of lists: how a member sees one, saved views, and files of exports."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from kindling.errors import InvalidInputError, KindlingError, NotFoundError
from kindling.jobs import outbox
from kindling.jobs.registry import JobRequest
from kindling.kit.money import Money, written
from kindling.lists import files
from kindling.lists.models import ListExport, ListPreference, SavedView
from kindling.lists.query import count_of, opened_in_batches, read_wanted, rows_of
from kindling.lists.rules import KEPT_DAYS, MOST_NAME, MOST_VIEWS, FileFormat, Kind, Wanted
from kindling.lists.spec import Column, ListSpec, Scope, find_list
from kindling.workspaces.models import Member
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor, actor_for

WRITE_TASK = "lists.write_export"
State = ListExport.State


def require_member(actor: Actor) -> Member:
    """The membership behind an actor. Raises NotFoundError for Kindling itself."""
    mine = Member.objects.filter(workspace=actor.workspace, user=actor.user)
    found = mine.first() if actor.user is not None else None
    if found is None:
        raise NotFoundError("Only a member has settings of their own.")
    return found


# --- How a member sees a list ---------------------------------------------------------------------------------


def preference(actor: Actor, spec: ListSpec) -> ListPreference | None:
    found = ListPreference.objects.filter(
        member__workspace=actor.workspace, member__user=actor.user, list_name=spec.name
    )
    return found.first() if actor.user is not None else None


def shown_columns(spec: ListSpec, chosen: Iterable[str] | None) -> list[Column]:
    """The columns in the list's order: those chosen, else those shown at first; what names the row always."""
    names = None if chosen is None else set(chosen)
    return [
        each
        for each in spec.columns
        if each.is_title
        or each.is_drawn_only
        or (each.is_shown if names is None else each.name in names)
    ]


def set_preference(
    actor: Actor, spec: ListSpec, *, columns: Iterable[str], is_compact: bool
) -> None:
    """Keep which columns this member sees, and how dense the rows are."""
    actor.require(spec.action)
    known = {each.name for each in spec.columns}
    wanted = [each for each in columns if each in known]
    ListPreference.objects.update_or_create(
        member=require_member(actor),
        list_name=spec.name,
        defaults={"columns": wanted, "is_compact": is_compact},
    )


def set_layout(actor: Actor, spec: ListSpec, *, is_gallery: bool) -> None:
    """Keep whether this member sees pictures or the table."""
    actor.require(spec.action)
    if not spec.tile_template:
        raise InvalidInputError("This list has no gallery.", next_step="Use the table.")
    shown = [each.name for each in shown_columns(spec, None)]
    ListPreference.objects.update_or_create(
        member=require_member(actor),
        list_name=spec.name,
        defaults={"is_gallery": is_gallery},
        create_defaults={"is_gallery": is_gallery, "columns": shown},
    )


# --- Saved views ----------------------------------------------------------------------------------------------


def views(actor: Actor, spec: ListSpec) -> list[SavedView]:
    if actor.user is None:
        return []
    found = SavedView.objects.filter(
        member__workspace=actor.workspace, member__user=actor.user, list_name=spec.name
    )
    return list(found)


def save_view(actor: Actor, spec: ListSpec, *, name: str, wanted: Wanted) -> SavedView:
    """Keep filters, search and order under a name; one of the same name is replaced."""
    actor.require(spec.action)
    name = " ".join(name.split())[:MOST_NAME]
    if not name:
        raise InvalidInputError("A view needs a name.", next_step="Type one.", field="name")
    with transaction.atomic():
        member = Member.objects.select_for_update(no_key=True).get(pk=require_member(actor).pk)
        mine = SavedView.objects.filter(member=member, list_name=spec.name)
        if mine.exclude(name=name).count() >= MOST_VIEWS:
            raise InvalidInputError(
                f"You have {MOST_VIEWS} views of this list already.",
                next_step="Delete one first.",
                field="name",
            )
        saved, _ = SavedView.objects.update_or_create(
            member=member, list_name=spec.name, name=name, defaults={"query": spec.query(wanted)}
        )
    return saved


def delete_view(actor: Actor, pk: int) -> SavedView:
    """Delete a view of one's own."""
    found = SavedView.objects.filter(
        member__workspace=actor.workspace, member__user=actor.user, pk=pk
    ).first()
    if found is None:
        raise NotFoundError("This view was not found.", next_step="It may be deleted already.")
    SavedView.objects.filter(pk=found.pk).delete()
    return found


# --- Exports --------------------------------------------------------------------------------------------------


def count(actor: Actor, spec: ListSpec, wanted: Wanted, *, at: datetime) -> int:
    return count_of(rows_of(spec, wanted, Scope(actor, at)))


def ask_export(
    actor: Actor,
    spec: ListSpec,
    wanted: Wanted,
    *,
    columns: Iterable[str],
    fmt: FileFormat,
    at: datetime,
) -> ListExport:
    """Have a file written in the background."""
    actor.require(spec.action)
    actor.require(Action.EXPORT)
    total = count(actor, spec, wanted, at=at)
    files.check_length(fmt, total)
    with transaction.atomic():
        made = ListExport.objects.create(
            workspace=actor.workspace, member=require_member(actor), list_name=spec.name,
            query=wanted.query(), columns=list(columns), format=fmt, rows_total=total, created_at=at,
        )  # fmt: skip
        outbox.ask(JobRequest(WRITE_TASK, f"export-{made.pk}", {"export": made.pk}))
    return made


def exports(actor: Actor) -> QuerySet[ListExport]:
    """One's own exports of the workspace, the newest first."""
    return ListExport.objects.filter(workspace=actor.workspace, member__user=actor.user)


def find_export(actor: Actor, pk: int) -> ListExport:
    found = exports(actor).filter(pk=pk).first() if actor.user is not None else None
    if found is None:
        raise NotFoundError("This export was not found.", next_step="Export the list again.")
    return found


def file_of(export: ListExport) -> Path:
    """Where the file of an export is, or will be."""
    return Path(settings.DATA_DIR) / "exports" / f"{export.key}.{export.format}"


def write_export(pk: int, *, at: datetime) -> None:
    """Write the file of an export. Safe to run again: a file that is not whole is written anew."""
    export = ListExport.objects.select_related("workspace", "member__user").filter(pk=pk).first()
    if export is None or export.state in {State.DONE, State.FAILED}:
        return
    ListExport.objects.filter(pk=pk).update(state=State.WRITING, rows_done=0)
    file = file_of(export)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = file.with_suffix(".part")
    try:
        spec, actor = (
            find_list(export.list_name),
            actor_for(export.member.user, export.workspace.slug),
        )
        for action in (spec.action, Action.EXPORT):
            actor.require(action)  # the role may have changed since it was asked for
        write_rows(
            spec, export.query, export.columns, part, fmt=FileFormat(export.format),
            scope=Scope(actor, at), told=lambda done: _note_progress(pk, done),
        )  # fmt: skip
    except KindlingError as error:
        part.unlink(missing_ok=True)
        ListExport.objects.filter(pk=pk).update(
            state=State.FAILED, problem=str(error)[:300], ended_at=at
        )
        return
    part.replace(file)
    ListExport.objects.filter(pk=pk).update(state=State.DONE, ended_at=at)


def _note_progress(pk: int, done: int) -> None:
    ListExport.objects.filter(pk=pk).update(rows_done=done)


def write_rows(
    spec: ListSpec,
    query: Mapping[str, str],
    columns: Iterable[str] | None,
    file: Path,
    *,
    fmt: FileFormat,
    scope: Scope,
    told: files.Progress = lambda done: None,
) -> None:
    """Write the wanted rows and columns of a list to a file. Raises KindlingError for what the list does not have."""
    wanted = read_wanted(spec, query, scope)
    rows = rows_of(spec, wanted, scope)
    files.check_length(fmt, count_of(rows))
    batches = opened_in_batches(spec, rows, scope)
    wanted_columns = [each for each in shown_columns(spec, columns) if not each.is_drawn_only]
    files.write(file, fmt, wanted_columns, batches, told)


def forget_exports(*, at: datetime) -> int:
    """Delete exports of all workspaces after some days, their files first. Returns how many."""
    old = ListExport.objects.filter(created_at__lt=at - timedelta(days=KEPT_DAYS))
    keys = []
    for export in old:
        file_of(export).unlink(missing_ok=True)
        file_of(export).with_suffix(".part").unlink(missing_ok=True)
        keys.append(export.pk)
    ListExport.objects.filter(pk__in=keys).delete()
    return len(keys)


def to_json(spec: ListSpec, rows: Iterable[Any]) -> list[dict[str, Any]]:
    """Rows as shown, all columns, as the API and the command line tell them."""
    columns = spec.data_columns
    names = files.header(columns)
    return [
        dict(zip(names, map(files.plain, files.cells(columns, row)), strict=True)) for row in rows
    ]


def in_words(column: Column, row: Any) -> str | None:
    """A row's value in a column as text for a terminal; None where there is none."""
    value = column.value(row)
    if value is None or value == "":
        return None
    if isinstance(value, Money):
        return written(value.minor, value.currency)
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    if column.kind is Kind.COUNT and isinstance(value, int):
        return f"{value:,}"
    if column.kind is Kind.SHARE:
        return f"{float(str(value)):.{column.digits}%}"
    if column.kind is Kind.NUMBER:
        return f"{float(str(value)):.{column.digits}f}"
    if column.kind is Kind.YES:
        return "yes" if value else "no"
    return str(value)
