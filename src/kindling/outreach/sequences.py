"""Templates of outreach and the sequences made of them."""

from __future__ import annotations

from collections.abc import Sequence as Many
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, ProtectedError, Q, QuerySet

from kindling.creators.models import LANGUAGES
from kindling.errors import ConflictError, InvalidInputError, NotFoundError
from kindling.outreach import rules
from kindling.outreach.models import (
    Enrolment,
    OutreachChannel,
    OutreachTemplate,
    Sequence,
    SequenceStep,
)
from kindling.outreach.shipped import SHIPPED, ShippedText
from kindling.workspaces.models import Workspace
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor, record

State = Enrolment.State


# --- Templates ---------------------------------------------------------------------------------------------------


@transaction.atomic
def save_template(
    actor: Actor,
    *,
    name: str,
    language: str,
    channel: str,
    subject: str,
    text: str,
    at: datetime,
    template: OutreachTemplate | None = None,
) -> OutreachTemplate:
    """Write a template. Raises InvalidInputError for a variable that is not of the list, or no text."""
    actor.require(Action.REACH_OUT)
    name, subject, text = name.strip()[:80], " ".join(subject.split())[:150], text.strip()
    if not name or not text or (channel == OutreachChannel.EMAIL and not subject):
        raise InvalidInputError(
            "Name and text are required, and a subject for e-mails.",
            next_step="Fill in the missing fields.",
        )
    if channel not in OutreachChannel.values or language not in dict(LANGUAGES):
        raise InvalidInputError("The channel or language is not valid.", next_step="Choose one.")
    for part in (subject, text):
        _checked(part)
    others = OutreachTemplate.objects.filter(
        workspace=actor.workspace, name=name, language=language
    )
    if others.exclude(pk=template.pk if template else 0).exists():
        raise ConflictError(
            f"There is already a template “{name}” in this language.",
            next_step="Choose another name.",
        )
    saved = template or OutreachTemplate(workspace=actor.workspace)
    saved.name, saved.language, saved.channel = name, language, channel
    saved.subject, saved.text, saved.changed_at = subject, text, at
    saved.save()  # the whole text is one person's: who saves last wins
    record(actor, "saved outreach template", name, at=at)
    return saved


def _checked(text: str) -> None:
    try:
        rules.check_text(text)
    except ValueError as error:
        raise InvalidInputError(f"{error}.", next_step="Correct the text.") from None


def list_templates(workspace: Workspace) -> QuerySet[OutreachTemplate]:
    """The workspace's templates, by name and language."""
    return OutreachTemplate.objects.filter(workspace=workspace)


def find_template(workspace: Workspace, pk: int) -> OutreachTemplate:
    found = OutreachTemplate.objects.filter(workspace=workspace, pk=pk).first()
    if found is None:
        raise NotFoundError("This template was not found.", next_step="Open Outreach to see all.")
    return found


def find_shipped(key: str) -> ShippedText:
    """One of our texts. Raises NotFoundError."""
    found = next((each for each in SHIPPED if each.key == key), None)
    if found is None:
        raise NotFoundError("This template was not found.", next_step="Open Outreach to see all.")
    return found


@transaction.atomic
def delete_template(actor: Actor, template: OutreachTemplate, *, at: datetime) -> None:
    """Remove a template. Raises ConflictError while a sequence has it as a step."""
    actor.require(Action.REACH_OUT)
    try:
        with transaction.atomic():
            OutreachTemplate.objects.filter(workspace=actor.workspace, pk=template.pk).delete()
    except ProtectedError:
        raise ConflictError(
            f"The template “{template.name}” is a step of a sequence.",
            next_step="Sequences keep their templates; change its text instead.",
        ) from None
    record(actor, "deleted outreach template", template.name, at=at)


def preview(workspace: Workspace, *, subject: str, text: str) -> tuple[str, str]:
    """Subject and text as a sample creator would read them. Raises InvalidInputError as saving does."""
    for part in (subject, text):
        _checked(part)
    values = {
        "creator": "Sample Ana",
        "handle": "@sample.ana",
        "brand": workspace.name,
        "product": "Sample product",
        "sender": "Sample sender",
    }
    return rules.filled(subject, values), rules.filled(text, values)


