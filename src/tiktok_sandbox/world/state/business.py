"""The business around the ads: shops, videos, images and identities of an ad account."""

from __future__ import annotations

from datetime import datetime

from tiktok_sandbox.world.state.entities import Qualities, Record


class Store(Record, kw_only=True):
    """A TikTok Shop. spu_ids: product id on the shop → sku; handles: its own accounts."""

    store_id: str
    name: str
    bc_id: str
    region: str
    currency: str
    advertiser_ids: list[str]
    handles: list[str]
    spu_ids: dict[str, str]
    # The ad account that may run GMV Max for the store, once one has asked for it.
    exclusive_advertiser_id: str | None = None


class Video(Record, kw_only=True):
    """A video in an ad account's library. `qualities` are latent truth, as a post's."""

    video_id: str
    material_id: str
    advertiser_id: str
    file_name: str
    signature: str
    created_at: datetime
    duration_seconds: float
    width: int
    height: int
    size: int
    sku: str
    qualities: Qualities
    source_item_id: str | None = None


class Image(Record, kw_only=True):
    """An image in an ad account's library."""

    image_id: str
    material_id: str
    advertiser_id: str
    file_name: str
    signature: str
    created_at: datetime
    width: int
    height: int
    size: int


class CustomUser(Record, kw_only=True):
    """An identity of type CUSTOMIZED_USER: a name and a picture, no TikTok account."""

    identity_id: str
    advertiser_id: str
    display_name: str
    image_uri: str
    created_at: datetime
    is_deleted: bool = False


class Live(Record, kw_only=True):
    """A LIVE session of a TikTok account; `finished_at` is None while it runs."""

    live_id: str
    handle: str
    started_at: datetime
    finished_at: datetime | None
