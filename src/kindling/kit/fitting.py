"""Text that others send, as long as its column takes: PostgreSQL refuses the whole write for one that is longer."""

from __future__ import annotations

from typing import Any

from django.db import models


def fitted(model: type[models.Model], **told: Any) -> dict[str, Any]:
    """Values by their columns: a text without U+0000 and cut to its column's length, anything else as it is.

    Not for what rows are found by: a shorter id is another's (`fitting_id`).
    """
    return {name: _fit(model, name, value) for name, value in told.items()}


def _fit(model: type[models.Model], name: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return value.replace("\0", "")[: _length(model, name)]


def _length(model: type[models.Model], name: str) -> int | None:
    """The most characters that a column takes; None for any number."""
    found: int | None = getattr(model._meta.get_field(name), "max_length", None)
    return found


def fitting_id(model: type[models.Model], name: str, told: str) -> str:
    """An id as it was told; "" where it is longer than its column, which no id of TikTok is."""
    most = _length(model, name)
    return "" if most is not None and len(told) > most else told
