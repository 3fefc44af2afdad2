"""What a launch consists of: specification in, plan out. Pure; nothing here sends anything."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from kindling.agreements.rights.rules import PaidWindow
from kindling.errors import InvalidInputError
from kindling.kit.money import from_minor
from kindling.launches.planning.audience import EVERYBODY, Audience
from kindling.launches.planning.objectives import (
    CALLS_TO_ACTION,
    EVENTS,
    MAX_SMART_POSTS,
    OBJECTIVES,
    TYPE_LABELS,
    CampaignType,
    Goal,
    Objective,
)

SCHEMA = "kindling.plan/2"


# Minimum daily budgets in the account's currency, USD or about it. Source: R53.
MIN_CAMPAIGN_MINOR = 5_000
MIN_ADGROUP_MINOR = 2_000
MAX_ADS = 1_000  # of a plan
# Of an ad group. Source: TikTok's limits of an ad account, not verified.
MAX_ADS_IN_GROUP = 50
MAX_DAYS = 365
MAX_AD_TEXT = 100  # reference tiktok-api §8.3
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


@dataclass(frozen=True, slots=True)
class Upload:
    """An ad of an uploaded video: the brand publishes it as `handle` once TikTok has approved it.

    video_id : of a video that was uploaded to the ad account; text : the caption
    is_ads_only : it shows in ads only, not on the profile
    """

    video_id: str
    handle: str
    text: str
    is_ads_only: bool = True
    sku: str = ""
    landing_url: str = ""


@dataclass(frozen=True, slots=True)
class Spec:
    """One campaign of a plan, as a person wants it. `name`, `brand` and `market` are the plan's.

    daily_budget_minor : per ad group, in the ad account's currency; one ad group per post, unless `together`
    locations : TikTok location ids; `countries` the codes they stand for, for territory checks
    audience : a word for the names; `viewers` is whom the ads are shown to
    goal : a key of the objective's goals, "" for the usual one
    campaign_id, adgroup_id : of TikTok's, where ads are added to what exists; "" makes new ones
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
    type: CampaignType = CampaignType.MANUAL
    goal: str = ""
    pixel_id: str = ""
    event: str = ""
    store_id: str = ""
    bid_minor: int | None = None
    viewers: Audience = EVERYBODY
    together: bool = False
    uploads: tuple[Upload, ...] = ()
    campaign_id: str = ""
    adgroup_id: str = ""

    @property
    def its_objective(self) -> Objective:
        return OBJECTIVES[self.objective]

    @property
    def its_goal(self) -> Goal:
        return self.its_objective.goals[self.goal or self.its_objective.usual_goal]

    @property
    def is_one_group(self) -> bool:
        """Whether all its ads stand in one ad group, with one budget."""
        return self.together or bool(self.adgroup_id) or self.type is CampaignType.SMART_PLUS


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
    use_case: str = ""
    angle: str = ""
    hook: str = ""
    offer: str = ""


@dataclass(frozen=True, slots=True)
class UploadToLaunch:
    """An uploaded video as the plan needs it: its files at TikTok, and whose account publishes it."""

    wish: Upload
    cover_id: str
    seconds: float | None
    identity_id: str
    identity_type: str
    business_center_id: str
    landing_url: str