# --- Sequences ---------------------------------------------------------------------------------------------------


@transaction.atomic
def make_sequence(
    actor: Actor, *, name: str, steps: Many[tuple[OutreachTemplate, int]], at: datetime
) -> Sequence:
    """A sequence of (template, days to wait before it)."""
    actor.require(Action.REACH_OUT)
    name = name.strip()[:80]
    if not name or not 1 <= len(steps) <= rules.MOST_STEPS:
        raise InvalidInputError(
            f"A sequence needs a name and 1 to {rules.MOST_STEPS} steps.",
            next_step="Fill in the missing fields.",
        )
    if any(each.workspace_id != actor.workspace.pk for each, _ in steps):
        raise NotFoundError("This template was not found.", next_step="Open Outreach to see all.")
    if any(not 0 <= days <= 90 for _, days in steps):
        raise InvalidInputError(
            "The wait before a step must be 0 to 90 days.", next_step="Correct the days."
        )
    if Sequence.objects.filter(workspace=actor.workspace, name=name).exists():
        raise ConflictError(
            f"There is already a sequence “{name}”.", next_step="Choose another name."
        )
    made = Sequence.objects.create(workspace=actor.workspace, name=name, created_at=at)
    SequenceStep.objects.bulk_create(
        SequenceStep(sequence=made, number=number, template=template, wait_days=days)
        for number, (template, days) in enumerate(steps, start=1)
    )
    record(actor, "created sequence", name, at=at, after={"steps": len(steps)})
    return made


@transaction.atomic
def switch(actor: Actor, sequence: Sequence, *, is_on: bool, at: datetime) -> None:
    """Hold a sequence, or let it go on; who is in it stays in it."""
    actor.require(Action.REACH_OUT)
    Sequence.objects.filter(pk=sequence.pk).update(is_on=is_on)
    record(actor, "switched sequence " + ("on" if is_on else "off"), sequence.name, at=at)


def steps_of(sequence: Sequence) -> list[tuple[int, int]]:
    """The templates of a sequence by their keys, each with the days before it."""
    return list(sequence.steps.values_list("template_id", "wait_days"))


def find_sequence(workspace: Workspace, pk: int) -> Sequence:
    found = Sequence.objects.filter(workspace=workspace, pk=pk).first()
    if found is None:
        raise NotFoundError("This sequence was not found.", next_step="Open Outreach to see all.")
    return found


def sequences(workspace: Workspace) -> QuerySet[Sequence]:
    """Sequences with how many creators are in each (`active`), and how many answered (`replied`)."""
    rows = Sequence.objects.filter(workspace=workspace).annotate(
        total=Count("enrolments"),
        active=Count("enrolments", filter=Q(enrolments__state=State.ACTIVE)),
        replied=Count("enrolments", filter=Q(enrolments__state=State.REPLIED)),
    )
    return rows.order_by("name", "pk")  # Django drops Meta.ordering where rows are counted


def enrolments(workspace: Workspace) -> QuerySet[Enrolment]:
    """Creators in sequences, the one enrolled last first."""
    rows = Enrolment.objects.filter(sequence__workspace=workspace)
    return rows.select_related("creator", "sequence")


def state_counts(rows: QuerySet[Enrolment]) -> dict[str, int]:
    """How many creators stand in each state."""
    found = rows.values_list("state").order_by().annotate(count=Count("pk"))
    return {str(state): int(count) for state, count in found}


def list_sequences(workspace: Workspace) -> list[dict[str, Any]]:
    """Sequences as plain rows, for the API."""
    return [
        {
            "id": each.pk,
            "name": each.name,
            "is_on": each.is_on,
            "creators": getattr(each, "total"),  # noqa: B009 (annotated by `sequences`, unknown to the type)
            "active": getattr(each, "active"),  # noqa: B009 (the same)
            "replied": getattr(each, "replied"),  # noqa: B009 (the same)
        }
        for each in sequences(workspace)
    ]
