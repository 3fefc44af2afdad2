"""A plan's content as stored and as written by `kindling plan`: reading it, and refusing what is none."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from kindling.agreements.rights.rules import ClockName
from kindling.errors import ConflictError, InvalidInputError
from kindling.kit.money import LARGEST, from_minor, to_minor
from kindling.kit.time import days_touched
from kindling.launches import rules

TOKEN = re.compile(r"[0-9a-f]{8}")
MAX_NAME = 200
# What the tables hold of an object, TikTok's ids and the longest address of an ad.
MAX_OBJECT_NAME, MAX_KEY, MAX_ID, MAX_URL = 512, 64, 64, 2000
AD_FORMATS = ("SINGLE_VIDEO", "CAROUSEL_ADS")


def ads(content: dict[str, Any]) -> list[dict[str, Any]]:
    return [thing for thing in content["objects"] if thing["kind"] == "ad"]


def parent(content: dict[str, Any], thing: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = next(
        each for each in content["objects"] if each["key"] == thing["parent"]
    )
    return found


def group_of(content: dict[str, Any], item_id: str) -> dict[str, Any]:
    """The ad group of a post: there is one per post."""
    found: dict[str, Any] = next(
        each
        for each in content["objects"]
        if each["kind"] == "adgroup" and each["item_id"] == item_id
    )
    return found


def by_key(content: dict[str, Any], key: str) -> dict[str, Any]:
    """The campaign, ad group or ad with this key."""
    found: dict[str, Any] = next(each for each in content["objects"] if each["key"] == key)
    return found


def instant(wire: str) -> datetime:
    """A plan's time ("2026-03-02 00:00:00", UTC) as an instant."""
    return datetime.strptime(wire, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)


def as_shown(content: dict[str, Any], item_id: str, *, caption: str) -> dict[str, Any]:
    """One post's ad as its creator is shown it before it runs: what it says, where it leads, where and when it runs."""
    ad = next(each for each in ads(content) if each["item_id"] == item_id)
    group = parent(content, ad)
    return {
        "item_id": item_id,
        "caption": caption,
        "ad_name": ad["name"],
        "call_to_action": ad["payload"]["call_to_action"],
        "landing_page": ad["payload"].get("landing_page_url", ""),
        "countries": list(content["countries"]),
        "starts_at": instant(group["payload"]["schedule_start_time"]).isoformat(),
        "ends_at": instant(group["flight_end"]).isoformat(),
    }


def last_end(content: dict[str, Any]) -> datetime:
    """When the plan's last flight ends by the plan itself, which is what a person approves."""
    return max(
        instant(each["flight_end"]) for each in content["objects"] if each["kind"] == "adgroup"
    )


def most_minor(content: dict[str, Any], *, zone: str) -> int:
    """What a plan can spend at most: each daily budget on every day of the ad account up to the plan's own end.

    A flight that a permission cuts short may be set out again that far, so its whole length counts.
    zone : the ad account's
    """
    groups = (each for each in content["objects"] if each["kind"] == "adgroup")
    return sum(most_of_group(each, zone=zone) for each in groups)


def most_of_group(group: dict[str, Any], *, zone: str, since: datetime | None = None) -> int:
    """What one ad group can spend at most up to the plan's own end; only what is left of it from `since` on.

    A daily budget is of a calendar day of the ad account's zone: on a day that is touched all of it can be spent.
    """
    start = instant(group["payload"]["schedule_start_time"])
    days = days_touched(max(start, since or start), instant(group["flight_end"]), zone)
    return int(group["payload"]["budget_minor"]) * days


def flight_days(content: dict[str, Any], *, zone: str) -> int:
    """The calendar days of the ad account's zone that the plan's longest flight touches."""
    return max(
        days_touched(
            instant(each["payload"]["schedule_start_time"]), instant(each["flight_end"]), zone
        )
        for each in content["objects"]
        if each["kind"] == "adgroup"
    )


def check(content: dict[str, Any], *, advertiser_id: str, currency: str) -> None:
    """Raise when the content is not a plan of ours for this ad account, or does not add up.

    A plan may have been edited by hand: what preflight looks at and what a person is shown must be what is sent.
    """
    if content.get("schema") != rules.SCHEMA:
        raise InvalidInputError(
            "This file is not a plan.",
            next_step=f"Make one with `kindling plan`; it says {rules.SCHEMA}.",
        )
    try:
        if content["advertiser_id"] != advertiser_id or content["currency"] != currency:
            raise ConflictError(
                "The plan is for a different ad account or currency.",
                next_step="Plan again for this ad account.",
            )
        _check_names(content)
        _check_texts(content)
        _check_tree(content)
        _check_money(content)
    except (
        KeyError, TypeError, ValueError, AttributeError, StopIteration, ArithmeticError
    ) as error:  # fmt: skip
        raise InvalidInputError(
            f"The plan is damaged ({error}).", next_step="Make it again with `kindling plan`."
        ) from None


def _check_names(content: dict[str, Any]) -> None:
    """Each object can be found again at TikTok by a name that is its own."""
    if not TOKEN.fullmatch(content["token"]):
        raise ValueError("its token is not valid")
    if not isinstance(content["name"], str) or not 0 < len(content["name"]) <= MAX_NAME:
        raise ValueError("it has no name, or its name is too long")
    for field, longest in (("key", MAX_KEY), ("name", MAX_OBJECT_NAME)):
        texts = [thing[field] for thing in content["objects"]]
        if not all(_is_text(text, longest) for text in texts):
            raise ValueError(f"a {field} is no text of 1 to {longest} characters")
        if len(set(texts)) != len(texts):
            raise ValueError(f"a {field} appears twice")
    if any(content["token"] not in thing["name"] for thing in content["objects"]):
        raise ValueError("a name lacks the plan's token, so the object could not be found again")