@dataclass(frozen=True, slots=True)
class ExistingGroup:
    """An ad group at TikTok to which ads are added, as it was when the plan was made."""

    adgroup_id: str
    name: str
    budget_minor: int
    starts_at: datetime
    ends_at: datetime
    location_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Existing:
    """A campaign at TikTok to which ad groups are added, or ads to one ad group of it."""

    campaign_id: str
    name: str
    group: ExistingGroup | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One campaign of a plan with all that it is built of."""

    spec: Spec
    posts: tuple[PostToLaunch, ...]
    uploads: tuple[UploadToLaunch, ...] = ()
    existing: Existing | None = None


@dataclass(frozen=True, slots=True)
class PlannedObjectType:
    """One campaign, ad group, Smart+ ad or ad of a plan.

    item_id : of an ad its post, "" for an upload; of an ad group its post where it has just one
    more : further facts of a campaign (objective, type, existing) or an ad group (flight_end: when the plan itself
        ends it, as TikTok writes times; ends_first: the clock (`ClockName`) of a post that ends it before that;
        countries; existing)
    """

    key: str
    kind: str
    name: str
    payload: dict[str, Any]
    parent: str = ""
    item_id: str = ""
    more: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "kind": self.kind,
            "parent": self.parent,
            "name": self.name,
            "item_id": self.item_id,
            "payload": self.payload,
            **self.more,
        }


@dataclass(frozen=True, slots=True)
class PlanContent:
    """A plan as data: what `kindling plan` writes, what a person reads, what apply sends."""

    token: str
    name: str
    advertiser_id: str
    currency: str
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


def check_specs(specs: Sequence[Spec], *, now: datetime) -> None:
    """Raise InvalidInputError for a wish that no plan can fulfil, naming the field and what fits."""
    for spec in specs:
        check_spec(spec, now=now)
    item_ids = [item_id for spec in specs for item_id in spec.item_ids]
    count = len(item_ids) + sum(len(spec.uploads) for spec in specs)
    if count > MAX_ADS:
        raise InvalidInputError(
            f"{count:,} ads are too many for one plan.",
            next_step=f"Split it into plans of at most {MAX_ADS:,} ads.",
            field="posts",
        )
    if len(set(item_ids)) != len(item_ids):
        # Checks, caps and a creator's approval are of a post's one ad.
        raise InvalidInputError(
            "A post is in the plan twice.", next_step="Add each post once.", field="posts"
        )
    videos = [each.video_id for spec in specs for each in spec.uploads]
    if len(set(videos)) != len(videos):
        raise InvalidInputError(
            "A video is in the plan twice.", next_step="Add each video once.", field="uploads"
        )


def check_spec(spec: Spec, *, now: datetime) -> None:
    """`check_specs` for one campaign alone."""
    if spec.objective not in OBJECTIVES:
        raise InvalidInputError(
            f"{spec.objective!r} is not an objective.",
            next_step=f"Use one of {', '.join(OBJECTIVES)}.",
            field="objective",
        )
    _check_type(spec)
    _check_goal(spec)
    if not spec.item_ids and not spec.uploads:
        raise InvalidInputError(
            "The plan has no posts.",
            next_step="Select at least one post in Inventory.",
            field="posts",
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
    if problem := spec.viewers.problem():
        name, words, step = problem
        raise InvalidInputError(words, next_step=step, field=name)
    for upload in spec.uploads:
        _check_upload(upload)
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


def _check_type(spec: Spec) -> None:
    objective, label = spec.its_objective, TYPE_LABELS[spec.type]
    if spec.type not in objective.types:
        fits = [key for key, each in OBJECTIVES.items() if spec.type in each.types]
        raise InvalidInputError(
            f"A {label} campaign cannot have the objective {objective.label.lower()}.",
            next_step=f"Use {' or '.join(fits)}, or a manual campaign.",
            field="type",
        )
    if spec.type is CampaignType.SMART_PLUS:
        if spec.uploads:
            raise InvalidInputError(
                "A Smart+ campaign takes posts here, no uploads.",
                next_step="Plan the uploads in a manual campaign.",
                field="uploads",
            )
        if spec.campaign_id or spec.adgroup_id:
            raise InvalidInputError(
                "A Smart+ ad is planned with a campaign of its own.",
                next_step="Leave out campaign_id and adgroup_id.",
                field="campaign_id",
            )
        if len(spec.item_ids) > MAX_SMART_POSTS:
            raise InvalidInputError(
                f"{len(spec.item_ids)} posts are too many for one Smart+ ad.",
                next_step=f"Use at most {MAX_SMART_POSTS}.",
                field="posts",
            )
    if spec.adgroup_id and not spec.campaign_id:
        raise InvalidInputError(
            "An ad group was given without its campaign.",
            next_step="Give campaign_id too.",
            field="campaign_id",
        )
    if spec.is_one_group and len(spec.item_ids) + len(spec.uploads) > MAX_ADS_IN_GROUP:
        raise InvalidInputError(
            f"{len(spec.item_ids) + len(spec.uploads)} ads are too many for one ad group.",
            next_step=f"Use at most {MAX_ADS_IN_GROUP}, or an ad group for each post.",
            field="posts",
        )


def _check_goal(spec: Spec) -> None:
    objective = spec.its_objective
    if spec.goal and spec.goal not in objective.goals:
        raise InvalidInputError(
            f"{spec.goal!r} is not a goal of {objective.label.lower()}.",
            next_step=f"Use one of {', '.join(objective.goals)}.",
            field="goal",
        )
    if spec.its_goal.wants_event and not spec.pixel_id:
        raise InvalidInputError(
            f"The goal {spec.its_goal.label.lower()} needs a pixel.",
            next_step="Give the pixel's id.",
            field="pixel_id",
        )
    if spec.its_goal.wants_event and spec.event not in EVENTS:
        raise InvalidInputError(
            f"{spec.event!r} is not an event of a pixel."
            if spec.event
            else f"The goal {spec.its_goal.label.lower()} needs an event of the pixel.",
            next_step=f"Use one of {', '.join(EVENTS)}.",
            field="event",
        )
    if not spec.its_goal.wants_event and (spec.pixel_id or spec.event):
        raise InvalidInputError(
            f"The goal {spec.its_goal.label.lower()} takes no pixel and no event.",
            next_step="Leave both out, or choose the objective conversions.",
            field="pixel_id",
        )
    if objective.wants_store != bool(spec.store_id):
        raise InvalidInputError(
            f"{objective.label} needs the id of a TikTok Shop."
            if objective.wants_store
            else f"{objective.label} takes no TikTok Shop.",
            next_step="Give store_id." if objective.wants_store else "Leave out store_id.",
            field="store_id",
        )
    if spec.bid_minor is not None and spec.bid_minor <= 0:
        raise InvalidInputError(
            "The bid must be above zero.",
            next_step="Enter a bid, or leave it empty: TikTok then bids by itself.",
            field="bid",
        )


def _check_upload(upload: Upload) -> None:
    words = upload.text.strip()
    if not 1 <= len(words) <= MAX_AD_TEXT:
        raise InvalidInputError(
            "The text of an upload must have 1 to 100 characters.",
            next_step="Correct the text.",
            field="uploads",
        )
    if any(ord(character) > 0xFFFF for character in words):
        raise InvalidInputError(
            "TikTok refuses emoji in the text of an upload.",
            next_step="Remove them.",
            field="uploads",
        )


def flight_end(spec: Spec, windows: Iterable[PaidWindow | None]) -> datetime:
    """When an ad group with posts of these windows stops: the flight's end, never past one of them (R59)."""
    cut = cut_by(spec, windows)
    return cut.ends_at if cut else planned_end(spec)


def cut_by(spec: Spec, windows: Iterable[PaidWindow | None]) -> PaidWindow | None:
    """The paid window that ends the flight before the plan does; of several the earliest."""
    known = [window for window in windows if window is not None]
    first = min(known, key=lambda window: window.ends_at, default=None)
    return first if first and first.ends_at < planned_end(spec) else None


def planned_end(spec: Spec) -> datetime:
    """When the plan itself ends a flight, whatever the posts' clocks say."""
    return spec.starts_at + timedelta(days=spec.days)
