"""Names of campaigns, ad groups and ads: generated, and parsed back. Source: domain reference §9."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

MAX_LENGTH = 512  # TikTok's limit for names; emoji are refused, so names stay [a-z0-9.-] anyway
AD_FIELDS = (
    "date", "brand", "market", "sku", "creator", "post6", "format", "usecase", "angle", "hook",
    "offer", "length", "rights_end", "version",
)  # fmt: skip
ADGROUP_FIELDS = ("audience", "optimisation", "bid", "placement", "post6", "test", "version")
CAMPAIGN_FIELDS = ("brand", "market", "objective", "strategy", "audience", "yymm", "version")
NONE = "na"


def field(value: str) -> str:
    """One name field: lower case, only [a-z0-9.-]; "na" when nothing is left."""
    cleaned = re.sub(r"[^a-z0-9.]+", "-", value.lower()).strip("-")
    return cleaned or NONE


@dataclass(frozen=True, slots=True)
class AdName:
    """The fields of an ad's name. `version` ends in the plan's token, which makes the name unique."""

    on: date
    brand: str
    market: str
    sku: str
    creator: str
    item_id: str
    rights_end: date | None
    version: str
    format: str = "spark-pull"
    usecase: str = ""
    angle: str = ""
    hook: str = ""
    offer: str = ""
    length_seconds: float | None = None

    def render(self) -> str:
        length = f"{round(self.length_seconds)}s" if self.length_seconds else NONE
        end = f"{self.rights_end:%y%m%d}" if self.rights_end else NONE
        parts = (
            f"{self.on:%y%m%d}", self.brand, self.market, self.sku, self.creator, self.item_id[-6:],
            self.format, self.usecase, self.angle, self.hook, self.offer, length, end, self.version,
        )  # fmt: skip
        return join(*parts)


def join(*parts: str) -> str:
    return "_".join(field(part) for part in parts)[:MAX_LENGTH]


def parse(name: str, fields: tuple[str, ...]) -> dict[str, str] | None:
    """The fields of a generated name; None when somebody edited it out of shape (a drift notice)."""
    parts = name.split("_")
    if len(parts) != len(fields) or any(part != field(part) for part in parts):
        return None
    return dict(zip(fields, parts, strict=True))
