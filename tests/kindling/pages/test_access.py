"""Who gets into which page: every address of the map, for nobody, for strangers, for every role."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from furnished import Browser, Furnished

from kindling.workspaces import rules
from kindling.workspaces import service as workspaces
from kindling.workspaces.models import Role, User
from kindling.workspaces.rules import Action

pytestmark = pytest.mark.slow


@dataclass(frozen=True, slots=True)
class Address:
    """One page of the map."""

    name: str
    route: str
    parts: tuple[str, ...]
    view: Any

    def url(self, furnished: Furnished) -> str:
        given = {part: furnished.argument(part, self.route) for part in self.parts}
        return reverse(self.name, kwargs=given)


# Pages that answer only to a query TikTok or another page hands them, or to the one whose export it is.
WANT_MORE = {
    "creators:connect", "creators:callback", "workspaces:callback", "lists:export_file", "lists:download",
}  # fmt: skip


def addresses() -> list[Address]:
    return sorted(_walk(get_resolver(), "", ""), key=lambda each: each.name)


def _walk(resolver: URLResolver, space: str, before: str) -> Iterator[Address]:
    for entry in resolver.url_patterns:
        route = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _walk(entry, entry.namespace or space, route)
        elif isinstance(entry, URLPattern) and route.startswith("w/<slug:slug>/"):
            parts = ("slug", *entry.pattern.converters)
            yield Address(
                f"{space}:{entry.name}", route, tuple(dict.fromkeys(parts)), entry.callback
            )


def ask(client: Client, method: str, url: str) -> int:
    answer = client.post(url, {}) if method == "POST" else client.get(url)
    answer.close()  # a film that nobody reads
    return int(answer.status_code)


class TestEveryPage:
    def test_says_which_action_it_is(self) -> None:
        assert len(addresses()) > 35
        assert [
            each.name for each in addresses() if not hasattr(each.view, "kindling_action")
        ] == []

    def test_sends_nobody_to_sign_in(self, furnished: Furnished) -> None:
        wrong = []
        for each in addresses():
            url = each.url(furnished)
            answer = (
                Client().get(url) if each.view.kindling_method != "POST" else Client().post(url)
            )
            if answer.status_code != 302 or not answer["Location"].startswith("/accounts/login/"):
                wrong.append((each.name, answer.status_code))
        assert wrong == []

    def test_is_not_there_for_people_of_another_workspace(self, furnished: Furnished) -> None:
        stranger = Client()
        stranger.force_login(User.objects.create_user("stranger@other.example"))
        wrong = [
            (each.name, status)
            for each in addresses()
            if (status := ask(stranger, each.view.kindling_method, each.url(furnished))) != 404
        ]
        assert wrong == []

    def test_opens_for_the_roles_that_may_and_for_no_other(
        self, furnished: Furnished, browser: Browser
    ) -> None:
        wrong = []
        for role in Role.values:
            client = browser(role)
            for each in addresses():
                status = self._status(client, role, each, furnished)
                expected = 200 if rules.may(role, each.view.kindling_action) else 403
                if status not in {None, expected}:
                    wrong.append((role, each.name, status))
        assert wrong == []

    def _status(self, client: Client, role: str, each: Address, furnished: Furnished) -> int | None:
        """What the page answers; None where this test does not ask."""
        action, method = each.view.kindling_action, each.view.kindling_method
        if rules.may(role, action):
            if method == "POST" or each.name in WANT_MORE:
                return None  # an empty form says nothing about access; test_forms presses these
            if action in {Action.SEE, Action.EXPORT} and role != Role.VIEWER:
                return None  # open to everybody: asked once, as the least of the roles
        return ask(client, method, each.url(furnished))


class TestARow:
    """Rows of another workspace are not there, even for the owner of one's own."""

    def test_of_another_workspace_is_not_found(
        self, furnished: Furnished, browser: Browser
    ) -> None:
        other = User.objects.create_user("owner@other.example", name="Sample other")
        workspaces.create_workspace(
            slug="other", name="Other", owner=other, currency="USD", timezone="UTC",
            at=furnished.team.now,
        )  # fmt: skip
        client = Client()
        client.force_login(other)
        wrong = []
        for each in addresses():
            if (
                set(each.parts) <= {"slug", "name", "action", "category", "language"}
                or each.view.kindling_action is Action.EXPORT
            ):
                continue
            given = {part: furnished.argument(part, each.route) for part in each.parts}
            url = reverse(each.name, kwargs={**given, "slug": "other"})
            status = ask(client, each.view.kindling_method, url)
            if status != 404:
                wrong.append((each.name, status))
        assert wrong == []


class TestASecret:
    def test_is_on_no_page(self, furnished: Furnished, browser: Browser) -> None:
        connection = furnished.team.account.connection
        secrets = [
            *furnished.codes,
            connection.access_token,
            connection.app_secret,
            connection.client_secret,
        ]
        assert len(secrets) > 4
        client = browser("owner")
        for each in addresses():
            if each.view.kindling_method == "POST":
                continue
            # Joined, because a film has no `content`: it is streamed.
            page = b"".join(client.get(each.url(furnished))).decode(errors="replace")
            for secret in filter(None, secrets):
                assert secret not in page, each.name
