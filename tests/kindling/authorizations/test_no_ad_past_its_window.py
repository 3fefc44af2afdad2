"""Whatever creators and the team do: after a reading and the guard no ad delivers past its paid window."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sample_team import Team

from kindling.agreements.models import UsageRight
from kindling.authorizations import reading
from kindling.delivery import service as delivery
from tiktok_sandbox.server import SandboxError

days = st.sampled_from([7, 30, 60])
which = st.integers(0, 2)


def machine_for(team: Team, items: list[str], world: bytes) -> type[RuleBasedStateMachine]:
    """The machine over one furnished team; every run starts from the same saved world and rows."""

    class Lives(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            team.sandbox._send("POST", "/sandbox/v1/load/", world)
            UsageRight.objects.update(paid_allowed=True, ends_at=team.now + timedelta(days=90))
            self.look()

        def look(self) -> None:
            reading.read_platform(team.workspace, at=team.now)
            delivery.sync(team.account, at=team.now)
            delivery.guard(team.workspace, now=team.now)

        def on_phone(self, number: int, act: str, **body: object) -> None:
            try:
                team.sandbox.phone(f"posts/{items[number]}/{act}/", body)
            except SandboxError:
                return  # the app refuses what makes no sense, as it does on a real phone

        @rule(hours=st.sampled_from([1, 8, 24, 72, 200]))
        def time_passes(self, hours: int) -> None:
            team.sandbox.advance(hours=hours)

        @rule(number=which, granted=days)
        def a_creator_extends(self, number: int, granted: int) -> None:
            self.on_phone(number, "extend", days=granted)

        @rule(number=which)
        def a_creator_withdraws(self, number: int) -> None:
            self.on_phone(number, "revoke")

        @rule(number=which, act=st.sampled_from(["hide", "show", "delete"]))
        def a_creator_changes_the_post(self, number: int, act: str) -> None:
            self.on_phone(number, act)

        @rule(number=which, left=st.integers(-48, 240))
        def an_agreement_is_corrected(self, number: int, left: int) -> None:
            end = team.now + timedelta(hours=left)
            UsageRight.objects.filter(item_id=items[number]).update(ends_at=end)

        @invariant()
        def no_ad_delivers_past_its_window(self) -> None:
            self.look()
            now, truth = team.now, team.truth()
            rights = dict(UsageRight.objects.values_list("item_id", "ends_at"))
            holds = dict(UsageRight.objects.values_list("item_id", "hold_until"))
            codes = {
                row["item_id"]: datetime.fromisoformat(row["auth_end"])
                for row in truth["authorizations"]
                if row["bound_advertiser_ids"] and row["deleted_at"] is None
            }
            for ad in truth["ads"]:
                item = ad["item_id"]
                if ad["delivering"]:
                    end = min(rights[item], holds[item], codes[item])
                    assert now < end - timedelta(hours=24), f"{item} delivers past its window"

    return Lives


class TestAfterAReadingAndTheGuard:
    @pytest.mark.slow
    def test_no_ad_delivers_past_its_paid_window(self, team: Team) -> None:
        chosen = team.launchable(3)
        plan = team.apply(team.approved(chosen, days=28))
        assert plan.state == "applied"
        team.sandbox.advance(hours=6)
        team.read()
        assert sum(ad["delivering"] for ad in team.truth()["ads"]) == 3
        world = team.sandbox._send("GET", "/sandbox/v1/save/", None)
        machine = machine_for(team, [post.item_id for post in chosen], world)
        run_state_machine_as_test(  # type: ignore[no-untyped-call]
            machine,
            settings=settings(
                max_examples=8,
                stateful_step_count=8,
                deadline=None,
                derandomize=True,
                suppress_health_check=list(HealthCheck),
            ),
        )
