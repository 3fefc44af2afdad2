"""Use cases of drafts: hand one in by file or link, put the post's address in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction

from kindling.agreements import service as agreements
from kindling.briefs import deliverables as work
from kindling.briefs import rules
from kindling.briefs.drafts import files
from kindling.briefs.drafts.checks import DraftWords, Music, Planned
from kindling.briefs.models import Deliverable, Draft
from kindling.briefs.phrases import spoken_text
from kindling.briefs.rules import DeliverableState, ReviewSide
from kindling.creators.models import Creator
from kindling.creators.rules import item_id_from
from kindling.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError
from kindling.jobs import outbox
from kindling.jobs.registry import JobRequest
from kindling.kit.time import instant_words
from kindling.notices import service as notices
from kindling.workspaces.models import User
from kindling.workspaces.rules import CREATOR_MANAGER, LEGAL, MEDIA_BUYER, REVIEWER, Action
from kindling.workspaces.service import Actor, record

LIBRARY = "posts.take_linked"  # a task of an area to the right, so it is asked for by name
LONGEST_CAPTION, LONGEST_TRANSCRIPT, LONGEST_REMARK = 4_000, 100_000, 4_000


@dataclass(frozen=True, slots=True)
class DraftAuthor:
    """Who acts on a deliverable: a member, or the creator it is of, through the portal."""

    actor: Actor
    user: User | None
    creator: Creator | None


def voice(by: Actor | Creator, deliverable: Deliverable, action: Action) -> DraftAuthor:
    """The one who acts, if they may. Raises NotFoundError for anybody else's deliverable."""
    if isinstance(by, Creator):
        if by.pk != deliverable.creator_id:
            raise NotFoundError("This deliverable was not found.")
        return DraftAuthor(Actor(deliverable.workspace, None, "", str(by)), None, by)
    by.require(action)
    if by.workspace.pk != deliverable.workspace_id:
        raise NotFoundError(
            "This deliverable was not found.", next_step="Open Pipeline to see all deliverables."
        )
    if by.user is None:
        raise NotAllowedError("Only a signed-in person can submit a draft.", next_step="Sign in.")
    return DraftAuthor(by, by.user, None)


@dataclass(frozen=True, slots=True)
class DraftInput(DraftWords):
    """What is said of a draft when it is handed in. extra_reason : why there is one round more"""

    extra_reason: str = ""


def draft_input_from(given: Mapping[str, Any]) -> DraftInput:
    """The facts of a form or of JSON. Raises InvalidInputError naming what does not fit."""

    def text(name: str, longest: int, label: str) -> str:
        value = str(given.get(name) or "").replace("\r\n", "\n").replace("\x00", "").strip()
        if len(value) > longest:
            raise InvalidInputError(
                f"{label} has {len(value):,} characters; at most {longest:,} are allowed.",
                next_step="Shorten it.",
                field=name,
            )
        return value

    music = text("music", 20, "Music") or Music.NONE.value
    disclosure = text("disclosure", 20, "Disclosure") or Planned.NONE.value
    for name, value, known in (("Music", music, Music), ("Disclosure", disclosure, Planned)):
        choices = [str(each.value) for each in known]
        if value not in choices:
            raise InvalidInputError(
                f"{name}: {value!r} is not a valid choice.",
                next_step=f"Use one of {', '.join(choices)}.",
                field=name.lower(),
            )
    return DraftInput(
        caption=text("caption", LONGEST_CAPTION, "The caption"),
        transcript=spoken_text(text("transcript", LONGEST_TRANSCRIPT, "The transcript")),
        remark=text("remark", LONGEST_REMARK, "The note"),
        music=music,
        music_reference=text("music_reference", 300, "The license"),
        is_ai=given.get("is_ai") in {True, "yes", "on", "true"},
        ai_what=text("ai_what", 300, "What is generated"),
        disclosure=disclosure,
        extra_reason=text("extra_reason", 300, "The reason"),
    )


