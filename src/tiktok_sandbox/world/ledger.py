"""Growing tables of whole numbers: what happened in each hour, to which ad or post."""

from __future__ import annotations

import numpy as np

from tiktok_sandbox.world.randomness import IntArray

AD_HOUR = (
    "tick",
    "ad",
    "post",
    "spend_minor",
    "impressions",
    "views_2s",
    "views_6s",
    "views_p25",
    "views_p50",
    "views_p75",
    "views_p100",
    "watch_seconds",
    "clicks",
    "likes",
    "comments",
    "shares",
    "favorites",
    "follows",
    "profile_visits",
)
POST_HOUR = (
    "tick",
    "post",
    "views",
    "likes",
    "comments",
    "shares",
    "favorites",
    "full_views",
    "watch_seconds",
    "follows",
)
CONVERSION = ("tick", "ad", "placed_second", "value_minor")

SMALLEST_ROOM = 256


class Ledger:
    """Rows of int64 with named columns; rows are only ever appended, in order of their tick."""

    def __init__(self, columns: tuple[str, ...]) -> None:
        self.columns = columns
        self._place = {name: i for i, name in enumerate(columns)}
        self._room: IntArray = np.zeros((SMALLEST_ROOM, len(columns)), dtype=np.int64)
        self._length = 0

    def __len__(self) -> int:
        return self._length

    @property
    def rows(self) -> IntArray:
        """All rows, shape (rows, columns); a view, not to be written to."""
        return self._room[: self._length]

    def column(self, name: str) -> IntArray:
        return self.rows[:, self._place[name]]

    def place(self, name: str) -> int:
        return self._place[name]

    def append(self, rows: IntArray) -> None:
        """Add rows of shape (n, columns)."""
        needed = self._length + len(rows)
        if needed > len(self._room):
            room = np.zeros((max(needed, 2 * len(self._room)), len(self.columns)), dtype=np.int64)
            room[: self._length] = self.rows
            self._room = room
        self._room[self._length : needed] = rows
        self._length = needed

    def to_bytes(self) -> bytes:
        return self.rows.astype("<i8").tobytes()

    @classmethod
    def from_bytes(cls, columns: tuple[str, ...], data: bytes) -> Ledger:
        ledger = cls(columns)
        rows = np.frombuffer(data, dtype="<i8").reshape(-1, len(columns)).astype(np.int64)
        ledger.append(rows)
        return ledger
