"""The client: one token, one app, every resource."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from tiktok_business.protocol.calls import Caller, RefreshToken
from tiktok_business.protocol.clock import Clock, SystemClock
from tiktok_business.protocol.pacing import Pace
from tiktok_business.protocol.retry import Retry
from tiktok_business.protocol.transport import AioHttpTransport, Transport
from tiktok_business.resources.accounts import BusinessVideos, PostAuthorization
from tiktok_business.resources.adgroups import AdGroups
from tiktok_business.resources.ads import Ads
from tiktok_business.resources.advertisers import Advertisers
from tiktok_business.resources.campaigns import Campaigns
from tiktok_business.resources.comments import BlockedWords, Comments, PostComments
from tiktok_business.resources.gmv_max import GmvMax
from tiktok_business.resources.identities import Identities
from tiktok_business.resources.library import Library
from tiktok_business.resources.oauth import PRODUCTION_URL
from tiktok_business.resources.pixels import Pixels
from tiktok_business.resources.reports import Reports
from tiktok_business.resources.smart_plus import SmartPlus
from tiktok_business.resources.tiktok_one import TikTokOne
from tiktok_business.resources.tt_video import TTVideo
from tiktok_business.secret import Secret


class TikTok:
    """TikTok API for Business v1.3 with one access token. Use it as an async context.

    access_token : an advertiser's token, or a creator's for `post_authorization`,
        `business_videos` and `post_comments`
    app : the app's id; rate limits are counted per app, so give every client of one app the same
        `pace`
    pace : None takes the Basic tier
    refresh_token : awaited once per call when TikTok says the token expired; returns a new one
    transport : None takes an AioHttpTransport; either is closed with the client
    """

    def __init__(
        self,
        *,
        access_token: Secret | str,
        app: str,
        base_url: str = PRODUCTION_URL,
        pace: Pace | None = None,
        retry: Retry | None = None,
        refresh_token: RefreshToken | None = None,
        transport: Transport | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._transport = transport or AioHttpTransport()
        caller = Caller(
            transport=self._transport,
            base_url=base_url,
            app=app,
            pace=pace or Pace.basic(),
            retry=retry or Retry(),
            clock=clock or SystemClock(),
            access_token=Secret.of(access_token),
            refresh=refresh_token,
        )
        self.caller = caller
        self.advertisers = Advertisers(caller)
        self.tt_video = TTVideo(caller)
        self.identities = Identities(caller)
        self.campaigns = Campaigns(caller)
        self.adgroups = AdGroups(caller)
        self.ads = Ads(caller)
        self.smart_plus = SmartPlus(caller)
        self.gmv_max = GmvMax(caller)
        self.library = Library(caller)
        self.reports = Reports(caller)
        self.pixels = Pixels(caller)
        self.post_authorization = PostAuthorization(caller)
        self.business_videos = BusinessVideos(caller)
        self.tiktok_one = TikTokOne(caller)
        self.comments = Comments(caller)
        self.blocked_words = BlockedWords(caller)
        self.post_comments = PostComments(caller)

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
