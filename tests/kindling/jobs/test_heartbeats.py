"""A worker that stops beating is dead by the database's clock; its running jobs are queued again."""

from __future__ import annotations

import time
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from kindling.jobs import engine, heartbeats
from kindling.jobs.heartbeats import DEAD_AFTER, Heart
from kindling.jobs.models import Heartbeat

pytestmark = pytest.mark.usefixtures("database")


def age(executor: str, by: timedelta) -> None:
    Heartbeat.objects.filter(executor=executor).update(seen_at=Now() - by)


class TestAHeartbeat:
    def test_makes_a_worker_alive_until_it_was_silent_for_too_long(self) -> None:
        heartbeats.beat("one")
        heartbeats.beat("two")
        age("one", DEAD_AFTER - timedelta(seconds=2))
        age("two", DEAD_AFTER + timedelta(seconds=1))
        assert heartbeats.alive() == {"one"}
        heartbeats.beat("two")
        assert heartbeats.alive() == {"one", "two"}

    def test_lives_by_the_databases_clock_and_not_by_the_hosts(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        wrong = timezone.now() - timedelta(hours=3)
        monkeypatch.setattr(timezone, "now", lambda: wrong)
        monkeypatch.setattr(time, "time", lambda: wrong.timestamp())
        heartbeats.beat("one")
        assert heartbeats.alive() == {"one"}

    def test_of_a_worker_that_ended_is_gone_at_once(self) -> None:
        heartbeats.beat("one")
        heartbeats.end("one")
        assert heartbeats.alive() == set()

    def test_of_long_ago_is_forgotten(self) -> None:
        for executor, days in (("one", 8), ("two", 6)):
            heartbeats.beat(executor)
            age(executor, timedelta(days=days))
        heartbeats.forget_old()
        assert Heartbeat.objects.get().executor == "two"


class TestAHeart:
    def test_beats_before_it_starts_and_goes_on_after_a_fault(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(heartbeats, "EVERY", timedelta(seconds=0.02))
        heartbeats.beat("other")
        seen: list[set[str]] = []

        def take_over(alive: set[str]) -> None:
            seen.append(alive)
            if len(seen) == 1:
                raise ConnectionError("the job store is away")

        heart = Heart("mine", take_over)
        heart.start()
        assert heartbeats.alive() == {"mine", "other"}
        deadline = time.monotonic() + 10
        while len(seen) < 3:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        heart.stop()
        assert seen[0] == {"mine", "other"}
        assert heartbeats.alive() == {"other"}


class TestTakingOver:
    def test_queues_only_the_running_jobs_of_the_dead(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        running = [
            SimpleNamespace(workflow_id="a", executor_id="dead"),
            SimpleNamespace(workflow_id="b", executor_id="alive"),
            SimpleNamespace(workflow_id="c", executor_id="dead"),
            SimpleNamespace(workflow_id="d", executor_id=None),
        ]
        client = SimpleNamespace(list_workflows=lambda **_: running)
        monkeypatch.setattr(engine, "_client", lambda: client)
        asked: list[list[str]] = []
        monkeypatch.setattr(engine.DBOS, "_recover_pending_workflows", asked.append)
        assert engine.take_over({"alive"}) == ["a", "c"]
        assert asked == [["dead"]]
        assert engine.take_over({"alive", "dead"}) == []
        assert asked == [["dead"]]
