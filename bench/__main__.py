"""`python -m bench`: run the rows and print ratios; `--json` for machines."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench import (
    comments,
    lanes,
    oracle_worlds,
    pacing,
    permissions,
    plans,
    report_sync,
    sandbox_http,
    sandbox_world,
    split_tests,
)
from bench.row import Result, Row

ROWS: dict[str, Row] = {
    "report_sync": report_sync.run,
    "pacing": pacing.run,
    "permissions": permissions.run,
    "plans": plans.run,
    "sandbox_world": sandbox_world.run,
    "sandbox_http": sandbox_http.run,
    "comments": comments.run,
    "split_tests": split_tests.run,
    "oracle_worlds": oracle_worlds.run,
    "lanes": lanes.run,
}


def main() -> int:
    """Run what was asked for. Returns 1 when `--strict` and a target is missed, else 0."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"of {', '.join(ROWS)}; all")
    parser.add_argument("--pairs", type=int, default=3, help="paired runs per case (3)")
    parser.add_argument("--json", action="store_true", help="print JSON on standard output")
    parser.add_argument("--strict", action="store_true", help="exit 1 when a target is missed")
    parser.add_argument(
        "--worlds", type=Path, metavar="FOLDER", help="lanes: family files to judge in"
    )
    parser.add_argument("--seeds", type=_seeds, metavar="A-B", help="lanes: seeds to judge in")
    asked = parser.parse_args()
    if (asked.worlds is None) != (asked.seeds is None) or (
        asked.worlds and asked.rows != ["lanes"]
    ):
        parser.error("--worlds and --seeds go together, with the row lanes alone")
    unknown = sorted(set(asked.rows) - set(ROWS))
    if unknown:
        parser.error(f"no row named {', '.join(unknown)}; there are {', '.join(ROWS)}")
    progress = Console(stderr=True)
    results = []
    for name in asked.rows or ROWS:
        progress.print(f"running {name} …")
        if asked.worlds:
            results.append(lanes.run_folder(asked.worlds, asked.seeds))
        else:
            results.append(ROWS[name](max(1, asked.pairs)))
    if asked.json:
        rows = [result.to_json() for result in results]
        machine = f"{os.cpu_count()} cores, Python {platform.python_version()}"
        json.dump({"schema": "kindling.bench/1", "machine": machine, "rows": rows}, sys.stdout)
        print()
    else:
        show(results)
    met = [case.is_met for result in results for case in result.cases]
    return 1 if asked.strict and False in met else 0


def _seeds(text: str) -> range:
    """`A-B`, both included, or one seed."""
    first, _, last = text.partition("-")
    if not first.isdecimal() or not (last or first).isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r}: seeds are written A-B, as 1-20")
    found = range(int(first), int(last or first) + 1)
    if not found:
        raise argparse.ArgumentTypeError(f"{text!r}: the last seed comes before the first")
    return found


def show(results: list[Result]) -> None:
    """Print the rows as tables."""
    console = Console()
    for result in results:
        table = Table(title=f"{result.name}: against {result.against}", title_justify="left")
        for heading in ("case", "ours", "theirs", "ratio", "target"):
            table.add_column(heading)
        for case in result.cases:
            mark = {True: " ✓", False: " ✗", None: ""}[case.is_met]
            table.add_row(
                case.label,
                case.ours,
                case.theirs,
                "" if case.ratio is None else f"{case.ratio:.2f}×{mark}",
                "" if case.target is None else f"≥ {case.target:g}×",
            )
        console.print(table)
        for note in result.notes:
            console.print(f"  {note}")


if __name__ == "__main__":
    sys.exit(main())
