"""Lanes: what a post has earned. Pure; every verdict carries its parts. Source: domain reference §5."""

from __future__ import annotations

import re
from collections.abc import Iterable
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
    """Thresholds of the evidence gate; defaults from domain reference §5, all changeable.

    min_percentile : a post must beat this share of the workspace's posts on shrunk engagement
    """

    min_age: timedelta = timedelta(hours=48)
    max_snapshot_age: timedelta = timedelta(hours=72)
    min_views: int = 1_000
    min_percentile: float = 0.5


@dataclass(frozen=True, slots=True)
class Evidence:
    """What organic life shows of a post, frozen before its first boost (R62). None: not known.

    social_engagement_rate : (likes + comments + shares) / views, shrunk towards the peers (R63)
    percentile : share of the workspace's posts it exceeds on that rate, 0 to 1
    """

    views: int | None
    snapshot_at: datetime | None
    social_engagement_rate: float | None
    percentile: float | None


@dataclass(frozen=True, slots=True)
class LaneVerdict:
    lane: Lane
    reason: str
    numbers: dict[str, Any]


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
    if evidence.percentile is None or evidence.social_engagement_rate is None:
        return verdict(Lane.ORGANIC_TEST, "Not enough posts to compare with.")
    rate = f"{evidence.social_engagement_rate:.1%} engagement"
    better = f"better than {evidence.percentile:.0%} of your posts"
    if evidence.percentile >= policy.min_percentile:
        return verdict(Lane.SPARK_READY, f"{rate} on {evidence.views:,} views, {better}.")
    return verdict(
        Lane.ORGANIC_TEST, f"{rate}, {better}; at least {policy.min_percentile:.0%} is needed."
    )


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
