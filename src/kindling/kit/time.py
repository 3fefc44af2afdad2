"""Instants and days: parsing them, and how days of a zone map to instants. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from datetime import time as wall_time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def parse_instant(text: str) -> datetime:
    """An ISO 8601 instant with zone, as UTC. Raises ValueError with what to write."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f"{text!r} is not a time; write it like 2026-03-02T14:30:00Z") from None
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone; write it like 2026-03-02T14:30:00Z")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{text!r} is outside the calendar") from None


def parse_day(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f"{text!r} is not a date; write it like 2026-03-02") from None


def zone(name: str) -> ZoneInfo:
    """The IANA zone. Raises ValueError when there is no such zone."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError(f"{name!r} is not a time zone; write it like Europe/Berlin") from None


def day_in(moment: datetime, zone_name: str) -> date:
    """The calendar day `moment` falls on in a zone: ad reports count by it."""
    return moment.astimezone(zone(zone_name)).date()


def instant_words(moment: datetime, zone_name: str) -> str:
    """A moment in a sentence, in a zone and with its name: "02 Mar 2026, 14:30 CET". Pages show it the same way."""
    return f"{moment.astimezone(zone(zone_name)):%d %b %Y, %H:%M %Z}"


def day_words(moment: datetime, zone_name: str) -> str:
    """The day a moment falls on in a zone, in a sentence: "02 Mar 2026"."""
    return f"{day_in(moment, zone_name):%d %b %Y}"


def days_touched(start: datetime, end: datetime, zone_name: str) -> int:
    """How many calendar days of a zone the time from `start` up to, not with, `end` lies in; 0 for none."""
    if end <= start:
        return 0
    last = day_in(end - timedelta.resolution, zone_name)
    return (last - day_in(start, zone_name)).days + 1


def start_of_day(day: date, zone_name: str) -> datetime:
    """The first instant of a zone's day, UTC."""
    return datetime.combine(day, wall_time.min, tzinfo=zone(zone_name)).astimezone(UTC)


def last_minute(day: date, zone_name: str) -> datetime:
    """The beginning of a zone's last minute of a day, UTC: what is due on a day is due by then."""
    return start_of_day(day + timedelta(days=1), zone_name) - timedelta(minutes=1)