def hand_in(
    deliverable: Deliverable,
    *,
    by: Actor | Creator,
    told: DraftInput,
    at: datetime,
    upload: UploadedFile[bytes] | None = None,
    link: str = "",
) -> Draft:
    """Take the next round's draft: a file or a link, not both. It voids what was decided on an earlier one.

    raises : InvalidInputError for a file or link that cannot be taken, or for a round beyond those agreed without
    a reason; ConflictError where no draft is wanted, or the file was handed in before
    """
    who = voice(by, deliverable, Action.HAND_IN)
    if (upload is None) == (not link.strip()):
        raise InvalidInputError(
            "Give either a file or a link.",
            next_step="Choose the video, or paste its link.",
            field="file",
        )
    _refuse_state(deliverable)
    if upload is None:
        return _take(deliverable.pk, who, told, {"link": files.clean_link(link)}, at=at)
    judged = files.judge(upload, is_video=deliverable.is_video)
    _refuse_twin(deliverable, judged.sha256)
    # Stored outside the transaction: half a gigabyte takes its time. Taken away again if nothing comes of it.
    stored = files.keep(upload, judged)
    facts = {
        "stored": stored,
        "file_name": judged.name,
        "content_type": judged.content_type,
        "size": judged.size,
        "sha256": judged.sha256,
        "duration_seconds": judged.film.duration_seconds,
        "width": judged.film.width,
        "height": judged.film.height,
    }
    try:
        return _take(deliverable.pk, who, told, facts, at=at)
    except BaseException:
        files.drop(stored)
        raise


def _refuse_state(row: Deliverable) -> None:
    if DeliverableState(row.state) not in rules.TAKES_DRAFTS | {DeliverableState.BRAND_APPROVED}:
        raise ConflictError(
            f"No draft is needed: the deliverable is {row.get_state_display().lower()}.",
            next_step="Ask the team to reopen it.",
        )


def _refuse_twin(row: Deliverable, sha256: str) -> None:
    """The same bytes twice are a mistake; only the creator's own are compared, so nobody else's shows."""
    twin = (
        Draft.objects.select_related("deliverable")
        .filter(deliverable__creator_id=row.creator_id, sha256=sha256)
        .first()
    )
    if twin is not None:
        raise ConflictError(
            f"This file was already submitted: round {twin.round_number} of "
            f"“{twin.deliverable.title}”.",
            next_step="Choose the new version of the video. To keep the old one, add a note instead.",
            field="file",
        )


@transaction.atomic
def _take(
    pk: int, who: DraftAuthor, told: DraftInput, facts: dict[str, Any], *, at: datetime
) -> Draft:
    row = work.lock(who.actor.workspace, pk)
    _refuse_state(row)
    if facts.get("sha256"):
        _refuse_twin(row, facts["sha256"])
    last = row.drafts.filter(is_current=True).first()
    number = 1 + (last.round_number if last else 0)
    _refuse_round(row, number, told)
    row.drafts.filter(is_current=True).update(is_current=False)
    draft = Draft.objects.create(
        deliverable=row,
        round_number=number,
        at=at,
        review_due_at=at + timedelta(hours=row.brief.turnround_hours),
        by_user=who.user,
        by_creator=who.creator,
        by_label=who.actor.label,
        caption=told.caption,
        transcript=told.transcript,
        remark=told.remark,
        music=told.music,
        music_reference=told.music_reference,
        is_ai=told.is_ai,
        ai_what=told.ai_what,
        disclosure=told.disclosure,
        extra_reason=told.extra_reason,
        **facts,
    )
    before = row.state
    work.move(row, DeliverableState.DRAFT_IN, at=at)
    record(
        who.actor, "submitted draft", work.subject_of(row), at=at, reason=told.extra_reason,
        before={"state": before},
        after={"state": row.state, "round": number, "sha256": draft.sha256, "link": draft.link},
    )  # fmt: skip
    _tell_reviewers(row, draft, at=at)
    return draft


def _refuse_round(row: Deliverable, number: int, told: DraftInput) -> None:
    is_extra = rules.needs_reason(round_number=number, rounds_allowed=row.rounds_allowed)
    if is_extra and not told.extra_reason:
        raise InvalidInputError(
            f"Round {number} exceeds the {row.rounds_allowed} agreed revisions.",
            next_step="Give a reason for the extra round.",
            field="extra_reason",
        )


