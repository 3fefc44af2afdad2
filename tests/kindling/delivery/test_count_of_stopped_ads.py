"""How many ads are stopped is counted without reading them, and is the number of those that are listed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sample_team import Team

from kindling.delivery import resume, sync
from kindling.delivery.models import Ad, Pause
from kindling.workspaces import service as workspaces
from kindling.workspaces.models import User


@pytest.fixture
def off(team: Team) -> Team:
    """Three ads that are off, with no stop on record."""
    team.apply(team.approved(team.launchable(3)))
    sync.sync_account(team.account, at=team.now)
    Ad.objects.update(operation_status="DISABLE")
    return team


def stop(team: Team, number: int, **more: object) -> Pause:
    ad = Ad.objects.order_by("pk")[number]
    told = {"at": team.now, "reason": "Test.", "is_confirmed": True, **more}
    return Pause.objects.create(ad=ad, **told)


def counted(team: Team) -> int:
    count = resume.count_stopped(team.workspace)
    assert count == len(resume.stopped(team.workspace))
    return count


def test_an_ad_that_is_off_without_a_stop_is_not_counted(off: Team) -> None:
    assert counted(off) == 0


def test_an_ad_with_several_stops_counts_once(off: Team) -> None:
    stop(off, 0)
    stop(off, 0, at=off.now + timedelta(minutes=1))
    stop(off, 1)
    assert counted(off) == 2


def test_what_was_resumed_or_never_confirmed_does_not_count(off: Team) -> None:
    stop(off, 0, resumed_at=off.now)
    stop(off, 1, is_confirmed=False)
    stop(off, 2, is_confirmed=None)
    assert counted(off) == 0


def test_an_ad_that_runs_again_or_is_gone_does_not_count(off: Team) -> None:
    on, gone = stop(off, 0), stop(off, 1)
    assert counted(off) == 2
    Ad.objects.filter(pk=on.ad_id).update(operation_status="ENABLE")
    assert counted(off) == 1
    Ad.objects.filter(pk=gone.ad_id).update(is_gone=True)
    assert counted(off) == 0


def test_ads_of_another_workspace_do_not_count(off: Team) -> None:
    stop(off, 0)
    owner = User.objects.create_user("owner@other.example")
    other = workspaces.create_workspace(
        slug="other", name="Other", owner=owner, currency="USD", timezone="UTC", at=off.now
    )
    assert resume.count_stopped(other) == 0
    assert counted(off) == 1
