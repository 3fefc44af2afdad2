"""A plan as a person reads it: its campaigns and ads, with what became of each. No query grows with the ads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kindling.agreements.rights.rules import ClockName
from kindling.kit.money import Money
from kindling.launches import rules
from kindling.launches.models import EndChange, Plan, PlannedObject
from kindling.launches.planning import content as contents
from kindling.launches.planning import naming
from kindling.launches.planning.audience import audience_words
from kindling.launches.planning.objectives import EVENTS, OBJECTIVES, TYPE_LABELS, CampaignType
from kindling.posts.models import Post

Kind = PlannedObject.Kind


@dataclass(frozen=True, slots=True)
class PlannedCampaign:
    """One campaign of a plan as a person reads it, with its ads. budget : a day, of all its ad groups"""

    number: int
    name: str
    objective: str
    type: str
    goal: str
    existing: str
    budget: Money
    is_together: bool
    audience: list[str]
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
    plan: Plan, objects: list[PlannedObject], answers: dict[str, rules.CreatorAnswer]
) -> list[PlannedAd]:
    """The plan's posts in its order. `objects`: all of the plan's, so that no query grows with them."""
    by_key = {each.key: each for each in objects}
    tree = contents.tree_of(plan)
    checks: dict[str, list[dict[str, Any]]] = {}
    for each in plan.checks:
        checks.setdefault(each["item_id"], []).append(each)
    found = []
    for ad in objects:
        if ad.kind == Kind.AD:
            thing = tree.by_key[ad.key]
            group = tree.group(thing)
            found.append(
                _planned_ad(
                    plan,
                    ad,
                    by_key[group["key"]],
                    ends_first=group["ends_first"],
                    checks=checks.get(contents.subject_of(thing), []),
                    answer=answers.get(thing["item_id"]),
                )
            )
    return found


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
    """The plan's campaigns in its order, each with its ads."""
    tree = contents.tree_of(plan)
    mine: dict[str, list[PlannedAd]] = {}
    for ad in ads:
        mine.setdefault(tree.campaign(tree.by_key[ad.ad.key])["key"], []).append(ad)
    found: list[PlannedCampaign] = []
    for thing in plan.content["objects"]:
        if thing["kind"] != "campaign":
            continue
        groups = [each for each in tree.groups if each["parent"] == thing["key"]]
        objective, first = OBJECTIVES[thing["objective"]], groups[0]["payload"]
        goal = next(
            each for each in objective.goals.values() if each.wire == first["optimization_goal"]
        )
        event = EVENTS.get(first.get("optimization_event", ""), "")
        found.append(
            PlannedCampaign(
                number=len(found) + 1,
                name=thing["name"],
                objective=objective.label,
                type=TYPE_LABELS[CampaignType(thing["type"])],
                goal=f"{goal.label}: {event}" if event else goal.label,
                existing=thing["existing"],
                budget=Money(
                    sum(each["payload"]["budget_minor"] for each in groups), plan.currency
                ),
                is_together=len(groups) < len(mine[thing["key"]]),
                audience=audience_words(first),
                ads=mine[thing["key"]],
            )
        )
    return found
