"""Lists of the API come in parts: every row once and in order, whatever comes meanwhile; a bad cursor is a 422."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl

import pytest
from desk import Desk
from django.db import connection
from django.test import Client

from kindling.creators.models import CreatorScore
from kindling.posts.models import Post
from kindling.workspaces import service as workspaces
from kindling.workspaces.api_lists import MOST_ROWS
from kindling.workspaces.models import User

Ask = Callable[..., Any]
LISTS = (
    "/posts", "/creators/", "/creators/?sort=fit", "/ads", "/ads?live=false", "/ads/stopped", "/agreements",
    "/agreements/payments", "/briefs", "/briefs/deliverables", "/plans/inventory",
)  # fmt: skip


@pytest.fixture
def ask(desk: Desk) -> Ask:
    client = Client(
        headers={
            "Authorization": f"Bearer {workspaces.issue_token(desk.owner, name='x', at=desk.now)}"
        }
    )

    def asked(path: str, **given: object) -> Any:
        where, _, query = path.partition("?")
        return client.get(f"/api/v1{where}", {**dict(parse_qsl(query)), **given})

    return asked


def add_posts(desk: Desk, count: int, *, first: int = 0, undated: int = 0) -> list[str]:
    """Posts, the newest first in the answer; some without a date, which stand where the database puts them."""
    creator = desk.creator()
    rows = [
        Post(
            workspace=desk.workspace, creator=creator, item_id=f"7{first + n:018d}", source="test",
            posted_at=None if n < undated else desk.now - timedelta(hours=n // 2),
            first_seen_at=desk.now, seen_at=desk.now, status="HESITATE_RECOMMEND",
        )
        for n in range(count)
    ]  # fmt: skip
    Post.objects.bulk_create(rows)
    return [row.item_id for row in rows]


def walk(ask: Ask, path: str, *, limit: int) -> list[list[Any]]:
    """The parts of a list from the first to the last."""
    parts, cursor = [], ""
    while True:
        answer = ask(path, limit=limit, **({"cursor": cursor} if cursor else {}))
        assert answer.status_code == 200, answer.json()
        parts.append(answer.json()["rows"])
        cursor = answer.json()["next_cursor"]
        if cursor is None:
            return parts


class TestAList:
    @pytest.mark.parametrize("path", LISTS)
    def test_is_closed_to_nobody(self, desk: Desk, path: str) -> None:
        assert Client().get(f"/api/v1{path}").status_code == 401

    @pytest.mark.parametrize("path", LISTS)
    def test_shows_nothing_of_somebody_else_s(self, desk: Desk, ask: Ask, path: str) -> None:
        stranger = User.objects.create_user("owner@other.example")
        workspaces.create_workspace(
            slug="other", name="Other", owner=stranger, currency="USD", timezone="UTC", at=desk.now
        )
        add_posts(desk, 2)
        other = workspaces.actor_for(stranger, "other")
        key = workspaces.issue_token(other, name="x", at=desk.now)
        answer = Client().get(f"/api/v1{path}", headers={"Authorization": f"Bearer {key}"})
        if path == "/plans/inventory":
            assert answer.status_code == 404  # no ad account of theirs
        else:
            assert answer.json() == {"rows": [], "next_cursor": None}

    @pytest.mark.parametrize("path", LISTS)
    @pytest.mark.parametrize("cursor", ["x", "e30", "W10", "WzEsMiwzLDQsNV0", "WyJ4IiwieCJd", "é"])
    def test_refuses_a_cursor_that_is_not_its_own(self, ask: Ask, path: str, cursor: str) -> None:
        answer = ask(path, cursor=cursor)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
        assert "cursor" in answer.json()["message"]

    @pytest.mark.parametrize("limit", [0, -1, MOST_ROWS + 1, "many"])
    def test_has_a_least_and_a_most(self, ask: Ask, limit: object) -> None:
        assert ask("/posts", limit=limit).status_code == 422


class TestItsParts:
    @pytest.mark.parametrize("limit", [1, 3, 7, 8])
    def test_are_the_list_in_its_order(self, desk: Desk, ask: Ask, limit: int) -> None:
        add_posts(desk, 7, undated=2)
        whole = [row["item_id"] for row in ask("/posts").json()["rows"]]
        assert len(set(whole)) == 7
        parts = walk(ask, "/posts", limit=limit)
        assert [row["item_id"] for part in parts for row in part] == whole
        assert all(len(part) == limit for part in parts[:-1])

    def test_hold_each_row_once_when_a_newer_one_comes_meanwhile(
        self, desk: Desk, ask: Ask
    ) -> None:
        before = set(add_posts(desk, 4))
        first = ask("/posts", limit=2).json()
        add_posts(desk, 1, first=100)
        second = ask("/posts", limit=2, cursor=first["next_cursor"]).json()
        seen = [row["item_id"] for row in [*first["rows"], *second["rows"]]]
        assert sorted(seen) == sorted(before)

    def test_follow_a_score_that_most_lack(self, desk: Desk, ask: Ask) -> None:
        for name in ("sample.c", "sample.a", "sample.b", "sample.d"):
            made = desk.creator(name)
        CreatorScore.objects.create(creator=made, fit=0.5, computed_at=desk.now)
        parts = walk(ask, "/creators/?sort=fit", limit=2)
        assert [row["handle"] for part in parts for row in part] == [
            "sample.d", "sample.a", "sample.b", "sample.c",
        ]  # fmt: skip

    @pytest.mark.parametrize("limit", [1, 2, 5])
    def test_of_inventory_are_every_post_once(self, desk: Desk, ask: Ask, limit: int) -> None:
        items = add_posts(desk, 5)
        parts = walk(ask, "/plans/inventory", limit=limit)
        assert sorted(row["item_id"] for part in parts for row in part) == sorted(items)

    def test_cost_the_same_queries_however_long_the_list(self, desk: Desk, ask: Ask) -> None:
        counts = []
        for first in (0, 40):
            add_posts(desk, 40, first=first)
            seen: list[str] = []

            def note(execute: Any, sql: str, *more: Any, seen: list[str] = seen) -> Any:
                seen.append(sql)
                return execute(sql, *more)

            with connection.execute_wrapper(note):
                assert len(ask("/posts", limit=10).json()["rows"]) == 10
            counts.append(len(seen))
        assert counts[0] == counts[1] > 0
