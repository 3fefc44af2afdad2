"""A batch of calls shares one event loop and its connections; failures have one name, wherever they are seen."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import transaction
from sample_team import Team

from kindling import errors
from kindling.agreements.models import UsageRight
from kindling.authorizations import tasks
from kindling.authorizations.codes import intake as intakes
from kindling.authorizations.lifecycle import polling
from kindling.authorizations.models import Authorization, IntakeRow
from kindling.authorizations.requests import ask as requests
from kindling.creators import grants
from kindling.delivery import guard, sync
from kindling.delivery.models import Ad, AdGroup
from kindling.errors import PlatformError
from kindling.launches import service as launches
from kindling.launches.models import Plan
from kindling.launches.planning import music
from kindling.launches.sending import apply as applying
from kindling.posts.models import Post
from kindling.posts.reading import sources, stills
from kindling.workspaces import tiktok
from kindling.workspaces.models import AdAccount, Connection
from tiktok_business import (
    AdvertiserId,
    ConflictError,
    DuplicateRequestError,
    ForbiddenError,
    LostReplyError,
    MalformedAnswerError,
    NotFoundError,
    NotReadyError,
    OutcomeUnknownError,
    PlatformFaultError,
    RateLimitedError,
    ReauthorizationNeededError,
    SparkCodeError,
    SparkCodeProblem,
    TikTok,
    TikTokError,
    UnreachableError,
    WrongRouteError,
)

ENDPOINT, REQUEST = "/tt_video/info/", "20260302-1"


class Relay:
    """A port of this machine that passes everything on to the sandbox and counts who connects.

    made : connections so far; open : those that are open now
    """

    def __init__(self, target: int) -> None:
        self.made = self.open = self.port = 0
        self._target = target
        self._started = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._open: set[asyncio.StreamWriter] = set()
        self._thread = threading.Thread(target=self._run, name="relay", daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self._thread.start()
        assert self._started.wait(10)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def drop_all(self) -> None:
        """Close the connections that are open now, as a server does with those that were idle for long."""
        self._loop.call_soon_threadsafe(lambda: [each.close() for each in self._open])
        self.wait_for_open(0)

    def wait_for_open(self, number: int) -> None:
        deadline = time.monotonic() + 10
        while self.open != number:
            assert time.monotonic() < deadline, f"{self.open} connections are open"
            time.sleep(0.005)

    def _run(self) -> None:
        server = self._loop.run_until_complete(asyncio.start_server(self._pass_on, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        self._started.set()
        self._loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0.01))
        self._loop.close()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.made += 1
        self.open += 1
        self._open.add(writer)
        there, back = await asyncio.open_connection("127.0.0.1", self._target)
        try:
            await asyncio.wait(
                [asyncio.create_task(copy(reader, back)), asyncio.create_task(copy(there, writer))],
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            for side in (writer, back):
                side.close()
            self._open.discard(writer)
            self.open -= 1


async def copy(source: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await source.read(2**16):
            to.write(data)
            await to.drain()


@pytest.fixture
def relay(team: Team) -> Iterator[Relay]:
    """TikTok behind a counter; what was prepared before `lead_through` does not count."""
    made = Relay(team.sandbox.port)
    made.start()
    yield made
    made.stop()


def lead_through(relay: Relay, team: Team) -> None:
    Connection.objects.update(base_url=relay.url)
    team.account.connection.refresh_from_db()


@pytest.fixture
def account(team: Team, relay: Relay) -> AdAccount:
    """An ad account whose calls go through the counter."""
    lead_through(relay, team)
    return team.account


@contextmanager
def loops_counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[asyncio.AbstractEventLoop]]:
    """The event loops that sessions make inside."""
    made: list[asyncio.AbstractEventLoop] = []
    real = asyncio.new_event_loop

    def noted() -> asyncio.AbstractEventLoop:
        made.append(real())
        return made[-1]

    with monkeypatch.context() as patch:
        patch.setattr(asyncio, "new_event_loop", noted)
        yield made


def names_call(account: AdAccount) -> Callable[[TikTok], object]:
    async def names(client: TikTok) -> list[str]:
        told = await client.advertisers.info([AdvertiserId(account.advertiser_id)])
        return [each.name for each in told]

    return names


async def loop_of(_: TikTok) -> asyncio.AbstractEventLoop:
    return asyncio.get_running_loop()


class TestABatch:
    @pytest.mark.slow
    def test_of_fifty_codes_is_taken_in_over_one_loop_and_few_connections(
        self, team: Team, relay: Relay, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        good = [team.code(post["item_id"]) for post in team.plain_posts()]
        unknown = [f"#Zk3uRandomButWellFormedCode{number:03d}d/+L4m=" for number in range(50)]
        codes = [*good, *unknown][:50]
        assert len(good) >= 5
        lead_through(relay, team)
        with loops_counted(monkeypatch) as loops:
            intake = team.paste(*codes)
        outcomes = intakes.progress(intake)
        assert (outcomes["applied"], outcomes["total"]) == (len(good), 50)
        assert len(loops) == 1
        assert relay.made <= 4
        relay.wait_for_open(0)

    @pytest.mark.slow
    def test_of_due_readings_is_read_over_one_connection(self, team: Team, relay: Relay) -> None:
        team.paste(*(team.code(post["item_id"]) for post in team.plain_posts()[:6]))
        Authorization.objects.update(next_read_at=team.now + timedelta(days=9))
        few = list(Authorization.objects.order_by("pk").values_list("pk", flat=True)[:1])
        Authorization.objects.filter(pk__in=few).update(next_read_at=team.now)
        lead_through(relay, team)
        tasks.read_due(team.workspace.pk)
        assert relay.made == 1
        assert not Authorization.objects.filter(next_read_at__lte=team.now).exists()

    def test_that_reads_everything_uses_one_connection_for_all_ad_accounts(
        self, team: Team, relay: Relay, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(stills, "MOST_A_READING", 0)  # pictures have connections of their own
        lead_through(relay, team)
        with loops_counted(monkeypatch) as loops:
            assert polling.read_platform(team.workspace, at=team.now) == []
        assert (relay.made, len(loops)) == (1, 1)

    def test_of_a_creators_posts_is_read_over_one_connection(
        self, team: Team, relay: Relay
    ) -> None:
        grant = team.connect_creator(team.plain_posts()[0]["handle"])
        lead_through(relay, team)
        grant.connection.refresh_from_db()
        assert sources.import_from_grant(grant, at=team.now) > 0
        assert relay.made == 1

    @pytest.mark.slow
    def test_that_applies_a_plan_uses_one_connection(self, team: Team, relay: Relay) -> None:
        plan = team.approved(team.launchable(2))
        launches.start_apply(team.buyer, plan, at=team.now)
        lead_through(relay, team)
        applying.run(plan.pk)
        plan.refresh_from_db()
        assert plan.state == Plan.State.APPLIED
        assert relay.made == 1

    @pytest.mark.slow
    def test_that_syncs_uses_one_connection(self, team: Team, relay: Relay) -> None:
        team.apply(team.approved(team.launchable(2)))
        lead_through(relay, team)
        assert sync.sync_account(team.account, at=team.now).is_complete
        assert relay.made == 1

    @pytest.mark.slow
    def test_that_guards_uses_one_connection_to_pause_and_to_shorten(
        self, team: Team, relay: Relay
    ) -> None:
        team.apply(team.approved(team.launchable(2)))
        sync.sync_account(team.account, at=team.now)
        unlicensed, late = Ad.objects.select_related("adgroup").order_by("pk")
        UsageRight.objects.filter(item_id=unlicensed.item_id).update(paid_allowed=False)
        far = team.now + timedelta(days=900)
        AdGroup.objects.filter(pk=late.adgroup.pk).update(ends_at=far)
        lead_through(relay, team)
        assert [pause.ad_id for pause in guard.guard(team.workspace, now=team.now)] == [
            unlicensed.pk
        ]
        late.adgroup.refresh_from_db()
        assert late.adgroup.ends_at is not None
        assert late.adgroup.ends_at < far
        assert relay.made == 1

    def test_of_questions_about_music_uses_one_connection(self, team: Team, relay: Relay) -> None:
        plan = team.plan(team.launchable(2))
        lead_through(relay, team)
        assert len(music.read(team.account, plan.content)) == 2
        assert relay.made == 1

    @pytest.mark.slow
    def test_of_answers_from_tiktok_one_uses_one_connection(self, team: Team, relay: Relay) -> None:
        Connection.objects.update(tiktok_one_id=team.sandbox.get("world/")["tcm_account_id"])
        team.account.connection.refresh_from_db()
        team.shop()
        for told in team.plain_posts()[:3]:
            requests.ask(
                team.manager, Post.objects.get(item_id=told["item_id"]), days=30,
                through="tiktok_one", ad_account=team.account, at=team.now,
            )  # fmt: skip
        team.sandbox.advance(days=4)
        lead_through(relay, team)
        assert requests.read_tiktok_one(team.workspace, at=team.now) == 3
        assert relay.made == 1


class TestASession:
    def test_gives_all_its_calls_one_loop_and_one_connection(
        self, account: AdAccount, relay: Relay
    ) -> None:
        with tiktok.session(account) as session:
            loops = {session.ask(loop_of) for _ in range(3)}
            for _ in range(3):
                assert tiktok.ask(account, names_call(account)) == [account.name]
            loops.add(tiktok.ask(account, loop_of))
        assert len(loops) == 1
        assert relay.made == 1

    def test_inside_another_of_its_token_is_that_one_and_ends_with_it(
        self, account: AdAccount
    ) -> None:
        with tiktok.session(account) as outer:
            with tiktok.session(account) as inner:
                assert inner is outer
            assert outer.ask(loop_of).is_running() is False
        with tiktok.session(account) as later:
            assert later is not outer

    def test_for_one_call_is_made_and_closed_by_the_call(
        self, account: AdAccount, relay: Relay
    ) -> None:
        first, second = (tiktok.ask(account, loop_of) for _ in range(2))
        assert first is not second
        assert first.is_closed()
        assert second.is_closed()
        tiktok.ask(account, names_call(account))
        relay.wait_for_open(0)

    @pytest.mark.parametrize("interruption", [KeyError, KeyboardInterrupt, SystemExit])
    @pytest.mark.parametrize("where", ["between two calls", "in a call"])
    def test_is_closed_whatever_ends_it(
        self, account: AdAccount, relay: Relay, interruption: type[BaseException], where: str
    ) -> None:
        async def interrupted(client: TikTok) -> None:
            await client.advertisers.info([AdvertiserId(account.advertiser_id)])
            raise interruption

        with pytest.raises(interruption), tiktok.session(account) as session:  # noqa: PT012
            loop = session.ask(loop_of)
            session.ask(names_call(account))
            assert relay.open == 1
            if where == "in a call":
                session.ask(interrupted)
            raise interruption
        assert loop.is_closed()
        relay.wait_for_open(0)
        with pytest.raises(RuntimeError, match="has ended"):
            session.ask(loop_of)
        assert tiktok.ask(account, names_call(account)) == [account.name]

    def test_goes_on_after_a_call_that_failed(self, account: AdAccount, relay: Relay) -> None:
        async def unknown(client: TikTok) -> None:
            await client.tt_video.info(AdvertiserId(account.advertiser_id), "#NoSuchCode1234567")

        with tiktok.session(account) as session:
            with pytest.raises(PlatformError):
                session.ask(unknown)
            assert session.ask(names_call(account)) == [account.name]
        assert relay.made == 1

    @pytest.mark.slow
    def test_takes_a_new_connection_for_a_write_when_the_old_one_was_closed_meanwhile(
        self, team: Team, relay: Relay, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A code that left on a dead connection would count as lost, and be looked up."""
        codes = [team.code(post["item_id"]) for post in team.plain_posts()[:4]]
        lead_through(relay, team)
        real = tiktok.ask
        outcomes: list[str] = []

        def closed_before(account: AdAccount, work: Callable[[TikTok], object]) -> object:
            relay.drop_all()
            time.sleep(0.01)
            return real(account, work)

        monkeypatch.setattr(tiktok, "ask", closed_before)
        save = IntakeRow.save

        def noted(row: IntakeRow, **more: object) -> None:
            outcomes.append(row.outcome)
            save(row, **more)  # type: ignore[arg-type]

        monkeypatch.setattr(IntakeRow, "save", noted)
        team.paste(*codes)
        assert outcomes == [IntakeRow.Outcome.APPLIED] * 4
        assert relay.made == 12

    def test_does_not_print_its_token(self, account: AdAccount) -> None:
        token = account.connection.access_token
        with tiktok.session(account) as session:
            session.ask(loop_of)
            assert token not in f"{session!r} {session} {tiktok._open.sessions!r} {vars(session)!r}"

    def test_that_is_open_leaves_other_tokens_alone(self, account: AdAccount, team: Team) -> None:
        grant = team.connect_creator(team.plain_posts()[0]["handle"])
        with tiktok.session(account) as session:
            mine = session.ask(loop_of)
            assert tiktok.ask_as_creator(grant.connection, grant.access_token, loop_of) is not mine
            assert session.ask(loop_of) is mine

    def test_is_left_by_a_token_that_is_renewed_meanwhile(
        self, account: AdAccount, team: Team
    ) -> None:
        connection = account.connection
        works = connection.access_token
        with tiktok.session(account):
            assert tiktok.ask(account, names_call(account)) == [account.name]
            connection.access_token = "revoked-token-of-nobody"
            with pytest.raises(errors.ReauthorizationNeededError):
                tiktok.ask(account, names_call(account))
            connection.access_token = works
            assert tiktok.ask(account, names_call(account)) == [account.name]

    def test_of_a_creator_whose_token_ran_out_uses_the_renewed_one(
        self, team: Team, relay: Relay
    ) -> None:
        grant = team.connect_creator(team.plain_posts()[0]["handle"])
        before = grant.access_token
        team.sandbox.advance(hours=30)
        lead_through(relay, team)
        grant.connection.refresh_from_db()
        with pytest.raises(PlatformError):
            tiktok.ask_as_creator(
                grant.connection, before,
                lambda client: client.post_authorization.status(grant.open_id, "1"),
            )  # fmt: skip
        with tiktok.session(team.account):
            assert sources.import_from_grant(grant, at=team.now) > 0
        assert grant.access_token != before
        assert grants.fresh_token(grant, at=team.now) == grant.access_token

    def test_of_each_thread_is_its_own(self, account: AdAccount) -> None:
        meeting = threading.Barrier(2, timeout=20)

        def work() -> tuple[asyncio.AbstractEventLoop, bool]:
            with tiktok.session(account) as session:
                meeting.wait()
                first = session.ask(loop_of)
                meeting.wait()
                return first, tiktok.ask(account, loop_of) is first

        with ThreadPoolExecutor(2) as pool:
            (one, is_kept), (other, is_kept_too) = (
                told.result() for told in [pool.submit(work), pool.submit(work)]
            )
        assert one is not other
        assert is_kept
        assert is_kept_too


