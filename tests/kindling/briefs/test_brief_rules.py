"""Briefs and deliverables: guard-rails, the life cycle, who is waited for, and what is due when."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kindling.briefs import rules
from kindling.briefs.rules import (
    BriefState,
    Content,
    DecisionResult,
    DeliverableState,
    Party,
    RailKind,
    ReviewSide,
    check_brief_move,
    check_move,
    due_after,
    guard_rails,
    has_claims,
    moment_from,
    needs_reason,
    state_after,
    waits_on,
)
from kindling.errors import ConflictError

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
READY = Content(
    title="Spring serum",
    skus=("GLOW-SERUM",),
    product_truth="A light serum with vitamin C.",
    audience_problem="Dull skin in winter.",
    proof_points=("Tested on 50 people",),
    allowed_claims=("Brightens",),
    forbidden_claims=("cures acne",),
    must_say=("Smells of oranges",),
    must_show=("The bottle",),
    disclosure="paid_partnership",
)


def rails(**changed: Any) -> list[tuple[str, str]]:
    """(kind, field) of what a ready brief lacks once `changed`."""
    return [(each.kind.value, each.field) for each in guard_rails(replace(READY, **changed))]


def only(**changed: Any) -> rules.GuardRail:
    (found,) = guard_rails(replace(READY, **changed))
    return found


class TestAReadyBrief:
    def test_has_nothing_to_mend(self) -> None:
        assert rails() == []

    @pytest.mark.parametrize(
        ("field", "empty", "words"),
        [
            ("title", "", "title"),
            ("product_truth", "", "Describe the product"),
            ("audience_problem", "", "problem of the audience"),
            ("proof_points", (), "proof point"),
            ("disclosure", "", "disclosure"),
            ("music", "", "music"),
        ],
    )
    def test_says_what_a_creator_must_know(self, field: str, empty: object, words: str) -> None:
        found = only(**{field: empty})
        assert (found.kind, found.field, found.is_block) == (RailKind.MISSING, field, True)
        assert words in found.message

    @pytest.mark.parametrize(
        ("field", "words"),
        [
            ("must_say", "must say"),
            ("must_show", "must show"),
            ("proof_points", "proof points"),
            ("allowed_claims", "allowed claims"),
        ],
    )
    def test_does_not_ask_for_what_it_forbids(self, field: str, words: str) -> None:
        found = only(**{field: ("It cures acne, really cures acne",)})
        assert (found.kind, found.field, found.is_block) == (RailKind.CONTRADICTION, field, True)
        assert found.message == (
            f"“It cures acne, really cures acne” is under {words}, but “cures acne” is forbidden."
        )

    def test_names_every_forbidden_phrase_of_a_line_once(self) -> None:
        forbidden = ("cures acne", "in a day")
        found = rails(must_say=("Cures acne in a day",), forbidden_claims=forbidden)
        assert found == [("contradiction", "must_say")] * 2

    def test_finds_a_forbidden_phrase_in_the_inflections_of_its_language(self) -> None:
        assert rails(must_say=("It cured acne",)) == [("contradiction", "must_say")]
        assert rails(must_say=("It cured acne",), language="fi") == []

    def test_wants_the_draft_before_the_post(self) -> None:
        assert rails(draft_days=7, post_days=7) == []
        found = only(draft_days=8, post_days=7)
        assert (found.kind, found.field) == (RailKind.CONTRADICTION, "post_days")
        assert "before the draft" in found.message

    @pytest.mark.parametrize(
        ("changed", "field", "words"),
        [
            ({"must_say": ("word " * 41,)}, "must_say", "41 words; over 40"),
            ({"forbidden_claims": ()}, "forbidden_claims", "No claims are forbidden"),
            ({"legal_needed": False}, "legal_needed", "legal does not review"),
            ({"skus": ()}, "skus", "No product"),
            ({"revision_rounds": 0}, "revision_rounds", "No revision"),
        ],
    )
    def test_may_take_advice_or_not(self, changed: dict[str, Any], field: str, words: str) -> None:
        found = only(**changed)
        assert (found.kind, found.field, found.is_block) == (RailKind.ADVICE, field, False)
        assert words in found.message

    @pytest.mark.parametrize(
        "changed",
        [
            {"must_say": ("word " * 40,)},
            {"forbidden_claims": (), "boundaries": "Promise nothing about health."},
            {"revision_rounds": 1},
        ],
    )
    def test_needs_no_advice_at_the_bounds(self, changed: dict[str, Any]) -> None:
        assert rails(**changed) == []

    def test_without_any_claim_needs_no_legal(self) -> None:
        bare = {"allowed_claims": (), "forbidden_claims": (), "legal_needed": False}
        assert rails(**bare) == [("advice", "forbidden_claims")]

    @pytest.mark.parametrize(
        "changed",
        [{"allowed_claims": ("a",)}, {"forbidden_claims": ("b",)}, {"boundaries": "c"}],
    )
    def test_draws_claims_by_any_of_three_fields(self, changed: dict[str, Any]) -> None:
        bare = replace(READY, allowed_claims=(), forbidden_claims=(), boundaries="")
        assert not has_claims(bare)
        assert has_claims(replace(bare, **changed))

    def test_starts_from_the_common_deal(self) -> None:
        # Domain reference §4, P31: two revisions, 48 hours.
        blank = Content()
        assert (blank.revision_rounds, blank.turnround_hours) == (2, 48)
        assert (blank.draft_days, blank.post_days) == (7, 14)
        assert (blank.music, blank.ai_rule, blank.language) == (
            "commercial_library", "declared", "en",
        )  # fmt: skip
        assert blank.legal_needed
        texts = (
            blank.title, blank.product_truth, blank.audience_problem, blank.boundaries,
            blank.usage_expectations, blank.disclosure,
        )  # fmt: skip
        assert set(texts) == {""}


class TestTheWordsOfABrief:
    def test_are_kept_by_these_codes(self) -> None:
        assert [each.value for each in rules.MusicRule] == [
            "commercial_library", "original", "licensed",
        ]  # fmt: skip
        assert [each.value for each in rules.Disclosure] == [
            "paid_partnership", "own_brand", "gifted",
        ]  # fmt: skip
        assert [each.value for each in rules.AiRule] == ["none", "declared"]
        assert [each.value for each in RailKind] == ["missing", "contradiction", "advice"]
        assert [each.value for each in DecisionResult] == ["approve", "changes", "reject"]
        assert [each.value for each in ReviewSide] == ["brand", "legal"]
        assert [each.value for each in Party] == ["creator", "brand reviewer", "legal"]


BRIEF_MOVES = {
    "draft": {"ready", "archived"},
    "ready": {"archived"},
    "archived": {"draft"},
}
MOVES = {
    "briefed": {"draft_in", "cancelled"},
    "draft_in": {"draft_in", "changes_wanted", "brand_approved", "approved", "cancelled"},
    "changes_wanted": {"draft_in", "cancelled"},
    "brand_approved": {"draft_in", "changes_wanted", "approved", "cancelled"},
    "approved": {"posted", "changes_wanted", "cancelled"},
    "posted": {"posted"},
    "cancelled": set(),
}


class TestTheLifeCycle:
    @pytest.mark.parametrize(("current", "wanted"), list(product(BRIEF_MOVES, repeat=2)))
    def test_of_a_brief_has_these_steps(self, current: str, wanted: str) -> None:
        if wanted in BRIEF_MOVES[current]:
            check_brief_move(BriefState(current), BriefState(wanted))
        else:
            with pytest.raises(ConflictError, match=f"that is {current} cannot become {wanted}"):
                check_brief_move(BriefState(current), BriefState(wanted))

    @pytest.mark.parametrize(("current", "wanted"), list(product(MOVES, repeat=2)))
    def test_of_a_deliverable_has_these_steps(self, current: str, wanted: str) -> None:
        if wanted in MOVES[current]:
            check_move(DeliverableState(current), DeliverableState(wanted))
        else:
            with pytest.raises(ConflictError) as refusal:
                check_move(DeliverableState(current), DeliverableState(wanted))
            words = f"from {current.replace('_', ' ')} to {wanted.replace('_', ' ')}"
            assert words in refusal.value.message
            assert "Open it again" in refusal.value.next_step

    def test_of_a_deliverable_has_these_stages(self) -> None:
        assert {each.value for each in rules.OPEN} == set(MOVES) - {"posted", "cancelled"}
        assert {each.value for each in rules.TAKES_DRAFTS} == {
            "briefed", "draft_in", "changes_wanted",
        }  # fmt: skip
        assert {each.value for each in rules.IN_REVIEW} == {"draft_in", "brand_approved"}


APPROVE, CHANGES, REJECT = DecisionResult


class TestTheDecisions:
    @pytest.mark.parametrize(
        ("brand", "legal", "needed", "state"),
        [
            (None, None, True, "draft_in"),
            (None, APPROVE, True, "draft_in"),
            (APPROVE, None, True, "brand_approved"),
            (APPROVE, None, False, "approved"),
            (APPROVE, APPROVE, True, "approved"),
            (CHANGES, None, True, "changes_wanted"),
            (REJECT, APPROVE, True, "changes_wanted"),
            (APPROVE, CHANGES, True, "changes_wanted"),
            (APPROVE, REJECT, False, "changes_wanted"),
        ],
    )
    def test_put_a_draft_where_both_sides_want_it(
        self, brand: DecisionResult | None, legal: DecisionResult | None, needed: bool, state: str
    ) -> None:
        verdicts = {
            side: verdict
            for side, verdict in ((ReviewSide.BRAND, brand), (ReviewSide.LEGAL, legal))
            if verdict is not None
        }
        assert state_after(verdicts, is_legal_needed=needed) is DeliverableState(state)

    def test_on_a_post_leave_it_posted(self) -> None:
        verdicts = {ReviewSide.BRAND: APPROVE}
        assert (
            state_after(verdicts, is_legal_needed=False, has_post=True) is DeliverableState.POSTED
        )
        waiting = state_after(verdicts, is_legal_needed=True, has_post=True)
        assert waiting is DeliverableState.BRAND_APPROVED

    @pytest.mark.parametrize(
        ("state", "needed", "done", "parties"),
        [
            ("briefed", True, False, ["creator"]),
            ("changes_wanted", True, False, ["creator"]),
            ("approved", True, True, ["creator"]),
            ("draft_in", True, False, ["brand reviewer", "legal"]),
            ("draft_in", True, True, ["brand reviewer"]),
            ("draft_in", False, False, ["brand reviewer"]),
            ("brand_approved", True, False, ["legal"]),
            ("brand_approved", True, True, []),
            ("posted", True, False, []),
            ("cancelled", True, False, []),
        ],
    )
    def test_that_are_missing_are_waited_for(
        self, state: str, needed: bool, done: bool, parties: list[str]
    ) -> None:
        found = waits_on(DeliverableState(state), is_legal_needed=needed, is_legal_done=done)
        assert [each.value for each in found] == parties

    @pytest.mark.parametrize(
        ("state", "due"),
        [
            ("briefed", NOON + timedelta(days=7)),
            ("approved", NOON + timedelta(days=14)),
            ("draft_in", NOON + timedelta(hours=48)),
            ("changes_wanted", NOON + timedelta(hours=48)),
            ("brand_approved", NOON + timedelta(hours=48)),
            ("posted", None),
            ("cancelled", None),
        ],
    )
    def test_are_due(self, state: str, due: datetime | None) -> None:
        found = due_after(
            DeliverableState(state),
            draft_due_at=NOON + timedelta(days=7),
            post_due_at=NOON + timedelta(days=14),
            since=NOON,
            turnround=timedelta(hours=48),
        )
        assert found == due

    @pytest.mark.parametrize(
        ("number", "allowed", "needed"),
        [(1, 0, False), (2, 0, True), (3, 2, False), (4, 2, True)],
    )
    def test_on_more_drafts_than_agreed_need_a_reason(
        self, number: int, allowed: int, needed: bool
    ) -> None:
        assert needs_reason(round_number=number, rounds_allowed=allowed) is needed


class TestASideOfTheReview:
    @pytest.mark.parametrize(
        ("state", "verdict", "is_needed", "stands"),
        [
            ("draft_in", None, True, "open"),
            ("draft_in", None, False, "not needed"),
            ("brand_approved", APPROVE, True, "approved"),
            ("posted", APPROVE, False, "approved"),
            ("changes_wanted", CHANGES, True, "refused"),
            ("changes_wanted", REJECT, False, "refused"),
            ("changes_wanted", APPROVE, True, "open"),
        ],
    )
    def test_stands_where_its_decision_puts_it(
        self, state: str, verdict: DecisionResult | None, is_needed: bool, stands: str
    ) -> None:
        found = rules.side_state(DeliverableState(state), verdict, is_needed=is_needed)
        assert found.value == stands

    def test_is_needed_unless_the_brief_says_otherwise(self) -> None:
        assert rules.side_state(DeliverableState.DRAFT_IN, None) is rules.SideState.OPEN

    def test_says_nothing_of_checks_before_brand_has_approved(self) -> None:
        review = rules.PostReview(rules.SideState.OPEN, rules.SideState.OPEN)
        assert (review.disclosure, review.ai, review.override) == ("", "", "")


class TestAMomentOfAFilm:
    @pytest.mark.parametrize(
        ("text", "seconds"),
        [
            ("", None), ("  ", None), ("0:12", 12.0), ("1:05", 65.0), ("65", 65.0),
            ("65.5", 65.5), ("65,5", 65.5), (" 1:59.999 ", 119.999), ("0", 0.0), ("60", 60.0),
            ("1234:00", 74_040.0), ("999999", 999_999.0),
        ],
    )  # fmt: skip
    def test_is_read_as_people_write_it(self, text: str, seconds: float | None) -> None:
        assert moment_from(text) == seconds

    @pytest.mark.parametrize(
        "text",
        ["1:60", "1:", ":5", "-1", "1:2:3", "soon", "1.2345", "12345:00", "1234567", "1:05s", "٣"],
    )
    def test_is_nothing_else(self, text: str) -> None:
        with pytest.raises(ValueError, match=r"is not a valid timestamp; write it like 0:12"):
            moment_from(text)

    @given(minutes=st.integers(0, 999), seconds=st.integers(0, 59))
    def test_is_minutes_and_seconds(self, minutes: int, seconds: int) -> None:
        assert moment_from(f"{minutes}:{seconds:02}") == 60 * minutes + seconds
