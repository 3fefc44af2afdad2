"""What a launch consists of: specification in, plan out. Pure; nothing here sends anything."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from kindling.agreements.rights.rules import PaidWindow
from kindling.errors import InvalidInputError
from kindling.kit.money import from_minor
from kindling.launches.planning import naming, utm

SCHEMA = "kindling.plan/1"


@dataclass(frozen=True, slots=True)
class Objective:
    """How an objective is told to TikTok. Source: reference tiktok-api §8.1, §8.2."""

    wire: str
    optimization_goal: str
    billing_event: str
    promotion_type: str | None
    wants_landing_page: bool
    label: str


OBJECTIVES = {
    "traffic": Objective("TRAFFIC", "CLICK", "CPC", "WEBSITE", True, "Traffic"),
    "reach": Objective("REACH", "REACH", "CPM", None, False, "Reach"),
    "video_views": Objective("VIDEO_VIEWS", "ENGAGED_VIEW", "CPV", None, False, "Video views"),
    "engagement": Objective(
        "ENGAGEMENT", "PAGE_VISIT", "OCPM", None, False, "Community interaction"
    ),
}

# Minimum daily budgets in the account's currency, USD or about it. Source: R53.
MIN_CAMPAIGN_MINOR = 5_000
MIN_ADGROUP_MINOR = 2_000
MAX_POSTS = 50
MAX_DAYS = 365
YEARS = range(2000, 2101)  # of a start: times near the calendar's ends cannot be told in every zone
# TikTok's location ids of countries (GeoNames ids). Source: geonames.org country table; check others with
# TikTok's region tool. Any further id can be given under `locations`.
LOCATIONS = {
    "US": "6252001", "CA": "6251999", "GB": "2635167", "IE": "2963597", "DE": "2921044", "AT": "2782113",
    "CH": "2658434", "FR": "3017382", "ES": "2510769", "IT": "3175395", "NL": "2750405", "BE": "2802361",
    "SE": "2661886", "NO": "3144096", "DK": "2623032", "PL": "798544", "PT": "2264397", "MX": "3996063",
    "BR": "3469034", "AU": "2077456", "NZ": "2186224", "JP": "1861060", "SG": "1880251", "MY": "1733045",
    "TH": "1605651", "VN": "1562822", "PH": "1694008", "ID": "1643084",
}  # fmt: skip
CALLS_TO_ACTION = (
    "LEARN_MORE", "SHOP_NOW", "VIEW_NOW", "ORDER_NOW", "SIGN_UP", "DOWNLOAD_NOW", "CONTACT_US", "APPLY_NOW",
    "BOOK_NOW", "WATCH_NOW", "READ_MORE", "GET_QUOTE", "SUBSCRIBE", "VISIT_STORE", "PREORDER_NOW",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Spec:
    """What a person wants. One ad group per post, so that budget and end date are the post's own.

    daily_budget_minor : per ad group, in the ad account's currency
    locations : TikTok location ids; `countries` the codes they stand for, for territory checks
    """

    name: str
    objective: str
    item_ids: tuple[str, ...]
    daily_budget_minor: int
    starts_at: datetime
    days: int
    locations: tuple[str, ...]
    countries: tuple[str, ...]
    brand: str
    market: str
    call_to_action: str = "SHOP_NOW"
    landing_url: str = ""
    strategy: str = "test"
    audience: str = "broad"


@dataclass(frozen=True, slots=True)
class PostToLaunch:
    """A post as the plan needs it: its identity in the ad account, and how long it may be paid for."""

    item_id: str
    item_type: str
    handle: str
    sku: str
    landing_url: str
    identity_id: str
    identity_type: str
    business_center_id: str
    duration_seconds: float | None
    window: PaidWindow | None


@dataclass(frozen=True, slots=True)
class PlannedObjectType:
    """One campaign, ad group or ad of a plan.

    flight_end : of an ad group, when the plan itself ends it, as TikTok writes times
    ends_first : of an ad group that ends before that, the clock (`ClockName`) of its post that decides
    """

    key: str
    kind: str
    name: str
    payload: dict[str, Any]
    parent: str = ""
    item_id: str = ""
    flight_end: str = ""
    ends_first: str = ""

    def to_json(self) -> dict[str, Any]:
        told: dict[str, Any] = {
            "key": self.key,
            "kind": self.kind,
            "parent": self.parent,
            "name": self.name,
            "item_id": self.item_id,
            "payload": self.payload,
        }
        if self.kind == "adgroup":
            told |= {"flight_end": self.flight_end, "ends_first": self.ends_first}
        return told


@dataclass(frozen=True, slots=True)
class PlanContent:
    """A plan as data: what `kindling plan` writes, what a person reads, what apply sends."""

    token: str
    name: str
    advertiser_id: str
    currency: str
    objective: str
    countries: tuple[str, ...]
    daily_budget_minor: int
    things: tuple[PlannedObjectType, ...]
    notes: tuple[str, ...] = field(default=())

    def to_json(self) -> dict[str, Any]:
        return {
            "schema": SCHEMA,
            "token": self.token,
            "name": self.name,
            "advertiser_id": self.advertiser_id,
            "currency": self.currency,
            "objective": self.objective,
            "countries": list(self.countries),
            "daily_budget": str(from_minor(self.daily_budget_minor, self.currency)),
            "daily_budget_minor": self.daily_budget_minor,
            "objects": [thing.to_json() for thing in self.things],
            "notes": list(self.notes),
        }


def digest(content: dict[str, Any]) -> str:
    """Fingerprint of a plan's content: the same plan always has the same one."""
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


