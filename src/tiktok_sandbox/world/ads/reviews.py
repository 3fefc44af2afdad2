"""Ad review: every ad and every new creative waits for it; some are rejected, appeals are heard.

What an ad says decides: forbidden claims are always rejected. Beyond that a family may have a
share of ads rejected for nothing its text shows (`State.rejection_share`).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Literal

from tiktok_sandbox.world.randomness.columns import uniforms
from tiktok_sandbox.world.state.clock import utc, whole_seconds
from tiktok_sandbox.world.state.entities import Ad
from tiktok_sandbox.world.state.refusals import RefusedError
from tiktok_sandbox.world.world import World

NEVER = utc(2999, 1, 1)
"""`Ad.reviewed_at` of an ad that review does not let run."""

APPEAL = timedelta(days=1)
# Our own short list; the platform's rules are long and are not published as words.
FORBIDDEN: dict[str, str] = {
    "guaranteed": "Unsubstantiated claims: results must not be guaranteed",
    "100% safe": "Misleading claims: absolute safety",
    "miracle": "Misleading claims: exaggerated effect",
    "cures": "Prohibited health claims",
    "no side effects": "Prohibited health claims",
    "lose weight fast": "Weight management: unrealistic outcome",
    "risk free": "Misleading claims: absence of risk",
    "risk-free": "Misleading claims: absence of risk",
    "get rich": "Misleading claims: financial outcome",
}
UNEXPLAINED = "Creative quality: the ad does not meet the advertising policies"
SUGGESTION = "Change the text or the video and submit the ad again, or appeal."

State = Literal["waiting", "rejected", "approved"]


def review(world: World, ad: Ad, *, texts: Iterable[str]) -> None:
    """Start the review of what the ad is now; draws belong to the ad and its creative."""
    draws = uniforms(world.seed, f"review.{ad.item_id}", ad.number, 2)
    low, high = world.family.review.minutes_low, world.family.review.minutes_high
    ends = whole_seconds(world.now) + timedelta(minutes=low + round(float(draws[0]) * (high - low)))
    said = " ".join(texts).lower()
    reasons = [reason for words, reason in FORBIDDEN.items() if words in said]
    if not reasons and draws[1] < world.state.rejection_share:
        reasons = [UNEXPLAINED]
    ad.decided_at = ends
    ad.reject_reasons = list(dict.fromkeys(reasons))
    ad.reviewed_at = NEVER if reasons else ends
    ad.appealed_at = None


def state_of(world: World, ad: Ad) -> State:
    decided = ad.decided_at or ad.reviewed_at
    if world.now < decided:
        return "waiting"
    return "rejected" if ad.reviewed_at == NEVER else "approved"


def is_second_look(ad: Ad) -> bool:
    """Is the running review one of an appeal or of a changed ad?"""
    return ad.appealed_at is not None or ad.modified_at > ad.created_at


def appeal(world: World, ad: Ad) -> None:
    """Ask for another look at a rejection; it is lifted a day later. Raises RefusedError."""
    if state_of(world, ad) != "rejected":
        raise RefusedError("nothing_to_appeal", f"The ad {ad.ad_id} is not rejected.")
    now = whole_seconds(world.now)
    ad.appealed_at = now
    ad.decided_at = ad.reviewed_at = now + APPEAL
    note_pushed(world, ad)


def note_pushed(world: World, ad: Ad) -> None:
    """A pushed post appears when its ad passes review."""
    if ad.is_push:
        world.state.posts[ad.item_id].posted_at = ad.reviewed_at
