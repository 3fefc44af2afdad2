"""A creator hands in, answers notes and links the post: what is wrong is said at its field, and the rest is kept."""

from __future__ import annotations

import re

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from studio import GOOD, NOW, Studio, upload

from kindling.access import service as access
from kindling.briefs import deliverables
from kindling.briefs.models import Draft, ReviewNote
from kindling.briefs.reviews import service as reviews
from kindling.clock import now


@pytest.fixture
def phone(studio: Studio) -> Client:
    cache.clear()
    client = Client()
    link = access.make_link(studio.ana, purpose="test", at=now(), actor=studio.manager)
    assert client.post("/" + link.split("/", 3)[3]).status_code == 302
    return client


def text(answer: object) -> str:
    return answer.content.decode()  # type: ignore[attr-defined, no-any-return]


class TestADraft:
    def test_is_handed_in_with_its_words_as_typed(self, studio: Studio, phone: Client) -> None:
        url = reverse("portal:deliverable", args=[studio.work.pk])
        caption = "می\u200cخواهم #ad 👩‍👧"  # a joiner that is part of how the word is written
        given = {"caption": f" {caption} ", "music": "original", "is_ai": "on", "ai_what": "Voice"}
        assert phone.post(url, {**given, "file": upload()}).status_code == 302
        draft = Draft.objects.get()
        assert (draft.caption, draft.music, draft.is_ai, draft.ai_what) == (
            caption, "original", True, "Voice",
        )  # fmt: skip

    @pytest.mark.parametrize(
        ("given", "field", "says"),
        [
            ({}, "file", "Give either a file or a link."),
            ({"link": "http://plain.example/a"}, "link", "must be an https:// address"),
            ({"link": "https://a.example/b", "caption": "c" * 4001}, "caption", "4,000"),
            ({"link": "https://a.example/b", "music": "polka"}, "music", "Select a valid choice"),
            ({"link": "https://a.example/b", "ai_what": "a" * 301}, "ai_what", "at most 300"),
        ],
    )
    def test_says_at_its_field_what_is_wrong_and_keeps_the_rest(
        self, studio: Studio, phone: Client, given: dict[str, str], field: str, says: str
    ) -> None:
        url = reverse("portal:deliverable", args=[studio.work.pk])
        answer = phone.post(url, {"transcript": "<b>kept</b> مرحبا", "is_ai": "on", **given})
        page = text(answer)
        assert answer.status_code == 422
        assert says in re.findall(f'id="{field}_error">([^<]*)<', page)[0]
        assert "&lt;b&gt;kept&lt;/b&gt; مرحبا" in page
        assert re.search(r'name="is_ai"[^>]* checked', page)
        assert not Draft.objects.exists()

    def test_says_so_when_the_file_is_none(self, studio: Studio, phone: Client) -> None:
        url = reverse("portal:deliverable", args=[studio.work.pk])
        answer = phone.post(url, {"caption": "Typed", "file": upload(b"")})
        assert answer.status_code == 422
        assert 'id="file_error">The file is empty.<' in text(answer)
        assert ">Typed<" in text(answer).replace("\n", "")

    def test_speaks_to_creators_in_spanish_as_the_rest_of_the_portal_does(
        self, studio: Studio, phone: Client
    ) -> None:
        phone.post(reverse("portal:language"), {"language": "es"})
        url = reverse("portal:deliverable", args=[studio.work.pk])
        answer = text(phone.post(url, {"ai_what": "a" * 301, "music": "polka"}))
        assert "Escribe como máximo 300 caracteres (hay 301)." in answer
        assert "Elige una de las opciones: polka no está entre ellas." in answer
        answer = text(phone.post(url, {"link": "http://plain.example/a"}))
        assert 'id="link_error">El enlace tiene que ser una dirección https://.<' in answer


class TestAnAnswerToANote:
    def test_is_kept_where_it_is_wrong(self, studio: Studio, phone: Client) -> None:
        draft = studio.hand_in()
        note = reviews.write_note(studio.reviewer, draft, text="Brighter, please.", at=NOW)
        url = reverse("portal:answer_note", args=[note.pk])
        answer = phone.post(url, {"text": "x" * 4001})
        assert answer.status_code == 422
        assert "x" * 4001 in text(answer)
        assert f'id="text-{note.pk}_error">A note has 1 to 4,000 characters.<' in text(answer)
        assert phone.post(url, {"text": "  "}).status_code == 422
        assert ReviewNote.objects.count() == 1
        assert phone.post(url, {"text": "Done."}).status_code == 302
        assert ReviewNote.objects.filter(answers=note, text="Done.").exists()

    def test_of_somebody_else_is_not_there(self, studio: Studio, phone: Client) -> None:
        (other,) = deliverables.assign(studio.owner, studio.brief, [studio.ben], at=NOW)
        draft = Draft.objects.create(
            deliverable=other, round_number=1, at=NOW, review_due_at=NOW, by_label="x"
        )
        note = reviews.write_note(studio.reviewer, draft, text="Not for Ana.", at=NOW)
        url = reverse("portal:answer_note", args=[note.pk])
        assert phone.post(url, {"text": "Mine?"}).status_code == 404


class TestThePost:
    def test_of_somebody_else_is_said_at_its_field(self, studio: Studio, phone: Client) -> None:
        row = studio.approved()
        url = reverse("portal:post_link", args=[row.pk])
        typed = "https://www.tiktok.com/@sample.stranger/video/7400000000000000001"
        answer = phone.post(url, {"post": typed})
        assert answer.status_code == 422
        assert 'id="post_error">This post is not yours.<' in text(answer)
        assert f'value="{typed}"' in text(answer)
        assert GOOD.caption in text(answer)
        assert phone.post(url, {"post": "\u202e<b>no link</b>"}).status_code == 422
