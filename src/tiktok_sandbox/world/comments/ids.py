"""Ids of drawn comments: they hold the post and the place in its thread, and do not tell the order."""

from __future__ import annotations

import re
from functools import lru_cache

from tiktok_sandbox.world.randomness.columns import key

DRAWN = "72"
ROOM_BITS, PLACE_BITS = 56, 32


@lru_cache(maxsize=16)
def _scramble(seed: int) -> tuple[int, int, int]:
    """Factor, its inverse and offset modulo 2**ROOM_BITS, so that ids do not tell the order."""
    first, second = key(seed, "comment.id")
    factor = (first | 1) % 2**ROOM_BITS
    return factor, pow(factor, -1, 2**ROOM_BITS), second % 2**ROOM_BITS


def encode(seed: int, post: int, number: int) -> str:
    """A comment's id: 19 digits that hold the post and the place in its thread."""
    factor, _, offset = _scramble(seed)
    return f"{DRAWN}{((post << PLACE_BITS | number) * factor + offset) % 2**ROOM_BITS:017d}"


def decode(seed: int, comment_id: str) -> tuple[int, int] | None:
    """(post, number) of a drawn comment's id; None when it is not one."""
    if not re.fullmatch(DRAWN + r"\d{17}", comment_id):
        return None
    value = int(comment_id[len(DRAWN) :])
    if value >= 2**ROOM_BITS:
        return None
    _, inverse, offset = _scramble(seed)
    whole = (value - offset) * inverse % 2**ROOM_BITS
    return whole >> PLACE_BITS, whole % 2**PLACE_BITS
