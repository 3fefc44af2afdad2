"""Budgets lowered and ads resumed, several at once."""

from __future__ import annotations

import json
from typing import Any

import pytest
from desk import Desk, desk
from django.test import Client
from result_days import make_ad
from sample_team import Team

from kindling.delivery import resume, stops
from kindling.delivery.lists import ADS, LOWER, RESUME, STOPPED
from kindling.delivery.models import Ad, AdGroup, BudgetChange
from kindling.errors import InvalidInputError, NotAllowedError
from kindling.lists import actions
from kindling.workspaces import service as workspaces
from kindling.workspaces.models import AuditEntry, User

__all__ = ["desk"]


def lower(team: Team, **values: Any) -> Any:
    told = {"percent": None, "to": "", "is_large_meant": False, "reason": "Dear.", **values}
    keys = list(Ad.objects.values_list("pk", flat=True))
    return actions.act(team.buyer, ADS, LOWER, told, keys=keys, at=team.now)[0]


def budgets_held(team: Team) -> set[float]:
    return {float(each["budget"]) for each in team.held("adgroup")}


class TestLowering:
    def test_of_ticked_ads_is_done_at_tiktok_and_on_record(self, live: Team) -> None:
        done = lower(live, percent=20)
        assert (done.count, done.refused) == (2, [])
        assert budgets_held(live) == {48.0}
        assert set(
            BudgetChange.objects.values_list("before_minor", "after_minor", "is_confirmed")
        ) == {(6_000, 4_800, True)}
        assert AuditEntry.objects.filter(action="lowered daily budget").count() == len(
            live.held("adgroup")
        )

    def test_to_an_amount_never_raises(self, live: Team) -> None:
        assert lower(live, to="50.00").count == 2
        done = lower(live, to="55.00")
        assert done.count == 0
        assert all("lowest already" in why for _, why in done.refused)
        assert budgets_held(live) == {50.0}

    def test_by_more_than_tiktok_advises_has_to_be_meant(self, live: Team) -> None:
        done = lower(live, percent=60)
        assert done.count == 0
        assert all("50 % at once" in why for _, why in done.refused)
        assert not BudgetChange.objects.exists()
        assert budgets_held(live) == {60.0}

    def test_answers_for_an_ad_group_that_cannot_be_lowered(self, live: Team) -> None:
        group = live.first_ad().adgroup
        AdGroup.objects.filter(pk=group.pk).update(budget_minor=None)
        done = lower(live, percent=20)
        ads = Ad.objects.filter(adgroup=group).count()
        assert (done.count, len(done.refused)) == (2 - ads, ads)
        assert all("campaign sets its budget" in why for _, why in done.refused)

    def test_is_read_back_where_the_reply_was_lost(self, live: Team) -> None:
        live.fault("drop_reply", "/adgroup/budget/update/", times=99)
        assert lower(live, percent=20).count == 2
        assert set(AdGroup.objects.values_list("budget_minor", flat=True)) == {4_800}

    @pytest.mark.parametrize("values", [{}, {"percent": 10, "to": "50.00"}, {"to": "many"}])
    def test_has_to_say_by_how_much(self, live: Team, values: dict[str, Any]) -> None:
        with pytest.raises(InvalidInputError):
            lower(live, **values)

    def test_is_not_for_a_viewer(self, desk: Desk) -> None:
        ad = make_ad(desk, "91")
        with pytest.raises(NotAllowedError):
            actions.act(
                desk.viewer, ADS, LOWER, {"percent": 5, "reason": "D."}, keys=[ad.pk], at=desk.now
            )


class TestByTheApi:
    def test_is_for_nobody_and_for_nobody_else(self, desk: Desk) -> None:
        make_ad(desk, "91")
        body = json.dumps({"percent": 10, "reason": "Dear."})
        path = "/api/v1/ads/91/lower"
        assert Client().post(path, body, content_type="application/json").status_code == 401
        other = User.objects.create_user("other@shop.example", name="Sample other")
        place = workspaces.create_workspace(
            slug="other", name="Other", owner=other, currency="USD", timezone="UTC", at=desk.now
        )
        token = workspaces.issue_token(
            workspaces.actor_for(other, place.slug), name="t", at=desk.now
        )
        api = Client(headers={"Authorization": f"Bearer {token}"})
        assert api.post(path, body, content_type="application/json").status_code == 404

    def test_says_what_it_was_and_is(self, live: Team) -> None:
        token = workspaces.issue_token(live.buyer, name="t", at=live.now)
        api = Client(headers={"Authorization": f"Bearer {token}"})
        path = f"/api/v1/ads/{live.first_ad().ad_id}/lower"

        def ask(**body: Any) -> Any:
            return api.post(
                path, json.dumps({"reason": "Dear.", **body}), content_type="application/json"
            )

        told = json.loads(ask(percent=20).content)
        assert (told["state"], told["before"]["amount"], told["after"]["amount"]) == (
            "lowered",
            "60.00",
            "48.00",
        )
        assert json.loads(ask(to_minor=5_900).content)["state"] == "unchanged"
        assert ask().status_code == 422


class TestResuming:
    def test_several_is_by_the_rules_of_one(self, live: Team) -> None:
        ads = list(Ad.objects.select_related("ad_account__connection", "ad_account__workspace"))
        stops.pause_all(live.buyer, ads, reason="Look first.", at=live.now)
        rows = list(resume.list_stopped(live.workspace))
        assert rows == resume.stopped(live.workspace)
        keys = [row.pk for row in rows]
        done = actions.act(live.buyer, STOPPED, RESUME, {}, keys=keys, at=live.now)[0]
        assert (done.count, list(done.refused)) == (2, [])
        assert len(live.switched_on()) == 2

    def test_leaves_what_needs_a_second_person_waiting(self, live: Team) -> None:
        ads = list(Ad.objects.select_related("ad_account__connection", "ad_account__workspace"))
        stops.pause_all(live.buyer, ads, reason="Look first.", at=live.now)
        AdGroup.objects.update(budget_minor=9_000_000)  # more than was approved
        keys = [row.pk for row in resume.list_stopped(live.workspace)]
        done = actions.act(live.buyer, STOPPED, RESUME, {}, keys=keys, at=live.now)[0]
        assert done.count == 0
        assert all("second person" in why for _, why in done.refused)
        assert live.switched_on() == set()
