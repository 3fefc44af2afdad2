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
LONGEST_NOTE = 40  # of a note in a name, so that the token at its end is never cut off
HANDLE = re.compile(r"[a-z0-9.-]+")


def field(value: str) -> str:
    """One name field: lower case, only [a-z0-9.-]; "na" when nothing is left."""
    cleaned = re.sub(r"[^a-z0-9.]+", "-", value.lower()).strip("-")
    return cleaned or NONE


def handle_field(handle: str) -> str:
    """A handle as a name field. TikTok's handles have no "-", so each "_" becomes one and can be told back."""
    return re.sub(r"[^a-z0-9.-]", "", handle.lower().replace("_", "-")) or NONE


def handle_of(part: str) -> str:
    """The handle of a name field."""
    return "" if part == NONE else part.replace("-", "_")


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
        notes = [
            field(note)[:LONGEST_NOTE].strip("-")
            for note in (self.usecase, self.angle, self.hook, self.offer)
        ]
        first = (field(f"{self.on:%y%m%d}"), field(self.brand), field(self.market), field(self.sku))
        rest = (field(self.item_id[-6:]), field(self.format), *notes, field(length), field(end))
        return "_".join((*first, handle_field(self.creator), *rest, field(self.version)))[
            :MAX_LENGTH
        ]


def join(*parts: str) -> str:
    return "_".join(field(part) for part in parts)[:MAX_LENGTH]


def parse(name: str, fields: tuple[str, ...]) -> dict[str, str] | None:
    """The fields of a generated name; None when somebody edited it out of shape (a drift notice).

    `creator` is told as the handle itself.
    """
    parts = name.split("_")
    if len(parts) != len(fields):
        return None
    told = dict(zip(fields, parts, strict=True))
    if not all(_is_field(key, part) for key, part in told.items()):
        return None
    if told.get("creator", NONE) != NONE:
        told["creator"] = handle_of(told["creator"])
    return told


def _is_field(key: str, part: str) -> bool:
    return bool(HANDLE.fullmatch(part)) if key == "creator" else part == field(part)