class TestACallInsideATransaction:
    def test_is_refused_and_nothing_is_sent(
        self, account: AdAccount, relay: Relay, team: Team
    ) -> None:
        connection = account.connection
        with tiktok.session(account) as session, transaction.atomic():
            for call in (
                lambda: session.ask(names_call(account)),
                lambda: tiktok.ask(account, names_call(account)),
                lambda: tiktok.ask_as_creator(connection, "T", names_call(account)),
                lambda: tiktok.read_advertisers(connection, [account.advertiser_id]),
                lambda: tiktok.exchange_ads_code(connection, "C"),
                lambda: tiktok.refresh_creator_token(connection, "R"),
                lambda: tiktok.revoke_creator_token(connection, "T"),
            ):
                with pytest.raises(RuntimeError, match="inside a database transaction"):
                    call()
        assert relay.made == 0

    def test_is_taken_again_after_it(self, account: AdAccount) -> None:
        with tiktok.session(account) as session:
            with transaction.atomic():
                Connection.objects.update(checked_at=None)
            assert session.ask(names_call(account)) == [account.name]


def made(kind: type[TikTokError], **more: object) -> TikTokError:
    return kind("It did not work.", endpoint=ENDPOINT, **more)  # type: ignore[arg-type]  # each kind's own fields


