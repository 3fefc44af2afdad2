"""What goes wrong for a time, and studies that keep a part of the people from seeing ads."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from tiktok_sandbox.world.state.entities import Record

TroubleKind = Literal[
    "under_delivery",
    "price_shock",
    "rejection",
    "pixel_outage",
    "tracking_gap",
    "stock_out",
    "sceptical_thread",
]


class Trouble(Record, kw_only=True):
    """subject : the ad group, ad, ad account, product or post it befalls, by the kind.

    size : how bad, by the kind: the part of the target that is still spent, the factor of the rivals'
    level, or by how much the thread's climate falls. `kept` is what was before, to be put back.
    """

    trouble_id: str
    kind: TroubleKind
    subject: str
    start_at: datetime
    end_at: datetime
    size: float
    is_applied: bool = False
    is_over: bool = False
    kept: float | None = None


class LiftStudy(Record, kw_only=True):
    """A holdout: `holdout_share` of the people that the ad groups target see none of their ads."""

    study_id: str
    advertiser_id: str
    adgroup_ids: list[str]
    holdout_share: float
    start_at: datetime
    end_at: datetime
