"""Checks of what people approved: disclosure, claims, AI parts, and the creator's own word. Pure."""

from __future__ import annotations

from kindling.briefs.phrases import says
from kindling.briefs.rules import PostReview, SideState
from kindling.launches.checks.rules import AS_POLLED, Answer, Launch, Level, check
from kindling.launches.rules import CreatorAnswer
from kindling.workspaces.rules import CREATOR_MANAGER, LEGAL, REVIEWER


def _unreviewed(launch: Launch) -> Answer:
    """No deliverable, so no review on record: unknown, and the policy says how much that weighs."""
    return Answer(
        None,
        "There is no deliverable for this post, so no review is on record. Link the post to its deliverable.",
        {},
        is_warning=not launch.wants_review,
    )


def _as_checked(review: PostReview, outcome: str, *, good: str, bad: str, open_: str) -> Answer:
    """What a check of the draft said when brand approved it; a person may have approved against it, with a reason."""
    facts = {"outcome": outcome, "brand": review.brand.value, "reason": review.override}
    if outcome == "pass":
        return Answer(True, good, facts)
    if outcome == "fail" and not review.override:
        return Answer(False, bad, facts)
    if outcome == "fail":
        return Answer(True, f"Approved by the brand against the check: {review.override}", facts)
    return Answer(None, open_, facts)


@check(
    7,
    "Disclosure as the brief requires",
    Level.BLOCK,
    owner=REVIEWER,
    next_step="Review the draft, or ask for a new one.",
)
def _disclosure(launch: Launch) -> Answer:
    if launch.review is None:
        return _unreviewed(launch)
    return _as_checked(
        launch.review,
        launch.review.disclosure,
        good="The approved draft has the disclosure that the brief requires.",
        bad="The draft does not have the disclosure that the brief requires. Ask for a new draft.",
        open_="The disclosure is not known: no approved draft says it. Review the draft, and state it in the brief.",
    )


@check(
    7,
    "Agreed disclosure in the caption",
    Level.BLOCK,
    owner=CREATOR_MANAGER,
    next_step="Ask the creator for a correction.",
    good_for=AS_POLLED,
)
def _disclosure_words(launch: Launch) -> Answer:
    words = launch.right.disclosure_words if launch.right else ""
    if launch.is_own or not words:
        return Answer(True, "The agreement asks for no words in the caption.", {})
    facts = {"agreed": words, "live": launch.caption[:300]}
    if not launch.caption:
        return Answer(
            None, f"The caption is not known yet; the agreement asks for “{words}” in it.", facts
        )
    if says(launch.caption, words):
        return Answer(True, f"The caption says “{words}”, as agreed.", facts)
    return Answer(
        False,
        f"The caption lacks “{words}”, which the agreement asks for. Ask the creator for a correction.",
        facts,
    )


@check(8, "Approved by brand and legal", Level.BLOCK, owner=REVIEWER, next_step="Review the draft.")
def _approved(launch: Launch) -> Answer:
    review = launch.review
    if review is None:
        return _unreviewed(launch)
    sides = {"brand": review.brand, "legal": review.legal}
    facts = {name: state.value for name, state in sides.items()}
    refused = [name for name, state in sides.items() if state is SideState.REFUSED]
    if refused:
        who = " and ".join(refused)
        return Answer(False, f"The draft was refused by {who}. Wait for a new draft.", facts)
    waiting = [name for name, state in sides.items() if state is SideState.OPEN]
    if waiting:
        who = " and ".join(waiting)
        return Answer(False, f"The draft is not approved by {who} yet. Review it first.", facts)
    return Answer(True, "The draft is approved by everybody who must.", facts)


@check(
    8,
    "Claims inside the brief",
    Level.BLOCK,
    owner=LEGAL,
    next_step="Review the draft's claims, or ask for a new draft.",
)
def _claims(launch: Launch) -> Answer:
    review = launch.review
    if review is None:
        return _unreviewed(launch)
    if review.claims == "warn":  # there is no transcript: the words are those a person heard
        facts = {"outcome": review.claims, "brand": review.brand.value, "reason": review.override}
        words = "No forbidden claim in what is written; the brand approved what is said."
        return Answer(True, words, facts)
    return _as_checked(
        review,
        review.claims,
        good="The approved draft has no claim that the brief forbids.",
        bad="The draft makes a claim that the brief forbids. Ask for a new draft.",
        open_="Whether it makes forbidden claims is not known: no draft is approved. Review the draft.",
    )


@check(
    8,
    "Approved by the creator",
    Level.BLOCK,
    owner=CREATOR_MANAGER,
    next_step="Ask the creator for their approval.",
)
def _by_creator(launch: Launch) -> Answer:
    if launch.is_own or launch.right is None or not launch.right.final_approval:
        return Answer(True, "The agreement does not ask for the creator's approval of the ad.", {})
    answer = launch.creator_answer
    facts = {"answer": answer.value if answer else None}
    match answer:
        case CreatorAnswer.APPROVED:
            return Answer(True, "The creator approved this ad.", facts)
        case CreatorAnswer.REFUSED:
            return Answer(
                False,
                "The creator refused this ad. Talk to them, or plan without this post.",
                facts,
            )
        case CreatorAnswer.CHANGED:
            return Answer(
                False,
                "The ad has changed since the creator was asked. Ask for approval again.",
                facts,
            )
        case CreatorAnswer.ASKED:
            return Answer(
                None, f"@{launch.handle} was asked to approve the ad: wait for it.", facts
            )
        case CreatorAnswer.NOT_ASKED:
            return Answer(
                None, "The agreement asks for the creator's approval of the ad. Ask for it.", facts
            )
    return Answer(
        None,
        "The agreement asks for the creator's approval of the ad: ask for it when the plan is made.",
        facts,
        is_warning=not launch.is_planned,
    )


@check(
    23,
    "AI content declared",
    Level.BLOCK,
    owner=REVIEWER,
    next_step="Review the draft, or ask for a declaration.",
)
def _ai(launch: Launch) -> Answer:
    if launch.review is None:
        return _unreviewed(launch)
    return _as_checked(
        launch.review,
        launch.review.ai,
        good="The approved draft declares its AI-generated parts, or has none.",
        bad="AI-generated parts are not declared, or not allowed. Ask for a new draft.",
        open_="Whether it has AI-generated parts is not known: no draft is approved. Review the draft.",
    )
