"""Two tabs that edit the same thing: the second is told what changed, field by field, and loses nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from furnished import Browser, Furnished

import kindling
from kindling.kit.forms import SEEN

Fields = dict[str, list[str]]


class Guarded(HTMLParser):
    """The fields of the form that tells what it showed, as a browser would send them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fields: Fields = {}
        self._form: Fields | None = None
        self._name = ""
        self.feed(page)

    def handle_starttag(self, tag: str, given: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in given}
        name = told.get("name", "")
        if tag == "form":
            self._form = {}
        if self._form is None:
            return
        if tag == "input" and name and told.get("type") not in {"file", "submit"}:
            is_box = told.get("type") in {"checkbox", "radio"}
            if not is_box or "checked" in told:
                self._form.setdefault(name, []).append(told.get("value", "on" if is_box else ""))
        elif tag == "textarea":
            self._name, self._form[name] = name, [""]
        elif tag == "select":
            self._name = name
        elif tag == "option" and ("selected" in told or self._name not in self._form):
            self._form[self._name] = [told.get("value", "")]

    def handle_data(self, data: str) -> None:
        if self._form is not None and self.lasttag == "textarea" and self._name:
            self._form[self._name][0] += data

    def handle_endtag(self, tag: str) -> None:
        if tag in {"textarea", "select"}:
            self._name = ""
        if tag == "form" and self._form is not None:
            if SEEN in self._form:
                self.fields = self._form
            self._form = None


PAGES: dict[str, tuple[str, Callable[[Furnished], list[object]], str, str]] = {
    "a creator": ("creators:edit", lambda made: [made.post.creator.handle], "display_name", "country"),
    "a brief": ("briefs:change", lambda made: [made.brief.pk], "must_say", "audience_problem"),
    "a brief template": ("briefs:template", lambda made: [made.brief_template.pk], "must_say", "name"),
    "a message template": (
        "outreach:template", lambda made: [made.enrolment.sequence.steps.get().template.pk], "subject", "text",
    ),
    "an agreement template": (
        "agreements:template", lambda made: [made.terms_template.pk], "name", "content_fee_minor",
    ),
    "the settings": ("workspaces:settings", lambda made: [], "name", "safety_margin_hours"),
}  # fmt: skip
VALUES = {
    "country": ("US", "GB"),
    "content_fee_minor": ("150.00", "200.00"),
    "safety_margin_hours": ("30", "36"),
}


def opened(client: Client, url: str) -> Fields:
    found = Guarded(client.get(url).content.decode()).fields
    assert SEEN in found, url
    return found


def two_tabs(
    thing: str, furnished: Furnished, browser: Browser
) -> tuple[Client, str, Fields, Fields]:
    """An owner, the page of the thing, and its form as each of two tabs has it."""
    name, arguments, *_ = PAGES[thing]
    url = reverse(name, args=[furnished.slug, *arguments(furnished)])
    client = browser("owner")
    return client, url, opened(client, url), opened(client, url)


def says(answer: object, field: str) -> str:
    page = answer.content.decode()  # type: ignore[attr-defined]  # Django's test answer
    return unescape("".join(re.findall(f'id="(?:id_)?{field}_error">([^<]*)<', page)))


@pytest.mark.parametrize("thing", PAGES)
class TestTheSecondTab:
    def test_is_told_what_changed_and_may_replace_it(
        self, thing: str, furnished: Furnished, browser: Browser
    ) -> None:
        client, url, one, other = two_tabs(thing, furnished, browser)
        field = PAGES[thing][2]
        assert client.post(url, one | {field: "Words of one"}).status_code == 302
        answer = client.post(url, other | {field: "Words of the other"})
        assert answer.status_code == 422
        assert "Changed since you opened this form" in says(answer, field)
        assert "Words of one" in says(answer, field)
        assert opened(client, url)[field][0].strip() == "Words of one"
        again = Guarded(answer.content.decode()).fields
        assert again[field][0].strip() == "Words of the other"
        assert client.post(url, again).status_code == 302
        assert opened(client, url)[field][0].strip() == "Words of the other"

    def test_does_not_bring_an_old_value_back_with_another_field(
        self, thing: str, furnished: Furnished, browser: Browser
    ) -> None:
        client, url, one, other = two_tabs(thing, furnished, browser)
        field, second = PAGES[thing][2:]
        ours, theirs = VALUES.get(second, ("Ours", "Theirs"))
        assert client.post(url, one | {field: "Words of one", second: ours}).status_code == 302
        answer = client.post(url, other | {second: theirs})
        assert answer.status_code == 422
        assert "Words of one" in says(answer, field)
        assert opened(client, url)[field][0].strip() == "Words of one"

    def test_that_sends_what_is_stored_by_now_is_not_held_up(
        self, thing: str, furnished: Furnished, browser: Browser
    ) -> None:
        client, url, one, other = two_tabs(thing, furnished, browser)
        field = PAGES[thing][2]
        for form in (one, other):
            assert client.post(url, form | {field: "The same words"}).status_code == 302


def test_every_form_that_is_guarded_says_what_it_showed() -> None:
    """`guarded()` without its mark in the page would guard nothing."""
    folder = Path(kindling.__file__).parent
    guarded = {
        path.relative_to(folder).parts[0]
        for path in folder.rglob("*.py")
        if ".guarded()" in path.read_text()
    }
    marked = {
        path.relative_to(folder).parts[0]
        for path in folder.rglob("*.html")
        if "form.guard }}" in path.read_text()
    }
    assert guarded == marked == {
        "agreements", "briefs", "comments", "creators", "outreach", "workspaces",
    }  # fmt: skip
