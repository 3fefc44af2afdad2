"""Rules that pause or lower: their dry run, what they do at TikTok, and when they do nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from desk import Desk, desk
from django.test import Client
from posts_with_numbers import make_posts
from result_days import book, make_ad, order, sell
from sample_team import Team

from kindling.delivery import tasks
from kindling.delivery.budgets import service as budgets
from kindling.delivery.budgets.rules import Lowering
from kindling.delivery.models import Ad, AdGroup, BudgetChange, Pause, RuleFiring, StopRule
from kindling.delivery.stop_rules import dry_run, run, service
from kindling.delivery.stop_rules.rules import Act, Comparison, Metric, Scope, State
from kindling.delivery.stop_rules.service import Draft
from kindling.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError
from kindling.facts.models import SyncedDay
from kindling.kit.money import Money
from kindling.notices.models import Notice
from kindling.posts.models import Post
from kindling.workspaces import service as workspaces
from kindling.workspaces.models import AdAccount, AuditEntry, User
from kindling.workspaces.service import Actor

__all__ = ["desk"]
COSTLY = Draft(
    name="No conversions", metric=Metric.CONVERSIONS, comparison=Comparison.BELOW, value=1, days=2,
    min_spend_minor=1_000,
)  # fmt: skip
ANY = replace(
    COSTLY,
    metric=Metric.SPEND,
    comparison=Comparison.ABOVE,
    value=0,
    min_spend_minor=1,
    stops_learning=True,
)


def a_day(spend: int = 1_000, **more: int | None) -> dict[str, int | None]:
    return {"spend_minor": spend, "impressions": 1_000, "clicks": 20, **more}


def active(actor: Actor, draft: Draft, desk_or_team: Any) -> StopRule:
    made = service.create(actor, draft, at=desk_or_team.now)
    return service.activate(actor, made, at=desk_or_team.now)


def protect(account: AdAccount) -> None:
    AdAccount.objects.filter(pk=account.pk).update(protection=AdAccount.Protection.ALL)


class TestADryRun:
    def test_says_day_by_day_what_it_would_have_saved_and_lost(self, desk: Desk) -> None:
        (post,) = make_posts(desk, 1)
        bad, good = make_ad(desk, "91", post=post), make_ad(desk, "92", post=post)
        book(desk, {
            bad: {5: a_day(), 4: a_day(), 3: a_day(700), 2: a_day(300, conversions=1), 1: a_day(200)},
            good: {day: a_day(conversions=2) for day in range(1, 6)},
        })  # fmt: skip
        sell(desk, order(desk, post, 1, ago=2, ad_id="91"))
        made = service.create(desk.owner, COSTLY, at=desk.now)
        found = dry_run.dry_run(made, now=desk.now)
        (fired,) = [each for day in found.days for each in day.fired]
        assert fired.ad == bad
        assert fired.day == (desk.now - timedelta(days=4)).date()
        assert fired.saved == found.saved == Money(2_200, "USD")
        assert (found.conversions, found.orders) == (1, 1)
        assert not Pause.objects.exists()
        assert not RuleFiring.objects.exists()

    def test_leaves_out_an_ad_that_was_off_by_then(self, desk: Desk) -> None:
        (post,) = make_posts(desk, 1)
        book(desk, {make_ad(desk, "91", post=post): {6: a_day(), 5: a_day()}})
        sell(desk, order(desk, post, 1, ago=2, ad_id="91"))
        found = dry_run.dry_run(service.create(desk.owner, COSTLY, at=desk.now), now=desk.now)
        assert [len(day.fired) for day in found.days if day.fired] == [1]
        assert found.days[-1].day <= found.days[0].day
        assert (found.saved, found.orders) == (Money(1_000, "USD"), 1)
        alone = {day.day: len(day.fired) for day in found.days}
        assert alone[desk.now.date() - timedelta(days=4)] == 0

    def test_counts_days_that_are_not_held_as_unknown(self, desk: Desk) -> None:
        ad = make_ad(desk, "91")
        book(desk, {ad: {day: a_day(conversions=1) for day in (5, 4, 3)}}, until=3)
        found = dry_run.dry_run(service.create(desk.owner, COSTLY, at=desk.now), now=desk.now)
        assert found.unknown > 0
        by_day = {day.day: day for day in found.days}
        assert by_day[desk.now.date() - timedelta(days=1)].unknown == 1

    def test_saves_a_share_with_a_lower_budget_and_nothing_by_telling(self, desk: Desk) -> None:
        ad = make_ad(desk, "91")
        book(desk, {ad: {4: a_day(), 3: a_day(1_000)}})
        for act, percent, saved in (
            (Act.LOWER, 30, 300),
            (Act.TELL, None, 0),
            (Act.PAUSE, None, 1_000),
        ):
            draft = replace(COSTLY, name=act, act=act, lower_percent=percent, days=1)
            made = service.create(desk.owner, draft, at=desk.now)
            assert dry_run.dry_run(made, now=desk.now).saved == Money(saved, "USD")


class TestScopes:
    def test_name_a_campaign_a_creator_or_a_note(self, desk: Desk) -> None:
        (post,) = make_posts(desk, 1)
        Post.objects.filter(pk=post.pk).update(hook="Question")
        post.refresh_from_db()
        mine, other = (
            make_ad(desk, "91", post=post, campaign="c1"),
            make_ad(desk, "92", campaign="c2"),
        )
        book(desk, {ad: {2: a_day(), 1: a_day()} for ad in (mine, other)})
        for scope, key in (
            (Scope.CAMPAIGN, "c1"),
            (Scope.CREATOR, "sample.ana"),
            (Scope.TAG, "Question"),
        ):
            draft = replace(COSTLY, name=scope, scope=scope, scope_key=key, act=Act.TELL)
            active(desk.owner, draft, desk)
        fired = run.run(desk.workspace, now=desk.now)
        assert {each.ad_id for each in fired} == {mine.pk}
        assert len(fired) == 3


class TestARunOfRules:
    def test_does_nothing_while_it_is_a_dry_run_or_paused(self, desk: Desk) -> None:
        ad = make_ad(desk, "91")
        book(desk, {ad: {2: a_day(), 1: a_day()}})
        made = service.create(desk.owner, COSTLY, at=desk.now)
        assert run.run(desk.workspace, now=desk.now) == []
        service.activate(desk.owner, made, at=desk.now)
        made.refresh_from_db()
        service.pause(desk.owner, made, at=desk.now)
        assert run.run(desk.workspace, now=desk.now) == []

    def test_only_tells_where_the_ad_account_is_observed(self, desk: Desk) -> None:
        book(desk, {make_ad(desk, "91"): {2: a_day(), 1: a_day()}})
        active(desk.owner, COSTLY, desk)
        (fired,) = run.run(desk.workspace, now=desk.now)
        assert fired.result == RuleFiring.Result.OBSERVED
        assert not Pause.objects.exists()
        assert (
            Notice.objects.filter(key__startswith="stop-rule-", roles=["media_buyer"]).count() == 1
        )

    def test_fires_once_a_day_on_an_ad(self, desk: Desk) -> None:
        book(desk, {make_ad(desk, "91"): {3: a_day(), 2: a_day(), 1: a_day()}})
        active(desk.owner, COSTLY, desk)
        assert len(run.run(desk.workspace, now=desk.now)) == 1
        assert run.run(desk.workspace, now=desk.now) == []
        assert RuleFiring.objects.count() == 1

    @pytest.mark.parametrize("what", ["late", "yesterday", "gap"])
    def test_asks_people_where_figures_are_late_or_missing(self, desk: Desk, what: str) -> None:
        ad = make_ad(desk, "91")
        book(desk, {ad: {2: a_day(), 1: a_day()}}, until=1 if what == "yesterday" else 0)
        active(desk.owner, COSTLY, desk)
        if what == "late":
            SyncedDay.objects.update(at=desk.now - timedelta(hours=4))
        elif what == "gap":
            day = (desk.now - timedelta(days=2)).date()
            SyncedDay.objects.filter(day=day).update(spend_minor=99)
        assert run.run(desk.workspace, now=desk.now) == []
        assert (
            Notice.objects.filter(key__startswith="stop-rules-unknown-", done_at=None).count() == 1
        )
        book(desk, {ad: {2: a_day(), 1: a_day()}})
        assert len(run.run(desk.workspace, now=desk.now)) == 1
        assert not Notice.objects.filter(
            key__startswith="stop-rules-unknown-", done_at=None
        ).exists()

    def test_leaves_an_ad_that_learns_alone(self, desk: Desk) -> None:
        ad = make_ad(desk, "91")
        Ad.objects.filter(pk=ad.pk).update(created_at=desk.now - timedelta(days=3))
        book(desk, {ad: {2: a_day(), 1: a_day()}})
        active(desk.owner, COSTLY, desk)
        assert run.run(desk.workspace, now=desk.now) == []
        active(desk.owner, replace(COSTLY, name="Also learning", stops_learning=True), desk)
        assert [each.rule.name for each in run.run(desk.workspace, now=desk.now)] == [
            "Also learning"
        ]

    def test_lets_a_rule_that_was_paused_meanwhile_do_nothing(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        book(desk, {make_ad(desk, "91"): {2: a_day(), 1: a_day()}})
        made = active(desk.owner, COSTLY, desk)
        fire = run._fire

        def late(*args: Any, **more: Any) -> Any:
            service.pause(desk.owner, made, at=desk.now)
            return fire(*args, **more)

        monkeypatch.setattr(run, "_fire", late)
        assert run.run(desk.workspace, now=desk.now) == []
        assert not RuleFiring.objects.exists()


class TestAtTikTok:
    """With ads that really run in the sandbox."""

    def test_pauses_with_the_machinery_of_the_guard(self, live: Team) -> None:
        protect(live.account)
        rule = active(live.buyer, ANY, live)
        tasks.stop_rules(live.workspace.pk)
        assert live.switched_on() == set()
        assert {each.result for each in RuleFiring.objects.all()} == {"done"}
        pause = Pause.objects.first()
        assert pause is not None
        assert (pause.by, pause.is_confirmed, pause.evidence["rule"]) == (None, True, rule.pk)
        assert "No conversions" in pause.reason
        assert AuditEntry.objects.filter(action="paused ad").count() == 2

    def test_lowers_never_raises_and_waits_two_days(self, live: Team) -> None:
        protect(live.account)
        active(live.buyer, replace(ANY, act=Act.LOWER, lower_percent=40, floor_minor=5_000), live)
        run.run(live.workspace, now=live.now)
        budgets_held = {float(each["budget"]) for each in live.held("adgroup")}
        assert budgets_held == {50.0}
        assert set(AdGroup.objects.values_list("budget_minor", flat=True)) == {5_000}
        live.sandbox.advance(days=1)
        live.read()
        assert run.run(live.workspace, now=live.now) == []

    def test_goes_on_with_what_died_half_way(
        self, live: Team, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        protect(live.account)
        active(live.buyer, ANY, live)
        with monkeypatch.context() as patched:
            patched.setattr(run, "_act", lambda *_, **__: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                run.run(live.workspace, now=live.now)
        assert {each.result for each in RuleFiring.objects.all()} == {"open"}
        assert len(live.switched_on()) == 2
        run.run(live.workspace, now=live.now)
        assert live.switched_on() == set()
        assert RuleFiring.objects.filter(result="done").count() == 2

    def test_looks_up_a_lower_budget_whose_reply_was_lost(self, live: Team) -> None:
        group = AdGroup.objects.select_related(
            "ad_account__connection", "ad_account__workspace"
        ).first()
        assert group is not None
        live.fault("drop_reply", "/adgroup/budget/update/", times=99)
        (done,) = budgets.lower_all(
            live.buyer, [group], Lowering(percent=20), reason="Too dear.", at=live.now
        )
        assert done.is_done  # read back
        group.refresh_from_db()
        assert group.budget_minor == 4_800

    def test_keeps_a_change_open_while_nothing_can_be_read(
        self, live: Team, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        group = AdGroup.objects.select_related(
            "ad_account__connection", "ad_account__workspace"
        ).first()
        assert group is not None
        shown = budgets._shown
        live.fault("drop_reply", "/adgroup/budget/update/", times=99)
        asked: list[int] = []

        def once(*args: Any) -> Any:
            asked.append(1)
            return shown(*args) if len(asked) == 1 else {}

        with monkeypatch.context() as patched:
            patched.setattr(budgets, "_shown", once)
            (done,) = budgets.lower_all(
                live.buyer, [group], Lowering(percent=20), reason="Dear.", at=live.now
            )
        assert not done.is_done
        assert done.problem == budgets.LOST
        assert BudgetChange.objects.get().is_confirmed is None
        tasks.stop_rules(live.workspace.pk)  # without any rule
        assert BudgetChange.objects.get().is_confirmed is True
        assert AuditEntry.objects.filter(action="lowered daily budget").count() == 1

    def test_says_why_tiktok_refuses_one(self, live: Team) -> None:
        group = AdGroup.objects.select_related(
            "ad_account__connection", "ad_account__workspace"
        ).first()
        assert group is not None
        (done,) = budgets.lower_all(
            live.buyer, [group], Lowering(percent=60), reason="Dear.", at=live.now
        )
        assert (done.is_done, BudgetChange.objects.get().is_confirmed) == (False, False)
        assert "105%" in done.problem

    def test_never_raises_a_budget_that_somebody_lowered_in_ads_manager(self, live: Team) -> None:
        group = AdGroup.objects.select_related(
            "ad_account__connection", "ad_account__workspace"
        ).first()
        assert group is not None
        live.in_ads_manager(
            "adgroup/budget/update", budget=[{"adgroup_id": group.adgroup_id, "budget": 45}]
        )
        (done,) = budgets.lower_all(
            live.buyer, [group], Lowering(to_minor=5_000), reason="Dear.", at=live.now
        )
        assert not done.is_done
        assert "lowest already" in done.problem
        group.refresh_from_db()
        assert group.budget_minor == 4_500


class TestWhoMay:
    def test_make_and_activate_is_a_named_buyer_or_owner(self, desk: Desk) -> None:
        for actor in (desk.viewer, desk.manager, desk.reviewer):
            with pytest.raises(NotAllowedError):
                service.create(actor, COSTLY, at=desk.now)
        made = service.create(desk.owner, COSTLY, at=desk.now)
        with pytest.raises(NotAllowedError):
            service.activate(workspaces.system_actor(desk.workspace), made, at=desk.now)
        found = service.activate(desk.owner, made, at=desk.now)
        assert (found.state, found.activated_by) == (State.ACTIVE, desk.owner.user)
        with pytest.raises(ConflictError):
            service.activate(desk.owner, found, at=desk.now)
        service.remove(desk.owner, found, at=desk.now)
        with pytest.raises(NotFoundError):
            service.find(desk.workspace, made.pk)

    @pytest.mark.parametrize(
        "change",
        [
            {"name": " "}, {"days": 0}, {"days": 31}, {"scope": Scope.CREATOR}, {"min_spend_minor": 0},
            {"act": Act.LOWER}, {"act": Act.LOWER, "lower_percent": 100}, {"value": -1.0},
        ],
    )  # fmt: skip
    def test_refuses_what_would_fire_on_anything(self, desk: Desk, change: dict[str, Any]) -> None:
        with pytest.raises(InvalidInputError):
            service.create(desk.owner, replace(COSTLY, **change), at=desk.now)


class TestWays:
    def test_are_for_nobody_and_for_nobody_else(self, desk: Desk, client: Client) -> None:
        made = service.create(desk.owner, COSTLY, at=desk.now)
        pages = [
            desk.where("delivery:rules"), desk.where("delivery:rule", made.pk), desk.where("delivery:firings"),
            desk.where("delivery:add_rule"),
        ]  # fmt: skip
        assert [client.get(page).status_code for page in pages] == [302] * 4
        assert client.get("/api/v1/ads/rules").status_code == 401
        stranger = User.objects.create_user("else@shop.example", name="Sample stranger")
        client.force_login(stranger)
        assert [client.get(page).status_code for page in pages] == [404] * 4
        place = workspaces.create_workspace(
            slug="other", name="Other", owner=stranger, currency="USD", timezone="UTC", at=desk.now
        )
        token = workspaces.issue_token(
            workspaces.actor_for(stranger, place.slug), name="t", at=desk.now
        )
        api = Client(headers={"Authorization": f"Bearer {token}"})
        assert json.loads(api.get("/api/v1/ads/rules").content)["rows"] == []
        for path in ("activate", "pause"):
            assert api.post(f"/api/v1/ads/rules/{made.pk}/{path}").status_code == 404
        assert api.get(f"/api/v1/ads/rules/{made.pk}/dry-run").status_code == 404

    def test_make_a_rule_on_the_page_and_show_its_dry_run(self, desk: Desk, client: Client) -> None:
        book(desk, {make_ad(desk, "91"): {3: a_day(), 2: a_day(), 1: a_day(500)}})
        client.force_login(User.objects.get(email="owner@shop.example"))
        told = {
            "name": "Dear clicks", "scope": "all", "metric": "cpc", "comparison": "above", "value": "0.30",
            "days": "2", "min_spend": "10.00", "act": "pause",
        }  # fmt: skip
        answer = client.post(desk.where("delivery:add_rule"), told, follow=True)
        made = StopRule.objects.get()
        assert (made.value, made.min_spend_minor, made.state) == (30.0, 1_000, "dry_run")
        shown = answer.content.decode()
        assert "Pause the ad when CPC is above $0.30 over the last 2 full days" in shown
        assert "spend it would have saved" in shown
        assert "$15.00" in shown or "$5.00" in shown
        bad = client.post(desk.where("delivery:add_rule"), {**told, "value": "many"})
        assert bad.status_code == 422
        assert "many" in bad.content.decode()

    def test_make_and_activate_one_by_the_api(self, desk: Desk) -> None:
        token = workspaces.issue_token(desk.owner, name="t", at=desk.now)
        api = Client(headers={"Authorization": f"Bearer {token}"})
        body = {
            "name": "Low CTR", "metric": "ctr", "comparison": "below", "value": 0.005, "min_impressions": 500,
        }  # fmt: skip
        answer = api.post("/api/v1/ads/rules", json.dumps(body), content_type="application/json")
        pk = json.loads(answer.content)["id"]
        assert (
            json.loads(api.get(f"/api/v1/ads/rules/{pk}/dry-run").content)["saved"]["amount"]
            == "0.00"
        )
        assert json.loads(api.post(f"/api/v1/ads/rules/{pk}/activate").content)["state"] == "active"
        assert api.post(f"/api/v1/ads/rules/{pk}/activate").status_code == 409
        assert json.loads(api.post(f"/api/v1/ads/rules/{pk}/pause").content)["state"] == "paused"
        assert api.post(f"/api/v1/ads/rules/{pk}/remove").status_code == 200
        assert json.loads(api.get("/api/v1/ads/rules").content)["rows"] == []
