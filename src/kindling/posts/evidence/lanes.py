"""Lanes: judge posts by their evidence, move one by hand, keep the history."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.db.models import Q

from kindling.errors import ConflictError, InvalidInputError, NotFoundError
from kindling.posts import rules
from kindling.posts.evidence import chances
from kindling.posts.evidence.chances import Weighed
from kindling.posts.evidence.policy import policy_of
from kindling.posts.models import LaneMove, Post, PostSnapshot
from kindling.posts.rules import LANES, Lane, LanePolicy, LaneVerdict
from kindling.workspaces.models import Workspace
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor, record


class Placement(NamedTuple):
    """Where a post stands, why, and whether a person put it there."""

    lane: str
    reason: str
    by_hand: bool


def judge_lanes(workspace: Workspace, *, now: datetime) -> int:
    """Weigh every post by the workspace's policy and move those that no person placed; returns how many moved."""
    policy = policy_of(workspace)
    weighed = chances.weigh(chances.open_library(workspace, now=now), policy)
    chances.keep(weighed, at=now)
    moved = 0
    for place, post in enumerate(weighed.library.posts):
        verdict = verdict_of(weighed, place, policy=policy, now=now)
        if verdict is not None:
            moved += _move(post, verdict, actor=None, by_hand=False, now=now)
    return moved


def verdict_of(
    weighed: Weighed, place: int, *, policy: LanePolicy, now: datetime
) -> LaneVerdict | None:
    """The lane that one of the posts has earned; None where it stays, whatever it has earned.

    A person's placing stays, and a post that already ran as an ad keeps the lane its organic life earned.
    """
    post = weighed.library.posts[place]
    if post.lane_by_hand:
        return None
    verdict = rules.judge(
        status=post.status,
        posted_at=post.posted_at,
        evidence=chances.evidence_of(weighed, place),
        now=now,
        policy=policy,
    )
    has_earned_before = post.lane == Lane.SPARK_READY and verdict.lane == Lane.ORGANIC_TEST
    if has_earned_before and post.first_boosted_at is not None:
        return None
    return verdict


def move_by_hand(actor: Actor, post: Post, lane: str, reason: str, *, at: datetime) -> Placement:
    """A person's decision beats the evidence until a person lifts it; the reason is kept.

    Returns where the post stood before.
    """
    actor.require(Action.MOVE_LANES)
    if lane not in LANES:
        raise InvalidInputError(
            f"{lane!r} is not a status.", next_step=f"Use one of {', '.join(LANES)}.", field="lane"
        )
    if not reason.strip():
        raise InvalidInputError(
            "A status set by hand needs a reason.", next_step="Give a short reason.", field="reason"
        )
    verdict = LaneVerdict(Lane(lane), reason.strip(), {})
    with transaction.atomic():
        before = _held(post.pk)
        _move(post, verdict, actor=actor, by_hand=True, now=at)
        record(
            actor, "changed post status", post.item_id, at=at, reason=reason,
            before={"lane": before.lane}, after={"lane": lane},
        )  # fmt: skip
    return before


def put_back(
    actor: Actor, post_pk: int, *, before: Placement, after: Placement, at: datetime
) -> None:
    """Put a post where it stood before a person moved it.

    after : where that person put it. Raises ConflictError where it stands elsewhere by now, NotFoundError
    """
    actor.require(Action.MOVE_LANES)
    with transaction.atomic():
        post = Post.objects.filter(workspace=actor.workspace, pk=post_pk).first()
        if post is None:
            raise NotFoundError("This post was not found.", next_step="Nothing to do.")
        if _held(post.pk) != after:
            raise ConflictError(
                "The status was changed again in the meantime.",
                next_step="Open the post to see who changed it.",
            )
        verdict = LaneVerdict(Lane(before.lane), before.reason, {})
        _move(post, verdict, actor=actor, by_hand=before.by_hand, now=at, is_told=True)
        record(
            actor, "undid post status", post.item_id, at=at,
            before={"lane": after.lane}, after={"lane": before.lane},
        )  # fmt: skip


def _held(post_pk: int) -> Placement:
    """Where a post stands now, held until the transaction ends."""
    rows = Post.objects.select_for_update(no_key=True).filter(pk=post_pk)
    return Placement(*rows.values_list("lane", "lane_reason", "lane_by_hand").get())


def _move(
    post: Post,
    verdict: LaneVerdict,
    *,
    actor: Actor | None,
    by_hand: bool,
    now: datetime,
    is_told: bool = False,
) -> bool:
    """Write a lane down; whether it is another. What a person decided since the post was read beats the evidence.

    is_told : a person wants it so, also where the lane is then one of the evidence's
    """
    told = Placement(str(verdict.lane), verdict.reason, by_hand)
    if (post.lane, post.lane_reason, post.lane_by_hand) == told:
        return False
    with transaction.atomic():
        held = Post.objects.select_for_update(no_key=True).get(pk=post.pk)
        if held.lane_by_hand and not (by_hand or is_told):
            return False
        is_move = held.lane != verdict.lane
        if is_move:
            LaneMove.objects.create(
                post=post,
                at=now,
                actor=actor.user if actor else None,
                from_lane=held.lane,
                to_lane=verdict.lane,
                reason=verdict.reason,
                numbers=verdict.numbers,
            )
        post.lane, post.lane_reason, post.lane_by_hand = told
        post.save(update_fields=["lane", "lane_reason", "lane_by_hand"])
    return is_move


def note_boosts(workspace: Workspace, first_ads: dict[str, datetime]) -> None:
    """Remember when each post's first ad was made, the earliest known; told by delivery. item_id → when."""
    for post in Post.objects.filter(workspace=workspace, item_id__in=list(first_ads)):
        moment = first_ads[post.item_id]
        if post.first_boosted_at is not None and post.first_boosted_at <= moment:
            continue
        # The sync of another ad account may have told of an earlier ad meanwhile.
        later = Q(first_boosted_at=None) | Q(first_boosted_at__gt=moment)
        if Post.objects.filter(later, pk=post.pk).update(first_boosted_at=moment):
            # What was read after the first ad ran is not organic any more (R62).
            PostSnapshot.objects.filter(post=post, taken_at__gte=moment).update(
                before_first_boost=False
            )
