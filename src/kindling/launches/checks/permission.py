"""Checks of the ad authorization and of the TikTok account behind it. Pure."""

from __future__ import annotations

from kindling.authorizations.lifecycle.rules import USABLE
from kindling.kit.time import instant_words
from kindling.launches.checks.rules import (
    AS_POLLED,
    AS_SYNCED,
    Answer,
    Launch,
    Level,
    Room,
    check,
)
from kindling.workspaces.rules import CREATOR_MANAGER, MEDIA_BUYER


@check(
    2,
    "Ad authorization covers the flight",
    Level.BLOCK,
    owner=CREATOR_MANAGER,
    next_step="Ask the creator for a video code or an extension, or shorten the flight.",
    good_for=AS_POLLED,
)
def _authorization(launch: Launch) -> Answer:
    ends = launch.authorization_ends_at
    facts = {"state": launch.authorization_state, "ends_at": ends.isoformat() if ends else None}
    if launch.authorization_state is None:
        return Answer(False, "No ad authorization: ask the creator for a video code.", facts)
    if launch.authorization_state not in USABLE:
        state = launch.authorization_state.replace("_", " ")
        return Answer(
            False, f"The ad authorization is {state}. Get a new video code or an extension.", facts
        )
    if not launch.bound_to_account:
        return Answer(
            False,
            "The ad authorization is not bound to this ad account. Add the video code for this account.",
            facts,
        )
    if ends is not None and ends < launch.flight_end:
        return Answer(
            False,
            "The ad authorization ends before the flight ends. Extend it or shorten the flight.",
            facts,
        )
    if launch.window is not None and launch.window.ends_at < launch.flight_end:
        moment = instant_words(launch.window.ends_at, launch.zone)
        return Answer(
            False,
            f"The flight ends after {moment}, the stop-by time ({launch.window.bound_by.label} ends first). "
            "Extend what ends first, or plan a shorter flight.",
            facts,
        )
    if launch.flight_end <= launch.flight_start:
        return Answer(False, "The stop-by date has passed. Extend the authorization first.", facts)
    return Answer(True, "Bound to this ad account for the whole flight.", facts)


@check(
    9,
    "TikTok account is healthy",
    Level.BLOCK,
    owner=CREATOR_MANAGER,
    next_step="Check the account with its owner.",
    good_for=AS_POLLED,
)
def _identity(launch: Launch) -> Answer:
    if launch.identity_available is None:
        return Answer(None, "The account is checked once an ad authorization is on record.", {})
    if launch.identity_available:
        return Answer(True, "TikTok allows ads from this account.", {})
    return Answer(False, "TikTok blocks ads from this account. Check it with its owner.", {})


@check(
    17,
    "Usage rights and video code end together",
    Level.WARN,
    owner=CREATOR_MANAGER,
    next_step="Ask for an extension of the video code.",
)
def _shorter(launch: Launch) -> Answer:
    code_end = launch.authorization_ends_at
    if launch.right is None or code_end is None:
        return Answer(True, "Nothing to compare.", {})
    facts = {"code_ends": code_end.isoformat(), "right_ends": launch.right.ends_at.isoformat()}
    if code_end < launch.right.ends_at:
        return Answer(
            False,
            "The usage rights run longer than the video code: ask for an extension now.",
            facts,
        )
    return Answer(True, "The video code lasts as long as the usage rights.", facts)


@check(
    9,
    "TikTok account has room for ads",
    Level.BLOCK,
    owner=MEDIA_BUYER,
    next_step="Delete ads of this account that no longer run.",
    good_for=AS_SYNCED,
    of_uploads=True,
)
def _quota(launch: Launch) -> Answer:
    """TikTok's own figure where it was asked, for a plan; else the ads it lists, against its limit (R3)."""
    if launch.room is not None:
        return _room(launch.room)
    most = launch.limits.ads_per_identity
    facts = {"ads": launch.identity_ads, "most": most}
    if launch.identity_ads is None:
        return Answer(
            None, "How many ads use this TikTok account is known after the first sync.", facts,
            next_step="Sync the ad account.", is_warning=True,
        )  # fmt: skip
    if launch.identity_ads >= most:
        words = f"{launch.identity_ads:,} ads use this TikTok account, and TikTok allows {most:,}."
        return Answer(False, words, facts, known_at=launch.ads_seen_at, is_warning=True)
    words = f"{launch.identity_ads:,} of {most:,} ads of this TikTok account are used in this ad account."
    return Answer(True, words, facts, known_at=launch.ads_seen_at)


def _room(room: Room) -> Answer:
    facts = {"left": room.left, "wanted": room.wanted}
    if room.left < room.wanted:
        return Answer(
            False,
            f"TikTok allows {room.left:,} more ads of this TikTok account, and the plan makes {room.wanted:,}.",
            facts,
        )
    return Answer(True, f"TikTok allows {room.left:,} more ads of this TikTok account.", facts)
