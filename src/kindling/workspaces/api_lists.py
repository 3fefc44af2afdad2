"""Lists of the API in parts: `limit` rows at a time, each part naming the next one by a cursor.

A cursor holds where the last row stands in the list's order, so that rows that come or go meanwhile shift nothing.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Annotated, Any, TypeVar

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.db.models import Model, Q, QuerySet
from django.db.models.expressions import F, OrderBy
from ninja import Query, Schema
from pydantic import Field, create_model

from kindling.errors import InvalidInputError

ROWS, MOST_ROWS = 50, 500
MOST_PLACE = 100_000_000
Limit = Annotated[int, Query(ge=1, le=MOST_ROWS, description="how many rows at most")]
Cursor = Annotated[str, Query(max_length=2_000, description="`next_cursor` of the part before")]
Row = TypeVar("Row", bound=Model)
Thing = TypeVar("Thing")


def part_of(row: Any) -> Any:
    """The schema of one part of a list of these rows."""
    return create_model(
        f"{row.__name__.removesuffix('Out')}List",
        __base__=Schema,
        rows=(list[row], ...),
        next_cursor=(str | None, Field(description="of the next part; null: this is the last")),
    )


@dataclass(frozen=True, slots=True)
class _Key:
    """One column of a list's order."""

    name: str
    is_descending: bool
    has_nulls_last: bool


def part(
    rows: QuerySet[Row], show: Callable[[Row], dict[str, Any]], *, cursor: str, limit: int
) -> dict[str, Any]:
    """The rows after the cursor, in the order of the query, as `part_of` describes them. Raises InvalidInputError."""
    return shown_part(rows, lambda found: [show(row) for row in found], cursor=cursor, limit=limit)


def shown_part(
    rows: QuerySet[Row],
    show: Callable[[list[Row]], list[dict[str, Any]]],
    *,
    cursor: str,
    limit: int,
) -> dict[str, Any]:
    """`part` for rows that are shown together."""
    keys = _keys(rows)
    if keys[-1].name != "pk":
        rows = rows.order_by(*_order(rows), "pk")
        keys = _keys(rows)
    if cursor:
        rows = rows.filter(_after(rows, keys, _read(cursor)))
    found = list(rows[: limit + 1])
    shown = found[:limit]
    is_last = len(found) <= limit
    following = None if is_last else _write([_value(shown[-1], key.name) for key in keys])
    return {"rows": show(shown), "next_cursor": following}


def counted_part(
    things: Sequence[Thing],
    show: Callable[[Thing], dict[str, Any]],
    *,
    cursor: str,
    limit: int,
) -> dict[str, Any]:
    """A part of a list that is computed as a whole; its cursor is a place in it."""
    start = _place(cursor)
    end = start + limit
    return {
        "rows": [show(each) for each in things[start:end]],
        "next_cursor": _write([end]) if end < len(things) else None,
    }


def joined_part(
    first: Any,
    second: Any,
    show: Callable[[list[Any]], list[dict[str, Any]]],
    *,
    cursor: str,
    limit: int,
) -> dict[str, Any]:
    """A part of two lists, one after the other: sequences or queries; its cursor is a place in both together."""
    start = _place(cursor)
    found = list(first[start : start + limit + 1])
    if len(found) <= limit:
        skipped = 0 if found else max(0, start - _length(first))
        found += list(second[skipped : skipped + limit + 1 - len(found)])
    following = _write([start + limit]) if len(found) > limit else None
    return {"rows": show(found[:limit]), "next_cursor": following}


def _length(rows: Any) -> int:
    return rows.count() if isinstance(rows, QuerySet) else len(rows)


def _place(cursor: str) -> int:
    """The place in a list that a cursor holds; the beginning without one. Raises InvalidInputError."""
    if not cursor:
        return 0
    told = _read(cursor)
    if len(told) != 1 or type(told[0]) is not int or not 0 <= told[0] <= MOST_PLACE:
        raise _bad_cursor()
    return told[0]


def _order(rows: QuerySet[Any]) -> list[Any]:
    return list(rows.query.order_by or rows.model._meta.ordering or ["pk"])


def _keys(rows: QuerySet[Any]) -> list[_Key]:
    found = []
    largest = connection.features.nulls_order_largest
    for each in _order(rows):
        if isinstance(each, str):
            is_descending, name = each.startswith("-"), each.lstrip("-")
            last = largest is not is_descending
        elif isinstance(each, OrderBy) and isinstance(each.expression, F):
            is_descending, name = each.descending, str(each.expression.name)  # type: ignore[attr-defined]  # unknown to the stubs
            last = bool(each.nulls_last) or (not each.nulls_first and largest is not is_descending)
        else:  # pragma: no cover - a list whose order is no column has no cursor
            raise TypeError(f"a list ordered by {each!r} has no cursor")
        found.append(_Key("pk" if name == "id" else name, is_descending, last))
    return found


def _column(rows: QuerySet[Any], name: str) -> Any:
    """What a column holds: of the rows, of what they refer to, or annotated."""
    if name in rows.query.annotations:
        return rows.query.annotations[name].output_field
    model = rows.model
    *path, last = name.split("__")
    for step in path:
        model = model._meta.get_field(step).related_model
    return model._meta.pk if last == "pk" else model._meta.get_field(last)


def _value(row: Model, name: str) -> object:
    value: object = row
    for step in name.split("__"):
        value = getattr(value, step, None)
    return value


def _after(rows: QuerySet[Any], keys: list[_Key], told: list[Any]) -> Q:
    """The rows that stand after these values: equal in the first columns, and further in the next."""
    if len(told) != len(keys):
        raise _bad_cursor()
    try:
        values = [
            None if value is None else _column(rows, key.name).to_python(value)
            for key, value in zip(keys, told, strict=True)
        ]
    except (ValidationError, FieldDoesNotExist, TypeError, ValueError, OverflowError):
        raise _bad_cursor() from None
    options, same = [], Q()
    for key, value in zip(keys, values, strict=True):
        further = _further(key, value)
        if further is not None:
            options.append(same & further)
        same &= Q(**{f"{key.name}__isnull": True}) if value is None else Q(**{key.name: value})
    return reduce(or_, options)


def _further(key: _Key, value: object) -> Q | None:
    """Rows that stand further on in one column; None where none can."""
    empty = Q(**{f"{key.name}__isnull": True})
    if value is None:
        return None if key.has_nulls_last else ~empty
    beyond = Q(**{f"{key.name}__{'lt' if key.is_descending else 'gt'}": value})
    return beyond | empty if key.has_nulls_last and key.name != "pk" else beyond


def _write(values: list[Any]) -> str:
    text = json.dumps(values, cls=_Exact, separators=(",", ":"))
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


class _Exact(DjangoJSONEncoder):
    """Instants with their microseconds, which Django's own cuts to milliseconds."""

    def default(self, o: Any) -> Any:
        return o.isoformat() if hasattr(o, "isoformat") else super().default(o)


def _read(cursor: str) -> list[Any]:
    try:
        told = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError:
        raise _bad_cursor() from None
    if not isinstance(told, list) or any(isinstance(each, list | dict) for each in told):
        raise _bad_cursor()
    return told


def _bad_cursor() -> InvalidInputError:
    return InvalidInputError(
        "This cursor is not one of this list.",
        next_step="Send `next_cursor` of the part before, or none for the first part.",
    )
