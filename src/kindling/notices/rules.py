"""When a mail that the server did not take is tried again. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum, auto

# The waits between the tries, and so their limit: two days in all, as mail servers themselves keep trying.
WAITS = tuple(timedelta(minutes=each) for each in (5, 15, 60, 180, 360, 720, 1440))


class Answer(Enum):
    """What became of a mail that was handed to the server and not taken."""

    LATER = auto()
    REFUSED = auto()
    UNCLEAR = auto()


def answer_of(code: int | None, *, is_about_mail: bool, has_begun: bool) -> Answer:
    """What a fault says of a mail.

    code : the server's reply, None when the connection was lost or never came about
    is_about_mail : the reply was to this mail (its sender, recipient or text), not to the connection or the password
    has_begun : the text had begun to leave when the connection was lost
    """
    if code is None and has_begun:
        return Answer.UNCLEAR
    if code is not None and is_about_mail and code >= 500:
        return Answer.REFUSED
    return Answer.LATER


def next_try_at(*, attempts: int, now: datetime) -> datetime | None:
    """When a mail that was tried so often is tried again; None when it was tried long enough."""
    return now + WAITS[attempts - 1] if attempts <= len(WAITS) else None
