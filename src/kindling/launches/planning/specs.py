"""A launch's specification from what a person writes: a YAML file, a form, an API body."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from kindling.errors import InvalidInputError
from kindling.kit.money import parse_amount
from kindling.kit.time import parse_instant
from kindling.launches.rules import LOCATIONS, Spec, countries_beside
from kindling.posts.rules import item_id_from
from kindling.workspaces.models import AdAccount, Workspace

FIELDS = {
    "name", "ad_account", "objective", "posts", "daily_budget", "start", "days", "countries", "locations",
    "brand", "market", "call_to_action", "landing_url", "strategy", "audience",
}  # fmt: skip
DEFAULT_DAILY_BUDGET = "50.00"


def ad_account_of(given: object) -> str | None:
    """The ad account a specification names; None when it leaves it to the workspace."""
    if not isinstance(given, Mapping):
        raise InvalidInputError(
            "The specification is not a mapping of fields.", next_step="See docs/reference/plan.md."
        )
    return str(given["ad_account"]) if given.get("ad_account") else None


def from_mapping(
    given: Mapping[str, Any], *, account: AdAccount, workspace: Workspace, now: datetime
) -> Spec:
    """The specification, with defaults filled in. Raises InvalidInputError naming the field."""
    unknown = set(given) - FIELDS
    if unknown:
        raise InvalidInputError(
            f"Unknown field{'s' if len(unknown) > 1 else ''}: {', '.join(sorted(unknown))}.",
            next_step=f"Use {', '.join(sorted(FIELDS))}.",
        )
    countries = tuple(str(code).upper() for code in _list(given, "countries")) or ("US",)
    locations = tuple(str(each) for each in _list(given, "locations")) or _location_ids(countries)
    beside = countries_beside(locations, countries)
    if beside:
        raise InvalidInputError(
            f"The locations are in {', '.join(beside)}, missing from the countries.",
            next_step="Add every country: usage rights are checked against them.",
        )
    return Spec(
        name=_text(given, "name") or f"Launch of {now:%d %b %Y %H:%M}",
        objective=_text(given, "objective") or "traffic",
        item_ids=tuple(
            _read(given, "posts", item_id_from, str(each)) for each in _list(given, "posts")
        ),
        daily_budget_minor=_read(
            given,
            "daily_budget",
            lambda text: parse_amount(text, account.currency),
            _text(given, "daily_budget") or DEFAULT_DAILY_BUDGET,
        ),
        starts_at=_start(given, now),
        days=_read(given, "days", int, _text(given, "days") or "14"),
        countries=countries,
        locations=locations,
        brand=_text(given, "brand") or workspace.slug,
        market=_text(given, "market") or "-".join(countries).lower(),
        call_to_action=(_text(given, "call_to_action") or "SHOP_NOW").upper(),
        landing_url=_text(given, "landing_url"),
        strategy=_text(given, "strategy") or "test",
        audience=_text(given, "audience") or "broad",
    )


def _location_ids(countries: tuple[str, ...]) -> tuple[str, ...]:
    unknown = [code for code in countries if code not in LOCATIONS]
    if unknown:
        raise InvalidInputError(
            f"No location id is known for {', '.join(unknown)}.",
            next_step="Give TikTok's location ids under `locations`.",
        )
    return tuple(LOCATIONS[code] for code in countries)


def _start(given: Mapping[str, Any], now: datetime) -> datetime:
    text = _text(given, "start")
    if text:
        start: datetime = _read(given, "start", parse_instant, text)
        return start
    return now.replace(second=0, microsecond=0) + timedelta(minutes=1)


def _text(given: Mapping[str, Any], field: str) -> str:
    value = given.get(field)
    if isinstance(value, datetime):  # YAML reads times by itself
        return value.isoformat() if value.tzinfo else value.isoformat() + "+00:00"
    return "" if value is None else str(value).strip()


def _list(given: Mapping[str, Any], field: str) -> list[Any]:
    value = given.get(field) or []
    return list(value) if isinstance(value, list | tuple) else [value]


def _read(given: Mapping[str, Any], field: str, parse: Any, text: str) -> Any:
    try:
        return parse(text)
    except ValueError as error:
        raise InvalidInputError(
            f"{field}: {error}.", next_step="Correct this field.", field=field
        ) from None
