"""A large library is listed in the stored order, and only the posts that are shown are checked, when they are."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from sample_team import Team

from kindling.launches.checks import service as checks
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


def shown(team: Team, **given: object) -> Any:
    return page(team, **given).context["list"]


def counts(found: Any) -> dict[str, int]:
    return {each.value: each.count for each in found.tabs[0].options}


class TestALargeInventory:
    def test_lists_what_a_small_one_lists(
        self, large: Team, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        stored = {which: page(large, show=which).context for which in ("ready", "not_ready")}
        monkeypatch.setattr(readiness, "CHECKED_AT_ONCE", 10_000)
        checked = {which: page(large, show=which).context for which in ("ready", "not_ready")}
        for which, found in stored.items():
            assert (found["stored_at"], checked[which]["stored_at"]) == (large.now, None)
            assert items(found["list"].rows) == items(checked[which]["list"].rows)
            assert counts(found["list"]) == counts(checked[which]["list"])
            assert found["list"].page.paginator.count == counts(found["list"])[which]
        assert counts(stored["ready"]["list"])["ready"] == len(stored["ready"]["list"].rows) >= 2

    def test_says_of_when_its_order_is(self, large: Team) -> None:
        assert "Order and counts are of" in page(large).content.decode()

    def test_says_what_blocks_a_post_that_is_ready_no_more_and_offers_no_box(
        self, large: Team
    ) -> None:
        before = shown(large)
        blocked = before.rows[0].post
        Post.objects.filter(pk=blocked.pk).update(lane="keep_out", lane_reason="Test.")
        answer = page(large)
        row = next(each for each in answer.context["list"].rows if each.post.pk == blocked.pk)
        assert row.blocking
        assert f'value="{blocked.item_id}"' not in answer.content.decode()
        readiness.read_music(large.workspace, now=large.now)
        assert blocked.item_id not in items(shown(large).rows)
        assert blocked.item_id in items(shown(large, show="not_ready").rows)
        assert counts(shown(large))["ready"] == counts(before)["ready"] - 1

    def test_finds_by_creator_and_by_post(self, large: Team) -> None:
        wanted = shown(large).rows[0].post
        for words in (f"@{wanted.creator.handle}", wanted.item_id[:19]):
            assert wanted.item_id in items(shown(large, q=words).rows)
        assert not shown(large, q="nobody").rows

    def test_is_checked_whole_until_its_order_is_stored(self, large: Team) -> None:
        before = counts(shown(large))
        InventoryRun.objects.all().delete()
        assert page(large).context["stored_at"] is None
        assert counts(shown(large)) == before

    def test_is_that_of_the_ad_account_chosen(self, large: Team) -> None:
        answer = page(large, account=large.account.advertiser_id)
        assert answer.context["account"] == large.account
        assert page(large, account="1234").status_code == 422

    def test_offers_boxes_and_a_plan_to_those_who_may_plan_only(self, large: Team) -> None:
        assert 'name="posts" form="plan-form"' in page(large).content.decode()
        for given in ({"show": "not_ready"}, {"q": "nobody"}):
            assert "plan-form" not in page(large, **given).content.decode()
        client = Client()
        assert large.finance.user is not None
        client.force_login(large.finance.user)
        answer = client.get(reverse("launches:inventory", args=[large.workspace.slug]))
        assert "plan-form" not in answer.content.decode()

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
        found = checks.inventory(large.workspace, large.account, now=large.now)
        assert [row["item_id"] for row in rows] == items(found)
        assert [row["is_ready"] for row in rows] == [each.is_ready for each in found]


class TestTheStoredOrder:
    def test_is_written_only_where_it_changed(self, large: Team) -> None:
        found = checks.inventory(large.workspace, large.account, now=large.now)
        assert readiness.store_order(large.account, found, now=large.now) == 0
        row = Readiness.objects.filter(is_ready=True).first()
        assert row is not None
        Readiness.objects.filter(pk=row.pk).update(place=9)
        later = large.now + timedelta(minutes=15)
        assert readiness.store_order(large.account, found, now=later) == 1
        assert InventoryRun.objects.get(ad_account=large.account).at == later


class TestTheChecksOfSomePosts:
    def test_are_those_of_all_and_ask_no_more_for_more_posts(self, large: Team) -> None:
        found = checks.inventory(large.workspace, large.account, now=large.now)
        posts = [each.post for each in found]
        counts = []
        for number in (2, len(posts)):
            seen: list[str] = []

            def note(execute: Any, sql: str, *more: Any, seen: list[str] = seen) -> Any:
                seen.append(sql)
                return execute(sql, *more)

            with connection.execute_wrapper(note):
                some = checks.check_posts(
                    large.workspace, large.account, posts[:number], now=large.now
                )
            assert [each.results for each in some] == [each.results for each in found[:number]]
            counts.append(len(seen))
        assert len(posts) > 2
        assert counts[0] == counts[1]
