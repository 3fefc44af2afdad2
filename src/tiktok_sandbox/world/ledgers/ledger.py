"""Growing tables of whole numbers: what happened in each hour, to which ad or post."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tiktok_sandbox.world.randomness.columns import IntArray

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
    "profile_visits",
)
# ref: the ad, post or product that brought the order, by number; -1 is "none" everywhere.
ORDER = (
    "tick",
    "source",
    "ref",
    "post",
    "product",
    "clicked_second",
    "placed_second",
    "quantity",
    "gross_minor",
    "discount_minor",
    "refund_minor",
    "refunded_second",
    "landing",
    "credited_ad",
    "credit",
)
# Conversions by events that were received and count; credit as of an order, order its row or -1.
CONVERSION = (
    "tick",
    "ad",
    "click_tick",
    "credit",
    "event_second",
    "arrived_second",
    "value_minor",
    "order",
)
# Who caused an order, and whom the platform credits with it.
DIRECT, FREE, PAID = 0, 1, 2
BY_CLICK, BY_VIEW = 1, 2
NOBODY = -1

SMALLEST_ROOM = 256
# Four bytes a figure: an hour's counts, minor units of an order and seconds until 2038 fit.
Rows = NDArray[np.int32]


class Ledger:
    """Rows of int32 with named columns, in order of their tick; rows are appended, hardly ever changed."""

    def __init__(self, columns: tuple[str, ...]) -> None:
        self.columns = columns
        self._place = {name: i for i, name in enumerate(columns)}
        self._room: Rows = np.zeros((SMALLEST_ROOM, len(columns)), dtype=np.int32)
        self._length = 0

    def __len__(self) -> int:
        return self._length

    @property
    def rows(self) -> Rows:
        """All rows, shape (rows, columns); a view, not to be written to."""
        return self._room[: self._length]

    def column(self, name: str) -> IntArray:
        """One column as int64, shape (rows,)."""
        return self.rows[:, self._place[name]].astype(np.int64)

    def place(self, name: str) -> int:
        return self._place[name]

    def since(self, tick: int) -> Rows:
        """The rows of this tick and later ones."""
        return self.rows[np.searchsorted(self.rows[:, 0], tick) :]

    def until(self, tick: int) -> Rows:
        """The rows of ticks before this one."""
        return self.rows[: np.searchsorted(self.rows[:, 0], tick)]

    def append(self, rows: IntArray) -> None:
        """Add rows of shape (n, columns)."""
        needed = self._length + len(rows)
        if needed > len(self._room):
            room = np.zeros((max(needed, 2 * len(self._room)), len(self.columns)), dtype=np.int32)
            room[: self._length] = self.rows
            self._room = room
        self._room[self._length : needed] = rows
        self._length = needed

    def put(self, column: str, values: IntArray) -> None:
        """Write a column of the last rows anew, as many as there are values."""
        start = self._length - len(values)
        self._room[start : self._length, self._place[column]] = values

    def sort_since(self, tick: int) -> None:
        """Put the rows of this tick and later ones in order of their tick; equals stay as they are."""
        low = int(np.searchsorted(self.rows[:, 0], tick))
        rows = self.rows[low:]
        self._room[low : self._length] = rows[np.argsort(rows[:, 0], kind="stable")]

    def places(self, first: int, last: int) -> tuple[int, int]:
        """Where the rows of ticks from `first` to before `last` stand."""
        low, high = np.searchsorted(self.rows[:, 0], (first, last))
        return int(low), int(high)

    def replace(self, first: int, last: int, rows: IntArray) -> None:
        """Put `rows` in the place of those from `first` to before `last`; never more of them."""
        rest = self.rows[last:].copy()
        self._room[first : first + len(rows)] = rows
        self._length = first + len(rows) + len(rest)
        self._room[first + len(rows) : self._length] = rest

    def amend(self, places: IntArray, name: str, value: int) -> None:
        """Give one column of some rows another value."""
        self.rows[places, self._place[name]] = value

    def to_bytes(self) -> bytes:
        return self.rows.astype("<i4").tobytes()

    @classmethod
    def from_bytes(cls, columns: tuple[str, ...], data: bytes) -> Ledger:
        ledger = cls(columns)
        ledger.append(np.frombuffer(data, dtype="<i4").reshape(-1, len(columns)).astype(np.int64))
        return ledger


def audience_columns(segments: int) -> tuple[str, ...]:
    """Impressions of an ad hour by kind of viewer; row i belongs to row i of the ad hours."""
    return ("tick", "ad", *(f"segment_{number}" for number in range(segments)))
