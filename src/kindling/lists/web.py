"""One page of a list, ready to be drawn by `<c-list>`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from kindling.clock import now
from kindling.errors import InvalidInputError, KindlingError
from kindling.lists import service
from kindling.lists.forms import ColumnsForm, ViewForm
from kindling.lists.models import SavedView
from kindling.lists.query import read_wanted, rows_of
from kindling.lists.rules import ALL, FileFormat, Wanted, next_sort
from kindling.lists.spec import Column, Filter, ListSpec, Rows, Scope
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor
from kindling.workspaces.web import one_page


@dataclass(frozen=True, slots=True)
class Heading:
    """A column's header: what a click on it asks for, and how the list is sorted by it now."""

    column: Column
    url: str
    direction: str  # ascending, descending or "", as aria-sort has it


@dataclass(frozen=True, slots=True)
class Choice:
    label: str
    value: str
    url: str
    is_current: bool
    count: int | None


@dataclass(frozen=True, slots=True)
class Choices:
    """A filter with what may be chosen; the first choice is all rows."""

    filter: Filter
    value: str
    options: list[Choice]


@dataclass
class ListPage:
    """What the component draws."""

    spec: ListSpec
    scope: Scope
    actor: Actor
    wanted: Wanted
    page: Page[Any]
    all_rows: Rows
    is_compact: bool
    columns: list[Column]
    forms: Callable[[Any], object] | None = None

    @cached_property
    def rows(self) -> list[Any]:
        found = self.spec.opened(self.scope, list(self.page.object_list))
        if self.forms is not None:
            for row in found:
                row.forms = self.forms(row)
        return found

    @cached_property
    def shown(self) -> dict[str, Column]:
        return {each.name: each for each in self.columns}

    @property
    def has_buttons(self) -> bool:
        """Whether the last column holds what can be done, which stays in sight."""
        return bool(self.columns) and self.columns[-1].is_drawn_only

    @property
    def is_wide(self) -> bool:
        return len(self.columns) > WIDE

    @cached_property
    def headings(self) -> list[Heading]:
        return [self._heading(each) for each in self.columns]

    def _heading(self, column: Column) -> Heading:
        sort = self.wanted.sort
        if not column.sort:
            return Heading(column, "", "")
        directions = {column.name: "ascending", f"-{column.name}": "descending"}
        following = next_sort(sort, column.name, is_number=column.kind.is_number)
        return Heading(column, self._url(sort=following), directions.get(sort, ""))

    @cached_property
    def tabs(self) -> list[Choices]:
        return [self._choices(each) for each in self.spec.filters if each.is_tabs]

    @cached_property
    def menus(self) -> list[Choices]:
        return [
            self._choices(each)
            for each in self.spec.filters
            if not each.is_tabs and not each.is_day
        ]

    def _choices(self, found: Filter) -> Choices:
        value = self.wanted.filters.get(found.name, "")
        counts = found.counts(self.scope) if found.counts else None
        every = ALL if found.unless else ""
        options = [
            Choice("All", every, self._url(**{found.name: every}), value == every, _sum(counts))
        ]
        for key, label in found.choices(self.scope):
            if found.drawn and key not in found.drawn and key != value:
                continue
            options.append(
                Choice(
                    str(label), key, self._url(**{found.name: key}), value == key,
                    counts.get(key, 0) if counts is not None else None,
                )
            )  # fmt: skip
        return Choices(found, value, options)

    @cached_property
    def kept(self) -> dict[str, str]:
        """What a search or a menu keeps, as hidden fields: the tabs. The order has a field of its own."""
        menus = {each.name for each in self.spec.filters if not each.is_tabs}
        kept = self.wanted.query(q="", sort="")
        return {name: value for name, value in kept.items() if name not in menus}

    @cached_property
    def sorts(self) -> list[Choice]:
        """The orders to choose from where no header is drawn, as on a phone; the first is the list's own."""
        present = self.wanted.sort
        found = [Choice("Sort", "", "", not present, None)]
        for column in self.spec.columns:
            is_present = present.removeprefix("-") == column.name
            if not column.sort or not (column.name in self.shown or is_present):
                continue
            for sort, sign in ((f"-{column.name}", "↓"), (column.name, "↑")):
                found.append(Choice(f"{column.label} {sign}", sort, "", sort == present, None))
        return found

    @cached_property
    def totals(self) -> Mapping[str, object]:
        return self.spec.totals(self.scope, self.all_rows) if self.spec.totals else {}

    @cached_property
    def views(self) -> list[tuple[SavedView, str, bool]]:
        """Saved views, the address of each, and whether it is what is shown."""
        present = self.wanted.query()
        return [
            (each, f"?{urlencode(each.query)}", bool(present) and each.query == present)
            for each in service.views(self.actor, self.spec)
        ]

    @cached_property
    def columns_form(self) -> ColumnsForm:
        initial = {"columns": list(self.shown), "is_compact": self.is_compact}
        return ColumnsForm(spec=self.spec, initial=initial, key=self.spec.name)

    @cached_property
    def view_form(self) -> ViewForm:
        return ViewForm(key=self.spec.name)

    @property
    def is_searched(self) -> bool:
        """Whether the search or a menu leaves rows out."""
        return bool(self.wanted.search) or any(
            self.wanted.filters.get(each.name) for each in self.spec.filters if not each.is_tabs
        )

    @property
    def is_narrowed(self) -> bool:
        """Whether somebody chose to leave rows out; a filter may do so where nobody chose."""
        return bool(self.wanted.search) or any(
            self.wanted.filters.get(each.name, "") not in {"", ALL, each.unchosen(self.scope)}
            for each in self.spec.filters
        )

    @cached_property
    def days(self) -> list[tuple[Filter, str]]:
        """Filters by a day, with the day chosen."""
        return [
            (each, self.wanted.filters.get(each.name, ""))
            for each in self.spec.filters
            if each.is_day
        ]

    @property
    def cleared(self) -> str:
        """The address without search and menus."""
        sort = {"sort": self.wanted.sort} if self.wanted.sort else {}
        return f"?{urlencode({**self.kept, **sort})}"

    @property
    def query(self) -> str:
        """The parameters of this address, without the page."""
        return urlencode(self.wanted.query())

    @property
    def everything(self) -> str:
        """The address of the whole list."""
        address = reverse(self.spec.page, args=[self.actor.workspace.slug])
        chosen = {each.name: ALL for each in self.spec.filters if each.unless}
        return f"{address}?{urlencode(chosen)}" if chosen else address

    @cached_property
    def formats(self) -> list[tuple[str, str]]:
        """Label and address of each file format; none for whoever may not export."""
        if not self.actor.can(Action.EXPORT):
            return []
        base = reverse("lists:export", args=[self.actor.workspace.slug, self.spec.name])
        return [
            (FORMATS[each], f"{base}?{urlencode({**self.wanted.query(), 'format': each})}")
            for each in FileFormat
        ]

    def link(self, row: Any) -> str:
        return self.spec.link(self.scope, row) if self.spec.link else ""

    def _url(self, **changes: str) -> str:
        return f"?{urlencode(self.wanted.query(**changes))}"


