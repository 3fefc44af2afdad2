"""Changes of a draft's specification, each giving a new one: campaigns added, changed and removed, posts swapped. Pure.

A specification is a mapping of docs/reference/plan.md. What comes out always has `campaigns`, so that each change is
of one campaign by its number, from 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kindling.errors import InvalidInputError, NotFoundError
from kindling.launches.planning.fields import OF_A_CAMPAIGN, OF_THE_PLAN
from kindling.posts.rules import item_id_from

Told = Mapping[str, Any]
# What a template of a campaign leaves to each launch.
OF_ONE_LAUNCH = {"posts", "uploads", "start", "campaign_id", "adgroup_id"}


def by_campaigns(told: Told) -> dict[str, Any]:
    """The same launch with everything that is of a campaign in `campaigns`."""
    shared = {key: value for key, value in told.items() if key in OF_A_CAMPAIGN}
    campaigns = [{**shared, **each} for each in told.get("campaigns") or [{}]]
    for campaign in campaigns:
        if campaign.get("posts"):  # by their ids, however a person wrote them
            campaign["posts"] = [item_id_from(str(each)) for each in _list(campaign["posts"])]
    kept = {key: value for key, value in told.items() if key in OF_THE_PLAN}
    return {**kept, "campaigns": campaigns}


def with_campaign(told: Told, campaign: Told) -> dict[str, Any]:
    """With one more campaign at the end."""
    whole = by_campaigns(told)
    whole["campaigns"].append(dict(campaign))
    return whole


def with_changed_campaign(told: Told, number: int, campaign: Told) -> dict[str, Any]:
    """With another campaign in the place of this one. Raises NotFoundError."""
    whole = by_campaigns(told)
    _campaign(whole, number)
    whole["campaigns"][number - 1] = dict(campaign)
    return whole


def without_campaign(told: Told, number: int) -> dict[str, Any]:
    """Without a campaign. Raises NotFoundError, and InvalidInputError for the last one."""
    whole = by_campaigns(told)
    _campaign(whole, number)
    del whole["campaigns"][number - 1]
    return _not_empty(whole)


def without_post(told: Told, item_id: str) -> dict[str, Any]:
    """Without a post; a campaign that had no other ad goes with it. Raises NotFoundError, InvalidInputError."""
    return _not_empty(_with_posts(told, item_id, ()))


def with_swapped_post(told: Told, item_id: str, other: str) -> dict[str, Any]:
    """With another post in the place of this one. Raises NotFoundError."""
    return _with_posts(told, item_id, (other,))


def _with_posts(told: Told, item_id: str, instead: tuple[str, ...]) -> dict[str, Any]:
    whole = by_campaigns(told)
    found = False
    for campaign in whole["campaigns"]:
        posts = _list(campaign.get("posts"))
        if item_id in posts:
            found = True
            at = posts.index(item_id)
            campaign["posts"] = [*posts[:at], *instead, *posts[at + 1 :]]
    if not found:
        raise NotFoundError("This post is not in the plan.", next_step="Open the plan again.")
    whole["campaigns"] = [
        each for each in whole["campaigns"] if _list(each.get("posts")) or each.get("uploads")
    ]
    return whole


def campaign_of(told: Told, number: int) -> dict[str, Any]:
    """One campaign's fields. Raises NotFoundError."""
    return _campaign(by_campaigns(told), number)


def as_template(told: Told, number: int) -> dict[str, Any]:
    """A campaign without what is of one launch alone: its posts, its uploads, its start, what it was added to."""
    campaign = campaign_of(told, number)
    return {key: value for key, value in campaign.items() if key not in OF_ONE_LAUNCH}


def copied(told: Told, *, name: str) -> dict[str, Any]:
    """The same launch under another name, which starts when it is planned."""
    whole = by_campaigns(told)
    whole["name"] = name
    for campaign in whole["campaigns"]:
        campaign.pop("start", None)
    return whole


def _campaign(whole: dict[str, Any], number: int) -> dict[str, Any]:
    if not 1 <= number <= len(whole["campaigns"]):
        raise NotFoundError("The plan has no such campaign.", next_step="Open the plan again.")
    found: dict[str, Any] = whole["campaigns"][number - 1]
    return found


def _not_empty(whole: dict[str, Any]) -> dict[str, Any]:
    if not whole["campaigns"]:
        raise InvalidInputError(
            "Nothing would be left of the plan.", next_step="Cancel the plan instead."
        )
    return whole


def _list(value: object) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value] if value else []
