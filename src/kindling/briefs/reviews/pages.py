"""Pages of the review desk: the queue, a deliverable, a draft beside its brief, the film itself."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from kindling.agreements import service as agreements
from kindling.briefs import deliverables as work
from kindling.briefs import rules
from kindling.briefs.drafts import files
from kindling.briefs.drafts import service as drafts
from kindling.briefs.drafts.downloads import stream
from kindling.briefs.models import MUSIC, PLANNED, Decision, Deliverable, Draft
from kindling.briefs.reviews import service as reviews
from kindling.briefs.rules import DecisionResult, DeliverableState, ReviewSide
from kindling.clock import now
from kindling.errors import InvalidInputError, KindlingError
from kindling.kit.time import last_minute
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor, audit_trail
from kindling.workspaces.web import day_or_none, one_page, page, reason_of, whole_number


@page()
def queue(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What waits for a decision, due soonest first: mine, or everybody's."""
    sides = reviews.sides_of(actor)
    show = request.GET.get("show", "mine" if sides else "all")
    if show == "mine":
        found = reviews.mine_to_decide(actor)
    else:
        wanted = {"brand": [ReviewSide.BRAND], "legal": [ReviewSide.LEGAL]}.get(
            show, list(ReviewSide)
        )
        found = reviews.undecided(actor.workspace, wanted)
    context = {
        "drafts": one_page(request, found),
        "show": show,
        "sides": [str(side) for side in sides],
        "tabs": [
            *([("mine", "My reviews")] if sides else []),
            ("brand", "Brand"),
            ("legal", "Legal"),
            ("all", "All"),
        ],
    }
    return render(request, "briefs/reviews.html", context)


# --- A deliverable ----------------------------------------------------------------------------------------------


@page()
def deliverable(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    return _deliverable(request, actor, pk)


def _deliverable(
    request: HttpRequest, actor: Actor, pk: int, error: KindlingError | None = None
) -> HttpResponse:
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
        "back": [str(side) for side in ReviewSide if is_revocable and side.value in approved],
        "agreements": agreements.agreements_of(row.creator),
        "gaps": work.gaps_before_code(actor.workspace, row.item_id) if row.item_id else [],
        "audit": audit_trail(actor.workspace).filter(subject=work.subject_of(row))[:50],
        "typed": request.POST,
        "error": error,
    }
    status = error.http_status if error else 200
    return render(request, "briefs/deliverable.html", context, status=status)


def _decision_of(draft: Draft, side: ReviewSide) -> Decision | None:
    return next((each for each in draft.decisions.all() if each.side == side.value), None)


