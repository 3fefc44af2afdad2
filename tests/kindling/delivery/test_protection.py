"""The guard acts on knowledge, ads made elsewhere are observed first, and flights go on with their permission."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from sample_team import Team

from kindling.agreements.models import UsageRight
from kindling.authorizations.lifecycle import polling
from kindling.authorizations.lifecycle.rules import State
from kindling.authorizations.models import Authorization, AuthorizationEvent
from kindling.delivery import guard, protection, resume, sync
from kindling.delivery.models import Ad, Pause, SyncRun
from kindling.delivery.rules import Verdict
from kindling.errors import ConflictError, InvalidInputError, NotAllowedError, PlatformError
from kindling.jobs.models import Intent
from kindling.launches.models import EndChange, Plan, PlannedObject
from kindling.notices.models import Notice
from kindling.posts.models import Post
from kindling.workspaces.models import AdAccount, AuditEntry, Member

DAY = timedelta(days=1)


def forget(ad: Ad) -> None:
    """The ad as a sync finds one whose post and permission nobody has read yet."""
    Authorization.objects.filter(post__item_id=ad.item_id).delete()
    UsageRight.objects.filter(item_id=ad.item_id).delete()


class TestWhatIsNotOnRecord:
    def test_stops_no_ad_but_asks_for_a_reading_and_tells_somebody(self, live: Team) -> None:
        ad = live.first_ad()
        forget(ad)
        before = live.switched_on()
        assert guard.guard(live.workspace, now=live.now) == []
        assert live.switched_on() == before
        (notice,) = Notice.objects.filter(key=f"guard-unknown-{live.account.pk}", done_at=None)
        assert "No ad authorization" in notice.title
        assert Intent.objects.filter(task=polling.READ_TASK).exists()

    @pytest.mark.slow
    def test_is_said_once_and_settled_when_the_reading_brings_it(self, live: Team) -> None:
        ad = live.first_ad()
        Authorization.objects.filter(post__item_id=ad.item_id).delete()
        guard.guard(live.workspace, now=live.now)
        guard.guard(live.workspace, now=live.now)
        key = f"guard-unknown-{live.account.pk}"
        assert Notice.objects.filter(key=key).count() == 1
        polling.read_platform(live.workspace, at=live.now)
        guard.guard(live.workspace, now=live.now)
        assert not Notice.objects.filter(key=key, done_at=None).exists()

    def test_of_an_ad_that_a_sync_brings_in_between_is_judged_the_next_time(
        self, live: Team, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Permissions were read first and the ads later: 3 to 7 healthy ads were stopped."""
        ad = live.first_ad()
        held = Ad.objects.filter(pk=ad.pk)
        held.update(operation_status="DISABLE")
        known = protection.authorizations.permissions

        def slow(*given: object, **more: object) -> object:
            found = known(*given, **more)  # type: ignore[arg-type]
            held.update(operation_status="ENABLE")  # the sync of this moment
            return found

        monkeypatch.setattr(protection.authorizations, "permissions", slow)
        assert guard.guard(live.workspace, now=live.now) == []
        assert Ad.objects.get(pk=ad.pk).operation_status == "ENABLE"


