"""Posts that name a competitor during an exclusivity are suspected, and a person decides."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from kindling.agreements import service as agreements
from kindling.agreements.breaches import service as breaches
from kindling.agreements.contract.rules import AgreementState
from kindling.agreements.contract.terms import StartTrigger, Terms
from kindling.agreements.models import Agreement, Breach
from kindling.creators import service as creators
from kindling.errors import ConflictError, NotAllowedError
from kindling.notices.models import Notice
from kindling.posts.models import Post
from kindling.posts.reading import exclusivity
from kindling.posts.rules import competitors_named
from kindling.workspaces import service as workspaces
from kindling.workspaces.models import AuditEntry, Role, User
from kindling.workspaces.service import Actor

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)
OURS, THEIRS = "7561217414655688790", "7561217414655688791"


class TestACompetitor:
    @pytest.mark.parametrize(
        ("caption", "named"),
        [
            ("My GlowCo serum", ["GlowCo"]),
            ("my glowco!", ["GlowCo"]),
            ("Thanks @glow.co", ["@glow.co"]),
            ("New from @glow.company", []),
            ("#GlowCo haul", ["GlowCo"]),
            ("#brightlab #ad", ["Bright Lab"]),
            ("A bright-lab morning", ["Bright Lab"]),
            ("A bright morning in the lab", []),
            ("Glowcore training", []),
            ("", []),
        ],
    )
    def test_is_named_by_handle_word_or_hashtag(self, caption: str, named: list[str]) -> None:
        assert competitors_named(caption, ("GlowCo", "@glow.co", "Bright Lab")) == named

    def test_without_letters_is_never_named(self) -> None:
        assert competitors_named("Wow!!!", ("!!!", " ", "@")) == []


@pytest.fixture
def lead(database: None) -> Actor:
    owner = User.objects.create_user("owner@shop.example", name="Sample owner")
    workspace = workspaces.create_workspace(
        slug="sample-shop", name="Sample", owner=owner, currency="USD", timezone="UTC", at=NOON
    )
    return workspaces.actor_for(owner, workspace.slug)


@pytest.fixture
def agreement(lead: Actor) -> Agreement:
    """From 2 March on the creator names no GlowCo for 30 days."""
    creator = creators.record_creator(lead.workspace, handle="sample.ana", at=NOON, source="test")
    terms = Terms(
        item_ids=(OURS,), start_trigger=StartTrigger.DATE, start_on=NOON.date(),
        exclusivity_days=30, exclusivity_competitors=("GlowCo",),
    )  # fmt: skip
    version = agreements.create(lead, creator, title="Spring", terms=terms, at=NOON)
    agreements.record_consent(lead, version, as_name="Ana", reason="On paper.", at=NOON)
    return version.agreement


def post(agreement: Agreement, caption: str, *, at: datetime, item_id: str = THEIRS) -> Post:
    facts: dict[str, Any] = {
        "caption": caption, "posted_at": at, "status": "HESITATE_RECOMMEND", "source": "test",
        "first_seen_at": at, "seen_at": at, "creator": agreement.creator,
    }  # fmt: skip
    return Post.objects.update_or_create(
        workspace=agreement.workspace, item_id=item_id, defaults=facts
    )[0]


def found(agreement: Agreement) -> list[Breach]:
    return exclusivity.find_breaches(agreement.workspace, at=NOON + 3 * DAY)


class TestAPostThatNamesACompetitor:
    def test_is_suspected_with_evidence_and_nothing_else_happens(
        self, agreement: Agreement
    ) -> None:
        post(agreement, "Trying GlowCo today", at=NOON + DAY)
        (breach,) = found(agreement)
        assert (breach.kind, breach.item_id, breach.is_suspected) == ("exclusivity", THEIRS, True)
        assert breach.agreement == agreement
        for words in ("names GlowCo", "Trying GlowCo today", "01 Apr 2026"):
            assert words in breach.evidence
        assert breach.refund_minor == 0
        agreement.refresh_from_db()
        assert agreement.state == AgreementState.AGREED
        notice = Notice.objects.get(key=f"breach-{breach.pk}")
        assert notice.title.startswith("Suspected breach by @sample.ana")

    @pytest.mark.parametrize(
        ("caption", "at", "item_id"),
        [
            ("Trying GlowCo", NOON - DAY, THEIRS),
            ("Trying GlowCo", NOON + 30 * DAY, THEIRS),
            ("Better than GlowCo", NOON + DAY, OURS),
            ("Trying something", NOON + DAY, THEIRS),
        ],
    )
    def test_is_none_outside_the_days_or_under_the_agreement(
        self, agreement: Agreement, caption: str, at: datetime, item_id: str
    ) -> None:
        post(agreement, caption, at=at, item_id=item_id)
        assert found(agreement) == []

    def test_is_suspected_once_whatever_a_person_made_of_it(
        self, agreement: Agreement, lead: Actor
    ) -> None:
        post(agreement, "Trying GlowCo today", at=NOON + DAY)
        (breach,) = found(agreement)
        assert found(agreement) == []
        breaches.resolve(
            lead, breach, remedy="no_breach", resolution="Their own purchase.", at=NOON
        )
        assert found(agreement) == []
        agreement.refresh_from_db()
        assert agreement.state == AgreementState.AGREED

    def test_of_another_workspace_is_not_looked_at(self, agreement: Agreement, lead: Actor) -> None:
        post(agreement, "Trying GlowCo today", at=NOON + DAY)
        assert lead.user is not None
        other = workspaces.create_workspace(
            slug="other", name="Other", owner=lead.user, currency="USD", timezone="UTC", at=NOON
        )
        assert exclusivity.find_breaches(other, at=NOON + 3 * DAY) == []

    def test_is_none_when_a_newer_version_agrees_on_no_exclusivity(
        self, agreement: Agreement, lead: Actor
    ) -> None:
        terms = Terms(item_ids=(OURS,), start_trigger=StartTrigger.DATE, start_on=NOON.date())
        newer = agreements.revise(lead, agreement, terms=terms, at=NOON)
        agreements.record_consent(lead, newer, as_name="Ana", reason="On paper.", at=NOON)
        post(agreement, "Trying GlowCo today", at=NOON + DAY)
        assert found(agreement) == []


class TestASuspectedBreach:
    def test_is_confirmed_by_a_person_who_may(self, agreement: Agreement, lead: Actor) -> None:
        post(agreement, "Trying GlowCo today", at=NOON + DAY)
        (breach,) = found(agreement)
        with pytest.raises(ConflictError, match="only suspected"):
            breaches.resolve(lead, breach, remedy="waived", resolution="Fine.", at=NOON)
        member = workspaces.add_member(lead, email="v@shop.example", role=Role.VIEWER, at=NOON)
        viewer = workspaces.actor_for(member.user, lead.workspace.slug)
        with pytest.raises(NotAllowedError):
            breaches.confirm(viewer, breach, at=NOON)
        breaches.confirm(lead, breach, at=NOON)
        agreement.refresh_from_db()
        assert agreement.state == AgreementState.BREACHED
        with pytest.raises(ConflictError):
            breaches.confirm(lead, breach, at=NOON)

    def test_is_confirmed_by_a_person_who_opens_the_same(
        self, agreement: Agreement, lead: Actor
    ) -> None:
        post(agreement, "Trying GlowCo today", at=NOON + DAY)
        (breach,) = found(agreement)
        same: dict[str, Any] = {"kind": "exclusivity", "item_id": THEIRS, "at": NOON + 4 * DAY}
        kindling = workspaces.system_actor(agreement.workspace)
        again = breaches.open_breach(kindling, agreement.creator, evidence="Again.", **same)
        assert (again.pk, again.is_suspected) == (breach.pk, True)
        theirs = breaches.open_breach(
            lead, agreement.creator, evidence=" She praises it in the video. ", **same
        )
        assert theirs.pk == breach.pk
        breach.refresh_from_db()
        assert (breach.is_suspected, breach.opened_by) == (False, lead.user)
        assert breach.evidence.endswith("\nShe praises it in the video.")
        assert "names GlowCo" in breach.evidence
        agreement.refresh_from_db()
        assert agreement.state == AgreementState.BREACHED
        entry = AuditEntry.objects.get(action="confirmed breach")
        assert entry.after["evidence"] == "She praises it in the video."
        notice = Notice.objects.get(key=f"breach-{breach.pk}", done_at=None)
        assert notice.title.startswith("Breach by")
        twice = breaches.open_breach(lead, agreement.creator, evidence="Once more.", **same)
        assert twice.evidence == breach.evidence

    def test_is_confirmed_on_its_page(self, agreement: Agreement, lead: Actor) -> None:
        post(agreement, "Trying GlowCo today", at=NOON + DAY)
        (breach,) = found(agreement)
        assert lead.user is not None
        desk = Client()
        desk.force_login(lead.user)
        slug = lead.workspace.slug
        assert "Suspected" in desk.get(reverse("agreements:breaches", args=[slug])).content.decode()
        url = reverse("agreements:confirm_breach", args=[slug, breach.pk])
        assert desk.post(url).status_code == 302
        breach.refresh_from_db()
        assert not breach.is_suspected
        assert desk.post(url).status_code == 409