WIDE = 8  # columns from which on they stand closer
FORMATS = {FileFormat.CSV: "CSV", FileFormat.XLSX: "Excel", FileFormat.PARQUET: "Parquet"}


def _sum(counts: Mapping[str, int] | None) -> int | None:
    return None if counts is None else counts.get("", sum(counts.values()))


def list_page(
    request: HttpRequest, actor: Actor, spec: ListSpec
) -> tuple[ListPage, InvalidInputError | None]:
    """The page of a list that the address asks for; with the error where it asks for what the list does not have."""
    scope, error = Scope(actor, now()), None
    try:
        wanted = read_wanted(spec, request.GET.dict(), scope)
    except InvalidInputError as problem:
        wanted, error = Wanted(), problem
    rows = rows_of(spec, wanted, scope)
    liked = service.preference(actor, spec)
    columns = service.shown_columns(spec, liked.columns if liked else None)
    found = ListPage(
        spec, scope, actor, wanted, one_page(request, rows, count=_known_count(spec, wanted, scope)),
        rows, liked.is_compact if liked else False, columns,
    )  # fmt: skip
    return found, error


def _known_count(spec: ListSpec, wanted: Wanted, scope: Scope) -> int | None:
    """How many rows there are, where a filter has counted them already; else None."""
    if wanted.search or len(wanted.filters) > 1:
        return None
    for each in spec.filters:
        is_only = not wanted.filters or each.name in wanted.filters
        if wanted.filters.get(each.name) == ALL:
            continue
        if each.is_tabs and each.counts and is_only:
            counts = each.counts(scope)
            value = wanted.filters.get(each.name, "")
            return counts.get(value, 0) if value else _sum(counts)
    return None


def show_list(
    request: HttpRequest,
    actor: Actor,
    spec: ListSpec,
    template: str,
    context: Mapping[str, Any] | None = None,
    *,
    forms: Callable[[Any], object] | None = None,
    error: KindlingError | None = None,
) -> HttpResponse:
    """The page of a list; `list` in the template is what `<c-list>` draws.

    forms : makes what a row's template finds as `row.forms`
    error : of a form on the page, which is shown instead of one of the address
    """
    found, problem = list_page(request, actor, spec)
    found.forms = forms
    error = error or problem
    given = {**(context or {}), "list": found, "error": error, "now": found.scope.now}
    return render(request, template, given, status=error.http_status if error else 200)