class TestAStop:
    def test_is_not_made_when_tiktok_says_that_the_permission_is_back(self, live: Team) -> None:
        ad = live.first_ad()
        Authorization.objects.filter(post__item_id=ad.item_id).update(state=State.POST_UNAVAILABLE)
        assert guard.guard(live.workspace, now=live.now) == []
        assert ad.ad_id in live.switched_on()
        row = Authorization.objects.get(post__item_id=ad.item_id)
        assert row.state == State.IN_USE

    @pytest.mark.slow
    def test_waits_where_tiktok_cannot_be_asked_unless_a_date_has_passed(self, live: Team) -> None:
        ad, other = Ad.objects.order_by("ad_id")
        Authorization.objects.filter(post__item_id=ad.item_id).update(state=State.REVOKED)
        rows = Authorization.objects.filter(post__item_id=other.item_id)
        rows.update(ends_at=live.now + timedelta(hours=1), state=State.EXPIRING)
        live.fault("error", "/tt_video/list/", code=50000, times=50)
        stopped = guard.guard(live.workspace, now=live.now)
        assert [pause.ad_id for pause in stopped] == [other.pk]

    def test_says_who_when_why_and_on_what_evidence_and_is_told_at_once(self, live: Team) -> None:
        ad = live.first_ad()
        end = live.now + timedelta(hours=20)
        UsageRight.objects.filter(item_id=ad.item_id).update(ends_at=end)
        (pause,) = guard.guard(live.workspace, now=live.now)
        assert (pause.by, pause.is_confirmed) == (None, True)
        assert "stop-by time" in pause.reason
        assert pause.evidence["rights_end_at"] == end.isoformat()
        assert pause.evidence["ends_first"] == "usage_right"
        notice = Notice.objects.get(key__startswith="guard-stopped-")
        assert set(notice.roles) == {"media_buyer", "creator_manager"}
        assert (notice.urgency, notice.path) == (1, "live/stopped/")
        planned = PlannedObject.objects.get(external_id=ad.ad_id)
        assert (planned.stopped_because, planned.stopped_at) == (pause.reason, pause.at)
        event = AuthorizationEvent.objects.filter(source="guard").get()
        assert event.evidence["stopped_ad"] == ad.ad_id

    @pytest.mark.slow
    def test_after_days_without_a_worker_says_how_long_the_ad_could_spend(self, live: Team) -> None:
        ad = live.first_ad()
        live.sandbox.advance(days=2)
        end = live.now + timedelta(
            hours=24 - 3
        )  # was cut while nothing ran: three hours ago it had to stop
        UsageRight.objects.filter(item_id=ad.item_id).update(ends_at=end)
        (pause,) = guard.guard(live.workspace, now=live.now)
        assert pause.evidence["minutes_past_stop_by"] == 180
        words = "It could spend for up to 180 minutes past its stop-by time."
        assert words in pause.reason
        assert words in Notice.objects.get(key__startswith="guard-stopped-").title
        assert words in PlannedObject.objects.get(external_id=ad.ad_id).stopped_because
        browser = Client()
        browser.force_login(live.buyer.user)
        permission = Authorization.objects.get(post__item_id=ad.item_id)
        plan = PlannedObject.objects.get(external_id=ad.ad_id).plan_id
        for path in (
            "live/stopped/", f"posts/{ad.item_id}/", f"authorizations/{permission.pk}/", f"plans/{plan}/",
        ):  # fmt: skip
            assert words in browser.get(f"/w/{live.workspace.slug}/{path}").content.decode(), path

    @pytest.mark.slow
    def test_counts_no_minutes_in_which_the_ad_was_off(self, live: Team) -> None:
        ad = live.first_ad()
        UsageRight.objects.filter(item_id=ad.item_id).update(ends_at=live.now + timedelta(hours=23))
        (first,) = guard.guard(live.workspace, now=live.now)
        assert first.evidence["minutes_past_stop_by"] == 60
        live.sandbox.advance(days=2)
        Ad.objects.filter(pk=ad.pk).update(operation_status="ENABLE")  # somebody, in Ads Manager
        (again,) = guard.guard(live.workspace, now=live.now)
        assert again.evidence["minutes_past_stop_by"] == 2 * 24 * 60

    def test_that_tiktok_refuses_for_one_ad_is_made_for_the_others(self, live: Team) -> None:
        ad, other = Ad.objects.order_by("ad_id")
        Ad.objects.filter(pk=ad.pk).update(ad_id="1790000000000009")  # gone at TikTok meanwhile
        PlannedObject.objects.filter(external_id=ad.ad_id).update(external_id="1790000000000009")
        UsageRight.objects.update(paid_allowed=False)
        made = {
            pause.ad_id: bool(pause.is_confirmed)
            for pause in guard.guard(live.workspace, now=live.now)
        }
        assert made == {ad.pk: False, other.pk: True}
        told = Notice.objects.get(key__startswith="guard-stopped-")
        assert told.title.startswith("Kindling stopped 1 ad:")
        key = f"guard-unconfirmed-{live.account.pk}"
        assert "did not confirm the stop of 1 ad" in Notice.objects.get(key=key).title
        guard.guard(live.workspace, now=live.now)
        assert Notice.objects.filter(key=key, done_at=None).count() == 1
        Ad.objects.filter(pk=ad.pk).update(is_gone=True)
        guard.guard(live.workspace, now=live.now)
        assert not Notice.objects.filter(key=key, done_at=None).exists()
        assert other.ad_id not in live.switched_on()


