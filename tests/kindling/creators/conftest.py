"""A sample workspace with people of each role; TikTok is not needed here."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from desk import Desk, StandingClock
from django.test import Client

from kindling import wiring
from kindling.workspaces import service as workspaces
from kindling.workspaces.models import AdAccount, Connection, Role, User
from kindling.workspaces.service import Actor

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.fixture
def desk(database: None, monkeypatch: pytest.MonkeyPatch) -> Desk:
    clock = StandingClock(NOON)
    monkeypatch.setattr(wiring, "_CLOCK", clock)
    owner = User.objects.create_user("owner@shop.example", name="Sample owner")
    workspace = workspaces.create_workspace(
        slug="sample-shop", name="Sample shop", owner=owner, currency="USD", timezone="UTC", at=NOON
    )
    lead = workspaces.actor_for(owner, workspace.slug)

    def hire(role: str) -> Actor:
        member = workspaces.add_member(lead, email=f"{role}@shop.example", role=role, at=NOON)
        return workspaces.actor_for(member.user, workspace.slug)

    connection = Connection.objects.create(workspace=workspace, name="Sample", app_id="1")
    account = AdAccount.objects.create(
        workspace=workspace, connection=connection, advertiser_id="7000000000000000001",
        name="Sample account", currency="USD", timezone="UTC",
    )  # fmt: skip
    return Desk(
        clock=clock,
        workspace=workspace,
        account=account,
        owner=lead,
        manager=hire(Role.CREATOR_MANAGER),
        reviewer=hire(Role.REVIEWER),
        viewer=hire(Role.VIEWER),
    )


@pytest.fixture
def browser(desk: Desk) -> Client:
    """A browser of the creator manager."""
    client = Client()
    client.force_login(User.objects.get(email="creator_manager@shop.example"))
    return client
