"""When to send a call again, and how long to wait.

The table in `codes.py` says what may be repeated; this says how often and for how long. The
ideas are stamina's (capped exponential back-off with jitter, a limit on attempts *and* on total
time); the loop is ours because each code has its own wait, writes are judged differently from
reads, and the clock is passed in.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Retry:
    """How patient a client is. Defaults suit a person waiting; workers can afford more.

    attempts : sends of one call at most, the first included; rate limits do not count
    patience : waiting in all, over every attempt of one call; a longer wait raises at once
        (a per-minute limit asks for 5 minutes)
    readings : how often a list of several pages is read from its start until two readings in a
        row agree; 2 at least
    """

    attempts: int = 5
    patience: timedelta = timedelta(seconds=60)
    first_wait: timedelta = timedelta(milliseconds=500)
    longest_wait: timedelta = timedelta(seconds=20)
    jitter: float = 0.25
    readings: int = 4

    def __post_init__(self) -> None:
        if self.readings < 2:
            raise ValueError(f"readings is at least 2, not {self.readings}")

    @classmethod
    def never(cls) -> Retry:
        """Send once; every failure is raised. A list of several pages is read twice even so."""
        return cls(attempts=1, patience=timedelta(0), readings=2)

    @classmethod
    def worker(cls) -> Retry:
        """For background work: sits out per-minute limits and short outages."""
        return cls(attempts=8, patience=timedelta(minutes=12), longest_wait=timedelta(minutes=5))

    def backoff(self, failures: int) -> timedelta:
        """Wait after the given number of failures (from 1): doubling, capped, with jitter."""
        wait = min(self.first_wait * float(2 ** (failures - 1)), self.longest_wait)
        # Only spreads load; nothing secret hangs on it.
        return wait * (1 + self.jitter * random.random())  # noqa: S311
