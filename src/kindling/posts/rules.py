"""Lanes: what a post has earned. Pure; every verdict carries its parts. Source: domain reference §5."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from kindling.briefs.phrases import find_phrases, fold
from kindling.creators.rules import item_id_from as item_id_from
from kindling.creators.rules import mentions


class Lane(StrEnum):
    ORGANIC_TEST = "organic_test"
    SPARK_READY = "spark_ready"
    KEEP_OUT = "keep_out"
    DARK_TEST = "dark_test"


LANES = [lane.value for lane in Lane]
LANE_LABELS = {  # the status of a post, as pages name it
    Lane.ORGANIC_TEST: "Organic test",
    Lane.SPARK_READY: "Spark-ready",
    Lane.KEEP_OUT: "Keep out of paid",
    Lane.DARK_TEST: "Ads-only test",
}


PUBLIC = "HESITATE_RECOMMEND"
# Our own words, where TikTok has said nothing: an agreement names the post and no source showed it yet; or the
# creator's connected account does not list it any more (deleted, hidden or private: the list does not say).
NOT_SEEN, NOT_LISTED = "NOT_SEEN", "NOT_LISTED"
PRIVATE = frozenset({"ONLY_AUTHOR_SEE", "ONLY_FRIEND_SEE"})
GONE = frozenset({"USER_DELETE", "AUDIT_DELETE", "ONLY_USER_PASS"})
UNAVAILABLE = GONE | PRIVATE | {NOT_LISTED}  # nobody sees such a post: no ad of it may run
STATUS_LABELS = {
    PUBLIC: "Public",
    NOT_SEEN: "Not seen on TikTok yet",
    NOT_LISTED: "No longer listed by the creator's account",
    "ONLY_AUTHOR_SEE": "Private",
    "ONLY_FRIEND_SEE": "Visible to friends only",
    "USER_DELETE": "Deleted by the creator",
    "AUDIT_DELETE": "Removed by TikTok",
    "ONLY_USER_PASS": "Hidden by TikTok",
}


def status_label(status: str) -> str:
    """TikTok's item status as people say it; an unknown one is shown readable."""
    return STATUS_LABELS.get(status, status.replace("_", " ").capitalize())


@dataclass(frozen=True, slots=True)
class LanePolicy:
    """When a post has earned ads; defaults from domain reference §5 unless said otherwise, all changeable.

    ready_from : chance of paying from which a post is Spark-ready. Under a half, as the first 48 hours cost a small
        part of what a post that pays brings (decision 0043)
    keep_out_below : chance under which a post stays out of paid, once the chance rests on `OWN_POSTS` posts' ads
    most_sceptics : share of critical comments that the low end of its interval may reach
    daily_budget_minor : what an ad would spend a day; None for what the account's ads spend as a rule
    needs : what a hand-off must say before a launch, of NOTES
    """

    min_age: timedelta = timedelta(hours=48)
    max_snapshot_age: timedelta = timedelta(hours=72)
    min_views: int = 1_000
    ready_from: float = 0.35
    keep_out_below: float = 0.03
    most_sceptics: float = 0.15
    daily_budget_minor: int | None = None
    needs: frozenset[str] = frozenset()


SIGNALS = {
    "likes": "Likes",
    "comments": "Comments",
    "shares": "Shares",
    "saves": "Saves",
    "profile_visits": "Profile visits",
    "completions": "Watched to the end",
    "sceptics": "Critical comments",
    "trend": "Views of the last 3 days",
}
"""The signals of `PostEvidence`, as pages name them."""
OWN_POSTS = 10  # as many posts' ads as make a chance the account's own more than Kindling's; ours
LONG_ENOUGH = timedelta(days=7)  # who has few views by then will not have many by itself; ours
NOTES = {
    "use_case": "Use case",
    "angle": "Angle",
    "hook": "Hook",
    "offer": "Offer",
    "sku": "SKU",
    "landing_url": "Landing page",
    "handoff_note": "Hand-off note",
}
"""What people write on a post for whoever launches it, as pages name it."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What organic life shows of a post, frozen before its first boost (R62). None: not known.

    chance : that its ads would leave more than they cost, 0 to 1
    learnt_from : posts whose ads the chance rests on; 0 for Kindling's built-in values alone
    sceptics : low end of the interval of the share of its comments that are critical
    """

    views: int | None
    snapshot_at: datetime | None
    chance: float | None
    learnt_from: int = 0
    sceptics: float | None = None


@dataclass(frozen=True, slots=True)
class LaneVerdict:
    lane: Lane
    reason: str
    numbers: dict[str, Any]

    @property
    def lane_label(self) -> str:
        return LANE_LABELS[self.lane]


