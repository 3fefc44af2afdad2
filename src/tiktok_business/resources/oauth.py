"""Grants: how tokens are got, renewed and given back.

Source: Authentication pages 1738373141733378 and 1738373164380162, "Accounts" pages, v1.3.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self
from urllib.parse import quote, urlencode

import msgspec

from tiktok_business.ids import AdvertiserId, BusinessId
from tiktok_business.protocol import endpoints
from tiktok_business.protocol.calls import Call, Caller, decode_plain
from tiktok_business.protocol.clock import Clock, SystemClock
from tiktok_business.protocol.fields import Fields
from tiktok_business.protocol.pacing import Pace
from tiktok_business.protocol.retry import Retry
from tiktok_business.protocol.transport import AioHttpTransport, Transport
from tiktok_business.secret import Secret

PRODUCTION_URL = "https://business-api.tiktok.com"


class AdsGrant(msgspec.Struct, frozen=True, kw_only=True):
    """Access to ad accounts. The token has no expiry; it dies when it is revoked."""

    access_token: Secret
    advertiser_ids: tuple[AdvertiserId, ...]
    scopes: tuple[str, ...]

    @classmethod
    def from_wire(cls, data: Fields) -> AdsGrant:
        """Read the answer of `/oauth2/access_token/`."""
        return cls(
            access_token=Secret(data.id("access_token")),
            advertiser_ids=tuple(AdvertiserId(i) for i in data.ids("advertiser_ids")),
            scopes=tuple(data.texts("scope")),
        )


class CreatorGrant(msgspec.Struct, frozen=True, kw_only=True):
    """Access to a creator's account; the access token lives a day, the refresh token a year."""

    access_token: Secret
    refresh_token: Secret
    business_id: BusinessId
    scopes: tuple[str, ...]
    expires_at: datetime
    refresh_expires_at: datetime

    @classmethod
    def from_wire(cls, data: Fields, *, now: datetime) -> CreatorGrant:
        """Read the answer of `/tt_user/oauth2/token/`. Lifetimes are seconds from now."""
        scopes = data.text("scope").replace(" ", "").split(",")
        return cls(
            access_token=Secret(data.id("access_token")),
            refresh_token=Secret(data.id("refresh_token")),
            business_id=BusinessId(data.id("open_id")),
            scopes=tuple(scope for scope in scopes if scope),
            expires_at=now + timedelta(seconds=data.integer("expires_in") or 0),
            refresh_expires_at=now
            + timedelta(seconds=data.integer("refresh_token_expires_in") or 0),
        )


class GrantedAdvertiser(msgspec.Struct, frozen=True, kw_only=True):
    """An ad account a token may use."""

    advertiser_id: AdvertiserId
    name: str


class CreatorTokenInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What a creator's token may do, and whose it is."""

    scopes: tuple[str, ...]
    creator_id: str


class OAuth:
    """OAuth calls of one app. Needs no token; close it, or use it as a context."""

    def __init__(
        self,
        *,
        app_id: str,
        app_secret: Secret | str,
        base_url: str = PRODUCTION_URL,
        transport: Transport | None = None,
        pace: Pace | None = None,
        retry: Retry | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._app_id = app_id
        self._app_secret = Secret.of(app_secret)
        self._base_url = base_url.rstrip("/")
        self._transport = transport or AioHttpTransport()
        self._caller = Caller(
            transport=self._transport,
            base_url=base_url,
            app=app_id,
            pace=pace or Pace.basic(),
            retry=retry or Retry(),
            clock=clock or SystemClock(),
            access_token=None,
        )

    def ads_consent_url(self, *, state: str, redirect_uri: str) -> str:
        """Where an advertiser grants access. The callback's `auth_code` lives an hour."""
        query = {"app_id": self._app_id, "state": state, "redirect_uri": redirect_uri}
        return f"{self._base_url}/portal/auth?{urlencode(query, quote_via=quote, safe='')}"

    async def exchange_ads_code(self, auth_code: Secret | str) -> AdsGrant:
        """Turn the callback's code into a token; a code works once."""
        answer = await self._caller.post(
            endpoints.ADS_TOKEN,
            {
                "app_id": self._app_id,
                "secret": self._app_secret,
                "auth_code": Secret.of(auth_code),
            },
        )
        return AdsGrant.from_wire(answer.data)

    async def revoke_ads_token(self, access_token: Secret | str) -> None:
        """Give an advertiser's token back."""
        await self._caller.post(
            endpoints.ADS_TOKEN_REVOKE,
            {
                "app_id": self._app_id,
                "secret": self._app_secret,
                "access_token": Secret.of(access_token),
            },
        )

    async def advertisers(self, access_token: Secret | str) -> Sequence[GrantedAdvertiser]:
        """The ad accounts a token may use."""
        call = Call(
            endpoints.ADS_TOKEN_ADVERTISERS,
            query={"app_id": self._app_id, "secret": self._app_secret},
            access_token=Secret.of(access_token),
        )
        data = self._caller.require_complete(call, await self._caller.perform(call, decode_plain))
        return [
            GrantedAdvertiser(
                advertiser_id=AdvertiserId(row.id("advertiser_id")),
                name=row.text("advertiser_name"),
            )
            for row in data.children("list")
        ]

    async def exchange_creator_code(
        self, auth_code: Secret | str, *, redirect_uri: str
    ) -> CreatorGrant:
        """Turn a creator's callback code into a token. The code lives 10 minutes."""
        answer = await self._caller.post(
            endpoints.CREATOR_TOKEN,
            {
                **self._client(),
                "grant_type": "authorization_code",
                "auth_code": Secret.of(auth_code),
                "redirect_uri": redirect_uri,
            },
        )
        return CreatorGrant.from_wire(answer.data, now=self._caller.clock.now())

    async def refresh_creator_token(self, refresh_token: Secret | str) -> CreatorGrant:
        """Get a new pair of tokens. Store both: the refresh token may have changed."""
        answer = await self._caller.post(
            endpoints.CREATOR_TOKEN_REFRESH,
            {
                **self._client(),
                "grant_type": "refresh_token",
                "refresh_token": Secret.of(refresh_token),
            },
        )
        return CreatorGrant.from_wire(answer.data, now=self._caller.clock.now())

    async def revoke_creator_token(self, access_token: Secret | str) -> None:
        """Give a creator's token back."""
        await self._caller.post(
            endpoints.CREATOR_TOKEN_REVOKE,
            {**self._client(), "access_token": Secret.of(access_token)},
        )

    async def creator_token_info(self, access_token: Secret | str) -> CreatorTokenInfo:
        """The scopes and owner of a creator's token."""
        answer = await self._caller.post(
            endpoints.CREATOR_TOKEN_INFO,
            {"app_id": self._app_id, "access_token": Secret.of(access_token)},
        )
        scopes = answer.data.text("scope").replace(" ", "").split(",")
        return CreatorTokenInfo(
            scopes=tuple(scope for scope in scopes if scope),
            creator_id=answer.data.text("creator_id"),
        )

    def _client(self) -> dict[str, object]:
        return {"client_id": self._app_id, "client_secret": self._app_secret}

    async def close(self) -> None:
        """Let go of connections."""
        await self._transport.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()
