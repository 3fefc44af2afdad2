"""A plan's content as stored and as written by `kindling plan`: reading it, and refusing what is none."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from kindling.agreements.rights.rules import ClockName
from kindling.errors import ConflictError, InvalidInputError
from kindling.kit.money import LARGEST, from_minor, to_minor
from kindling.kit.time import days_touched
from kindling.launches import rules
from kindling.launches.planning.audience import AGES, GENDERS, dayparting
from kindling.launches.planning.objectives import (
    CALLS_TO_ACTION,
    EVENTS,
    MAX_SMART_POSTS,
    OBJECTIVES,
    CampaignType,
    Objective,
    campaign_payload,
)

TOKEN = re.compile(r"[0-9a-f]{8}")
MAX_NAME = 200
# What the tables hold of an object, TikTok's ids and the longest address of an ad.
MAX_OBJECT_NAME, MAX_KEY, MAX_ID, MAX_URL = 512, 64, 64, 2000
AD_FORMATS = ("SINGLE_VIDEO", "CAROUSEL_ADS")
LONGEST_EXISTING = timedelta(days=3650)  # an ad group that exists may have been planned for long
LISTS_OF_IDS = ("interest_category_ids", "audience_ids", "excluded_audience_ids")
# Where an object of each kind may stand.
PARENTS = {
    "campaign": {""},
    "adgroup": {"campaign"},
    "smart_ad": {"adgroup"},
    "ad": {"adgroup", "smart_ad"},
}
# What apply sends of an ad group and of an ad: nothing else may stand in a plan, as nobody would look at it.
OF_A_GROUP = {
    "budget_mode", "budget_minor", "schedule_type", "schedule_start_time", "schedule_end_time", "optimization_goal",
    "billing_event", "pacing", "bid_type", "bid_minor", "location_ids", "placement_type", "placements",
    "promotion_type", "pixel_id", "optimization_event", "store_id", "age_groups", "gender", "languages", "dayparting",
    *LISTS_OF_IDS,
}  # fmt: skip
OF_AN_AD = {
    "tiktok_item_id", "video_id", "cover_id", "ad_text", "dark_post_status", "identity_id", "identity_type",
    "identity_authorized_bc_id", "ad_format", "call_to_action", "landing_page_url",
}  # fmt: skip


class Tree:
    """A plan's objects with their parents. Raises KeyError where a parent is missing."""

    def __init__(self, content: dict[str, Any]) -> None:
        self.by_key: dict[str, dict[str, Any]] = {each["key"]: each for each in content["objects"]}
        self.ads = [each for each in content["objects"] if each["kind"] == "ad"]
        self.groups = [each for each in content["objects"] if each["kind"] == "adgroup"]
        self._by_item: dict[str, dict[str, Any]] = {
            each["item_id"]: each for each in self.ads if each["item_id"]
        }

    def above(self, thing: dict[str, Any], kind: str) -> dict[str, Any]:
        """The object of this kind that a thing stands in; itself if it is of the kind."""
        while thing["kind"] != kind:
            thing = self.by_key[thing["parent"]]
        return thing

    def keys_above(self, thing: dict[str, Any]) -> list[str]:
        """The keys of all that a thing stands in, the nearest first."""
        keys = []
        while thing["parent"]:
            keys.append(thing["parent"])
            thing = self.by_key[thing["parent"]]
        return keys

    def group(self, thing: dict[str, Any]) -> dict[str, Any]:
        return self.above(thing, "adgroup")

    def campaign(self, thing: dict[str, Any]) -> dict[str, Any]:
        return self.above(thing, "campaign")

    def is_smart(self, thing: dict[str, Any]) -> bool:
        """Whether it is of a Smart+ campaign."""
        return bool(self.campaign(thing)["type"] == CampaignType.SMART_PLUS)

    def objective(self, thing: dict[str, Any]) -> Objective:
        return OBJECTIVES[self.campaign(thing)["objective"]]

    def ad_of(self, item_id: str) -> dict[str, Any]:
        """The ad of a post: there is one. Raises KeyError without."""
        return self._by_item[item_id]


class HasContent(Protocol):
    digest: str
    content: dict[str, Any]


def tree_of(plan: HasContent) -> Tree:
    """The tree of a stored plan, made once for each content."""
    kept: tuple[str, Tree] | None = plan.__dict__.get("_tree")
    if kept is None or kept[0] != plan.digest:
        kept = plan.__dict__["_tree"] = (plan.digest, Tree(plan.content))
    return kept[1]


