"""The guard stops ads at the agreed maximum, by known figures only."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sample_team import Team

from kindling.agreements.models import UsageRight
from kindling.delivery import guard, protection, resume, stops
from kindling.delivery.models import Ad, Pause
from kindling.delivery.rules import Verdict
from kindling.facts import queries
from kindling.facts.models import SyncedDay
from kindling.notices.models import Notice


class TestAnAdAtTheMaximum:
    @pytest.mark.slow
    def test_is_stopped_with_the_figures_as_evidence(self, live: Team) -> None:
        ad = live.first_ad()
        live.agree_maximum(ad.item_id, 1)
        (pause,) = guard.guard(live.workspace, now=live.now)
        assert (pause.ad_id, pause.is_confirmed) == (ad.pk, True)
        assert "agreed maximum ad spend, $0.01, is reached" in pause.reason
        cap = pause.evidence["spend_cap"]
        assert cap["cap"] == {"amount": "0.01", "currency": "USD"}
        assert float(cap["spent"]["amount"]) > 0
        assert cap["as_of"] is not None
        assert Notice.objects.filter(key__startswith="cap-").count() == 1
        again = Ad.objects.get(pk=ad.pk)
        assert protection.judge_one(again, now=live.now).verdict is Verdict.STOP

    @pytest.mark.slow
    def test_below_it_runs_on(self, live: Team) -> None:
        live.agree_maximum(live.first_ad().item_id, 10**9)
        assert guard.guard(live.workspace, now=live.now) == []
        assert not Notice.objects.filter(key__startswith="cap-").exists()

    @pytest.mark.slow
    def test_is_judged_by_one_reading_of_the_figures(
        self, live: Team, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        live.agree_maximum(live.first_ad().item_id, 10**9)
        asked, read = [], queries.spend_of_posts

        def counted(*given: Any, **named: Any) -> Any:
            asked.append(given)
            return read(*given, **named)

        monkeypatch.setattr(queries, "spend_of_posts", counted)
        guard.guard(live.workspace, now=live.now)
        assert len(asked) == 1

    @pytest.mark.slow
    def test_is_not_stopped_while_days_are_missing_but_somebody_gets_to_know(
        self, live: Team
    ) -> None:
        live.agree_maximum(live.first_ad().item_id, 10**9)
        newest = SyncedDay.objects.order_by("-day")[0]
        SyncedDay.objects.filter(day=newest.day).update(rows=99)
        assert guard.guard(live.workspace, now=live.now) == []
        assert not Pause.objects.exists()
        notice = Notice.objects.get(key=f"guard-unknown-{live.account.pk}")
        assert "agreed maximum ad spend" in notice.title

    @pytest.mark.slow
    def test_is_stopped_by_what_is_known_though_a_day_is_missing(self, live: Team) -> None:
        live.agree_maximum(live.first_ad().item_id, 1)
        newest = SyncedDay.objects.order_by("-day")[0]
        SyncedDay.objects.filter(day=newest.day).update(rows=99)
        (pause,) = guard.guard(live.workspace, now=live.now)
        assert "agreed maximum ad spend, $0.01, is reached" in pause.reason
        assert float(pause.evidence["spend_cap"]["known"]["amount"]) > 0

    @pytest.mark.slow
    def test_is_resumed_while_some_of_it_is_left(self, live: Team) -> None:
        ad = live.first_ad()
        # 30 days of 60.00: all of the plan, of which three days are spent
        live.agree_maximum(ad.item_id, 180_000)
        stops.pause(live.buyer, ad, reason="A look.", at=live.now)
        resume.resume(live.buyer, Ad.objects.get(pk=ad.pk), at=live.now)
        assert Ad.objects.get(pk=ad.pk).operation_status == "ENABLE"


@pytest.mark.slow
@pytest.mark.parametrize("fault", [OSError("the store does not answer"), MemoryError()])
def test_a_lake_that_cannot_be_asked_keeps_no_other_ad_from_being_stopped(
    live: Team, monkeypatch: pytest.MonkeyPatch, fault: BaseException
) -> None:
    capped, other = Ad.objects.select_related("post__creator").order_by("ad_id")
    live.agree_maximum(capped.item_id, 10**9)
    UsageRight.objects.filter(item_id=other.item_id).update(ends_at=live.now + timedelta(hours=1))

    def fail(*given: object, **named: object) -> None:
        raise fault

    monkeypatch.setattr(queries, "spend_of_posts", fail)
    assert [pause.ad_id for pause in guard.guard(live.workspace, now=live.now)] == [other.pk]
