"""What the tests of creators work with: a workspace, its people, a clock that stands still, and sheets."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import openpyxl
from django.urls import reverse

from kindling.creators import service as creators
from kindling.creators.models import Creator
from kindling.workspaces.models import AdAccount, Workspace
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
