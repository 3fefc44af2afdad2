"""What the tests of agreements work with: a workspace, its people, and an agreement made step by step."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from kindling.agreements import service
from kindling.agreements.contract.terms import Terms
from kindling.agreements.models import Agreement, AgreementVersion
from kindling.creators.models import Creator
from kindling.posts.models import Post
from kindling.workspaces.models import Workspace
from kindling.workspaces.service import Actor

PAID = Terms(content_fee_minor=30_000, rights_fee_minor=6_000, renewal_prices=((30, 12_000),))


class Clock:
    def __init__(self, start: datetime) -> None:
        self.moment = start

    def now(self) -> datetime:
        return self.moment

    def pass_by(self, **span: int) -> datetime:
        self.moment += timedelta(**span)
        return self.moment


@dataclass(frozen=True, slots=True)
class Deal:
    clock: Clock
    workspace: Workspace
    creator: Creator
    owner: Actor
    manager: Actor
    finance: Actor
    viewer: Actor

    @property
    def now(self) -> datetime:
        return self.clock.now()

    def drafted(self, terms: Terms = PAID, title: str = "Spring video") -> AgreementVersion:
        return service.create(self.manager, self.creator, title=title, terms=terms, at=self.now)

    def offered(self, terms: Terms = PAID) -> AgreementVersion:
        return service.offer(self.manager, self.drafted(terms), at=self.now)

    def agreed(self, terms: Terms = PAID) -> AgreementVersion:
        return self.consent(self.offered(terms))

    def consent(self, version: AgreementVersion) -> AgreementVersion:
        return service.consent(
            version, as_name="Sample Ana", ip="192.0.2.7", agent="Sample browser", at=self.now
        )

    def again(self, agreement: Agreement) -> Agreement:
        return service.find(self.workspace, agreement.pk)


def in_library(deal: Deal, *item_ids: str) -> None:
    for item_id in item_ids:
        Post.objects.create(
            workspace=deal.workspace, creator=deal.creator, item_id=item_id, status="x",
            source="test", first_seen_at=deal.now, seen_at=deal.now,
        )  # fmt: skip