def refused(kind: type[TikTokError], code: int, **more: object) -> TikTokError:
    return made(kind, wire_code=code, request_id=REQUEST, **more)


LOST = [
    made(OutcomeUnknownError),
    made(MalformedAnswerError),
    refused(DuplicateRequestError, 40050),
]
PASSES = [
    made(LostReplyError),
    made(WrongRouteError, http_status=404),
    refused(PlatformFaultError, 50000),
    refused(NotReadyError, 40201),
    refused(ConflictError, 40202),
]
NEVER = [refused(NotFoundError, 40007), refused(ForbiddenError, 40001)]
BROKEN = [refused(ReauthorizationNeededError, 40105)]
LIMITED = [refused(RateLimitedError, 40100, retry_after=timedelta(minutes=5))]
GONE = [refused(SparkCodeError, 40002, problem=SparkCodeProblem.VIDEO_DELETED)]
FAULT = [refused(SparkCodeError, 40002, problem=SparkCodeProblem.SERVICE_FAILED)]


class TestAFailure:
    @pytest.mark.parametrize(
        ("error", "kind", "can_retry"),
        [
            *((each, errors.OutcomeUnknownError, True) for each in LOST),
            *((each, PlatformError, True) for each in PASSES),
            *((each, errors.RefusedError, False) for each in NEVER),
            *((each, errors.ReauthorizationNeededError, False) for each in BROKEN),
            *((each, errors.RateLimitedError, True) for each in LIMITED),
            *((each, errors.SparkCodeError, False) for each in GONE),
            *((each, errors.SparkCodeError, True) for each in FAULT),
            (made(UnreachableError), errors.UnreachableError, True),
        ],
        ids=lambda each: type(each).__name__ if isinstance(each, TikTokError) else "",
    )
    def test_has_one_kind_for_every_caller(
        self, team: Team, error: TikTokError, kind: type[PlatformError], can_retry: bool
    ) -> None:
        async def fails(_: TikTok) -> None:
            raise error

        with pytest.raises(PlatformError) as caught:
            tiktok.ask(team.account, fails)
        problem = caught.value
        assert type(problem) is kind
        assert problem.can_retry is can_retry
        assert problem.message == "TikTok: It did not work."
        assert problem.next_step.endswith(".")
        assert problem.wire_code == getattr(error, "wire_code", None)
        assert problem.request_id == error.request_id
        assert problem.__cause__ is error

    def test_of_the_network_says_that_nothing_was_sent(self, team: Team) -> None:
        team.account.connection.base_url = "http://127.0.0.1:9"
        with pytest.raises(errors.UnreachableError, match="Nothing was sent"):
            tiktok.ask(team.account, names_call(team.account))

    def test_of_a_write_whose_reply_is_lost_says_that_it_may_have_happened(
        self, team: Team
    ) -> None:
        code = team.code(team.plain_posts()[0]["item_id"])
        team.fault("drop_reply", "/tt_video/authorize/")

        async def authorize(client: TikTok) -> None:
            await client.tt_video.authorize(AdvertiserId(team.account.advertiser_id), code)

        with pytest.raises(errors.OutcomeUnknownError) as caught:
            tiktok.ask(team.account, authorize)
        assert caught.value.can_retry

    def test_of_a_code_says_who_does_what(self, team: Team) -> None:
        item = team.plain_posts()[0]["item_id"]
        code = team.code(item)
        team.sandbox.phone(f"posts/{item}/delete/", {})

        async def look(client: TikTok) -> None:
            await client.tt_video.info(AdvertiserId(team.account.advertiser_id), code)

        with pytest.raises(errors.SparkCodeError) as caught:
            tiktok.ask(team.account, look)
        assert not caught.value.can_retry
        assert "choose another post" in caught.value.next_step

    def test_of_the_grant_is_noted_on_the_connection_and_a_creators_is_not(
        self, team: Team
    ) -> None:
        connection = team.account.connection
        with pytest.raises(errors.ReauthorizationNeededError):
            tiktok.ask_as_creator(connection, "token-of-nobody", names_call(team.account))
        connection.refresh_from_db()
        assert connection.state == Connection.State.HEALTHY
        connection.access_token = "revoked-token-of-nobody"
        connection.save()
        with pytest.raises(errors.ReauthorizationNeededError) as caught:
            tiktok.ask(team.account, names_call(team.account))
        connection.refresh_from_db()
        assert (connection.state, connection.problem) == (
            Connection.State.BROKEN, caught.value.message,
        )  # fmt: skip

    def test_of_an_old_token_says_nothing_about_accounts_connected_anew(self, team: Team) -> None:
        connection = team.account.connection
        connection.access_token = (
            "revoked-token-of-nobody"  # held since before it was connected anew
        )
        with pytest.raises(errors.ReauthorizationNeededError):
            tiktok.ask(team.account, names_call(team.account))
        connection.refresh_from_db()
        assert (connection.state, connection.problem) == (Connection.State.HEALTHY, "")

    def test_of_a_creators_grant_is_said_in_words_for_the_creator(self, team: Team) -> None:
        with pytest.raises(errors.ReauthorizationNeededError) as caught:
            tiktok.ask_as_creator(
                team.account.connection, "token-of-nobody", names_call(team.account)
            )
        assert "owner" not in caught.value.next_step
        assert "paste the video code" in caught.value.next_step

    def test_that_passes_by_itself_keeps_the_code_for_another_try(self, team: Team) -> None:
        team.fault("error", "/tt_video/info/", code=50000, times=20)
        intake = team.paste(team.code(team.plain_posts()[0]["item_id"]))
        (row,) = intake.rows.all()
        assert row.outcome == IntakeRow.Outcome.RETRY
        assert row.code

    def test_of_the_grant_gives_no_request_through_tiktok_one_back(self, team: Team) -> None:
        Connection.objects.update(tiktok_one_id=team.sandbox.get("world/")["tcm_account_id"])
        team.account.connection.refresh_from_db()
        team.shop()
        post = Post.objects.get(item_id=team.plain_posts()[0]["item_id"])
        row = requests.ask(
            team.manager, post, days=30, through="tiktok_one", ad_account=team.account, at=team.now
        )
        connection = Connection.objects.get()
        connection.access_token = "revoked-token-of-nobody"
        connection.save()
        assert requests.read_tiktok_one(team.workspace, at=team.now) == 0
        row.refresh_from_db()
        assert row.state == "requested"
