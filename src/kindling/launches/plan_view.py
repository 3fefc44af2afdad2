"""A plan as a person reads it: its campaigns and ads, with what became of each. A page shows some of many ads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, When

from kindling.agreements.rights.rules import ClockName
from kindling.kit.money import Money
from kindling.launches import rules
from kindling.launches.models import EndChange, Plan, PlannedObject
from kindling.launches.planning import content as contents
from kindling.launches.planning import naming
from kindling.launches.planning.audience import audience_words
from kindling.launches.planning.objectives import EVENTS, OBJECTIVES, TYPE_LABELS, CampaignType
from kindling.posts.models import Post

MOST_OBJECTS = 100  # rows of what became of a plan, on its page


@dataclass(frozen=True, slots=True)
class PlannedCampaign:
    """One campaign of a plan as a person reads it. budget : a day, of all its ad groups

    ads : those of its ads that are shown, of `ad_count`
    """

    number: int
    name: str
    objective: str
    type: str
    goal: str
    existing: str
    budget: Money
    is_together: bool
    audience: list[str]
    ad_count: int
    ads: list[PlannedAd]


@dataclass(frozen=True, slots=True)
class PlannedAd:
    """One post of a plan as a person reads it, with what became of its ad group and ad."""

    ad: PlannedObject
    group: PlannedObject
    post: Post | None
    budget: Money
    starts_at: datetime
    ends_at: datetime
    ends_first: str
    end_changes: list[EndChange]
    name_parts: dict[str, str]
    checks: list[dict[str, Any]]
    creator_answer: rules.CreatorAnswer | None
    """The creator's, where the agreement lets them approve the ad."""

    @property
    def landing_url(self) -> str:
        return str(self.ad.payload.get("landing_page_url", ""))

    @property
    def subject(self) -> str:
        """The post's id, or that of the video that was uploaded."""
        return str(self.ad.payload.get("tiktok_item_id") or self.ad.payload["video_id"])

    @property
    def caption(self) -> str:
        """What the ad says: the post's caption, or the upload's text."""
        return self.post.caption if self.post else str(self.ad.payload.get("ad_text", ""))

    @property
    def handle(self) -> str:
        """Whose account the ad appears as; "" where its post is no longer known."""
        return self.post.creator.handle if self.post else self.name_parts.get("creator", "")

    @property
    def blocking(self) -> list[dict[str, Any]]:
        return [
            each for each in self.checks if each["level"] == "block" and each["verdict"] != "pass"
        ]

    @property
    def warnings(self) -> list[dict[str, Any]]:
        return [
            each for each in self.checks if each["level"] == "warn" and each["verdict"] != "pass"
        ]


def planned_ads(
    plan: Plan, things: Sequence[dict[str, Any]], answers: Mapping[str, rules.CreatorAnswer]
) -> list[PlannedAd]:
    """Ads of the plan in this order, with what is kept of each. things : of the plan's content"""
    tree = contents.tree_of(plan)
    groups = {ad["key"]: tree.group(ad) for ad in things}
    keys = {*groups, *(group["key"] for group in groups.values())}
    rows = plan.objects_planned.filter(key__in=keys)
    by_key = {
        row.key: row for row in rows.select_related("post__creator").prefetch_related("end_changes")
    }
    shown = {contents.subject_of(ad) for ad in things}
    checks: dict[str, list[dict[str, Any]]] = {}
    for each in plan.checks:
        if each["item_id"] in shown:
            checks.setdefault(each["item_id"], []).append(each)
    return [
        _planned_ad(
            plan,
            by_key[ad["key"]],
            by_key[groups[ad["key"]]["key"]],
            ends_first=groups[ad["key"]]["ends_first"],
            checks=checks.get(contents.subject_of(ad), []),
            answer=answers.get(ad["item_id"]),
        )
        for ad in things
    ]


def _planned_ad(
    plan: Plan,
    ad: PlannedObject,
    group: PlannedObject,
    *,
    ends_first: str,
    checks: list[dict[str, Any]],
    answer: rules.CreatorAnswer | None,
) -> PlannedAd:
    parts = naming.parse(ad.name, naming.AD_FIELDS) or {"name": ad.name}
    return PlannedAd(
        ad=ad,
        group=group,
        post=ad.post,
        budget=Money(group.payload["budget_minor"], plan.currency),
        starts_at=contents.instant(group.payload["schedule_start_time"]),
        ends_at=contents.instant(group.payload["schedule_end_time"]),
        ends_first=ClockName(ends_first).label if ends_first else "",
        end_changes=list(group.end_changes.all()),
        name_parts={key: text for key, text in parts.items() if text != naming.NONE},
        checks=checks,
        creator_answer=answer,
    )


def campaigns_of(plan: Plan, ads: list[PlannedAd]) -> list[PlannedCampaign]:
    """The campaigns of these ads in the plan's order."""
    tree = contents.tree_of(plan)
    groups: dict[str, list[dict[str, Any]]] = {}
    for group in tree.groups:
        groups.setdefault(group["parent"], []).append(group)
    counts = Counter(tree.campaign(ad)["key"] for ad in tree.ads)
    mine: dict[str, list[PlannedAd]] = {}
    for ad in ads:
        mine.setdefault(tree.campaign(tree.by_key[ad.ad.key])["key"], []).append(ad)
    things = [each for each in plan.content["objects"] if each["kind"] == "campaign"]
    return [
        _planned_campaign(
            plan, number, thing, groups[thing["key"]], mine[thing["key"]], counts[thing["key"]]
        )
        for number, thing in enumerate(things, start=1)
        if thing["key"] in mine
    ]


def _planned_campaign(
    plan: Plan,
    number: int,
    thing: dict[str, Any],
    groups: list[dict[str, Any]],
    ads: list[PlannedAd],
    count: int,
) -> PlannedCampaign:
    objective, first = OBJECTIVES[thing["objective"]], groups[0]["payload"]
    goal = next(
        each for each in objective.goals.values() if each.wire == first["optimization_goal"]
    )
    event = EVENTS.get(first.get("optimization_event", ""), "")
    return PlannedCampaign(
        number=number,
        name=thing["name"],
        objective=objective.label,
        type=TYPE_LABELS[CampaignType(thing["type"])],
        goal=f"{goal.label}: {event}" if event else goal.label,
        existing=thing["existing"],
        budget=Money(sum(each["payload"]["budget_minor"] for each in groups), plan.currency),
        is_together=len(groups) < count,
        audience=audience_words(first),
        ad_count=count,
        ads=ads,
    )


def objects_to_show(plan: Plan) -> list[PlannedObject]:
    """What became of the plan's objects: all of a small plan, of a large one what is not switched on first."""
    rows = plan.objects_planned.select_related("post__creator")
    is_on = Case(When(state=PlannedObject.State.ENABLED, then=1), default=0)
    if plan.objects_planned.count() <= MOST_OBJECTS:
        return list(rows)
    return list(rows.order_by(is_on, "position")[:MOST_OBJECTS])


def blocked_and_warned(plan: Plan) -> tuple[int, int]:
    """How many ads of the plan are blocked, and how many have a warning, by the checks that are kept with it."""
    blocked, warned = set[str](), set[str]()
    for each in plan.checks:
        if each["verdict"] != "pass":
            (blocked if each["level"] == "block" else warned).add(each["item_id"])
    return len(blocked), len(warned)
