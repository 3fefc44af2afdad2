"""The way to TikTok: every call of the platform leaves through here, paced, with the connection's token.

`ask(ad_account, lambda tiktok: tiktok.ads.each(...))` runs one piece of asynchronous work to its end. Around a
batch of calls, `with session(ad_account):` keeps one event loop and its connections open for all of them.
Failures are named here, once: callers see `PlatformError` and its kinds, never the client's own errors. Every call is
noted (`call_log`) once its session ends.

A call inside a database transaction is refused: a slow answer would hold the write lock.
"""

from __future__ import annotations

import asyncio
import functools
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import datetime, timedelta
from typing import TypeVar
from urllib.parse import urlencode

from django.conf import settings
from django.db import transaction

import tiktok_business as client
from kindling import errors
from kindling.clock import now
from kindling.errors import PlatformError
from kindling.kit.fitting import fitted
from kindling.workspaces.call_log import WRITE_EVERY, CallLog
from kindling.workspaces.models import AdAccount, Connection, TikTokCall
from tiktok_business import (
    AdsGrant,
    Advertiser,
    AdvertiserId,
    AioHttpTransport,
    CreatorGrant,
    Effect,
    OAuth,
    Pace,
    Retry,
    Secret,
    SparkCodeProblem,
    SystemClock,
    TikTok,
    TikTokError,
    WhoActs,
)

T = TypeVar("T")
PACES = {
    "basic": Pace.basic,
    "advanced": Pace.advanced,
    "premium": Pace.premium,
    "ultimate": Pace.ultimate,
    "off": Pace.off,
}


@functools.cache
def _pace(tier: str) -> Pace:
    """One allowance for the whole process: threads share the app's limit."""
    return PACES[tier]()


def pace_for(connection: Connection) -> Pace:
    """A sandbox on this machine limits as it was told to; TikTok limits by the app's tier."""
    return _pace(settings.KINDLING_TIKTOK_TIER)


class _Clock(SystemClock):
    """Tokens and retries count in the platform's time, which a sandbox may keep."""

    def now(self) -> datetime:
        return now()


def _transport() -> AioHttpTransport:
    return AioHttpTransport(timeout=timedelta(seconds=settings.KINDLING_TIKTOK_TIMEOUT))


# --- Sessions ---------------------------------------------------------------------------------------------------


class Session:
    """Calls with one token, over one event loop and its kept-alive connections. It belongs to one thread.

    is_creators : whether the token is a creator's own, not that of the connection
    """

    def __init__(self, connection: Connection, token: Secret, *, is_creators: bool) -> None:
        self._connection = connection
        self._token = token
        self._is_creators = is_creators
        self._runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)
        self._client: TikTok | None = None
        self._calls = CallLog(connection)
        self._is_closed = False

    def __repr__(self) -> str:
        return f"Session(connection={self._connection.pk})"

    def serves(self, connection: Connection, token: Secret) -> bool:
        """Whether its calls leave through this connection as it stands now, with this token."""
        mine = self._connection
        is_same = (mine.pk, mine.base_url) == (connection.pk, connection.base_url)
        return is_same and self._token == token

    def ask(self, work: Callable[[TikTok], Awaitable[T]]) -> T:
        """Run `work` with the session's client to its end.

        A grant of ad accounts that TikTok refuses is noted on the connection, whoever found out (R89).
        raises : PlatformError, or one of its kinds; RuntimeError inside a transaction or after the end
        """
        if self._is_closed:
            raise RuntimeError("This session with TikTok has ended; open another.")
        _check_no_transaction()
        try:
            return self._runner.run(self._work(work))
        except TikTokError as error:
            problem = _as_platform_error(error, is_creators=self._is_creators)
            if isinstance(problem, errors.ReauthorizationNeededError) and not self._is_creators:
                note_health(self._connection, self._token, problem=problem.message, at=now())
            raise problem from error
        finally:
            self._calls.write(at_least=WRITE_EVERY)

    async def _work(self, work: Callable[[TikTok], Awaitable[T]]) -> T:
        if self._client is None:
            self._client = self._make_client()
        # The loop stood still since the last call. This turn of it shows which kept-alive connections the other
        # side closed meanwhile; a write that leaves on a dead one would count as lost and be looked up.
        await asyncio.sleep(0)
        return await work(self._client)

    def _make_client(self) -> TikTok:
        return TikTok(
            access_token=self._token,
            base_url=self._connection.base_url,
            app=self._connection.app_id,
            transport=self._calls.over(_transport()),
            pace=pace_for(self._connection),
            retry=Retry(),
            clock=_Clock(),
        )

    def close(self) -> None:
        """Let go of loop and connections, whatever state they are in. Closing twice is harmless."""
        self._is_closed = True
        try:
            if self._client is not None:
                self._runner.run(self._client.close())
        finally:
            self._client = None
            self._runner.close()
            self._calls.write()


