"""One page of a list, ready to be drawn by `<c-list>`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from kindling.clock import now
from kindling.errors import InvalidInputError, KindlingError
from kindling.lists import service
from kindling.lists.forms import ColumnsForm, ViewForm
from kindling.lists.models import ListPreference, SavedView
from kindling.lists.query import Picked, read_wanted, rows_of
from kindling.lists.rules import ALL, FileFormat, Wanted, next_sort
from kindling.lists.spec import (
    Column,
    Filter,
    ListAction,
    ListSpec,
    Rows,
    Scope,
    by_rows,
    find_list,
    is_query,
)
from kindling.workspaces import service as workspaces
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


class Counts:
    """How many rows each choice of a filter leaves, asked for once a page."""

    def __init__(self, scope: Scope) -> None:
        self._scope, self._held = scope, dict[str, Mapping[str, int]]()

    def of(self, found: Filter) -> Mapping[str, int] | None:
        if found.counts is None:
            return None
        if found.name not in self._held:
            self._held[found.name] = found.counts(self._scope)
        return self._held[found.name]


@dataclass
class ListPage:
    """What the component draws.

    chosen : the columns that somebody wants to see
    keys : the key and the name of each row shown, by the row's identity; for the boxes that select it
    """

    spec: ListSpec
    scope: Scope
    actor: Actor
    wanted: Wanted
    page: Page[Any]
    all_rows: Rows
    is_compact: bool
    chosen: list[Column]
    counts: Counts
    is_gallery: bool = False
    forms: Callable[[Any], object] | None = None
    keys: dict[int, tuple[int, str]] = field(default_factory=dict)

    @cached_property
    def rows(self) -> list[Any]:
        found = self.spec.opened(self.scope, list(self.page.object_list))
        if self.actions:
            # The opened row is named: asked for its name, a row of the query might read its relations one by one.
            keys = zip(found, self.page.object_list, strict=True)
            self.keys = {id(row): (each.pk, self.spec.row_name(row)) for row, each in keys}
        if self.forms is not None:
            for row in found:
                row.forms = self.forms(row)
        return found

    @cached_property
    def actions(self) -> list[ListAction]:
        """What may be done to several rows, by whoever looks."""
        return [each for each in self.spec.actions if self.actor.can(each.action)]

    @property
    def selection(self) -> str:
        """The id of the form that takes the selected rows."""
        return f"select-{self.spec.name}"

    @cached_property
    def columns(self) -> list[Column]:
        """What is drawn: the chosen columns, without those that say nothing of these rows."""
        return [
            each
            for each in self.chosen
            if not each.hides_empty or any(each.value(row) is not None for row in self.rows)
        ]

    @cached_property
    def shown(self) -> dict[str, Column]:
        return {each.name: each for each in self.columns}

    @property
    def keeps_last(self) -> bool:
        """Whether the last column stays in sight: what can be done, or what the row is judged by."""
        return self.columns[-1].is_drawn_only or self.columns[-1].is_main

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
        """Filters drawn as tabs; without those that leave no choice, as tags where no creator has one."""
        tabs = [self._choices(each) for each in self.spec.filters if each.is_tabs]
        return [each for each in tabs if len(each.options) > 1]

    @cached_property
    def menus(self) -> list[Choices]:
        """Filters to choose from; without those that leave no choice, as of the only ad account."""
        menus = [
            self._choices(each)
            for each in self.spec.filters
            if not (each.is_tabs or each.is_day or each.is_key)
        ]
        return [each for each in menus if len(each.options) > 1]

    def _choices(self, found: Filter) -> Choices:
        value = self.wanted.filters.get(found.name, "")
        counts = self.counts.of(found)
        every = ALL if found.unless else ""
        options = []
        if found.has_all:
            url = self._url(**{found.name: every})
            options.append(Choice("All", every, url, value == every, _sum(counts)))
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
        kept = self.spec.query(self.wanted, q="", sort="")
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
        present = self.spec.query(self.wanted)
        return [
            (each, f"?{urlencode(each.query)}", bool(present) and each.query == present)
            for each in service.views(self.actor, self.spec)
        ]

    @property
    def columns_form(self) -> SafeString:
        chosen = tuple(each.name for each in self.chosen)
        return _columns_form(self.spec.name, chosen, self.is_compact, get_language())

    @property
    def view_form(self) -> SafeString:
        return _view_form(self.spec.name, get_language())

    @property
    def shows_all(self) -> bool:
        """Whether no row is left out."""
        return not self.wanted.search and all(
            self.wanted.filters.get(each.name, ALL) == ALL
            for each in self.spec.filters
            if each.name not in self.spec.page_of and each.has_all
        )

    @property
    def is_searched(self) -> bool:
        """Whether the search or a menu leaves rows out."""
        return bool(self.wanted.search) or any(
            self.wanted.filters.get(each.name, "") not in {"", each.unchosen(self.scope)}
            for each in self.spec.filters
            if not each.is_tabs and each.name not in self.spec.page_of
        )

    @property
    def is_narrowed(self) -> bool:
        """Whether somebody chose to leave rows out; a filter may do so where nobody chose."""
        return bool(self.wanted.search) or any(
            self.wanted.filters.get(each.name, "") not in {"", ALL, each.unchosen(self.scope)}
            for each in self.spec.filters
            if each.name not in self.spec.page_of and each.has_all
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
        """The parameters that say which rows these are, for addresses of the list's files and forms."""
        return urlencode(self.wanted.query())

    @property
    def everything(self) -> str:
        """The address of the whole list."""
        address = self.spec.address(self.actor.workspace.slug, self.wanted.filters)
        chosen = {each.name: ALL for each in self.spec.filters if each.unless and each.has_all}
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
        return f"?{urlencode(self.spec.query(self.wanted, **changes))}"


