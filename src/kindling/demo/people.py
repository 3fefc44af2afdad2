"""The sample team of the demo."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from kindling.workspaces import service as workspaces
from kindling.workspaces.models import Role, User, Workspace
from kindling.workspaces.service import Actor


@dataclass(frozen=True, slots=True)
class Team:
    """The sample people. Their addresses are of a reserved domain, so nobody is ever written to."""

    workspace: Workspace
    owner: Actor
    manager: Actor
    buyer: Actor
    finance: Actor
    reviewer: Actor
    legal: Actor
    password: str


OWNER, SHOP = "owner@shop.example", "sample-shop"
PEOPLE = {
    Role.CREATOR_MANAGER: "manager@shop.example",
    Role.MEDIA_BUYER: "buyer@shop.example",
    Role.FINANCE: "finance@shop.example",
    Role.REVIEWER: "reviewer@shop.example",
    Role.LEGAL: "legal@shop.example",
}


def make_team(*, at: datetime) -> Team:
    """One person per role, in a workspace of their own, all with the same password."""
    password = secrets.token_urlsafe(9)
    owner = User.objects.create_user(OWNER, password, name="Sample owner")
    workspace = workspaces.create_workspace(
        slug=SHOP,
        name="Sample shop",
        owner=owner,
        currency="USD",
        timezone="America/New_York",
        at=at,
    )
    lead = workspaces.actor_for(owner, workspace.slug)
    for role, email in PEOPLE.items():
        User.objects.create_user(email, password, name=f"Sample {role.label.lower()}")
        workspaces.add_member(lead, email=email, role=role, at=at)
    return _team(password)


def team_again() -> Team:
    """The team of an earlier demo, with a new password: the old one was printed once and is not kept."""
    password = secrets.token_urlsafe(9)
    for user in User.objects.filter(email__in=[OWNER, *PEOPLE.values()]):
        user.set_password(password)
        user.save(update_fields=["password"])
    return _team(password)


def _team(password: str) -> Team:
    lead = workspaces.actor_for(User.objects.get(email=OWNER), SHOP)
    actors = {
        role: workspaces.actor_for(User.objects.get(email=email), SHOP)
        for role, email in PEOPLE.items()
    }
    return Team(
        workspace=lead.workspace,
        owner=lead,
        manager=actors[Role.CREATOR_MANAGER],
        buyer=actors[Role.MEDIA_BUYER],
        finance=actors[Role.FINANCE],
        reviewer=actors[Role.REVIEWER],
        legal=actors[Role.LEGAL],
        password=password,
    )
