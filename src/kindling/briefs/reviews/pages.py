"""Pages of the review desk: the queue, a deliverable, a draft beside its brief, the film itself."""

from __future__ import annotations

from datetime import date, datetime
from functools import partial
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from kindling.agreements import service as agreements
from kindling.briefs import deliverables as work
from kindling.briefs import rules
from kindling.briefs.drafts import files
from kindling.briefs.drafts import service as drafts
from kindling.briefs.drafts.checks import CheckOutcome
from kindling.briefs.drafts.downloads import stream
from kindling.briefs.lists import REVIEWS
from kindling.briefs.models import Decision, Deliverable, Draft, ReviewNote
from kindling.briefs.reviews import service as reviews
from kindling.briefs.reviews.forms import (
    AgreementForm,
    AnswerForm,
    CancelForm,
    DecisionForm,
    DraftForm,
    DueForm,
    NoteForm,
    PostForm,
    SettleForm,
    WithdrawForm,
)
from kindling.briefs.rules import DecisionResult, DeliverableState, ReviewSide
from kindling.clock import now
from kindling.errors import KindlingError
from kindling.kit.forms import Form
from kindling.kit.time import last_minute
from kindling.lists.web import show_list
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor, audit_trail
from kindling.workspaces.web import decide, page


def _url(actor: Actor, name: str, *more: object) -> str:
    return reverse(f"briefs:{name}", args=[actor.workspace.slug, *more])


