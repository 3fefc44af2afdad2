"""A stop-by time reads the same on every page, in feeds, notices, the API and commands, in the workspace's zone."""

from __future__ import annotations

import html
import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner
from django.test import Client
from icalendar import Calendar
from sample_team import Team

from kindling.agreements.models import UsageRight
from kindling.authorizations import feeds
from kindling.authorizations.lifecycle import daily
from kindling.authorizations.models import Authorization
from kindling.authorizations.requests import lead_times
from kindling.authorizations.service import permissions
from kindling.cli import main
from kindling.commands import common
from kindling.delivery.models import Ad
from kindling.kit.time import day_words, instant_words
from kindling.notices.models import Mail, Notice
from kindling.workspaces import service as workspaces
from kindling.workspaces.models import Workspace

pytestmark = pytest.mark.slow
MARGIN = timedelta(hours=24)  # of a workspace that decided nothing else
# West and east of the day line, half hours, and both sides of a change of clocks (New York 8 Mar, Berlin 29 Mar 2026).
ZONES = (
    "Pacific/Pago_Pago", "America/New_York", "America/St_Johns", "Europe/Berlin", "Asia/Kathmandu",
    "Pacific/Kiritimati",
)  # fmt: skip
STOPS_BY = (
    datetime(2026, 3, 8, 6, 59, tzinfo=UTC),
    datetime(2026, 3, 8, 10, 30, tzinfo=UTC),
    datetime(2026, 3, 8, 23, 59, tzinfo=UTC),
)


@pytest.fixture
def ending(live: Team) -> Authorization:
    """The permission of a running ad; the usage rights last long, so its own end decides."""
    item_id = Ad.objects.order_by("ad_id")[0].item_id
    UsageRight.objects.filter(item_id=item_id).update(
        ends_at=live.now + timedelta(days=300), hold_until=live.now + timedelta(days=300)
    )
    return Authorization.objects.get(post__item_id=item_id)


def texts(page: str) -> str:
    """What a person reads of a page, without its marks; what the pointer shows is in titles."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("moment", STOPS_BY, ids=lambda moment: f"{moment:%d-%H%M}")
def test_a_stop_by_time_has_one_day_and_one_minute(
    live: Team,
    ending: Authorization,
    zone: str,
    moment: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert moment > live.now
    Workspace.objects.update(timezone=zone)
    live.workspace.refresh_from_db()
    Authorization.objects.filter(pk=ending.pk).update(ends_at=moment + MARGIN)
    daily.sweep(live.workspace, now=live.now)
    words, day = instant_words(moment, zone), day_words(moment, zone)
    minute = words.rsplit(" ", 1)[0]  # pages leave the zone's name to the pointer
    item_id, handle = ending.post.item_id, ending.post.creator.handle

    (held,) = permissions(live.workspace, now=live.now, items={item_id})
    assert held.window is not None
    assert held.window.ends_at == moment

    client = Client()
    client.force_login(live.owner.user)
    slug = live.workspace.slug
    for path in (
        "authorizations/", f"authorizations/{ending.pk}/", "authorizations/risk/", f"posts/{item_id}/",
        f"creators/@{handle}/", "live/",
    ):  # fmt: skip
        page = client.get(f"/w/{slug}/{path}").content.decode()
        assert minute in texts(page), path
        assert f"{moment:%Y-%m-%d %H:%M} UTC" in page, path
    today = client.get(f"/w/{slug}/").content.decode()
    assert minute in texts(today) or day in texts(today)

    lead_times.remind_to_renew(live.workspace, now=live.now)
    told = Notice.objects.get(title__contains="no renewal is asked for", title__icontains=item_id)
    assert words in told.title
    mails = list(Mail.objects.filter(key__startswith=f"notice-{told.pk}-"))
    assert mails
    assert [words in each.subject for each in mails] == [True] * len(mails)

    feed = Calendar.from_ical(feeds.calendar(live.workspace, now=live.now))
    (event,) = [each for each in feed.walk("VEVENT") if item_id in str(each["description"])]
    assert event.decoded("dtstart") == moment

    key = workspaces.issue_token(live.owner, name="Sample", at=live.now)
    answer = Client().get(
        f"/api/v1/authorizations?search={item_id}", headers={"Authorization": f"Bearer {key}"}
    )
    (listed,) = answer.json()["authorizations"]
    assert datetime.fromisoformat(listed["stop_by"]) == moment

    monkeypatch.setattr(common.out, "width", 250)
    said = CliRunner().invoke(main, ["risk", "--as", "owner@shop.example"])
    assert said.exit_code == 0, said.output
    assert words in said.output
    body = json.loads(
        CliRunner().invoke(main, ["risk", "--json", "--as", "owner@shop.example"]).output
    )
    (row,) = [each for each in body["authorizations"] if each["item_id"] == item_id]
    assert datetime.fromisoformat(row["stop_by"]) == moment
