"""A team whose ads have run for three days."""

from __future__ import annotations

import pytest
from sample_team import Team


@pytest.fixture
def live(team: Team) -> Team:
    """A team with two ads that have run for three days."""
    return team.stages.after("live", do=lambda: run_three_days(team))


def run_three_days(team: Team) -> Team:
    plan = team.apply(team.approved(team.launchable(2, days=30)))
    assert plan.state == "applied"
    team.sandbox.advance(days=3)
    team.read()
    return team
