"""The pairs of `test_joins` find the faults that were once there: each comes back when its mending is taken out."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import QuerySet, Value
from django.utils import timezone
from test_joins import Stage, faults_of, stage

from kindling import clock
from kindling.authorizations import tasks as code_tasks
from kindling.authorizations.lifecycle import polling, rules, transitions
from kindling.jobs import lease
from kindling.jobs.registry import registry
from kindling.launches import tasks as launch_tasks

__all__ = ["stage"]
pytestmark = pytest.mark.slow


def without(patch: pytest.MonkeyPatch, method: str, among: set[str], *, dropped: set[str]) -> None:
    """Queries that ask for exactly these fields no longer ask for the dropped ones."""
    known = getattr(QuerySet, method)

    def fewer(self: Any, *given: Any, **named: Any) -> Any:
        if set(named) == among:
            named = {name: value for name, value in named.items() if name not in dropped}
            if not named:
                return self
        return known(self, *given, **named)

    patch.setattr(QuerySet, method, fewer)


def found_by(stage: Stage, *names: str) -> list[str]:
    """What is wrong at any of the points, as far as one is found."""
    for at in range(1, len(stage.points_of(names[0])) + 1):
        if faults := faults_of(stage, *names, at=(at,)):
            return faults
    return []


class TestAFaultOfOld:
    def test_a_list_that_is_older_revokes_a_code_bound_meanwhile(
        self, stage: Stage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        without(monkeypatch, "exclude", {"read_at__gt"}, dropped={"read_at__gt"})
        monkeypatch.setattr(polling, "_is_listed", lambda *given: False)
        move = transitions.move

        def as_if_fresh(*given: Any, **named: Any) -> Any:
            return move(*given, **{**named, "read_at": named.get("read_at") and clock.now()})

        monkeypatch.setattr(transitions, "move", as_if_fresh)
        assert "revoked" in str(found_by(stage, "poll", "intake"))

    def test_a_reading_erases_a_request_for_a_new_code(
        self, stage: Stage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(rules, "AWAITING_CODE", rules.OPEN)
        monkeypatch.setattr(rules, "gives_permission", lambda *given, **named: True)
        assert "request for a new code is gone" in str(found_by(stage, "poll", "pause"))

    def test_a_sweep_ends_an_authorization_just_extended(
        self, stage: Stage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        without(monkeypatch, "filter", {"pk", "state", "ends_at"}, dropped={"ends_at"})
        assert "though it was extended" in str(found_by(stage, "sweep", "extension"))

    @pytest.mark.parametrize(
        ("first", "words"), [("apply", "applied by nobody"), ("intake", "batches: [True]")]
    )
    def test_work_whose_lease_was_lost_is_nobodys(
        self, stage: Stage, first: str, words: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        resumed = (launch_tasks.stranded_plans, code_tasks.stranded_codes)
        kept = [each for each in registry._due if each not in resumed]
        monkeypatch.setattr(registry, "_due", kept)
        assert words in str(found_by(stage, first, "lose_lease"))

    def test_a_host_whose_clock_is_ahead_steals_a_lease(
        self, stage: Stage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        main = threading.get_ident()

        def by_the_host() -> Value:
            ahead = timedelta(0) if threading.get_ident() == main else timedelta(seconds=7)
            return Value(timezone.now() + ahead)

        monkeypatch.setattr(lease, "Now", by_the_host)
        assert "at TikTok" in str(found_by(stage, "apply", "take_over"))
