"""Error codes and texts of the API, and how the world's refusals become them.

Source: tiktok-api.md §2 ("Return codes" page 1737172488964097). Every row of SPARK is
unverified but the text "Post code is incorrect": the help centre lists what Ads Manager shows,
not what the API answers.
"""

from __future__ import annotations

from tiktok_sandbox.world.state.refusals import RefusedError

OK = 0
PARTIAL = 20001
INVALID = 40000
NO_PERMISSION = 40001
BAD_FIELD = 40002
NOT_FOUND = 40007
TOO_MANY_IDS = 40011
DUPLICATE_REQUEST = 40050
TEENAGERS = 40065
TASK_NOT_READY = 40201
FILE_FAILED = 40902
DUPLICATE_NAME = 40911
TOO_MANY_EVENTS = 40061
NOT_HASHED = 40062
APP_LIMIT = 40100
BAD_APP = 40101
ACCESS_EXPIRED = 40102
REFRESH_EXPIRED = 40103
TOKEN_MISSING = 40104
TOKEN_INVALID = 40105
BAD_REFRESH = 40107
BAD_GRANT_TYPE = 40108
BAD_AUTH_CODE = 40110
NO_SCOPE = 40130
TIKTOK_USER_FAILED = 40131
ADVERTISER_LIMIT = 40133

TOKEN_MISSING_TEXT = "Access token is null, you should set it in http header with key Access-Token."  # noqa: S105 - a message
TOKEN_IN_QUERY_TEXT = "The access_token is empty."  # noqa: S105 - a message, seen live (§17)

# World's name → (envelope code, text). {} is the world's own sentence.
SPARK: dict[str, tuple[int, str]] = {
    "auth_code_format_error": (BAD_FIELD, "Post code is incorrect (auth_code_format_error)"),
    "auth_code_expired": (BAD_FIELD, "auth_code_expired: {}"),
    "auth_code_not_found": (BAD_FIELD, "auth_code_not_found: {}"),
    "video_deleted": (BAD_FIELD, "video_deleted: {}"),
    "video_unavailable": (BAD_FIELD, "video_unavailable: {}"),
    "story_video_not_supported": (BAD_FIELD, "story_video_not_supported: {}"),
    "mention_multiple_videos": (BAD_FIELD, "mention_multiple_videos: {}"),
    "illegal_item_status_error": (BAD_FIELD, "illegal_item_status_error: {}"),
    "original_code_missing": (BAD_FIELD, "{}"),
    "already_bound": (BAD_FIELD, "{}"),
    "unbind_live": (BAD_FIELD, "{}"),
    "not_bound": (NOT_FOUND, "{}"),
    "post_not_found": (NOT_FOUND, "{}"),
    "code_exists": (BAD_FIELD, "{}"),
    "video_not_found": (NOT_FOUND, "{}"),
    "duplicate_file_name": (DUPLICATE_NAME, "{}"),
    "nothing_to_appeal": (BAD_FIELD, "{}"),
    "code_in_use": (BAD_FIELD, "{}"),
    "already_applied": (BAD_FIELD, "video_id: {}"),
    "comment_not_found": (NOT_FOUND, "{}"),
    "not_own_comment": (NO_PERMISSION, "{}"),
    "bad_text": (BAD_FIELD, "text: {}"),
    "hit_blocked_word": (BAD_FIELD, "comment_ids: {}"),
    "bad_duration": (BAD_FIELD, "authorization_days: {}"),
}


class WireError(Exception):
    """An answer other than code 0. The HTTP status stays 200."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def from_refusal(refused: RefusedError) -> WireError:
    code, text = SPARK.get(refused.name, (BAD_FIELD, "{}"))
    return WireError(code, text.format(refused.message))


def missing(*names: str) -> WireError:
    return WireError(BAD_FIELD, f"Missing required field(s): {', '.join(names)}")


def invalid(name: str, why: str) -> WireError:
    return WireError(BAD_FIELD, f"{name}: {why}")


def not_found(what: str, number: str) -> WireError:
    return WireError(NOT_FOUND, f"The {what} {number} does not exist.")
