"""What an attacker, a careless hand or a lying platform tries, and what must not come of it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from sample_team import Team

from kindling.errors import ConflictError, InvalidInputError, NotAllowedError
from kindling.jobs.models import Intent
from kindling.launches import service as launches
from kindling.launches.models import Plan
from kindling.workspaces.models import Workspace

Tamper = Callable[[dict[str, Any]], None]


def thing(content: dict[str, Any], key: str) -> dict[str, Any]:
    return next(each for each in content["objects"] if each["key"] == key)


def hide_a_budget(content: dict[str, Any]) -> None:
    """A second ad group below zero keeps the sum under the four-eyes limit."""
    group = thing(content, "adgroup-1")
    off_balance = copy.deepcopy(group)
    off_balance["key"] = "adgroup-2"
    off_balance["name"] += "0"
    off_balance["payload"]["budget_minor"] = 6_000 - 5_000_000
    group["payload"]["budget_minor"] = 5_000_000
    content["objects"].append(off_balance)


def send_another_post(content: dict[str, Any]) -> None:
    thing(content, "ad-1")["payload"]["tiktok_item_id"] = "7000000000000000001"


def show_another_amount(content: dict[str, Any]) -> None:
    content["daily_budget"] = "1.00"


def drop_the_token(content: dict[str, Any]) -> None:
    content["token"] = ""


def name_two_alike(content: dict[str, Any]) -> None:
    twin = copy.deepcopy(thing(content, "ad-1"))
    twin["key"] = "ad-2"
    content["objects"].append(twin)


def hang_an_ad_on_the_campaign(content: dict[str, Any]) -> None:
    thing(content, "ad-1")["parent"] = "campaign"


def write_half_a_cent(content: dict[str, Any]) -> None:
    thing(content, "adgroup-1")["payload"]["budget_minor"] = 6000.9


def write_infinity(content: dict[str, Any]) -> None:
    thing(content, "adgroup-1")["payload"]["budget_minor"] = float("inf")


def spend_from_the_campaign(content: dict[str, Any]) -> None:
    thing(content, "adgroup-1")["payload"]["budget_mode"] = "BUDGET_MODE_INFINITE"


def start_never(content: dict[str, Any]) -> None:
    thing(content, "adgroup-1")["payload"]["schedule_start_time"] = "soon"


def aim_outside_the_countries(content: dict[str, Any]) -> None:
    thing(content, "adgroup-1")["payload"]["location_ids"] = ["2921044"]


def leave_the_payload_out(content: dict[str, Any]) -> None:
    thing(content, "ad-1")["payload"] = None


class TestAPlanFileEditedByHand:
    """`kindling apply` takes a file: what was checked and shown must be what is sent."""

    @pytest.mark.parametrize(
        "tamper",
        [
            hide_a_budget,
            send_another_post,
            show_another_amount,
            drop_the_token,
            name_two_alike,
            hang_an_ad_on_the_campaign,
            write_half_a_cent,
            write_infinity,
            spend_from_the_campaign,
            start_never,
            aim_outside_the_countries,
            leave_the_payload_out,
        ],
    )
    def test_is_refused(self, team: Team, tamper: Tamper) -> None:
        (post,) = team.launchable(1)
        content, _ = launches.draft(team.buyer, team.account, team._spec([post]), at=team.now)
        written = copy.deepcopy(content.to_json())
        tamper(written)
        with pytest.raises(InvalidInputError, match="The plan is damaged"):
            launches.store(team.buyer, team.account, written, at=team.now)
        assert Plan.objects.count() == 0

    def test_may_not_take_the_names_of_a_plan_on_record(self, team: Team) -> None:
        (post,) = team.launchable(1)
        content, _ = launches.draft(team.buyer, team.account, team._spec([post]), at=team.now)
        first = content.to_json()
        launches.store(team.buyer, team.account, first, at=team.now)
        second = {**copy.deepcopy(first), "name": "the same again"}
        with pytest.raises(ConflictError, match="token"):
            launches.store(team.buyer, team.account, second, at=team.now)


class TestTheFourEyesRule:
    def test_takes_two_where_the_limit_is_in_another_currency(self, team: Team) -> None:
        (post,) = team.launchable(1)
        Workspace.objects.update(currency="JPY", second_person_above_minor=20_000)
        plan = launches.find_plan(team.workspace, team.plan([post]).pk)
        with pytest.raises(NotAllowedError, match="second person"):
            launches.approve(team.buyer, plan, digest=plan.digest, at=team.now)
        assert launches.approve(team.finance, plan, digest=plan.digest, at=team.now)


class TestAnAdHeldBack:
    def test_goes_on_with_the_next_apply_once_its_check_passes(self, team: Team) -> None:
        plan = team.approved(team.launchable(2))
        team.fault("error", "/identity/music/authorization/", code=40002)
        assert team.apply(plan).state == Plan.State.PARTLY
        ads = plan.objects_planned.filter(kind="ad")
        assert sorted(ad.state for ad in ads) == ["enabled", "held"]
        assert team.apply(plan).state == Plan.State.APPLIED

    def test_goes_on_once_its_ad_group_is_taken(self, team: Team) -> None:
        plan = team.approved(team.launchable(2))
        team.fault("error", "/adgroup/create/", code=40002)
        assert team.apply(plan).state == Plan.State.PARTLY
        assert team.apply(plan).state == Plan.State.APPLIED
        assert [len(team.held(kind)) for kind in ("campaign", "adgroup", "ad")] == [1, 2, 2]

    def test_stays_off_while_its_check_fails(self, team: Team) -> None:
        first, second = team.launchable(2)
        plan = team.approved([first, second])
        team.sandbox.phone(f"posts/{second.item_id}/delete/", {})
        team.apply(plan)
        assert team.apply(plan).state == Plan.State.PARTLY
        on = [ad["tiktok_item_id"] for ad in team.held("ad") if ad["operation_status"] == "ENABLE"]
        assert on == [first.item_id]


class TestAskingForAnApply:
    def test_runs_again_at_the_same_instant_of_a_clock_that_stands(self, team: Team) -> None:
        plan = team.approved(team.launchable(1))
        at = team.now
        launches.ask_apply(team.buyer, plan, at=at)
        Plan.objects.update(state=Plan.State.PARTLY)
        launches.ask_apply(team.buyer, plan, at=at)
        assert Intent.objects.filter(task=launches.APPLY_TASK).count() == 2
