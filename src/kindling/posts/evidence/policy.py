"""When a post of a workspace has earned ads: what its policy says, and what a policy may say."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from kindling.errors import InvalidInputError
from kindling.posts import rules
from kindling.posts.models import PostPolicy
from kindling.posts.rules import LanePolicy
from kindling.workspaces.models import Workspace

MOST_HOURS, MOST_VIEWS, MOST_MINOR = 30 * 24, 100_000_000, 10**12


def policy_of(workspace: Workspace) -> LanePolicy:
    """The workspace's policy; the defaults where nobody has set one."""
    row = PostPolicy.objects.filter(workspace=workspace).first()
    return LanePolicy() if row is None else _from_row(row)


def _from_row(row: PostPolicy) -> LanePolicy:
    return LanePolicy(
        min_age=timedelta(hours=row.min_age_hours),
        min_views=row.min_views,
        ready_from=row.ready_from / 100,
        keep_out_below=row.keep_out_below / 100,
        most_sceptics=row.most_sceptics / 100,
        daily_budget_minor=row.daily_budget_minor,
        needs=frozenset(row.needs),
    )


def as_values(policy: LanePolicy) -> dict[str, Any]:
    """A policy as forms, the API and the audit trail write it: whole hours and percents, minor units."""
    return {
        "min_age_hours": int(policy.min_age / timedelta(hours=1)),
        "min_views": policy.min_views,
        "ready_from": round(policy.ready_from * 100),
        "keep_out_below": round(policy.keep_out_below * 100),
        "most_sceptics": round(policy.most_sceptics * 100),
        "daily_budget_minor": policy.daily_budget_minor,
        "needs": sorted(policy.needs),
    }


def checked(values: Mapping[str, Any]) -> LanePolicy:
    """The policy these values make. Raises InvalidInputError that names the field."""
    _between("min_age_hours", values["min_age_hours"], 0, MOST_HOURS)
    _between("min_views", values["min_views"], 0, MOST_VIEWS)
    for name in ("ready_from", "keep_out_below", "most_sceptics"):
        _between(name, values[name], 0, 100)
    budget = values["daily_budget_minor"]
    if budget is not None:
        _between("daily_budget_minor", budget, 1, MOST_MINOR)
    if values["keep_out_below"] > values["ready_from"]:
        raise InvalidInputError(
            "Posts cannot stay out of paid at a chance at which they are Spark-ready.",
            next_step="Make it at most the chance of Spark-ready.", field="keep_out_below",
        )  # fmt: skip
    if unknown := sorted(set(values["needs"]) - set(rules.NOTES)):
        raise InvalidInputError(
            f"Unknown note {unknown[0]!r}.",
            next_step=f"Use some of {', '.join(rules.NOTES)}.", field="needs",
        )  # fmt: skip
    return _from_row(PostPolicy(**values))


def _between(name: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise InvalidInputError(
            f"{value:,} is not between {low:,} and {high:,}.",
            next_step="Correct the number.", field=name,
        )  # fmt: skip
