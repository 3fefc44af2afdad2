"""`/file/*/ad/*`: videos and images of an ad account, for ads of uploads (Push). Source: open SDK, models `file_*`."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

import msgspec

from tiktok_business.ids import AdvertiserId
from tiktok_business.protocol import endpoints
from tiktok_business.protocol.calls import Caller, File
from tiktok_business.protocol.fields import Fields
from tiktok_business.protocol.paging import each_numbered

LARGEST_PAGE = 100


def signature_of(content: bytes) -> str:
    """The MD5 that TikTok asks for and shows again: what finds an upload after a lost reply."""
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


class LibraryVideo(msgspec.Struct, frozen=True, kw_only=True):
    """A video of an ad account. `cover_url` and `preview_url` end after some hours."""

    video_id: str
    file_name: str
    signature: str
    seconds: float | None
    cover_url: str | None
    preview_url: str | None
    created_at: datetime | None

    @classmethod
    def from_wire(cls, row: Fields) -> LibraryVideo:
        """Read one of the answer of an upload, or of `list`."""
        return cls(
            video_id=row.id("video_id"),
            file_name=row.text("file_name"),
            signature=row.text("signature"),
            seconds=row.number("duration"),
            cover_url=row.find_text("video_cover_url"),
            preview_url=row.find_text("preview_url"),
            created_at=row.time("create_time"),
        )


class LibraryImage(msgspec.Struct, frozen=True, kw_only=True):
    """An image of an ad account."""

    image_id: str
    file_name: str
    signature: str

    @classmethod
    def from_wire(cls, row: Fields) -> LibraryImage:
        """Read the answer of an upload, or one of `list`."""
        return cls(
            image_id=row.id("image_id"),
            file_name=row.text("file_name"),
            signature=row.text("signature"),
        )


@dataclass(frozen=True, slots=True)
class Library:
    """Files of an ad account. Uploading twice makes two files: after a lost reply look for the signature."""

    caller: Caller

    async def upload_video(
        self, advertiser_id: AdvertiserId, content: bytes, *, file_name: str
    ) -> LibraryVideo:
        """Upload a video; .mp4, .mov, .mpeg, .3gp or .avi of up to 500 MB (R5). Names are taken once."""
        rows = await self.caller.upload(
            endpoints.VIDEO_UPLOAD,
            {
                "advertiser_id": advertiser_id,
                "upload_type": "UPLOAD_BY_FILE",
                "file_name": file_name,
                "video_signature": signature_of(content),
            },
            File("video_file", file_name, content),
            advertiser=advertiser_id,
        )
        return LibraryVideo.from_wire(rows[0])

    async def upload_image(
        self, advertiser_id: AdvertiserId, content: bytes, *, file_name: str
    ) -> LibraryImage:
        """Upload an image, as the cover of a video."""
        rows = await self.caller.upload(
            endpoints.IMAGE_UPLOAD,
            {
                "advertiser_id": advertiser_id,
                "upload_type": "UPLOAD_BY_FILE",
                "file_name": file_name,
                "image_signature": signature_of(content),
            },
            File("image_file", file_name, content),
            advertiser=advertiser_id,
        )
        return LibraryImage.from_wire(rows[0])

    async def upload_image_at(
        self, advertiser_id: AdvertiserId, url: str, *, file_name: str
    ) -> LibraryImage:
        """Have TikTok fetch an image, such as the cover that it made of a video."""
        body = {
            "advertiser_id": advertiser_id,
            "upload_type": "UPLOAD_BY_URL",
            "file_name": file_name,
            "image_url": url,
        }
        answer = await self.caller.post(endpoints.IMAGE_UPLOAD, body, advertiser=advertiser_id)
        return LibraryImage.from_wire(answer.data)

    async def each_video(self, advertiser_id: AdvertiserId) -> AsyncIterator[LibraryVideo]:
        """Yield the account's videos."""
        async for row in each_numbered(
            self.caller, endpoints.VIDEO_SEARCH, {"advertiser_id": advertiser_id},
            LibraryVideo.from_wire, lambda video: video.video_id,
            advertiser=advertiser_id, page_size=LARGEST_PAGE,
        ):  # fmt: skip
            yield row

    async def each_image(self, advertiser_id: AdvertiserId) -> AsyncIterator[LibraryImage]:
        """Yield the account's images."""
        async for row in each_numbered(
            self.caller, endpoints.IMAGE_SEARCH, {"advertiser_id": advertiser_id},
            LibraryImage.from_wire, lambda image: image.image_id,
            advertiser=advertiser_id, page_size=LARGEST_PAGE,
        ):  # fmt: skip
            yield row
