"""One size of a simulated world: `python -m bench.crowd_once ADS DAYS` prints JSON."""

from __future__ import annotations

import json
import resource
import sys
import time
from datetime import timedelta

from bench.crowd import crowded_world
from tiktok_sandbox.world.passing.hours import advance_to


def main() -> None:
    """Simulate the days and say what it took; making the world is not counted."""
    ads, days = int(sys.argv[1]), int(sys.argv[2])
    world = crowded_world(ads)
    begun = time.process_time()
    advance_to(world, world.now + timedelta(days=days))
    seconds = time.process_time() - begun
    impressions = int(world.ad_hours.column("impressions").sum())
    json.dump(
        {
            "impressions": impressions,
            "cpu_seconds": seconds,
            "orders": len(world.orders),
            "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main()
