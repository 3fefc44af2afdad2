"""A stop is on record before TikTok is asked, is settled by what TikTok shows, and is told once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sample_team import Team

from kindling.agreements.models import UsageRight
from kindling.authorizations.lifecycle import polling
from kindling.authorizations.lifecycle.rules import State
from kindling.authorizations.models import Authorization, AuthorizationEvent
from kindling.delivery import ends, guard, protection, resume, stops, sync
from kindling.delivery.models import Ad, Pause
from kindling.errors import PlatformError
from kindling.launches.models import PlannedObject
from kindling.notices.models import Notice
from kindling.workspaces.models import AuditEntry

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def ended(team: Team) -> Ad:
    """An ad whose usage right is over."""
    ad = team.first_ad()
    UsageRight.objects.filter(item_id=ad.item_id).update(ends_at=team.now)
    return ad


def told() -> list[str]:
    """Titles of the notices of what Kindling stopped."""
    rows = Notice.objects.filter(key__startswith="guard-stopped-")
    return list(rows.order_by("pk").values_list("title", flat=True))


def run(team: Team) -> list[Pause]:
    return guard.guard(team.workspace, now=team.now)


def lose_replies(team: Team) -> None:
    team.fault("drop_reply", "/ad/status/update/", times=99)


def stopped_without_an_answer(team: Team) -> Ad:
    """An ad whose usage right is over; the guard asked TikTok to switch it off, and the reply was lost."""
    ad = ended(team)
    lose_replies(team)
    run(team)
    return ad


def before_tiktok_is_asked(monkeypatch: pytest.MonkeyPatch, act: Callable[[], Any]) -> None:
    """Somebody else acts between the record and the call, once."""
    disable, done = stops._disable, []

    def slow(*args: Any) -> Any:
        if not done:
            done.append(True)
            act()
        return disable(*args)

    monkeypatch.setattr(stops, "_disable", slow)


def after_tiktok_has_acted(monkeypatch: pytest.MonkeyPatch, act: Callable[[], Any]) -> None:
    """Somebody else acts between TikTok's answer and the record, once."""
    disable, done = stops._disable, []

    def slow(*args: Any) -> Any:
        answers = disable(*args)
        if not done:
            done.append(True)
            act()
        return answers

    monkeypatch.setattr(stops, "_disable", slow)


class DiedError(BaseException):
    """Nothing catches it, as nothing catches kill -9."""


