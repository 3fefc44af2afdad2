"""A workspace with a ready brief and one creator who owes a video; no TikTok is needed."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from datetime import UTC, datetime

from django.core.files.uploadedfile import SimpleUploadedFile

from kindling.briefs import deliverables, service
from kindling.briefs.drafts import service as drafts
from kindling.briefs.drafts.service import DraftInput
from kindling.briefs.models import Brief, Deliverable, Draft
from kindling.briefs.reviews import service as reviews
from kindling.briefs.rules import Content, DecisionResult, ReviewSide
from kindling.creators.models import Creator
from kindling.workspaces import service as workspaces
from kindling.workspaces.models import Role, User, Workspace
from kindling.workspaces.service import Actor

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CONTENT = Content(
    title="Sample serum",
    product_truth="A serum with ten percent of the sample acid.",
    audience_problem="Dull skin in winter.",
    proof_points=("Sample test with 40 people",),
    allowed_claims=("feels softer after a week",),
    forbidden_claims=("cures acne",),
    must_say=("Sample serum",),
    must_show=("the bottle",),
    disclosure="paid_partnership",
    legal_needed=True,
)
GOOD = DraftInput(
    caption="My winter skin with Sample serum #ad",
    transcript="I use Sample serum every evening.",
    disclosure="paid_partnership",
)


def box(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(body), name) + body


def film(*, seconds: int = 20, width: int = 1080, height: int = 1920, salt: bytes = b"") -> bytes:
    """A file with the boxes of an MP4: its type, its length, its size; `salt` makes it another one."""
    header = struct.pack(">IIIII", 0, 0, 0, 1000, seconds * 1000) + bytes(80)
    matrix = struct.pack(">9i", 65536, 0, 0, 0, 65536, 0, 0, 0, 1 << 30)
    track = bytes(40) + matrix + struct.pack(">II", width << 16, height << 16)
    moov = box(b"mvhd", header) + box(b"trak", box(b"tkhd", track))
    return (
        box(b"ftyp", b"isom\0\0\2\0isomiso2mp41") + box(b"moov", moov) + box(b"mdat", salt or b"0")
    )


def upload(content: bytes | None = None, name: str = "clip.mp4") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, film() if content is None else content)


@dataclass(frozen=True, slots=True)
class Studio:
    """Sample people of one workspace, a ready brief, and what two sample creators owe."""

    workspace: Workspace
    owner: Actor
    manager: Actor
    reviewer: Actor
    legal: Actor
    viewer: Actor
    brief: Brief
    ana: Creator
    ben: Creator
    work: Deliverable

    def hand_in(
        self,
        told: DraftInput = GOOD,
        *,
        by: Actor | Creator | None = None,
        salt: bytes = b"",
        at: datetime = NOW,
    ) -> Draft:
        return drafts.hand_in(
            self.fresh(), by=by or self.ana, told=told, upload=upload(film(salt=salt)), at=at
        )

    def fresh(self) -> Deliverable:
        return deliverables.find_deliverable(self.workspace, self.work.pk)

    def decide(
        self,
        draft: Draft,
        side: ReviewSide,
        verdict: DecisionResult = DecisionResult.APPROVE,
        **more: object,
    ) -> Deliverable:
        actor = self.reviewer if side is ReviewSide.BRAND else self.legal
        given = {"ticked": ["Sample serum", "the bottle"], "at": NOW, **more}
        return reviews.decide(actor, draft, side=side, verdict=verdict, **given)  # type: ignore[arg-type]

    def approved(self) -> Deliverable:
        draft = self.hand_in()
        self.decide(draft, ReviewSide.BRAND)
        return self.decide(draft, ReviewSide.LEGAL)


def make_studio(slug: str = "sample-shop", domain: str = "shop.example") -> Studio:
    owner = User.objects.create_user(f"owner@{domain}", name="Sample owner")
    workspace = workspaces.create_workspace(
        slug=slug, name="Sample shop", owner=owner, currency="USD", timezone="America/New_York",
        at=NOW,
    )  # fmt: skip
    lead = workspaces.actor_for(owner, slug)

    def hire(role: str) -> Actor:
        member = workspaces.add_member(lead, email=f"{role}@{domain}", role=role, at=NOW)
        return workspaces.actor_for(member.user, slug)

    ana, ben = (
        Creator.objects.create(
            workspace=workspace, handle=f"sample.{name}", source="hand", created_at=NOW,
            email=f"{name}@creators.example",
        )
        for name in ("ana", "ben")
    )  # fmt: skip
    brief = service.make_ready(lead, service.make_brief(lead, CONTENT, at=NOW), at=NOW)
    (work,) = deliverables.assign(lead, brief, [ana], at=NOW)
    return Studio(
        workspace=workspace, owner=lead, manager=hire(Role.CREATOR_MANAGER),
        reviewer=hire(Role.REVIEWER), legal=hire(Role.LEGAL), viewer=hire(Role.VIEWER),
        brief=brief, ana=ana, ben=ben, work=work,
    )  # fmt: skip
