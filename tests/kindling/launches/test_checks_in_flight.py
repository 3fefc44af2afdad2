"""Ads that run are checked again once a day: what newly fails is told to its owner, and nothing is stopped."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sample_team import Team

from kindling import clock
from kindling.delivery import sync
from kindling.jobs.registry import registry
from kindling.launches import tasks
from kindling.launches.checks import in_flight
from kindling.launches.models import Plan, PlannedObject
from kindling.launches.sending import flights
from kindling.notices.models import Notice
from kindling.posts.models import Post
from kindling.products.models import LandingPageAnswer, Product


@pytest.fixture
def plan(team: Team) -> Plan:
    found = team.apply(team.approved(team.launchable(1)))
    assert found.state == Plan.State.APPLIED
    sync.sync_account(team.account, at=team.now)
    return found


def run(plan: Plan) -> None:
    plan.refresh_from_db()
    in_flight.check_running(plan, now=clock.now())


def told(title: str) -> list[Notice]:
    return list(Notice.objects.filter(done_at=None, title__startswith=title))


class TestTheDailyTask:
    def test_is_due_once_a_day_for_a_plan_that_runs(self, plan: Plan) -> None:
        (wish,) = tasks.checks_in_flight(clock.now())
        (later,) = tasks.checks_in_flight(clock.now() + timedelta(days=1))
        assert wish.arguments == {"plan": plan.pk}
        assert wish.key != later.key
        registry.run(wish.task, wish.arguments)
        plan.refresh_from_db()
        assert plan.checked_in_flight_at is not None
        assert plan.checked_at == plan.checked_in_flight_at
        assert {each["number"] for each in plan.checks} == set(range(1, 26))

    @pytest.mark.parametrize("why", ["ended", "held", "cancelled"])
    def test_is_not_due_for_one_that_does_not(self, plan: Plan, why: str) -> None:
        now = clock.now()
        rows = PlannedObject.objects.filter(plan=plan, kind=PlannedObject.Kind.AD)
        if why == "held":
            rows.update(state=PlannedObject.State.HELD)
        elif why == "cancelled":
            Plan.objects.filter(pk=plan.pk).update(state=Plan.State.CANCELLED)
        else:
            now += timedelta(days=400)
        assert list(tasks.checks_in_flight(now)) == []


class TestACheckInFlight:
    def test_of_an_ad_that_is_well_tells_nobody(self, plan: Plan) -> None:
        before = Notice.objects.filter(done_at=None).count()
        run(plan)
        blocking = [each for each in plan.checks if each["level"] == "block"]
        assert {each["verdict"] for each in blocking} <= {"pass", "unknown"}
        assert not Notice.objects.filter(key__startswith="in-flight", urgency=2).exists()
        assert Notice.objects.filter(done_at=None).count() >= before

    def test_that_fails_newly_tells_its_owner_once_and_stops_nothing(
        self, team: Team, plan: Plan
    ) -> None:
        run(plan)
        Product.objects.update(stock=0)
        for _ in range(2):
            run(plan)
        (notice,) = told("Product and landing page")
        assert notice.roles == ["media_buyer", "owner"]
        assert notice.next_step == "Set the post's SKU, and correct the product's stock or page."
        assert notice.path == f"plans/{plan.pk}/"
        assert flights.running_ads(plan)
        assert len(team.switched_on()) == 1

    def test_that_passes_again_closes_the_notice(self, plan: Plan) -> None:
        Product.objects.update(stock=0)
        run(plan)
        Product.objects.update(stock=5)
        run(plan)
        assert told("Product and landing page") == []

    def test_that_a_person_resolved_is_not_opened_again_while_it_fails(self, plan: Plan) -> None:
        Product.objects.update(stock=0)
        run(plan)
        Notice.objects.update(done_at=clock.now())
        run(plan)
        assert told("Product and landing page") == []

    def test_that_nobody_can_answer_any_more_asks_people(self, team: Team, plan: Plan) -> None:
        run(plan)
        team.fault("error", "/identity/music/authorization/", code=50000, times=50)
        run(plan)
        (notice,) = told("Music cleared")
        assert "cannot be checked" in notice.title
        assert len(team.switched_on()) == 1

    def test_of_an_ad_that_was_stopped_closes_what_was_told_of_it(self, plan: Plan) -> None:
        Product.objects.update(stock=0)
        run(plan)
        PlannedObject.objects.filter(plan=plan, kind="ad").update(stopped_at=clock.now())
        run(plan)
        assert told("Product and landing page") == []

    def test_judges_the_page_that_is_there_now(self, team: Team, plan: Plan) -> None:
        sku = Post.objects.get(planned__plan=plan).sku
        LandingPageAnswer.objects.update(asked_at=clock.now() - timedelta(days=2))
        Product.objects.filter(sku=sku).update(price_minor=1)
        run(plan)
        (notice,) = told("Landing page shows the product")
        assert "more than the product's $0.01" in notice.title


class TestThePagesOfInventory:
    def test_are_read_by_the_worker_each_hour_and_kept(self, team: Team) -> None:
        team.launchable(1)
        (wish,) = tasks.page_readings(clock.now())
        registry.run(wish.task, wish.arguments)
        read = LandingPageAnswer.objects.filter(workspace=team.workspace)
        assert read.exists()
        assert set(read.values_list("problem", "status")) == {("", 200)}
        stamps = set(read.values_list("asked_at", flat=True))
        registry.run(wish.task, wish.arguments)
        assert set(read.values_list("asked_at", flat=True)) == stamps
