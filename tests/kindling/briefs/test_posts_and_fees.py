"""What an agreement starts with a deliverable's post: its fee is due once, whichever post is linked."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.db.models import QuerySet
from studio import NOW, Studio

from kindling.agreements import service as agreements
from kindling.agreements.contract.terms import PayFrom, Terms
from kindling.agreements.models import Agreement, Payable, UsageRight
from kindling.agreements.payments import payables
from kindling.briefs import deliverables
from kindling.briefs.drafts import service as drafts
from kindling.briefs.models import Deliverable
from kindling.errors import ConflictError
from kindling.workspaces.models import AuditEntry, Workspace

WRONG, RIGHT, THIRD = (f"740000000000000000{last}" for last in (1, 2, 3))
BY_POST = Terms(deliverables=2, content_fee_minor=20_000, pay_from=PayFrom.POST_LIVE)


def agreed(studio: Studio, terms: Terms = BY_POST, title: str = "Spring videos") -> Agreement:
    draft = agreements.create(studio.manager, studio.ana, title=title, terms=terms, at=NOW)
    version = agreements.offer(studio.manager, draft, at=NOW)
    return agreements.consent(version, as_name="Sample Ana", ip=None, agent="", at=NOW).agreement


def link(studio: Studio, item_id: str, row: Deliverable | None = None) -> Deliverable:
    return drafts.link_post(row or studio.fresh(), item_id, by=studio.manager, at=NOW)


def owed() -> list[tuple[str, str, int]]:
    """(state, post, amount) of every content fee."""
    rows = Payable.objects.filter(kind="content_fee").order_by("pk")
    return list(rows.values_list("state", "item_id", "amount_minor"))


def settled(studio: Studio, *, paid: bool) -> Payable:
    """The fee that is due, approved, and paid where it is wanted so."""
    fee = Payable.objects.get(state="due")
    payables.approve(studio.owner, fee, at=NOW)
    if paid:
        payables.pay(studio.owner, fee, reference="SEPA 1", at=NOW)
    return fee


@pytest.fixture
def posted(studio: Studio) -> Studio:
    """Two posts agreed on, paid by the post; the approved deliverable is linked to the wrong one."""
    agreed(studio)
    studio.approved()
    link(studio, WRONG)
    assert owed() == [("due", WRONG, 10_000), ("expected", "", 10_000)]
    return studio


class TestACorrectedLink:
    def test_takes_the_fee_that_is_due_with_it(self, posted: Studio) -> None:
        link(posted, RIGHT)
        assert owed() == [("due", RIGHT, 10_000), ("expected", "", 10_000)]
        entry = AuditEntry.objects.get(action="moved fee to corrected post")
        assert (entry.before["item_id"], entry.after["item_id"]) == (WRONG, RIGHT)
        assert entry.actor_label == posted.manager.label

    def test_takes_an_approved_fee_with_it(self, posted: Studio) -> None:
        settled(posted, paid=False)
        link(posted, RIGHT)
        assert owed() == [("approved", RIGHT, 10_000), ("expected", "", 10_000)]

    @pytest.mark.parametrize("corrections", [(RIGHT,), (RIGHT, THIRD), (RIGHT, WRONG)])
    def test_leaves_what_was_paid_and_makes_nothing_more_due(
        self, posted: Studio, corrections: tuple[str, ...]
    ) -> None:
        fee = settled(posted, paid=True)
        before = Payable.objects.filter(pk=fee.pk).values().get()
        for item_id in corrections:
            link(posted, item_id)
        assert Payable.objects.filter(pk=fee.pk).values().get() == before
        assert owed() == [("paid", WRONG, 10_000), ("expected", "", 10_000)]
        entry = AuditEntry.objects.filter(action="kept paid fee for corrected post").latest("pk")
        assert entry.after["item_id"] == corrections[-1]

    def test_leaves_the_other_deliverable_its_own_fee(self, posted: Studio) -> None:
        settled(posted, paid=True)
        link(posted, RIGHT)
        (other,) = deliverables.assign(posted.owner, posted.brief, [posted.ana], at=NOW)
        Deliverable.objects.filter(pk=other.pk).update(state="approved")
        other.refresh_from_db()
        link(posted, WRONG, other)  # which is what the first one was linked to by mistake
        assert owed() == [("paid", WRONG, 10_000), ("due", WRONG, 10_000)]
        posts = UsageRight.objects.filter(superseded_at=None).values_list("item_id", flat=True)
        assert sorted(posts) == [WRONG, RIGHT]

    def test_moves_the_right_that_started_with_the_post(self, posted: Studio) -> None:
        started = UsageRight.objects.get(item_id=WRONG)
        link(posted, RIGHT)
        right = UsageRight.objects.get()
        assert (right.pk, right.item_id, right.starts_at) == (started.pk, RIGHT, started.starts_at)
        assert AuditEntry.objects.filter(action="moved right to corrected post").count() == 1

    def test_to_a_post_with_its_own_fee_lets_the_first_fee_wait_again(self, posted: Studio) -> None:
        agreement = Agreement.objects.get()
        agreements.record_post_live(posted.manager, agreement, item_id=RIGHT, live_at=NOW, at=NOW)
        assert owed() == [("due", WRONG, 10_000), ("due", RIGHT, 10_000)]
        link(posted, RIGHT)
        assert owed() == [("expected", "", 10_000), ("due", RIGHT, 10_000)]
        assert UsageRight.objects.get().item_id == RIGHT

    @pytest.mark.parametrize("is_paid", [False, True])
    def test_takes_with_it_what_a_newer_version_added_to_its_rights_fee(
        self, studio: Studio, is_paid: bool
    ) -> None:
        self._dearer(studio, paid=is_paid)
        link(studio, RIGHT)
        rows = self._rights_fees()
        assert [(row.stands_for, row.amount_minor) for row in rows] == [
            (RIGHT, 6_000), (RIGHT, 4_000), ("", 10_000),
        ]  # fmt: skip

    def test_lets_what_was_added_wait_again_with_its_fee(self, studio: Studio) -> None:
        agreement = self._dearer(studio)
        agreements.record_post_live(studio.manager, agreement, item_id=RIGHT, live_at=NOW, at=NOW)
        link(studio, RIGHT)
        rows = self._rights_fees()
        assert [(row.state, row.item_id, row.amount_minor) for row in rows] == [
            ("expected", "", 10_000), ("cancelled", "", 4_000), ("due", RIGHT, 10_000),
        ]  # fmt: skip
        agreements.record_post_live(studio.manager, agreement, item_id=THIRD, live_at=NOW, at=NOW)
        first = self._rights_fees()[0]
        assert (first.state, first.item_id) == ("due", THIRD)

    def _rights_fees(self) -> list[Payable]:
        rows = Payable.objects.filter(kind="rights_fee").order_by("pk")
        return list(rows.exclude(cancelled_because="Replaced by version 2."))

    def _dearer(self, studio: Studio, *, paid: bool = False) -> Agreement:
        """Linked to the wrong post under one version; the next one asks 40.00 more of rights fee for it."""
        terms = replace(BY_POST, content_fee_minor=0, rights_fee_minor=12_000)
        agreement = agreed(studio, terms)
        studio.approved()
        link(studio, WRONG)
        if paid:
            settled(studio, paid=True)
        dearer = replace(terms, rights_fee_minor=20_000)
        draft = agreements.revise(studio.manager, agreement, terms=dearer, at=NOW)
        version = agreements.offer(studio.manager, draft, at=NOW)
        agreements.consent(version, as_name="Sample Ana", ip=None, agent="", at=NOW)
        agreement.refresh_from_db()
        return agreement

    def test_to_a_post_the_agreement_does_not_name_lets_the_fee_wait_again(
        self, studio: Studio
    ) -> None:
        named = Terms(item_ids=(WRONG,), content_fee_minor=10_000, pay_from=PayFrom.POST_LIVE)
        agreed(studio, named)
        studio.approved()
        link(studio, WRONG)
        assert owed() == [("due", WRONG, 10_000)]
        link(studio, RIGHT)
        assert owed() == [("expected", "", 10_000)]
        link(studio, WRONG)
        assert owed() == [("due", WRONG, 10_000)]


def test_a_post_that_another_deliverable_is_linked_to_at_this_moment_is_refused(
    posted: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen by reading: of an approved one the database's own error came through."""
    (other,) = deliverables.assign(posted.owner, posted.brief, [posted.ana], at=NOW)
    Deliverable.objects.filter(pk=other.pk).update(state="approved")
    other.refresh_from_db()
    lock = deliverables.lock

    def lock_late(workspace: Workspace, pk: int) -> Deliverable:
        found = lock(workspace, pk)
        monkeypatch.setattr(QuerySet, "exists", lambda _: False)  # it is linked after the look
        return found

    monkeypatch.setattr(deliverables, "lock", lock_late)
    with pytest.raises(ConflictError, match="just linked"):
        link(posted, WRONG, other)


class TestAPostLinkedBeforeItsApproval:
    def test_makes_nothing_due_until_it_is_approved(self, studio: Studio) -> None:
        agreed(studio)
        link(studio, WRONG)
        assert {state for state, _, _ in owed()} == {"expected"}
        assert studio.approved().state == "posted"
        assert owed() == [("due", WRONG, 10_000), ("expected", "", 10_000)]
        assert UsageRight.objects.get().item_id == WRONG
