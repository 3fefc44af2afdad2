"""Data that does not fit together is said out loud, and never half booked."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import msgspec
import pytest
from django.db import transaction
from django.db.models import Model
from sample_team import Team

from kindling.authorizations.lifecycle import polling
from kindling.authorizations.lifecycle.rules import State
from kindling.authorizations.models import Authorization, Binding
from kindling.delivery import sync as syncing
from kindling.delivery.models import Ad, AdGroup, Campaign
from kindling.errors import ConflictError, NotAllowedError, PlatformError
from kindling.launches import service as launches
from kindling.launches.models import Plan
from kindling.launches.sending import apply as applying
from kindling.posts.models import Post
from kindling.posts.service import PostFacts, _changes, record_posts
from kindling.workspaces import service as workspaces
from kindling.workspaces import tiktok
from kindling.workspaces.models import AdAccount, Role, Workspace
from tiktok_business import TikTokError

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


LONG = "long\0 " * 1_000


def too_long(model: type[Model]) -> list[str]:
    """Texts in the table that PostgreSQL would not have taken."""
    return [
        field.name
        for field in model._meta.concrete_fields
        for value in model._default_manager.values_list(field.name, flat=True)
        if isinstance(value, str) and ("\0" in value or len(value) > (field.max_length or 10**9))
    ]


class TestATextLongerThanItsColumn:
    """On PostgreSQL one of them ended the whole sync."""

    @pytest.mark.slow
    def test_of_campaigns_and_ads_is_cut(self, team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
        team.apply(team.approved(team.launchable(1)))
        known = tiktok.ask

        def longer(row: Any) -> Any:
            texts = ("name", "objective", "secondary_status", "budget_mode", "landing_page_url")
            given = {name: LONG for name in texts if hasattr(row, name)}
            return msgspec.structs.replace(row, **given)

        def ask(*given: Any) -> Any:
            found = known(*given)
            if not isinstance(found, syncing.Entities):
                return found
            return syncing.Entities(
                [longer(row) for row in found.campaigns],
                [longer(row) for row in found.adgroups],
                [longer(row) for row in found.ads],
            )

        monkeypatch.setattr(tiktok, "ask", ask)
        assert syncing.sync_account(team.account, at=team.now).is_complete
        for model in (Campaign, AdGroup, Ad):
            row = model.objects.get()
            assert row.name.startswith("long long")
            assert too_long(model) == []

    def test_of_posts_is_cut_and_compared_as_it_is_stored(self, team: Team) -> None:
        look = PostFacts(
            item_id="7400000000000000001", handle="sample.long", item_type=LONG, caption=LONG,
            status=LONG, duet_or_stitch_of=LONG,
        )  # fmt: skip
        (post,) = record_posts(team.workspace, [look], source="test", at=team.now)
        assert too_long(Post) == []
        assert _changes(post, look, []) == {}

    def test_of_ad_accounts_is_cut(self, team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
        (facts,) = tiktok.read_advertisers(team.account.connection, [team.account.advertiser_id])
        told = msgspec.structs.replace(facts, name=LONG, status=LONG)
        monkeypatch.setattr(tiktok, "read_advertisers", lambda *_: [told])
        (account,) = workspaces.take_ad_accounts(
            team.account.connection, [team.account.advertiser_id]
        )
        assert account.name.startswith("long long")
        assert too_long(AdAccount) == []

    def test_of_an_errors_request_id_is_cut(self) -> None:
        told = tiktok._as_platform_error(TikTokError("No.", endpoint="/ad/get/", request_id=LONG))
        assert len(told.request_id) == 64


class TestAnAdWithoutItsAdGroup:
    @pytest.mark.slow
    def test_is_not_taken_for_gone_and_is_named(self, team: Team) -> None:
        team.apply(team.approved(team.launchable(1)))
        syncing.sync_account(team.account, at=team.now)
        ad = Ad.objects.get()

        class Row:
            ad_id, adgroup_id = ad.ad_id, "never-seen"

        stray: Any = Row()
        with transaction.atomic():
            gone = syncing._write_ads(
                team.account, syncing.Entities([], [], [stray]), read_since=team.now, at=team.now
            )
        assert gone == [ad.ad_id]
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
