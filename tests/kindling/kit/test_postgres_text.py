"""What PostgreSQL cannot store never ends a request or a reading."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from sample_team import Team

import postgres
from kindling.creators import service as creators
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


class TestWhatNoCheckCaught:
    """A text longer than its column: said as what was given, not as a fault of ours."""

    @pytest.fixture(autouse=True)
    def _unchecked(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(creators, "check_email", lambda _: None)

    def test_is_said_by_the_api(self, team: Team) -> None:
        token = workspaces.issue_token(team.owner, name="x", at=team.now)
        answer = Client().post(
            "/api/v1/creators/", {"handle": "sample.new", "email": "a" * 300},
            content_type="application/json", headers={"Authorization": f"Bearer {token}"},
        )  # fmt: skip
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
        assert not Creator.objects.filter(handle="sample.new").exists()

    def test_is_said_on_a_page(self, team: Team) -> None:
        browser = Client()
        browser.force_login(team.owner.user)
        answer = browser.post(
            reverse("creators:add", args=[team.workspace.slug]),
            {"handle": "sample.new", "email": "a" * 300},
        )
        assert answer.status_code == 422
        assert "too long" in answer.content.decode()
