"""What the tests of creators work with: a workspace, its people, a clock that stands still, and sheets."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse
from stages import Beginnings

from kindling import clock as clock_module
from kindling.creators import service as creators
from kindling.creators.models import Creator
from kindling.workspaces import service as workspaces
from kindling.workspaces.models import AdAccount, Connection, Role, User, Workspace
from kindling.workspaces.service import Actor

CODE_ANA = "#" + "SampleCodeOfAna0" * 3 + "A="
CODE_BEN = "#" + "SampleCodeOfBen0" * 3 + "B="


class StandingClock:
    def __init__(self, start: datetime) -> None:
        self.moment = start

    def now(self) -> datetime:
        return self.moment

    def pass_by(self, **span: float) -> datetime:
        self.moment += timedelta(**span)
        return self.moment


@dataclass(frozen=True, slots=True)
class Desk:
    clock: StandingClock
    workspace: Workspace
    account: AdAccount
    owner: Actor
    manager: Actor
    reviewer: Actor
    viewer: Actor

    @property
    def now(self) -> datetime:
        return self.clock.now()

    def creator(self, handle: str = "sample.ana", **facts: object) -> Creator:
        made = creators.record_creator(self.workspace, handle=handle, at=self.now, source="test")
        Creator.objects.filter(pk=made.pk).update(**facts)
        made.refresh_from_db()
        return made

    def where(self, name: str, *more: object) -> str:
        return reverse(name, args=[self.workspace.slug, *more])


def csv_of(*rows: Sequence[object]) -> bytes:
    return "\n".join(",".join(f'"{cell}"' for cell in row) for row in rows).encode()


def excel_of(*rows: Sequence[object]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def post(handle: str, number: int) -> str:
    return f"https://www.tiktok.com/@{handle}/video/{7300000000000000000 + number}?lang=en"


NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.fixture
def desk(database: None, beginnings: Beginnings, monkeypatch: pytest.MonkeyPatch) -> Desk:
    clock = StandingClock(NOON)
    monkeypatch.setattr(clock_module, "_CLOCK", clock)
    return beginnings.of("desk", lambda: _make_desk(clock), clock=clock)


def _make_desk(clock: StandingClock) -> Desk:
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
