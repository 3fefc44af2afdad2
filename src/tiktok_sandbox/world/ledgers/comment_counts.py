"""How many comments each post got in each hour and from which ad, read off the ledgers."""

from __future__ import annotations

from typing import Any

import numpy as np

from tiktok_sandbox.world.ledgers.ledger import Ledger
from tiktok_sandbox.world.randomness.columns import IntArray

ORGANIC = -1
COLUMNS = 4
MOST_REMEMBERED = 200_000


class CommentCounts:
    """Rows (post, tick, source, count), for hours with comments only; source is an ad or ORGANIC.

    The ledgers only grow, so each is read once; nothing of this is saved.
    """

    def __init__(self) -> None:
        self._read = [0, 0]
        self._parts: list[IntArray] = []
        self._rows: IntArray = np.zeros((0, COLUMNS), dtype=np.int64)
        self._remembered: dict[int, dict[int, Any]] = {}
        # By (post, hour of a refresh, acts so far): moods of threads, see comments/climate.py.
        self.moods: dict[tuple[int, int, int], Any] = {}

    def remembered(self, post: int) -> dict[int, Any]:
        """What has been drawn of a post's thread, by place: reading it again costs nothing."""
        if sum(map(len, self._remembered.values())) > MOST_REMEMBERED:
            self._remembered.clear()
        return self._remembered.setdefault(post, {})

    def posts_of(self, ads: list[int], *, post_hours: Ledger, ad_hours: Ledger) -> list[int]:
        """Numbers of the posts that got comments through these ads."""
        self._read_on(post_hours, ad_hours)
        found: list[int] = np.unique(self._rows[np.isin(self._rows[:, 2], ads), 0]).tolist()
        return found

    def of_post(self, post: int, *, post_hours: Ledger, ad_hours: Ledger) -> IntArray:
        """(tick, source, count) of one post, in the order of time, then of source."""
        self._read_on(post_hours, ad_hours)
        mine: IntArray = self._rows[self._rows[:, 0] == post][:, 1:]
        if not len(mine):
            return mine
        # An hour may be booked in several rows, one per audience.
        keys, inverse = np.unique(mine[:, :2], axis=0, return_inverse=True)
        counts = np.zeros(len(keys), dtype=np.int64)
        np.add.at(counts, inverse.ravel(), mine[:, 2])
        rows: IntArray = np.column_stack([keys, counts])
        return rows

    def _read_on(self, post_hours: Ledger, ad_hours: Ledger) -> None:
        self._catch_up(0, post_hours, "")
        self._catch_up(1, ad_hours, "ad")
        if self._parts:
            self._rows = np.concatenate([self._rows, *self._parts])
            self._parts = []

    def _catch_up(self, which: int, ledger: Ledger, source: str) -> None:
        fresh = slice(self._read[which], len(ledger))
        self._read[which] = len(ledger)
        counts = ledger.column("comments")[fresh]
        some = counts > 0
        if not some.any():
            return
        ads = ledger.column(source)[fresh][some] if source else np.full(some.sum(), ORGANIC)
        post, tick = (ledger.column(name)[fresh][some] for name in ("post", "tick"))
        self._parts.append(np.stack([post, tick, ads, counts[some]], axis=1))
