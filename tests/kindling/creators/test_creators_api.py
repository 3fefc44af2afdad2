"""The API of creators: the directory, notes, enrolling, and a tracker looked at and imported."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from desk import CODE_ANA, Desk, csv_of, post
from django.test import Client

from kindling.creators.models import Creator
from kindling.outreach import sequences
from kindling.workspaces import service as workspaces
from kindling.workspaces.service import Actor

Call = Callable[..., tuple[int, Any]]


@pytest.fixture
def call(desk: Desk) -> Call:
    """Ask the API as a member: method, path, body."""

    def asked(method: str, path: str, body: object = None, *, who: Actor | None = None) -> Any:
        token = workspaces.issue_token(who or desk.manager, name="test", at=desk.now)
        answer = Client().generic(
            method, f"/api/v1{path}", json.dumps(body or {}), content_type="application/json",
            headers={"Authorization": f"Bearer {token}"},
        )  # fmt: skip
        return answer.status_code, answer.json()

    return asked


class TestTheDirectory:
    def test_is_closed_for_nobody_and_empty_for_strangers(self, desk: Desk, call: Call) -> None:
        assert Client().get("/api/v1/creators/").status_code == 401
        assert call("GET", "/creators/") == (200, {"rows": [], "next_cursor": None})

    def test_takes_changes_and_finds_by_a_former_handle(self, desk: Desk, call: Call) -> None:
        assert (
            call("POST", "/creators/", {"handle": "@sample.ana", "email": "a@shop.example"})[0]
            == 201
        )
        status, changed = call(
            "PATCH",
            "/creators/sample.ana",
            {"handle": "sample.new", "tags": ["A"], "country": "de"},
        )
        assert status == 200
        assert (changed["handle"], changed["tags"], changed["country"]) == (
            "sample.new",
            ["a"],
            "DE",
        )
        status, found = call("GET", "/creators/sample.ana")
        assert found["former_handles"] == ["sample.ana"]
        assert found["email"] == "a@shop.example"
        assert call("GET", "/creators/nobody")[0] == 404

    @pytest.mark.parametrize("email", ["no address", "a" * 250 + "@shop.example"])
    def test_refuses_what_is_no_address(self, call: Call, email: str) -> None:
        status, answer = call("POST", "/creators/", {"handle": "@sample.ana", "email": email})
        assert (status, answer["code"]) == (422, "invalid_input")
        assert call("GET", "/creators/") == (200, {"rows": [], "next_cursor": None})

    def test_is_not_changed_by_viewers(self, desk: Desk, call: Call) -> None:
        desk.creator()
        for method, path in (("POST", "/creators/"), ("PATCH", "/creators/sample.ana")):
            assert call(method, path, {"handle": "x"}, who=desk.viewer)[0] == 403

    def test_keeps_notes(self, desk: Desk, call: Call) -> None:
        desk.creator()
        assert call("POST", "/creators/sample.ana/notes", {"text": "Kind."})[0] == 201
        assert call("GET", "/creators/sample.ana/notes")[1][0]["text"] == "Kind."


def test_enrolling_names_who_was_left_out(desk: Desk, call: Call) -> None:
    desk.creator()
    template = sequences.save_template(
        desk.manager, name="x", language="en", channel="dm", subject="", text="Hi", at=desk.now
    )
    made = sequences.make_sequence(desk.manager, name="S", steps=[(template, 0)], at=desk.now)
    status, done = call(
        "POST", f"/outreach/sequences/{made.pk}/enrol", {"handles": ["sample.ana", "nobody"]}
    )
    assert (status, done["enrolled"]) == (200, 1)
    assert done["left_out"] == [{"handle": "nobody", "reason": "not in the directory"}]
    assert call("GET", "/outreach/sequences")[1][0]["active"] == 1


class TestATracker:
    SHEET = csv_of(("handle", "link", "code"), ("sample.ana", post("sample.ana", 1), CODE_ANA))

    def test_is_looked_at_then_imported(self, desk: Desk, call: Call) -> None:
        body = {"content": base64.b64encode(self.SHEET).decode(), "name": "x.csv"}
        status, looked = call("POST", "/tracker/dry-run", body)
        assert status == 200
        assert looked["counts"]["taken"] == 1
        assert CODE_ANA not in json.dumps(looked)
        assert not Creator.objects.exists()
        assert call("POST", "/tracker/import", body)[0] == 409  # no ad account for the code
        body["ad_account"] = desk.account.advertiser_id
        status, taken = call("POST", "/tracker/import", body)
        assert status == 200
        assert taken["intake"] is not None
        assert Creator.objects.get().handle == "sample.ana"

    def test_says_how_each_sheet_is_read_and_reads_those_named(
        self, desk: Desk, call: Call
    ) -> None:
        sheet = csv_of(("handle", "tags", "mood"), ("sample.ana", "beauty", "good"))
        body = {"content": base64.b64encode(sheet).decode(), "name": "x.csv"}
        looked = call("POST", "/tracker/dry-run", body)[1]
        assert looked["encoding"] == "UTF-8"
        assert looked["sheets"] == [
            {
                "name": None, "columns": {"handle": "handle", "tags": "tags"}, "ignored_columns": ["mood"],
                "header_line": 1, "day_order": None, "asks_day_order": False, "lines": 1, "skipped": None,
            }
        ]  # fmt: skip
        assert call("POST", "/tracker/dry-run", body | {"sheets": ["March"]})[0] == 422

    def test_that_is_none_is_refused(self, desk: Desk, call: Call) -> None:
        assert call("POST", "/tracker/dry-run", {"content": "%%%"})[0] == 422
        assert call("POST", "/tracker/dry-run", {"content": ""})[0] == 422
        assert call("POST", "/tracker/dry-run", {"content": ""}, who=desk.viewer)[0] == 403
