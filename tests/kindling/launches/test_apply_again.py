"""Apply again goes on with what is left, and switches on nothing that a check or a person keeps off."""

from __future__ import annotations

import pytest
from sample_team import Team

from kindling.agreements.models import UsageRight
from kindling.delivery import resume, stops
from kindling.delivery.models import Ad
from kindling.errors import ConflictError
from kindling.launches import creator_approval, service
from kindling.launches.models import AdApproval, Plan, PlannedObject
from kindling.posts.models import Post

Kind, State = PlannedObject.Kind, PlannedObject.State


def planned_ad(plan: Plan) -> PlannedObject:
    return plan.objects_planned.get(kind=Kind.AD)


@pytest.fixture
def below_a_campaign_that_is_off(team: Team) -> Plan:
    """A plan of one post whose ad and ad group were switched on, and whose campaign was not."""
    (post,) = team.launchable(1)
    plan = team.approved([post])
    team.fault("error", "/campaign/status/update/", code=50000, times=99)
    plan = team.apply(plan)
    team.sandbox.delete("faults/")
    assert plan.state == Plan.State.PARTLY
    assert (len(team.switched_on()), team.switched_on("campaign")) == (1, set())
    return plan


class TestAnAdThatIsOnBelowACampaignThatIsNot:
    def test_goes_on_when_the_plan_is_applied_again(
        self, team: Team, below_a_campaign_that_is_off: Plan
    ) -> None:
        assert team.apply(below_a_campaign_that_is_off).state == Plan.State.APPLIED
        assert len(team.switched_on("campaign")) == 1

    @pytest.mark.slow
    def test_is_switched_off_when_it_is_blocked_by_then(
        self, team: Team, below_a_campaign_that_is_off: Plan
    ) -> None:
        UsageRight.objects.update(paid_allowed=False)
        plan = team.apply(below_a_campaign_that_is_off)
        assert plan.state == Plan.State.PARTLY
        assert (team.switched_on(), team.switched_on("campaign")) == (set(), set())
        assert planned_ad(plan).state == State.HELD
        assert "Usage rights cover paid use" in planned_ad(plan).message

    @pytest.mark.slow
    def test_lets_nothing_start_while_it_cannot_be_switched_off(
        self, team: Team, below_a_campaign_that_is_off: Plan
    ) -> None:
        UsageRight.objects.update(paid_allowed=False)
        team.fault("error", "/ad/status/update/", code=50000, times=99)
        plan = team.apply(below_a_campaign_that_is_off)
        assert (plan.state, team.switched_on("campaign")) == (Plan.State.PARTLY, set())
        team.sandbox.delete("faults/")
        team.apply(plan)
        assert (team.switched_on(), team.switched_on("campaign")) == (set(), set())

    @pytest.mark.slow
    def test_waits_for_a_creator_who_refused_it_meanwhile(
        self, team: Team, below_a_campaign_that_is_off: Plan
    ) -> None:
        plan, post = below_a_campaign_that_is_off, Post.objects.get(planned__kind=Kind.AD)
        UsageRight.objects.filter(item_id=post.item_id).update(final_approval=True)
        creator_approval.ask(team.buyer, plan, at=team.now)
        AdApproval.objects.update(is_approved=False, answered_at=team.now)
        with pytest.raises(ConflictError, match="has not approved the ad"):
            service.start_apply(team.buyer, plan, at=team.now)
        assert team.switched_on("campaign") == set()


class TestAnAdThatAPersonPaused:
    @pytest.fixture
    def paused(self, team: Team) -> Plan:
        """Its plan does not know that it ran: TikTok's answer to switching it on was lost."""
        (post,) = team.launchable(1)
        plan = team.approved([post])
        team.fault("drop_reply", "/ad/status/update/", times=99)
        plan = team.apply(plan)
        team.sandbox.delete("faults/")
        team.read()
        ad = Ad.objects.select_related("ad_account__connection").get()
        assert (planned_ad(plan).state, ad.operation_status) == (State.CREATED, "ENABLE")
        stops.pause(team.buyer, ad, reason="The brand wants it off.", at=team.now)
        return plan

    @pytest.mark.slow
    def test_stays_off_when_the_plan_is_applied_again(self, team: Team, paused: Plan) -> None:
        plan = team.apply(paused)
        assert (plan.state, team.switched_on()) == (Plan.State.PARTLY, set())
        assert planned_ad(plan).state == State.HELD
        assert planned_ad(plan).message == "Stopped; resume it on Live."

    @pytest.mark.slow
    def test_runs_once_it_was_resumed_and_the_plan_is_applied_again(
        self, team: Team, paused: Plan
    ) -> None:
        plan = team.apply(paused)
        ad = Ad.objects.select_related("ad_account__connection", "adgroup").get()
        resume.resume(team.buyer, ad, at=team.now)
        assert planned_ad(plan).state == State.ENABLED
        assert team.apply(plan).state == Plan.State.APPLIED
