"""Wishes survive a lost hand-over and run once; one holder at a time works on a thing."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from kindling.errors import ConflictError
from kindling.jobs import engine, lease, outbox
from kindling.jobs.models import Intent, Lease
from kindling.jobs.registry import JobRequest, Registry, slot

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def handed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Keys that reached the job engine."""
    keys: list[str] = []
    monkeypatch.setattr(engine, "enqueue", lambda wish: keys.append(wish.key))
    return keys


class TestTheOutbox:
    def test_hands_a_wish_over_when_its_decision_is_committed(self, handed: list[str]) -> None:
        with transaction.atomic():
            outbox.ask(JobRequest("sample", "one"))
            assert handed == []
        assert handed == ["one"]

    def test_forgets_a_wish_whose_decision_was_rolled_back(self, handed: list[str]) -> None:
        with transaction.atomic():
            outbox.ask(JobRequest("sample", "one"))
            transaction.set_rollback(True)
        assert handed == []
        assert Intent.objects.count() == 0

    def test_takes_the_same_key_once(self, handed: list[str]) -> None:
        for _ in range(3):
            with transaction.atomic():
                outbox.ask(JobRequest("sample", "one"))
        assert handed == ["one"]

    def test_keeps_a_wish_that_the_engine_did_not_take_and_sweeps_it_up_later(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def away(wish: JobRequest) -> None:
            raise ConnectionError("the job store is away")

        monkeypatch.setattr(engine, "enqueue", away)
        with transaction.atomic():
            outbox.ask(JobRequest("sample", "one", {"number": 1}, lane="account-1"))
        assert outbox.sweep() == 0  # it is too young: its own hand-over may be on the way
        Intent.objects.update(created_at=timezone.now() - timedelta(minutes=1))
        wishes: list[JobRequest] = []
        monkeypatch.setattr(engine, "enqueue", wishes.append)
        assert outbox.sweep() == 1
        assert wishes == [JobRequest("sample", "one", {"number": 1}, lane="account-1")]
        assert outbox.sweep() == 0

    def test_drops_what_was_handed_over_long_ago(self, handed: list[str]) -> None:
        with transaction.atomic():
            outbox.ask(JobRequest("sample", "one"))
        Intent.objects.update(handed_over_at=timezone.now() - timedelta(days=31))
        outbox.forget_old()
        assert Intent.objects.count() == 0


class TestALease:
    def test_keeps_a_second_holder_out_until_the_first_is_done(self) -> None:
        with (
            lease.held("account-1"),
            pytest.raises(ConflictError, match="working on account-1"),
            lease.held("account-1", wait_seconds=0),
        ):
            raise AssertionError("two held it")
        with lease.held("account-1", wait_seconds=0):
            assert Lease.objects.count() == 1
        assert Lease.objects.count() == 0

    def test_of_another_thing_does_not_wait(self) -> None:
        with lease.held("account-1"), lease.held("account-2", wait_seconds=0):
            assert Lease.objects.count() == 2

    def test_is_given_back_after_a_fault(self) -> None:
        with pytest.raises(ZeroDivisionError), lease.held("account-1"):
            raise ZeroDivisionError
        with lease.held("account-1", wait_seconds=0):
            assert Lease.objects.count() == 1

    def test_of_a_dead_holder_runs_out(self) -> None:
        past = timezone.now() - timedelta(seconds=1)
        Lease.objects.create(name="account-1", holder="dead", until=past)
        with lease.held("account-1", wait_seconds=0):
            assert Lease.objects.get().holder != "dead"

    def test_is_renewed_while_the_work_lasts(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(lease, "LENGTH", timedelta(seconds=0.4))
        with lease.held("account-1"):
            first = Lease.objects.get().until
            deadline = timezone.now() + timedelta(seconds=5)
            while Lease.objects.get().until == first:
                assert timezone.now() < deadline
        assert Lease.objects.count() == 0

    @pytest.mark.slow
    def test_is_held_by_one_of_many_at_a_time(self) -> None:
        inside, most = [0], [0]

        def work() -> None:
            try:
                for _ in range(2):
                    with lease.held("account-1"):
                        inside[0] += 1
                        most[0] = max(most[0], inside[0])
                        inside[0] -= 1
            finally:
                connection.close()

        threads = [threading.Thread(target=work) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert most == [1]


class TestTheRegistry:
    def test_refuses_two_tasks_of_one_name(self) -> None:
        registry = Registry()
        registry.task("sample")(lambda: None)
        with pytest.raises(ValueError, match="two tasks"):
            registry.task("sample")(lambda: None)

    def test_gives_every_worker_the_same_slot(self) -> None:
        moment = timezone.now().replace(minute=0, second=0, microsecond=0)
        later = moment + timedelta(seconds=599)
        assert slot(moment, seconds=600) == slot(later, seconds=600)
        assert slot(later + timedelta(seconds=1), seconds=600) == slot(moment, seconds=600) + 1
