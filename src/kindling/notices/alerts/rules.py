"""When an alert goes out, what its message says, and what a server's answer means. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from zoneinfo import ZoneInfo

from kindling.notices.rules import WAITS

NOW = 1  # the urgency that may break through quiet hours and digests
URGENT = 2  # up to which a notice that nobody took on is escalated
MOST_AGE = timedelta(days=2)  # an alert that could not be delivered by then is given up
MOST_IN_ONE = 20  # notices in one message; more go in the next
LONGEST_TEXT = 3_500  # characters of a message; Slack cuts at 4,000, Google Chat at 4,096


@dataclass(frozen=True, slots=True)
class Hours:
    """When a member or a chat wants alerts. Hours are of the workspace's zone, 0 to 23.

    digest_hour : gathered once a day; None for at once
    quiet_from, quiet_to : none goes out from the first up to the second, over midnight too; equal or None for never
    wakes : urgency 1 goes out at once, whatever the hour
    """

    digest_hour: int | None = None
    quiet_from: int | None = None
    quiet_to: int | None = None
    wakes: bool = True


AT_ONCE = Hours()


def due_at(at: datetime, *, urgency: int, hours: Hours, zone: str) -> datetime:
    """When an alert of a notice that opened at `at` goes out: then, with the next digest, or after quiet hours."""
    if urgency <= NOW and hours.wakes:
        return at
    due = at if hours.digest_hour is None else _next(at, hours.digest_hour, zone)
    return _after_quiet(due, hours, zone)


def last_digest(now: datetime, *, hours: Hours, zone: str) -> datetime:
    """The latest instant, not after now, at which a digest was due. hours : with a digest hour"""
    assert hours.digest_hour is not None  # noqa: S101 (only asked of who wants one)
    since = now - timedelta(days=3)  # quiet hours move a digest by less than a day
    found = since
    while (due := _after_quiet(_next(since, hours.digest_hour, zone), hours, zone)) <= now:
        found = since = due
    return found


def is_quiet(moment: datetime, *, hours: Hours, zone: str) -> bool:
    """Whether the moment lies in the quiet hours."""
    start, end = hours.quiet_from, hours.quiet_to
    if start is None or end is None or start == end:
        return False
    hour = moment.astimezone(ZoneInfo(zone)).hour
    return start <= hour < end if start < end else hour >= start or hour < end


def _after_quiet(moment: datetime, hours: Hours, zone: str) -> datetime:
    if not is_quiet(moment, hours=hours, zone=zone):
        return moment
    assert hours.quiet_to is not None  # noqa: S101 (else no hour is quiet)
    return _next(moment, hours.quiet_to, zone)


def _next(moment: datetime, hour: int, zone: str) -> datetime:
    """The next time after `moment` that clocks in the zone show this full hour, or skip it."""
    local = moment.astimezone(ZoneInfo(zone))
    today = local.replace(hour=hour, minute=0, second=0, microsecond=0)
    found = today.astimezone(moment.tzinfo)
    if found > moment:
        return found
    return (today + timedelta(days=1)).astimezone(moment.tzinfo)


def serves(roles: Collection[str], of_webhook: Collection[str]) -> bool:
    """Whether a webhook gets the notices of these roles. of_webhook : empty means all"""
    return not of_webhook or bool(set(roles) & set(of_webhook))


# --- The message --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """One notice of a message. owner : the role with the next step, in words; url : of its page"""

    title: str
    next_step: str
    owner: str
    url: str
    is_escalated: bool = False


def message(workspace: str, lines: Iterable[Line]) -> str:
    """The text of a message in plain words: Slack, Mattermost, Google Chat and Discord show it alike."""
    told = [_told(each) for each in lines]
    head = plain(workspace) + (f": {len(told)} notices" if len(told) > 1 else "")
    text = "\n\n".join([head, *told])
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"


def _told(line: Line) -> str:
    first = plain(line.title)
    if line.is_escalated:
        first = f"Not taken on yet: {first}"
    whose = f" ({plain(line.owner)})" if line.owner else ""
    return f"{first}\n{plain(line.next_step)}{whose}\n{line.url}"


def plain(text: str) -> str:
    """Text that no chat reads as a mention, a link or markup of its own.

    Source: Slack, "Formatting text for app surfaces": &, < and > are its control characters. Mattermost and Discord
    take @here and @everyone out of plain text, so a character without width follows each @.
    """
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return " ".join(escaped.split()).replace("@", "@\u200b")


# --- The answer ---------------------------------------------------------------------------------------------------


class Outcome(Enum):
    """What became of a message. STOPPED : the address takes none, now or later"""

    SENT = auto()
    LATER = auto()
    REFUSED = auto()
    STOPPED = auto()
    UNCLEAR = auto()


LATER_STATUSES = frozenset({408, 425, 429})
GONE_STATUSES = frozenset({401, 403, 404, 410})


def outcome_of(status: int) -> Outcome:
    """What a server's status says of the message it answers."""
    if 200 <= status < 300:
        return Outcome.SENT
    if status in LATER_STATUSES or status >= 500:
        return Outcome.LATER
    if status in GONE_STATUSES or status // 100 == 3:
        return Outcome.STOPPED
    return Outcome.REFUSED


def next_try_at(*, attempts: int, now: datetime, retry_after: str) -> datetime:
    """When an address is tried again. attempts : failures in a row; retry_after : the server's header, in seconds"""
    wait = WAITS[min(max(attempts, 1), len(WAITS)) - 1]
    if retry_after.isdecimal() and len(retry_after) < 7:
        wait = max(wait, timedelta(seconds=int(retry_after)))
    return now + min(wait, MOST_AGE)
