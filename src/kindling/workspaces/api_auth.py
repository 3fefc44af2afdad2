"""Who asks over the API: the member behind a bearer token; and the shapes every answer shares."""

from __future__ import annotations

from typing import Annotated, Any, cast

from django.http import HttpRequest
from django.utils.datastructures import MultiValueDict
from ninja import Schema
from ninja.parser import Parser
from ninja.security import HttpBearer
from pydantic import AfterValidator, Field

from kindling.clock import now
from kindling.kit.text import MOST_REASON, storable, without_hidden
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor, actor_for_token


class BearerToken(HttpBearer):
    """Turns `Authorization: Bearer kd_…` into an Actor who may do one of the actions of an operation.

    An unknown or revoked token is a 401, a role that may not is a 403, before anything of the request is read.
    """

    def __init__(self, *actions: Action) -> None:
        super().__init__()
        self.actions = actions or (Action.SEE,)

    def authenticate(self, request: HttpRequest, token: str) -> Actor | None:
        actor = actor_for_token(token, at=now())
        if actor is not None and not any(actor.can(action) for action in self.actions):
            actor.require(self.actions[0])
        return actor


def may(*actions: Action) -> BearerToken:
    """What an operation is for: `@router.post("", auth=may(Action.PLAN), …)`. Without it, it is for looking.

    The services ask again; this is the declaration that the docs and the test of every endpoint read.
    """
    return BearerToken(*actions)


def actor_of(request: HttpRequest) -> Actor:
    """The actor that `BearerToken` found."""
    return cast(Actor, request.auth)  # type: ignore[attr-defined]  # set by ninja


class CleanParser(Parser):
    """Reads bodies and queries without what no database or file can hold."""

    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        return cast(dict[str, Any], storable(super().parse_body(request)))

    def parse_querydict(
        self, data: MultiValueDict[str, Any], list_fields: list[str], request: HttpRequest
    ) -> dict[str, Any]:
        return cast(dict[str, Any], storable(super().parse_querydict(data, list_fields, request)))


# Why somebody does a thing, as it looks: hidden signs alone are none.
Reason = Annotated[str, Field(max_length=MOST_REASON), AfterValidator(without_hidden)]


class Problem(Schema):
    """What is wrong and what to do. `code` stays the same; `message` is for people."""

    code: str
    message: str
    next_step: str


class MoneyOut(Schema):
    """An amount as decimal text, with its currency."""

    amount: str
    currency: str


REFUSALS: dict[int, Any] = dict.fromkeys((400, 401, 403, 404, 409, 422, 502), Problem)


def answers(body: Any, *, status: int = 200) -> dict[int, Any]:
    """The answers of an operation: its own, and the refusals every operation may give."""
    return {status: body, **REFUSALS}
