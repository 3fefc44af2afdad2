"""Templates of briefs: saved from a brief, chosen for a new one, on pages and over the API."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from studio import CONTENT, NOW, Studio, make_studio
from test_briefs_api import Wire

from kindling.briefs import starting_points
from kindling.briefs.models import Brief, BriefTemplate
from kindling.errors import ConflictError, NotFoundError
from kindling.workspaces.service import Actor


def where(studio: Studio, name: str, *more: object) -> str:
    return reverse(f"briefs:{name}", args=[studio.workspace.slug, *more])


def browser(actor: Actor) -> Client:
    client = Client()
    client.force_login(actor.user)
    return client


def kept(studio: Studio, name: str = "Serum") -> BriefTemplate:
    return starting_points.save_template(studio.manager, studio.brief, name=name, at=NOW)


class TestATemplate:
    def test_keeps_what_a_brief_says_without_its_title(self, studio: Studio) -> None:
        found = starting_points.content_in(kept(studio))
        assert found.title == ""
        assert (found.must_say, found.forbidden_claims) == (
            CONTENT.must_say,
            CONTENT.forbidden_claims,
        )

    def test_has_a_name_of_its_own(self, studio: Studio) -> None:
        kept(studio)
        with pytest.raises(ConflictError):
            kept(studio)

    def test_that_holds_fewer_parts_has_their_defaults(self, studio: Studio) -> None:
        template = kept(studio)
        template.content = {"must_say": ["Hello"], "part_of_old": 1}
        assert starting_points.content_in(template).must_say == ("Hello",)

    def test_is_not_there_for_another_workspace(self, studio: Studio) -> None:
        template, other = kept(studio), make_studio("other", "other.example")
        with pytest.raises(NotFoundError):
            starting_points.find_template(other.workspace, template.pk)
        with pytest.raises(NotFoundError):
            starting_points.starting_content(other.workspace, "Serum")


class TestThePages:
    def test_save_choose_and_delete_a_template(self, studio: Studio) -> None:
        client = browser(studio.manager)
        save = where(studio, "save_template", studio.brief.pk)
        assert client.post(save, {"name": ""}).status_code == 422
        client.post(save, {"name": "Serum"})
        taken = client.post(save, {"name": "Serum"})
        assert taken.status_code == 409
        assert "There is already a template" in taken.content.decode()
        page = client.get(
            where(studio, "add"), {"template": "Serum", "title": "Kept"}
        ).content.decode()
        assert "cures acne" in page
        assert 'value="Kept"' in page
        assert client.get(where(studio, "add"), {"template": "None"}).status_code == 404
        client.post(where(studio, "delete_template", BriefTemplate.objects.get().pk))
        assert not BriefTemplate.objects.exists()

    def test_change_a_template_and_leave_the_briefs_that_started_from_it(
        self, studio: Studio
    ) -> None:
        client, template = browser(studio.manager), kept(studio)
        other = kept(studio, name="Cream")
        page = where(studio, "template", template.pk)
        assert "Save template" in client.get(page).content.decode()
        told = {
            "name": "Serum 2", "must_show": "the cap\nthe label", "music": "commercial_library",
            "ai_rule": "declared", "language": "en", "draft_days": 5, "post_days": 9,
            "revision_rounds": 1, "turnround_hours": 24,
        }  # fmt: skip
        taken = client.post(page, told | {"name": other.name})
        assert taken.status_code == 409
        assert "the label" in taken.content.decode()
        assert client.post(page, told | {"name": " "}).status_code == 422
        assert client.post(page, told).status_code == 302
        template.refresh_from_db()
        found = starting_points.content_in(template)
        assert (template.name, found.must_show, found.title) == (
            "Serum 2",
            ("the cap", "the label"),
            "",
        )
        studio.brief.refresh_from_db()
        assert studio.brief.must_show == list(CONTENT.must_show)

    def test_change_no_template_of_somebody_else(self, studio: Studio) -> None:
        page = where(studio, "template", kept(studio).pk)
        assert Client().get(page).status_code == 302
        assert browser(studio.viewer).get(page).status_code == 403
        stranger = make_studio("other", "other.example")
        away = where(stranger, "template", BriefTemplate.objects.get().pk)
        assert browser(stranger.manager).get(away).status_code == 404

    def test_let_no_viewer_save_one(self, studio: Studio) -> None:
        client = browser(studio.viewer)
        assert (
            client.post(where(studio, "save_template", studio.brief.pk), {"name": "x"}).status_code
            == 403
        )


class TestTheApi:
    def test_lets_nobody_in(self, studio: Studio) -> None:
        pk = kept(studio).pk
        assert Client().get("/api/v1/briefs/templates").status_code == 401
        for path in ("/templates", f"/templates/{pk}", f"/templates/{pk}/delete"):
            assert Client().post(f"/api/v1/briefs{path}").status_code == 401

    def test_shows_nothing_of_somebody_elses(self, studio: Studio) -> None:
        pk = kept(studio).pk
        wire = Wire(make_studio("other", "other.example").owner)
        assert wire.get("/templates").json() == []
        assert wire.post(f"/templates/{pk}/delete").status_code == 404
        assert wire.post(f"/templates/{pk}", {"name": "Mine"}).status_code == 404
        assert wire.post("/templates", {"brief": studio.brief.pk, "name": "x"}).status_code == 404
        assert wire.post("", {"title": "x", "template": "Serum"}).status_code == 404

    def test_writes_a_brief_from_a_template(self, studio: Studio) -> None:
        wire = Wire(studio.manager)
        saved = wire.post("/templates", {"brief": studio.brief.pk, "name": "Serum"})
        assert saved.status_code == 201
        told = {"title": "Second", "template": "Serum", "must_show": ["the cap"]}
        pk = wire.post("", told).json()["id"]
        made = Brief.objects.get(pk=pk)
        assert (made.title, made.must_show, made.must_say) == (
            "Second",
            ["the cap"],
            ["Sample serum"],
        )
        assert wire.post(f"/templates/{saved.json()['id']}/delete").json() == []

    def test_changes_the_parts_that_are_named(self, studio: Studio) -> None:
        wire, pk = Wire(studio.manager), kept(studio).pk
        changed = wire.post(f"/templates/{pk}", {"must_show": ["the cap"]}).json()
        assert changed["name"] == "Serum"
        assert changed["content"]["must_show"] == ["the cap"]
        assert changed["content"]["must_say"] == list(CONTENT.must_say)
        assert wire.post(f"/templates/{pk}", {"draft_days": -1}).status_code == 422
