"""The pairs of `test_joins` find the faults that were once there: each comes back when its mending is taken out."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db.models import QuerySet, Value
from django.utils import timezone
from joined_scene import ACTS, delete_first_ad, do_sync
from test_joins import Stage, faults_of, stage

from kindling import clock
from kindling.agreements import service
from kindling.agreements.contract import transitions as transitions_of_contracts
from kindling.agreements.models import AgreementVersion
from kindling.authorizations import tasks as code_tasks
from kindling.authorizations.lifecycle import polling, rules, transitions
from kindling.creators import grants
from kindling.creators.models import CreatorGrant
from kindling.jobs import lease
from kindling.jobs.registry import registry
from kindling.launches import tasks as launch_tasks
from tiktok_business.protocol import paging
from tiktok_business.resources import ads

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

    @pytest.mark.parametrize("is_mended", [False, True])
    def test_a_list_that_shrinks_hides_an_ad(
        self, stage: Stage, is_mended: bool, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def first_reading(caller: Any, endpoint: Any, once: Any) -> list[Any]:
            return list((await once()).rows.values())

        monkeypatch.setitem(ACTS, "read_ads_by_ones", do_sync)
        monkeypatch.setitem(ACTS, "delete_first_ad", delete_first_ad)
        monkeypatch.setattr(ads, "LARGEST_PAGE", 1)
        if not is_mended:
            monkeypatch.setattr(paging, "_announced", lambda data: 2)
            monkeypatch.setattr(paging, "_at_rest", first_reading)
        found = str(found_by(stage, "read_ads_by_ones", "delete_first_ad"))
        assert ("taken for gone" in found) == (not is_mended), found

    def test_a_token_that_is_renewed_brings_a_deleted_connection_back(
        self, stage: Stage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def renew_whole_row(grant: CreatorGrant, *, at: datetime) -> None:
            grants._take_over(grant, grants._renewed(grant))
            grant.save()

        monkeypatch.setattr(grants, "_renew", renew_whole_row)
        assert "grants: [(" in str(found_by(stage, "refresh", "disconnect"))

    def test_a_draft_that_is_saved_undoes_an_offer(
        self, stage: Stage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        save = AgreementVersion.save

        def save_whole_row(self: AgreementVersion, **named: Any) -> None:
            save(self)

        monkeypatch.setattr(
            service, "revise", service.revise.__wrapped__
        )  # without its transaction
        monkeypatch.setattr(transitions_of_contracts, "hold", lambda *given: None)
        monkeypatch.setattr(AgreementVersion, "save", save_whole_row)
        assert "versions: [" in str(found_by(stage, "write_terms", "offer"))

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
