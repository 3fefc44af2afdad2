"""Simulated hours, as every ad account's wall clock shows them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np

from tiktok_sandbox.world.randomness.columns import IntArray
from tiktok_sandbox.world.state.clock import seconds
from tiktok_sandbox.world.state.state import State

HOURS_A_DAY, HOUR_SECONDS = 24, 3600
DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """Hours that follow each other, simulated at once.

    tick, start, end : shape (hours,); local_hour, local_weekday, local_day, local_month : shape
    (hours, accounts), the month from 0 for January
    """

    tick: IntArray
    start: IntArray
    end: IntArray
    local_hour: IntArray
    local_weekday: IntArray
    local_day: IntArray
    local_month: IntArray

    def __len__(self) -> int:
        return len(self.tick)


def hours_of(state: State, first: int, count: int) -> Hours:
    """The `count` hours from the tick `first` on."""
    ticks = np.arange(first, first + count, dtype=np.int64)
    start = seconds(state.epoch) + ticks * HOUR_SECONDS
    by_zone: dict[str, IntArray] = {}
    for account in state.advertisers.values():
        if account.timezone not in by_zone:
            by_zone[account.timezone] = _clock(ZoneInfo(account.timezone), start.tolist())
    local = np.stack([by_zone[each.timezone] for each in state.advertisers.values()], axis=2)
    return Hours(
        tick=ticks,
        start=start,
        end=start + HOUR_SECONDS,
        local_hour=local[0],
        local_weekday=local[1],
        local_day=local[2],
        local_month=local[3],
    )


def _clock(zone: ZoneInfo, starts: list[int]) -> IntArray:
    """Hour, weekday, day and month on a wall clock, shape (4, hours)."""
    found = [datetime.fromtimestamp(start, zone) for start in starts]
    rows = [(at.hour, at.weekday(), at.toordinal(), at.month - 1) for at in found]
    return np.array(rows, dtype=np.int64).T
