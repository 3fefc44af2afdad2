"""`/identity/*`: whose name an ad carries, and that identity's posts.

Source: reference pages 1738958351620097, 1740218420781057, 1740218475032577, 1740218495869954.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import msgspec

from tiktok_business.ids import AdvertiserId, BusinessCenterId, IdentityId, ItemId
from tiktok_business.protocol import endpoints
from tiktok_business.protocol.calls import Caller
from tiktok_business.protocol.fields import Fields
from tiktok_business.protocol.paging import each_by_cursor, each_numbered
from tiktok_business.resources.posts import ItemType, Post

LARGEST_PAGE = 100
LARGEST_POST_PAGE = 20


class IdentityType(StrEnum):
    """How an identity came to the ad account."""

    CUSTOMIZED_USER = "CUSTOMIZED_USER"
    AUTH_CODE = "AUTH_CODE"
    TT_USER = "TT_USER"
    BC_AUTH_TT = "BC_AUTH_TT"
    TTS_TT = "TTS_TT"


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """A name ads can carry. Only TT_USER and BC_AUTH_TT answer an `availability`."""

    identity_id: IdentityId
    identity_type: str
    display_name: str
    username: str | None
    business_center_id: BusinessCenterId | None
    profile_image_url: str | None
    can_pull_video: bool
    can_push_video: bool
    can_use_live_ads: bool
    availability: str | None

    @classmethod
    def from_wire(cls, row: Fields) -> Identity:
        """Read one of `identity_list`, or `identity_info`."""
        center = row.find_id("identity_authorized_bc_id")
        return cls(
            identity_id=IdentityId(row.id("identity_id")),
            identity_type=row.text("identity_type"),
            display_name=row.text("display_name"),
            username=row.find_text("username"),
            business_center_id=BusinessCenterId(center) if center else None,
            profile_image_url=row.find_text("profile_image") or row.find_text("profile_image_url"),
            can_pull_video=bool(row.flag("can_pull_video")),
            can_push_video=bool(row.flag("can_push_video")),
            can_use_live_ads=bool(row.flag("can_use_live_ads")),
            availability=row.find_text("available_status"),
        )


class MusicAuthorization(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a post's music may be used in ads at the places and times asked for."""

    item_id: ItemId
    status: str

    @property
    def is_clear(self) -> bool:
        """Whether no authorization is missing."""
        return self.status in ("WITHOUT_SONG_ID", "WITH_FULL_AUTHORIZATION")

    @classmethod
    def from_wire(cls, row: Fields) -> MusicAuthorization:
        """Read one of `music_authorization`."""
        return cls(item_id=ItemId(row.id("item_id")), status=row.text("music_status"))


class AdQuota(msgspec.Struct, frozen=True, kw_only=True):
    """How many ads an identity carries and may carry; None where it is not said.

    The answer's field names are not published; these are our reading.
    """

    total: int | None
    used: int | None
    remaining: int | None

    @classmethod
    def from_wire(cls, data: Fields) -> AdQuota:
        """Read the answer of `bind/quota`; what is left follows from the other two where it is not said."""
        total, used = data.integer("total_quota"), data.integer("used_quota")
        left = data.integer("remaining_quota")
        if left is None and total is not None and used is not None:
            left = max(0, total - used)
        return cls(total=total, used=used, remaining=left)


