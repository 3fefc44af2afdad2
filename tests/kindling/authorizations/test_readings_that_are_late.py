"""A list of TikTok's takes a while: what was written after it began is newer, and what it lacks is asked for alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sample_team import Team

from kindling.authorizations.lifecycle import polling
from kindling.authorizations.lifecycle.rules import State
from kindling.authorizations.models import Authorization, AuthorizationEvent, Binding
from kindling.notices.models import Notice

DAY = timedelta(days=1)


def once_listed(monkeypatch: pytest.MonkeyPatch, act: Callable[[], Any]) -> None:
    """Something happens after TikTok has answered with the whole list and before the answer is read."""
    listed, done = polling.read_bindings, []

    def slow(ad_account: Any, *, item_id: str | None = None) -> Any:
        rows = listed(ad_account, item_id=item_id)
        if item_id is None and not done:
            done.append(True)
            act()
        return rows

    monkeypatch.setattr(polling, "read_bindings", slow)


def lost() -> list[str]:
    return list(
        AuthorizationEvent.objects.filter(to_state="revoked").values_list("to_state", flat=True)
    )


class TestACodeBoundWhileAReadingIsUnderWay:
    def test_is_not_taken_for_withdrawn(self, team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
        item_id = team.plain_posts()[0]["item_id"]
        began = team.now

        def bind() -> None:
            team.sandbox.advance(hours=1)
            team.paste(team.code(item_id))

        once_listed(monkeypatch, bind)
        polling.poll(team.account, at=began)
        row = Authorization.objects.get(post__item_id=item_id)
        assert row.state == State.BOUND
        assert Binding.objects.get(authorization=row).is_live
        assert (lost(), Notice.objects.filter(key=f"permission-{row.pk}-lost").count()) == ([], 0)

    def test_is_withdrawn_where_a_later_reading_lacks_it(self, team: Team) -> None:
        item_id = team.plain_posts()[0]["item_id"]
        team.paste(team.code(item_id))
        team.sandbox.phone(f"posts/{item_id}/revoke/", {})
        polling.poll(team.account, at=team.now)
        assert Authorization.objects.get(post__item_id=item_id).state == State.REVOKED


class TestAnEndExtendedWhileAReadingIsUnderWay:
    def test_stays_extended(self, team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
        item_id = team.plain_posts()[0]["item_id"]
        team.paste(team.code(item_id, days=7))
        before = Authorization.objects.get(post__item_id=item_id).ends_at
        assert before is not None
        began = team.now

        def extend() -> None:
            team.sandbox.advance(hours=1)
            team.sandbox.phone(f"posts/{item_id}/extend/", {"days": 30})
            polling.poll_one(team.account, item_id, at=team.now)

        once_listed(monkeypatch, extend)
        polling.poll(team.account, at=began)
        assert Authorization.objects.get(post__item_id=item_id).ends_at == before + 30 * DAY


class TestARowThatAListLacks:
    def test_counts_only_when_it_is_missing_alone_as_well(
        self, team: Team, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        item_id = team.plain_posts()[0]["item_id"]
        team.paste(team.code(item_id))
        listed = polling.read_bindings

        def short(ad_account: Any, *, item_id: str | None = None) -> Any:
            return listed(ad_account, item_id=item_id) if item_id else []

        monkeypatch.setattr(polling, "read_bindings", short)
        team.sandbox.advance(hours=1)
        polling.poll(team.account, at=team.now)
        assert Authorization.objects.get(post__item_id=item_id).state == State.BOUND
        assert lost() == []
