"""Daily-report sync: our client against a serial loop over the official SDK.

Both fetch the same 18,000 rows × 68 metrics in pages of 1,000 and add up the spend, which must
agree. The client also turns every value into a typed column; the SDK leaves dicts of text.
"""

from __future__ import annotations

from statistics import median
from typing import Any

from bench.row import Case, Result
from bench.server_process import measure, page_server

ROWS = 18_000
MANY_ROWS = 180_000
TARGETS = {0: 3.0, 150: 10.0}
LABELS = {
    "client_float": "money as float",
    "client": "money as Decimal",
    "client_expected": "money as float, expected_rows given",
}


def run(pairs: int) -> Result:
    """Measure each contestant `pairs` times, interleaved, and compare medians."""
    cases, notes = [], []
    for delay_ms, target in TARGETS.items():
        with page_server(rows=ROWS, delay_ms=delay_ms) as url:
            runs = _interleaved(url, pairs)
            limit = median(measure(ONCE, "bare", url, str(ROWS))["seconds"] for _ in range(pairs))
        _same_work([outcome for outcomes in runs.values() for outcome in outcomes])
        theirs = median(outcome["seconds"] for outcome in runs["sdk"])
        for who, label in LABELS.items():
            ours = median(outcome["seconds"] for outcome in runs[who])
            cases.append(
                Case(
                    f"{delay_ms} ms per call, {label}",
                    _rate(ours),
                    _rate(theirs),
                    theirs / ours,
                    target,
                )
            )
        notes.append(
            f"At {delay_ms} ms the bare server gives {_rate(limit)} to 20 sockets that look at "
            f"nothing: {theirs / limit:.1f}× the SDK is all that any client could reach so."
        )
    cases += _memory()
    notes.append(
        f"Medians of {pairs} interleaved runs, each in a process of its own, imports left out. "
        "Memory is growth of the peak over the imports."
    )
    return Result("report_sync", "a serial loop over the official SDK", cases, notes)


ONCE = "bench.sync_once"


def _interleaved(url: str, pairs: int) -> dict[str, list[dict[str, Any]]]:
    runs: dict[str, list[dict[str, Any]]] = {"sdk": [], **{who: [] for who in LABELS}}
    for _ in range(pairs):
        runs["sdk"].append(measure(ONCE, "sdk", url))
        runs["client_float"].append(measure(ONCE, "client_float", url))
        runs["client"].append(measure(ONCE, "client", url))
        runs["client_expected"].append(measure(ONCE, "client_float", url, str(ROWS)))
    return runs


def _same_work(outcomes: list[dict[str, Any]]) -> None:
    results = {(outcome["rows"], outcome["spend"]) for outcome in outcomes}
    if len(results) != 1 or next(iter(results))[0] != ROWS:
        raise RuntimeError(f"the contestants disagree on rows and spend: {sorted(results)}")


def _memory() -> list[Case]:
    """Peak memory at ten times the rows: flat means that the growth does not follow."""
    grown: dict[str, list[int]] = {"client_float": [], "sdk": []}
    for rows in (ROWS, MANY_ROWS):
        with page_server(rows=rows, delay_ms=0) as url:
            for who, growths in grown.items():
                growths.append(measure(ONCE, who, url)["grown"])
    return [
        Case(
            f"peak memory at {rows:,} rows",
            f"{grown['client_float'][place] / 2**20:.0f} MiB",
            f"{grown['sdk'][place] / 2**20:.0f} MiB",
        )
        for place, rows in enumerate((ROWS, MANY_ROWS))
    ]


def _rate(seconds: float) -> str:
    return f"{ROWS / seconds:,.0f} rows/s ({seconds:.2f} s)"
