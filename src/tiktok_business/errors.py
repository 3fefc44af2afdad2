"""Everything the client raises.

TikTokError                     base; `effect` says what became of the call
├── UnreachableError            the request did not leave: nothing happened
├── LostReplyError              a read got no usable reply: asking again is safe
├── OutcomeUnknownError         a write got no usable reply: look before repeating it
├── WrongRouteError             HTTP 404/405 and other 4xx: the base URL or path is wrong
├── MalformedAnswerError        the reply breaks the documented contract
├── IncompleteListError         a paged list did not add up
│   └── IncompleteReportError   … and it was a report
└── RefusedError                TikTok answered with a code other than 0
    ├── InvalidRequestError     a field is wrong
    │   └── SparkCodeError      a Spark Ads code or its post cannot be used; `problem` says why
    ├── NotFoundError           the object does not exist
    ├── ForbiddenError          no permission on the advertiser, asset or endpoint
    ├── TokenExpiredError       refresh the access token
    ├── ReauthorizationNeededError   a person must grant access again
    ├── RateLimitedError        too many calls; `retry_after` says when to come back
    ├── DuplicateRequestError   the `request_id` was used a moment ago
    ├── ConflictError           another write was in progress on the same object
    ├── NotReadyError           the task is still running
    ├── QuotaReachedError       a count limit, e.g. ads per identity
    ├── UnsupportedError        not offered here (TikTok's sandbox, domain, version)
    ├── PartialAnswerError      some items failed (code 20001) where all were needed
    └── PlatformFaultError      TikTok's own fault or maintenance

Messages are scrubbed of tokens and codes before an error is made.
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tiktok_business.spark_codes import SparkCodeProblem


class Effect(StrEnum):
    """What a failed call did on the platform."""

    NONE = "none"
    UNKNOWN = "unknown"


class TikTokError(Exception):
    """Base of every failure of the client.

    endpoint : path of the call, e.g. "/ad/create/"
    effect : NONE when nothing happened on the platform, UNKNOWN when it may have
    request_id : TikTok's id of the call, "" when no reply was read; quote it to their support
    """

    effect = Effect.NONE

    def __init__(self, message: str, *, endpoint: str, request_id: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.endpoint = endpoint
        self.request_id = request_id

    def __str__(self) -> str:
        tail = f", request_id {self.request_id}" if self.request_id else ""
        return f"{self.message} ({self.endpoint}{tail})"


class UnreachableError(TikTokError):
    """No connection was made, so nothing happened. Check the network and the base URL."""


class LostReplyError(TikTokError):
    """A read had no usable reply: time-out, cut connection, HTTP 5xx or unreadable body."""


class OutcomeUnknownError(TikTokError):
    """A write was sent and no usable reply came back. Read the object's state before repeating."""

    effect = Effect.UNKNOWN


class WrongRouteError(TikTokError):
    """The gateway does not know this path or verb. Check the base URL and the client's version."""

    def __init__(self, message: str, *, endpoint: str, http_status: int) -> None:
        super().__init__(message, endpoint=endpoint)
        self.http_status = http_status


class MalformedAnswerError(TikTokError):
    """TikTok said "OK" but the data breaks the contract, so a write may have happened."""

    effect = Effect.UNKNOWN


class IncompleteListError(TikTokError):
    """Pages did not add up to the announced total: discard what came and fetch again."""


class IncompleteReportError(IncompleteListError):
    """A report's pages did not add up: discard its rows and fetch the span again."""


class RefusedError(TikTokError):
    """TikTok refused the call. HTTP status is 200 even then; `wire_code` tells."""

    def __init__(
        self, message: str, *, endpoint: str, wire_code: int, request_id: str = ""
    ) -> None:
        super().__init__(message, endpoint=endpoint, request_id=request_id)
        self.wire_code = wire_code

    def __str__(self) -> str:
        return f"{self.wire_code}: {super().__str__()}"


class InvalidRequestError(RefusedError):
    """A field is missing or wrong; the message names it."""


class SparkCodeError(InvalidRequestError):
    """A Spark Ads code, or the post behind it, cannot be used. `problem.next_step` says what to do."""

    def __init__(
        self,
        message: str,
        *,
        endpoint: str,
        wire_code: int,
        problem: SparkCodeProblem,
        request_id: str = "",
    ) -> None:
        super().__init__(message, endpoint=endpoint, wire_code=wire_code, request_id=request_id)
        self.problem = problem


class NotFoundError(RefusedError):
    """The object does not exist, or not for this advertiser."""


class ForbiddenError(RefusedError):
    """The token's user has no permission here. Ask the account's owner to grant it."""


class TokenExpiredError(RefusedError):
    """The access or refresh token is past its time."""


class ReauthorizationNeededError(RefusedError):
    """Token or code is missing, invalid, revoked or used up: a person must grant access again."""


class RateLimitedError(RefusedError):
    """Too many calls. Nothing happened; come back after `retry_after`."""

    def __init__(
        self,
        message: str,
        *,
        endpoint: str,
        wire_code: int,
        retry_after: timedelta,
        request_id: str = "",
    ) -> None:
        super().__init__(message, endpoint=endpoint, wire_code=wire_code, request_id=request_id)
        self.retry_after = retry_after


class DuplicateRequestError(RefusedError):
    """The same `request_id` was sent some seconds ago: the first call may have succeeded."""

    effect = Effect.UNKNOWN


class ConflictError(RefusedError):
    """Another write on the same object was in progress. Nothing happened."""


class NotReadyError(RefusedError):
    """The task or file is still being processed. Ask again later."""


class QuotaReachedError(RefusedError):
    """A count limit is reached. Delete what is not needed or use another identity."""


class UnsupportedError(RefusedError):
    """Not offered by this host, app or version."""


class PartialAnswerError(RefusedError):
    """Only some items succeeded where the caller needs all (code 20001)."""


class PlatformFaultError(RefusedError):
    """TikTok's own fault or maintenance. On a write it is raised as OutcomeUnknownError instead."""
