"""Plans under one agreement share its maximum ad spend: what was approved before counts."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from sample_team import Team

from kindling.agreements.rights.rules import SpendCap
from kindling.authorizations.lifecycle import polling
from kindling.errors import ConflictError, InvalidInputError
from kindling.launches import service
from kindling.launches.checks import service as checks
from kindling.launches.checks.rules import CheckVerdict, Result
from kindling.launches.models import Plan
from kindling.workspaces import service as workspaces

TITLE = "Agreed maximum ad spend"
WHOLE = 90_000  # 60.00 a day for 14 days, which begin and end within a day of the ad account


def answer(team: Team, plan: Plan) -> Result:
    (found,) = [each for each in checks.check_plan(plan, now=team.now) if each.title == TITLE]
    return found


class TestAPlanUnderAMaximum:
    @pytest.mark.slow
    def test_passes_up_to_it_and_counts_what_was_approved_before(self, team: Team) -> None:
        (post,) = team.launchable(1)
        team.agree_maximum(post.item_id, WHOLE)
        first = team.plan([post])
        assert answer(team, first).verdict is CheckVerdict.PASS
        assert answer(team, first).evidence["planned_minor"] == WHOLE
        second = team.plan([post], name="Another")
        assert answer(team, second).verdict is CheckVerdict.PASS  # a draft commits to nothing
        service.approve(team.finance, first, digest=first.digest, at=team.now)
        assert answer(team, first).verdict is CheckVerdict.PASS  # itself it does not compete with
        late = answer(team, second)
        assert late.verdict is CheckVerdict.FAIL
        assert late.evidence["planned_minor"] == 2 * WHOLE
        service.cancel(team.buyer, first, at=team.now)
        assert answer(team, second).verdict is CheckVerdict.PASS

    @pytest.mark.slow
    @pytest.mark.parametrize("state", ["held", "refused"])
    @pytest.mark.parametrize(
        ("plan_state", "verdict"), [("partly", CheckVerdict.PASS), ("applying", CheckVerdict.FAIL)]
    )
    def test_counts_an_ad_that_was_held_back_while_its_plan_is_applied_again(
        self, team: Team, state: str, plan_state: str, verdict: CheckVerdict
    ) -> None:
        (post,) = team.launchable(1)
        team.agree_maximum(post.item_id, WHOLE)
        first, second = team.approved([post]), team.plan([post], name="Another")
        first.objects_planned.filter(kind="ad").update(state=state)
        Plan.objects.filter(pk=first.pk).update(state=plan_state)
        assert answer(team, second).verdict is verdict

    @pytest.mark.slow
    def test_is_shown_with_the_figure_that_it_is_held_against(self, team: Team) -> None:
        (post,) = team.launchable(1)
        team.agree_maximum(post.item_id, WHOLE)
        plan = team.plan([post])
        assert "the plan can spend $900.00" in answer(team, plan).message
        browser = Client()
        browser.force_login(team.finance.user)
        page = browser.get(f"/w/{team.workspace.slug}/plans/{plan.pk}/").content.decode()
        assert "$900.00 in total at most" in page
        assert "on up to 15 calendar days of the ad account" in page
        token = workspaces.issue_token(team.finance, name="test", at=team.now)
        api = Client(headers={"Authorization": f"Bearer {token}"})
        assert api.get(f"/api/v1/plans/{plan.pk}").json()["at_most"] == "900.00"

    @pytest.mark.slow
    def test_fails_a_minor_unit_above_it(self, team: Team) -> None:
        (post,) = team.launchable(1)
        team.agree_maximum(post.item_id, WHOLE - 1)
        found = answer(team, team.plan([post]))
        assert found.verdict is CheckVerdict.FAIL
        assert "$900.00" in found.message
        assert "$899.99" in found.message

    @pytest.mark.slow
    def test_is_not_approved_beside_another_that_was_checked_at_the_same_moment(
        self, team: Team, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (post,) = team.launchable(1)
        team.agree_maximum(post.item_id, WHOLE)
        first, second = team.plan([post]), team.plan([post], name="Another")
        checked = service.check_with_caps

        def meanwhile(row: Plan, **at: Any) -> tuple[list[Result], dict[str, SpendCap]]:
            results = checked(row, **at)
            if row == second:  # after its checks, before it is written
                service.approve(team.finance, first, digest=first.digest, at=team.now)
            return results

        monkeypatch.setattr(service, "check_with_caps", meanwhile)
        with pytest.raises(ConflictError, match="Another plan under “Capped” was approved"):
            service.approve(team.finance, second, digest=second.digest, at=team.now)
        second.refresh_from_db()
        assert second.state == Plan.State.DRAFT

    @pytest.mark.slow
    def test_counts_what_others_spent_since_the_last_sync(self, team: Team) -> None:
        """Budgets are of days: what ran until midnight is neither in the figures yet nor still to come."""
        (post,) = team.launchable(1)
        team.agree_maximum(post.item_id, 10 * WHOLE)
        team.apply(team.approved([post]))
        team.read()
        second = team.plan([post], name="Another")
        synced = answer(team, second).evidence["planned_minor"]
        team.sandbox.advance(hours=23)
        polling.read_platform(team.workspace, at=team.now)
        assert answer(team, second).evidence["planned_minor"] == synced - 6_000  # its own first day
        team.read()
        assert answer(team, second).evidence["planned_minor"] == synced - 12_000

    @pytest.mark.slow
    def test_has_a_post_once_so_that_the_creator_approves_the_ad_that_runs(
        self, team: Team
    ) -> None:
        (post,) = team.launchable(1)
        content = team.plan([post]).content
        campaign, group, ad = content["objects"]
        twin = {**group, "key": "adgroup-2", "name": f"{group['name']} 2"}
        other = {**ad, "key": "ad-2", "name": f"{ad['name']} 2", "parent": "adgroup-2"}
        doubled = {**content, "objects": [campaign, group, ad, twin, other]}
        with pytest.raises(InvalidInputError, match="a post or a video appears twice"):
            service.store(team.buyer, team.account, doubled, at=team.now)
