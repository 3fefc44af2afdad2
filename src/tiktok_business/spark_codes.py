"""Why a Spark Ads code or its post cannot be used, and who must act.

Source: TikTok help centre, "About Spark Ads code error notifications" (July 2025), which lists
what Ads Manager shows. How each maps to an API answer is not documented, so the name is looked
for in the message; "Post code is incorrect" is the one text known from the API itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum


class WhoActs(StrEnum):
    """Who can solve a problem with a code."""

    CREATOR = "creator"
    PICK_ANOTHER_POST = "pick another post"
    SYSTEM_RETRIES = "system retries"


@dataclass(frozen=True, slots=True)
class _Problem:
    who_acts: WhoActs
    next_step: str


class SparkCodeProblem(Enum):
    """A reason TikTok gives for refusing a code. `value` is the platform's own name."""

    VIDEO_UNAVAILABLE = "video_unavailable"
    VIDEO_DELETED = "video_deleted"
    CODE_NOT_FOUND = "auth_code_not_found"
    CODE_MALFORMED = "auth_code_format_error"
    CODE_EXPIRED = "auth_code_expired"
    STORY_NOT_SUPPORTED = "story_video_not_supported"
    CAROUSEL_DUET_NOT_SUPPORTED = "carousel_duet_not_supported"
    # The help centre cuts this name off ("multi_duet_stitch_refus…"); we match what is readable.
    DUET_OF_DUET_REFUSED = "multi_duet_stitch_refus"
    POST_STATUS_UNUSABLE = "illegal_item_status_error"
    MENTIONS_SEVERAL_POSTS = "mention_multiple_videos"
    SERVICE_FAILED = "call_rpc_fail"
    DATABASE_FAILED = "call_db_fail"

    @property
    def who_acts(self) -> WhoActs:
        """Who can solve it."""
        return _PROBLEMS[self].who_acts

    @property
    def next_step(self) -> str:
        """One sentence for the person who sees it."""
        return _PROBLEMS[self].next_step


_PROBLEMS = {
    SparkCodeProblem.VIDEO_UNAVAILABLE: _Problem(
        WhoActs.PICK_ANOTHER_POST, "The post breaks community rules: choose another post."
    ),
    SparkCodeProblem.VIDEO_DELETED: _Problem(
        WhoActs.PICK_ANOTHER_POST, "The post is deleted: choose another post."
    ),
    SparkCodeProblem.CODE_NOT_FOUND: _Problem(
        WhoActs.CREATOR, "The creator deleted this code: ask for a new one."
    ),
    SparkCodeProblem.CODE_MALFORMED: _Problem(
        WhoActs.CREATOR, "The code is not right: ask the creator to copy it again, whole."
    ),
    SparkCodeProblem.CODE_EXPIRED: _Problem(
        WhoActs.CREATOR, "The authorization has ended: ask the creator to extend it."
    ),
    SparkCodeProblem.STORY_NOT_SUPPORTED: _Problem(
        WhoActs.PICK_ANOTHER_POST, "Stories cannot be advertised: choose another post."
    ),
    SparkCodeProblem.CAROUSEL_DUET_NOT_SUPPORTED: _Problem(
        WhoActs.PICK_ANOTHER_POST, "A duet of a photo post cannot be used: choose another post."
    ),
    SparkCodeProblem.DUET_OF_DUET_REFUSED: _Problem(
        WhoActs.PICK_ANOTHER_POST, "A duet or stitch of another one cannot be used: choose another."
    ),
    SparkCodeProblem.POST_STATUS_UNUSABLE: _Problem(
        WhoActs.PICK_ANOTHER_POST, "The post is private or under moderation: choose another post."
    ),
    SparkCodeProblem.MENTIONS_SEVERAL_POSTS: _Problem(
        WhoActs.PICK_ANOTHER_POST, "The post mentions several videos: choose another post."
    ),
    SparkCodeProblem.SERVICE_FAILED: _Problem(
        WhoActs.SYSTEM_RETRIES, "TikTok could not check the code: it will be tried again."
    ),
    SparkCodeProblem.DATABASE_FAILED: _Problem(
        WhoActs.SYSTEM_RETRIES, "TikTok could not check the code: it will be tried again."
    ),
}

# Text that stands in a message → problem. The names above come first; these are further wordings.
_WORDINGS = (
    *((problem.value, problem) for problem in SparkCodeProblem),
    ("post code is incorrect", SparkCodeProblem.CODE_MALFORMED),
)


def find_problem(message: str) -> SparkCodeProblem | None:
    """The problem a message speaks of; None when it names none."""
    lowered = message.lower()
    return next((problem for text, problem in _WORDINGS if text in lowered), None)
