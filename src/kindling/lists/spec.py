"""What a list is: its rows, columns, filters and order. An area describes its lists in its `lists.py`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from kindling.errors import NotFoundError
from kindling.lists.rules import Kind
from kindling.workspaces.models import Workspace
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor

Rows = Any  # a query, or a list of rows that were computed


@dataclass(frozen=True, slots=True)
class Scope:
    """Who looks at a list, and when."""

    actor: Actor
    now: datetime

    @property
    def workspace(self) -> Workspace:
        return self.actor.workspace


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    name : in addresses, files and the API
    value : of a row as shown: a text, number, `Money`, day, instant or bool; None where there is none
    sort : columns of the query to order by; for computed rows any text: they are ordered by `value`. "" : not sortable
    is_shown : unless somebody chooses otherwise
    values : of all rows, by what `sort` names of a row, where no column of the query holds what is sorted by
    digits : after the point, of shares and numbers
    is_title : names the row; always shown, and the title of its card on a phone
    is_drawn_only : buttons and the like: on the page always, in no file and not in the API
    """

    name: str
    label: str
    value: Callable[[Any], object]
    kind: Kind = Kind.TEXT
    sort: str = ""
    is_shown: bool = True
    is_title: bool = False
    is_drawn_only: bool = False
    values: Callable[[Scope], Mapping[str, Any]] | None = None
    digits: int = 1


@dataclass(frozen=True, slots=True)
class Filter:
    """A choice that leaves rows out.

    choices : value and label of each
    keep : the rows that remain
    counts : how many rows each choice leaves, where that is cheap to know; "": all, where that is not their sum
    is_tabs : drawn as a row of tabs above the list; the others are menus
    is_day : any day may be chosen, instead of `choices`
    unless : the choice where nobody chose, maybe by who looks; then `ALL` is the one that leaves no row out
    drawn : the choices that the page offers, where it does not offer all of them
    """

    name: str
    label: str
    choices: Callable[[Scope], Sequence[tuple[str, str]]]
    keep: Callable[[Rows, str, Scope], Rows]
    counts: Callable[[Scope], Mapping[str, int]] | None = None
    is_tabs: bool = False
    is_day: bool = False
    unless: str | Callable[[Scope], str] = ""
    drawn: tuple[str, ...] = ()

    def unchosen(self, scope: Scope) -> str:
        """The choice where nobody chose."""
        return self.unless(scope) if callable(self.unless) else self.unless


def as_they_are(_scope: Scope, rows: list[Any]) -> list[Any]:
    return rows


@dataclass(frozen=True, slots=True)
class ListSpec:
    """One list.

    name : in addresses, files and the API
    title : what it lists, as a heading
    page : the name of the page that shows it
    order : how the rows come unless somebody sorts, in words
    row_template : draws the cells of one row; without it each is drawn by its kind
    link : the address of a row's own page
    opened : rows of the query with what is shown of them; asked for the rows of one page at a time
    totals : sums of all wanted rows, by column
    """

    name: str
    title: str
    page: str
    rows: Callable[[Scope], Rows]
    columns: tuple[Column, ...]
    order: str
    row_template: str = "lists/row.html"
    filters: tuple[Filter, ...] = ()
    search: Callable[[Rows, str, Scope], Rows] | None = None
    search_hint: str = "Search"
    opened: Callable[[Scope, list[Any]], list[Any]] = as_they_are
    link: Callable[[Scope, Any], str] | None = None
    totals: Callable[[Scope, Rows], Mapping[str, object]] | None = None
    action: Action = Action.SEE

    @property
    def data_columns(self) -> list[Column]:
        """The columns that files and the API have."""
        return [each for each in self.columns if not each.is_drawn_only]

    @property
    def can_search(self) -> bool:
        return self.search is not None

    def column(self, name: str) -> Column | None:
        return next((each for each in self.columns if each.name == name), None)

    def filter(self, name: str) -> Filter | None:
        return next((each for each in self.filters if each.name == name), None)


def is_query(rows: Rows) -> bool:
    return isinstance(rows, QuerySet)


_lists: dict[str, ListSpec] = {}


def register(spec: ListSpec) -> ListSpec:
    """Make a list known by its name. Raises ValueError where two have one name."""
    if _lists.setdefault(spec.name, spec) is not spec:
        raise ValueError(f"two lists are called {spec.name}")
    return spec


def find_list(name: str) -> ListSpec:
    """The list of this name. Raises NotFoundError."""
    if name not in _lists:
        raise NotFoundError(
            f"Unknown list {name[:40]!r}.", next_step=f"Use one of {', '.join(sorted(_lists))}."
        )
    return _lists[name]


def all_lists() -> list[ListSpec]:
    """Every list, by name."""
    return [_lists[name] for name in sorted(_lists)]
