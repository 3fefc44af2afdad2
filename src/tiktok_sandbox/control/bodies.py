"""Reading the JSON bodies of control calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tiktok_sandbox.runtime.hub import Hub

Body = Mapping[str, Any]
Act = Callable[["Hub", Body], object]


class BadRequestError(Exception):
    """The control call makes no sense; the message says what to send instead."""


def read_instant(text: str) -> datetime:
    """An ISO 8601 instant with its zone. Raises BadRequestError."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise BadRequestError(f"{text!r} is not an ISO 8601 instant") from None
    if instant.tzinfo is None:
        raise BadRequestError(f"{text!r} has no time zone; write …Z or an offset")
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        raise BadRequestError(f"{text!r} is not an instant of our calendar") from None
