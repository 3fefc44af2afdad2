"""A sync ends complete or loudly incomplete; the guard stops what may run no longer."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from sample_team import Team

from kindling.agreements.models import UsageRight
from kindling.authorizations.lifecycle import polling
from kindling.authorizations.lifecycle.rules import State
from kindling.authorizations.models import Authorization, AuthorizationEvent
from kindling.delivery import guard, rules, stops, sync, tasks
from kindling.delivery import service as delivery
from kindling.delivery.models import Ad, Pause, SyncRun
from kindling.errors import InvalidInputError, NotAllowedError, PlatformError
from kindling.facts import lake
from kindling.facts import queries as facts
from kindling.facts.metrics import METRICS, REPORTED
from kindling.facts.schema import COUNTERS
from kindling.jobs import lease
from kindling.jobs.models import Intent
from kindling.kit.time import day_in
from kindling.lists import service as lists
from kindling.lists.spec import Scope, find_list
from kindling.today import five as today
from kindling.workspaces.models import AuditEntry, Connection, User

REPORT = "/report/integrated/get/"
DAY = timedelta(days=1)


def booked(team: Team) -> dict[tuple[str, str], int]:
    rows = facts.ad_days([team.account.lake_key], first_day=None, last_day=None)
    return {(f"{row['day']}", row["ad_id"]): row["spend_minor"] for row in rows}


def true_days(team: Team) -> dict[tuple[str, str], int]:
    return {(row["day"], row["ad_id"]): row["spend_minor"] for row in team.truth()["ad_days"]}


def delivering(team: Team) -> set[str]:
    return {row["ad_id"] for row in team.truth()["ads"] if row["delivering"]}


class TestASync:
    def test_books_what_is_true_to_the_cent(self, live: Team) -> None:
        assert booked(live) == true_days(live)
        assert len(booked(live)) >= 4

    @pytest.mark.slow
    def test_again_changes_nothing(self, live: Team) -> None:
        before = booked(live)
        run = sync.sync_account(live.account, at=live.now)
        assert run.is_complete
        assert booked(live) == before

    @pytest.mark.slow
    def test_reads_again_only_what_may_still_change(self, live: Team) -> None:
        """It takes the days from the run before, which is on record with its rows."""
        before = SyncRun.objects.filter(kind=SyncRun.Kind.REPORTS).latest("pk")
        live.sandbox.advance(days=1)
        assert sync.sync_account(live.account, at=live.now).is_complete
        run = SyncRun.objects.filter(kind=SyncRun.Kind.REPORTS).latest("pk")
        today = day_in(live.now, live.account.timezone)
        assert (before.last_day, before.rows > 0) == (today - DAY, True)
        assert (run.first_day, run.last_day) == (today - rules.RESTATE_DAYS * DAY, today)

    @pytest.mark.slow
    def test_tells_how_far_a_long_look_back_got(self, live: Team) -> None:
        since = day_in(live.now, live.account.timezone) - 89 * DAY
        assert sync.sync_account(live.account, at=live.now, since=since).is_complete
        run = SyncRun.objects.filter(kind=SyncRun.Kind.REPORTS).latest("pk")
        assert (run.first_day, run.read_until) == (since, run.last_day)
        told: list[date] = []
        sync.sync_reports(live.account, since, since + 89 * DAY, at=live.now, progress=told.append)
        assert told == [since + 29 * DAY, since + 59 * DAY, since + 89 * DAY]
        assert booked(live) == true_days(live)

    def test_takes_restated_days_over(self, live: Team) -> None:
        first = booked(live)
        live.sandbox.advance(days=1)
        sync.sync_account(live.account, at=live.now)
        assert booked(live) == true_days(live)
        assert booked(live) != first

    @pytest.mark.slow
    @pytest.mark.parametrize(
        "fault",
        [
            {"kind": "http_500", "times": 30},
            {"kind": "error", "code": 50000, "times": 30},
            {"kind": "error", "code": 40002, "times": 1},
            {"kind": "drop_reply", "times": 30},
        ],
    )
    def test_that_breaks_off_says_so_and_leaves_the_old_figures(
        self, live: Team, fault: dict[str, object]
    ) -> None:
        before = booked(live)
        live.sandbox.advance(days=1)
        live.sandbox.post("faults/", {"path": REPORT, **fault})
        run = sync.sync_account(live.account, at=live.now)
        assert not run.is_complete
        assert run.finished_at is not None
        assert run.problem
        assert booked(live) == before
        live.sandbox.post("tier/", {"tier": "off"})

    @pytest.mark.parametrize("path", ["/campaign/get/", "/adgroup/get/", "/ad/get/"])
    def test_that_cannot_read_the_ads_changes_no_ad_and_says_so(
        self, live: Team, path: str
    ) -> None:
        before = list(Ad.objects.order_by("ad_id").values("ad_id", "secondary_status", "is_gone"))
        live.fault("error", path, code=40002)
        run = sync.sync_account(live.account, at=live.now)
        assert not run.is_complete
        assert run.problem
        after = list(Ad.objects.order_by("ad_id").values("ad_id", "secondary_status", "is_gone"))
        assert after == before

    @pytest.mark.slow
    def test_gets_over_a_short_fault_by_itself(self, live: Team) -> None:
        live.fault("http_500", REPORT, times=2)
        assert sync.sync_account(live.account, at=live.now).is_complete

    @pytest.mark.slow
    def test_with_a_refused_token_notes_it_on_the_connection(self, live: Team) -> None:
        connection = live.account.connection
        kept, connection.access_token = connection.access_token, "revoked-token-of-nobody"
        connection.save()
        assert not sync.sync_account(live.account, at=live.now).is_complete
        connection.refresh_from_db()
        assert connection.state == Connection.State.BROKEN
        connection.access_token = kept
        connection.save()
        assert sync.sync_account(live.account, at=live.now).is_complete
        connection.refresh_from_db()
        assert connection.state == Connection.State.HEALTHY

    @pytest.mark.slow
    def test_marks_a_deleted_ad_as_gone_and_keeps_its_spend(self, live: Team) -> None:
        before = booked(live)
        ad = Ad.objects.order_by("ad_id")[0]
        live.in_ads_manager("ad/status/update", ad_ids=[ad.ad_id], operation_status="DELETE")
        sync.sync_account(live.account, at=live.now)
        ad.refresh_from_db()
        assert ad.is_gone
        assert booked(live) == before
        assert ad.ad_id not in {
            each.ad.ad_id for each in delivery.live(live.workspace, now=live.now)
        }


@pytest.mark.slow
class TestTheAdsOfAPlan:
    def test_stand_on_live_once_it_is_applied_and_not_half_an_hour_later(self, team: Team) -> None:
        """Seen: a buyer applied a plan, opened Live to watch its ad, and found none for 30 minutes."""
        (post,) = team.launchable(1)
        plan = team.apply(team.approved([post]))
        assert not Ad.objects.exists()
        asked = Intent.objects.get(task="delivery.read_ads")
        assert asked.arguments == {
            "lane": lease.of_account(team.account.pk),
            "arguments": {"ad_account": team.account.pk},
        }
        tasks.read_ads(**asked.arguments["arguments"])
        (ad,) = delivery.list_ads(plan.workspace)
        assert ad.item_id == post.item_id
        assert delivery.count_ads(plan.workspace) == delivery.AdCounts(
            running=0, in_review=1, all=1
        )
        assert not SyncRun.objects.filter(kind=SyncRun.Kind.REPORTS).exists()

    def test_are_read_again_while_tiktok_does_not_list_them(self, team: Team) -> None:
        team.fault("error", "/ad/get/", code=50000, times=99)
        with pytest.raises(PlatformError):
            tasks.read_ads(team.account.pk)
        assert not SyncRun.objects.get().is_complete


class TestMetrics:
    def test_of_an_ad_are_those_of_its_days_in_every_way_out(self, live: Team) -> None:
        see_rates(live)
        page = client_of(live).get(reverse("delivery:live", args=[live.workspace.slug]))
        ads, scope = find_list("ads"), Scope(live.owner, live.now)
        rows = ads.opened(scope, list(ads.rows(scope)))
        export = {row["ad"]: row for row in lists.to_json(ads, rows)}
        document = today.to_json(today.five(live.workspace, now=live.now))["five"]["live"]
        api = {row["ad_id"]: row for row in document}
        found = delivery.live(live.workspace, now=live.now)
        assert len(found) == 2
        for each in found:
            days = [
                row
                for row in facts.ad_days([live.account.lake_key], first_day=None, last_day=None)
                if row["ad_id"] == each.ad.ad_id
            ]
            assert len(days) > 1
            sums = {name: sum(row[name] for row in days) for name in COUNTERS}
            thumb_stop = sums["video_views_2s"] / sums["impressions"]
            hold = sums["video_views_6s"] / sums["video_views_2s"]
            completion = sums["video_views_p100"] / sums["impressions"]
            rates = ("thumb_stop_rate", "hold_rate", "completion_rate")
            assert [each.metrics[name] for name in rates] == pytest.approx(
                [thumb_stop, hold, completion], abs=1e-6
            )
            row = api[each.ad.ad_id]
            assert row["profile_visits"] == sums["profile_visits"]
            assert (row["reach"], row["frequency"]) == (None, None)  # of several days
            assert row["hold_rate"] == each.metrics["hold_rate"]
            assert export[each.ad.ad_id]["hold_rate"] == pytest.approx(row["hold_rate"])
            for name, share in (("Thumb-stop rate", thumb_stop), ("Hold rate", hold)):
                assert shown(name, f"{share * 100:.1f} %") in page.content.decode()

    def test_are_what_tiktok_reports_of_a_day(self, live: Team) -> None:
        for row in facts.ad_days([live.account.lake_key], first_day=None, last_day=None):
            assert 0 < row["reach"] <= row["impressions"]
            assert row["video_views_p100"] <= row["video_views_6s"] <= row["video_views_2s"]
            assert row["profile_visits"] >= 0

    def test_that_are_not_known_of_a_day_are_a_dash_on_the_page(self, live: Team) -> None:
        ad = Ad.objects.order_by("ad_id")[0]
        stored = facts.ad_days([live.account.lake_key], first_day=None, last_day=None)
        day = stored[-1]["day"]
        rows = [
            row | {"video_views_6s": None} if row["ad_id"] == ad.ad_id else row
            for row in stored
            if row["day"] == day
        ]
        assert ad.ad_id in {row["ad_id"] for row in rows}
        for row in rows:
            row.pop("month")
        lake.replace_ad_days(live.account.lake_key, day, day, rows)
        see_rates(live)
        page = client_of(live).get(reverse("delivery:live", args=[live.workspace.slug]))
        text = page.content.decode()
        assert text.count(shown("Hold rate", "—")) == 1
        assert shown("Thumb-stop rate", "—") not in text

    def test_of_an_ad_without_a_report_are_undefined_and_its_spend_is_nothing(
        self, live: Team
    ) -> None:
        known = Ad.objects.order_by("ad_id")[0]
        Ad.objects.create(
            ad_account=live.account, ad_id="9", adgroup=known.adgroup, name="New",
            operation_status="ENABLE", secondary_status="AD_STATUS_DELIVERY_OK", seen_at=live.now,
        )  # fmt: skip
        (new,) = [
            each for each in delivery.live(live.workspace, now=live.now) if each.ad.ad_id == "9"
        ]
        told = new.to_json()
        assert told["spend"] == told["spend_today"] == {"amount": "0.00", "currency": "USD"}
        assert {name for name in METRICS if told[name] is not None} == {"spend"}

    def test_that_tiktok_did_not_measure_are_unknown_and_never_zero(self, live: Team) -> None:
        row = {each.wire: None for each in REPORTED} | {
            "ad_id": "1", "stat_time_day": date(2026, 3, 1), "clicks": 3, "spend": Decimal("1.25"),
        }  # fmt: skip
        (fact,) = sync._as_facts(live.account, [row])
        assert (fact["clicks"], fact["spend_minor"], fact["likes"]) == (3, 125, None)
        (fact,) = sync._as_facts(live.account, [row | {"spend": None}])
        assert fact["spend_minor"] == 0


def see_rates(team: Team) -> None:
    """The owner chooses two rates as columns of Live."""
    lists.set_preference(
        team.owner, find_list("ads"), columns=["thumb_stop_rate", "hold_rate"], is_compact=False
    )


def shown(name: str, words: str) -> str:
    """A metric's cell on Live."""
    return f'<td data-label="{name}" class="num">{words}</td>'