# Forms of a list that look the same each time: thirty boxes of columns cost more than the rows' SQL.


@lru_cache(maxsize=500)
def _columns_form(
    name: str, shown: tuple[str, ...], is_compact: bool, _language: str | None
) -> SafeString:
    initial = {"columns": list(shown), "is_compact": is_compact}
    return ColumnsForm(spec=find_list(name), initial=initial, key=name).render()


@lru_cache(maxsize=200)
def _view_form(name: str, _language: str | None) -> SafeString:
    return ViewForm(key=name).render()


WIDE = 8  # columns from which on they stand closer
FORMATS = {FileFormat.CSV: "CSV", FileFormat.XLSX: "Excel", FileFormat.PARQUET: "Parquet"}


def _sum(counts: Mapping[str, int] | None) -> int | None:
    return None if counts is None else counts.get("", sum(counts.values()))


def list_page(
    request: HttpRequest, actor: Actor, spec: ListSpec, of: Mapping[str, str]
) -> tuple[ListPage, InvalidInputError | None]:
    """The page of a list that the address asks for; with the error where it asks for what the list does not have."""
    scope, error = Scope(actor, now()), None
    try:
        wanted = read_wanted(spec, {**request.GET.dict(), **of}, scope)
    except InvalidInputError as problem:
        wanted, error = Wanted(filters=dict(of)), problem
    scope = replace(scope, chosen=wanted.filters)
    try:
        rows = rows_of(spec, wanted, scope)
    except InvalidInputError as problem:  # of filters that contradict each other, as two days
        wanted, error = Wanted(filters=dict(of)), problem
        scope = replace(scope, chosen=wanted.filters)
        rows = rows_of(spec, wanted, scope)
    liked = service.preference(actor, spec)
    columns = service.shown_columns(spec, liked.columns if liked else None)
    counts = Counts(scope)
    is_sorted = wanted.sort and is_query(rows)
    drawn = Picked(rows, rows.values_list("pk", flat=True)) if is_sorted else rows
    found = ListPage(
        spec, scope, actor, wanted, one_page(request, drawn, count=_known_count(spec, wanted, counts)),
        rows, liked.is_compact if liked else False, columns, counts,
        is_gallery=_is_gallery(request, spec, liked),
    )  # fmt: skip
    return found, error


def _is_gallery(request: HttpRequest, spec: ListSpec, liked: ListPreference | None) -> bool:
    """Whether pictures are shown: as the address says (`?as=gallery`), else as this person chose last."""
    asked = request.GET.get("as")
    chosen = asked == "gallery" if asked else bool(liked and liked.is_gallery)
    return bool(spec.tile_template) and chosen


def _known_count(spec: ListSpec, wanted: Wanted, counts: Counts) -> int | None:
    """How many rows there are, where a filter has counted them already; else None."""
    # What the rows themselves follow, the counts follow too.
    narrowing = {each.name for each in spec.filters if each.keep is not by_rows}
    chosen = {name for name in wanted.filters if name in narrowing}
    if wanted.search or len(chosen) > 1:
        return None
    for each in spec.filters:
        is_only = not chosen or each.name in chosen
        if wanted.filters.get(each.name) == ALL:
            continue
        known = counts.of(each) if each.is_tabs and is_only else None
        if known is not None:
            value = wanted.filters.get(each.name, "")
            return known.get(value, 0) if value else _sum(known)
    return None


def show_list(
    request: HttpRequest,
    actor: Actor,
    spec: ListSpec,
    template: str,
    context: Mapping[str, Any] | Callable[[ListPage], Mapping[str, Any]] | None = None,
    *,
    of: Mapping[str, str] | None = None,
    forms: Callable[[Any], object] | None = None,
    error: KindlingError | None = None,
) -> HttpResponse:
    """The page of a list; `list` in the template is what `<c-list>` draws.

    context : what else the template finds, or what makes it of the page of the list
    of : filters that the page's address says, where the list is of one row (`ListSpec.page_of`)
    forms : makes what a row's template finds as `row.forms`
    error : of a form on the page, which is shown instead of one of the address
    """
    with workspaces.reading_once(actor.workspace):
        found, problem = list_page(request, actor, spec, of or {})
        found.forms = forms
        error = error or problem
        more = context(found) if callable(context) else context
        given = {**(more or {}), "list": found, "error": error, "now": found.scope.now}
        return render(request, template, given, status=error.http_status if error else 200)
