"""Checks of whether the post has earned ad spend, and may have any. Pure."""

from __future__ import annotations

from kindling.launches.checks.rules import Answer, Launch, Level, check
from kindling.posts.rules import Lane


@check(18, "Organic performance", Level.WARN)
def _evidence(launch: Launch) -> Answer:
    ok = launch.lane == Lane.SPARK_READY
    return Answer(
        ok,
        launch.lane_reason or "The organic metrics were not evaluated yet.",
        {"lane": launch.lane},
    )


@check(18, "Not kept out of paid", Level.BLOCK)
def _kept_out(launch: Launch) -> Answer:
    if launch.lane == Lane.KEEP_OUT:
        return Answer(False, f"Kept out of paid: {launch.lane_reason}", {"lane": launch.lane})
    return Answer(True, "The post is not kept out of paid.", {"lane": launch.lane})


@check(18, "Hand-off notes", Level.BLOCK)
def _notes(launch: Launch) -> Answer:
    if launch.missing_notes:
        named = ", ".join(launch.missing_notes)
        return Answer(
            False,
            f"Required by the post policy and missing: {named}. Write them on the post.",
            {"missing": list(launch.missing_notes)},
        )
    return Answer(True, "Everything that the post policy requires is written on the post.", {})
