"""A plan that is being applied always has somebody who goes on with it, and one at a time who writes."""

from __future__ import annotations

from typing import Any

import pytest
from sample_team import Team

from kindling import clock
from kindling.jobs import lease
from kindling.jobs.lease import LostLeaseError
from kindling.jobs.models import Lease
from kindling.jobs.registry import registry
from kindling.launches import service as launches
from kindling.launches import tasks
from kindling.launches.models import Plan, PlannedObject
from kindling.launches.sending import apply as applying
from kindling.launches.sending import calls, lookups


class TestAPlanBeingApplied:
    """Seen: a job that lost its lease left its plan "applying", with no button and nobody to go on with it."""

    @pytest.fixture
    def plan(self, team: Team) -> Plan:
        """Its apply was asked for and has not begun."""
        plan = team.approved(team.launchable(1))
        launches.start_apply(team.buyer, plan, at=team.now)
        return plan

    def test_is_asked_for_again_where_nobody_works_on_it(self, plan: Plan) -> None:
        (wish,) = tasks.stranded_plans(clock.now())
        registry.run(wish.task, wish.arguments)
        plan.refresh_from_db()
        assert plan.state == Plan.State.APPLIED
        assert list(tasks.stranded_plans(clock.now())) == []

    def test_is_left_to_whoever_works_on_it(self, plan: Plan) -> None:
        with lease.held(f"account-{plan.ad_account_id}"):
            assert list(tasks.stranded_plans(clock.now())) == []

    def test_can_be_applied_again_after_a_fault(
        self, team: Team, plan: Plan, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def breaks(*given: object) -> None:
            raise ZeroDivisionError

        monkeypatch.setattr(calls, "_creative", breaks)
        with pytest.raises(ZeroDivisionError):
            applying.run(plan.pk)
        plan.refresh_from_db()
        assert plan.state == Plan.State.PARTLY
        assert "fault of Kindling's own" in plan.problem
        monkeypatch.undo()
        assert team.apply(plan).state == Plan.State.APPLIED

    def test_is_not_written_to_by_a_process_that_was_overtaken(
        self, team: Team, plan: Plan, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Its object is a double: it stays off and is reported, and the other process's object is the plan's."""
        create, slow = calls.make, []

        def overtaken(account: Any, plan: Plan, row: PlannedObject, parent: Any) -> Any:
            made = create(account, plan, row, parent)
            if row.kind == PlannedObject.Kind.AD and not slow:
                slow.append(made)
                Lease.objects.all().delete()
                applying.run(plan.pk)
            return made

        monkeypatch.setattr(calls, "make", overtaken)
        monkeypatch.setattr(calls, "find", lambda row: [])  # a stale list
        with pytest.raises(LostLeaseError):
            applying.run(plan.pk)
        plan.refresh_from_db()
        assert plan.state == Plan.State.APPLIED
        assert slow[0] not in plan.objects_planned.values_list("external_id", flat=True)
        assert len(team.switched_on()) == 1
        assert slow[0] not in team.switched_on()
        monkeypatch.undo()
        assert lookups.look_for_strays(plan, at=team.now) == 1
