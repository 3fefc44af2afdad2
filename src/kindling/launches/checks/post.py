"""Checks of the post itself: it is there, as it was approved, and not in another ad. Pure."""

from __future__ import annotations

from kindling.authorizations.lifecycle.rules import USABLE
from kindling.briefs.phrases import caption_drift
from kindling.launches.checks.rules import AS_POLLED, AS_SYNCED, Answer, Launch, Level, check
from kindling.launches.planning import naming
from kindling.workspaces.rules import CREATOR_MANAGER, MEDIA_BUYER


@check(
    1,
    "Post can be used",
    Level.BLOCK,
    owner=MEDIA_BUYER,
    next_step="Choose another post.",
    good_for=AS_POLLED,
)
def _post(launch: Launch) -> Answer:
    facts = {"status": launch.post_status, "type": launch.item_type}
    if launch.item_type not in {"VIDEO", "CAROUSEL"}:
        return Answer(
            False, f"{launch.item_type} posts cannot be Spark Ads. Choose another post.", facts
        )
    if launch.post_status in {"HESITATE_RECOMMEND", "ONLY_AUTHOR_SEE", "ONLY_FRIEND_SEE"}:
        return Answer(True, "The post exists and its type can be a Spark Ad.", facts)
    return Answer(
        False, "The post is deleted, taken down or under review. Choose another post.", facts
    )


@check(1, "Not refused by TikTok", Level.BLOCK, owner=MEDIA_BUYER, next_step="Choose another post.")
def _refused(launch: Launch) -> Answer:
    if launch.refused_at is None:
        return Answer(True, "TikTok has not refused the post.", {})
    facts = {"refused_at": launch.refused_at.isoformat(), "because": launch.refused_because}
    return Answer(
        False,
        f"TikTok refused this post on {launch.refused_at:%d %b %Y}: {launch.refused_because}",
        facts,
    )


@check(
    5,
    "Caption matches the approved text",
    Level.BLOCK,
    owner=CREATOR_MANAGER,
    next_step="Ask the creator for a correction, or approve the caption again.",
    good_for=AS_POLLED,
)
def _caption(launch: Launch) -> Answer:
    if not launch.approved_caption:
        return Answer(True, "No approved caption on record; the live caption is used as final.", {})
    same = caption_drift(launch.approved_caption, launch.caption) is None
    facts = {"live": launch.caption[:300], "approved": launch.approved_caption[:300]}
    words = (
        "The live caption is the approved caption."
        if same
        else (
            "The live caption differs from the approved caption. Ask for a correction or approve it again."
        )
    )
    return Answer(same, words, facts)


@check(
    10,
    "Original of a duet or stitch is authorized",
    Level.BLOCK,
    owner=CREATOR_MANAGER,
    next_step="Ask the original post's creator for its video code.",
    good_for=AS_POLLED,
)
def _origin(launch: Launch) -> Answer:
    if not launch.duet_or_stitch_of:
        return Answer(True, "The post is not a duet or stitch.", {})
    facts = {"origin": launch.duet_or_stitch_of}
    if launch.authorization_state in USABLE:
        return Answer(
            True, "TikTok bound it together with the video code of the original post.", facts
        )
    return Answer(
        False, "The video code of the original post is needed too. Ask its creator.", facts
    )


@check(
    11,
    "Post is public",
    Level.BLOCK,
    owner=CREATOR_MANAGER,
    next_step="Ask the creator to make it public, then sync again.",
    good_for=AS_POLLED,
)
def _private(launch: Launch) -> Answer:
    if launch.post_status in {"ONLY_AUTHOR_SEE", "ONLY_FRIEND_SEE"}:
        # TikTok would make it public (R26); without the creator's consent on record that is not ours to do.
        return Answer(
            False, "The post is private. Ask the creator to make it public, then sync again.", {}
        )
    return Answer(True, "The post is public already.", {})


NOT_LIVE = "Not already live in another ad"


@check(
    20,
    NOT_LIVE,
    Level.WARN,
    owner=MEDIA_BUYER,
    next_step="Pause the other ad, or plan without this post.",
    good_for=AS_SYNCED,
)
def _self_competition(launch: Launch) -> Answer:
    if launch.live_in:
        names = ", ".join(launch.live_in[:3])
        return Answer(
            False,
            f"The same post is already live in {names}: the ads would compete with each other.",
            {},
        )
    return Answer(True, "No other ad uses this post.", {})


@check(
    22,
    "Ad's name follows the convention and is unique",
    Level.BLOCK,
    owner=MEDIA_BUYER,
    next_step="Plan again: Kindling makes the names.",
    good_for=AS_SYNCED,
    of_uploads=True,
)
def _name(launch: Launch) -> Answer:
    name = launch.ad_name
    if not name:
        return Answer(True, "Kindling makes the names when a plan is made.", {})
    facts = {"name": name, "alike": list(launch.named_alike)}
    if naming.parse(name, naming.AD_FIELDS) is None:
        return Answer(False, "The ad's name does not have the fields of the convention.", facts)
    if launch.named_alike:
        named = ", ".join(launch.named_alike[:3])
        return Answer(False, f"Another ad has this name already: {named}.", facts)
    return Answer(
        True, "The name has every field of the convention, and no other ad has it.", facts
    )
