"""`/tt_video/*`: binding creators' posts by Spark Ads code.

Source: reference pages 1738376435339265, 1738376324021250, 1738376465972226, 1738376509936641.
None of these are in the official SDK or in TikTok's sandbox.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

import msgspec

from tiktok_business.ids import AdvertiserId, IdentityId, ItemId
from tiktok_business.protocol import endpoints
from tiktok_business.protocol.calls import Caller
from tiktok_business.protocol.fields import Fields
from tiktok_business.protocol.paging import each_numbered
from tiktok_business.resources.posts import (
    Anchor,
    Authorization,
    ItemStatus,
    ItemType,
    VideoFile,
    image_urls,
    item_status,
)
from tiktok_business.secret import Secret

LARGEST_PAGE = 50


class VideoInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A post as its Spark Ads code shows it. `auth_code` prints as a mask.

    stitch_of, duet_of : the other post, None when this is no stitch or duet
    authorization.status : None from `info`, which does not tell; `each` does
    """

    item_id: ItemId
    item_type: str
    status: str
    text: str
    auth_code: Secret | None
    authorization: Authorization
    creator_name: str
    identity_id: IdentityId | None
    identity_type: str
    video: VideoFile | None
    image_urls: tuple[str, ...]
    anchors: tuple[Anchor, ...]
    stitch_of: ItemId | None
    duet_of: ItemId | None
    is_multi_duet_stitch: bool
    mentioned_item_ids: tuple[ItemId, ...]

    @property
    def is_public(self) -> bool:
        """Whether everybody can see the post; only then is it fully usable."""
        return self.status == ItemStatus.PUBLIC

    @property
    def needs_original_code(self) -> bool:
        """Whether binding also needs the code of the post it duets, stitches or mentions."""
        return bool(self.stitch_of or self.duet_of or self.mentioned_item_ids)

    @classmethod
    def from_wire(cls, data: Fields) -> VideoInfo:
        """Read the four groups `item_info`, `auth_info`, `user_info`, `video_info`."""
        item, user = data.child("item_info"), data.child("user_info")
        code = item.find_text("auth_code")
        stitch_of = item.find_id("stitch_original_item_id")
        duet_of = item.find_id("duet_original_item_id")
        identity = user.find_id("identity_id")
        video = data.find_child("video_info")
        return cls(
            item_id=ItemId(item.id("item_id")),
            item_type=item.text("item_type") or ItemType.VIDEO,
            status=item_status(item.text("status")),
            text=item.text("text"),
            auth_code=Secret(code) if code else None,
            authorization=Authorization.from_wire(data.child("auth_info")),
            creator_name=user.text("tiktok_name"),
            identity_id=IdentityId(identity) if identity else None,
            identity_type=user.text("identity_type"),
            video=VideoFile.from_wire(video) if video else None,
            image_urls=image_urls(item),
            anchors=tuple(Anchor.from_wire(anchor) for anchor in item.children("anchor_list")),
            stitch_of=ItemId(stitch_of) if stitch_of else None,
            duet_of=ItemId(duet_of) if duet_of else None,
            is_multi_duet_stitch=bool(item.flag("is_multi_duet_stitch")),
            mentioned_item_ids=tuple(ItemId(i) for i in item.ids("mentioned_item_ids")),
        )


@dataclass(frozen=True, slots=True)
class TTVideo:
    """Spark Ads codes: look, bind, list, unbind."""

    caller: Caller

    async def authorize(
        self,
        advertiser_id: AdvertiserId,
        auth_code: Secret | str,
        original_post_auth_code: Secret | str | None = None,
    ) -> None:
        """Bind a post to the ad account by its code.

        original_post_auth_code : code of the post this one duets, stitches or mentions
        raises : SparkCodeError with the reason and who must act; OutcomeUnknownError when the
            reply was lost: `each` then tells whether it is bound
        """
        original = Secret.of(original_post_auth_code) if original_post_auth_code else None
        await self.caller.post(
            endpoints.TT_VIDEO_AUTHORIZE,
            {
                "advertiser_id": advertiser_id,
                "auth_code": Secret.of(auth_code),
                "original_post_auth_code": original,
            },
            advertiser=advertiser_id,
        )

    async def info(self, advertiser_id: AdvertiserId, auth_code: Secret | str) -> VideoInfo:
        """The post behind a code. Whether it answers before binding is not documented."""
        data = await self.caller.get(
            endpoints.TT_VIDEO_INFO,
            {"advertiser_id": advertiser_id, "auth_code": Secret.of(auth_code)},
            advertiser=advertiser_id,
        )
        return VideoInfo.from_wire(data)

    async def each(
        self,
        advertiser_id: AdvertiserId,
        *,
        item_types: Sequence[ItemType] = (ItemType.VIDEO, ItemType.CAROUSEL),
        keyword: str | None = None,
    ) -> AsyncIterator[VideoInfo]:
        """Yield every bound post, expired ones too until they are unbound: the truth on bindings.

        keyword : part of the caption, or a whole item id
        """
        query = {
            "advertiser_id": advertiser_id,
            "item_types": list(item_types),
            "keyword": keyword,
        }
        async for row in each_numbered(
            self.caller,
            endpoints.TT_VIDEO_LIST,
            query,
            VideoInfo.from_wire,
            # A post may be bound by more than one code.
            lambda post: (post.item_id, post.auth_code),
            advertiser=advertiser_id,
            page_size=LARGEST_PAGE,
        ):
            yield row

    async def unbind(self, advertiser_id: AdvertiserId, item_id: ItemId) -> None:
        """Take a post whose authorization has ended off the account."""
        await self.caller.post(
            endpoints.TT_VIDEO_UNBIND,
            {"advertiser_id": advertiser_id, "item_id": item_id},
            advertiser=advertiser_id,
        )
