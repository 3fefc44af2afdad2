"""TikTok posts as several endpoints describe them. Source: tt_video and identity pages, v1.3."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from tiktok_business.ids import ItemId
from tiktok_business.protocol.fields import Fields


class ItemType(StrEnum):
    """What a post is."""

    VIDEO = "VIDEO"
    CAROUSEL = "CAROUSEL"


class ItemStatus(StrEnum):
    """Whether a post can be shown. Unknown values may come: compare, do not match."""

    PUBLIC = "HESITATE_RECOMMEND"
    FRIENDS_ONLY = "ONLY_FRIEND_SEE"
    AUTHOR_ONLY = "ONLY_AUTHOR_SEE"
    TAKEN_DOWN = "ONLY_USER_PASS"
    DELETED_BY_USER = "USER_DELETE"
    DELETED_BY_MODERATION = "AUDIT_DELETE"
    UNDER_REVIEW = "REVIEW_PENDING"


class AuthStatus(StrEnum):
    """State of a code's binding. Anything but AUTHORIZED is unusable."""

    AUTHORIZED = "AUTHORIZED"
    # Seen in third-party clients only; a cancelled one may have a spelling of its own.
    EXPIRED = "EXPIRED"


def item_status(text: str) -> str:
    """One spelling: identity endpoints write ITEM_STATUS_… or STATUS_… before the same names."""
    return text.removeprefix("ITEM_").removeprefix("STATUS_")


class VideoFile(msgspec.Struct, frozen=True, kw_only=True):
    """The video of a post. All values are absent for carousels and posts that are not visible.

    duration_seconds, size_bytes, width_pixels, height_pixels : None when TikTok gives 0 or nothing
    poster_url, preview_url : live one hour; never store them
    """

    video_id: str | None
    duration_seconds: float | None
    size_bytes: int | None
    width_pixels: int | None
    height_pixels: int | None
    poster_url: str | None
    preview_url: str | None
    signature: str | None

    @classmethod
    def from_wire(cls, video: Fields) -> VideoFile:
        """Read `video_info`; the preview is called `url` in identity endpoints."""
        return cls(
            video_id=video.find_id("video_id"),
            duration_seconds=video.number("duration") or None,
            size_bytes=video.integer("size") or None,
            width_pixels=video.integer("width") or None,
            height_pixels=video.integer("height") or None,
            poster_url=video.find_text("poster_url"),
            preview_url=video.find_text("preview_url") or video.find_text("url"),
            signature=video.find_text("signature"),
        )


class Anchor(msgspec.Struct, frozen=True, kw_only=True):
    """A link on a post, e.g. to a product."""

    anchor_id: str | None
    title: str
    status: str
    url: str | None
    product_id: str | None
    product_name: str | None
    store_id: str | None

    @classmethod
    def from_wire(cls, anchor: Fields) -> Anchor:
        """Read one of `anchor_list`."""
        return cls(
            anchor_id=anchor.find_id("id") or anchor.find_id("Id"),  # the live service writes it so
            title=anchor.text("title"),
            status=anchor.text("status"),
            url=anchor.find_text("url"),
            product_id=anchor.find_id("spu_id"),
            product_name=anchor.find_text("spu_name"),
            store_id=anchor.find_id("store_id"),
        )


class Authorization(msgspec.Struct, frozen=True, kw_only=True):
    """How long a post may be used by code. `status` is None where the endpoint does not tell."""

    status: str | None
    invited_at: datetime | None
    starts_at: datetime | None
    ends_at: datetime | None

    @classmethod
    def from_wire(cls, auth: Fields) -> Authorization:
        """Read `auth_info`; the invitation's field has another name in identity endpoints."""
        return cls(
            status=auth.find_text("ad_auth_status"),
            invited_at=auth.time("invite_start_time") or auth.time("invite_start_time_stamp"),
            starts_at=auth.time("auth_start_time"),
            ends_at=auth.time("auth_end_time"),
        )

    def holds_at(self, moment: datetime) -> bool:
        """Whether the post may be used at an instant, as far as this answer tells."""
        return (
            self.status in (None, AuthStatus.AUTHORIZED)
            and self.ends_at is not None
            and (self.starts_at or moment) <= moment < self.ends_at
        )


class Post(msgspec.Struct, frozen=True, kw_only=True):
    """A post of an identity. `authorization` is None except for AUTH_CODE identities."""

    item_id: ItemId
    item_type: str
    status: str
    text: str
    authorization: Authorization | None
    video: VideoFile | None
    image_urls: tuple[str, ...]
    anchors: tuple[Anchor, ...]

    @property
    def is_public(self) -> bool:
        """Whether everybody can see the post."""
        return self.status == ItemStatus.PUBLIC

    @classmethod
    def from_wire(cls, post: Fields) -> Post:
        """Read one of `video_list` or `video_details`."""
        auth = post.find_child("auth_info")
        video = post.find_child("video_info")
        return cls(
            item_id=ItemId(post.id("item_id")),
            item_type=post.text("item_type") or ItemType.VIDEO,
            status=item_status(post.text("status")),
            text=post.text("text"),
            authorization=Authorization.from_wire(auth) if auth else None,
            video=VideoFile.from_wire(video) if video else None,
            image_urls=image_urls(post),
            anchors=tuple(Anchor.from_wire(anchor) for anchor in post.children("anchor_list")),
        )


def image_urls(post: Fields) -> tuple[str, ...]:
    """The pictures of a photo post; the links live 90 days."""
    images = post.child("carousel_info").children("image_info")
    return tuple(image.text("image_url") for image in images if image.text("image_url"))