class TestANewAdAccount:
    def observed(self, live: Team) -> Team:
        """As if all its ads had been made in Ads Manager."""
        AdAccount.objects.update(protection="observe", is_protection_chosen=False)
        PlannedObject.objects.update(external_id="")
        return live

    def test_is_only_observed_and_nothing_changes_at_tiktok(self, live: Team) -> None:
        team = self.observed(live)
        ad, other = Ad.objects.order_by("ad_id")
        forget(ad)
        UsageRight.objects.filter(item_id=other.item_id).update(paid_allowed=False)
        before = (team.held("ad"), team.held("adgroup"))
        assert guard.guard(team.workspace, now=team.now) == []
        assert (team.held("ad"), team.held("adgroup")) == before
        notice = Notice.objects.get(key=f"guard-observed-{team.account.pk}")
        assert "only observes" in notice.title
        verdicts = {
            each.ad.pk: each.judgement.verdict
            for each in protection.judge_ads(
                AdAccount.objects.get(pk=team.account.pk), now=team.now
            )
        }
        assert verdicts == {ad.pk: Verdict.UNKNOWN, other.pk: Verdict.STOP}

    @pytest.mark.slow
    def test_protects_what_kindling_launches_from_the_first_launch_on(self, team: Team) -> None:
        assert AdAccount.objects.get(pk=team.account.pk).protection == "observe"
        team.apply(team.approved(team.launchable(1)))
        assert AdAccount.objects.get(pk=team.account.pk).protection == "launched"
        entry = AuditEntry.objects.get(action="changed protection")
        assert entry.reason == "First launch in this ad account."

    @pytest.mark.slow
    def test_stays_observed_where_a_person_chose_so(self, team: Team) -> None:
        protection.choose(team.buyer, team.account, "observe", at=team.now)
        team.apply(team.approved(team.launchable(1)))
        assert AdAccount.objects.get(pk=team.account.pk).protection == "observe"

    def test_leaves_ads_made_elsewhere_alone_while_only_launches_are_protected(
        self, live: Team
    ) -> None:
        team = self.observed(live)
        AdAccount.objects.update(protection="launched")
        UsageRight.objects.update(paid_allowed=False)
        assert guard.guard(team.workspace, now=team.now) == []


class TestProtectingAllAds:
    def test_needs_an_owner_who_has_seen_the_list(self, live: Team) -> None:
        UsageRight.objects.filter(item_id=live.first_ad().item_id).update(paid_allowed=False)
        account = live.account
        seen = protection.list_digest(protection.judge_ads(account, now=live.now))
        with pytest.raises(NotAllowedError):
            protection.choose(live.buyer, account, "all", seen=seen, at=live.now)
        with pytest.raises(ConflictError, match="1 running ads would stop"):
            protection.choose(live.owner, account, "all", at=live.now)
        changed = protection.choose(live.owner, account, "all", seen=seen, at=live.now)
        assert changed.protection == "all"
        entry = AuditEntry.objects.filter(action="changed protection").first()
        assert entry is not None
        assert entry.after["would_stop"] == [live.first_ad().ad_id]

    def test_is_asked_again_when_the_list_has_changed_since(self, live: Team) -> None:
        seen = protection.list_digest(protection.judge_ads(live.account, now=live.now))
        UsageRight.objects.update(paid_allowed=False)
        with pytest.raises(ConflictError):
            protection.choose(live.owner, live.account, "all", seen=seen, at=live.now)

    def test_knows_three_modes(self, live: Team) -> None:
        with pytest.raises(InvalidInputError, match="not a protection mode"):
            protection.choose(live.owner, live.account, "sometimes", at=live.now)


