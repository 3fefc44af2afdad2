"""Creators' connections to TikTok, when two act on one at the same moment: a worker, another worker, the creator."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from at_once import at_once
from desk import Desk

from kindling.creators import grants
from kindling.creators.models import Creator, CreatorGrant
from kindling.errors import ConflictError, PlatformError
from kindling.jobs import lease
from kindling.workspaces import tiktok
from kindling.workspaces.models import AuditEntry, Connection
from tiktok_business import Secret

DAY = timedelta(days=1)


class SimulatedTokens:
    """TikTok's side of one app: one living access token for each account, as its answers promise.

    meanwhile : what somebody else does before an answer arrives
    """

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.renewals = 0
        self.living = {"a-0"}
        self.returned: list[str] = []
        self.refuses = False
        self.meanwhile: Callable[[], object] | None = None
        self.door = threading.Lock()

    def _answer(self, open_id: str = "account") -> Any:
        with self.door:
            self.renewals += 1
            token = f"a-{self.renewals}"
            self.living = {token}
        self._interrupted()
        return SimpleNamespace(
            business_id=open_id,
            access_token=Secret.of(token),
            refresh_token=Secret.of("r-0"),  # TikTok may keep it
            expires_at=self.desk.now + DAY,
            refresh_expires_at=self.desk.now + 365 * DAY,
            scopes=("video.list",),
        )

    def _interrupted(self) -> None:
        act, self.meanwhile = self.meanwhile, None
        if act is not None:
            act()

    def refresh(self, connection: Connection, refresh_token: str) -> Any:
        if self.refuses:
            self._interrupted()
            raise PlatformError("TikTok: the refresh token is used up.")
        return self._answer()

    def exchange(self, connection: Connection, code: str, *, callback: str) -> Any:
        return self._answer(code)

    def revoke(self, connection: Connection, access_token: str) -> None:
        self.returned.append(access_token)


@pytest.fixture
def tokens(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> SimulatedTokens:
    simulated = SimulatedTokens(desk)
    monkeypatch.setattr(tiktok, "refresh_creator_token", simulated.refresh)
    monkeypatch.setattr(tiktok, "exchange_creator_code", simulated.exchange)
    monkeypatch.setattr(tiktok, "revoke_creator_token", simulated.revoke)
    monkeypatch.setattr(grants, "_checks", [])
    return simulated


@pytest.fixture
def grant(desk: Desk, tokens: SimulatedTokens) -> CreatorGrant:
    """A connection whose access token ends in an hour."""
    return CreatorGrant.objects.create(
        creator=desk.creator(), connection=desk.account.connection, open_id="account",
        access_token="a-0", refresh_token="r-0", expires_at=desk.now + timedelta(hours=1),
        refresh_expires_at=desk.now + 300 * DAY,
    )  # fmt: skip


def read(grant: CreatorGrant) -> CreatorGrant:
    """As another process has it in hand."""
    return CreatorGrant.objects.select_related("creator__workspace", "connection").get(pk=grant.pk)


def connect(desk: Desk, account: str = "account") -> CreatorGrant:
    return grants.finish_consent(
        desk.manager, desk.account.connection, Creator.objects.get(handle="sample.ana"),
        auth_code=account, callback="https://shop.example/", at=desk.now,
    )  # fmt: skip


class TestARenewal:
    def test_is_kept_and_given_out(self, desk: Desk, grant: CreatorGrant) -> None:
        assert grants.fresh_token(grant, at=desk.now) == "a-1"
        assert read(grant).access_token == grant.access_token == "a-1"
        assert read(grant).expires_at == desk.now + DAY

    def test_is_not_made_while_the_token_lasts(self, desk: Desk, grant: CreatorGrant) -> None:
        grant.expires_at = desk.now + timedelta(hours=2, seconds=1)
        assert grants.fresh_token(grant, at=desk.now) == "a-0"

    def test_does_not_bring_back_what_the_creator_took_back_meanwhile(
        self, desk: Desk, grant: CreatorGrant, tokens: SimulatedTokens
    ) -> None:
        """Seen by reading: the whole row was saved, so the connection and its tokens came back."""
        tokens.meanwhile = lambda: grants.drop_grant(read(grant), at=desk.now)
        with pytest.raises(PlatformError, match="disconnected"):
            grants.fresh_token(grant, at=desk.now)
        assert not CreatorGrant.objects.exists()
        assert tokens.returned == ["a-0", "a-1"]  # nobody keeps a token of theirs

    def test_of_a_connection_that_was_taken_back_before_asks_for_nothing(
        self, desk: Desk, grant: CreatorGrant, tokens: SimulatedTokens
    ) -> None:
        grants.drop_grant(read(grant), at=desk.now)
        with pytest.raises(PlatformError, match="disconnected"):
            grants.fresh_token(grant, at=desk.now)
        assert tokens.renewals == 0

    @pytest.mark.parametrize("account", ["account", "another"])
    def test_leaves_a_connection_made_anew_meanwhile_as_it_is(
        self, desk: Desk, grant: CreatorGrant, tokens: SimulatedTokens, account: str
    ) -> None:
        tokens.meanwhile = lambda: connect(desk, account)
        assert grants.fresh_token(grant, at=desk.now) == "a-2"
        assert (read(grant).access_token, read(grant).open_id) == ("a-2", account)
        assert (grant.access_token, grant.open_id) == ("a-2", account)
        # To give a token back may end all tokens of its account and app.
        assert tokens.returned == ([] if account == "account" else ["a-1"])

    def test_that_is_refused_breaks_no_connection_made_anew_meanwhile(
        self, desk: Desk, grant: CreatorGrant, tokens: SimulatedTokens
    ) -> None:
        tokens.refuses, tokens.meanwhile = True, lambda: connect(desk)
        assert grants.fresh_token(grant, at=desk.now) == "a-1"
        assert (read(grant).state, read(grant).problem) == ("healthy", "")

    def test_that_is_refused_is_said_on_the_grant(
        self, desk: Desk, grant: CreatorGrant, tokens: SimulatedTokens
    ) -> None:
        tokens.refuses = True
        with pytest.raises(PlatformError, match="used up"):
            grants.fresh_token(grant, at=desk.now)
        assert read(grant).state == "broken"
        assert "used up" in read(grant).problem

    def test_of_a_grant_read_long_ago_uses_the_tokens_there_are_now(
        self, desk: Desk, grant: CreatorGrant, tokens: SimulatedTokens
    ) -> None:
        old = read(grant)
        grants.fresh_token(grant, at=desk.now)
        assert grants.fresh_token(old, at=desk.now) == "a-1"
        assert tokens.renewals == 1

    def test_by_two_workers_at_once_is_made_once(
        self, desk: Desk, grant: CreatorGrant, tokens: SimulatedTokens
    ) -> None:
        """Each renewal ends the access token before it: the second would break what the first worker got."""
        mine, theirs = read(grant), read(grant)
        found = at_once(
            lambda: grants.fresh_token(mine, at=desk.now),
            lambda: grants.fresh_token(theirs, at=desk.now),
        )
        assert found == ["a-1", "a-1"]
        assert (tokens.renewals, tokens.living) == (1, {read(grant).access_token})

    def test_that_another_process_does_not_end_may_be_tried_later(
        self, desk: Desk, grant: CreatorGrant, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def held(name: str) -> None:
            raise lease.LostLeaseError("Another process is already working on it.")

        monkeypatch.setattr(lease, "held", held)
        with pytest.raises(PlatformError) as error:
            grants.fresh_token(grant, at=desk.now)
        assert error.value.can_retry
        assert read(grant).state == "healthy"

    def test_of_what_is_only_offered_stores_nothing(
        self, desk: Desk, tokens: SimulatedTokens
    ) -> None:
        offered = CreatorGrant(
            creator=desk.creator(), connection=desk.account.connection, open_id="account",
            access_token="a-0", refresh_token="r-0", expires_at=desk.now, refresh_expires_at=desk.now,
        )  # fmt: skip
        assert grants.fresh_token(offered, at=desk.now) == "a-1"
        assert not CreatorGrant.objects.exists()


class TestWhatTikTokSaysToAToken:
    def test_is_kept_for_that_token(self, grant: CreatorGrant) -> None:
        grants.note_problem(grant, "Refused.")
        assert (read(grant).state, read(grant).problem) == ("broken", "Refused.")
        grants.note_problem(grant, "")
        assert (read(grant).state, read(grant).problem) == ("healthy", "")

    def test_says_nothing_of_a_newer_one(self, desk: Desk, grant: CreatorGrant) -> None:
        old = read(grant)
        grants.fresh_token(grant, at=desk.now)
        grants.note_problem(old, "Refused.")
        assert read(grant).state == "healthy"
        grants.note_problem(grant, "Refused.")
        grants.note_problem(old, "")
        assert read(grant).state == "broken"

    def test_brings_no_connection_back(self, desk: Desk, grant: CreatorGrant) -> None:
        grants.drop_grant(read(grant), at=desk.now)
        grants.note_problem(grant, "Refused.")
        assert not CreatorGrant.objects.exists()


class TestAConnection:
    def test_is_made_where_there_was_none(self, desk: Desk, tokens: SimulatedTokens) -> None:
        desk.creator()
        made = connect(desk)
        assert (read(made).access_token, read(made).state) == ("a-1", "healthy")
        assert AuditEntry.objects.filter(action="creator connected TikTok").count() == 1

    @pytest.mark.parametrize("again", [False, True], ids=["taken back", "taken back and made anew"])
    def test_under_way_does_not_undo_that_the_creator_took_it_back(
        self, desk: Desk, grant: CreatorGrant, tokens: SimulatedTokens, again: bool
    ) -> None:
        def meanwhile() -> None:
            grants.drop_grant(read(grant), at=desk.now)
            if again:
                connect(desk)

        tokens.meanwhile = meanwhile
        with pytest.raises(ConflictError, match="changed while"):
            connect(desk)
        kept = list(CreatorGrant.objects.all())
        assert [each.access_token for each in kept] == (["a-2"] if again else [])
        assert tokens.returned == (["a-0"] if again else ["a-0", "a-1"])
        assert AuditEntry.objects.filter(action="creator connected TikTok").count() == again

    def test_to_another_account_does_not_replace_one_made_meanwhile(
        self, desk: Desk, tokens: SimulatedTokens
    ) -> None:
        """Whose account it is was judged before: then there was none to differ from."""
        desk.creator()
        tokens.meanwhile = lambda: connect(desk, "theirs")
        with pytest.raises(ConflictError):
            connect(desk, "another")
        assert CreatorGrant.objects.get().open_id == "theirs"

    def test_to_a_creator_who_was_merged_meanwhile_is_not_kept(
        self, desk: Desk, tokens: SimulatedTokens
    ) -> None:
        creator = desk.creator()
        tokens.meanwhile = creator.delete
        with pytest.raises(ConflictError):
            connect(desk)
        assert tokens.returned == ["a-1"]


class TestTakingAConnectionBack:
    def test_gives_back_the_token_that_is_stored_now(
        self, desk: Desk, grant: CreatorGrant, tokens: SimulatedTokens
    ) -> None:
        old = read(grant)
        grants.fresh_token(grant, at=desk.now)
        grants.drop_grant(old, at=desk.now)
        assert tokens.returned == ["a-1"]

    def test_wipes_the_tokens_whatever_tiktok_answers(
        self, desk: Desk, grant: CreatorGrant, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(connection: Connection, access_token: str) -> None:
            assert not CreatorGrant.objects.exists()  # no worker can use them while TikTok answers
            raise PlatformError("Away.")

        monkeypatch.setattr(tiktok, "revoke_creator_token", refuse)
        grants.drop_grant(grant, at=desk.now)
        assert not CreatorGrant.objects.exists()

    def test_twice_at_once_is_done_and_recorded_once(
        self, desk: Desk, grant: CreatorGrant, tokens: SimulatedTokens
    ) -> None:
        mine, theirs = read(grant), read(grant)
        at_once(
            lambda: grants.drop_grant(mine, at=desk.now),
            lambda: grants.drop_grant(theirs, at=desk.now),
        )
        assert AuditEntry.objects.filter(action="creator disconnected TikTok").count() == 1
        assert tokens.returned == ["a-0"]


class TestTheHealthOfAnAdConnection:
    """What TikTok says to a token counts for that token (R89)."""

    @pytest.mark.parametrize(("token", "state"), [("old", "healthy"), ("new", "broken")])
    def test_is_that_of_the_token_it_has_now(self, desk: Desk, token: str, state: str) -> None:
        connection = desk.account.connection
        Connection.objects.filter(pk=connection.pk).update(access_token="new", state="healthy")
        tiktok.note_health(connection, Secret.of(token), problem="Refused.", at=desk.now)
        assert Connection.objects.get(pk=connection.pk).state == state

    def test_is_not_restored_by_an_answer_to_an_old_token(self, desk: Desk) -> None:
        connection = desk.account.connection
        Connection.objects.filter(pk=connection.pk).update(
            access_token="new", state="broken", problem="Refused."
        )
        tiktok.note_health(connection, Secret.of("old"), problem="", at=desk.now)
        assert Connection.objects.get(pk=connection.pk).problem == "Refused."
