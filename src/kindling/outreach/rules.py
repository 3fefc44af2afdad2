"""When outreach may go out, how much of it, and what its texts may hold. Pure.

The numbers are defaults that a workspace changes; TikTok's own come from the domain reference (R82), with the
month they were read, because TikTok changes them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, time, timedelta

from kindling.kit.time import zone

# Ours, so that a new sender's address keeps its name: no more in a day or an hour than a person might write.
MAILS_A_DAY = 150
MAILS_AN_HOUR = 25
# R82, Seller University, read 2026-08: new sellers get 1,000 Shop messages once; later the quota follows the sales
# of 30 days and is renewed on Sunday, so a workspace enters its own. Five messages may go before an answer.
NEW_SELLER_MESSAGES = 1_000
MESSAGES_BEFORE_REPLY = 5
SUNDAY = 6
# Ours: people read work mail at work.
FIRST_HOUR, LAST_HOUR = 9, 18
WEEKEND = {5, 6}
MOST_STEPS = 6

VARIABLES = {
    "creator": "The creator's name, else the handle",
    "handle": "The handle with @",
    "brand": "The workspace's name",
    "product": "The product named at the enrolment",
    "sender": "Who enrolled the creator",
}
_VARIABLE = re.compile(r"\{\{\s*([a-z_]+)\s*\}\}")


def check_text(text: str) -> None:
    """Raise ValueError for a variable that is not of the list, or braces that are none."""
    unknown = [name for name in _VARIABLE.findall(text) if name not in VARIABLES]
    if unknown:
        raise ValueError(
            f"{{{{ {unknown[0]} }}}} is not a variable; there are {', '.join(VARIABLES)}"
        )
    rest = _VARIABLE.sub("", text)
    if "{{" in rest or "}}" in rest or "{%" in rest:
        raise ValueError("Write variables like {{ creator }}, and nothing else in braces")


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with its variables filled once: what a value holds is never read as a variable itself."""
    return _VARIABLE.sub(lambda found: values.get(found[1], ""), text)


def is_working_time(at: datetime, zone_name: str) -> bool:
    local = at.astimezone(zone(zone_name))
    return local.weekday() not in WEEKEND and FIRST_HOUR <= local.hour < LAST_HOUR


def next_working_time(at: datetime, zone_name: str) -> datetime:
    """`at` itself in working hours, else when the next ones begin."""
    if is_working_time(at, zone_name):
        return at
    where = zone(zone_name)
    local = at.astimezone(where)
    day = local.date() if local.hour < FIRST_HOUR else local.date() + timedelta(days=1)
    while day.weekday() in WEEKEND:
        day += timedelta(days=1)
    return datetime.combine(day, time(FIRST_HOUR), tzinfo=where).astimezone(at.tzinfo)


def mails_left(*, sent_today: int, sent_this_hour: int, a_day: int, an_hour: int) -> int:
    """How many mails may still go out now; never below zero."""
    return max(0, min(a_day - sent_today, an_hour - sent_this_hour))


def quota_week(at: datetime, zone_name: str) -> datetime:
    """When the running week of the Shop quota began: the last Sunday's first moment in the zone (R82)."""
    where = zone(zone_name)
    local = at.astimezone(where)
    sunday = local.date() - timedelta(days=(local.weekday() - SUNDAY) % 7)
    return datetime.combine(sunday, time.min, tzinfo=where).astimezone(at.tzinfo)


def shop_left(*, sent_this_week: int, quota: int) -> int:
    """Shop messages left this week. Those to exempt creators are not counted as sent (R82)."""
    return max(0, quota - sent_this_week)


def may_write_in_shop(
    *, left: int, sent_unanswered: int, has_replied: bool, has_sold: bool
) -> bool:
    """Whether one more Shop message may go to a creator (R82)."""
    if has_replied or has_sold:
        return True
    return left > 0 and sent_unanswered < MESSAGES_BEFORE_REPLY
