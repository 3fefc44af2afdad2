"""What PostgreSQL cannot store never ends a request or a reading."""

from __future__ import annotations

import pytest
from django.db import connection
from sample_team import Team

import postgres
from kindling.creators.models import Creator
from kindling.workspaces import service as workspaces
from kindling.workspaces.models import AuditEntry

pytestmark = [postgres.ABOUT_POSTGRES, pytest.mark.usefixtures("database")]


def test_a_text_is_written_without_nul(team: Team) -> None:
    Creator.objects.create(
        workspace=team.workspace, handle="a\0na", display_name="\0", created_at=team.now, source="x"
    )
    found = Creator.objects.get(handle__in=["an\0a"])
    assert (found.handle, found.display_name) == ("ana", "")


def test_a_json_value_is_written_without_nul(team: Team) -> None:
    value = {"a\0": ["\0b\\u0000", "\\\0", 1, None]}
    workspaces.record(team.owner, "tried", "x", at=team.now, after=value)
    assert AuditEntry.objects.get(action="tried").after == {"a": ["b\\u0000", "\\", 1, None]}


def test_a_raw_statement_is_too() -> None:
    with connection.cursor() as cursor:
        cursor.executemany("SELECT %s", [["a\0"], ["b"]])
        cursor.execute("SELECT %s || %s", ["a\0", "b"])
        assert cursor.fetchone() == ("ab",)