class TestResume:
    @pytest.fixture
    def stopped(self, live: Team) -> Team:
        right = UsageRight.objects.filter(item_id=live.first_ad().item_id)
        right.update(ends_at=live.now + timedelta(hours=20))
        assert len(guard.guard(live.workspace, now=live.now)) == 1
        return live

    def test_is_refused_while_the_reason_stands(self, stopped: Team) -> None:
        with pytest.raises(ConflictError, match="stop-by time"):
            resume.resume(stopped.buyer, stopped.first_ad(), at=stopped.now)
        assert stopped.first_ad().ad_id not in stopped.switched_on()

    def test_lets_the_ad_run_again_when_the_right_was_renewed(self, stopped: Team) -> None:
        right = UsageRight.objects.filter(item_id=stopped.first_ad().item_id)
        right.update(ends_at=stopped.now + 60 * DAY)
        assert [each.ad.ad_id for each in resume.stopped(stopped.workspace)] == [
            stopped.first_ad().ad_id
        ]
        held = resume.resume(stopped.buyer, stopped.first_ad(), at=stopped.now)
        assert held.resumed_by == stopped.buyer.user
        assert stopped.first_ad().ad_id in stopped.switched_on()
        assert stopped.first_ad().operation_status == "ENABLE"
        assert resume.stopped(stopped.workspace) == []
        assert AuditEntry.objects.filter(action="resumed ad").count() == 1
        assert PlannedObject.objects.get(external_id=stopped.first_ad().ad_id).stopped_at is None

    def test_with_a_lost_reply_is_looked_up(self, stopped: Team) -> None:
        UsageRight.objects.filter(item_id=stopped.first_ad().item_id).update(
            ends_at=stopped.now + 60 * DAY
        )
        stopped.fault("drop_reply", "/ad/status/update/", times=1)
        resume.resume(stopped.buyer, stopped.first_ad(), at=stopped.now)
        assert stopped.first_ad().ad_id in stopped.switched_on()

    def test_that_tiktok_refuses_leaves_the_stop_open(self, stopped: Team) -> None:
        UsageRight.objects.filter(item_id=stopped.first_ad().item_id).update(
            ends_at=stopped.now + 60 * DAY
        )
        stopped.fault("error", "/ad/status/update/", code=40002, times=1)
        with pytest.raises(PlatformError):
            resume.resume(stopped.buyer, stopped.first_ad(), at=stopped.now)
        assert Pause.objects.get().resumed_at is None

    def test_needs_the_role_still_when_it_is_made(self, stopped: Team) -> None:
        UsageRight.objects.filter(item_id=stopped.first_ad().item_id).update(
            ends_at=stopped.now + 60 * DAY
        )
        Member.objects.filter(user=stopped.buyer.user).update(role="viewer")
        with pytest.raises(NotAllowedError):
            resume.resume(stopped.buyer, stopped.first_ad(), at=stopped.now)
        assert stopped.first_ad().ad_id not in stopped.switched_on()

    def test_needs_a_role_and_a_stop(self, stopped: Team) -> None:
        with pytest.raises(NotAllowedError):
            resume.resume(stopped.manager, stopped.first_ad(), at=stopped.now)
        running = Ad.objects.select_related("ad_account__connection").order_by("ad_id")[1]
        with pytest.raises(ConflictError, match="was not stopped here"):
            resume.resume(stopped.buyer, running, at=stopped.now)

    def test_of_an_ad_made_elsewhere_above_the_limit_takes_two_people(self, stopped: Team) -> None:
        UsageRight.objects.filter(item_id=stopped.first_ad().item_id).update(
            ends_at=stopped.now + 60 * DAY
        )
        PlannedObject.objects.update(external_id="")
        stopped.workspace.second_person_above_minor = 1
        stopped.workspace.save()
        waiting = resume.resume(stopped.buyer, stopped.first_ad(), at=stopped.now)
        assert (waiting.resumed_at, waiting.resume_asked_by) == (None, stopped.buyer.user)
        resume.resume(stopped.buyer, stopped.first_ad(), at=stopped.now)
        assert stopped.first_ad().ad_id not in stopped.switched_on()
        done = resume.resume(stopped.owner, stopped.first_ad(), at=stopped.now)
        assert done.resumed_by == stopped.owner.user
        assert stopped.first_ad().ad_id in stopped.switched_on()


