"""`/business/*`: a creator's own account, with the creator's token.

Source: "Accounts" pages v1.3. `business_id` is the `open_id` of the creator's OAuth answer.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import IntEnum, StrEnum

import msgspec

from tiktok_business.ids import BusinessId, ItemId
from tiktok_business.protocol import endpoints
from tiktok_business.protocol.calls import Caller
from tiktok_business.protocol.fields import Fields
from tiktok_business.protocol.paging import each_by_cursor
from tiktok_business.secret import Secret

LARGEST_VIDEO_PAGE = 20


class Days(IntEnum):
    """For how long a creator may authorize a post."""

    WEEK = 7
    MONTH = 30
    TWO_MONTHS = 60
    HALF_YEAR = 180
    YEAR = 365


class CodeStatus(StrEnum):
    """State of a code on the creator's side."""

    NOT_USED = "NOT_USED"
    IN_USE = "IN_USE"
    EXPIRED = "EXPIRED"
    DELETED = "DELETED"


class PostCode(msgspec.Struct, frozen=True, kw_only=True):
    """A post's code and its time, as the creator sees it. `auth_code` prints as a mask."""

    item_id: ItemId | None
    auth_code: Secret | None
    status: str | None
    starts_at: datetime | None
    ends_at: datetime | None
    authorization_days: int | None

    @classmethod
    def from_wire(cls, data: Fields) -> PostCode:
        """Read the flat answer."""
        code, item = data.find_text("auth_code"), data.find_id("item_id")
        return cls(
            item_id=ItemId(item) if item else None,
            auth_code=Secret(code) if code else None,
            status=data.find_text("auth_code_status"),
            starts_at=data.time("auth_code_start_time"),
            ends_at=data.time("auth_code_end_time"),
            authorization_days=data.integer("authorization_days"),
        )


@dataclass(frozen=True, slots=True)
class PostAuthorization:
    """Making, extending and deleting Spark Ads codes without the creator's phone."""

    caller: Caller

    async def setting(
        self,
        business_id: BusinessId,
        item_id: ItemId,
        *,
        is_ad_promotable: bool,
        authorization_days: int = Days.MONTH,
    ) -> PostCode:
        """Allow or stop a post's use in ads.

        The answer may be empty although it worked (seen by one vendor): read `status` back.
        Stopping is refused while an ad uses the post.
        """
        body = {
            "business_id": business_id,
            "item_id": item_id,
            "is_ad_promotable": is_ad_promotable,
            "authorization_days": int(authorization_days),
        }
        answer = await self.caller.post(endpoints.POST_AUTHORIZE_SETTING, body)
        return PostCode.from_wire(answer.data)

    async def extend(
        self, business_id: BusinessId, item_id: ItemId, *, authorization_days: int
    ) -> PostCode:
        """Add days to the current period; makes a new code when the old one was deleted."""
        body = {
            "business_id": business_id,
            "item_id": item_id,
            "authorization_days": int(authorization_days),
        }
        answer = await self.caller.post(endpoints.POST_AUTHORIZE_EXTEND, body)
        return PostCode.from_wire(answer.data)

    async def status(self, business_id: BusinessId, item_id: ItemId) -> PostCode:
        """The code of a post. Raises RefusedError when it has none."""
        query = {"business_id": business_id, "item_id": item_id}
        return PostCode.from_wire(await self.caller.get(endpoints.POST_AUTHORIZE_STATUS, query))

    async def delete(self, business_id: BusinessId, item_id: ItemId) -> PostCode:
        """Delete the code. Refused while ads use it."""
        body = {"business_id": business_id, "item_id": item_id}
        answer = await self.caller.post(endpoints.POST_AUTHORIZE_DELETE, body)
        return PostCode.from_wire(answer.data)


class BusinessVideo(msgspec.Struct, frozen=True, kw_only=True):
    """A post of the creator's account, with organic lifetime counts, 24–48 hours late.

    Counts are None when not asked for or not answered; `thumbnail_url` ends after a while: never store it;
    `average_seconds_watched` in seconds
    """

    item_id: ItemId
    posted_at: datetime | None
    caption: str | None
    share_url: str | None
    thumbnail_url: str | None
    duration_seconds: float | None
    views: int | None
    likes: int | None
    comments: int | None
    shares: int | None
    favorites: int | None
    reach: int | None
    new_followers: int | None
    profile_views: int | None
    average_seconds_watched: float | None
    full_watched_rate: Decimal | None
    is_ad: bool | None

    @classmethod
    def from_wire(cls, row: Fields) -> BusinessVideo:
        """Read one of `videos`."""
        return cls(
            item_id=ItemId(row.id("item_id")),
            posted_at=row.time("create_time"),
            caption=row.find_text("caption"),
            share_url=row.find_text("share_url"),
            thumbnail_url=row.find_text("thumbnail_url"),
            duration_seconds=row.number("video_duration"),
            views=row.integer("video_views"),
            likes=row.integer("likes"),
            comments=row.integer("comments"),
            shares=row.integer("shares"),
            favorites=row.integer("favorites"),
            reach=row.integer("reach"),
            new_followers=row.integer("new_followers"),
            profile_views=row.integer("profile_views"),
            average_seconds_watched=row.number("average_time_watched"),
            full_watched_rate=row.decimal("full_video_watched_rate"),
            is_ad=row.flag("is_ad"),
        )


VIDEO_FIELDS = (
    "item_id",
    "create_time",
    "caption",
    "share_url",
    "thumbnail_url",
    "video_duration",
    "video_views",
    "likes",
    "comments",
    "shares",
    "favorites",
    "reach",
    "new_followers",
    "profile_views",
    "average_time_watched",
    "full_video_watched_rate",
    "is_ad",
)


@dataclass(frozen=True, slots=True)
class BusinessVideos:
    """Posts of a creator's account."""

    caller: Caller

    async def each(
        self,
        business_id: BusinessId,
        *,
        item_ids: Sequence[ItemId] | None = None,
        fields: Sequence[str] = VIDEO_FIELDS,
    ) -> AsyncIterator[BusinessVideo]:
        """Yield posts, the newest first.

        fields : wire names; `item_id` must be among them, what is left out is None
        """
        query = {
            "business_id": business_id,
            "fields": list(fields),
            "filters": {"video_ids": list(item_ids)} if item_ids else None,
            "max_count": LARGEST_VIDEO_PAGE,
        }
        async for row in each_by_cursor(
            self.caller,
            endpoints.BUSINESS_VIDEO_LIST,
            query,
            BusinessVideo.from_wire,
            lambda video: video.item_id,
            advertiser="",
            list_name="videos",
        ):
            yield row