class TestAStopWhoseAnswerNobodySaw:
    """The process died, or the reply was lost, and a sync shows the ad off before the guard looks again."""

    def die_while_stopping(self, team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
        def dies(*args: object, **kwargs: object) -> None:
            raise DiedError

        with monkeypatch.context() as patched:
            patched.setattr(stops, "_confirm", dies)
            with pytest.raises(DiedError):
                run(team)

    def test_is_explained_and_told_at_the_next_run(
        self, live: Team, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ad = ended(live)
        self.die_while_stopping(live, monkeypatch)
        sync.sync_account(live.account, at=live.now)
        ad.refresh_from_db()
        assert ad.operation_status == "DISABLE"
        run(live)
        pause = Pause.objects.get()
        assert (pause.is_confirmed, pause.by) == (True, None)
        assert [held.ad_id for held in resume.stopped(live.workspace)] == [ad.pk]
        assert AuditEntry.objects.filter(action="paused ad", subject=ad.ad_id).count() == 1
        assert Notice.objects.filter(key__startswith="guard-stopped-").count() == 1
        assert PlannedObject.objects.get(external_id=ad.ad_id).stopped_at
        kept = AuthorizationEvent.objects.filter(source="guard").values_list("evidence", flat=True)
        assert [each["stopped_ad"] for each in kept] == [ad.ad_id]

    def test_is_told_beside_one_of_the_same_run(self, live: Team) -> None:
        ad, other = Ad.objects.order_by("ad_id")
        lose_replies(live)
        UsageRight.objects.filter(item_id=ad.item_id).update(ends_at=live.now)
        run(live)
        live.sandbox.delete("faults/")
        UsageRight.objects.filter(item_id=other.item_id).update(ends_at=live.now)
        run(live)
        told = Notice.objects.filter(key__startswith="guard-stopped-").values_list(
            "title", flat=True
        )
        assert {each.item_id in " ".join(told) for each in (ad, other)} == {True}

    def test_is_found_as_well_after_a_lost_reply(self, live: Team) -> None:
        ad = stopped_without_an_answer(live)
        assert Pause.objects.get().is_confirmed is None
        live.sandbox.delete("faults/")
        sync.sync_account(live.account, at=live.now)
        run(live)
        assert Pause.objects.get().is_confirmed is True
        assert [held.ad_id for held in resume.stopped(live.workspace)] == [ad.pk]

    def test_says_so_where_a_person_stopped_the_ad(self, live: Team) -> None:
        ad = live.first_ad()
        lose_replies(live)
        with pytest.raises(PlatformError):
            stops.pause(live.buyer, ad, reason="Enough.", at=live.now)
        live.sandbox.delete("faults/")
        run(live)
        assert (Pause.objects.get().is_confirmed, Pause.objects.get().by) == (True, live.buyer.user)
        entries = AuditEntry.objects.filter(action="paused ad").order_by("pk")
        assert [each.after["confirmed"] for each in entries] == [False, True]
        assert {each.actor for each in entries} == {live.buyer.user}
        assert {each.actor_label for each in entries} == {str(live.buyer.user)}
        assert not Notice.objects.filter(key__startswith="guard-stopped-").exists()

    def test_that_tiktok_did_not_carry_out_is_not_taken_for_a_stop_later(self, live: Team) -> None:
        ad = ended(live)
        live.fault("error", "/ad/status/update/", code=50000, times=9)
        run(live)
        live.sandbox.delete("faults/")
        UsageRight.objects.filter(item_id=ad.item_id).update(ends_at=live.now + 60 * DAY)
        run(live)
        assert Pause.objects.get().is_confirmed is False
        assert ad.ad_id in live.switched_on()
        assert resume.stopped(live.workspace) == []
        assert not Notice.objects.filter(key__startswith="guard-stopped-").exists()


class TestTwoWhoLookAtOnce:
    """Each acts where the other waits for TikTok."""

    def test_tell_one_stop_once_where_another_guard_finds_it_first(
        self, live: Team, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ended(live)
        after_tiktok_has_acted(monkeypatch, lambda: run(live))
        run(live)
        assert [pause.is_confirmed for pause in Pause.objects.all()] == [True]
        assert len(told()) == 1
        assert not Notice.objects.filter(key__startswith="guard-unconfirmed-").exists()

    def test_tell_one_stop_once_where_a_whole_guard_runs_in_between(
        self, live: Team, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ended(live)
        monkeypatch.setattr(guard, "PATIENCE_SECONDS", 0)
        before_tiktok_is_asked(monkeypatch, lambda: run(live))
        run(live)
        assert [pause.is_confirmed for pause in Pause.objects.all()] == [True]
        assert len(told()) == 1
        assert AuditEntry.objects.filter(action="paused ad").count() == 1

    def test_confirm_a_persons_pause_whoever_finds_it(
        self, live: Team, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        after_tiktok_has_acted(
            monkeypatch, lambda: stops.look_up_unanswered(live.account, at=live.now)
        )
        assert stops.pause(live.buyer, live.first_ad(), reason="Enough.", at=live.now).is_confirmed
        assert told() == []

    def test_leave_a_pause_open_whose_reply_is_lost_after_the_look(
        self, live: Team, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ad = live.first_ad()
        lose_replies(live)
        before_tiktok_is_asked(
            monkeypatch, lambda: stops.look_up_unanswered(live.account, at=live.now)
        )
        with pytest.raises(PlatformError):
            stops.pause(live.buyer, ad, reason="Enough.", at=live.now)
        live.sandbox.delete("faults/")
        run(live)
        assert Pause.objects.get().is_confirmed
        assert [held.ad_id for held in resume.stopped(live.workspace)] == [ad.pk]


class TestALookThatShowsNothing:
    def test_leaves_the_stop_open_until_tiktok_lists_the_ad(
        self, live: Team, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ad = stopped_without_an_answer(live)
        live.sandbox.delete("faults/")
        with monkeypatch.context() as patched:
            patched.setattr(stops, "_shown", lambda *args: {})
            stops.look_up_unanswered(live.account, at=live.now)
        assert Pause.objects.get().is_confirmed is None
        sync.sync_account(live.account, at=live.now)
        run(live)
        assert Pause.objects.get().is_confirmed
        assert len(told()) == 1
        assert [held.ad_id for held in resume.stopped(live.workspace)] == [ad.pk]

    def test_because_tiktok_cannot_be_read_changes_nothing(self, live: Team) -> None:
        stopped_without_an_answer(live)
        live.fault("error", "/ad/get/", code=50000, times=99)
        stops.look_up_unanswered(live.account, at=live.now)
        assert Pause.objects.get().is_confirmed is None

    def test_of_an_ad_that_is_gone_closes_its_stop(self, live: Team) -> None:
        stopped_without_an_answer(live)
        Ad.objects.update(is_gone=True)
        assert stops.look_up_unanswered(live.account, at=live.now) == []
        assert Pause.objects.get().is_confirmed is False

    def test_asks_for_no_more_ids_at_once_than_tiktok_takes(self, live: Team) -> None:
        ad = live.first_ad()
        for number in range(stops.IDS_A_LIST + 20):
            other = Ad.objects.create(
                ad_account=live.account, ad_id=str(1790000000000000 + number), adgroup=ad.adgroup,
                name="x", operation_status="DISABLE", seen_at=live.now,
            )  # fmt: skip
            Pause.objects.create(ad=other, at=live.now, reason="Sample.")
        stop = Pause.objects.create(ad=ad, at=live.now, reason="Sample.", by=live.buyer.user)
        stops.look_up_unanswered(live.account, at=live.now)
        stop.refresh_from_db()
        assert stop.is_confirmed is False  # TikTok shows it on


class TestSeveralStopsOfOneAd:
    def test_whose_replies_are_lost_twice_are_told_as_one(self, live: Team) -> None:
        ad = stopped_without_an_answer(live)
        live.fault("error", "/ad/get/", code=50000, times=99)
        live.sandbox.advance(hours=1)
        run(live)
        live.sandbox.delete("faults/")
        live.sandbox.advance(hours=1)
        run(live)
        (title,) = told()
        assert title.startswith("Kindling stopped 1 ad:")
        entries = AuditEntry.objects.filter(action="paused ad", subject=ad.ad_id).order_by("pk")
        assert [each.after["confirmed"] for each in entries] == [False, True]

    def test_are_one_where_the_second_was_confirmed_at_once(self, live: Team) -> None:
        stopped_without_an_answer(live)
        live.sandbox.delete("faults/")
        live.fault("error", "/ad/get/", code=50000, times=99)
        live.sandbox.advance(hours=1)
        run(live)
        live.sandbox.delete("faults/")
        live.sandbox.advance(hours=1)
        run(live)
        assert len(told()) == 1

    def test_are_not_told_as_the_guards_where_a_person_stopped_it_later(self, live: Team) -> None:
        ad = stopped_without_an_answer(live)
        live.sandbox.delete("faults/")
        stops.pause(live.buyer, ad, reason="Mine.", at=live.now)
        run(live)
        assert told() == []
        assert PlannedObject.objects.get(external_id=ad.ad_id).stopped_because == "Mine."
        assert list(Pause.objects.order_by("pk").values_list("is_confirmed", flat=True)) == [
            False, True,
        ]  # fmt: skip

    def test_are_settled_by_the_last_one(self, live: Team) -> None:
        """It tells the time at which the ad went off, not that at which somebody found out."""
        ad = stopped_without_an_answer(live)
        live.sandbox.advance(hours=1)
        with pytest.raises(PlatformError):
            stops.pause(live.buyer, ad, reason="Mine.", at=live.now)
        live.sandbox.delete("faults/")
        mine = live.now
        live.sandbox.advance(hours=1)
        run(live)
        assert told() == []
        planned = PlannedObject.objects.get(external_id=ad.ad_id)
        assert (planned.stopped_because, planned.stopped_at) == ("Mine.", mine)

    def test_are_over_with_a_resume(self, live: Team) -> None:
        ad = stopped_without_an_answer(live)
        live.sandbox.delete("faults/")
        stops.pause(live.buyer, ad, reason="Mine.", at=live.now)
        UsageRight.objects.filter(item_id=ad.item_id).update(ends_at=live.now + 60 * DAY)
        resume.resume(live.buyer, live.first_ad(), at=live.now)
        stops.pause(live.buyer, live.first_ad(), reason="Again.", at=live.now)
        run(live)
        assert told() == []
        assert PlannedObject.objects.get(external_id=ad.ad_id).stopped_because == "Again."

    def test_that_tiktok_refuses_all_day_are_one_row_with_one_line(self, live: Team) -> None:
        ad = ended(live)
        live.fault("error", "/ad/status/update/", code=40002, times=99)
        for _ in range(4):
            run(live)
            live.sandbox.advance(hours=1)
        pause = Pause.objects.get(ad=ad)
        assert pause.is_confirmed is False
        assert pause.at == live.now - HOUR
        assert AuditEntry.objects.filter(action="paused ad").count() == 1


class TestTheNoticeThatAStopIsNotConfirmed:
    def test_stays_open_while_tiktok_cannot_be_read(
        self, live: Team, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ad = live.first_ad()
        Authorization.objects.filter(post__item_id=ad.item_id).update(state=State.REVOKED)
        with monkeypatch.context() as patched:
            patched.setattr(polling, "poll", lambda *args, **kwargs: None)
            live.fault("error", "/ad/status/update/", code=50000, times=99)
            run(live)
        live.fault("error", "/tt_video/list/", code=50000, times=99)
        live.sandbox.advance(hours=1)
        run(live)
        assert ad.ad_id in live.switched_on()
        assert Notice.objects.filter(key__startswith="guard-unconfirmed-", done_at=None).exists()


class TestAListThatIsOlderThanASwitch:
    """A sync has read TikTok, then Kindling switches an ad, then the sync writes what it read."""

    def sync_and_meanwhile(
        self, team: Team, monkeypatch: pytest.MonkeyPatch, act: Callable[[], Any]
    ) -> None:
        ask, done = sync.tiktok.ask, []

        def slow(*args: Any) -> Any:
            found = ask(*args)
            if isinstance(found, sync.Entities) and not done:
                done.append(True)
                act()
            return found

        monkeypatch.setattr(guard, "PATIENCE_SECONDS", 0)
        monkeypatch.setattr(sync.tiktok, "ask", slow)
        sync.sync_account(team.account, at=team.now)

    def test_does_not_undo_a_stop(self, live: Team, monkeypatch: pytest.MonkeyPatch) -> None:
        ad = ended(live)
        self.sync_and_meanwhile(live, monkeypatch, lambda: run(live))
        ad.refresh_from_db()
        assert ad.operation_status == "DISABLE"
        live.sandbox.advance(hours=1)
        run(live)
        assert len(told()) == 1

    def test_does_not_hide_a_resumed_ad_from_the_guard(
        self, live: Team, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ad = live.first_ad()
        stops.pause(live.buyer, ad, reason="A look.", at=live.now)
        self.sync_and_meanwhile(
            live, monkeypatch, lambda: resume.resume(live.buyer, live.first_ad(), at=live.now)
        )
        UsageRight.objects.filter(item_id=ad.item_id).update(ends_at=live.now)
        assert [pause.ad_id for pause in run(live)] == [ad.pk]

    def test_is_believed_by_the_next_reading(self, live: Team) -> None:
        ad = live.first_ad()
        stops.pause(live.buyer, ad, reason="A look.", at=live.now)
        Ad.objects.filter(pk=ad.pk).update(operation_status="ENABLE")
        sync.sync_account(live.account, at=live.now)
        ad.refresh_from_db()
        assert ad.operation_status == "DISABLE"


class TestAFaultInOneAdAccount:
    def test_holds_up_no_stop_in_another_and_is_told(
        self, live: Team, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ended(live)
        judge = protection.judge_ads

        def breaks(account: Any, **given: Any) -> Any:
            if account.pk != live.account.pk:
                raise OverflowError("a sample fault")
            return judge(account, **given)

        monkeypatch.setattr(protection, "judge_ads", breaks)
        others = {each.pk for each in guard.workspaces.ad_accounts(live.workspace)}
        assert others - {live.account.pk}
        with pytest.raises(OverflowError):
            run(live)
        assert len(told()) == 1
        key = "guard-failed-"
        assert Notice.objects.filter(key__startswith=key, done_at=None).exists()
        monkeypatch.undo()
        live.sandbox.delete("faults/")
        run_again = guard.guard(live.workspace, now=Pause.objects.get().at + HOUR)
        assert run_again == []
        assert not Notice.objects.filter(key__startswith=key, done_at=None).exists()

    def test_of_the_ends_does_not_undo_its_stops(
        self, live: Team, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ended(live)

        def breaks(*args: Any, **given: Any) -> None:
            raise OverflowError("a sample fault")

        monkeypatch.setattr(ends, "set_ends", breaks)
        with pytest.raises(OverflowError):
            run(live)
        assert Pause.objects.get().is_confirmed
