"""What the documentation leaves open, as named settings with both behaviours.

Each default is our reading; none was checked against the live service (tiktok-api.md §16).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal as Choice
from typing import get_args, get_type_hints


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """Settings of the platform that nobody could verify.

    info_before_bind : "answers" lets /tt_video/info/ read a code that is not bound to the account
        yet; "refuses" answers auth_code_not_found until /tt_video/authorize/ was called.
    rebind : binding a code that is bound already is an "error" (40002) or "ok" (no effect).
    unbind_live : "refused" keeps a running authorization bound (the endpoint is documented for
        expired and cancelled ones); "allowed" removes it, and ads on it lose the authorization.
    zero_rows : "absent" leaves days without delivery out of reports; "present" fills them with 0
        for every object that existed on the day.
    resume_after_extension : "automatic" lets ads run again when the code is extended or the post
        comes back; "manual" keeps AD_STATUS_ASSET_AUTHORIZATION_LOST until the ad is enabled again.
    lost_status : the ad's secondary status after expiry, deletion of the code or of the post.
    revoked_auth_status : `ad_auth_status` of a binding whose code the creator deleted.
    revoke_while_in_use : "refused" while an ad that is not deleted uses the post (R27), or
        "stops_ads".
    removal_while_in_use : deleting or hiding a promoted post "stops_ads", or is "refused" (R27).
    code_days : the durations a creator can choose, in days (R16).
    """

    info_before_bind: Choice["answers", "refuses"] = "answers"
    rebind: Choice["error", "ok"] = "error"
    unbind_live: Choice["refused", "allowed"] = "refused"
    zero_rows: Choice["absent", "present"] = "absent"
    resume_after_extension: Choice["automatic", "manual"] = "automatic"
    lost_status: Choice[
        "AD_STATUS_ASSET_AUTHORIZATION_LOST", "AD_STATUS_CREATOR_AUTHORIZATION_REVOKED"
    ] = "AD_STATUS_ASSET_AUTHORIZATION_LOST"
    revoked_auth_status: Choice["EXPIRED", "CANCELLED"] = "EXPIRED"
    revoke_while_in_use: Choice["refused", "stops_ads"] = "refused"
    removal_while_in_use: Choice["stops_ads", "refused"] = "stops_ads"
    code_days: tuple[int, ...] = (7, 30, 60, 365)


def choices() -> dict[str, tuple[str, ...]]:
    """Setting name → accepted values, for every setting that is a choice of words."""
    hints = get_type_hints(Behaviour)
    return {f.name: get_args(hints[f.name]) for f in fields(Behaviour) if f.name != "code_days"}
