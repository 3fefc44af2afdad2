"""Data that does not fit together is said out loud, and never half booked."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sample_team import Team

from kindling.authorizations.lifecycle import polling
from kindling.authorizations.lifecycle.rules import State
from kindling.authorizations.models import Authorization, Binding
from kindling.delivery import sync as syncing
from kindling.delivery.models import Ad
from kindling.errors import ConflictError, NotAllowedError, PlatformError
from kindling.launches import service as launches
from kindling.launches.models import Plan
from kindling.launches.sending import apply as applying
from kindling.workspaces import service as workspaces
from kindling.workspaces.models import Role, Workspace

FIRST, LAST = date(2026, 3, 1), date(2026, 3, 3)


class TestAReport:
    @pytest.mark.parametrize(
        "rows",
        [
            [{"ad_id": "1", "stat_time_day": date(2026, 2, 28)}],
            [{"ad_id": "1", "stat_time_day": FIRST}, {"ad_id": "1", "stat_time_day": FIRST}],
        ],
        ids=["of another day", "with a row twice"],
    )
    def test_that_lies_is_refused_whole(self, rows: list[dict[str, Any]]) -> None:
        with pytest.raises(PlatformError, match="other days or the same row twice"):
            syncing._check_report(rows, FIRST, LAST)


class TestAnAdWithoutItsAdGroup:
    @pytest.mark.slow
    def test_is_not_taken_for_gone_and_is_named(self, team: Team) -> None:
        team.apply(team.approved(team.launchable(1)))
        syncing.sync_account(team.account, at=team.now)
        ad = Ad.objects.get()

        class Row:
            ad_id, adgroup_id = ad.ad_id, "never-seen"

        assert syncing._write_ads(team.account, [Row()], at=team.now) == [ad.ad_id]  # type: ignore[list-item]  # a stray row
        ad.refresh_from_db()
        assert not ad.is_gone


class TestAPermissionInTwoAdAccounts:
    def test_is_not_withdrawn_while_one_of_them_still_lists_it(self, team: Team) -> None:
        (post,) = team.launchable(1)
        permission = Authorization.objects.get(post=post, kind="code")
        other = next(
            each for each in workspaces.ad_accounts(team.workspace) if each.pk != team.account.pk
        )
        Binding.objects.create(
            authorization=permission, ad_account=other, identity_id="i", identity_type="AUTH_CODE",
            bound_at=team.now, read_at=team.now,
        )  # fmt: skip
        polling.poll(other, at=team.now)
        permission.refresh_from_db()
        assert permission.state != State.REVOKED
        assert not Binding.objects.get(authorization=permission, ad_account=other).is_live


class TestFourEyes:
    @pytest.mark.slow
    def test_cannot_be_split_into_plans_below_the_limit(self, team: Team) -> None:
        Workspace.objects.filter(pk=team.workspace.pk).update(second_person_above_minor=9_000)
        one, other = team.launchable(2)
        first, second = team.plan([one]), team.plan([other])
        launches.approve(team.buyer, first, digest=first.digest, at=team.now)
        second = launches.find_plan(team.workspace, second.pk)
        with pytest.raises(NotAllowedError, match="alone today"):
            launches.approve(team.buyer, second, digest=second.digest, at=team.now)
        launches.approve(team.finance, second, digest=second.digest, at=team.now)


class TestAnApplyThatCannotGoOn:
    def test_says_why_and_can_be_asked_again(
        self, team: Team, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        plan = team.approved(team.launchable(1))
        launches.start_apply(team.buyer, plan, at=team.now)

        def conflict(*_: object, **__: object) -> None:
            raise ConflictError("It changed meanwhile.")

        monkeypatch.setattr(applying, "apply", conflict)
        applying.run(plan.pk)
        plan.refresh_from_db()
        assert (plan.state, plan.problem) == (Plan.State.PARTLY, "It changed meanwhile.")


class TestProducts:
    def test_are_taken_in_by_owner_and_finance_only(self, team: Team) -> None:
        from kindling.products import service as products

        with pytest.raises(NotAllowedError):
            products.import_products(replace(team.buyer, role=Role.VIEWER), b"sku\n", at=team.now)
