"""A sample workspace with a creator and people of each role; no sandbox, TikTok is not needed here."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from deals import Clock, Deal
from django.test import Client
from stages import Beginnings

from kindling import clock as wiring
from kindling.creators import service as creators
from kindling.workspaces import service as workspaces
from kindling.workspaces.models import Role, User
from kindling.workspaces.service import Actor

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    standing = Clock(NOON)
    monkeypatch.setattr(wiring, "_CLOCK", standing)
    return standing


@pytest.fixture
def deal(database: None, clock: Clock, beginnings: Beginnings) -> Deal:
    return beginnings.of("deal", lambda: _make_deal(clock), clock=clock)


def _make_deal(clock: Clock) -> Deal:
    owner = User.objects.create_user("owner@shop.example", name="Sample owner")
    workspace = workspaces.create_workspace(
        slug="sample-shop", name="Sample shop", owner=owner, currency="USD",
        timezone="America/New_York", at=NOON,
    )  # fmt: skip
    lead = workspaces.actor_for(owner, workspace.slug)

    def hire(role: str) -> Actor:
        member = workspaces.add_member(lead, email=f"{role}@shop.example", role=role, at=NOON)
        return workspaces.actor_for(member.user, workspace.slug)

    return Deal(
        clock=clock,
        workspace=workspace,
        creator=creators.record_creator(workspace, handle="sample.ana", at=NOON, source="test"),
        owner=lead,
        manager=hire(Role.CREATOR_MANAGER),
        finance=hire(Role.FINANCE),
        viewer=hire(Role.VIEWER),
    )


@pytest.fixture
def desk(deal: Deal) -> Client:
    """A browser of the creator manager."""
    client = Client()
    client.force_login(User.objects.get(email="creator_manager@shop.example"))
    return client


@pytest.fixture
def till(deal: Deal) -> Client:
    """A browser of finance."""
    client = Client()
    client.force_login(User.objects.get(email="finance@shop.example"))
    return client
