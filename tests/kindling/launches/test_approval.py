"""Approval under force: limit and member are checked again in the transaction that writes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections, transaction
from django.test import Client
from sample_team import Team

from kindling.agreements.models import UsageRight
from kindling.errors import ConflictError, KindlingError, NotAllowedError
from kindling.launches import service
from kindling.launches.models import Plan
from kindling.workspaces import service as workspaces
from kindling.workspaces.models import Member, Workspace

LIMIT = 20_000  # minor units a day


def own_plans(team: Team, count: int) -> list[Plan]:
    """Plans of the buyer, one post each, of 160.00 a day."""
    posts = team.launchable(count)
    return [
        team.plan([post], name=f"Sample {n}", daily_budget="160.00") for n, post in enumerate(posts)
    ]


class TestThreeOwnPlansAtOnce:
    """Seen: three plans of 160 approved at the same moment against a limit of 200."""

    @pytest.mark.slow
    def test_never_pass_the_limit_together(
        self, team: Team, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        plans = own_plans(team, 3)
        meeting = Barrier(3, timeout=30)
        known = service.check_with_caps

        def met(*given: object, **more: object) -> object:
            found = known(*given, **more)  # type: ignore[arg-type]
            meeting.wait()  # all three have passed the first look
            return found

        monkeypatch.setattr(service, "check_with_caps", met)

        def approve(plan: Plan) -> str:
            try:
                service.approve(team.buyer, plan, digest=plan.digest, at=team.now)
            except NotAllowedError:
                return "refused"
            finally:
                connections.close_all()
            return "approved"

        with ThreadPoolExecutor(3) as pool:
            found = sorted(pool.map(approve, plans))
        assert found == ["approved", "refused", "refused"]
        approved = Plan.objects.filter(state=Plan.State.APPROVED)
        assert sum(plan.daily_budget_minor for plan in approved) <= LIMIT


class TestAnApproval:
    @pytest.mark.parametrize("change", ["role", "removed", "inactive"])
    def test_does_not_outlive_the_role_of_its_giver(
        self, team: Team, monkeypatch: pytest.MonkeyPatch, change: str
    ) -> None:
        (plan,) = own_plans(team, 1)
        known = service.check_with_caps

        def demoted(*given: object, **more: object) -> object:
            found = known(*given, **more)  # type: ignore[arg-type]
            member = Member.objects.get(user=team.finance.user)
            if change == "role":
                Member.objects.filter(pk=member.pk).update(role="viewer")
            elif change == "removed":
                member.delete()
            else:
                member.user.is_active = False
                member.user.save()
            return found

        monkeypatch.setattr(service, "check_with_caps", demoted)
        with pytest.raises(NotAllowedError):
            service.approve(team.finance, plan, digest=plan.digest, at=team.now)
        plan.refresh_from_db()
        assert plan.state == Plan.State.DRAFT

    def test_goes_by_the_limit_as_it_is_when_it_is_written(
        self, team: Team, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (plan,) = own_plans(team, 1)
        known = service.check_with_caps

        def lowered(*given: object, **more: object) -> object:
            found = known(*given, **more)  # type: ignore[arg-type]
            Workspace.objects.update(second_person_above_minor=10_000)
            return found

        monkeypatch.setattr(service, "check_with_caps", lowered)
        with pytest.raises(NotAllowedError, match="second approver"):
            service.approve(team.buyer, plan, digest=plan.digest, at=team.now)

    def test_is_of_no_use_to_an_applier_who_lost_the_role(self, team: Team) -> None:
        (plan,) = own_plans(team, 1)
        service.approve(team.finance, plan, digest=plan.digest, at=team.now)
        Member.objects.filter(user=team.buyer.user).update(role="viewer")
        with pytest.raises(KindlingError):
            service.start_apply(team.buyer, plan, at=team.now)
        plan.refresh_from_db()
        assert plan.state == Plan.State.APPROVED


def test_a_member_is_read_anew(team: Team) -> None:
    Member.objects.filter(user=team.buyer.user).update(role="owner")
    with transaction.atomic():
        found = workspaces.check_again(team.buyer, workspaces.Action.MANAGE_WORKSPACE)
    assert found.role == "owner"


@pytest.mark.slow
def test_a_plan_for_a_city_is_refused_where_the_usage_rights_name_countries(team: Team) -> None:
    """2643743 is London: of an id that is no country on record nobody knows what it lies in."""
    (post,) = team.launchable(1)
    plan = team.plan([post], countries=["US"], locations=["2643743"])
    UsageRight.objects.filter(item_id=post.item_id).update(territory=["US"])
    with pytest.raises(ConflictError, match="country of location 2643743 is not on record"):
        service.approve(team.finance, plan, digest=plan.digest, at=team.now)


def test_a_start_near_the_end_of_the_calendar_is_refused_by_the_api(team: Team) -> None:
    (post,) = team.launchable(1)
    token = workspaces.issue_token(team.buyer, name="test", at=team.now)
    api = Client(headers={"Authorization": f"Bearer {token}"})
    given = {"posts": [post.item_id], "start": "9999-12-25T00:00:00Z"}
    answer = api.post(
        "/api/v1/plans",
        {**given, "ad_account": team.account.advertiser_id},
        content_type="application/json",
    )
    assert answer.status_code == 422
    assert "starts in the year 9999" in answer.content.decode()
