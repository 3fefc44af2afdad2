"""Custom audiences of an ad account: kept and shown, nobody is targeted by them."""

from __future__ import annotations

from datetime import datetime

from tiktok_sandbox.world.state.entities import Record


class AudienceUse(Record, kw_only=True):
    """An ad group that an audience was applied to: included in its targeting, or excluded."""

    is_included: bool
    applied_at: datetime


class Audience(Record, kw_only=True):
    """kind is the wire's audience_type, like "Customer File Audience"."""

    audience_id: str
    advertiser_id: str
    name: str
    kind: str
    sub_kind: str
    created_at: datetime
    cover_num: int
    calculate_type: str | None = None
    rule: str | None = None
    lookalike: dict[str, object] | None = None
    retention_days: int | None = None
    history: list[dict[str, str]] = []
    # Ad group → how it uses the audience, and since when.
    uses: dict[str, AudienceUse] = {}
    # Ad account → whether it may use the audience still.
    shares: dict[str, bool] = {}


class AudienceFile(Record, kw_only=True):
    """An uploaded list of people; of its content only the number of lines is kept."""

    file_path: str
    advertiser_id: str
    calculate_type: str
    lines: int