class CreatorAnswer(StrEnum):
    """What the creator said of an ad that an agreement lets them approve."""

    NOT_ASKED = "not_asked"
    ASKED = "asked"
    APPROVED = "approved"
    REFUSED = "refused"
    CHANGED = "changed"


def answer_of(*, was_shown: str | None, is_shown: str, is_approved: bool | None) -> CreatorAnswer:
    """The creator's answer as it counts now.

    was_shown, is_shown : the hash of the ad they were asked about last (None: never), and of the ad as it is
    """
    if was_shown is None:
        return CreatorAnswer.NOT_ASKED
    if was_shown != is_shown:
        return CreatorAnswer.CHANGED
    if is_approved is None:
        return CreatorAnswer.ASKED
    return CreatorAnswer.APPROVED if is_approved else CreatorAnswer.REFUSED


def countries_beside(locations: Iterable[str], countries: Iterable[str]) -> list[str]:
    """Countries that location ids stand for and `countries` leaves out, so that no territory check is missed."""
    named = set(countries)
    by_id = {location: code for code, location in LOCATIONS.items()}
    return sorted({by_id[each] for each in locations if each in by_id} - named)


def unknown_locations(locations: Iterable[str]) -> tuple[str, ...]:
    """The location ids of which the country is not on record: regions, cities and countries beyond `LOCATIONS`."""
    known = set(LOCATIONS.values())
    return tuple(sorted({each for each in locations if each not in known}))


def check_spec(spec: Spec, *, now: datetime) -> None:
    """Raise InvalidInputError for a wish that no plan can fulfil, naming the field and what fits."""
    if spec.objective not in OBJECTIVES:
        raise InvalidInputError(
            f"{spec.objective!r} is not an objective.",
            next_step=f"Use one of {', '.join(OBJECTIVES)}.",
            field="objective",
        )
    if not spec.item_ids:
        raise InvalidInputError(
            "The plan has no posts.",
            next_step="Select at least one post in Inventory.",
            field="posts",
        )
    if len(spec.item_ids) > MAX_POSTS:
        raise InvalidInputError(
            f"{len(spec.item_ids)} posts are too many for one plan.",
            next_step=f"Split it into plans of at most {MAX_POSTS} posts.",
            field="posts",
        )
    if len(set(spec.item_ids)) != len(spec.item_ids):
        raise InvalidInputError(
            "A post is in the plan twice.", next_step="Add each post once.", field="posts"
        )
    if spec.days < 1 or spec.days > MAX_DAYS:
        raise InvalidInputError(
            f"{spec.days} days is not a valid flight.",
            next_step=f"Enter 1 to {MAX_DAYS} days.",
            field="days",
        )
    if spec.daily_budget_minor <= 0:
        raise InvalidInputError(
            "The daily budget must be above zero.",
            next_step="Enter a daily budget per post.",
            field="daily_budget",
        )
    if spec.call_to_action not in CALLS_TO_ACTION:
        raise InvalidInputError(
            f"{spec.call_to_action!r} is not a call to action.",
            next_step=f"Use one of {', '.join(CALLS_TO_ACTION)}.",
            field="call_to_action",
        )
    if not spec.locations:
        raise InvalidInputError(
            "The plan has no country.", next_step="Choose at least one country.", field="countries"
        )
    if spec.starts_at < now - timedelta(hours=12):
        raise InvalidInputError(
            "The plan starts in the past.",
            next_step="TikTok accepts a start at most 12 hours in the past.",
        )
    if spec.starts_at.year not in YEARS:
        raise InvalidInputError(
            f"The plan starts in the year {spec.starts_at.year}.",
            next_step=f"Enter a start by {YEARS[-1]}.",
        )


