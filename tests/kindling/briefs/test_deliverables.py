"""A deliverable's life: drafts, decisions of two sides, the caption lock, the post, and who is told."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from studio import CONTENT, GOOD, NOW, Studio, film, make_studio, upload

from kindling.briefs import deliverables, rules, service
from kindling.briefs.drafts import service as drafts
from kindling.briefs.models import Decision, Deliverable, Draft
from kindling.briefs.reviews import service as reviews
from kindling.briefs.rules import (
    MOVES,
    DecisionResult,
    DeliverableState,
    PostReview,
    ReviewSide,
    SideState,
    check_move,
    state_after,
)
from kindling.briefs.tasks import late, lateness
from kindling.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError
from kindling.notices.models import Mail, Notice
from kindling.posts import service as posts
from kindling.posts.models import Post
from kindling.posts.service import PostFacts
from kindling.workspaces.models import AuditEntry
from kindling.workspaces.service import system_actor

ITEM = "7300000000000000001"


def open_keys(studio: Studio) -> set[str]:
    rows = Notice.objects.filter(workspace=studio.workspace, done_at=None)
    return set(rows.values_list("key", flat=True))


class TestTheLifeCycle:
    def test_ends_where_it_says(self) -> None:
        assert MOVES[DeliverableState.CANCELLED] == frozenset()
        assert MOVES[DeliverableState.POSTED] == {DeliverableState.POSTED}
        for state in DeliverableState:
            for wanted in set(DeliverableState) - MOVES[state]:
                with pytest.raises(ConflictError):
                    check_move(state, wanted)

    def test_reaches_every_state(self) -> None:
        seen, waiting = set(), [DeliverableState.BRIEFED]
        while waiting:
            state = waiting.pop()
            if state not in seen:
                seen.add(state)
                waiting += MOVES[state]
        assert seen == set(DeliverableState)

    @pytest.mark.parametrize("is_legal_needed", [True, False])
    def test_is_approved_only_by_every_side_that_is_needed(self, is_legal_needed: bool) -> None:
        for brand, legal in itertools.product([None, *DecisionResult], repeat=2):
            verdicts = {
                side: verdict
                for side, verdict in ((ReviewSide.BRAND, brand), (ReviewSide.LEGAL, legal))
                if verdict is not None
            }
            state = state_after(verdicts, is_legal_needed=is_legal_needed)
            needed = {ReviewSide.BRAND, ReviewSide.LEGAL} if is_legal_needed else {ReviewSide.BRAND}
            approve = {side for side in verdicts if verdicts[side] is DecisionResult.APPROVE}
            is_refused = any(
                each in {DecisionResult.CHANGES, DecisionResult.REJECT}
                for each in verdicts.values()
            )
            assert (state is DeliverableState.APPROVED) == (needed <= approve and not is_refused)
            assert (state is DeliverableState.CHANGES_WANTED) == is_refused


class TestABrief:
    def test_is_given_out_only_when_it_is_ready(self, studio: Studio) -> None:
        draft = service.copy_brief(studio.owner, studio.brief, at=NOW)
        with pytest.raises(ConflictError, match="ready"):
            deliverables.assign(studio.owner, draft, [studio.ana], at=NOW)

    def test_is_not_ready_with_a_gap(self, studio: Studio) -> None:
        brief = service.make_brief(studio.owner, replace(CONTENT, proof_points=()), at=NOW)
        with pytest.raises(InvalidInputError, match="proof point"):
            service.make_ready(studio.owner, brief, at=NOW)

    def test_gets_a_version_for_every_change_once_it_is_ready(self, studio: Studio) -> None:
        changed = replace(CONTENT, must_say=("Sample serum", "in winter"))
        brief = service.change_brief(studio.reviewer, studio.brief, changed, at=NOW)
        assert brief.version == 2
        said = {each.number: each.content["must_say"] for each in brief.versions.all()}
        assert said == {1: ["Sample serum"], 2: ["Sample serum", "in winter"]}
        entry = AuditEntry.objects.filter(action="changed brief").get()
        assert entry.before == {"must_say": ["Sample serum"]}
        assert entry.after == {"must_say": ["Sample serum", "in winter"], "version": 2}

    def test_stays_ready_or_is_not_changed(self, studio: Studio) -> None:
        bad = replace(CONTENT, must_say=("it cures acne",))
        with pytest.raises(InvalidInputError, match="forbidden"):
            service.change_brief(studio.owner, studio.brief, bad, at=NOW)
        studio.brief.refresh_from_db()
        assert (studio.brief.version, studio.brief.must_say) == (1, ["Sample serum"])

    def test_is_not_changed_by_a_change_of_nothing(self, studio: Studio) -> None:
        service.change_brief(studio.owner, studio.brief, CONTENT, at=NOW)
        assert studio.brief.versions.count() == 1

    def test_is_written_by_those_who_may(self, studio: Studio) -> None:
        for actor in (studio.viewer, studio.legal):
            with pytest.raises(NotAllowedError):
                service.make_brief(actor, CONTENT, at=NOW)

    def test_asks_for_legal_by_itself_when_claims_are_drawn(self, studio: Studio) -> None:
        plain = service.content_from(studio.workspace, {"title": "A"})
        drawn = service.content_from(studio.workspace, {"title": "A", "forbidden_claims": "cures"})
        assert (plain.legal_needed, drawn.legal_needed) == (False, True)

    @pytest.mark.parametrize(
        ("part", "value"),
        [
            ("music", "loud"), ("draft_days", "soon"), ("draft_days", 0), ("skus", "NO-SUCH"),
            ("tone_links", "http://a.example"), ("title", "x" * 161), ("must_say", "x" * 501),
        ],
    )  # fmt: skip
    def test_refuses_what_does_not_fit(self, studio: Studio, part: str, value: object) -> None:
        with pytest.raises(InvalidInputError):
            service.content_from(studio.workspace, {"title": "A", part: value})


class TestGivingOut:
    def test_makes_one_each_and_tells_them_once(self, studio: Studio) -> None:
        made = deliverables.assign(
            studio.manager, studio.brief, [studio.ana, studio.ben, studio.ana], at=NOW
        )
        assert [each.creator for each in made] == [studio.ana, studio.ben]
        assert {each.draft_due_at for each in made} == {NOW + timedelta(days=7)}
        assert {each.due_at for each in made} == {NOW + timedelta(days=7)}
        assert Mail.objects.filter(to="ben@creators.example").count() == 1

    def test_takes_no_creator_of_another_workspace(self, studio: Studio) -> None:
        other = make_studio("other", "other.example")
        with pytest.raises(NotFoundError):
            deliverables.assign(studio.owner, studio.brief, [studio.ben, other.ana], at=NOW)
        with pytest.raises(NotFoundError):
            deliverables.assign(studio.owner, other.brief, [studio.ben], at=NOW)
        assert studio.workspace.deliverables.count() == 1

    def test_writes_in_the_creators_language(self, studio: Studio) -> None:
        type(studio.ben).objects.filter(pk=studio.ben.pk).update(language="es")
        studio.ben.refresh_from_db()
        deliverables.assign(studio.owner, studio.brief, [studio.ben], at=NOW)
        assert "tu encargo" in Mail.objects.get(to="ben@creators.example").subject


class TestHandingIn:
    def test_tells_both_sides_that_decide(self, studio: Studio) -> None:
        draft = studio.hand_in()
        assert (draft.round_number, draft.by_label) == (1, "@sample.ana")
        assert draft.review_due_at == NOW + timedelta(hours=48)
        notices = Notice.objects.filter(done_at=None)
        assert [(each.roles, each.path) for each in notices.order_by("pk")] == [
            (["reviewer"], f"briefs/drafts/{draft.pk}/"),
            (["legal"], f"briefs/drafts/{draft.pk}/"),
        ]
        assert studio.fresh().state == "draft_in"

    def test_stores_the_bytes_under_a_name_of_ours(self, studio: Studio) -> None:
        draft = studio.hand_in()
        kept = Path(settings.MEDIA_ROOT) / draft.stored
        assert kept.read_bytes() == film()
        assert "clip" not in draft.stored
        assert kept.stat().st_mode & 0o077 == 0

    def test_refuses_the_same_file_twice_and_keeps_no_copy(self, studio: Studio) -> None:
        studio.hand_in()
        before = set((Path(settings.MEDIA_ROOT) / "drafts").iterdir())
        with pytest.raises(ConflictError, match="round 1 of “Sample serum”"):
            studio.hand_in()
        assert set((Path(settings.MEDIA_ROOT) / "drafts").iterdir()) == before
        assert Draft.objects.count() == 1

    def test_lets_another_creator_hand_in_the_same_file(self, studio: Studio) -> None:
        studio.hand_in()
        (work,) = deliverables.assign(studio.owner, studio.brief, [studio.ben], at=NOW)
        drafts.hand_in(work, by=studio.ben, told=GOOD, upload=upload(), at=NOW)

    @pytest.mark.parametrize(
        ("content", "name"),
        [
            (b"", "a.mp4"),
            (b"<html><script>alert(1)</script>", "a.mp4"),
            (b"\x89PNG\r\n\x1a\n" + bytes(64), "a.mp4"),
            (b"PK\x03\x04" + bytes(64), "a.mov"),
        ],
    )
    def test_looks_at_the_content_not_at_the_name(
        self, studio: Studio, content: bytes, name: str
    ) -> None:
        with pytest.raises(InvalidInputError):
            drafts.hand_in(
                studio.work, by=studio.ana, told=GOOD, upload=upload(content, name), at=NOW
            )
        assert not Draft.objects.exists()

    def test_takes_photos_for_a_photo_post_and_films_for_none(self, studio: Studio) -> None:
        (work,) = deliverables.assign(
            studio.owner, studio.brief, [studio.ana], kind="photo", at=NOW
        )
        photo = upload(b"\x89PNG\r\n\x1a\n" + bytes(64), "a.png")
        with pytest.raises(InvalidInputError, match="photo"):
            drafts.hand_in(work, by=studio.ana, told=GOOD, upload=upload(), at=NOW)
        draft = drafts.hand_in(work, by=studio.ana, told=GOOD, upload=photo, at=NOW)
        assert draft.content_type == "image/png"
        assert "Length and size" not in {each.name for each in reviews.checks_of(draft)}

    def test_refuses_a_file_over_the_limit(
        self, studio: Studio, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("kindling.briefs.drafts.files.MOST_BYTES", 10)
        with pytest.raises(InvalidInputError, match="TikTok allows 500 MB"):
            studio.hand_in()

    def test_wants_a_file_or_a_link_and_not_both(self, studio: Studio) -> None:
        for given in ({}, {"upload": upload(), "link": "https://files.example/a"}):
            with pytest.raises(InvalidInputError, match="either a file or a link"):
                drafts.hand_in(studio.work, by=studio.ana, told=GOOD, at=NOW, **given)

    def test_wants_a_reason_for_a_round_beyond_those_agreed(self, studio: Studio) -> None:
        for number in range(3):
            studio.hand_in(salt=bytes([number + 1]))
        with pytest.raises(InvalidInputError, match="Round 4 exceeds the 2 agreed revisions"):
            studio.hand_in(salt=b"4")
        draft = studio.hand_in(replace(GOOD, extra_reason="The label changed."), salt=b"4")
        assert (draft.round_number, draft.extra_reason) == (4, "The label changed.")

    def test_is_the_creators_own_or_the_teams(self, studio: Studio) -> None:
        other = make_studio("other", "other.example")
        with pytest.raises(NotFoundError):
            studio.hand_in(by=studio.ben)
        with pytest.raises(NotFoundError):
            studio.hand_in(by=other.owner)
        for actor in (studio.viewer, studio.legal, system_actor(studio.workspace)):
            with pytest.raises(NotAllowedError):
                studio.hand_in(by=actor)

    def test_is_over_once_it_is_approved(self, studio: Studio) -> None:
        studio.approved()
        with pytest.raises(ConflictError, match="No draft is needed"):
            studio.hand_in(salt=b"2")


class TestADecision:
    @pytest.mark.parametrize(
        "order", [(ReviewSide.BRAND, ReviewSide.LEGAL), (ReviewSide.LEGAL, ReviewSide.BRAND)]
    )
    def test_of_both_sides_in_either_order_locks_the_caption(
        self, studio: Studio, order: tuple[ReviewSide, ReviewSide]
    ) -> None:
        draft = studio.hand_in()
        row = studio.decide(draft, order[0])
        assert row.locked_at is None
        assert row.state == ("brand_approved" if order[0] is ReviewSide.BRAND else "draft_in")
        row = studio.decide(draft, order[1])
        assert (row.state, row.approved_caption) == ("approved", GOOD.caption)
        assert row.due_at == row.post_due_at
        assert open_keys(studio) == {f"deliverable-{row.pk}-approved"}
        assert Mail.objects.filter(key=f"approved-{draft.pk}", to=studio.ana.email).exists()

    def test_keeps_the_checks_as_they_stood(self, studio: Studio) -> None:
        draft = studio.hand_in()
        studio.decide(draft, ReviewSide.BRAND)
        decision = Decision.objects.get()
        assert {each["name"]: each["outcome"] for each in decision.checks}["Disclosure"] == "pass"
        assert decision.ticked == ["Sample serum", "the bottle"]

    def test_is_never_on_ones_own_draft(self, studio: Studio) -> None:
        draft = studio.hand_in(by=studio.reviewer)
        with pytest.raises(NotAllowedError, match="You submitted this draft"):
            studio.decide(draft, ReviewSide.BRAND)
        assert draft not in reviews.mine_to_decide(studio.reviewer)
        reviews.decide(
            studio.manager,
            draft,
            side=ReviewSide.BRAND,
            verdict=DecisionResult.CHANGES,
            reason="Light.",
            at=NOW,
        )

    def test_is_of_the_side_one_may_decide_for(self, studio: Studio) -> None:
        draft = studio.hand_in()
        for actor, side in ((studio.reviewer, ReviewSide.LEGAL), (studio.legal, ReviewSide.BRAND)):
            with pytest.raises(NotAllowedError):
                reviews.decide(actor, draft, side=side, verdict=DecisionResult.APPROVE, at=NOW)

    def test_is_made_once_for_each_side(self, studio: Studio) -> None:
        draft = studio.hand_in()
        studio.decide(draft, ReviewSide.BRAND)
        with pytest.raises(ConflictError, match="has already decided"):
            studio.decide(draft, ReviewSide.BRAND)

    @pytest.mark.parametrize("verdict", [DecisionResult.CHANGES, DecisionResult.REJECT])
    def test_against_a_draft_needs_a_reason_and_reaches_the_creator(
        self, studio: Studio, verdict: DecisionResult
    ) -> None:
        draft = studio.hand_in()
        with pytest.raises(InvalidInputError, match="what should change"):
            studio.decide(draft, ReviewSide.BRAND, verdict, reason=" ")
        row = studio.decide(draft, ReviewSide.LEGAL, verdict, reason="Say it differently.")
        assert (row.state, row.due_at) == ("changes_wanted", NOW + timedelta(hours=48))
        assert open_keys(studio) == {f"changes-{row.pk}"}
        assert Mail.objects.filter(key__startswith=f"changes-{draft.pk}").count() == 1

    def test_is_void_for_the_next_round(self, studio: Studio) -> None:
        first = studio.hand_in()
        studio.decide(first, ReviewSide.BRAND)
        studio.decide(first, ReviewSide.LEGAL, DecisionResult.CHANGES, reason="Not that word.")
        second = studio.hand_in(salt=b"2")
        assert list(second.decisions.all()) == []
        with pytest.raises(ConflictError, match="no longer open for review"):
            studio.decide(first, ReviewSide.BRAND)
        assert studio.decide(second, ReviewSide.LEGAL).state == "draft_in"
        assert studio.decide(second, ReviewSide.BRAND).state == "approved"

    def test_against_a_failing_check_needs_a_reason(self, studio: Studio) -> None:
        draft = studio.hand_in(replace(GOOD, caption="It cured my acne, Sample serum #ad"))
        with pytest.raises(InvalidInputError, match="forbidden claims"):
            studio.decide(draft, ReviewSide.LEGAL)
        studio.decide(draft, ReviewSide.LEGAL, reason="Quoted as what nobody may say.")
        assert Decision.objects.get().reason == "Quoted as what nobody may say."

    def test_never_approves_an_empty_caption(self, studio: Studio) -> None:
        draft = studio.hand_in(replace(GOOD, caption=""))
        with pytest.raises(InvalidInputError, match="no caption"):
            studio.decide(draft, ReviewSide.BRAND, reason="Later.")

    def test_of_brand_alone_is_enough_where_legal_is_not_needed(self, studio: Studio) -> None:
        service.change_brief(
            studio.owner, studio.brief, replace(CONTENT, legal_needed=False), at=NOW
        )
        draft = studio.hand_in()
        with pytest.raises(ConflictError, match="not need a decision by legal"):
            studio.decide(draft, ReviewSide.LEGAL)
        assert studio.decide(draft, ReviewSide.BRAND).state == "approved"

    def test_is_taken_back_with_a_reason_and_frees_the_caption(self, studio: Studio) -> None:
        row = studio.approved()
        with pytest.raises(InvalidInputError, match="reason"):
            reviews.take_back(studio.legal, row, side=ReviewSide.LEGAL, reason="", at=NOW)
        row = reviews.take_back(
            studio.legal, row, side=ReviewSide.LEGAL, reason="A new rule.", at=NOW
        )
        assert (row.state, row.approved_caption, row.locked_at) == ("changes_wanted", "", None)
        studio.hand_in(salt=b"2")


class TestThePost:
    def test_is_linked_by_its_address_and_tells_the_buyer(self, studio: Studio) -> None:
        studio.approved()
        address = f"https://www.tiktok.com/@sample.ana/video/{ITEM}?is_copy=1"
        row = drafts.link_post(studio.fresh(), address, by=studio.ana, at=NOW)
        assert (row.state, row.item_id, row.due_at) == ("posted", ITEM, None)
        notice = Notice.objects.get(key=f"deliverable-{row.pk}-posted")
        assert "media_buyer" in notice.roles
        assert deliverables.approved_captions(studio.workspace, [ITEM, "1"]) == {ITEM: GOOD.caption}

    def test_before_the_approval_holds_the_code_back(self, studio: Studio) -> None:
        row = drafts.link_post(studio.work, ITEM, by=studio.ana, at=NOW)
        assert row.state == "briefed"
        assert deliverables.gaps_before_code(studio.workspace, ITEM) == [
            "The draft is not approved.",
            "The caption is not final.",
            "No agreement is on record.",
        ]
        assert studio.approved().state == "posted"
        assert deliverables.gaps_before_code(studio.workspace, ITEM) == [
            "No agreement is on record."
        ]

    def test_that_nobody_commissioned_has_no_gap_here(self, studio: Studio) -> None:
        assert deliverables.gaps_before_code(studio.workspace, ITEM) == []
        assert deliverables.gaps_before_code(studio.workspace, "") == []

    def test_is_one_deliverables_only(self, studio: Studio) -> None:
        (other,) = deliverables.assign(studio.owner, studio.brief, [studio.ana], at=NOW)
        drafts.link_post(studio.work, ITEM, by=studio.ana, at=NOW)
        with pytest.raises(ConflictError, match="another deliverable"):
            drafts.link_post(other, ITEM, by=studio.ana, at=NOW)

    def test_is_corrected_by_the_team_alone(self, studio: Studio) -> None:
        drafts.link_post(studio.work, ITEM, by=studio.ana, at=NOW)
        with pytest.raises(ConflictError, match="Ask the team"):
            drafts.link_post(studio.work, ITEM[:-1] + "2", by=studio.ana, at=NOW)
        row = drafts.link_post(studio.work, ITEM[:-1] + "2", by=studio.manager, at=NOW)
        assert row.item_id == ITEM[:-1] + "2"
        with pytest.raises(InvalidInputError, match="not a TikTok post"):
            drafts.link_post(studio.work, "https://shop.example/", by=studio.manager, at=NOW)

    def test_with_another_caption_is_told_until_it_is_put_back(self, studio: Studio) -> None:
        studio.approved()
        drafts.link_post(studio.fresh(), ITEM, by=studio.ana, at=NOW)

        def look(caption: str) -> Post:
            seen = PostFacts(ITEM, "sample.ana", caption=caption, status="HESITATE_RECOMMEND")
            return posts.record_post(studio.workspace, seen, source="test", at=NOW)

        post = look("My winter skin  with Sample serum\n#ad")
        key = f"post-{post.pk}-caption"
        assert (post.approved_caption, key in open_keys(studio)) == (GOOD.caption, False)
        look("My winter skin with Sample serum")
        notice = Notice.objects.get(key=key, done_at=None)
        assert notice.roles == ["reviewer", "media_buyer", "creator_manager"]
        assert "Removed: “#ad”." in notice.next_step
        look("My winter skin with Sample serum")
        assert Notice.objects.filter(key=key).count() == 1
        look(GOOD.caption)
        assert key not in open_keys(studio)


class TestLateness:
    def test_is_told_once_for_each_due_time(self, studio: Studio) -> None:
        day = NOW + timedelta(days=7, minutes=1)
        assert deliverables.tell_late(studio.workspace, at=NOW) == 0
        assert deliverables.tell_late(studio.workspace, at=day) == 1
        assert deliverables.tell_late(studio.workspace, at=day + timedelta(hours=1)) == 0
        notice = Notice.objects.get(key=f"deliverable-{studio.work.pk}-late")
        assert (notice.roles, notice.title[:10]) == (["creator_manager"], "Draft late")
        studio.hand_in(at=day)
        assert notice.key not in open_keys(studio)
        later = day + timedelta(hours=49)
        assert deliverables.tell_late(studio.workspace, at=later) == 1
        notice = Notice.objects.get(key=notice.key, done_at=None)
        assert notice.roles == ["reviewer", "legal", "creator_manager"]

    def test_is_looked_for_hourly_where_there_is_any(
        self, studio: Studio, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        day = NOW + timedelta(days=8)
        assert list(lateness(NOW)) == []
        (wish,) = lateness(day)
        assert [each.key for each in lateness(day + timedelta(minutes=5))] == [wish.key]
        monkeypatch.setattr("kindling.briefs.tasks.now", lambda: day)
        late(**wish.arguments)
        late(**wish.arguments)
        assert Notice.objects.filter(key__endswith="-late").count() == 1
        assert list(lateness(day)) == []

    @pytest.mark.parametrize(
        "meanwhile",
        [{"due_at": NOW + timedelta(days=30)}, {"state": "draft_in"}, {"late_told_for": True}],
        ids=str,
    )
    def test_is_not_said_of_what_was_moved_handed_in_or_told_since_it_was_read(
        self, studio: Studio, monkeypatch: pytest.MonkeyPatch, meanwhile: dict[str, Any]
    ) -> None:
        """Two workers, or a creator who hands in at that moment."""
        due = studio.fresh().due_at
        tell = deliverables._tell_late

        def told_late(row: Deliverable, *, at: datetime) -> bool:
            changes = {name: due if it is True else it for name, it in meanwhile.items()}
            Deliverable.objects.filter(pk=row.pk).update(**changes)
            return tell(row, at=at)

        monkeypatch.setattr(deliverables, "_tell_late", told_late)
        later = NOW + timedelta(days=60)
        assert deliverables.tell_late(studio.workspace, at=later) == 0
        assert not Notice.objects.filter(key__endswith="-late").exists()

    def test_ends_with_new_days_that_were_agreed(self, studio: Studio) -> None:
        day = NOW + timedelta(days=8)
        deliverables.tell_late(studio.workspace, at=day)
        days = {"draft_due_at": day + timedelta(days=2), "post_due_at": day + timedelta(days=9)}
        with pytest.raises(InvalidInputError, match="reason"):
            deliverables.change_due(studio.manager, studio.work, reason="", at=day, **days)
        deliverables.change_due(studio.manager, studio.work, reason="She was ill.", at=day, **days)
        assert open_keys(studio) == set()
        assert deliverables.tell_late(studio.workspace, at=day) == 0

    def test_shows_who_is_waited_for(self, studio: Studio) -> None:
        def waits() -> tuple[str, ...]:
            rows = deliverables.deliverables(studio.workspace)
            return deliverables.card(rows.get(), now=NOW).waits_on

        assert waits() == ("creator",)
        draft = studio.hand_in()
        assert waits() == ("brand reviewer", "legal")
        studio.decide(draft, ReviewSide.LEGAL)
        assert waits() == ("brand reviewer",)
        studio.decide(draft, ReviewSide.BRAND)
        assert waits() == ("creator",)
        deliverables.cancel(studio.manager, studio.work, reason="Out of stock.", at=NOW)
        assert waits() == ()
        assert studio.fresh().due_at is None


class TestANote:
    def test_is_answered_by_the_creator_it_is_for_and_no_other(self, studio: Studio) -> None:
        draft = studio.hand_in()
        note = reviews.write_note(
            studio.reviewer, draft, text="Show the bottle.", at_seconds=12.5, at=NOW
        )
        with pytest.raises(NotFoundError):
            reviews.answer_note(note, "Mine?", by=studio.ben, at=NOW)
        reply = reviews.answer_note(note, "Will do.", by=studio.ana, at=NOW)
        reviews.answer_note(reply, "Thanks.", by=studio.manager, at=NOW)
        ((found, answers),) = reviews.notes_of(draft)
        assert found.clock == "0:12"
        assert [(each.by_label, each.text) for each in answers] == [
            ("@sample.ana", "Will do."),
            (studio.manager.label, "Thanks."),
        ]

    def test_left_open_is_seen_in_the_next_round(self, studio: Studio) -> None:
        draft = studio.hand_in()
        note = reviews.write_note(studio.reviewer, draft, text="Louder.", at=NOW)
        second = studio.hand_in(salt=b"2")

        def evidence() -> str:
            return next(each.evidence for each in reviews.checks_of(second) if each.name == "Notes")

        assert evidence() == "1 earlier note is still open."
        reviews.settle_note(studio.reviewer, note, is_done=True, at=NOW)
        assert evidence() == "No earlier note is open."

    def test_is_not_written_by_viewers_or_strangers(self, studio: Studio) -> None:
        draft, other = studio.hand_in(), make_studio("other", "other.example")
        with pytest.raises(NotAllowedError):
            reviews.write_note(studio.viewer, draft, text="Hm.", at=NOW)
        with pytest.raises(NotFoundError):
            reviews.write_note(other.owner, draft, text="Hm.", at=NOW)


class TestTheQueueOfDue:
    def test_puts_what_is_due_soonest_first(self, studio: Studio) -> None:
        (late_one,) = deliverables.assign(studio.owner, studio.brief, [studio.ben], at=NOW)
        second = studio.hand_in(at=NOW + timedelta(hours=2))
        first = drafts.hand_in(late_one, by=studio.ben, told=GOOD, upload=upload(), at=NOW)
        assert list(reviews.mine_to_decide(studio.reviewer)) == [first, second]
        assert list(reviews.mine_to_decide(studio.viewer)) == []

    def test_of_the_board_counts_every_state(self, studio: Studio) -> None:
        studio.hand_in()
        rows = deliverables.deliverables(studio.workspace)
        columns = {each.state: each.count for each in deliverables.board(rows, now=NOW)}
        assert columns[DeliverableState.DRAFT_IN] == 1
        assert sum(columns.values()) == Deliverable.objects.count()
        assert set(columns) > rules.OPEN


class TestTheReviewOfAPost:
    """What a launch reads of the decisions."""

    ITEM = "7561217414655688790"

    def review(self, studio: Studio) -> PostReview:
        return reviews.reviews_of_posts(studio.workspace)[self.ITEM]

    def test_is_there_only_for_a_post_that_is_a_deliverable(self, studio: Studio) -> None:
        assert reviews.reviews_of_posts(studio.workspace) == {}
        drafts.link_post(studio.fresh(), self.ITEM, by=studio.manager, at=NOW)
        assert self.review(studio) == PostReview(SideState.OPEN, SideState.OPEN)

    def test_follows_the_decisions_on_the_current_draft(self, studio: Studio) -> None:
        drafts.link_post(studio.fresh(), self.ITEM, by=studio.manager, at=NOW)
        first = studio.hand_in()
        studio.decide(first, ReviewSide.LEGAL, DecisionResult.CHANGES, reason="A claim.")
        assert self.review(studio).legal is SideState.REFUSED
        second = studio.hand_in(salt=b"2")
        assert self.review(studio).legal is SideState.OPEN
        studio.decide(second, ReviewSide.BRAND)
        half = self.review(studio)
        assert (half.brand, half.legal) == (SideState.APPROVED, SideState.OPEN)
        assert (half.disclosure, half.ai, half.override) == ("pass", "pass", "")
        studio.decide(second, ReviewSide.LEGAL)
        whole = self.review(studio)
        assert (whole.brand, whole.legal) == (SideState.APPROVED, SideState.APPROVED)

    def test_names_the_reason_of_an_approval_against_a_check(self, studio: Studio) -> None:
        drafts.link_post(studio.fresh(), self.ITEM, by=studio.manager, at=NOW)
        draft = studio.hand_in(replace(GOOD, disclosure="none"))
        studio.decide(draft, ReviewSide.BRAND, reason="It is said in the first second.")
        found = self.review(studio)
        assert found.disclosure == "fail"
        assert found.override == "It is said in the first second."