def client_of(team: Team) -> Client:
    """The owner's browser."""
    client = Client()
    client.force_login(User.objects.get(email="owner@shop.example"))
    return client


class TestTheGuard:
    def test_leaves_alone_what_may_run(self, live: Team) -> None:
        assert guard.guard(live.workspace, now=live.now) == []
        assert len(delivering(live)) == 2

    @pytest.mark.slow
    def test_stops_an_ad_at_the_end_of_its_paid_window(self, live: Team) -> None:
        ad = Ad.objects.select_related("post").order_by("ad_id")[0]
        end = live.now + timedelta(hours=23)  # less the day's margin this has passed already
        UsageRight.objects.filter(item_id=ad.item_id).update(ends_at=end)
        (pause,) = guard.guard(live.workspace, now=live.now)
        assert (pause.ad_id, pause.is_confirmed) == (ad.pk, True)
        assert "usage right" in pause.reason
        assert ad.ad_id not in delivering(live)
        assert guard.guard(live.workspace, now=live.now) == []
        entry = AuditEntry.objects.filter(action="paused ad").get()
        assert (entry.actor, entry.subject) == (None, ad.ad_id)

    @pytest.mark.slow
    def test_stops_an_ad_whose_post_was_deleted(self, live: Team) -> None:
        ad = Ad.objects.order_by("ad_id")[0]
        live.sandbox.phone(f"posts/{ad.item_id}/delete/", {})
        polling.read_platform(live.workspace, at=live.now)
        assert [pause.ad_id for pause in guard.guard(live.workspace, now=live.now)] == [ad.pk]

    def test_pulls_the_end_of_an_ad_group_back_to_the_window(self, live: Team) -> None:
        ad = Ad.objects.select_related("adgroup").order_by("ad_id")[0]
        end = live.now.replace(microsecond=0) + timedelta(days=5)
        UsageRight.objects.filter(item_id=ad.item_id).update(ends_at=end)
        assert guard.guard(live.workspace, now=live.now) == []
        (group,) = [
            row for row in live.held("adgroup") if row["adgroup_id"] == ad.adgroup.adgroup_id
        ]
        assert group["schedule_end_time"] == f"{end - timedelta(days=1):%Y-%m-%d %H:%M:%S}"

    def test_asks_again_for_a_pause_that_was_not_confirmed(self, live: Team) -> None:
        ad = Ad.objects.order_by("ad_id")[0]
        UsageRight.objects.filter(item_id=ad.item_id).update(paid_allowed=False)
        live.fault("error", "/ad/status/update/", code=40002)
        (first,) = guard.guard(live.workspace, now=live.now)
        assert not first.is_confirmed
        (second,) = guard.guard(live.workspace, now=live.now)
        assert second.is_confirmed
        assert ad.ad_id not in delivering(live)


