"""A list of ads opens only what it shows, and its parts are the whole list, over the API and on the page."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from sample_team import Team

from kindling.delivery import service, sync
from kindling.delivery.models import Ad
from kindling.workspaces import service as workspaces


@pytest.fixture
def advertised(team: Team) -> Team:
    """Three ads, one of which no permission is on record for."""
    team.apply(team.approved(team.launchable(3)))
    sync.sync_account(team.account, at=team.now)
    last = Ad.objects.latest("pk")
    Ad.objects.filter(pk=last.pk).update(item_id="", post=None)
    return team


def walk(team: Team, limit: int) -> list[str]:
    key = workspaces.issue_token(team.buyer, name="x", at=team.now)
    client = Client(headers={"Authorization": f"Bearer {key}"})
    found, cursor = [], ""
    while cursor is not None:
        given = {"live": "false", "limit": limit} | ({"cursor": cursor} if cursor else {})
        answer = client.get("/api/v1/ads", given)
        assert answer.status_code == 200, answer.json()
        found += [row["ad_id"] for row in answer.json()["rows"]]
        cursor = answer.json()["next_cursor"]
    return found


@pytest.mark.parametrize("limit", [1, 2, 500])
def test_the_parts_are_the_whole_list_in_its_order(advertised: Team, limit: int) -> None:
    whole = [each.ad.ad_id for each in service.all_ads(advertised.workspace, now=advertised.now)]
    assert len(whole) >= 3
    assert walk(advertised, limit) == whole


def test_more_ads_need_no_more_queries(advertised: Team) -> None:
    counts = []
    for number in (1, 3):
        seen: list[str] = []

        def note(execute: Any, sql: str, *more: Any, seen: list[str] = seen) -> Any:
            seen.append(sql)
            return execute(sql, *more)

        wanted = service.list_ads(advertised.workspace)[:number]
        with connection.execute_wrapper(note):
            opened = service.opened(advertised.workspace, wanted, now=advertised.now)
        assert len(opened) == number
        counts.append(len(seen))
    assert counts[0] == counts[1]
