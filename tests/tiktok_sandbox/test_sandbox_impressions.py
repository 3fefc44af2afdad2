"""The impression engine from the command line."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from tiktok_sandbox.cli import main


@pytest.mark.parametrize("mode", ["spark", "ads_only", "organic"])
def test_single_viewers_do_what_the_counts_engine_expects(mode: str) -> None:
    asked = ["impressions", "--world", "demo", "--seed", "3", "--mode", mode, "--json"]
    answer = CliRunner().invoke(main, asked)
    assert answer.exit_code == 0, answer.output
    found = json.loads(answer.output)
    assert (found["seed"], found["mode"], found["impressions"]) == (3, mode, 100_000)
    counts = dict(found["counts"])
    seconds = counts.pop("watch_seconds")
    assert seconds["drawn"] == pytest.approx(seconds["expected"], rel=0.02)
    for name, row in counts.items():
        assert abs(row["drawn"] - row["expected"]) <= 5 * row["expected"] ** 0.5 + 1, name


def test_prints_a_table() -> None:
    answer = CliRunner().invoke(main, ["impressions", "--world", "demo", "--count", "2000"])
    assert "2,000 impressions of" in answer.output
    assert "views_2s" in answer.output


def test_names_posts_that_there_are() -> None:
    answer = CliRunner().invoke(main, ["impressions", "--world", "demo", "--item-id", "1"])
    assert answer.exit_code == 1
    assert "must be a post of this world, like 7" in answer.output
