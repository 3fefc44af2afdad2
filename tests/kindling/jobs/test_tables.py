"""Housekeeping of the database: SQLite is told how its tables are filled."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import connection

import postgres
from kindling.jobs import tasks
from kindling.jobs.registry import registry

pytestmark = pytest.mark.usefixtures("database")


@postgres.ABOUT_SQLITE
def test_a_selective_index_is_taken_once_the_tables_were_sampled() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE sample (id INTEGER PRIMARY KEY, shop INTEGER, person INTEGER)")
        cursor.execute("CREATE INDEX by_person ON sample (person)")
        cursor.execute("CREATE INDEX by_shop ON sample (shop)")
        cursor.executemany(
            "INSERT INTO sample (shop, person) VALUES (%s, %s)", [(1, n) for n in range(2_000)]
        )
        asked = "EXPLAIN QUERY PLAN SELECT * FROM sample WHERE shop = 1 AND person = 7"
        assert "by_shop" in str(cursor.execute(asked).fetchall())
        tasks.sample_tables()
        assert "by_person" in str(cursor.execute(asked).fetchall())


def test_the_tables_are_sampled_once_an_hour() -> None:
    def keys(hour: int, minute: int) -> set[str]:
        wishes = registry.wishes(datetime(2026, 1, 5, hour, minute, tzinfo=UTC))
        return {wish.key for wish in wishes if wish.task == "jobs.sample_tables"}

    assert len(keys(7, 0)) == 1
    assert keys(7, 0) == keys(7, 59) != keys(8, 0)
