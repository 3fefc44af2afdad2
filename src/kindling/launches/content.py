"""A plan's content as stored and as written by `kindling plan`: reading it, and refusing what is none."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from kindling.errors import ConflictError, InvalidInputError
from kindling.launches import rules

KINDS = ("campaign", "adgroup", "ad")


def ads(content: dict[str, Any]) -> list[dict[str, Any]]:
    return [thing for thing in content["objects"] if thing["kind"] == "ad"]


def parent(content: dict[str, Any], thing: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = next(
        each for each in content["objects"] if each["key"] == thing["parent"]
    )
    return found


def instant(wire: str) -> datetime:
    """A plan's time ("2026-03-02 00:00:00", UTC) as an instant."""
    return datetime.strptime(wire, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)


def check(content: dict[str, Any], *, advertiser_id: str, currency: str) -> None:
    """Raise when the content is not a plan of ours for this ad account, or does not add up."""
    if content.get("schema") != rules.SCHEMA:
        raise InvalidInputError(
            "This file is not a plan.",
            next_step=f"Make one with `kindling plan`; it says {rules.SCHEMA}.",
        )
    if content["advertiser_id"] != advertiser_id or content["currency"] != currency:
        raise ConflictError(
            "The plan is for another ad account or currency.",
            next_step="Plan again for this ad account.",
        )
    try:
        _check_shape(content)
    except (KeyError, TypeError, ValueError, StopIteration) as error:
        raise InvalidInputError(
            f"The plan is damaged ({error}).", next_step="Make it again with `kindling plan`."
        ) from None


def _check_shape(content: dict[str, Any]) -> None:
    keys = [thing["key"] for thing in content["objects"]]
    if len(set(keys)) != len(keys):
        raise ValueError("a key stands twice")
    spent = 0
    for thing in content["objects"]:
        if thing["kind"] not in KINDS:
            raise ValueError(f"unknown kind {thing['kind']!r}")
        if content["token"] not in thing["name"]:
            raise ValueError("a name lacks the plan's token, so it could not be found again")
        if thing["kind"] != "campaign":
            parent(content, thing)
        if thing["kind"] == "adgroup":
            spent += int(thing["payload"]["budget_minor"])
            instant(thing["payload"]["schedule_end_time"])
    if spent != content["daily_budget_minor"]:
        raise ValueError("the budgets do not add up to the plan's daily budget")