@page(Action.HAND_IN, method="ANY")
def hand_in(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    row = work.find_deliverable(actor.workspace, pk)
    if request.method != "POST":
        return _hand_in(request, actor, row)
    try:
        draft = drafts.hand_in(
            row,
            by=actor,
            told=drafts.draft_input_from(request.POST.dict()),
            upload=request.FILES.get("file"),
            link=request.POST.get("link", ""),
            at=now(),
        )
    except KindlingError as error:
        return _hand_in(request, actor, row, error)
    messages.success(request, f"Round {draft.round_number} is submitted. Reviewers were notified.")
    return redirect("briefs:deliverable", actor.workspace.slug, row.pk)


def _hand_in(
    request: HttpRequest, actor: Actor, row: Deliverable, error: KindlingError | None = None
) -> HttpResponse:
    last = work.current_draft(row)
    number = 1 + (last.round_number if last else 0)
    typed: Any = request.POST
    if request.method != "POST" and last is not None:
        typed = {
            name: getattr(last, name)
            for name in (
                "caption", "transcript", "music", "music_reference", "ai_what", "disclosure",
            )
        } | {"is_ai": "yes" if last.is_ai else ""}  # fmt: skip
    wanted = set(files.VIDEO_TYPES.values()) if row.is_video else set(files.PHOTO_TYPES.values())
    context = {
        "row": row,
        "round_number": number,
        "is_extra": rules.needs_reason(round_number=number, rounds_allowed=row.rounds_allowed),
        "endings": ", ".join(sorted(wanted)),
        "most_megabytes": files.MOST_BYTES // 1024 // 1024,
        "music": MUSIC,
        "disclosures": PLANNED,
        "typed": typed,
        "error": error,
    }
    status = error.http_status if error else 200
    return render(request, "briefs/hand_in.html", context, status=status)


@page(Action.HAND_IN, method="POST")
def link_post(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    row = work.find_deliverable(actor.workspace, pk)
    try:
        drafts.link_post(row, request.POST.get("post", ""), by=actor, at=now())
    except KindlingError as error:
        return _deliverable(request, actor, pk, error)
    messages.success(request, "The post is linked.")
    return redirect("briefs:deliverable", actor.workspace.slug, pk)


def _due(request: HttpRequest, actor: Actor, field: str) -> datetime | None:
    day = day_or_none(request.POST.get(field))
    return None if day is None else last_minute(day, actor.workspace.timezone)


@page(Action.MANAGE_BRIEFS, method="POST")
def change_due(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    row = work.find_deliverable(actor.workspace, pk)
    try:
        work.change_due(
            actor,
            row,
            draft_due_at=_due(request, actor, "draft_due") or row.draft_due_at,
            post_due_at=_due(request, actor, "post_due") or row.post_due_at,
            reason=reason_of(request),
            at=now(),
        )
    except KindlingError as error:
        return _deliverable(request, actor, pk, error)
    messages.success(request, "The new due dates are saved.")
    return redirect("briefs:deliverable", actor.workspace.slug, pk)


@page(Action.MANAGE_BRIEFS, method="POST")
def name_agreement(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    row = work.find_deliverable(actor.workspace, pk)
    chosen = request.POST.get("agreement", "")
    try:
        found = (
            agreements.find(actor.workspace, whole_number(chosen, "Agreement")) if chosen else None
        )
        work.name_agreement(actor, row, found, at=now())
    except KindlingError as error:
        return _deliverable(request, actor, pk, error)
    messages.success(request, "The agreement is saved." if found else "The agreement is removed.")
    return redirect("briefs:deliverable", actor.workspace.slug, pk)


@page(Action.MANAGE_BRIEFS, method="POST")
def cancel(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    row = work.find_deliverable(actor.workspace, pk)
    try:
        work.cancel(actor, row, reason=reason_of(request), at=now())
    except KindlingError as error:
        return _deliverable(request, actor, pk, error)
    messages.success(request, "Cancelled. Submitted drafts stay on record.")
    return redirect("briefs:deliverable", actor.workspace.slug, pk)


@page(Action.DECIDE_BRAND, method="POST")
def brand_back(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    return _back(request, actor, pk, ReviewSide.BRAND)


@page(Action.DECIDE_LEGAL, method="POST")
def legal_back(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    return _back(request, actor, pk, ReviewSide.LEGAL)


def _back(request: HttpRequest, actor: Actor, pk: int, side: ReviewSide) -> HttpResponse:
    row = work.find_deliverable(actor.workspace, pk)
    try:
        reviews.take_back(actor, row, side=side, reason=reason_of(request), at=now())
    except KindlingError as error:
        return _deliverable(request, actor, pk, error)
    messages.success(request, "The approval is withdrawn. The creator is asked for changes.")
    return redirect("briefs:deliverable", actor.workspace.slug, pk)


# --- A draft ----------------------------------------------------------------------------------------------------


@page()
def review(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    return _review(request, actor, pk)


def _review(
    request: HttpRequest, actor: Actor, pk: int, error: KindlingError | None = None
) -> HttpResponse:
    draft = reviews.find_draft(actor.workspace, pk)
    row = draft.deliverable
    decisions = {each.side: each for each in draft.decisions.all()}
    is_up = draft.is_current and DeliverableState(row.state) in rules.IN_REVIEW
    is_own = actor.user is not None and draft.by_user_id == actor.user.pk
    asked = [ReviewSide.BRAND, *([ReviewSide.LEGAL] if row.brief.legal_needed else [])]
    context = {
        "draft": draft,
        "row": row,
        "brief": row.brief,
        "checks": reviews.checks_of(draft),
        "notes": reviews.notes_of(draft),
        "sides": [(str(side), decisions.get(side.value)) for side in asked],
        "to_decide": [
            str(side)
            for side in reviews.sides_of(actor)
            if side in asked and side.value not in decisions and is_up and not is_own
        ],
        "is_own": is_own and is_up,
        "verdicts": _verdicts(),
        "plays": draft.content_type in files.PLAYS_IN_BROWSERS,
        "is_photo": draft.content_type.startswith("image/"),
        "lines": [*row.brief.must_say, *row.brief.must_show],
        "ticked": request.POST.getlist("ticked"),
        "typed": request.POST,
        "error": error,
    }
    status = error.http_status if error else 200
    return render(request, "briefs/review.html", context, status=status)


def _verdicts() -> list[tuple[str, str]]:
    words = {"approve": "Approve", "changes": "Ask for changes", "reject": "Reject"}
    return [(key, words[key]) for key, _ in Decision.VERDICTS]


@page()
def file(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """The stored draft, in ranges; `?download` saves it. Its type is ours, not what the uploader said."""
    draft = reviews.find_draft(actor.workspace, pk)
    return stream(request, draft)


@page(Action.WRITE_NOTES, method="POST")
def note(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    draft = reviews.find_draft(actor.workspace, pk)
    try:
        moment = rules.moment_from(request.POST.get("moment", ""))
    except ValueError as error:
        return _review(request, actor, pk, InvalidInputError(f"{error}."))
    try:
        made = reviews.write_note(
            actor, draft, text=request.POST.get("text", ""), at_seconds=moment, at=now()
        )
    except KindlingError as error:
        return _review(request, actor, pk, error)
    return _to_note(actor, draft.pk, made.pk)


def _to_note(actor: Actor, draft: int, note: int) -> HttpResponse:
    answer = redirect("briefs:review", actor.workspace.slug, draft)
    answer["Location"] += f"#note-{note}"
    return answer


@page(Action.WRITE_NOTES, method="POST")
def answer(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    found = reviews.find_note(actor.workspace, pk)
    try:
        reviews.answer_note(found, request.POST.get("text", ""), by=actor, at=now())
    except KindlingError as error:
        return _review(request, actor, found.draft_id, error)
    return _to_note(actor, found.draft_id, found.pk)


@page(Action.WRITE_NOTES, method="POST")
def settle(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    found = reviews.find_note(actor.workspace, pk)
    reviews.settle_note(actor, found, is_done=request.POST.get("done") == "yes", at=now())
    return _to_note(actor, found.draft_id, found.pk)


@page(Action.DECIDE_BRAND, method="POST")
def decide_brand(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    return _decide(request, actor, pk, ReviewSide.BRAND)


@page(Action.DECIDE_LEGAL, method="POST")
def decide_legal(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    return _decide(request, actor, pk, ReviewSide.LEGAL)


def _decide(request: HttpRequest, actor: Actor, pk: int, side: ReviewSide) -> HttpResponse:
    draft = reviews.find_draft(actor.workspace, pk)
    try:
        row = reviews.decide(
            actor,
            draft,
            side=side,
            verdict=_verdict(request),
            reason=reason_of(request),
            ticked=request.POST.getlist("ticked"),
            at=now(),
        )
    except KindlingError as error:
        return _review(request, actor, pk, error)
    messages.success(request, f"Saved. The deliverable is now: {row.get_state_display().lower()}.")
    return redirect("briefs:reviews", actor.workspace.slug)


def _verdict(request: HttpRequest) -> DecisionResult:
    try:
        return DecisionResult(request.POST.get("verdict", ""))
    except ValueError:
        raise InvalidInputError(
            "Choose a decision.", next_step="Approve, ask for changes, or reject."
        ) from None