def _tell_reviewers(row: Deliverable, draft: Draft, *, at: datetime) -> None:
    notices.settle(row.workspace, key=f"changes-{row.pk}", at=at)
    sides = {
        ReviewSide.BRAND: REVIEWER,
        **({ReviewSide.LEGAL: LEGAL} if row.brief.legal_needed else {}),
    }
    for side, role in sides.items():
        key = work.review_key(row, side)
        notices.settle(row.workspace, key=key, at=at)  # the earlier round's
        notices.notify(
            row.workspace,
            key=key,
            roles=[role],
            title=f"New draft: “{row.title}” of @{row.creator.handle}, round {draft.round_number}",
            next_step=f"Review by {instant_words(draft.review_due_at, row.workspace.timezone)}.",
            path=f"briefs/drafts/{draft.pk}/",
            at=at,
            urgency=3,
        )


# --- The post -------------------------------------------------------------------------------------------------


def post_named(text: str) -> str:
    """The id of the post that an address or an id names. Raises InvalidInputError."""
    try:
        return item_id_from(text)
    except ValueError as error:
        raise InvalidInputError(
            f"{error}.", next_step="Open the post, copy its link.", field="post"
        ) from None


@transaction.atomic
def link_post(
    deliverable: Deliverable, post: str, *, by: Actor | Creator, at: datetime
) -> Deliverable:
    """Say which post the deliverable became: its address or id. An approved one is posted then.

    One that went up before it was approved keeps its state; `gaps_before_code` says so. A post that is corrected
    takes over the fee and the term that started with the wrong one: a deliverable's fee is due once.
    """
    who, item_id = voice(by, deliverable, Action.HAND_IN), post_named(post)
    row = work.lock(who.actor.workspace, deliverable.pk)
    if DeliverableState(row.state) is DeliverableState.CANCELLED:
        raise ConflictError("The deliverable was cancelled.", next_step="Ask the team.")
    if who.creator is not None and row.item_id and row.item_id != item_id:
        raise ConflictError(
            "Another post is already linked.", next_step="Ask the team to correct it.", field="post"
        )
    before = row.item_id
    if before == item_id:
        return row
    taken = Deliverable.objects.filter(workspace=row.workspace, item_id=item_id).exclude(pk=row.pk)
    if taken.exists():
        raise ConflictError(
            "This post is already linked to another deliverable.",
            next_step="Check the address.",
            field="post",
        )
    row.item_id = item_id
    _save_item(row)
    if DeliverableState(row.state) in {DeliverableState.APPROVED, DeliverableState.POSTED}:
        work.move(row, DeliverableState.POSTED, at=at)
    record(
        who.actor, "linked post", work.subject_of(row), at=at,
        before={"item_id": before}, after={"item_id": item_id, "state": row.state},
    )  # fmt: skip
    if before:
        agreements.correct_post(who.actor, row.creator, was=before, item_id=item_id, at=at)
    if DeliverableState(row.state) is DeliverableState.POSTED:
        # What the agreement starts with the post starts now: the term, the fees that waited for it.
        agreements.note_post_live(row.creator, item_id, at)
    _put_in_library(row)
    _tell_posted(row, at=at)
    return row


def _put_in_library(row: Deliverable) -> None:
    """Nobody else may ever tell Kindling of the post: without a connection no list of TikTok's names it."""
    facts = {"workspace": row.workspace_id, "creator": row.creator_id, "item_id": row.item_id}
    outbox.ask(JobRequest(LIBRARY, f"linked-{row.pk}-{row.item_id}", facts))


def _save_item(row: Deliverable) -> None:
    try:
        with transaction.atomic():
            row.save(update_fields=["item_id"])
    except IntegrityError:
        raise ConflictError("This post was just linked to another deliverable.") from None


def _tell_posted(row: Deliverable, *, at: datetime) -> None:
    is_approved = DeliverableState(row.state) is DeliverableState.POSTED
    name = f"“{row.title}” of @{row.creator.handle}"
    notices.notify(
        row.workspace,
        key=f"deliverable-{row.pk}-posted",
        roles=[CREATOR_MANAGER, MEDIA_BUYER] if is_approved else [CREATOR_MANAGER, REVIEWER],
        title=f"Post live: {name}" if is_approved else f"Posted before it was approved: {name}",
        next_step="Ask for the video code."
        if is_approved
        else "Review the draft, or ask the creator to remove the post.",
        path=work.page_of(row),
        at=at,
        urgency=4 if is_approved else 2,
    )
