"""Texts of forms and of API bodies: what no database can hold is left out, a reason has a length that is read."""

from __future__ import annotations

from typing import Any

import pytest
from desk import Desk, desk
from django.http import HttpResponse
from django.test import Client, RequestFactory

from kindling.delivery import api as delivery
from kindling.delivery import stops
from kindling.kit.clean_forms import CleanForms
from kindling.kit.text import MOST_REASON, storable
from kindling.posts.models import Post
from kindling.workspaces import service as workspaces
from kindling.workspaces.models import User
from kindling.workspaces.service import Actor

__all__ = ["desk"]

HALF_A_SIGN = "\ud83d"
REASONS = ["\0\0\0", "\u200b", HALF_A_SIGN, " \t"]


def told(desk: Desk, path: str, body: dict[str, Any]) -> Any:
    token = workspaces.issue_token(desk.owner, name="test", at=desk.now)
    return Client().post(
        f"/api/v1/{path}", body, content_type="application/json",
        headers={"Authorization": f"Bearer {token}"},
    )  # fmt: skip


@pytest.fixture
def post(desk: Desk) -> Post:
    return Post.objects.create(
        workspace=desk.workspace, creator=desk.creator(), item_id="7400000000000000001",
        first_seen_at=desk.now, seen_at=desk.now, refused_at=desk.now, refused_because="A story.",
    )  # fmt: skip


@pytest.fixture
def reasons(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The reasons that ads were paused for."""
    given: list[str] = []

    def pause(actor: Actor, ad: object, *, reason: str, at: object) -> None:
        given.append(reason)

    monkeypatch.setattr(delivery.service, "find_ad", lambda *_: None)
    monkeypatch.setattr(stops, "pause", pause)
    return given


class TestATextOfTheAPI:
    def test_is_kept_without_what_cannot_be_stored(self, desk: Desk) -> None:
        """Seen: half of an emoji in a plan's name, or in the reason of a pause, ended in an error 500."""
        body = {"text": f"A{HALF_A_SIGN}n\0a 😀"}
        answer = told(desk, f"creators/{desk.creator().handle}/notes", body)
        assert answer.status_code == 201, answer.json()
        assert answer.json()["text"] == "Ana 😀"

    def test_of_a_pause_is_a_reason_as_it_looks(self, desk: Desk, reasons: list[str]) -> None:
        answer = told(desk, "ads/1/pause", {"reason": f"Too\0 {HALF_A_SIGN}dear"})
        assert (answer.status_code, reasons) == (200, ["Too dear"])

    def test_of_a_reason_has_at_most_a_thousand_characters(
        self, desk: Desk, reasons: list[str]
    ) -> None:
        """Seen: the reason of a pause took 200,000."""
        answer = told(desk, "ads/1/pause", {"reason": "x" * (MOST_REASON + 1)})
        assert (answer.status_code, reasons) == (422, [])
        assert "reason: String should have at most 1000 characters" in answer.json()["message"]
        assert told(desk, "ads/1/pause", {"reason": "x" * MOST_REASON}).status_code == 200

    @pytest.mark.parametrize("reason", REASONS, ids=ascii)
    def test_that_nobody_sees_is_no_reason(self, desk: Desk, post: Post, reason: str) -> None:
        body = {"reason": reason}
        assert told(desk, f"posts/{post.item_id}/allow-again", body).status_code == 422

    def test_of_a_query_is_read_without_it_too(self, desk: Desk) -> None:
        token = workspaces.issue_token(desk.owner, name="test", at=desk.now)
        desk.creator()
        found = Client().get(
            "/api/v1/creators/?search=sam%00ple", headers={"Authorization": f"Bearer {token}"}
        )
        assert found.status_code == 200


class TestATextOfAForm:
    @pytest.fixture
    def browser(self) -> Client:
        client = Client()
        client.force_login(User.objects.get(email="owner@shop.example"))
        return client

    def test_is_kept_without_what_cannot_be_stored(self, desk: Desk, browser: Client) -> None:
        creator = desk.creator()
        path = desk.where("creators:write_note", creator.handle)
        assert browser.post(path, {"text": "A\0na\r\n😀"}).status_code == 302
        assert creator.notes.get().text.splitlines() == ["Ana", "😀"]

    def test_keeps_every_value_of_a_name(self, rf: RequestFactory) -> None:
        request = rf.post("/", {"post": ["1", "2\0"], "q\0": "x"})
        CleanForms(lambda _: HttpResponse()).process_view(request, lambda: HttpResponse(), (), {})
        assert dict(request.POST.lists()) == {"post": ["1", "2"], "q": ["x"]}
        with pytest.raises(AttributeError, match="immutable"):
            request.POST["post"] = "3"

    @pytest.mark.parametrize("reason", REASONS[:2] + REASONS[3:], ids=ascii)
    def test_that_nobody_sees_is_no_reason(
        self, desk: Desk, post: Post, browser: Client, reason: str
    ) -> None:
        """Seen: three U+0000 in the portal."""
        path = desk.where("profiles:allow_again", post.item_id)
        assert browser.post(path, {"reason": reason}).status_code == 422

    def test_of_a_reason_that_is_too_long_says_how_long_it_may_be(
        self, desk: Desk, browser: Client, reasons: list[str]
    ) -> None:
        path = desk.where("delivery:pause", "1")
        answer = browser.post(path, {"reason": "x" * 200_000})
        assert (answer.status_code, reasons) == (422, [])
        assert "at most 500 characters" in answer.content.decode()


def test_every_text_of_a_json_value_is_cleaned() -> None:
    given = {"a\0": ["b\0", {"c": "\udc00d"}], "n": 1, "e": None}
    assert storable(given) == {"a": ["b", {"c": "d"}], "n": 1, "e": None}