class TestAFlight:
    """Seen: a code renewed to 9 Apr, the ad group ended 9 Mar and stayed so."""

    def ends(self, team: Team) -> dict[str, str]:
        return {row["adgroup_id"]: row["schedule_end_time"] for row in team.held("adgroup")}

    def cut_short(self, team: Team) -> Post:
        """Seven days of permission for a flight of fourteen."""
        (post,) = team.launchable(1, days=7)
        team.apply(team.approved([post]))
        sync.sync_account(team.account, at=team.now)
        return post

    @pytest.mark.slow
    def test_goes_on_once_to_its_approved_end_when_the_code_is_extended(self, team: Team) -> None:
        post = self.cut_short(team)
        group = PlannedObject.objects.get(kind="adgroup")
        approved = group.plan.content["objects"][1]["flight_end"]
        before = self.ends(team)
        assert before[group.external_id] == group.payload["schedule_end_time"] < approved
        team.sandbox.phone(f"posts/{post.item_id}/extend/", {"days": 30})
        polling.poll(team.account, at=team.now)
        assert Intent.objects.filter(task="delivery.guard").exists()
        for _ in range(3):
            guard.guard(team.workspace, now=team.now)
        assert self.ends(team)[group.external_id] == approved
        (change,) = EndChange.objects.all()
        assert (change.state, change.ends_first) == ("done", "")
        assert AuditEntry.objects.filter(action="set flight end").count() == 1

    @pytest.mark.slow
    def test_goes_no_further_than_the_new_last_moment(self, team: Team) -> None:
        post = self.cut_short(team)
        end = (team.now + 9 * DAY).replace(microsecond=0)
        Authorization.objects.filter(post=post).update(ends_at=end)
        guard.guard(team.workspace, now=team.now)
        group = PlannedObject.objects.get(kind="adgroup")
        assert self.ends(team)[group.external_id] == f"{end - DAY:%Y-%m-%d %H:%M:%S}"
        assert EndChange.objects.get().ends_first == "authorization"

    @pytest.mark.slow
    def test_with_a_lost_reply_is_set_once(self, team: Team) -> None:
        post = self.cut_short(team)
        team.sandbox.phone(f"posts/{post.item_id}/extend/", {"days": 30})
        polling.poll(team.account, at=team.now)
        team.fault("drop_reply", "/adgroup/update/", times=1)
        guard.guard(team.workspace, now=team.now)
        sync.sync_account(team.account, at=team.now)
        guard.guard(team.workspace, now=team.now)
        assert EndChange.objects.get().state == "done"
        group = PlannedObject.objects.get(kind="adgroup")
        planned = group.plan.content["objects"][1]
        assert self.ends(team)[group.external_id] == planned["flight_end"]

    @pytest.mark.slow
    def test_whose_end_a_person_chose_at_tiktok_is_left(self, team: Team) -> None:
        post = self.cut_short(team)
        group = PlannedObject.objects.get(kind="adgroup")
        chosen = f"{team.now + 3 * DAY:%Y-%m-%d %H:00:00}"
        team.in_ads_manager(
            "adgroup/update", adgroup_id=group.external_id, schedule_end_time=chosen
        )
        team.sandbox.phone(f"posts/{post.item_id}/extend/", {"days": 30})
        team.read()
        guard.guard(team.workspace, now=team.now)
        assert self.ends(team)[group.external_id] == chosen

    @pytest.mark.slow
    def test_that_its_plan_ends_is_offered_for_extension_once(self, team: Team) -> None:
        (post,) = team.launchable(1, days=60)
        team.apply(team.approved([post], days=5))
        sync.sync_account(team.account, at=team.now)
        for _ in range(2):
            guard.guard(team.workspace, now=team.now)
        notice = Notice.objects.get(key__startswith="flight-ends-")
        assert "its plan ends the flight" in notice.title
        assert notice.path == f"inventory/?q={post.item_id}"

    @pytest.mark.slow
    def test_that_tiktok_does_not_set_out_says_so_on_its_receipt(self, team: Team) -> None:
        post = self.cut_short(team)
        team.sandbox.phone(f"posts/{post.item_id}/extend/", {"days": 30})
        polling.poll(team.account, at=team.now)
        team.fault("error", "/adgroup/update/", code=40002, times=1)
        guard.guard(team.workspace, now=team.now)
        change = EndChange.objects.get()
        assert change.state == "refused"
        assert change.message


