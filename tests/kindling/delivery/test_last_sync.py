"""The last sync that pages tell of is the one that brought figures, or should have."""

from __future__ import annotations

from datetime import timedelta

import pytest
from desk import Desk, desk
from django.test import Client

from kindling.delivery import service
from kindling.delivery.models import SyncRun
from kindling.today.needs import needs
from kindling.workspaces.models import User

__all__ = ["desk"]

ENTITIES, REPORTS = SyncRun.Kind.ENTITIES, SyncRun.Kind.REPORTS


def ran(
    desk: Desk, kind: SyncRun.Kind, *, minutes: int, problem: str = "", is_over: bool = True
) -> SyncRun:
    """A run of so many minutes ago."""
    at = desk.now - timedelta(minutes=minutes)
    return SyncRun.objects.create(
        ad_account=desk.account, kind=kind, started_at=at, finished_at=at if is_over else None,
        is_complete=is_over and not problem, problem=problem,
    )  # fmt: skip


def asked_for(desk: Desk) -> list[str]:
    return [
        each.title for each in needs(desk.workspace, now=desk.now) if "incomplete" in each.title
    ]


class TestTheLastSync:
    def test_that_failed_is_not_hidden_by_a_pull_of_ads_that_the_guard_made(
        self, desk: Desk, client: Client
    ) -> None:
        """Seen: Today no longer asked for a sync, and Live called the guard's pull the last sync."""
        ran(desk, ENTITIES, minutes=31)
        ran(desk, REPORTS, minutes=30, problem="TikTok: no reports.")
        ran(desk, ENTITIES, minutes=5)
        assert asked_for(desk) == [
            f"{desk.account.name}: the last sync is incomplete. TikTok: no reports."
        ]
        client.force_login(User.objects.get(email="owner@shop.example"))
        for page in ("delivery:live", "today:home"):
            assert "Sync incomplete" in client.get(desk.where(page)).content.decode()

    def test_is_as_old_as_its_figures(self, desk: Desk) -> None:
        ran(desk, ENTITIES, minutes=61)
        reports = ran(desk, REPORTS, minutes=60)
        ran(desk, ENTITIES, minutes=5)
        assert service.last_sync(desk.workspace) == reports
        assert asked_for(desk) == []

    @pytest.mark.parametrize("is_over", [True, False], ids=["failed", "under way"])
    def test_that_has_not_come_to_its_reports_is_told_of(self, desk: Desk, is_over: bool) -> None:
        ran(desk, REPORTS, minutes=60)
        problem = "TikTok: not now." if is_over else ""
        entities = ran(desk, ENTITIES, minutes=5, problem=problem, is_over=is_over)
        assert service.last_sync(desk.workspace) == entities
        assert bool(asked_for(desk)) == is_over

    def test_that_failed_is_told_of_while_the_next_is_under_way(self, desk: Desk) -> None:
        ran(desk, REPORTS, minutes=30, problem="TikTok: no reports.")
        ran(desk, REPORTS, minutes=1, is_over=False)
        assert len(asked_for(desk)) == 1

    def test_shows_how_far_it_got_while_it_runs(self, desk: Desk, client: Client) -> None:
        run = ran(desk, REPORTS, minutes=3, is_over=False)
        first = desk.now.date() - timedelta(days=59)
        run.first_day, run.last_day = first, desk.now.date()
        run.save()
        assert run.percent is None
        client.force_login(User.objects.get(email="owner@shop.example"))
        run.read_until = first + timedelta(days=29)
        run.save()
        for page in ("delivery:live", "today:home"):
            text = client.get(desk.where(page)).content.decode()
            assert 'value="50" aria-label="Days synced"' in text
        run.finished_at = desk.now
        assert run.percent is None