@dataclass(frozen=True, slots=True)
class Figures:
    """What a plan comes to. most_minor : see `most_minor`; days : see `flight_days`; end : see `last_end`"""

    most_minor: int
    days: int
    end: datetime


MOST_FIGURES = 64  # plans whose figures are kept; a large one takes long to add up
_figures: dict[tuple[str, str], Figures] = {}


def figures_of(plan: HasContent, *, zone: str) -> Figures:
    """A stored plan's figures, which are those of its digest for ever. zone : the ad account's"""
    key = (plan.digest, zone)
    found = _figures.get(key)
    if found is None:
        found = Figures(
            most_minor=most_minor(plan.content, zone=zone),
            days=flight_days(plan.content, zone=zone),
            end=last_end(plan.content),
        )
        if len(_figures) >= MOST_FIGURES:
            _figures.pop(next(iter(_figures)), None)
        _figures[key] = found
    return found


def ads(content: dict[str, Any]) -> list[dict[str, Any]]:
    """The ads of posts and of uploads."""
    return [thing for thing in content["objects"] if thing["kind"] == "ad"]


def subject_of(ad: dict[str, Any]) -> str:
    """What an ad shows: its post's id, or "video " and the id of the video that was uploaded."""
    return str(ad["item_id"] or f"video {ad['payload']['video_id']}")


def group_of(content: dict[str, Any], item_id: str) -> dict[str, Any]:
    """The ad group of a post's ad."""
    tree = Tree(content)
    return tree.group(tree.ad_of(item_id))


def instant(wire: str) -> datetime:
    """A plan's time ("2026-03-02 00:00:00", UTC) as an instant."""
    return datetime.strptime(wire, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)


