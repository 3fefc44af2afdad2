"""What a day's sweep over 100,000 permissions costs, and the pages of their lists beside a bare view."""

from __future__ import annotations

from bench.row import Case, Result
from bench.server_process import measure

ROWS, REQUESTS = 100_000, 30
MOST_SECONDS = 10.0
MOST_TIMES_BARE = 5.0


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
    for kind, lists in (("page", told["pages"]), ("API", told["api"])):
        cases += [
            Case(
                label=f"{kind}: {name}, p95 ({page['queries']} queries, {page['kilobytes']:.0f} kB)",
                ours=f"{1000 * page['p95']:.0f} ms",
                theirs=f"{1000 * bare['p95']:.1f} ms",
                ratio=bare["p95"] / page["p95"],
                target=1 / MOST_TIMES_BARE,
            )
            for name, page in lists.items()
        ]
    return Result(
        name="permissions",
        against="the budget of the sweep; a bare list of 50 of the same rows in the same framework",
        cases=cases,
        notes=[
            f"First sweep, of an empty index: {told['sweep_s']:.1f} s; six hours later "
            f"{told['sweep_again_s']:.1f} s.",
            f"A view of one line of text: p95 {1000 * line['p95']:.1f} ms.",
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
