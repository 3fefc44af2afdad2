"""How many impressions the sandbox simulates in a second of one core, and what it needs for them."""

from __future__ import annotations

import sys

from bench.row import Case, Result
from bench.server_process import measure

# Live ads and days; the last one takes half an hour and five gigabytes.
SIZES = ((1_000, 90), (10_000, 90), (100_000, 90))
OPPORTUNITIES = 200_000
TARGET = 100.0


def run(pairs: int) -> Result:
    """The row; `pairs` is not used, every size is one long run."""
    loop = measure("bench.single_auctions", str(OPPORTUNITIES))
    each = loop["impressions"] / loop["cpu_seconds"]
    cases = []
    for ads, days in SIZES:
        print(f"  {ads:,} live ads, {days} days …", file=sys.stderr)
        ours = measure("bench.crowd_once", str(ads), str(days))
        rate = ours["impressions"] / ours["cpu_seconds"]
        cases.append(
            Case(
                label=f"{ads:,} live ads, {days} days",
                ours=(
                    f"{rate / 1e6:.1f} M impressions/CPU-s, {ours['cpu_seconds']:.0f} s, "
                    f"{ours['peak_mib']:.0f} MiB"
                ),
                theirs=f"{each / 1e3:.1f} k/CPU-s",
                ratio=rate / each,
                target=TARGET,
            )
        )
    return Result(
        name="sandbox_world",
        against="one auction per opportunity, in Python",
        cases=cases,
        notes=[
            "Ours are counts per ad, hour and kind of viewer, with budgets, wear, learning, organic views, orders.",
            "Hours older than two days are folded into days, as a family can ask for.",
            "Published elsewhere, not measured here: auction-gym 5.4-9.8 k/s, AuctionNet 50 k/s.",
        ],
    )