def judge(
    *,
    status: str,
    posted_at: datetime | None,
    evidence: Evidence,
    now: datetime,
    policy: LanePolicy,
) -> LaneVerdict:
    """The lane a post has earned by its organic evidence, with the reason in one sentence.

    Permission and rights are judged by preflight, not here: a post may earn its lane before the code arrives.
    """
    numbers = _numbers(evidence, posted_at, now)

    def verdict(lane: Lane, reason: str) -> LaneVerdict:
        return LaneVerdict(lane, reason, numbers)

    if status == NOT_SEEN:
        return verdict(
            Lane.ORGANIC_TEST,
            "Not seen on TikTok yet: connect the TikTok account or add the video code.",
        )
    if status not in {PUBLIC, *PRIVATE}:
        return verdict(
            Lane.KEEP_OUT, "The post cannot be used: it is deleted, hidden or under review."
        )
    if posted_at is not None and now - posted_at < policy.min_age:
        hours = int(policy.min_age / timedelta(hours=1))
        return verdict(Lane.ORGANIC_TEST, f"Too new: judged after {hours} h.")
    if evidence.views is None or evidence.snapshot_at is None:
        return verdict(
            Lane.ORGANIC_TEST,
            "No organic metrics yet: connect the TikTok account, or set the status yourself.",
        )
    if now - evidence.snapshot_at > policy.max_snapshot_age:
        return verdict(Lane.ORGANIC_TEST, "The organic metrics are out of date.")
    if evidence.views < policy.min_views:
        return verdict(
            Lane.ORGANIC_TEST,
            f"{evidence.views:,} views; at least {policy.min_views:,} are needed.",
        )
    if evidence.sceptics is not None and evidence.sceptics > policy.most_sceptics:
        return verdict(
            Lane.KEEP_OUT,
            f"At least {evidence.sceptics:.0%} of its comments are critical; {policy.most_sceptics:.0%} is the most.",
        )
    if evidence.chance is None:
        return verdict(Lane.ORGANIC_TEST, "Not enough posts to compare with.")
    chance = f"{evidence.chance:.0%} chance of paying"
    if evidence.chance >= policy.ready_from:
        return verdict(Lane.SPARK_READY, f"{chance} on {evidence.views:,} views.")
    if evidence.chance < policy.keep_out_below and evidence.learnt_from >= OWN_POSTS:
        return verdict(Lane.KEEP_OUT, f"{chance}; under {policy.keep_out_below:.0%} stays out.")
    return verdict(Lane.ORGANIC_TEST, f"{chance}; at least {policy.ready_from:.0%} is needed.")


def wants_ads_only_test(
    *,
    lane: str,
    status: str,
    posted_at: datetime | None,
    views: int | None,
    now: datetime,
    policy: LanePolicy,
) -> bool:
    """Whether a post still lacks the views to be judged, and will not get them by itself.

    An ads-only test then says what its free views do not (seed 004: isolate what is unproven).
    """
    return (
        lane == Lane.ORGANIC_TEST
        and status == PUBLIC
        and posted_at is not None
        and now - posted_at >= LONG_ENOUGH
        and views is not None
        and views < policy.min_views
    )


def missing_notes(values: Mapping[str, str], policy: LanePolicy) -> list[str]:
    """What the policy wants said of a post and nobody has said, as pages name it."""
    return [
        label
        for name, label in NOTES.items()
        if name in policy.needs and not values.get(name, "").strip()
    ]


def _numbers(evidence: Evidence, posted_at: datetime | None, now: datetime) -> dict[str, Any]:
    numbers = asdict(evidence)
    numbers["snapshot_at"] = evidence.snapshot_at.isoformat() if evidence.snapshot_at else None
    numbers["age_hours"] = round((now - posted_at) / timedelta(hours=1), 1) if posted_at else None
    return numbers


def competitors_named(caption: str, competitors: Iterable[str]) -> list[str]:
    """The competitors that a caption names: @handles as mentions, names as whole words or as one hashtag."""
    handles = mentions(caption)
    tags = {fold(tag) for tag in re.findall(r"#(\w+)", caption)}
    found = []
    for each in competitors:
        name = each.strip()
        if name.startswith("@"):
            is_named = name[1:].rstrip(".").lower() in handles
        else:
            squeezed = re.sub(r"\W", "", fold(name))
            is_named = bool(squeezed) and (
                squeezed in tags or bool(find_phrases(caption, [name], language=""))
            )
        if is_named:
            found.append(name)
    return found


def sku_in_caption(caption: str, skus: list[str]) -> str:
    """The one known SKU a caption tags (as #sku or bare word); "" when none or several do."""
    words = {word.lstrip("#").lower() for word in re.split(r"[^\w#-]+", caption)}
    found = [sku for sku in skus if sku.lower() in words]
    return found[0] if len(found) == 1 else ""