class TestThePages:
    @pytest.fixture
    def buyer(self, live: Team) -> Client:
        client = Client()
        client.force_login(live.buyer.user)
        return client

    def where(self, live: Team, name: str, *parts: object) -> str:
        return reverse(f"delivery:{name}", args=[live.workspace.slug, *parts])

    def test_explain_every_running_ad_and_change_nothing(self, live: Team, buyer: Client) -> None:
        forget(live.first_ad())
        before = (live.held("ad"), live.held("adgroup"))
        page = buyer.get(self.where(live, "protection", live.account.advertiser_id))
        said = page.content.decode()
        assert said.count('<span class="chip is-pass">May run</span>') == 1
        assert "No ad authorization of this post is on record." in said
        assert "Only an owner can protect all ads." in said
        assert (live.held("ad"), live.held("adgroup")) == before

    @pytest.mark.slow
    def test_change_how_far_kindling_may_act(self, live: Team, buyer: Client) -> None:
        url = self.where(live, "choose_protection", live.account.advertiser_id)
        assert buyer.post(url, {"mode": "observe"}).status_code == 302
        assert AdAccount.objects.get(pk=live.account.pk).protection == "observe"
        live_page = buyer.get(self.where(live, "live")).content.decode()
        assert "is only observed" in live_page
        assert buyer.post(url, {"mode": "all"}).status_code == 403
        assert buyer.post(url, {"mode": "never"}).status_code == 422

    def test_read_what_runs_in_the_background(self, live: Team, buyer: Client) -> None:
        Intent.objects.all().delete()
        url = self.where(live, "adopt", live.account.advertiser_id)
        assert buyer.post(url).status_code == 302
        assert set(Intent.objects.values_list("task", flat=True)) == {
            "authorizations.read", "delivery.sync",
        }  # fmt: skip

    @pytest.mark.slow
    def test_list_what_was_stopped_and_resume_it(self, live: Team, buyer: Client) -> None:
        ad = live.first_ad()
        right = UsageRight.objects.filter(item_id=ad.item_id)
        right.update(ends_at=live.now + timedelta(hours=20))
        guard.guard(live.workspace, now=live.now)
        listed = buyer.get(self.where(live, "stopped")).content.decode()
        assert "by Kindling" in listed
        assert "stop-by time" in listed
        url = self.where(live, "resume", ad.ad_id)
        refused = buyer.post(url)
        assert refused.status_code == 409
        assert "stop-by time" in refused.content.decode()
        right.update(ends_at=live.now + 60 * DAY)
        done = buyer.post(url, follow=True)
        assert "runs again" in done.content.decode()
        assert ad.ad_id in live.switched_on()


