"""Rows in an order that the database does not know are read by their keys, and only when they are shown."""

from __future__ import annotations

import pytest
from django.core.paginator import Paginator
from django.db import connection
from django.test.utils import CaptureQueriesContext
from sample_team import Team

from kindling.creators.models import Creator
from kindling.lists import query
from kindling.lists.query import Picked


@pytest.fixture
def keys(team: Team) -> list[int]:
    Creator.objects.bulk_create(
        Creator(
            workspace=team.workspace, handle=f"picked.{number}", source="test", created_at=team.now
        )
        for number in range(7)
    )
    rows = Creator.objects.filter(handle__startswith="picked.").order_by("-handle")
    found = list(rows.values_list("pk", flat=True))
    return [*found[3:], *found[:3]]  # no order of any column


def of(keys: list[int]) -> Picked:
    return Picked(Creator.objects.order_by("handle"), keys)


def pks(rows: list[Creator]) -> list[int]:
    return [each.pk for each in rows]


def test_come_in_the_order_of_their_keys(keys: list[int]) -> None:
    rows = of(keys)
    assert len(rows) == 7
    assert pks(list(rows)) == keys
    assert pks(rows[2:5]) == keys[2:5]
    assert [rows[number].pk for number in (0, 6, -1)] == [keys[0], keys[6], keys[-1]]


def test_of_a_page_alone_are_read_for_it(keys: list[int]) -> None:
    with CaptureQueriesContext(connection) as asked:
        pages = Paginator(of(keys), 3)
        assert pages.count == 7
    assert len(asked) == 0
    with CaptureQueriesContext(connection) as asked:
        assert pks(list(pages.page(3).object_list)) == keys[6:]
    assert len(asked) == 1


def test_are_all_read_some_at_a_time(keys: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(query, "BATCH", 3)
    with CaptureQueriesContext(connection) as asked:
        assert pks(list(of(keys))) == keys
    assert len(asked) == 3


def test_one_that_was_deleted_meanwhile_is_left_out(keys: list[int]) -> None:
    rows = of(keys)
    Creator.objects.filter(pk=keys[1]).delete()
    assert pks(rows[:3]) == [keys[0], keys[2]]


def test_one_that_the_query_leaves_out_is_not_read_by_its_key(keys: list[int]) -> None:
    assert list(Picked(Creator.objects.none(), keys)) == []
