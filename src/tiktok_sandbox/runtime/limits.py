"""Rate limits per app and endpoint, on real time. Source: tiktok-api.md §3.

A token bucket holds one second's worth of calls and fills evenly. Of a minute's calls every sixty
seconds hold at most as many as the limit says, wherever they begin. Running out of them closes the
endpoint for five minutes, of the day's until 00:00 UTC.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from typing import Literal

DAY_SECONDS = 86_400
MINUTE_SECONDS = 60.0
MINUTE_PENALTY_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Limit:
    """Calls per second, minute and day."""

    per_second: int
    per_minute: int
    per_day: int


TIERS: dict[str, Limit | None] = {
    "off": None,
    "basic": Limit(10, 600, 864_000),
    "advanced": Limit(20, 1200, 1_728_000),
    "premium": Limit(30, 1800, 2_592_000),
    "ultimate": Limit(50, 3000, 4_320_000),
}
# Tighter ones, given for Basic; other tiers scale them as they scale everything else.
SPECIAL = {
    "/report/task/create/": Limit(2, 60, 4500),
    "/gmv_max/report/get/": Limit(8, 240, 20_000),
    "/campaign/copy/task/create/": Limit(1, 30, 432_000),
    "/event/track/": Limit(1000, 600_000, 86_400_000),
    "/pixel/track/": Limit(1000, 600_000, 86_400_000),
    "/pixel/batch/": Limit(1000, 600_000, 86_400_000),
}
# Given for every tier by itself: calls a second and a minute (§17); calls a day as in §3.
BY_TIER = {
    "/ad/create/": {
        "basic": Limit(5, 150, 86_400),
        "advanced": Limit(10, 200, 172_800),
        "premium": Limit(10, 300, 259_200),
        "ultimate": Limit(15, 300, 432_000),
    },
}
# Newer than the table: one a second for the app, 500 an hour for an account (§17).
TASK_PATH = "/report/task/create/"
TASKS_A_SECOND, TASKS_AN_HOUR, HOUR_SECONDS = 1, 500, 3600.0
# Calls per second and advertiser. One client meets a tight ceiling here [T]; the number is ours.
PER_ADVERTISER = {"/tt_video/authorize/": 5}


class UnknownTierError(ValueError):
    """No tier has this name."""


class OverLimitError(Exception):
    """A call too many; `scope` says whose limit it was."""

    def __init__(self, scope: Literal["app", "advertiser"], message: str) -> None:
        super().__init__(message)
        self.scope = scope
        self.message = message


class _Bucket:
    def __init__(self, capacity: float, per_second: float, *, real: float) -> None:
        self.level = self.capacity = capacity
        self.per_second = per_second
        self.at = real

    def take(self, real: float) -> bool:
        self.level = min(self.capacity, self.level + (real - self.at) * self.per_second)
        self.at = real
        if self.level < 1.0:
            return False
        self.level -= 1.0
        return True


class _Window:
    """At most `most` calls within any `seconds`."""

    def __init__(self, most: int, seconds: float) -> None:
        self.most = most
        self.seconds = seconds
        self._taken: deque[float] = deque()

    def take(self, real: float) -> bool:
        while self._taken and self._taken[0] <= real - self.seconds:
            self._taken.popleft()
        if len(self._taken) >= self.most:
            return False
        self._taken.append(real)
        return True


class _Meter:
    """What one app has used of one endpoint."""

    def __init__(self, limit: Limit, *, real: float) -> None:
        self.limit = limit
        self.second = _Bucket(limit.per_second, limit.per_second, real=real)
        self.minute = _Window(limit.per_minute, MINUTE_SECONDS)
        self.closed_until = 0.0
        self.day = 0
        self.calls_today = 0

    def refusal(self, real: float) -> str | None:
        """The limit that refuses this call, or None; counts the call."""
        day = int(real // DAY_SECONDS)
        if day != self.day:
            self.day, self.calls_today = day, 0
        self.calls_today += 1
        if self.calls_today > self.limit.per_day:
            return f"QPD limit {self.limit.per_day}"
        if real < self.closed_until:
            return f"QPM limit {self.limit.per_minute}"
        if not self.second.take(real):
            return f"QPS limit {self.limit.per_second}"
        if not self.minute.take(real):
            self.closed_until = real + MINUTE_PENALTY_SECONDS
            return f"QPM limit {self.limit.per_minute}"
        return None


class Limiter:
    """Refuses calls over the limits of the app's tier; `tier` may change at any time."""

    def __init__(self, tier: str = "basic") -> None:
        self._meters: dict[tuple[str, str], _Meter] = {}
        self._advertisers: dict[tuple[str, str], _Bucket] = {}
        self._tasks: dict[str, _Window] = {}
        self.set_tier(tier)

    def set_tier(self, tier: str) -> None:
        if tier not in TIERS:
            raise UnknownTierError(f'no tier is called "{tier}"; known: {", ".join(TIERS)}')
        self.tier = tier
        self._meters.clear()
        self._advertisers.clear()
        self._tasks.clear()

    def check(
        self,
        *,
        app_id: str,
        path: str,
        advertiser_id: str | None,
        real: float,
        has_new_task_limits: bool = True,
    ) -> None:
        """Count a call. Raises OverLimitError.

        has_new_task_limits : for asynchronous reports, see Behaviour.report_task_limits
        """
        limit = limit_of(self.tier, path)
        if limit is not None and path == TASK_PATH and has_new_task_limits:
            limit = replace(limit, per_second=TASKS_A_SECOND)
            self._check_hour(advertiser_id, real=real)
        if limit is None:
            return
        meter = self._meters.get((app_id, path))
        if meter is None or meter.limit != limit:
            meter = self._meters[app_id, path] = _Meter(limit, real=real)
        refusal = meter.refusal(real)
        if refusal is not None:
            raise OverLimitError(
                "app", f"Too many requests: the app reached the {refusal} of {path}"
            )
        self._check_advertiser(path, advertiser_id, real=real)

    def _check_hour(self, advertiser_id: str | None, *, real: float) -> None:
        if advertiser_id is None:
            return
        window = self._tasks.setdefault(advertiser_id, _Window(TASKS_AN_HOUR, HOUR_SECONDS))
        if not window.take(real):
            raise OverLimitError(
                "advertiser",
                f"Advertiser ({advertiser_id}) reaches the limit of {TASKS_AN_HOUR} report tasks "
                "an hour, request is temporarily restricted.",
            )

    def _check_advertiser(self, path: str, advertiser_id: str | None, *, real: float) -> None:
        most = PER_ADVERTISER.get(path)
        if most is None or advertiser_id is None:
            return
        key = (path, advertiser_id)
        bucket = self._advertisers.setdefault(key, _Bucket(most, most, real=real))
        if not bucket.take(real):
            raise OverLimitError(
                "advertiser",
                f"Advertiser ({advertiser_id})'s QPS ({most + 1}) reaches QPS limit {most} for "
                "current path, request is temporarily restricted.",
            )


def limit_of(tier: str, path: str) -> Limit | None:
    general, basic = TIERS[tier], TIERS["basic"]
    if general is None or basic is None:
        return None
    own = BY_TIER.get(path)
    if own is not None:
        return own[tier]
    special = SPECIAL.get(path)
    if special is None:
        return general
    factor = general.per_second / basic.per_second
    return Limit(
        round(special.per_second * factor),
        round(special.per_minute * factor),
        round(special.per_day * factor),
    )