def _check_texts(content: dict[str, Any]) -> None:
    """What is listed is a list of texts: the countries that rights are checked for, and the notes."""
    for field in ("countries", "notes"):
        if type(content[field]) is not list or not all(
            type(each) is str for each in content[field]
        ):
            raise ValueError(f"its {field} are no list of texts")
    if not content["countries"]:
        raise ValueError("it has no country")


def _is_text(value: object, longest: int) -> bool:
    return isinstance(value, str) and 0 < len(value) <= longest


def _check_tree(content: dict[str, Any]) -> None:
    """One campaign first; under it per post one ad group, and in it one ad for that very post."""
    campaign, *rest = content["objects"]
    objective = rules.OBJECTIVES[content["objective"]]
    if campaign["kind"] != "campaign" or campaign["parent"]:
        raise ValueError("it does not start with its campaign")
    if campaign["payload"] != rules.campaign_payload(objective):
        raise ValueError("its campaign does not match its objective")
    groups = [thing for thing in rest if thing["kind"] == "adgroup"]
    if len(groups) != len(ads(content)) or len(rest) != 2 * len(groups) or not groups:
        raise ValueError("it does not have one ad group and one ad per post")
    if len(groups) > rules.MAX_POSTS:
        raise ValueError(f"it has more than {rules.MAX_POSTS} posts")
    for group in groups:
        if group["parent"] != campaign["key"]:
            raise ValueError("an ad group is not in its campaign")
        _check_group(group["payload"], content["countries"], objective)
        _check_end(group)
    if len({ad["item_id"] for ad in ads(content)}) != len(groups):
        # Checks and a creator's approval are of a post's one ad.
        raise ValueError("a post appears twice")
    parents = {group["key"]: group for group in groups}
    for ad in ads(content):
        group = parents.pop(ad["parent"])  # KeyError: in no ad group, or in one that has its ad
        if not ad["item_id"] or {ad["item_id"]} != {
            ad["payload"]["tiktok_item_id"],
            group["item_id"],
        }:
            raise ValueError("an ad uses a different post from the one that was checked")
        _check_ad(ad["payload"], objective)


def _check_ad(payload: dict[str, Any], objective: rules.Objective) -> None:
    if payload["call_to_action"] not in rules.CALLS_TO_ACTION:
        raise ValueError("an ad's call to action is none of TikTok's")
    if payload["ad_format"] not in AD_FORMATS:
        raise ValueError("an ad's format is not one of Spark Ads")
    if not all(_is_text(payload[name], MAX_ID) for name in ("identity_id", "identity_type")):
        raise ValueError("an ad has no identity")
    center = payload.get("identity_authorized_bc_id")
    if center is not None and not _is_text(center, MAX_ID):
        raise ValueError("an ad's business center is no id")
    if not objective.wants_landing_page:
        if "landing_page_url" in payload:
            raise ValueError("an ad has a landing page, which its objective has not")
        return
    page = payload["landing_page_url"]
    if not _is_text(page, MAX_URL) or not page.startswith("https://"):
        raise ValueError(f"a landing page is no https address of at most {MAX_URL} characters")


def _check_group(payload: dict[str, Any], countries: list[str], objective: rules.Objective) -> None:
    if payload["budget_mode"] != "BUDGET_MODE_DAY":
        raise ValueError("an ad group has no daily budget")
    told = (payload["optimization_goal"], payload["billing_event"], payload.get("promotion_type"))
    if told != (objective.optimization_goal, objective.billing_event, objective.promotion_type):
        raise ValueError("an ad group does not match the plan's objective")
    places = payload["location_ids"]
    if type(places) is not list or not all(_is_text(each, MAX_ID) for each in places):
        raise ValueError("an ad group's locations are no list of ids")
    outside = rules.countries_beside(payload["location_ids"], countries)
    if outside or not payload["location_ids"]:
        raise ValueError(
            f"an ad group targets {', '.join(outside) or 'no country'}, unlike the plan"
        )


def _check_end(group: dict[str, Any]) -> None:
    """A flight that a permission cuts short may be set out again up to its own end, and no further."""
    start = instant(group["payload"]["schedule_start_time"])
    cut, end = instant(group["payload"]["schedule_end_time"]), instant(group["flight_end"])
    if start.year not in rules.YEARS or not start < end <= start + timedelta(days=rules.MAX_DAYS):
        raise ValueError(
            f"a flight does not start in {rules.YEARS[0]} to {rules.YEARS[-1]} and last up to {rules.MAX_DAYS} days"
        )
    if group["ends_first"]:
        ClockName(group["ends_first"])  # ValueError: no clock
    if cut > end or (cut < end) != bool(group["ends_first"]):
        raise ValueError("an ad group's end does not fit the plan's")


def _check_money(content: dict[str, Any]) -> None:
    """Every budget counts: none may be hidden behind one below zero or a fraction."""
    spent = 0
    for thing in content["objects"]:
        if thing["kind"] == "adgroup":
            budget = thing["payload"]["budget_minor"]
            if type(budget) is not int or budget <= 0:
                raise ValueError("a budget is not a whole number of minor units above zero")
            if budget > to_minor(LARGEST, content["currency"]):
                raise ValueError("a budget is larger than any amount of money here")
            spent += budget
    if type(content["daily_budget_minor"]) is not int or spent != content["daily_budget_minor"]:
        raise ValueError("the budgets do not add up to the plan's daily budget")
    if content["daily_budget"] != str(from_minor(spent, content["currency"])):
        raise ValueError("the daily budget shown is not the one that would be spent")
