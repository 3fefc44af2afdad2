"""The one table of TikTok's return codes: what each means and whether trying again can help.

Source: TikTok API for Business v1.3, "Return codes" (id 1737172488964097); `tiktok_code.py` of
the official SDK for 61000; "API rate limits" v1.3 for the waits. Not checked against the live
service.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from tiktok_business.errors import (
    ConflictError,
    DuplicateRequestError,
    ForbiddenError,
    InvalidRequestError,
    NotFoundError,
    NotReadyError,
    PartialAnswerError,
    PlatformFaultError,
    QuotaReachedError,
    RateLimitedError,
    ReauthorizationNeededError,
    RefusedError,
    SparkCodeError,
    TokenExpiredError,
    UnsupportedError,
)
from tiktok_business.spark_codes import find_problem

OK = 0
PARTIAL = 20001

QPS_WAIT = timedelta(seconds=1)
QPM_WAIT = timedelta(minutes=5)


class Again(StrEnum):
    """When the same call may be sent again."""

    NEVER = "never"
    BACKOFF = "backoff"
    NEXT_SECOND = "next second"
    FIVE_MINUTES = "5 minutes"
    SERIALISE = "serialise"
    REFRESH_TOKEN = "refresh token"  # noqa: S105 - the name of a policy, no secret
    REAUTHORIZE = "reauthorize"


@dataclass(frozen=True, slots=True)
class WireCode:
    """One return code.

    nothing_happened : the code says that a write had no effect
    """

    number: int
    error: type[RefusedError]
    again: Again
    meaning: str
    nothing_happened: bool = True


def _never_repeated(error: type[RefusedError], meanings: dict[int, str]) -> list[WireCode]:
    return [WireCode(number, error, Again.NEVER, text) for number, text in meanings.items()]


CODES: dict[int, WireCode] = {
    code.number: code
    for code in (
        WireCode(PARTIAL, PartialAnswerError, Again.NEVER, "some items failed", False),
        *_never_repeated(
            InvalidRequestError,
            {
                40000: "invalid parameters",
                40002: "a field is missing or invalid",
                40011: "too many ids",
                40052: "ACO material exists",
                40053: "invalid video id",
                40061: "event batch too large",
                40062: "personal data not hashed",
                40063: "partner name invalid",
                40065: "US 13–17 targeting refused",
                40700: "internal validation failed",
                40911: "duplicate file name",
            },
        ),
        *_never_repeated(
            NotFoundError, {40007: "object does not exist", 40300: "advertiser missing"}
        ),
        *_never_repeated(
            ForbiddenError,
            {
                40001: "no permission on the advertiser or asset",
                40106: "the token's user has no access to the object",
                40113: "app blocked",
                40118: "app not allow-listed",
                40119: "company mismatch",
                40121: "creator problem (Creator Marketplace)",
                40122: "creator problem (Creator Marketplace)",
                40124: "developer profile missing",
                40125: "developer permission missing",
                40301: "advertiser unmatched",
                41000: "IP blocked",
            },
        ),
        *_never_repeated(
            UnsupportedError,
            {
                40006: "API version wrong",
                40051: "API version wrong",
                40008: "endpoint not in TikTok's sandbox",
                40009: "parameter not in TikTok's sandbox",
                40010: "domain unsupported",
                40013: "sandbox account missing",
                40014: "not supported in TikTok's sandbox",
                40400: "route not found",
                41001: "interface offline",
                41002: "field offline",
            },
        ),
        *_never_repeated(QuotaReachedError, {40502: "ad count limit"}),
        *_never_repeated(DuplicateRequestError, {40050: "request_id repeated within seconds"}),
        *_never_repeated(PlatformFaultError, {40200: "task failed"}),
        WireCode(40102, TokenExpiredError, Again.REFRESH_TOKEN, "access token expired"),
        WireCode(40103, TokenExpiredError, Again.REAUTHORIZE, "refresh token expired"),
        *(
            WireCode(number, ReauthorizationNeededError, Again.REAUTHORIZE, meaning)
            for number, meaning in {
                40101: "app id, secret or auth code do not match",
                40104: "access token missing",
                40105: "access token invalid or revoked",
                40107: "refresh token invalid",
                40108: "grant type wrong",
                40110: "auth code invalid, used or expired",
                40120: "TikTok user not logged in",
                40130: "scope not granted",
                40131: "TikTok account OAuth failed",
                40309: "login needed",
            }.items()
        ),
        WireCode(40016, RateLimitedError, Again.NEXT_SECOND, "endpoint limit of the app"),
        WireCode(40100, RateLimitedError, Again.NEXT_SECOND, "app-wide limit"),
        WireCode(40132, RateLimitedError, Again.NEXT_SECOND, "limit per field value"),
        WireCode(40133, RateLimitedError, Again.NEXT_SECOND, "limit per advertiser"),
        WireCode(61000, RateLimitedError, Again.NEXT_SECOND, "too many requests"),
        WireCode(40201, NotReadyError, Again.BACKOFF, "task not ready yet"),
        WireCode(40202, ConflictError, Again.SERIALISE, "concurrent write conflict"),
        WireCode(40901, NotReadyError, Again.BACKOFF, "file is being transcoded"),
        WireCode(40902, PlatformFaultError, Again.BACKOFF, "file service failed", False),
        WireCode(40903, PlatformFaultError, Again.BACKOFF, "file service failed", False),
        WireCode(40913, PlatformFaultError, Again.BACKOFF, "file service failed", False),
        WireCode(50000, PlatformFaultError, Again.BACKOFF, "service fault", False),
        WireCode(50002, PlatformFaultError, Again.BACKOFF, "service fault", False),
        WireCode(60001, PlatformFaultError, Again.BACKOFF, "maintenance", False),
    )
}


def wire_code(number: int) -> WireCode:
    """The entry of a code; families and unknown numbers get a careful default."""
    known = CODES.get(number)
    if known is not None:
        return known
    if 50000 <= number < 60000:
        return WireCode(number, PlatformFaultError, Again.BACKOFF, "service fault", False)
    return WireCode(number, RefusedError, Again.NEVER, "unknown code")


def retry_after(number: int, message: str, *, now: datetime) -> timedelta:
    """How long a rate limit lasts. Only the message tells which of the limits was hit.

    Source: rate limits v1.3: QPS recovers in the next second, QPM after 5 minutes, QPD at 00:00 UTC.
    """
    upper = message.upper()
    if "QPD" in upper:
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        return midnight - now
    if "QPM" in upper or wire_code(number).again is Again.FIVE_MINUTES:
        return QPM_WAIT
    return QPS_WAIT


def refusal(
    number: int, message: str, *, endpoint: str, request_id: str, now: datetime
) -> RefusedError:
    """The typed error for a code and message (scrubbed by the caller)."""
    entry = wire_code(number)
    text = message or entry.meaning
    if entry.error is RateLimitedError:
        return RateLimitedError(
            text,
            endpoint=endpoint,
            wire_code=number,
            request_id=request_id,
            retry_after=retry_after(number, message, now=now),
        )
    problem = find_problem(message)
    if problem is not None and entry.again is Again.NEVER:
        return SparkCodeError(
            text, endpoint=endpoint, wire_code=number, request_id=request_id, problem=problem
        )
    return entry.error(text, endpoint=endpoint, wire_code=number, request_id=request_id)
