"""Checks of what the agreement and the music's owners allow. Pure."""

from __future__ import annotations

from typing import Any

from kindling.agreements.contract.terms import Medium
from kindling.agreements.rights.rules import RightProblem, problems_of_right, uncovered_locations
from kindling.agreements.rights.wording import MEDIA, RIGHT_PROBLEMS
from kindling.kit.time import instant_words
from kindling.launches.checks.rules import Answer, Launch, Level, check
from kindling.workspaces.rules import CREATOR_MANAGER, MEDIA_BUYER

OF_THE_HOLD = frozenset({RightProblem.NO_HOLD, RightProblem.HOLD_ENDED})  # check 4 tells of these


@check(
    3,
    "Usage rights cover paid use",
    Level.BLOCK,
    owner=CREATOR_MANAGER,
    next_step="Record or extend the agreement, or change countries and dates.",
)
def _right(launch: Launch) -> Answer:
    if launch.is_own:
        return Answer(True, "The brand's own post needs no usage rights.", {})
    problems = [
        problem
        for problem in problems_of_right(launch.right, now=launch.flight_start)
        if problem not in OF_THE_HOLD
    ]
    if problems:
        found = " ".join(RIGHT_PROBLEMS[problem] for problem in problems)
        return Answer(False, f"{found} Record the agreement first.", {})
    assert launch.right is not None  # noqa: S101 (problems_of_right names a missing right)
    media = launch.right.media
    if media and Medium.PAID_FROM_CREATOR not in media:
        # No objective here is one of the shop, whose ads `Medium.SHOP_ADS` would cover.
        allowed = ", ".join(MEDIA[Medium(each)] for each in media)
        return Answer(
            False,
            f"The agreement does not allow ads from the creator's handle, only: {allowed}. Agree on that use first.",
            {"media": list(media)},
        )
    facts = {"ends_at": launch.right.ends_at.isoformat(), "territory": list(launch.right.territory)}
    outside = uncovered_locations(launch.right.territory, launch.countries)
    if outside:
        return Answer(
            False,
            f"No usage rights for {', '.join(outside)}. Remove these countries or extend the usage rights.",
            facts,
        )
    if launch.right.territory and launch.unknown_locations:
        return Answer(
            None,
            f"The usage rights are for {', '.join(launch.right.territory)} only, and the country of location "
            f"{', '.join(launch.unknown_locations)} is not on record. Plan whole countries instead.",
            {**facts, "locations": list(launch.unknown_locations)},
        )
    if launch.right.ends_at < launch.flight_end:
        return Answer(
            False,
            "The usage rights end before the flight ends. Extend them or shorten the flight.",
            facts,
        )
    return Answer(True, "The usage rights cover the flight and its countries.", facts)


@check(
    4,
    "Hold period covers the flight",
    Level.BLOCK,
    owner=CREATOR_MANAGER,
    next_step="Agree on a longer hold period, or shorten the flight.",
)
def _hold(launch: Launch) -> Answer:
    if launch.is_own:
        return Answer(True, "The brand controls its own post.", {})
    hold = launch.right.hold_until if launch.right else None
    if hold is None:
        return Answer(
            False, "No hold period agreed: the creator may delete the post. Agree on one first.", {}
        )
    facts = {"hold_until": hold.isoformat()}
    if hold < launch.flight_end:
        return Answer(
            False,
            "The hold period ends before the flight ends. Extend it or shorten the flight.",
            facts,
        )
    return Answer(True, "The creator keeps the post public for the whole flight.", facts)


MUSIC = "Music cleared for the countries and dates"


@check(
    6,
    MUSIC,
    Level.BLOCK,
    owner=MEDIA_BUYER,
    next_step="Choose another post, or ask the creator about the music's rights.",
)
def _music(launch: Launch) -> Answer:
    is_warranted = launch.right is not None and launch.right.music_warranty
    asked_at = launch.music_asked_at
    facts: dict[str, Any] = {"music_status": launch.music, "creator_confirmed": is_warranted}
    if asked_at is not None:
        facts["asked_at"] = asked_at.isoformat()
    if launch.music is None and not launch.is_planned:
        return Answer(
            None,
            "TikTok was not asked about the music in the last three days. Kindling asks within 15 minutes "
            "once nothing else is missing.",
            facts,
        )
    if launch.music is None:
        return Answer(
            None, "TikTok did not answer the music check. Run preflight again.", facts,
            next_step="Run preflight again.",
        )  # fmt: skip
    if launch.music in {"WITH_FULL_AUTHORIZATION", "WITHOUT_SONG_ID"}:
        when = f", as TikTok said {instant_words(asked_at, launch.zone)}" if asked_at else ""
        words = f"The music is cleared for ads for this flight{when}."
        return Answer(True, words, facts, known_at=asked_at)
    words = "The music is not cleared for ads. Choose another post or clear it."
    if is_warranted:
        words += (
            " The creator confirmed in the agreement that it may be used in ads: ask them first."
        )
    return Answer(False, words, facts)
