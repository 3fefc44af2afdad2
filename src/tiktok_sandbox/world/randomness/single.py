"""Draws for one thing at a time, as a pure function of its key; for what is made only when read.

`randomness` makes arrays for whole ticks; this makes the few numbers of one comment or answer.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")
BLOCK = struct.Struct(">8Q")


class Draws:
    """Numbers in [0, 1) in a fixed order, from (seed, purpose, keys) alone."""

    def __init__(self, seed: int, purpose: str, *keys: object) -> None:
        self._key = "|".join(map(str, (seed, purpose, *keys))).encode()
        self._block = 0
        self._words: list[int] = []

    def unit(self) -> float:
        if not self._words:
            digest = hashlib.blake2b(
                self._key, digest_size=64, salt=self._block.to_bytes(8, "big")
            ).digest()
            self._words = list(BLOCK.unpack(digest))
            self._block += 1
        return self._words.pop() / 2**64

    def pick(self, choices: Sequence[T]) -> T:
        return choices[int(self.unit() * len(choices))]

    def chance(self, probability: float) -> bool:
        return self.unit() < probability

    def weighted(self, weights: dict[str, float]) -> str:
        """A name, with probability in proportion to its weight."""
        left = self.unit() * sum(weights.values())
        for name, weight in weights.items():
            left -= weight
            if left < 0:
                return name
        return next(reversed(weights))
