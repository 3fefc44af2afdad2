"""A large library is listed in the stored order, and only the posts that are shown are checked, when they are."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from sample_team import Team

from kindling.launches import service
from kindling.launches.models import InventoryRun, Readiness
from kindling.launches.planning import readiness
from kindling.posts.models import Post
from kindling.workspaces import service as workspaces


@pytest.fixture
def large(team: Team, monkeypatch: pytest.MonkeyPatch) -> Team:
    """A library that is too large to be checked whole, with two posts that are ready."""
    team.launchable(2)
    readiness.read_music(team.workspace, now=team.now)
    monkeypatch.setattr(readiness, "CHECKED_AT_ONCE", 1)
    return team


def page(team: Team, **given: object) -> Any:
    client = Client()
    assert team.buyer.user is not None
    client.force_login(team.buyer.user)
    return client.get(reverse("launches:inventory", args=[team.workspace.slug]), given)


def items(rows: Any) -> list[str]:
    return [each.post.item_id for each in rows]


class TestALargeInventory:
    def test_lists_what_a_small_one_lists(
        self, large: Team, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        stored = page(large).context
        assert stored["stored_at"] is not None
        monkeypatch.setattr(readiness, "CHECKED_AT_ONCE", 10_000)
        checked = page(large).context
        assert checked["stored_at"] is None
        for name in ("ready", "others"):
            assert items(stored[name]) == items(checked[name])
        assert len(stored["ready"]) == stored["ready_count"] == checked["ready_count"] >= 2
        assert stored["others"].paginator.count == checked["others"].paginator.count

    def test_says_of_when_its_order_is(self, large: Team) -> None:
        assert "Order and counts are of" in page(large).content.decode()

    def test_shows_a_post_under_what_it_is_now(self, large: Team) -> None:
        before = page(large).context
        blocked = before["ready"][0].post
        Post.objects.filter(pk=blocked.pk).update(lane="keep_out", lane_reason="Test.")
        shown = page(large).context
        assert blocked.item_id not in items(shown["ready"])
        assert blocked.item_id in items(shown["others"])
        readiness.read_music(large.workspace, now=large.now)
        assert page(large).context["ready_count"] == before["ready_count"] - 1

    def test_finds_by_creator_and_by_post(self, large: Team) -> None:
        wanted = page(large).context["ready"][0].post
        for words in (f"@{wanted.creator.handle}", wanted.item_id[:19]):
            found = page(large, q=words).context
            assert wanted.item_id in items(found["ready"])
        assert not page(large, q="nobody").context["ready"]

    def test_is_checked_whole_until_its_order_is_stored(self, large: Team) -> None:
        before = page(large).context["ready_count"]
        InventoryRun.objects.all().delete()
        assert page(large).context["stored_at"] is None
        assert page(large).context["ready_count"] == before

    def test_is_the_same_over_the_api(self, large: Team) -> None:
        key = workspaces.issue_token(large.buyer, name="x", at=large.now)
        client = Client(headers={"Authorization": f"Bearer {key}"})
        rows, cursor = [], ""
        while cursor is not None:
            given = {"limit": 3, "ad_account": large.account.advertiser_id} | (
                {"cursor": cursor} if cursor else {}
            )
            answer = client.get("/api/v1/plans/inventory", given).json()
            rows += answer["rows"]
            cursor = answer["next_cursor"]
        found = service.inventory(large.workspace, large.account, now=large.now)
        assert [row["item_id"] for row in rows] == items(found)
        assert [row["is_ready"] for row in rows] == [each.is_ready for each in found]


class TestTheStoredOrder:
    def test_is_written_only_where_it_changed(self, large: Team) -> None:
        found = service.inventory(large.workspace, large.account, now=large.now)
        assert readiness.store_order(large.account, found, now=large.now) == 0
        row = Readiness.objects.filter(is_ready=True).first()
        assert row is not None
        Readiness.objects.filter(pk=row.pk).update(place=9)
        later = large.now + timedelta(minutes=15)
        assert readiness.store_order(large.account, found, now=later) == 1
        assert InventoryRun.objects.get(ad_account=large.account).at == later


class TestTheChecksOfSomePosts:
    def test_are_those_of_all_and_ask_no_more_for_more_posts(self, large: Team) -> None:
        found = service.inventory(large.workspace, large.account, now=large.now)
        posts = [each.post for each in found]
        counts = []
        for number in (2, len(posts)):
            seen: list[str] = []

            def note(execute: Any, sql: str, *more: Any, seen: list[str] = seen) -> Any:
                seen.append(sql)
                return execute(sql, *more)

            with connection.execute_wrapper(note):
                some = service.check_posts(
                    large.workspace, large.account, posts[:number], now=large.now
                )
            assert [each.results for each in some] == [each.results for each in found[:number]]
            counts.append(len(seen))
        assert len(posts) > 2
        assert counts[0] == counts[1]