class TestAPause:
    def test_by_a_person_stops_the_ad_and_keeps_the_reason(self, live: Team) -> None:
        ad = delivery.live(live.workspace, now=live.now)[0].ad
        stops.pause(live.buyer, ad, reason="Spends without selling.", at=live.now)
        assert ad.ad_id not in delivering(live)
        assert Pause.objects.get().reason == "Spends without selling."

    def test_needs_a_reason_and_a_role(self, live: Team) -> None:
        ad = delivery.live(live.workspace, now=live.now)[0].ad
        with pytest.raises(InvalidInputError, match="reason"):
            stops.pause(live.buyer, ad, reason=" ", at=live.now)
        with pytest.raises(NotAllowedError):
            stops.pause(live.finance, ad, reason="Because.", at=live.now)

    @pytest.mark.slow
    def test_that_tiktok_does_not_confirm_is_an_error_with_a_next_step(self, live: Team) -> None:
        ad = delivery.live(live.workspace, now=live.now)[0].ad
        live.fault("error", "/ad/status/update/", code=40002)
        with pytest.raises(PlatformError) as failure:
            stops.pause(live.buyer, ad, reason="Because.", at=live.now)
        assert "Ads Manager" in failure.value.next_step


class TestReadingThePlatform:
    def states(self, team: Team) -> dict[str, str]:
        rows = Authorization.objects.filter(kind="code").select_related("post")
        return {row.post.item_id: row.state for row in rows}

    @pytest.mark.slow
    def test_sees_use_expiry_extension_withdrawal_and_deletion(self, team: Team) -> None:
        items = [post["item_id"] for post in team.plain_posts()[:4]]
        team.paste(*(team.code(item, days=7) for item in items[:2]))
        team.paste(*(team.code(item, days=30) for item in items[2:]))
        short, extended, withdrawn, deleted = items
        assert self.states(team)[withdrawn] == State.BOUND
        team.sandbox.phone(f"posts/{extended}/extend/", {"days": 60})
        team.sandbox.phone(f"posts/{withdrawn}/revoke/", {})
        team.sandbox.phone(f"posts/{deleted}/delete/", {})
        team.sandbox.advance(days=8)
        assert polling.read_platform(team.workspace, at=team.now) == []
        assert self.states(team) == {
            short: State.EXPIRED,
            extended: State.BOUND,
            withdrawn: State.REVOKED,
            deleted: State.POST_UNAVAILABLE,
        }
        team.sandbox.phone(f"posts/{short}/extend/", {"days": 30})
        polling.read_platform(team.workspace, at=team.now)
        assert self.states(team)[short] == State.BOUND
        events = AuthorizationEvent.objects.filter(authorization__post__item_id=short)
        assert [event.to_state for event in events.order_by("id")][-3:] == [
            "expired",
            "extended",
            "bound",
        ]
        moved = AuthorizationEvent.objects.filter(authorization__post__item_id=extended)
        assert any("ends_at_after" in event.evidence for event in moved)

    @pytest.mark.slow
    def test_of_one_broken_grant_does_not_hide_the_others(self, team: Team) -> None:
        grant = team.connect_creator("sample.ana")
        grant.access_token = grant.refresh_token = "revoked-token-of-nobody"
        grant.save()
        item = next(p for p in team.plain_posts() if p["handle"] != "sample.ana")["item_id"]
        team.paste(team.code(item, days=7))
        team.sandbox.advance(days=8)
        problems = polling.read_platform(team.workspace, at=team.now)
        assert len(problems) == 1
        assert "@sample.ana" in problems[0]
        assert self.states(team)[item] == State.EXPIRED


class TestTheReportWindow:
    def test_starts_far_back_then_restates_a_week_and_a_day(self) -> None:
        today = date(2026, 3, 20)

        def window(**known: Any) -> tuple[date, date]:
            facts_of_it = {"since": None, "last_complete": None, **known}
            return rules.report_window(today=today, **facts_of_it)

        assert window() == (date(2025, 12, 20), today)
        assert window(last_complete=date(2026, 3, 20)) == (date(2026, 3, 12), today)
        assert window(last_complete=date(2026, 3, 1)) == (date(2026, 3, 1), today)
        assert window(since=date(2026, 1, 1), last_complete=today) == (date(2026, 1, 1), today)
