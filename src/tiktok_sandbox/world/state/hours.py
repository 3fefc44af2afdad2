"""One simulated hour, as every ad account's wall clock shows it."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np

from tiktok_sandbox.world.randomness.columns import IntArray
from tiktok_sandbox.world.state.clock import TICK, seconds
from tiktok_sandbox.world.state.state import State

HOUR_SECONDS = 3600
DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Hour:
    """One simulated hour on every account's wall clock; arrays are shape (accounts,)."""

    tick: int
    start: int
    end: int
    local_hour: IntArray
    local_weekday: IntArray
    local_day: IntArray


def hour_of(state: State, tick: int) -> Hour:
    """The hour that starts `tick` hours after the epoch."""
    start = state.epoch + tick * TICK
    zones = [ZoneInfo(account.timezone) for account in state.advertisers.values()]
    locals_ = [start.astimezone(zone) for zone in zones]
    return Hour(
        tick=tick,
        start=seconds(start),
        end=seconds(start) + HOUR_SECONDS,
        local_hour=np.array([local.hour for local in locals_], dtype=np.int64),
        local_weekday=np.array([local.weekday() for local in locals_], dtype=np.int64),
        local_day=np.array([local.toordinal() for local in locals_], dtype=np.int64),
    )
