"""What an attacker, a careless hand or a lying platform tries, and what must not come of it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from sample_team import Team

from kindling.errors import InvalidInputError
from kindling.launches import service as launches
from kindling.launches.models import Plan

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
