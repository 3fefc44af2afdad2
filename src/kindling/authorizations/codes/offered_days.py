"""The days that TikTok offers for an ad authorization (R16)."""

from __future__ import annotations

from kindling.errors import InvalidInputError
from tiktok_business import Days

OFFERED = [option.value for option in Days]


def check_days(days: int) -> None:
    """Raise InvalidInputError for days that TikTok does not offer."""
    if days not in OFFERED:
        raise InvalidInputError(
            f"TikTok does not offer {days} days.",
            next_step=f"Choose one of {', '.join(map(str, OFFERED))}.",
        )
