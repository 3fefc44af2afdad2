"""The calendar feed: every end that matters, as an address any calendar can subscribe to (F5)."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from icalendar import Alarm, Calendar, Event

from kindling.agreements.rights.rules import ClockName
from kindling.authorizations import service
from kindling.authorizations.lifecycle import rules
from kindling.authorizations.models import Authorization, CalendarFeed
from kindling.errors import NotFoundError
from kindling.kit.money import in_words
from kindling.notices import mail
from kindling.workspaces.models import Member, Workspace
from kindling.workspaces.service import Actor, record

AHEAD = timedelta(days=400)
MOST_EVENTS = 5000


def make_feed(actor: Actor, *, at: datetime) -> str:
    """A calendar address of the actor's own, shown once; an earlier one of theirs ends with it."""
    member = Member.objects.get(workspace=actor.workspace, user=actor.user)
    CalendarFeed.objects.filter(member=member, revoked_at=None).update(revoked_at=at)
    key = secrets.token_urlsafe(32)
    CalendarFeed.objects.create(member=member, digest=_digest(key), created_at=at)
    record(actor, "created calendar address", str(member.user), at=at)
    return mail.page_url(f"calendar/{key}.ics")


def end_feeds(actor: Actor, *, at: datetime) -> int:
    """Close the actor's calendar address; returns how many were open."""
    ended = CalendarFeed.objects.filter(
        member__workspace=actor.workspace, member__user=actor.user, revoked_at=None
    ).update(revoked_at=at)
    if ended:
        record(actor, "deleted calendar address", str(actor.user), at=at)
    return ended


def has_feed(actor: Actor) -> bool:
    return CalendarFeed.objects.filter(
        member__workspace=actor.workspace, member__user=actor.user, revoked_at=None
    ).exists()


def workspace_of(key: str) -> Workspace:
    """Whose calendar this is. Raises NotFoundError, the same for every reason."""
    feed = (
        CalendarFeed.objects.select_related("member__workspace")
        .filter(
            digest=_digest(key),
            revoked_at=None,
            member__user__is_active=True,
            member__deactivated_at=None,
        )
        .first()
    )
    if feed is None:
        raise NotFoundError(
            "This calendar address is not valid.", next_step="Create a new address."
        )
    return feed.member.workspace


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def calendar(workspace: Workspace, *, now: datetime) -> bytes:
    """Stop-by times of usable authorizations as iCalendar (RFC 5545), the earliest first. It contains no code."""
    rows = (
        Authorization.objects.filter(
            workspace=workspace,
            state__in=list(rules.USABLE),
            paid_until__gt=now - timedelta(days=30),
            paid_until__lt=now + AHEAD,
        )
        .select_related("post__creator")
        .order_by("paid_until", "pk")[:MOST_EVENTS]
    )
    feed = Calendar()
    feed.add("prodid", "-//Kindling//Authorizations//EN")
    feed.add("version", "2.0")
    feed.add("x-wr-calname", f"{workspace.name}: stop-by dates")
    for row in rows:
        feed.add_component(_event(workspace, row, now=now))
    return bytes(feed.to_ical())


def _event(workspace: Workspace, row: Authorization, *, now: datetime) -> Event:
    end = row.paid_until or now
    event = Event()
    event.add("uid", f"permission-{row.pk}@{workspace.slug}.kindling")
    event.add("dtstamp", now)
    event.add("dtstart", end)
    event.add("dtend", end + timedelta(minutes=30))
    ends_first = ClockName(row.bound_by).label
    spend = in_words(service.spend_a_day(row, workspace.currency))
    risk = f", {spend} a day" if service.spends(row) else ""
    event.add("summary", f"Stop by: @{row.post.creator.handle} ({ends_first}){risk}")
    event.add(
        "description",
        f"Post {row.post.item_id}. Ends first because of: {ends_first}. "
        f"{row.next_step or 'Renew it, or stop its ads by then.'}",
    )
    event.add("url", mail.page_url(f"w/{workspace.slug}/authorizations/{row.pk}/"))
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", "Renew, or stop the ads")
    alarm.add("trigger", timedelta(days=-3))
    event.add_component(alarm)
    return event
