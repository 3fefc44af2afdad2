"""What the documentation leaves open, as named settings with both behaviours.

Each default is our reading; none was checked against the live service (tiktok-api.md §16).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Literal as Choice
from typing import get_args, get_type_hints


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """Settings of the platform that nobody could verify.

    info_before_bind : "answers" lets /tt_video/info/ read a code that is not bound to the account
        yet; "refuses" answers auth_code_not_found until /tt_video/authorize/ was called.
    rebind : binding a code that is bound already is an "error" (40002) or "ok" (no effect).
    unbind_live : "allowed" removes a running authorization from the list, and its ads stop, as
        clients in production rely on; "refused" keeps it (the endpoint is documented for expired and
        cancelled ones).
    zero_rows : "absent" leaves days without delivery out of reports; "present" fills them with 0
        for every object that existed on the day.
    resume_after_extension : "automatic" lets ads run again when the code is extended or the post
        comes back; "manual" keeps AD_STATUS_ASSET_AUTHORIZATION_LOST until the ad is enabled again.
    lost_status : the ad's secondary status after expiry, deletion of the code or of the post.
    revoked_auth_status : `ad_auth_status` of a binding whose code the creator deleted.
    revoke_while_in_use : "refused" while an ad that is not deleted uses the post (R27), or
        "stops_ads".
    removal_while_in_use : deleting or hiding a promoted post "stops_ads", or is "refused" (R27).
    dark_post_default : `dark_post_status` of a push that names none; ON since 2026-01-27 says the
        notice, OFF say the reference pages.
    private_post_in_ad : an ad of a private or friends-only post is "refused", or the post
        "becomes_public" (R26).
    customized_user : ads of a CUSTOMIZED_USER are "refused_on_tiktok" when the ad group includes
        that placement, or "allowed" everywhere.
    budget_minimums : budgets under the minimum (R53) are refused ("enforced"), or not ("off").
    comment_length : longest text of a comment written through the API; 1200 since 2026-08-07.
    ad_comments : "ad_traffic" lists the comments that came through an ad under that ad;
        "whole_thread" lists the post's organic ones as well, and blocked words reach them.
    replies_as_creator : may an advertiser answer under a creator's AUTH_CODE post? "with_scope"
        when that creator granted comment.list.manage to the app (R84), or never: "refused".
    test_events : events sent with a test_event_code "count" like others or stay "apart".
    marketing_webhooks : webhooks of /subscription/ are "signed" as those of accounts, or "unsigned".
    code_days : the durations a creator can choose, in days (R16).
    missing_slash : a path without its last slash is "answered", which several clients rely on
        (singer-io's tap-tiktok-ads 1.2.1 for /user/info), or "not_found" (HTTP 404), as documented.
    double_slashes : a path with // in it or at its end is "answered", as official samples write it,
        or "not_found".
    get_body : parameters of a GET in a JSON body are "read", as official samples send them, or
        "ignored".
    teenagers : AGE_13_17 where TikTok refuses it in certain scenarios is "refused" always, or
        "allowed".
    report_task_limits : asynchronous reports are asked for at most "one_a_second" by the app and 500
        times an hour for an account, or as the older table has it, "by_tier".
    shop_signature : app_key, timestamp and sign of calls to the shop's API are "unchecked", or
        "checked" as TikTok Shop does.
    """

    info_before_bind: Choice["answers", "refuses"] = "answers"
    rebind: Choice["error", "ok"] = "error"
    unbind_live: Choice["allowed", "refused"] = "allowed"
    zero_rows: Choice["absent", "present"] = "absent"
    resume_after_extension: Choice["automatic", "manual"] = "automatic"
    lost_status: Choice[
        "AD_STATUS_ASSET_AUTHORIZATION_LOST", "AD_STATUS_CREATOR_AUTHORIZATION_REVOKED"
    ] = "AD_STATUS_ASSET_AUTHORIZATION_LOST"
    revoked_auth_status: Choice["EXPIRED", "CANCELLED"] = "EXPIRED"
    revoke_while_in_use: Choice["refused", "stops_ads"] = "refused"
    removal_while_in_use: Choice["stops_ads", "refused"] = "stops_ads"
    dark_post_default: Choice["ON", "OFF"] = "ON"
    private_post_in_ad: Choice["refused", "becomes_public"] = "refused"
    customized_user: Choice["refused_on_tiktok", "allowed"] = "refused_on_tiktok"
    budget_minimums: Choice["enforced", "off"] = "enforced"
    comment_length: Choice["1200", "150"] = "1200"
    ad_comments: Choice["ad_traffic", "whole_thread"] = "ad_traffic"
    replies_as_creator: Choice["with_scope", "refused"] = "with_scope"
    test_events: Choice["count", "apart"] = "count"
    marketing_webhooks: Choice["signed", "unsigned"] = "signed"
    code_days: tuple[int, ...] = (7, 30, 60, 365)
    missing_slash: Choice["answered", "not_found"] = "answered"
    double_slashes: Choice["answered", "not_found"] = "answered"
    get_body: Choice["read", "ignored"] = "read"
    teenagers: Choice["refused", "allowed"] = "refused"
    report_task_limits: Choice["one_a_second", "by_tier"] = "one_a_second"
    shop_signature: Choice["unchecked", "checked"] = "unchecked"


# How the gateway reads what clients send: as real clients need it, or as the reference has it.
PROFILES: dict[str, dict[str, object]] = {
    "lenient": {
        "missing_slash": "answered",
        "double_slashes": "answered",
        "get_body": "read",
        "shop_signature": "unchecked",
    },
    "strict": {
        "missing_slash": "not_found",
        "double_slashes": "not_found",
        "get_body": "ignored",
        "shop_signature": "checked",
    },
}


def choices() -> dict[str, tuple[str, ...]]:
    """Setting name → accepted values, for every setting that is a choice of words."""
    hints = get_type_hints(Behaviour)
    return {f.name: get_args(hints[f.name]) for f in fields(Behaviour) if f.name != "code_days"}


class UnknownSettingError(ValueError):
    """A setting nobody knows, or a value it cannot have; the message names what there is."""


def changed(behaviour: Behaviour, changes: Mapping[str, object]) -> Behaviour:
    """The behaviour with some settings changed. Raises UnknownSettingError."""
    accepted = choices()
    values: dict[str, object] = {}
    for name, value in changes.items():
        if name == "profile" and value in PROFILES:
            values |= PROFILES[str(value)]
        elif name == "code_days" and isinstance(value, list):
            values[name] = _days(value)
        elif name in accepted and value in accepted[name]:
            values[name] = value
        else:
            known = "; ".join(f"{key}: {' | '.join(words)}" for key, words in accepted.items())
            known = f"profile: {' | '.join(PROFILES)}; {known}"
            raise UnknownSettingError(f"{name}={value!r} is not a setting; use {known}")
    return replace(behaviour, **values)  # type: ignore[arg-type]  # checked above


def written(settings: Mapping[str, str]) -> dict[str, object]:
    """Settings as a command line writes them: days as 7,30,60. Raises UnknownSettingError."""
    read: dict[str, object] = dict(settings)
    if "code_days" in settings:
        days = settings["code_days"].split(",")
        read["code_days"] = [int(day) if day.strip().isdecimal() else day for day in days]
    return read


def _days(value: list[object]) -> tuple[int, ...]:
    days = tuple(entry for entry in value if isinstance(entry, int) and not isinstance(entry, bool))
    if not days or len(days) != len(value) or not all(1 <= entry <= 3650 for entry in days):
        raise UnknownSettingError("code_days must be a list of whole numbers of days, 1 to 3650")
    return days
