"""Keeping under TikTok's rate limits without giving speed away.

A limit of N calls per second may be counted by fixed seconds, sliding seconds or a token bucket;
we do not know which. A log of the last N departures satisfies all three: a call leaves when
fewer than N have left in the past second (plus a small margin for the network's jitter). Leaky
buckets, `aiolimiter` among them, let a burst and the refill through in one window, which is up
to twice the limit; so this is our own.

State is guarded by a thread lock and belongs to no event loop, so one `Pace` can serve several
clients of the same app in several threads.
"""

from __future__ import annotations

import re
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tiktok_business.errors import RateLimitedError
from tiktok_business.protocol.clock import Clock


@dataclass(frozen=True, slots=True)
class Limit:
    """Calls allowed per second, minute and day. `per_day` is kept as data; TikTok enforces it."""

    per_second: int
    per_minute: int
    per_day: int


# Source of all numbers: TikTok API for Business, "API rate limits" v1.3 (app-wide, per endpoint).
BASIC = Limit(10, 600, 864_000)
ADVANCED = Limit(20, 1_200, 1_728_000)
PREMIUM = Limit(30, 1_800, 2_592_000)
ULTIMATE = Limit(50, 3_000, 4_320_000)
TIKTOK_SANDBOX = Limit(1, 30, 1_000)
SPECIAL_BASIC: Mapping[str, Limit] = {
    "/ad/create/": Limit(5, 150, 86_400),
    "/report/task/create/": Limit(2, 60, 4_500),
    "/gmv_max/report/get/": Limit(8, 240, 20_000),
    "/campaign/copy/task/create/": Limit(1, 30, 432_000),
    "/event/track/": Limit(1_000, 600_000, 86_400_000),
    "/pixel/track/": Limit(1_000, 600_000, 86_400_000),
    "/pixel/batch/": Limit(1_000, 600_000, 86_400_000),
}

SECOND = 1.0
MINUTE = 60.0
# Share of a window kept free, so that jitter on the way cannot squeeze N + 1 calls into one.
# 3 % of a second is 30 ms; the pace stays at 97 % of what is allowed.
MARGIN = 0.03
MARGIN_MINUTE = 0.005

_STATED_LIMIT = re.compile(r"QPS limit (\d+)", re.IGNORECASE)


@dataclass(slots=True)
class _Window:
    """Departures in one window: at most `calls` in `seconds`."""

    calls: int
    seconds: float
    planned: deque[float] = field(init=False)
    left: deque[float] = field(init=False)

    def __post_init__(self) -> None:
        self.planned = deque(maxlen=self.calls)
        self.left = deque(maxlen=self.calls)

    def earliest(self, log: deque[float]) -> float:
        return log[0] + self.seconds if len(log) == self.calls else float("-inf")


class _Bucket:
    """The windows of one key. Planning keeps order; leaving re-checks against what truly left."""

    def __init__(self, windows: tuple[_Window, ...]) -> None:
        self._windows = windows
        self._held_until = float("-inf")

    def plan(self, now: float) -> float:
        at = max(now, self._held_until, *(w.earliest(w.planned) for w in self._windows))
        for window in self._windows:
            window.planned.append(at)
        return at

    def wait(self, now: float) -> float:
        return (
            max(self._held_until, *(window.earliest(window.left) for window in self._windows)) - now
        )

    def leave(self, now: float) -> None:
        for window in self._windows:
            window.left.append(now)

    def hold(self, until: float) -> None:
        self._held_until = max(self._held_until, until)


class Pace:
    """Limits of an app's tier, kept per app × endpoint, and per advertiser once one is known.

    limit : for endpoints without an entry in `special`; None means no pacing
    special : endpoints with their own limit, by path
    per_advertiser : calls per second and advertiser, per endpoint; None until TikTok states one
        (message of code 40133), which is then obeyed
    """

    def __init__(
        self,
        limit: Limit | None,
        *,
        special: Mapping[str, Limit] | None = None,
        per_advertiser: int | None = None,
        margin: float = MARGIN,
    ) -> None:
        self._limit = limit
        self._special = dict(special or {})
        self._per_advertiser = per_advertiser
        self._margin = margin
        self._buckets: dict[tuple[str, str, str], _Bucket] = {}
        self._lock = threading.Lock()

    @classmethod
    def basic(cls) -> Pace:
        """The tier every app starts in: 10 calls a second per endpoint."""
        return cls(BASIC, special=SPECIAL_BASIC)

    @classmethod
    def advanced(cls) -> Pace:
        """20 calls a second. Special endpoints stay at the Basic numbers, the only published ones."""
        return cls(ADVANCED, special=SPECIAL_BASIC)

    @classmethod
    def premium(cls) -> Pace:
        """30 calls a second; special endpoints as in `advanced`."""
        return cls(PREMIUM, special=SPECIAL_BASIC)

    @classmethod
    def ultimate(cls) -> Pace:
        """50 calls a second; special endpoints as in `advanced`."""
        return cls(ULTIMATE, special=SPECIAL_BASIC)

    @classmethod
    def tiktok_sandbox(cls) -> Pace:
        """TikTok's own sandbox: one call a second."""
        return cls(TIKTOK_SANDBOX)

    @classmethod
    def off(cls) -> Pace:
        """No pacing, for tests and for hosts without limits."""
        return cls(None)

    async def enter(self, *, app: str, path: str, advertiser: str, clock: Clock) -> None:
        """Wait until one more call of this app to this path, for this advertiser, may leave."""
        with self._lock:
            buckets = list(self._find(app, path, advertiser))
            now = clock.monotonic()
            at = max((bucket.plan(now) for bucket in buckets), default=now)
        wait = at - now
        while True:
            if wait > 0:
                await clock.sleep(wait)
            with self._lock:
                now = clock.monotonic()
                wait = max((bucket.wait(now) for bucket in buckets), default=0.0)
                if wait <= 0:
                    for bucket in buckets:
                        bucket.leave(now)
                    return

    def slow_down(
        self, error: RateLimitedError, *, app: str, path: str, advertiser: str, clock: Clock
    ) -> None:
        """Take a refusal into account: hold everybody on that key, and keep a stated limit."""
        if self._limit is None:
            return
        until = clock.monotonic() + error.retry_after.total_seconds()
        stated = _STATED_LIMIT.search(error.message) if error.wire_code == 40133 else None
        with self._lock:
            if error.wire_code == 40133:
                key = (app, path, advertiser)
                if stated is not None and int(stated[1]) > 0:
                    self._buckets[key] = _Bucket((self._second(int(stated[1])),))
                if key in self._buckets:
                    self._buckets[key].hold(until)
                    return
            for bucket in self._find(app, path, ""):
                bucket.hold(until)

    def _second(self, calls: int) -> _Window:
        return _Window(calls, SECOND * (1 + self._margin))

    def _find(self, app: str, path: str, advertiser: str) -> Iterator[_Bucket]:
        limit = self._special.get(path, self._limit)
        if self._limit is None or limit is None:
            return
        shared = (app, path, "")
        if shared not in self._buckets:
            self._buckets[shared] = _Bucket(
                (
                    self._second(limit.per_second),
                    _Window(limit.per_minute, MINUTE * (1 + MARGIN_MINUTE)),
                )
            )
        yield self._buckets[shared]
        if not advertiser:
            return
        own = (app, path, advertiser)
        if own not in self._buckets and self._per_advertiser is not None:
            self._buckets[own] = _Bucket((self._second(self._per_advertiser),))
        if own in self._buckets:
            yield self._buckets[own]
