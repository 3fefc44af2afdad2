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
from kindling.authorizations.requests import ask
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


class TestACodeAskedForAgain:
    """Seen: the reading after the request found the ended binding still listed, and the request was gone."""

    @pytest.fixture
    def item_id(self, team: Team) -> str:
        """A post whose code has ended; its creator was asked for another."""
        item_id: str = team.plain_posts()[0]["item_id"]
        team.paste(team.code(item_id, days=7))
        team.sandbox.advance(hours=8 * 24)
        polling.poll(team.account, at=team.now)
        row = Authorization.objects.select_related("post__creator").get(post__item_id=item_id)
        assert row.state == State.EXPIRED
        ask.ask(team.manager, row.post, days=30, through="dm", ad_account=team.account, at=team.now)
        return item_id

    @pytest.mark.parametrize("is_listed", [True, False])
    @pytest.mark.parametrize("state", [State.REQUESTED, State.RECEIVED, State.INVALID])
    def test_is_awaited_whatever_became_of_the_one_before(
        self,
        team: Team,
        item_id: str,
        state: State,
        is_listed: bool,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        Authorization.objects.update(state=state)
        if not is_listed:
            monkeypatch.setattr(polling, "read_bindings", lambda *_, **__: [])
        assert bool(polling.read_bindings(team.account, item_id=item_id)) == is_listed
        team.sandbox.advance(hours=1)
        polling.poll(team.account, at=team.now)
        polling.poll_one(team.account, item_id, at=team.now)
        assert Authorization.objects.get().state == state

    def test_counts_as_soon_as_tiktok_shows_it_bound(self, team: Team, item_id: str) -> None:
        team.sandbox.phone(f"posts/{item_id}/revoke/", {})
        code = team.code(item_id)
        team.in_ads_manager("tt_video/authorize", auth_code=code)
        team.sandbox.advance(hours=1)
        polling.poll(team.account, at=team.now)
        assert Authorization.objects.get().state == State.BOUND


class TestAWithdrawnCode:
    @pytest.mark.parametrize("is_alone", [True, False])
    def test_is_read_again_once_a_day(
        self, team: Team, is_alone: bool, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Seen: once TikTok listed it no more, it was due for ever, at every look of the worker."""
        item_id = team.plain_posts()[0]["item_id"]
        team.paste(team.code(item_id))
        monkeypatch.setattr(polling, "read_bindings", lambda *_, **__: [])
        team.sandbox.advance(hours=1)
        polling.poll(team.account, at=team.now)
        team.sandbox.advance(hours=25)
        assert polling.poll_due(team.account, at=team.now) == 1
        if not is_alone:
            polling.poll(team.account, at=team.now)
        assert polling.poll_due(team.account, at=team.now) == 0
        row = Authorization.objects.get()
        assert (row.state, row.next_read_at) == (State.REVOKED, team.now + DAY)