class TestReadingANewAdAccount:
    @pytest.mark.slow
    def test_brings_what_runs_onto_the_books_and_launches_nothing(self, live: Team) -> None:
        ads = len(live.held("ad"))
        Ad.objects.all().delete()
        Authorization.objects.all().delete()
        PlannedObject.objects.update(external_id="")
        judged = protection.adopt(live.buyer, live.account, at=live.now)
        assert len(judged) == 2
        assert all(each.ad.post and each.permission for each in judged)
        assert len(live.held("ad")) == ads
        assert AuditEntry.objects.filter(action="read ad account").count() == 1


def over_since_a_sync_saw_it_off(team: Team) -> Ad:
    """An ad that a sync read before its plan switched it on; its usage right ends now."""
    ad = team.first_ad()
    Ad.objects.filter(pk=ad.pk).update(operation_status="DISABLE")
    Plan.objects.update(finished_at=team.now)
    UsageRight.objects.filter(item_id=ad.item_id).update(ends_at=team.now)
    return ad


class TestAnAdLaunchedSinceTheLastSync:
    def test_is_stopped_as_any_other(self, team: Team) -> None:
        (post,) = team.launchable(1)
        team.read()
        team.sandbox.advance(hours=1)
        assert team.apply(team.approved([post])).state == "applied"
        assert not Ad.objects.exists()
        team.sandbox.advance(hours=1)
        UsageRight.objects.filter(item_id=post.item_id).update(ends_at=team.now)
        (pause,) = guard.guard(team.workspace, now=team.now)
        assert (pause.ad.item_id, pause.is_confirmed) == (post.item_id, True)
        assert team.switched_on() == set()

    def test_that_a_sync_saw_before_it_was_switched_on_is_stopped_too(self, live: Team) -> None:
        live.sandbox.advance(hours=1)
        ad = over_since_a_sync_saw_it_off(live)
        live.sandbox.advance(hours=1)
        assert [pause.ad_id for pause in guard.guard(live.workspace, now=live.now)] == [ad.pk]

    def test_costs_no_reading_once_it_is_known(self, live: Team) -> None:
        live.read()
        live.sandbox.advance(hours=1)
        guard.guard(live.workspace, now=live.now)
        before = SyncRun.objects.count()
        live.sandbox.advance(hours=1)
        guard.guard(live.workspace, now=live.now)
        assert SyncRun.objects.count() == before

    def test_of_a_plan_whose_process_died_is_stopped_too(self, live: Team) -> None:
        live.read()
        live.sandbox.advance(hours=1)
        ad = over_since_a_sync_saw_it_off(live)
        Plan.objects.update(state=Plan.State.APPLYING, finished_at=None)
        assert [pause.ad_id for pause in guard.guard(live.workspace, now=live.now)] == [ad.pk]

    def test_is_read_again_after_a_reading_that_failed(self, live: Team) -> None:
        live.sandbox.advance(hours=1)
        ad = over_since_a_sync_saw_it_off(live)
        live.sandbox.advance(hours=1)
        live.fault("error", "/ad/get/", code=50000, times=99)
        assert guard.guard(live.workspace, now=live.now) == []
        live.sandbox.delete("faults/")
        live.sandbox.advance(hours=1)
        assert [pause.ad_id for pause in guard.guard(live.workspace, now=live.now)] == [ad.pk]

    def test_is_left_to_the_next_run_where_its_reading_cannot_be_written(
        self, live: Team, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The others are stopped all the same."""
        Plan.objects.update(finished_at=live.now + DAY)
        UsageRight.objects.filter(item_id=live.first_ad().item_id).update(ends_at=live.now)

        def breaks(*args: object, **given: object) -> None:
            raise ConflictError("a sample conflict")

        monkeypatch.setattr(sync, "sync_entities", breaks)
        assert len(guard.guard(live.workspace, now=live.now)) == 1