@dataclass(frozen=True, slots=True)
class Identities:
    """Identities of an ad account, and their posts."""

    caller: Caller

    async def each(
        self,
        advertiser_id: AdvertiserId,
        *,
        identity_type: IdentityType | None = None,
        business_center_id: BusinessCenterId | None = None,
    ) -> AsyncIterator[Identity]:
        """Yield every identity, of one type or of all."""
        query = {
            "advertiser_id": advertiser_id,
            "identity_type": identity_type,
            "identity_authorized_bc_id": business_center_id,
        }
        # Totals are right only for one type, and zero for BC_AUTH_TT.
        has_total = identity_type not in (None, IdentityType.BC_AUTH_TT)
        async for row in each_numbered(
            self.caller,
            endpoints.IDENTITY_GET,
            query,
            Identity.from_wire,
            lambda found: (found.identity_type, found.identity_id, found.business_center_id),
            advertiser=advertiser_id,
            page_size=LARGEST_PAGE,
            list_name="identity_list",
            has_total=has_total,
        ):
            yield row

    async def info(
        self,
        advertiser_id: AdvertiserId,
        identity_id: IdentityId,
        identity_type: IdentityType,
        *,
        business_center_id: BusinessCenterId | None = None,
    ) -> Identity:
        """One identity."""
        query = _identity_parameters(advertiser_id, identity_id, identity_type, business_center_id)
        data = await self.caller.get(endpoints.IDENTITY_INFO, query, advertiser=advertiser_id)
        return Identity.from_wire(data.child("identity_info"))

    async def each_video(
        self,
        advertiser_id: AdvertiserId,
        identity_id: IdentityId,
        identity_type: IdentityType,
        *,
        item_type: ItemType = ItemType.VIDEO,
        business_center_id: BusinessCenterId | None = None,
        keyword: str | None = None,
    ) -> AsyncIterator[Post]:
        """Yield the posts an identity lets this account use. `keyword` is for AUTH_CODE only."""
        query = {
            **_identity_parameters(advertiser_id, identity_id, identity_type, business_center_id),
            "item_type": item_type,
            "keyword": keyword,
            "count": LARGEST_POST_PAGE,
        }
        async for row in each_by_cursor(
            self.caller,
            endpoints.IDENTITY_VIDEO_GET,
            query,
            Post.from_wire,
            lambda post: post.item_id,
            advertiser=advertiser_id,
            list_name="video_list",
            # Not documented; the posts of codes have no order of their own.
            is_offset=identity_type is IdentityType.AUTH_CODE,
        ):
            yield row

    async def videos(
        self,
        advertiser_id: AdvertiserId,
        identity_id: IdentityId,
        identity_type: IdentityType,
        item_ids: Sequence[ItemId],
        *,
        item_type: ItemType = ItemType.VIDEO,
        business_center_id: BusinessCenterId | None = None,
    ) -> list[Post]:
        """Some posts of an identity, by id."""
        found: list[Post] = []
        whose = _identity_parameters(advertiser_id, identity_id, identity_type, business_center_id)
        for start in range(0, len(item_ids), LARGEST_POST_PAGE):
            query = {
                **whose,
                "item_ids": list(item_ids[start : start + LARGEST_POST_PAGE]),
                "item_type": item_type,
            }
            data = await self.caller.get(
                endpoints.IDENTITY_VIDEO_INFO, query, advertiser=advertiser_id
            )
            found.extend(Post.from_wire(row) for row in data.children("video_details"))
        return found

    async def ad_quota(
        self,
        advertiser_id: AdvertiserId,
        identity_id: IdentityId,
        identity_type: IdentityType,
        *,
        business_center_id: BusinessCenterId | None = None,
    ) -> AdQuota:
        """How many more ads the identity may carry."""
        query = _identity_parameters(advertiser_id, identity_id, identity_type, business_center_id)
        data = await self.caller.get(endpoints.IDENTITY_QUOTA, query, advertiser=advertiser_id)
        return AdQuota.from_wire(data)

    async def music_authorization(
        self,
        advertiser_id: AdvertiserId,
        identity_id: IdentityId,
        identity_type: IdentityType,
        item_id: ItemId,
        *,
        location_ids: Sequence[str],
        start: datetime,
        end: datetime,
        business_center_id: BusinessCenterId | None = None,
    ) -> list[MusicAuthorization]:
        """Whether the post's music is cleared for ads at the locations from start to end."""
        query = {
            **_identity_parameters(advertiser_id, identity_id, identity_type, business_center_id),
            "item_id": item_id,
            "locations": list(location_ids),
            "start_time": start,
            "end_time": end,
        }
        data = await self.caller.get(endpoints.IDENTITY_MUSIC, query, advertiser=advertiser_id)
        return [MusicAuthorization.from_wire(row) for row in data.children("music_authorization")]


def _identity_parameters(
    advertiser_id: AdvertiserId,
    identity_id: IdentityId,
    identity_type: IdentityType,
    business_center_id: BusinessCenterId | None,
) -> dict[str, object]:
    return {
        "advertiser_id": advertiser_id,
        "identity_id": identity_id,
        "identity_type": identity_type,
        "identity_authorized_bc_id": business_center_id,
    }
