"""Every failure Kindling expects. One handler turns them into a page, JSON or an exit code.

KindlingError
├── InvalidInputError      422  what was given is wrong; the message says what to do
│   ├── FileProblemError   422  a file as a whole cannot be read (columns, encoding, size)
│   └── TooLongError       422  the database does not hold a text or number of this size
├── NotAllowedError        403  the role, or the four-eyes rule, forbids it
├── NotFoundError          404  not in this workspace
├── ConflictError          409  it changed meanwhile, or it was already done
├── TooManyError           429  too often in a short time; says when to come back
└── PlatformError          502  TikTok refused or could not be reached; says whether trying again helps
    ├── UnreachableError           nothing was sent
    ├── OutcomeUnknownError        it may have happened: look before sending it again
    ├── RateLimitedError           nothing happened: TikTok limits how often it is asked
    ├── ReauthorizationNeededError nothing happened: a person must grant access again
    └── RefusedError               nothing happened: TikTok refuses this very call
        └── SparkCodeError         … for a Spark Ads code or its post that cannot be used
"""

from __future__ import annotations


class KindlingError(Exception):
    """Base of every failure we expect. `code` is API and stays; the message is for people.

    next_step : one sentence telling the person what to do, never empty on a page.
    facts : JSON-able details; never a code, a token or personal data.
    """

    code = "unexpected"
    http_status = 500

    def __init__(self, message: str, *, next_step: str = "", **facts: object) -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step
        self.facts = facts

    def __str__(self) -> str:
        return f"{self.message} {self.next_step}".strip()


class InvalidInputError(KindlingError):
    code = "invalid_input"
    http_status = 422


class FileProblemError(InvalidInputError):
    """A file as a whole cannot be read; forms show it at their field `file`."""

    code = "file_problem"

    def __init__(self, message: str, *, next_step: str = "", **facts: object) -> None:
        super().__init__(message, next_step=next_step, **{"field": "file", **facts})


class TooLongError(InvalidInputError):
    """A text or a number that its column does not hold; where a field has a limit of its own, its check names it."""

    def __init__(self) -> None:
        super().__init__(
            "A text is too long, or a number too large.", next_step="Shorten it, then try again."
        )


class NotAllowedError(KindlingError):
    code = "not_allowed"
    http_status = 403


class NotFoundError(KindlingError):
    code = "not_found"
    http_status = 404


class ConflictError(KindlingError):
    code = "conflict"
    http_status = 409


class TooManyError(KindlingError):
    code = "too_many"
    http_status = 429


class PlatformError(KindlingError):
    """TikTok refused, lied or could not be reached. Raised bare where no subclass below says more.

    wire_code : TikTok's return code, None where it gave none
    request_id : TikTok's id of the call, "" where it gave none
    can_retry : whether the same call may succeed later
    """

    code = "platform"
    http_status = 502

    def __init__(
        self,
        message: str,
        *,
        next_step: str = "",
        wire_code: int | None = None,
        request_id: str = "",
        can_retry: bool = False,
    ) -> None:
        super().__init__(message, next_step=next_step, wire_code=wire_code, request_id=request_id)
        self.wire_code = wire_code
        self.request_id = request_id
        self.can_retry = can_retry


class UnreachableError(PlatformError):
    """No connection was made: nothing was sent."""


class OutcomeUnknownError(PlatformError):
    """The call may have happened. Ask TikTok how things stand; never send it again before."""


class RateLimitedError(PlatformError):
    """Too many calls, and waiting for the next free moment took too long. Nothing happened."""


class ReauthorizationNeededError(PlatformError):
    """The token is missing, revoked or used up: a person must grant access again. Nothing happened."""


class RefusedError(PlatformError):
    """TikTok refuses this very call, and would again. Nothing happened."""


class SparkCodeError(RefusedError):
    """A Spark Ads code, or the post behind it, cannot be used; `next_step` says who does what.

    can_retry : True where the fault is TikTok's own and the same code may work later
    """


class PostRefusedError(SparkCodeError):
    """The post itself can never be a Spark Ad: a story, a duet of a duet, several mentions, against the rules."""
