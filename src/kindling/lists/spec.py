"""What a list is: its rows, columns, filters and order. An area describes its lists in its `lists.py`."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, TypeVar, cast

from django.db.models import QuerySet
from django.forms import Field
from django.urls import reverse
from django.utils.module_loading import autodiscover_modules

from kindling.errors import KindlingError, NotFoundError
from kindling.lists.rules import Kind, Wanted
from kindling.workspaces.models import Workspace
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor

T = TypeVar("T")
Rows = Any  # a query, or a list of rows that were computed


@dataclass(frozen=True, slots=True)
class Scope:
    """Who looks at a list, and when.

    chosen : values of the filters, for rows that are computed by them
    held : what has been computed for this look already; see `once`
    """

    actor: Actor
    now: datetime
    chosen: Mapping[str, str] = field(default_factory=dict)
    held: dict[Hashable, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def workspace(self) -> Workspace:
        return self.actor.workspace

    def once(self, question: Hashable, compute: Callable[[], T]) -> T:
        """What `compute` answers, asked once for rows, counts and page together; it ends with this look."""
        if question not in self.held:
            self.held[question] = compute()
        return cast(T, self.held[question])


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
    is_main : what the row is judged by; stands large below the title of its card on a phone
    hides_empty : not drawn where no row of the page has a value
    is_drawn_only : buttons and the like: on the page always, in no file and not in the API
    """

    name: str
    label: str
    value: Callable[[Any], object]
    kind: Kind = Kind.TEXT
    sort: str = ""
    is_shown: bool = True
    is_title: bool = False
    is_main: bool = False
    hides_empty: bool = False
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
    is_day, is_key : any day, or any number of a row, may be chosen, instead of `choices`
    unless : the choice where nobody chose, maybe by who looks; then `ALL` is the one that leaves no row out
    drawn : the choices that the page offers, where it does not offer all of them
    has_all : whether the rows can be shown without a choice; else `unless` is one of the choices
    """

    name: str
    label: str
    choices: Callable[[Scope], Sequence[tuple[str, str]]]
    keep: Callable[[Rows, str, Scope], Rows]
    counts: Callable[[Scope], Mapping[str, int]] | None = None
    is_tabs: bool = False
    is_day: bool = False
    is_key: bool = False
    unless: str | Callable[[Scope], str] = ""
    drawn: tuple[str, ...] = ()
    has_all: bool = True

    def unchosen(self, scope: Scope) -> str:
        """The choice where nobody chose."""
        return self.unless(scope) if callable(self.unless) else self.unless


def by_rows(rows: Rows, _value: str, _scope: Scope) -> Rows:
    """`keep` of a filter that the rows themselves follow: they read it in `Scope.chosen`."""
    return rows


@dataclass(frozen=True, slots=True)
class Done:
    """What came of an action on rows.

    count : rows that were changed
    refused : the name of each row that stays as it was, with the reason
    undo : what takes it back, as JSON; None where nothing does
    """

    count: int
    refused: Sequence[tuple[str, str]] = ()
    undo: Any = None


@dataclass(frozen=True, slots=True)
class ListAction:
    """Something that is done to several rows at once.

    name : in addresses and the API
    does : what it does, a sentence above its form
    do : called with the actor, the rows of the query, the values of the fields, and the moment
    said : what was done to so many rows
    fields : what it asks for; without any it is done at once, unless it asks for a confirmation
    undo : takes it back by `Done.undo`; returns how many rows are as before, and those that are not, with the reason
    """

    name: str
    label: str
    does: str
    action: Action
    do: Callable[[Actor, list[Any], Mapping[str, Any], datetime], Done]
    said: Callable[[int], str]
    fields: Callable[[Scope], Mapping[str, Field]] = lambda _scope: {}
    undo: Callable[[Actor, Any, datetime], Done] | None = None
    confirms: bool = False


def one_by_one(
    rows: Sequence[Any], name: Callable[[Any], str], do: Callable[[Any], object]
) -> Done:
    """Do something to each row; a row it is refused for does not hold up the others.

    do : what it returns says how the row is taken back; None where it is as before already
    """
    undo, refused = [], []
    for row in rows:
        try:
            undo.append(do(row))
        except KindlingError as error:
            refused.append((name(row), str(error)))
    changed = [each for each in undo if each is not None]
    return Done(len(changed), refused, changed)


def as_they_are(_scope: Scope, rows: list[Any]) -> list[Any]:
    return rows


@dataclass(frozen=True, slots=True)
class ListSpec:
    """One list.

    name : in addresses, files and the API
    title : what it lists, as a heading
    page : the name of the page that shows it
    page_of : filters whose values are parts of that page's address
    order : how the rows come unless somebody sorts, in words
    row_template : draws the cells of one row; without it each is drawn by its kind
    tile_template : draws one row as a picture; with it people may choose a gallery instead of the table
    link : the address of a row's own page
    opened : rows of the query with what is shown of them; asked for the rows of one page at a time
    totals : sums of all wanted rows, by column
    actions : what may be done to several rows at once; only where `rows` is a query
    row_name : names a row, as it is opened, among others
    seconds : after so many an open page fetches its rows anew; 0: never
    lacks : what the figures lack, such as days that were not synced, in sentences
    """

    name: str
    title: str
    page: str
    rows: Callable[[Scope], Rows]
    columns: tuple[Column, ...]
    order: str
    row_template: str = "lists/row.html"
    tile_template: str = ""
    filters: tuple[Filter, ...] = ()
    search: Callable[[Rows, str, Scope], Rows] | None = None
    search_hint: str = "Search"
    opened: Callable[[Scope, list[Any]], list[Any]] = as_they_are
    link: Callable[[Scope, Any], str] | None = None
    totals: Callable[[Scope, Rows], Mapping[str, object]] | None = None
    action: Action = Action.SEE
    page_of: tuple[str, ...] = ()
    actions: tuple[ListAction, ...] = ()
    row_name: Callable[[Any], str] = str
    seconds: int = 0
    lacks: Callable[[Scope], Sequence[str]] = lambda _scope: ()

    def address(self, slug: str, filters: Mapping[str, str]) -> str:
        """Where the list is shown, without its query. Raises NotFoundError where the page is of a row nobody named."""
        parts = [filters[name] for name in self.page_of if name in filters]
        if len(parts) < len(self.page_of):
            raise NotFoundError(f"The list {self.name} needs a {self.page_of[len(parts)]}.")
        return reverse(self.page, args=[slug, *parts])

    def query(self, wanted: Wanted, **changes: str) -> dict[str, str]:
        """The parameters of the page's address that say this; what the address itself says is left out."""
        found = wanted.query(**changes)
        return {name: value for name, value in found.items() if name not in self.page_of}

    def list_action(self, name: str) -> ListAction:
        """The action of this name. Raises NotFoundError."""
        found = next((each for each in self.actions if each.name == name), None)
        if found is None:
            raise NotFoundError(
                f"The list {self.name} has no action {name[:40]!r}.",
                next_step=f"Use {', '.join(each.name for each in self.actions) or 'none'}.",
            )
        return found

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


@cache
def _discover() -> None:
    """Import `lists` of every area; each registers what it has.

    Not at the start: with them come the services, and with these the lake's engine, which most commands never need.
    """
    autodiscover_modules("lists")


def find_list(name: str) -> ListSpec:
    """The list of this name. Raises NotFoundError."""
    _discover()
    if name not in _lists:
        raise NotFoundError(
            f"Unknown list {name[:40]!r}.", next_step=f"Use one of {', '.join(sorted(_lists))}."
        )
    return _lists[name]


def all_lists() -> list[ListSpec]:
    """Every list, by name."""
    _discover()
    return [_lists[name] for name in sorted(_lists)]
