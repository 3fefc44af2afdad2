"""Lists as rows of text for a spreadsheet. Formula-like cells are defused; secrets are never in a list."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from kindling.delivery import service as delivery
from kindling.errors import NotFoundError
from kindling.facts import gaps
from kindling.facts.gaps import Gap
from kindling.kit.tables import defused
from kindling.money import service as money
from kindling.posts import service as posts
from kindling.today import five as today
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor


@dataclass(frozen=True, slots=True)
class Period:
    """The present, and the days that somebody chose, both included; None leaves that side open."""

    now: datetime
    first_day: date | None = None
    last_day: date | None = None


def rows(
    actor: Actor,
    name: str,
    *,
    now: datetime,
    first_day: date | None = None,
    last_day: date | None = None,
) -> list[list[str]]:
    """The list `name` with its header row first.

    first_day, last_day : the days of a list of profit, both included; other lists are of the present
    """
    actor.require(Action.EXPORT)
    if name not in _LISTS:
        raise NotFoundError(f"Unknown list {name!r}.", next_step=f"Use one of {', '.join(_LISTS)}.")
    return _table(_LISTS[name](actor, Period(now, first_day, last_day)))


def list_gaps(actor: Actor, name: str) -> list[Gap]:
    """Days that the list's figures lack; none for a list without money of ads or orders."""
    found = delivery.list_gaps(actor.workspace) if name not in {"posts", "authorizations"} else []
    return [*found, *(gaps.order_gaps(actor.workspace.pk) if name.startswith("profit-") else ())]


def _table(records: list[dict[str, Any]]) -> list[list[str]]:
    if not records:
        return []
    flat = [_flat(record) for record in records]
    return [list(flat[0]), *([_cell(value) for value in record.values()] for record in flat)]


def _flat(record: dict[str, Any]) -> dict[str, Any]:
    """Money becomes two columns, so that a spreadsheet can add it up."""
    result: dict[str, Any] = {}
    for name, value in record.items():
        if isinstance(value, dict) and set(value) == {"amount", "currency"}:
            result[name] = value["amount"]
            result["currency"] = value["currency"]
        elif isinstance(value, list):
            result[name] = "; ".join(str(each) for each in value)
        else:
            result[name] = value
    return result


def _cell(value: object) -> str:
    if value is None:
        return ""
    return defused(str(value))


def _profit(by: str) -> Callable[[Actor, Period], list[dict[str, Any]]]:
    def listed(actor: Actor, period: Period) -> list[dict[str, Any]]:
        table = money.profit(
            actor.workspace,
            by=by,
            now=period.now,
            first_day=period.first_day,
            last_day=period.last_day,
        )
        return table.to_json()

    return listed


_LISTS: dict[str, Callable[[Actor, Period], list[dict[str, Any]]]] = {
    "posts": lambda actor, _: posts.library_rows(actor.workspace),
    "authorizations": lambda actor, period: [
        *today.to_json(today.five(actor.workspace, now=period.now))["five"]["authorized"],
    ],
    "live": lambda actor, period: [
        ad.to_json() for ad in delivery.all_ads(actor.workspace, now=period.now)
    ],
    "profit-product": _profit("product"),
    "profit-creator": _profit("creator"),
    "profit-post": _profit("post"),
    "profit-ad": _profit("ad"),
}
