"""The way to TikTok: every call of the platform leaves through here, paced, with the connection's token.

`ask(ad_account, lambda tiktok: tiktok.ads.each(...))` runs one piece of asynchronous work to its end. Never
call it inside a database transaction: a slow answer would hold the write lock.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from typing import TypeVar
from urllib.parse import urlencode

from django.conf import settings

from kindling.clock import now
from kindling.errors import PlatformError
from kindling.workspaces.models import AdAccount, Connection
from tiktok_business import (
    AdsGrant,
    Advertiser,
    AdvertiserId,
    AioHttpTransport,
    CreatorGrant,
    OAuth,
    Pace,
    ReauthorizationNeededError,
    RefusedError,
    Retry,
    SystemClock,
    TikTok,
    TikTokError,
    UnreachableError,
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


def ask(
    ad_account: AdAccount, work: Callable[[TikTok], Awaitable[T]], *, retry: Retry | None = None
) -> T:
    """Run `work` with a client of the ad account's connection. Raises what the client raises.

    A grant that TikTok refuses is noted on the connection, whoever found out (R89).
    """
    connection = ad_account.connection
    try:
        return _run(connection, connection.access_token, work, retry)
    except ReauthorizationNeededError as error:
        Connection.objects.filter(pk=connection.pk).update(
            state=Connection.State.BROKEN,
            problem=as_platform_error(error).message,
            checked_at=now(),
        )
        raise


def ask_as_creator(
    connection: Connection, access_token: str, work: Callable[[TikTok], Awaitable[T]]
) -> T:
    """Run `work` with a creator's own token."""
    return _run(connection, access_token, work, None)


def _run(
    connection: Connection, token: str, work: Callable[[TikTok], Awaitable[T]], retry: Retry | None
) -> T:
    async def session() -> T:
        async with TikTok(
            access_token=token,
            base_url=connection.base_url,
            app=connection.app_id,
            transport=_transport(),
            pace=pace_for(connection),
            retry=retry or Retry(),
            clock=_Clock(),
        ) as tiktok:
            return await work(tiktok)

    return asyncio.run(session())


async def gather_list(rows: AsyncIterator[T]) -> list[T]:
    return [row async for row in rows]


def as_platform_error(error: TikTokError) -> PlatformError:
    """A client's error in the words of a page: what happened and what to do."""
    wire_code = error.wire_code if isinstance(error, RefusedError) else None
    if isinstance(error, UnreachableError):
        next_step = "Nothing was sent. Check the network, then try again."
    elif isinstance(error, ReauthorizationNeededError):
        next_step = "An owner must connect TikTok again under Workspace."
    elif isinstance(error, RefusedError):
        next_step = (
            "Correct what TikTok names; quote the request id to its support if it stays unclear."
        )
    else:
        next_step = "Try again in a minute; Kindling looks first what became of the call."
    return PlatformError(
        f"TikTok: {error.message.rstrip('.')}.",
        next_step=next_step,
        wire_code=wire_code,
        request_id=error.request_id,
        can_retry=not isinstance(error, RefusedError),
    )


def _oauth(connection: Connection) -> OAuth:
    return OAuth(
        app_id=connection.app_id,
        app_secret=connection.app_secret,
        base_url=connection.base_url,
        transport=_transport(),
        pace=pace_for(connection),
        clock=_Clock(),
    )


def _creator_oauth(connection: Connection) -> OAuth:
    """Creators grant to the client key of the app, not to its ads id."""
    return OAuth(
        app_id=connection.client_key or connection.app_id,
        app_secret=connection.client_secret or connection.app_secret,
        base_url=connection.base_url,
        transport=_transport(),
        pace=pace_for(connection),
        clock=_Clock(),
    )


def _with_oauth(oauth: OAuth, work: Callable[[OAuth], Awaitable[T]]) -> T:
    async def session() -> T:
        async with oauth:
            return await work(oauth)

    try:
        return asyncio.run(session())
    except TikTokError as error:
        raise as_platform_error(error) from error


def ads_consent_url(connection: Connection, *, state: str, callback: str) -> str:
    return _oauth(connection).ads_consent_url(state=state, redirect_uri=callback)


def exchange_ads_code(connection: Connection, auth_code: str) -> tuple[str, list[str]]:
    """The token an ads consent gives, and the ad accounts it opens."""
    grant: AdsGrant = _with_oauth(
        _oauth(connection), lambda oauth: oauth.exchange_ads_code(auth_code)
    )
    return grant.access_token.reveal(), list(grant.advertiser_ids)


def exchange_creator_code(connection: Connection, auth_code: str, *, callback: str) -> CreatorGrant:
    return _with_oauth(
        _creator_oauth(connection),
        lambda oauth: oauth.exchange_creator_code(auth_code, redirect_uri=callback),
    )


def refresh_creator_token(connection: Connection, refresh_token: str) -> CreatorGrant:
    return _with_oauth(
        _creator_oauth(connection), lambda oauth: oauth.refresh_creator_token(refresh_token)
    )


def revoke_creator_token(connection: Connection, access_token: str) -> None:
    """Give a creator's token back. Raises PlatformError."""
    _with_oauth(_creator_oauth(connection), lambda oauth: oauth.revoke_creator_token(access_token))


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
    async def work(tiktok: TikTok) -> list[Advertiser]:
        return await tiktok.advertisers.info([AdvertiserId(each) for each in advertiser_ids])

    try:
        return _run(connection, connection.access_token, work, None)
    except TikTokError as error:
        raise as_platform_error(error) from error
