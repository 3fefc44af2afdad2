"""API: every list by its name, with the filters, order and search of its page."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from kindling.clock import now
from kindling.errors import InvalidInputError
from kindling.lists import service
from kindling.lists.query import read_wanted, rows_of
from kindling.lists.spec import Scope, all_lists, find_list, is_query
from kindling.workspaces.api_auth import actor_of, answers
from kindling.workspaces.api_lists import ROWS, Cursor, Limit, joined_part, shown_part

router = Router(tags=["Lists"])
OURS = {"limit", "cursor", "q", "sort"}


class ColumnOut(Schema):
    name: str
    label: str
    kind: str
    can_sort: bool


class ChoiceOut(Schema):
    value: str
    label: str


class FilterOut(Schema):
    name: str
    label: str
    choices: list[ChoiceOut]


class ListOut(Schema):
    name: str
    title: str
    order: str
    can_search: bool
    columns: list[ColumnOut]
    filters: list[FilterOut]


class ListRows(Schema):
    rows: list[dict[str, Any]]
    next_cursor: str | None
    lacks: list[str]


@router.get("", response=answers(list[ListOut]))
def lists(request: HttpRequest) -> list[dict[str, Any]]:
    """Describe every list: its columns, filters and what it can be sorted by."""
    actor = actor_of(request)
    scope = Scope(actor, now())
    return [
        {
            "name": spec.name, "title": spec.title, "order": spec.order,
            "can_search": spec.search is not None,
            "columns": [
                {"name": each.name, "label": each.label, "kind": each.kind, "can_sort": bool(each.sort)}
                for each in spec.data_columns
            ],
            "filters": [
                {
                    "name": each.name, "label": each.label,
                    "choices": [
                        {"value": value, "label": str(label)} for value, label in each.choices(scope)
                    ],
                }
                for each in spec.filters
            ],
        }
        for spec in all_lists()
        if actor.can(spec.action)
    ]  # fmt: skip


@router.get("/{name}", response=answers(ListRows))
def rows(
    request: HttpRequest,
    name: str,
    q: str = "",
    sort: str = "",
    limit: Limit = ROWS,
    cursor: Cursor = "",
) -> dict[str, Any]:
    """List rows as the page of the list shows them. Filters are parameters of their own, as GET /lists names them.

    `lacks` says in sentences what the figures lack, such as days that were not synced.
    """
    actor, spec = actor_of(request), find_list(name)
    actor.require(spec.action)
    told = request.GET.dict()
    unknown = sorted(set(told) - OURS - {each.name for each in spec.filters})
    if unknown:
        raise InvalidInputError(
            f"The list has no filter {unknown[0][:50]!r}.",
            next_step=f"Use {', '.join(each.name for each in spec.filters) or 'none'}.",
        )
    scope = Scope(actor, now())
    wanted = read_wanted(spec, told, scope)
    scope = replace(scope, chosen=wanted.filters)
    found = rows_of(spec, wanted, scope)

    def show(some: list[Any]) -> list[dict[str, Any]]:
        return service.to_json(spec, spec.opened(scope, some))

    if is_query(found):
        shown = shown_part(found, show, cursor=cursor, limit=limit)
    else:
        shown = joined_part(found, [], show, cursor=cursor, limit=limit)
    return {**shown, "lacks": list(spec.lacks(scope))}
