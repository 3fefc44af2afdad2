"""What a day's sweep over 100,000 permissions costs, and the pages of their lists beside a bare view."""

from __future__ import annotations

from typing import Any

from bench.row import Case, Result
from bench.server_process import measure

ROWS, REQUESTS = 100_000, 30
MOST_SECONDS = 10.0
MOST_TIMES_BARE = 5.0


# How many bare lists these cost at first, by the same measure (docs/explanation/performance.md).
AT_FIRST = {
    "page today": 16.6, "page live": 12.3, "page inventory": 11.2, "page spend at risk": 10.0, "page permissions": 7.5,
    "page creators": 4.9, "page posts": 3.7, "page one post": 3.0, "page one creator": 3.3, "page profit by post": 2.4,
    "slowest choice of ads": 17.5, "slowest choice of authorizations": 19.3, "slowest choice of spend-at-risk": 12.1,
    "slowest choice of code-requests": 8.8, "API the five questions": 9.7, "API live ads": 3.1, "API inventory": 3.8,
}  # fmt: skip


def _case(name: str, page: dict[str, Any]) -> Case:
    """A page beside the bare lists asked for in turn with it: the larger of the ratios of p50 and of p95 counts."""
    before = f", at first {AT_FIRST[name]}x" if name in AT_FIRST else ""
    cpu, wall = (
        f"{1000 * page[f'{clock}p50']:.0f}/{1000 * page[f'{clock}p95']:.0f}"
        for clock in ("", "wall_")
    )
    return Case(
        label=f"{name} ({page['queries']} queries, {page['kilobytes']:.0f} kB{before})",
        ours=f"p50/p95 {cpu} ms of CPU, {wall} by the clock",
        theirs=f"{page['times_bare']}x/{page['p95_bare']}x a bare list",
        ratio=1 / max(page["times_bare"], page["p95_bare"], 0.1),
        target=1 / MOST_TIMES_BARE,
    )


def run(pairs: int) -> Result:
    """The row; `pairs` is not used: one workspace is built once and everything is measured on it."""
    told = measure("bench.permissions_once", str(ROWS), str(REQUESTS))
    daily = told["next_day_s"] + told["risk_s"]
    line, bare = told["pages"].pop("a bare view"), told["pages"].pop("a bare list")
    cases = [
        Case(
            label=f"the next day's sweep and spend at risk, {ROWS:,} permissions",
            ours=f"{daily:.1f} s",
            theirs=f"{MOST_SECONDS:.0f} s",
            ratio=MOST_SECONDS / daily,
            target=1.0,
        )
    ]
    for kind, lists in (
        ("page", told["pages"]), ("slowest choice of", told["choices"]), ("API", told["api"]),
    ):  # fmt: skip
        cases += [_case(f"{kind} {name}", each) for name, each in lists.items()]
    return Result(
        name="permissions",
        against="the budget of the sweep; a bare list of 50 of the same rows in the same framework",
        cases=cases,
        notes=[
            f"First sweep, of an empty index: {told['sweep_s']:.1f} s; six hours later "
            f"{told['sweep_again_s']:.1f} s.",
            f"A bare list: p50 {1000 * bare['p50']:.1f}, p95 {1000 * bare['p95']:.1f} ms of CPU; "
            f"a view of one line of text: p95 {1000 * line['p95']:.1f} ms.",
            f"Pages and the API through Django's test client in one process, signed in, {told['ads']:,} ads running; "
            "in CPU time, the first request of each apart: it fills what is kept between two syncs.",
            "First requests: "
            + ", ".join(
                f"{name} {1000 * page['first']:.0f} ms"
                for name, page in (told["pages"] | told["api"]).items()
                if page["first"] > 2 * page["p95"]
            )
            + ".",
        ],
    )
