"""Checks of whether the post has earned ad spend, and may have any. Pure."""

from __future__ import annotations

from kindling.launches.checks.rules import AS_SYNCED, Answer, Launch, Level, check
from kindling.posts.rules import Lane
from kindling.workspaces.rules import COMMUNITY, CREATOR_MANAGER, MEDIA_BUYER


@check(
    18,
    "Organic performance",
    Level.WARN,
    owner=MEDIA_BUYER,
    next_step="Wait for more views, or choose another post.",
)
def _evidence(launch: Launch) -> Answer:
    ok = launch.lane == Lane.SPARK_READY
    return Answer(
        ok,
        launch.lane_reason or "The organic metrics were not evaluated yet.",
        {"lane": launch.lane},
    )


@check(
    18,
    "Not kept out of paid",
    Level.BLOCK,
    owner=MEDIA_BUYER,
    next_step="Choose another post, or move it to another status.",
)
def _kept_out(launch: Launch) -> Answer:
    if launch.lane == Lane.KEEP_OUT:
        return Answer(False, f"Kept out of paid: {launch.lane_reason}", {"lane": launch.lane})
    return Answer(True, "The post is not kept out of paid.", {"lane": launch.lane})


@check(
    18,
    "Hand-off notes",
    Level.BLOCK,
    owner=CREATOR_MANAGER,
    next_step="Write the notes on the post.",
)
def _notes(launch: Launch) -> Answer:
    if launch.missing_notes:
        named = ", ".join(launch.missing_notes)
        return Answer(
            False,
            f"Required by the post policy and missing: {named}. Write them on the post.",
            {"missing": list(launch.missing_notes)},
        )
    return Answer(True, "Everything that the post policy requires is written on the post.", {})


@check(
    16,
    "Audience is broad",
    Level.WARN,
    owner=MEDIA_BUYER,
    next_step="Remove restrictions: broad audiences find buyers sooner.",
    of_uploads=True,
)
def _audience(launch: Launch) -> Answer:
    """How many people remain only TikTok's own estimate says, which is not read: what restricts them is counted."""
    by = launch.audience.narrowed_by
    facts = {"narrowed_by": list(by), "countries": list(launch.countries)}
    if not by:
        return Answer(True, "The audience is restricted by nothing but its countries.", facts)
    named = ", ".join(by)
    if len(by) >= launch.limits.narrowed_by:
        return Answer(False, f"The audience is narrow: restricted by {named}.", facts)
    return Answer(
        None, f"The audience is restricted by {named}; how many people remain is not known.", facts,
        next_step="Look at the estimate in Ads Manager.",
    )  # fmt: skip


@check(
    19,
    "Comments are answered and friendly",
    Level.WARN,
    owner=COMMUNITY,
    next_step="Answer the comments first, under Comments.",
    good_for=AS_SYNCED,
)
def _comments(launch: Launch) -> Answer:
    seen = launch.comments
    if seen is None or (seen.read == 0 and launch.has_comments):
        return Answer(
            None, "The post's comments are not read yet.", {}, next_step="Sync the comments."
        )
    facts = {"read": seen.read, "critical": seen.critical, "overdue": seen.overdue}
    if seen.critical_low is not None and seen.critical_low > launch.limits.most_criticism:
        return Answer(
            False,
            f"{seen.critical} of {seen.read} comments are critical: more than {launch.limits.most_criticism:.0%}.",
            facts,
        )
    if seen.overdue is None:
        return Answer(None, "How many comments wait for an answer is not known.", facts)
    if seen.overdue >= launch.limits.backlog:
        return Answer(False, f"{seen.overdue} comments wait for an answer and are overdue.", facts)
    return Answer(True, "Few comments are overdue, and few are critical.", facts)
