"""The days that TikTok offers for an ad authorization (R16): a setting, since sources disagree."""

from __future__ import annotations

from django.conf import settings

from kindling.errors import InvalidInputError


def offered_days() -> tuple[int, ...]:
    """The days that can be asked for, the fewest first."""
    days: tuple[int, ...] = settings.KINDLING_AUTHORIZATION_DAYS
    return days


def check_days(days: int) -> None:
    """Raise InvalidInputError for days that TikTok does not offer."""
    if days not in offered_days():
        raise InvalidInputError(
            f"TikTok does not offer {days} days.",
            next_step=f"Choose one of {', '.join(map(str, offered_days()))}.",
            field="days",
        )