class _Open(threading.local):
    """The sessions that are open in this thread, the newest last."""

    def __init__(self) -> None:
        self.sessions: list[Session] = []


_open = _Open()


@contextmanager
def session(ad_account: AdAccount) -> Iterator[Session]:
    """Keep one session open: every `ask` with the same token inside uses it, in this thread.

    Inside another session of the same token it is that one, which ends where it was opened.
    """
    with _session_of(ad_account.connection) as opened:
        yield opened


@contextmanager
def sessions(ad_accounts: Iterable[AdAccount]) -> Iterator[None]:
    """`session` of each of the ad accounts at once: one for all that share a connection."""
    with ExitStack() as opened:
        for ad_account in ad_accounts:
            opened.enter_context(session(ad_account))
        yield


def _session_of(connection: Connection) -> AbstractContextManager[Session]:
    """`session` of a connection, whichever ad account is meant."""
    return _session(connection, Secret.of(connection.access_token), is_creators=False)


@contextmanager
def _session(connection: Connection, token: Secret, *, is_creators: bool) -> Iterator[Session]:
    """The session that is open here for the token, else a new one, closed at the end."""
    found = next((each for each in _open.sessions if each.serves(connection, token)), None)
    if found is not None:
        yield found
        return
    opened = Session(connection, token, is_creators=is_creators)
    _open.sessions.append(opened)
    try:
        yield opened
    finally:
        _open.sessions.remove(opened)
        opened.close()


def ask(ad_account: AdAccount, work: Callable[[TikTok], Awaitable[T]]) -> T:
    """Run `work` with the ad account's token, in the session that is open for it or one of its own.

    raises : what `Session.ask` raises
    """
    with session(ad_account) as opened:
        return opened.ask(work)


def ask_as_creator(
    connection: Connection, access_token: str, work: Callable[[TikTok], Awaitable[T]]
) -> T:
    """Run `work` with a creator's own token. Raises what `Session.ask` raises."""
    with _session(connection, Secret.of(access_token), is_creators=True) as opened:
        return opened.ask(work)


def _check_no_transaction() -> None:
    """Raise RuntimeError inside a database transaction, where no call may leave."""
    if transaction.get_connection().in_atomic_block:
        raise RuntimeError(
            "TikTok was called inside a database transaction; call it before or after."
        )


def note_health(connection: Connection, token: Secret, *, problem: str, at: datetime) -> None:
    """Keep what TikTok said about a grant (R89), unless the ad accounts were connected anew meanwhile."""
    with transaction.atomic():
        row = Connection.objects.select_for_update(no_key=True).get(pk=connection.pk)
        if Secret.of(row.access_token) == token:
            Connection.objects.filter(pk=row.pk).update(
                state=Connection.State.BROKEN if problem else Connection.State.HEALTHY,
                problem=problem,
                checked_at=at,
            )


async def gather_list(rows: AsyncIterator[T]) -> list[T]:
    return [row async for row in rows]


# --- Failures ---------------------------------------------------------------------------------------------------

LATER = "Try again in a minute. Kindling first checks whether the call took effect."
# Refusals that pass by themselves: they say nothing about what was asked for.
PASSING = (client.PlatformFaultError, client.NotReadyError, client.ConflictError)

# Problems of a post that its status shows, and that may end: it is deleted, private, or under moderation.
PASSES_OVER = (SparkCodeProblem.VIDEO_DELETED, SparkCodeProblem.POST_STATUS_UNUSABLE)


def _as_platform_error(error: TikTokError, *, is_creators: bool = False) -> PlatformError:
    """A client's error by its kind and in the words of a page: what happened and what to do.

    is_creators : the call was made with a creator's grant, and the creator may read the words
    """
    kind, next_step, can_retry = _kind_of(error)
    if is_creators and kind is errors.ReauthorizationNeededError:
        next_step = "Connect TikTok again on the creator's page, or paste the video code."
    return kind(
        f"TikTok: {error.message.rstrip('.')}.",
        next_step=next_step,
        wire_code=error.wire_code if isinstance(error, client.RefusedError) else None,
        can_retry=can_retry,
        # Every row that keeps one has the length that a call has.
        **fitted(TikTokCall, request_id=error.request_id),
    )