def build(
    spec: Spec, posts: list[PostToLaunch], *, advertiser_id: str, currency: str, token: str
) -> PlanContent:
    """The campaign, ad groups and Spark Ads of a launch. Everything is created switched off (R60).

    An ad group ends with the flight or with the post's paid window, whichever is earlier (R59).
    Every name holds `token`, so that an object can be found again after a lost reply.
    """
    objective = OBJECTIVES[spec.objective]
    month = f"{spec.starts_at:%y%m}"
    campaign = PlannedObjectType(
        key="campaign",
        kind="campaign",
        name=naming.join(
            spec.brand,
            spec.market,
            spec.objective,
            spec.strategy,
            spec.audience,
            month,
            f"v1-{token}-0",
        ),
        payload=campaign_payload(objective),
    )
    things, notes = [campaign], []
    for number, post in enumerate(posts, start=1):
        if cut := _cut_by(spec, post):
            notes.append(
                f"@{post.handle} {post.item_id}: ends {cut.ends_at:%Y-%m-%d %H:%M} UTC, "
                f"ends first because of {cut.bound_by.label.lower()}."
            )
        things += _ad_group_and_ad(spec, objective, post, number=number, token=token)
    return PlanContent(
        token=token,
        name=spec.name,
        advertiser_id=advertiser_id,
        currency=currency,
        objective=spec.objective,
        countries=spec.countries,
        daily_budget_minor=spec.daily_budget_minor * len(posts),
        things=tuple(things),
        notes=tuple(notes),
    )


def campaign_payload(objective: Objective) -> dict[str, Any]:
    """What a campaign says besides its name: its money stands in its ad groups, each with its own end."""
    return {"objective_type": objective.wire, "budget_mode": "BUDGET_MODE_INFINITE"}


def flight_end(spec: Spec, post: PostToLaunch) -> datetime:
    """When the post's ad group stops: the flight's end, never past the paid window (R59)."""
    cut = _cut_by(spec, post)
    return cut.ends_at if cut else planned_end(spec)


def _cut_by(spec: Spec, post: PostToLaunch) -> PaidWindow | None:
    """The post's paid window when it ends the flight before the plan does."""
    return post.window if post.window and post.window.ends_at < planned_end(spec) else None


def planned_end(spec: Spec) -> datetime:
    """When the plan itself ends a flight, whatever the post's clocks say."""
    return spec.starts_at + timedelta(days=spec.days)


def _ad_group_and_ad(
    spec: Spec,
    objective: Objective,
    post: PostToLaunch,
    *,
    number: int,
    token: str,
) -> list[PlannedObjectType]:
    group_key, version = f"adgroup-{number}", f"v1-{token}-{number}"
    cut = _cut_by(spec, post)
    group_payload: dict[str, Any] = {
        "budget_mode": "BUDGET_MODE_DAY",
        "budget_minor": spec.daily_budget_minor,
        "schedule_type": "SCHEDULE_START_END",
        "schedule_start_time": _wire_time(spec.starts_at),
        "schedule_end_time": _wire_time(flight_end(spec, post)),
        "optimization_goal": objective.optimization_goal,
        "billing_event": objective.billing_event,
        "pacing": "PACING_MODE_SMOOTH",
        "bid_type": "BID_TYPE_NO_BID",
        "location_ids": list(spec.locations),
        "placement_type": "PLACEMENT_TYPE_NORMAL",
        "placements": ["PLACEMENT_TIKTOK"],
    }
    if objective.promotion_type:
        group_payload["promotion_type"] = objective.promotion_type
    ad_payload: dict[str, Any] = {
        "tiktok_item_id": post.item_id,
        "identity_id": post.identity_id,
        "identity_type": post.identity_type,
        "identity_authorized_bc_id": post.business_center_id or None,
        "ad_format": "CAROUSEL_ADS" if post.item_type == "CAROUSEL" else "SINGLE_VIDEO",
        "call_to_action": spec.call_to_action,
    }
    if objective.wants_landing_page:
        ad_payload["landing_page_url"] = _landing(spec, post)
    window_end = post.window.clock_ends_at.date() if post.window else None
    ad_name = naming.AdName(
        on=spec.starts_at.date(),
        brand=spec.brand,
        market=spec.market,
        sku=post.sku,
        creator=post.handle,
        item_id=post.item_id,
        rights_end=window_end,
        version=version,
        length_seconds=post.duration_seconds,
    )
    group_name = naming.join(
        spec.audience,
        objective.optimization_goal,
        "nobid",
        "tiktok",
        post.item_id[-6:],
        spec.strategy,
        version,
    )
    return [
        PlannedObjectType(
            group_key,
            "adgroup",
            group_name,
            group_payload,
            "campaign",
            post.item_id,
            flight_end=_wire_time(planned_end(spec)),
            ends_first=cut.bound_by if cut else "",
        ),
        PlannedObjectType(
            f"ad-{number}", "ad", ad_name.render(), ad_payload, group_key, post.item_id
        ),
    ]


def _landing(spec: Spec, post: PostToLaunch) -> str:
    base = spec.landing_url or post.landing_url
    try:
        return utm.landing_url(base, handle=post.handle, item_id=post.item_id, sku=post.sku)
    except ValueError as error:
        raise InvalidInputError(
            f"Post {post.item_id} of @{post.handle} has no landing page: {error}.",
            next_step="Add a landing page to the product, or one to the plan for all posts.",
        ) from None


def _wire_time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}"
