"""Another policy: what it would change of the posts as they are, and setting it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from kindling.posts import rules
from kindling.posts.evidence import chances, lanes
from kindling.posts.evidence.policy import as_values, policy_of
from kindling.posts.models import Post, PostPolicy
from kindling.posts.rules import LanePolicy, LaneVerdict
from kindling.workspaces.models import Workspace
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor, record

MOST_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Change:
    """A post that a policy would move."""

    post: Post
    verdict: LaneVerdict


@dataclass(frozen=True, slots=True)
class Preview:
    """What a policy would change. now, then : posts by lane; moves : of these the best chances first, `MOST_SHOWN`"""

    now: dict[str, int]
    then: dict[str, int]
    moves: list[Change]
    count: int


def preview(workspace: Workspace, policy: LanePolicy, *, now: datetime) -> Preview:
    """What the policy would change of the posts as they are. Nothing is written."""
    library = chances.open_library(workspace, now=now)
    weighed = chances.weigh(library, policy)
    before = Counter(post.lane for post in library.posts)
    after, moves = Counter(before), []
    for place, post in enumerate(library.posts):
        verdict = lanes.verdict_of(weighed, place, policy=policy, now=now)
        if verdict is None or verdict.lane == post.lane:
            continue
        after[post.lane] -= 1
        after[verdict.lane] += 1
        moves.append(Change(post, verdict))
    moves.sort(key=lambda each: -(each.verdict.numbers["chance"] or 0))
    return Preview(
        {lane: before[lane] for lane in rules.LANES},
        {lane: after[lane] for lane in rules.LANES},
        moves[:MOST_SHOWN],
        len(moves),
    )


def set_policy(actor: Actor, policy: LanePolicy, *, at: datetime) -> int:
    """Set the workspace's policy and judge its posts by it; returns how many moved. Posts set by hand stay."""
    actor.require(Action.MOVE_LANES)
    values = as_values(policy)
    with transaction.atomic():
        before = as_values(policy_of(actor.workspace))
        PostPolicy.objects.update_or_create(workspace=actor.workspace, defaults=values)
        if before != values:
            record(
                actor,
                "changed post policy",
                actor.workspace.name,
                at=at,
                before=before,
                after=values,
            )
    return lanes.judge_lanes(actor.workspace, now=at)
