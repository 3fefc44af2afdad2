"""Who gets through which endpoint of the API: nobody, strangers, and every role, against the one matrix."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest
from django.test import Client
from furnished import Furnished

from kindling.api import api
from kindling.workspaces import rules
from kindling.workspaces import service as workspaces
from kindling.workspaces.api_auth import BearerToken
from kindling.workspaces.models import Role, User
from kindling.workspaces.rules import Action

pytestmark = pytest.mark.slow


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the API and what it says it is for."""

    method: str
    path: str
    actions: tuple[Action, ...]

    def url(self, furnished: Furnished) -> str:
        path = self.path
        for name in self.names:
            path = path.replace("{" + name + "}", str(furnished.number(name)))
        return "/api/v1" + path

    @property
    def names(self) -> list[str]:
        return [each.split("}")[0] for each in self.path.split("{")[1:]]


def operations() -> list[Operation]:
    found = []
    for prefix, router in api._routers:
        for path, view in router.path_operations.items():
            for operation in view.operations:
                own = [each for each in operation.auth_callbacks if isinstance(each, BearerToken)]
                actions = own[0].actions if own else (Action.SEE,)  # as the whole API is opened
                found += [
                    Operation(method, f"{prefix}{path}", actions) for method in operation.methods
                ]
    return sorted(found, key=lambda each: (each.path, each.method))


def call(operation: Operation, url: str, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answer = Client().generic(
        operation.method, url, json.dumps({}), content_type="application/json", headers=headers
    )
    return int(answer.status_code)


@pytest.fixture
def tokens(furnished: Furnished) -> dict[str, str]:
    """A token of one member per role."""
    team, made = furnished.team, {}
    for role in Role.values:
        email = f"{role}@shop.example"
        if role != Role.OWNER:
            workspaces.add_member(team.owner, email=email, role=role, at=team.now)
        actor = workspaces.actor_for(User.objects.get(email=email), furnished.slug)
        made[role] = workspaces.issue_token(actor, name="test", at=team.now)
    return made


OF_ANY_WORKSPACE = "/lists/{name}"  # it names a list, not a row: whoever asks gets their own rows


class TestEveryEndpoint:
    def test_that_writes_says_what_it_is_for(self) -> None:
        assert len(operations()) > 40
        silent = [
            each.path
            for each in operations()
            if each.method != "GET" and each.actions == (Action.SEE,)
        ]
        assert silent == []

    def test_is_closed_for_nobody(self, furnished: Furnished) -> None:
        wrong = [
            (each.method, each.path, status)
            for each in operations()
            for token in ("", "kd_made_up")
            if (status := call(each, each.url(furnished), token)) != 401
        ]
        assert wrong == []

    def test_opens_for_the_roles_of_the_matrix_and_for_no_other(
        self, furnished: Furnished, tokens: dict[str, str]
    ) -> None:
        wrong = []
        for role, token in tokens.items():
            for each in operations():
                is_allowed = any(rules.may(role, action) for action in each.actions)
                if is_allowed and each.method != "GET":
                    continue  # an empty body says nothing more; the areas' own tests press these
                status = call(each, each.url(furnished), token)
                if (status in {401, 403}) is is_allowed:
                    wrong.append((role, each.method, each.path, status))
        assert wrong == []

    def test_shows_nothing_of_another_workspace(self, furnished: Furnished) -> None:
        other = User.objects.create_user("owner@other.example", name="Sample other")
        workspaces.create_workspace(
            slug="other", name="Other", owner=other, currency="USD", timezone="UTC",
            at=furnished.team.now,
        )  # fmt: skip
        actor = workspaces.actor_for(other, "other")
        token = workspaces.issue_token(actor, name="test", at=furnished.team.now)
        wrong = []
        for each in operations():
            if not each.names or each.path == OF_ANY_WORKSPACE:
                continue
            status = call(each, each.url(furnished), token)
            if status not in {404, 422}:  # 422: the body is judged first, and is empty here
                wrong.append((each.method, each.path, status))
        assert wrong == []

    def test_of_a_person_who_left_is_closed(
        self, furnished: Furnished, tokens: dict[str, str]
    ) -> None:
        workspaces.remove_member(
            furnished.team.owner, email="viewer@shop.example", at=furnished.team.now
        )
        (five,) = [each for each in operations() if each.path == "/five"]
        assert call(five, "/api/v1/five", tokens["viewer"]) == 401

    @pytest.mark.parametrize("days", ["-1", "100000000000"])
    def test_refuses_days_that_no_calendar_holds(
        self, furnished: Furnished, tokens: dict[str, str], days: str
    ) -> None:
        (five,) = [each for each in operations() if each.path == "/five"]
        assert call(five, f"/api/v1/five?ahead_days={days}", tokens["owner"]) == 422
