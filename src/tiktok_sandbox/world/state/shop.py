"""The shop beside its orders: collaborations with creators, and who may ask about it."""

from __future__ import annotations

from datetime import datetime

from tiktok_sandbox.world.state.entities import Record

OPEN, TARGET = "open", "target"


class Collaboration(Record, kw_only=True):
    """What creators earn for selling products. It holds from starts_at to before ends_at.

    kind : "open" is for everybody, "target" for `handles` only
    removed : handle → from when it holds no more for this creator
    rates : sku → basis points of what an order brings
    """

    collaboration_id: str
    kind: str
    name: str
    rates: dict[str, int]
    handles: list[str] = []
    removed: dict[str, datetime] = {}
    starts_at: datetime
    ends_at: datetime | None = None
    created_at: datetime
    modified_at: datetime
    fields: dict[str, object] = {}


class ShopGrant(Record, kw_only=True):
    """A seller-side token pair. Both tokens are secrets; they end in simulated time."""

    token: str
    refresh_token: str
    store_ids: list[str]
    access_ends_at: datetime
    refresh_ends_at: datetime

    def __repr__(self) -> str:
        return f"ShopGrant(store_ids={self.store_ids!r})"