def as_shown(tree: Tree, item_id: str, *, caption: str) -> dict[str, Any]:
    """One post's ad as its creator is shown it before it runs: what it says, where it leads, where and when it runs."""
    ad = tree.ad_of(item_id)
    group = tree.group(ad)
    return {
        "item_id": item_id,
        "caption": caption,
        "ad_name": ad["name"],
        "call_to_action": ad["payload"]["call_to_action"],
        "landing_page": ad["payload"].get("landing_page_url", ""),
        "countries": list(group["countries"]),
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
        LookupError, TypeError, ValueError, AttributeError, StopIteration, ArithmeticError
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
    ours = (each for each in content["objects"] if not each.get("existing"))
    if any(content["token"] not in thing["name"] for thing in ours):
        raise ValueError("a name lacks the plan's token, so the object could not be found again")


def _check_texts(content: dict[str, Any]) -> None:
    """What is listed is a list of texts: the countries that rights are checked for, and the notes."""
    groups = [each for each in content["objects"] if each["kind"] == "adgroup"]
    for field, told in (
        ("countries", content["countries"]),
        ("notes", content["notes"]),
        *(("countries", group["countries"]) for group in groups),
    ):
        if type(told) is not list or not all(type(each) is str for each in told):
            raise ValueError(f"its {field} are no list of texts")
    if not content["countries"]:
        raise ValueError("it has no country")
    if {code for group in groups for code in group["countries"]} != set(content["countries"]):
        raise ValueError("its countries are not those of its ad groups")


def _is_text(value: object, longest: int) -> bool:
    return isinstance(value, str) and 0 < len(value) <= longest


def _check_tree(content: dict[str, Any]) -> None:
    """Campaigns; in each its ad groups; in each its ads, those of Smart+ under one Smart+ ad. Parents come first."""
    if content["objects"][0]["kind"] != "campaign":
        raise ValueError("it does not start with its campaign")
    tree, seen = Tree(content), set()
    for thing in content["objects"]:
        if thing["kind"] not in PARENTS or (thing["parent"] and thing["parent"] not in seen):
            raise ValueError("an object is of no kind, or stands before what it belongs to")
        if (tree.by_key[thing["parent"]]["kind"] if thing["parent"] else "") not in PARENTS[
            thing["kind"]
        ]:
            raise ValueError(f"the {thing['kind']} {thing['key']} is not where it belongs")
        seen.add(thing["key"])
        CHECKS[thing["kind"]](tree, thing)
    children: dict[str, int] = {}
    for thing in content["objects"]:
        children[thing["parent"]] = children.get(thing["parent"], 0) + 1
    if any(
        thing["kind"] != "ad" and not children.get(thing["key"]) for thing in content["objects"]
    ):
        raise ValueError("a campaign or an ad group has no ads")
    if len(tree.ads) > rules.MAX_ADS:
        raise ValueError(f"it has more than {rules.MAX_ADS:,} ads")
    shown = [subject_of(ad) for ad in tree.ads]
    if len(set(shown)) != len(shown):
        # Checks and a creator's approval are of a post's one ad.
        raise ValueError("a post or a video appears twice")
    for group in tree.groups:
        _check_posts_of_group(tree, group)


def _check_campaign(_tree: Tree, campaign: dict[str, Any]) -> None:
    objective, kind = OBJECTIVES[campaign["objective"]], CampaignType(campaign["type"])
    if kind not in objective.types:
        raise ValueError("a campaign's type does not fit its objective")
    if campaign["payload"] != campaign_payload(objective, kind):
        raise ValueError("its campaign does not match its objective")
    _check_existing(campaign)
    if campaign["existing"] and kind is CampaignType.SMART_PLUS:
        raise ValueError("a Smart+ campaign is not a new one")


def _check_existing(thing: dict[str, Any]) -> None:
    if thing["existing"] != "" and not re.fullmatch(r"\d{1,32}", thing["existing"]):
        raise ValueError("the id of what exists already is none")


def _check_smart_ad(tree: Tree, smart: dict[str, Any]) -> None:
    group = tree.by_key[smart["parent"]]
    if CampaignType(tree.campaign(group)["type"]) is not CampaignType.SMART_PLUS:
        raise ValueError("a Smart+ ad is not in a Smart+ campaign")
    if smart["payload"] != {}:
        raise ValueError("a Smart+ ad says more than its posts")


def _check_posts_of_group(tree: Tree, group: dict[str, Any]) -> None:
    mine = [ad for ad in tree.ads if ad["parent"] == group["key"]]
    smart = [
        each
        for each in tree.by_key.values()
        if each["kind"] == "smart_ad" and each["parent"] == group["key"]
    ]
    is_smart = CampaignType(tree.campaign(group)["type"]) is CampaignType.SMART_PLUS
    if is_smart != bool(smart) or len(smart) > 1 or (is_smart and mine):
        raise ValueError("an ad group of a Smart+ campaign does not have its one ad")
    if is_smart:
        mine = [ad for ad in tree.ads if ad["parent"] == smart[0]["key"]]
    most = MAX_SMART_POSTS if is_smart else rules.MAX_ADS_IN_GROUP
    if len(mine) > most:
        raise ValueError(f"an ad group has more than {most} ads")
    if is_smart and len({ad["payload"].get("landing_page_url") for ad in mine}) > 1:
        raise ValueError("the posts of a Smart+ ad lead to different pages")
    one = mine[0]["item_id"] if len(mine) == 1 else ""
    if group["item_id"] != one:
        raise ValueError("an ad uses a different post from the one that was checked")


def _check_ad(tree: Tree, ad: dict[str, Any]) -> None:
    payload = ad["payload"]
    if ad["item_id"] != payload.get("tiktok_item_id", ""):
        raise ValueError("an ad uses a different post from the one that was checked")
    if not ad["item_id"]:
        _check_upload(tree, payload)
    if payload["call_to_action"] not in CALLS_TO_ACTION:
        raise ValueError("an ad's call to action is none of TikTok's")
    if payload["ad_format"] not in AD_FORMATS:
        raise ValueError("an ad's format is not one of Spark Ads")
    if not all(_is_text(payload[name], MAX_ID) for name in ("identity_id", "identity_type")):
        raise ValueError("an ad has no identity")
    center = payload.get("identity_authorized_bc_id")
    if center is not None and not _is_text(center, MAX_ID):
        raise ValueError("an ad's business center is no id")
    if unknown := set(payload) - OF_AN_AD:
        raise ValueError(f"an ad says {min(unknown)}, which is not sent")
    if not tree.objective(ad).wants_landing_page:
        if "landing_page_url" in payload:
            raise ValueError("an ad has a landing page, which its objective has not")
        return
    page = payload["landing_page_url"]
    if not _is_text(page, MAX_URL) or not page.startswith("https://"):
        raise ValueError(f"a landing page is no https address of at most {MAX_URL} characters")


def _check_upload(tree: Tree, payload: dict[str, Any]) -> None:
    if not all(_is_text(payload.get(name), MAX_ID) for name in ("video_id", "cover_id")):
        raise ValueError("an ad has neither a post nor a video with its cover")
    if payload["dark_post_status"] not in {"ON", "OFF"} or payload["ad_format"] != "SINGLE_VIDEO":
        raise ValueError("an upload does not say whether it is ads-only, or is no video")
    if not _is_text(payload["ad_text"], rules.MAX_AD_TEXT):
        raise ValueError(f"the text of an upload is not of 1 to {rules.MAX_AD_TEXT} characters")


def _check_group(tree: Tree, group: dict[str, Any]) -> None:
    payload, objective = group["payload"], tree.objective(group)
    _check_existing(group)
    if group["existing"] and not tree.campaign(group)["existing"]:
        raise ValueError("an ad group that exists is in a campaign that does not")
    if payload["budget_mode"] != "BUDGET_MODE_DAY":
        raise ValueError("an ad group has no daily budget")
    goal = next(
        (each for each in objective.goals.values() if each.wire == payload["optimization_goal"]),
        None,
    )
    told = (payload["billing_event"], payload.get("promotion_type"))
    if goal is None or told != (goal.billing_event, objective.promotion_type):
        raise ValueError("an ad group does not match the plan's objective")
    has_event = payload.get("optimization_event") in EVENTS and _is_text(
        payload.get("pixel_id"), MAX_ID
    )
    if has_event != goal.wants_event or (
        not has_event and {"pixel_id", "optimization_event"} & set(payload)
    ):
        raise ValueError("an ad group's pixel and event do not fit its goal")
    if any(payload.get(name) != value for name, value in objective.group.items()) or (
        _is_text(payload.get("store_id"), MAX_ID) != objective.wants_store
    ):
        raise ValueError("an ad group does not match the plan's objective")
    if unknown := set(payload) - OF_A_GROUP - set(objective.group):
        raise ValueError(f"an ad group says {min(unknown)}, which is not sent")
    _check_audience(payload)
    _check_end(group)
    places = payload["location_ids"]
    if type(places) is not list or not all(_is_text(each, MAX_ID) for each in places):
        raise ValueError("an ad group's locations are no list of ids")
    outside = rules.countries_beside(payload["location_ids"], group["countries"])
    if outside or not payload["location_ids"]:
        raise ValueError(
            f"an ad group targets {', '.join(outside) or 'no country'}, unlike the plan"
        )


def _check_audience(payload: dict[str, Any]) -> None:
    """Whom it is shown to is as a person could have asked for."""
    known: dict[str, set[str]] = {
        "age_groups": set(AGES.values()),
        "gender": set(GENDERS.values()),
    }
    for name in ("age_groups", "languages", *LISTS_OF_IDS):
        told = payload.get(name, [])
        if type(told) is not list or not all(_is_text(each, MAX_ID) for each in told):
            raise ValueError(f"an ad group's {name} are no list of texts")
        if name in known and not set(told) <= known[name]:
            raise ValueError(f"an ad group's {name} are none of TikTok's")
    if payload.get("gender", "GENDER_UNLIMITED") not in known["gender"]:
        raise ValueError("an ad group's gender is none of TikTok's")
    dayparting(payload.get("dayparting", ""))  # ValueError: says what is wrong
    bid = payload.get("bid_minor")
    if bid is not None and (type(bid) is not int or bid <= 0):
        raise ValueError("a bid is not a whole number of minor units above zero")
    if payload["bid_type"] != ("BID_TYPE_NO_BID" if bid is None else "BID_TYPE_CUSTOM"):
        raise ValueError("an ad group's bid does not fit its way of bidding")


def _check_end(group: dict[str, Any]) -> None:
    """A flight that a permission cuts short may be set out again up to its own end, and no further."""
    start = instant(group["payload"]["schedule_start_time"])
    cut, end = instant(group["payload"]["schedule_end_time"]), instant(group["flight_end"])
    longest = LONGEST_EXISTING if group["existing"] else timedelta(days=rules.MAX_DAYS)
    if start.year not in rules.YEARS or not start < end <= start + longest:
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


CHECKS = {
    "campaign": _check_campaign,
    "adgroup": _check_group,
    "smart_ad": _check_smart_ad,
    "ad": _check_ad,
}
