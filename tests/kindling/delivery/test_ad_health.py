"""What is kept of learning and fatigue after a sync, and who is told."""

from __future__ import annotations

from datetime import timedelta

import pytest
from desk import Desk, desk
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from posts_with_numbers import make_posts
from result_days import book, make_ad

from kindling.delivery import tasks
from kindling.delivery.health import service
from kindling.delivery.models import Ad, AdHealth
from kindling.facts.models import SyncedDay
from kindling.notices.models import Notice
from kindling.workspaces.models import User

__all__ = ["desk"]


def shown(clicks: int, reach: int, **more: int) -> dict[str, int | None]:
    return {
        "spend_minor": 1_000, "impressions": 10_000, "clicks": clicks, "video_views_2s": 3_000, "reach": reach,
        **more,
    }  # fmt: skip


def worn(desk: Desk) -> Ad:
    """An ad whose clicks have halved in twelve days while people see it more often."""
    (post,) = make_posts(desk, 1)
    ad = make_ad(desk, "91", post=post)
    book(
        desk,
        {
            ad: {
                day: shown(200 if day > 6 else 90, 9_000 if day > 6 else 6_000)
                for day in range(1, 13)
            }
        },
    )
    return ad


class TestFatigue:
    def test_is_told_once_and_is_over_when_the_ad_is_off(self, desk: Desk) -> None:
        ad = worn(desk)
        tasks.judge_running(desk.workspace.pk)
        kept = AdHealth.objects.get()
        assert (kept.ad_id, kept.fatigue, kept.learning) == (ad.pk, "likely", "limited")
        (notice,) = Notice.objects.filter(key=f"ad-fatigue-{ad.pk}")
        assert notice.roles == ["media_buyer"]
        assert "frequency" in notice.title
        service.judge(desk.workspace, now=desk.now + timedelta(minutes=30))
        assert Notice.objects.filter(key=f"ad-fatigue-{ad.pk}").count() == 1
        Ad.objects.update(operation_status="DISABLE", secondary_status="AD_STATUS_DISABLE")
        service.judge(desk.workspace, now=desk.now + timedelta(hours=1))
        notice.refresh_from_db()
        assert notice.done_at is not None
        assert not AdHealth.objects.exists()

    @pytest.mark.parametrize("what", ["late", "gap"])
    def test_is_unknown_where_figures_are(self, desk: Desk, what: str) -> None:
        worn(desk)
        if what == "late":
            SyncedDay.objects.update(at=desk.now - timedelta(hours=4))
        else:
            SyncedDay.objects.filter(day=(desk.now - timedelta(days=11)).date()).update(rows=99)
        (kept,) = service.judge(desk.workspace, now=desk.now)
        assert kept.fatigue == "unknown"
        assert not Notice.objects.filter(key__startswith="ad-fatigue-").exists()

    def test_of_an_older_look_never_replaces_a_newer(self, desk: Desk) -> None:
        worn(desk)
        service.judge(desk.workspace, now=desk.now + timedelta(hours=1))
        service.judge(desk.workspace, now=desk.now)
        assert AdHealth.objects.get().at == desk.now + timedelta(hours=1)


class TestLearning:
    def test_counts_the_conversions_of_the_whole_ad_group(self, desk: Desk) -> None:
        one = make_ad(desk, "91")
        other = make_ad(desk, "92")
        Ad.objects.filter(pk=other.pk).update(adgroup=one.adgroup)
        Ad.objects.update(created_at=desk.now - timedelta(days=3))
        book(desk, {ad: {2: shown(100, 900, conversions=24)} for ad in (one, other)})
        found = service.judge(desk.workspace, now=desk.now)
        assert {each.learning for each in found} == {"learning"}
        assert {each.evidence["conversions"] for each in found} == {48}


class TestLive:
    def test_shows_why_with_no_query_for_each_ad(self, desk: Desk, client: Client) -> None:
        worn(desk)
        service.judge(desk.workspace, now=desk.now)
        client.force_login(User.objects.get(email="viewer@shop.example"))
        page = desk.where("delivery:live")
        assert "Fatigue likely" in client.get(page).content.decode()
        with CaptureQueriesContext(connection) as few:
            client.get(page)
        more = [make_ad(desk, f"8{number}") for number in range(5)]
        AdHealth.objects.bulk_create(
            AdHealth(ad=ad, at=desk.now, learning="learning", learning_reason="L.", fatigue="fresh",
                     fatigue_reason="F.", evidence={"conversions": 3, "needed": 50}) for ad in more
        )  # fmt: skip
        client.get(page)
        with CaptureQueriesContext(connection) as many:
            assert "Learning: 3 of 50 conversions" in client.get(page).content.decode()
        assert len(many) == len(few)
