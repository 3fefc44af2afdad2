"""Which rows of a list somebody wants: read from an address or a call, and taken from the list."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from operator import itemgetter
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import F, QuerySet

from kindling.errors import InvalidInputError
from kindling.kit.forms import DayField
from kindling.kit.money import Money
from kindling.kit.text import without_hidden
from kindling.lists.rules import ALL, MOST_SEARCH, Wanted
from kindling.lists.spec import Column, Filter, ListSpec, Rows, Scope, is_query

BATCH = 500  # rows that are opened together
LARGEST = 2**63  # what no column of whole numbers holds


def read_wanted(spec: ListSpec, told: Mapping[str, str], scope: Scope) -> Wanted:
    """What an address or a call asks for. Raises InvalidInputError for what the list does not have."""
    filters = {}
    for each in spec.filters:
        value = told.get(each.name, "") or each.unchosen(scope)
        if not value:
            continue
        if each.is_day:
            filters[each.name] = _day(each, value)
            continue
        if each.is_key:
            filters[each.name] = _key_of(each, value)
            continue
        choices = dict(each.choices(scope))
        if each.unless and each.has_all:
            choices[ALL] = "All"
        if value not in choices:
            raise InvalidInputError(
                f"{each.label}: {value[:50]!r} is not a choice.",
                next_step=f"Use one of {', '.join(map(str, choices)) or 'none'}.",
                field=each.name,
            )
        filters[each.name] = value
    sort = told.get("sort", "")
    if sort and _sortable(spec, sort) is None:
        names = ", ".join(each.name for each in spec.columns if each.sort)
        raise InvalidInputError(
            f"The list cannot be sorted by {sort[:50]!r}.",
            next_step=f"Use one of {names}, with - before it for the largest first.",
            field="sort",
        )
    search = without_hidden(told.get("q", "")).strip()[:MOST_SEARCH] if spec.search else ""
    return Wanted(search, filters, sort)


def _day(found: Filter, value: str) -> str:
    try:
        return str(DayField().clean(value))
    except ValidationError as error:
        raise InvalidInputError(
            f"{found.label}: {error.messages[0]}", next_step="Correct the date.", field=found.name
        ) from None


def _key_of(found: Filter, value: str) -> str:
    if not (value.isascii() and value.isdigit() and len(value) < 20 and int(value) < LARGEST):
        raise InvalidInputError(
            f"{found.label}: {value[:50]!r} is not a number.",
            next_step="Use the number in the address of its page.",
            field=found.name,
        )
    return value


def _sortable(spec: ListSpec, sort: str) -> Column | None:
    column = spec.column(sort.removeprefix("-"))
    return column if column is not None and column.sort else None


def rows_of(spec: ListSpec, wanted: Wanted, scope: Scope) -> Rows:
    """The wanted rows in the wanted order: a query that was not asked yet, or a list."""
    scope = replace(scope, chosen=wanted.filters)
    rows = spec.rows(scope)
    for name, value in wanted.filters.items():
        found = spec.filter(name)
        if found is not None and value != ALL:
            rows = found.keep(rows, value, scope)
    if wanted.search and spec.search is not None:
        rows = spec.search(rows, wanted.search, scope)
    column = _sortable(spec, wanted.sort) if wanted.sort else None
    if column is None:
        return rows
    is_descending = wanted.sort.startswith("-")
    if column.values is not None:
        values = column.values(scope)
        keys = list(rows.values_list("pk", column.sort))
        keys = _sorted(keys, lambda key: values.get(key[1]), is_descending=is_descending)
        return Picked(rows, [pk for pk, _ in keys])
    if is_query(rows):
        key = F(column.sort)
        ordered = key.desc(nulls_last=True) if is_descending else key.asc(nulls_last=True)
        own = rows.query.order_by or rows.model._meta.ordering  # among equals as ever
        return rows.order_by(ordered, *own, "pk")
    return _sorted(list(rows), column.value, is_descending=is_descending)


class Picked(Sequence[Any]):
    """Rows of a query by their keys, in the order of the keys; read when they are asked for.

    keys : in an order that the database does not know; or a query of keys, so that it sorts these and not whole rows
    """

    def __init__(self, rows: QuerySet[Any], keys: Rows) -> None:
        self._rows, self._keys = rows, keys

    def __len__(self) -> int:
        return count_of(self._keys)

    def __getitem__(self, which: Any) -> Any:
        if not isinstance(which, slice):
            return self[which : which + 1 or None][0]
        keys = list(self._keys[which])
        found = self._rows.order_by().in_bulk(keys)
        return [found[key] for key in keys if key in found]

    def __iter__(self) -> Iterator[Any]:
        for start in range(0, len(self), BATCH):
            yield from self[start : start + BATCH]


def _sorted(rows: list[Any], value: Callable[[Any], object], *, is_descending: bool) -> list[Any]:
    """Rows by a value, those without one last, equal ones as they came."""
    known, unknown = [], []
    for row in rows:
        found = value(row)
        if found is None:
            unknown.append(row)
        else:
            known.append((_key(found), row))
    known.sort(key=itemgetter(0), reverse=is_descending)
    return [*(row for _, row in known), *unknown]


def _key(value: object) -> Any:
    if isinstance(value, Money):
        return (value.currency, value.minor)
    return value.casefold() if isinstance(value, str) else value


def count_of(rows: Rows) -> int:
    return rows.count() if is_query(rows) else len(rows)


def opened_in_batches(spec: ListSpec, rows: Rows, scope: Scope) -> Iterator[list[Any]]:
    """All wanted rows as they are shown, some hundred at a time."""
    if not is_query(rows):
        for start in range(0, len(rows), BATCH):
            yield spec.opened(scope, rows[start : start + BATCH])
        return
    batch: list[Any] = []
    for row in rows.iterator(chunk_size=BATCH):
        batch.append(row)
        if len(batch) == BATCH:
            yield spec.opened(scope, batch)
            batch = []
    if batch:
        yield spec.opened(scope, batch)