def _kind_of(error: TikTokError) -> tuple[type[PlatformError], str, bool]:
    """The kind of a client's error, what a person does next, and whether the same call may succeed later."""
    if error.effect is Effect.UNKNOWN:
        return errors.OutcomeUnknownError, LATER, True
    match error:
        case client.UnreachableError():
            next_step = "Nothing was sent. Check the network, then try again."
            return errors.UnreachableError, next_step, True
        case client.RateLimitedError():
            return (
                errors.RateLimitedError,
                "TikTok limits how often it is asked: try again later.",
                True,
            )
        case client.ReauthorizationNeededError() | client.TokenExpiredError():
            next_step = "An owner must connect TikTok again under Workspace."
            return errors.ReauthorizationNeededError, next_step, False
        case client.SparkCodeError(problem=problem):
            can_retry = problem.who_acts is WhoActs.SYSTEM_RETRIES
            is_final = problem.who_acts is WhoActs.PICK_ANOTHER_POST and problem not in PASSES_OVER
            kind = errors.PostRefusedError if is_final else errors.SparkCodeError
            return kind, problem.next_step, can_retry
        case client.RefusedError() if not isinstance(error, PASSING):
            next_step = "Correct what TikTok names; quote the request id to its support if it stays unclear."
            return errors.RefusedError, next_step, False
    return PlatformError, LATER, True


# --- Grants -----------------------------------------------------------------------------------------------------


def _oauth(connection: Connection, calls: CallLog) -> OAuth:
    return OAuth(
        app_id=connection.app_id,
        app_secret=connection.app_secret,
        base_url=connection.base_url,
        transport=calls.over(_transport()),
        pace=pace_for(connection),
        clock=_Clock(),
    )


def _creator_oauth(connection: Connection, calls: CallLog) -> OAuth:
    """Creators grant to the client key of the app, not to its ads id."""
    return OAuth(
        app_id=connection.client_key or connection.app_id,
        app_secret=connection.client_secret or connection.app_secret,
        base_url=connection.base_url,
        transport=calls.over(_transport()),
        pace=pace_for(connection),
        clock=_Clock(),
    )


def _with_oauth(
    connection: Connection,
    make: Callable[[Connection, CallLog], OAuth],
    work: Callable[[OAuth], Awaitable[T]],
) -> T:
    calls = CallLog(connection)

    async def run() -> T:
        async with make(connection, calls) as oauth:
            return await work(oauth)

    _check_no_transaction()
    try:
        return asyncio.run(run())
    except TikTokError as error:
        raise _as_platform_error(error) from error
    finally:
        calls.write()


def ads_consent_url(connection: Connection, *, state: str, callback: str) -> str:
    return _oauth(connection, CallLog(connection)).ads_consent_url(
        state=state, redirect_uri=callback
    )


def exchange_ads_code(connection: Connection, auth_code: str) -> tuple[str, list[str]]:
    """The token an ads consent gives, and the ad accounts it opens."""
    grant: AdsGrant = _with_oauth(
        connection, _oauth, lambda oauth: oauth.exchange_ads_code(auth_code)
    )
    return grant.access_token.reveal(), list(grant.advertiser_ids)


def exchange_creator_code(connection: Connection, auth_code: str, *, callback: str) -> CreatorGrant:
    return _with_oauth(
        connection,
        _creator_oauth,
        lambda oauth: oauth.exchange_creator_code(auth_code, redirect_uri=callback),
    )


def refresh_creator_token(connection: Connection, refresh_token: str) -> CreatorGrant:
    return _with_oauth(
        connection, _creator_oauth, lambda oauth: oauth.refresh_creator_token(refresh_token)
    )


def revoke_creator_token(connection: Connection, access_token: str) -> None:
    """Give a creator's token back. Raises PlatformError."""
    _with_oauth(connection, _creator_oauth, lambda oauth: oauth.revoke_creator_token(access_token))


def creator_consent_url(connection: Connection, *, state: str, callback: str, scopes: str) -> str:
    """Where a creator lets the app read posts and manage codes (R32). Address: reference tiktok-api §5."""
    host = connection.base_url if connection.is_sandbox else "https://www.tiktok.com"
    query = urlencode(
        {
            "client_key": connection.client_key,
            "scope": scopes,
            "response_type": "code",
            "redirect_uri": callback,
            "state": state,
        }
    )
    return f"{host}/v2/auth/authorize?{query}"


def read_advertisers(connection: Connection, advertiser_ids: list[str]) -> list[Advertiser]:
    """The ad accounts as TikTok states them. Raises what `Session.ask` raises."""

    async def work(tiktok: TikTok) -> list[Advertiser]:
        return await tiktok.advertisers.info([AdvertiserId(each) for each in advertiser_ids])

    with _session_of(connection) as opened:
        return opened.ask(work)
