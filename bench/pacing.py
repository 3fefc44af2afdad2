"""Calls made under the Basic limit, against the calls the limit allows."""

from __future__ import annotations

import json
from urllib.request import urlopen

from bench.row import Case, Result
from bench.server_process import measure, page_server

CALLS_PER_SECOND = 10
SECONDS = 15
ROUND_TRIP_MS = 30


def run(pairs: int) -> Result:
    """Run once: the number is a count over a fixed time, not a speed that varies."""
    with page_server(rows=1000, delay_ms=ROUND_TRIP_MS, limit=CALLS_PER_SECOND) as url:
        seconds = measure("bench.pace_once", url, str(SECONDS))["seconds"]
        with urlopen(f"{url}/stats") as answer:  # noqa: S310 - our own server on this machine
            counts = json.load(answer)
    # The window that is open when the clock starts allows its calls at once.
    allowed = CALLS_PER_SECOND * (1 + int(seconds))
    case = Case(
        f"{CALLS_PER_SECOND} calls/s, any sliding second, {seconds:.0f} s",
        f"{counts['served']} calls, {counts['refused']} refused (40100)",
        f"{allowed} calls allowed",
        counts["served"] / allowed,
        0.95,
    )
    notes = [] if counts["refused"] == 0 else ["Target missed: there must be no 40100 at all."]
    return Result("pacing", "the Basic rate limit itself", [case], notes)
