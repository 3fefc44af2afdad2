"""A plan of 1,000 ads: its page beside a bare view, and how near its apply comes to TikTok's documented call limit."""

from __future__ import annotations

from bench.row import Case, Result
from bench.server_process import measure

ADS, APPLIED = 1_000, 1_000
MOST_TIMES_BARE = 5.0
LEAST_OF_LIMIT = 0.9
# /ad/create/ for an app of the basic tier: calls a second and a minute. Source: reference tiktok-api §17.
PER_SECOND, PER_MINUTE = 5, 150


def least_seconds(ads: int) -> float:
    """How long the documented limit makes `ads` calls take at least: a minute's allowance in bursts."""
    minutes, rest = divmod(ads - 1, PER_MINUTE)
    return 60.0 * minutes + rest / PER_SECOND


def run(pairs: int) -> Result:
    """The row; `pairs` is not used: one plan is looked at often, one is applied once."""
    told = measure("bench.plans_once", str(ADS), str(APPLIED))
    page, least = told["page"], least_seconds(told["made"])
    times = page["p95_ms"] / page["bare_p95_ms"]
    return Result(
        name="plans",
        against="a view of one line in the same framework; the limit of /ad/create/ (5 a second, 150 a minute)",
        cases=[
            Case(
                label=f"page of a plan of {ADS:,} ads, CPU p95",
                ours=f"{page['p95_ms']:.0f} ms",
                theirs=f"{page['bare_p95_ms']:.0f} ms, {times:.1f}x",
                ratio=1 / times,
                target=1 / MOST_TIMES_BARE,
            ),
            Case(
                label=f"apply of {APPLIED:,} ads, with replies lost on the way",
                ours=f"{told['made']} ads in {told['seconds']:.0f} s, {told['held']} at TikTok",
                theirs=f"{least:.0f} s at least",
                ratio=least / told["seconds"],
                target=LEAST_OF_LIMIT,
            ),
        ],
        notes=["The sandbox refuses calls above the limit; each ad has an ad group of its own."],
    )
