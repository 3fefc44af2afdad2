"""The API's five answers are those of the command line, cut to their first rows, with how many there are of each."""

from __future__ import annotations

from typing import Any

from django.test import Client
from sample_team import Team

from kindling.delivery import sync
from kindling.today import five
from kindling.workspaces import service as workspaces


def ask(team: Team, **given: object) -> Any:
    key = workspaces.issue_token(team.buyer, name="x", at=team.now)
    answer = Client().get("/api/v1/five", given, headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 200
    return answer.json()


def flat(told: dict[str, Any]) -> dict[str, list[Any]]:
    lists = dict(told["five"])
    return lists | {f"profit_{name}": rows for name, rows in lists.pop("profit").items()}


def test_the_first_rows_are_those_of_all_answers(team: Team) -> None:
    team.apply(team.approved(team.launchable(2)))
    sync.sync_account(team.account, at=team.now)
    whole = five.to_json(five.five(team.workspace, now=team.now))
    for limit in (1, 500):
        told = ask(team, limit=limit)
        for name, rows in flat(whole).items():
            same = "days_left"  # goes by the second
            cut = [{k: v for k, v in row.items() if k != same} for row in rows[:limit]]
            got = [{k: v for k, v in row.items() if k != same} for row in flat(told)[name]]
            assert got == cut, name
            assert told["counts"][name] == len(rows), name
        assert told["at_risk_per_day"] == whole["at_risk_per_day"]
    assert len(flat(whole)["posted"]) > 1


def test_is_closed_to_nobody() -> None:
    assert Client().get("/api/v1/five").status_code == 401