@page()
def queue(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What waits for a decision, due soonest first: mine, or everybody's."""
    return show_list(request, actor, REVIEWS, "briefs/reviews.html")


# --- A deliverable ----------------------------------------------------------------------------------------------


@page()
def deliverable(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    return _deliverable(request, actor, pk)


def _deliverable(
    request: HttpRequest,
    actor: Actor,
    pk: int,
    error: KindlingError | None = None,
    *,
    withdraw_form: tuple[ReviewSide, WithdrawForm] | None = None,
    **sent: Form,
) -> HttpResponse:
    """The page of a deliverable, a form that was sent with what was typed; `withdraw_form` with its side."""
    row = work.find_deliverable(actor.workspace, pk)
    rounds = list(row.drafts.prefetch_related("decisions"))
    current = next((each for each in rounds if each.is_current), None)
    decided = {each.side for each in current.decisions.all()} if current else set()
    waits = rules.waits_on(
        DeliverableState(row.state),
        is_legal_needed=row.brief.legal_needed,
        is_legal_done=ReviewSide.LEGAL.value in decided,
    )
    approved = {
        each.side
        for each in (current.decisions.all() if current else [])
        if each.verdict == DecisionResult.APPROVE
    }
    is_revocable = DeliverableState(row.state) in {
        DeliverableState.APPROVED,
        DeliverableState.BRAND_APPROVED,
    }
    withdrawals = dict([withdraw_form] if withdraw_form else [])
    context = {
        "row": row,
        "rounds": [
            (each, *(_decision_of(each, side) for side in (ReviewSide.BRAND, ReviewSide.LEGAL)))
            for each in rounds
        ],
        "waits_on": waits,
        "is_late": row.due_at is not None and row.due_at < now(),
        "is_open": DeliverableState(row.state) in rules.OPEN,
        "takes_drafts": DeliverableState(row.state)
        in rules.TAKES_DRAFTS | {DeliverableState.BRAND_APPROVED},
        "takes_post": DeliverableState(row.state) is not DeliverableState.CANCELLED,
        "back": [
            (str(side), withdrawals.get(side) or WithdrawForm(key=side))
            for side in ReviewSide
            if is_revocable and side.value in approved
        ],
        "gaps": work.gaps_before_code(actor.workspace, row.item_id) if row.item_id else [],
        "audit": audit_trail(actor.workspace).filter(subject=work.subject_of(row))[:50],
        "post_form": PostForm(key="link"),
        "agreement_form": _agreement_form(None, row),
        "due_form": DueForm(key="days"),
        "cancel_form": CancelForm(key="off"),
        **sent,
        "error": error,
    }
    return render(request, "briefs/deliverable.html", context)


def _agreement_form(request: HttpRequest | None, row: Deliverable) -> AgreementForm:
    known = list(agreements.agreements_of(row.creator))
    return AgreementForm(
        request, agreements=known, initial={"agreement": row.agreement_id}, key="of"
    )


def _decision_of(draft: Draft, side: ReviewSide) -> Decision | None:
    return next((each for each in draft.decisions.all() if each.side == side.value), None)


@page(Action.HAND_IN, method="ANY")
def hand_in(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    row = work.find_deliverable(actor.workspace, pk)
    form = DraftForm(request, row=row, last=work.current_draft(row))

    def do(file: UploadedFile[bytes] | None, link: str, **told: Any) -> Draft:
        return drafts.hand_in(
            row, by=actor, told=drafts.draft_input_from(told), upload=file, link=link, at=now()
        )

    return decide(
        request, form, do,
        said=lambda draft: (
            f"Round {draft.round_number} is submitted. Reviewers were notified."
        ),
        to=_url(actor, "deliverable", pk),
        show=lambda error: render(
            request, "briefs/hand_in.html", {"row": row, "form": form, "error": error}
        ),
    )  # fmt: skip


@page(Action.HAND_IN, method="POST")
def link_post(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    row = work.find_deliverable(actor.workspace, pk)
    form = PostForm(request, key="link")
    return decide(
        request, form, partial(drafts.link_post, row, by=actor, at=now()),
        said="The post is linked.", to=_url(actor, "deliverable", pk),
        show=lambda error: _deliverable(request, actor, pk, error, post_form=form),
    )  # fmt: skip


@page(Action.MANAGE_BRIEFS, method="POST")
def change_due(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    row = work.find_deliverable(actor.workspace, pk)
    form = DueForm(request, key="days")

    def do(draft_due: date | None, post_due: date | None, reason: str) -> Deliverable:
        def end(day: date | None, before: datetime) -> datetime:
            return before if day is None else last_minute(day, actor.workspace.timezone)

        return work.change_due(
            actor,
            row,
            draft_due_at=end(draft_due, row.draft_due_at),
            post_due_at=end(post_due, row.post_due_at),
            reason=reason,
            at=now(),
        )

    return decide(
        request, form, do,
        said="The new due dates are saved.", to=_url(actor, "deliverable", pk),
        show=lambda error: _deliverable(request, actor, pk, error, due_form=form),
    )  # fmt: skip


@page(Action.MANAGE_BRIEFS, method="POST")
def name_agreement(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    row = work.find_deliverable(actor.workspace, pk)
    form = _agreement_form(request, row)

    def do(agreement: int | None) -> Deliverable:
        found = None if agreement is None else agreements.find(actor.workspace, agreement)
        return work.name_agreement(actor, row, found, at=now())

    return decide(
        request, form, do,
        said=lambda done: (
            "The agreement is saved." if done.agreement_id else "The agreement is removed."
        ),
        to=_url(actor, "deliverable", pk),
        show=lambda error: _deliverable(request, actor, pk, error, agreement_form=form),
    )  # fmt: skip


@page(Action.MANAGE_BRIEFS, method="POST")
def cancel(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    row = work.find_deliverable(actor.workspace, pk)
    form = CancelForm(request, key="off")
    return decide(
        request, form, partial(work.cancel, actor, row, at=now()),
        said="Cancelled. Submitted drafts stay on record.", to=_url(actor, "deliverable", pk),
        show=lambda error: _deliverable(request, actor, pk, error, cancel_form=form),
    )  # fmt: skip


@page(Action.DECIDE_BRAND, method="POST")
def brand_back(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    return _back(request, actor, pk, ReviewSide.BRAND)


@page(Action.DECIDE_LEGAL, method="POST")
def legal_back(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    return _back(request, actor, pk, ReviewSide.LEGAL)


def _back(request: HttpRequest, actor: Actor, pk: int, side: ReviewSide) -> HttpResponse:
    row = work.find_deliverable(actor.workspace, pk)
    form = WithdrawForm(request, key=side)
    return decide(
        request, form, partial(reviews.take_back, actor, row, side=side, at=now()),
        said="The approval is withdrawn. The creator is asked for changes.",
        to=_url(actor, "deliverable", pk),
        show=lambda error: _deliverable(request, actor, pk, error, withdraw_form=(side, form)),
    )  # fmt: skip


# --- A draft ----------------------------------------------------------------------------------------------------


@page()
def review(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    return _review(request, actor, pk)


def _review(
    request: HttpRequest,
    actor: Actor,
    pk: int,
    error: KindlingError | None = None,
    *,
    note_form: NoteForm | None = None,
    answer_form: tuple[int, AnswerForm] | None = None,
    decision_form: tuple[ReviewSide, DecisionForm] | None = None,
) -> HttpResponse:
    """The page of a draft, the form that was sent with what was typed: an answer with its note, a decision with its
    side."""
    draft = reviews.find_draft(actor.workspace, pk)
    row = draft.deliverable
    decisions = {each.side: each for each in draft.decisions.all()}
    is_up = draft.is_current and DeliverableState(row.state) in rules.IN_REVIEW
    is_own = actor.user is not None and draft.by_user_id == actor.user.pk
    asked = [ReviewSide.BRAND, *([ReviewSide.LEGAL] if row.brief.legal_needed else [])]
    answers_sent = dict([answer_form] if answer_form else [])
    decisions_sent = dict([decision_form] if decision_form else [])
    checks = reviews.checks_of(draft)
    context = {
        "draft": draft,
        "row": row,
        "brief": row.brief,
        "checks": checks,
        "failed": sum(each.outcome is CheckOutcome.FAIL for each in checks),
        "warned": sum(each.outcome is CheckOutcome.WARN for each in checks),
        "note_form": note_form or NoteForm(),
        "notes": [
            (note, answers, answers_sent.get(note.pk) or AnswerForm(key=note.pk))
            for note, answers in reviews.notes_of(draft)
        ],
        "sides": [(str(side), decisions.get(side.value)) for side in asked],
        "to_decide": [
            (str(side), decisions_sent.get(side) or _decision_form(None, draft, side))
            for side in reviews.sides_of(actor)
            if side in asked and side.value not in decisions and is_up and not is_own
        ],
        "is_own": is_own and is_up,
        "plays": draft.content_type in files.PLAYS_IN_BROWSERS,
        "is_photo": draft.content_type.startswith("image/"),
        "error": error,
    }
    return render(request, "briefs/review.html", context)


def _decision_form(request: HttpRequest | None, draft: Draft, side: ReviewSide) -> DecisionForm:
    brief = draft.deliverable.brief
    return DecisionForm(request, lines=[*brief.must_say, *brief.must_show], key=side)


@page()
def file(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """The stored draft, in ranges; `?download` saves it. Its type is ours, not what the uploader said."""
    draft = reviews.find_draft(actor.workspace, pk)
    return stream(request, draft)


@page(Action.WRITE_NOTES, method="POST")
def note(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    draft = reviews.find_draft(actor.workspace, pk)
    form = NoteForm(request)

    def do(moment: float | None, text: str) -> ReviewNote:
        return reviews.write_note(actor, draft, text=text, at_seconds=moment, at=now())

    return decide(
        request, form, do, to=lambda made: _to_note(actor, pk, made.pk),
        show=lambda error: _review(request, actor, pk, error, note_form=form),
    )  # fmt: skip


def _to_note(actor: Actor, draft: int, note: int) -> str:
    return f"{_url(actor, 'review', draft)}#note-{note}"


@page(Action.WRITE_NOTES, method="POST")
def answer(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    found = reviews.find_note(actor.workspace, pk)
    form = AnswerForm(request, key=pk)
    return decide(
        request, form, partial(reviews.answer_note, found, by=actor, at=now()),
        to=_to_note(actor, found.draft_id, pk),
        show=lambda error: _review(
            request, actor, found.draft_id, error, answer_form=(pk, form)
        ),
    )  # fmt: skip


@page(Action.WRITE_NOTES, method="POST")
def settle(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    found = reviews.find_note(actor.workspace, pk)

    def do(done: str) -> ReviewNote:
        return reviews.settle_note(actor, found, is_done=done == "yes", at=now())

    return decide(
        request, SettleForm(request), do, to=_to_note(actor, found.draft_id, pk),
        show=lambda error: _review(request, actor, found.draft_id, error),
    )  # fmt: skip


@page(Action.DECIDE_BRAND, method="POST")
def decide_brand(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    return _decide(request, actor, pk, ReviewSide.BRAND)


@page(Action.DECIDE_LEGAL, method="POST")
def decide_legal(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    return _decide(request, actor, pk, ReviewSide.LEGAL)


def _decide(request: HttpRequest, actor: Actor, pk: int, side: ReviewSide) -> HttpResponse:
    draft = reviews.find_draft(actor.workspace, pk)
    form = _decision_form(request, draft, side)

    def do(ticked: list[str], verdict: str, reason: str) -> Deliverable:
        return reviews.decide(
            actor,
            draft,
            side=side,
            verdict=DecisionResult(verdict),
            reason=reason,
            ticked=ticked,
            at=now(),
        )

    return decide(
        request, form, do,
        said=lambda row: f"Saved. The deliverable is now: {row.get_state_display().lower()}.",
        to=_url(actor, "reviews"),
        show=lambda error: _review(request, actor, pk, error, decision_form=(side, form)),
    )  # fmt: skip
