"""Templates and sequences of outreach: begun from ours, copied, deleted, and made over the API."""

from __future__ import annotations

from typing import Any

import pytest
from desk import Desk
from django.test import Client

from kindling.errors import NotFoundError
from kindling.outreach import rules, sequences
from kindling.outreach.models import OutreachTemplate, Sequence
from kindling.outreach.shipped import SHIPPED, ShippedText
from kindling.workspaces import service as workspaces
from kindling.workspaces.models import User
from kindling.workspaces.service import Actor

HELLO = {
    "name": "Hello",
    "language": "en",
    "channel": "dm",
    "subject": "",
    "text": "Hello {{ creator }}",
}


def kept(desk: Desk, name: str = "Hello") -> OutreachTemplate:
    return sequences.save_template(desk.manager, **{**HELLO, "name": name}, at=desk.now)


def browser_of(actor: Actor) -> Client:
    client = Client()
    client.force_login(actor.user)
    return client


@pytest.mark.parametrize("shipped", SHIPPED, ids=lambda each: each.key)
class TestATextOfOurs:
    def test_can_be_saved_as_it_is(self, desk: Desk, shipped: ShippedText) -> None:
        rules.check_text(shipped.subject)
        rules.check_text(shipped.text)
        told = {name: getattr(shipped, name) for name in HELLO}
        assert sequences.save_template(desk.manager, **told, at=desk.now).pk

    def test_is_there_in_both_languages(self, desk: Desk, shipped: ShippedText) -> None:
        told = {each.language for each in SHIPPED if each.name == shipped.name}
        assert told == {"en", "es"}


class TestThePages:
    def test_begin_a_template_with_ours_or_another(self, desk: Desk) -> None:
        client, url = browser_of(desk.manager), desk.where("outreach:add_template")
        assert (
            "Seguimos tus videos" in client.get(url, {"start": "first-contact-es"}).content.decode()
        )
        page = client.get(url, {"copy": kept(desk).pk}).content.decode()
        assert "Hello {{ creator }}" in page
        assert client.get(url, {"start": "none"}).status_code == 404
        assert client.get(url, {"copy": "999"}).status_code == 404

    def test_begin_a_sequence_with_the_steps_of_another(self, desk: Desk) -> None:
        first, second = kept(desk), kept(desk, "Second")
        made = sequences.make_sequence(
            desk.manager, name="Spring", steps=[(second, 0), (first, 5)], at=desk.now
        )
        client = browser_of(desk.manager)
        page = client.get(desk.where("outreach:add_sequence"), {"copy": made.pk}).content.decode()
        assert f'<option value="{second.pk}" selected>' in page
        assert 'name="days2" value="5"' in page

    def test_delete_a_template_that_no_sequence_needs(self, desk: Desk) -> None:
        free, needed = kept(desk), kept(desk, "Needed")
        sequences.make_sequence(desk.manager, name="Spring", steps=[(needed, 0)], at=desk.now)
        client = browser_of(desk.manager)
        client.post(desk.where("outreach:delete_template", free.pk))
        refused = client.post(desk.where("outreach:delete_template", needed.pk))
        assert refused.status_code == 409
        assert "is a step of a sequence" in refused.content.decode()
        assert list(OutreachTemplate.objects.all()) == [needed]


class TestTheApi:
    def ask(
        self, actor: Actor | None, desk: Desk, method: str, path: str, body: object = None
    ) -> Any:
        headers = {}
        if actor is not None:
            token = workspaces.issue_token(actor, name="test", at=desk.now)
            headers = {"authorization": f"Bearer {token}"}
        more = {} if method == "get" else {"data": body or {}, "content_type": "application/json"}
        return getattr(Client(), method)(f"/api/v1/outreach{path}", headers=headers, **more)

    def stranger(self, desk: Desk) -> Actor:
        person = User.objects.create_user("owner@other.example")
        made = workspaces.create_workspace(
            slug="other", name="Other", owner=person, currency="USD", timezone="UTC", at=desk.now
        )
        return workspaces.actor_for(person, made.slug)

    def test_is_closed_to_nobody(self, desk: Desk) -> None:
        pk = kept(desk).pk
        asked = [
            ("get", "/templates"),
            ("post", "/templates"),
            ("put", f"/templates/{pk}"),
            ("post", "/sequences"),
        ]
        assert {self.ask(None, desk, *each).status_code for each in asked} == {401}

    def test_shows_nothing_of_somebody_else_s(self, desk: Desk) -> None:
        pk, other = kept(desk).pk, self.stranger(desk)
        assert self.ask(other, desk, "get", "/templates").json() == []
        assert self.ask(other, desk, "put", f"/templates/{pk}", HELLO).status_code == 404
        steps = {"name": "x", "steps": [{"template": pk}]}
        assert self.ask(other, desk, "post", "/sequences", steps).status_code == 404
        with pytest.raises(NotFoundError):
            sequences.find_template(other.workspace, pk)

    def test_changes_nothing_for_a_viewer(self, desk: Desk) -> None:
        assert self.ask(desk.viewer, desk, "post", "/templates", HELLO).status_code == 403
        assert not OutreachTemplate.objects.exists()

    def test_makes_templates_and_a_sequence_of_them(self, desk: Desk) -> None:
        made = self.ask(desk.manager, desk, "post", "/templates", HELLO)
        assert made.status_code == 201
        pk = made.json()["id"]
        changed = self.ask(desk.manager, desk, "put", f"/templates/{pk}", {**HELLO, "text": "Hi"})
        assert changed.json()["text"] == "Hi"
        steps = {"name": "Spring", "steps": [{"template": pk}, {"template": pk, "wait_days": 4}]}
        told = self.ask(desk.manager, desk, "post", "/sequences", steps)
        assert (told.status_code, told.json()["name"]) == (201, "Spring")
        assert sequences.steps_of(Sequence.objects.get()) == [(pk, 0), (pk, 4)]
