"""The lists of outreach: sequences, the creators in them, messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from kindling.lists.rules import Kind
from kindling.lists.spec import Column, Filter, ListSpec, Scope, register
from kindling.notices.models import Mail
from kindling.outreach import log, sequences
from kindling.outreach.models import Enrolment


def _state(row: Any) -> str:
    return str(row.mail.get_state_display()) if row.mail else "Sent"


def _problem(row: Any) -> str | None:
    return (row.mail.problem or None) if row.mail else None


def _counts(scope: Scope) -> Mapping[str, int]:
    rows = _enrolments(scope)
    sequence = scope.chosen.get("sequence")
    return sequences.state_counts(rows.filter(sequence_id=int(sequence)) if sequence else rows)


def _enrolments(scope: Scope) -> QuerySet[Enrolment]:
    return sequences.enrolments(scope.workspace)


SEQUENCES = register(
    ListSpec(
        name="sequences",
        title="Sequences",
        page="outreach:home",
        rows=lambda scope: sequences.sequences(scope.workspace),
        order="by name",
        row_template="outreach/sequence_row.html",
        link=lambda scope, row: reverse("outreach:sequence", args=[scope.workspace.slug, row.pk]),
        search=lambda rows, word, _: rows.filter(name__icontains=word),
        search_hint="Name",
        columns=(
            Column("sequence", "Sequence", lambda row: row.name, sort="name", is_title=True),
            Column("on", "State", lambda row: "On" if row.is_on else "Paused", sort="is_on"),
            Column("creators", "Creators", lambda row: row.total, Kind.COUNT, sort="total"),
            Column("active", "Active", lambda row: row.active, Kind.COUNT, sort="active"),
            Column("replied", "Replied", lambda row: row.replied, Kind.COUNT, sort="replied"),
        ),
    )
)  # fmt: skip

ENROLMENTS = register(
    ListSpec(
        name="enrolments",
        title="Creators in sequences",
        page="outreach:sequence",
        page_of=("sequence",),
        rows=_enrolments,
        order="enrolled last first",
        row_template="outreach/enrolment_row.html",
        link=lambda scope, row: reverse(
            "profiles:creator", args=[scope.workspace.slug, row.creator.handle]
        ),
        search=lambda rows, word, _: rows.filter(creator__handle__icontains=word.lstrip("@")),
        search_hint="Creator",
        filters=(
            Filter(
                "sequence", "Sequence", lambda _: (),
                lambda rows, sequence, _: rows.filter(sequence_id=int(sequence)), is_key=True,
            ),
            Filter(
                "state", "State", lambda _: Enrolment.State.choices,
                lambda rows, state, _: rows.filter(state=state), counts=_counts, is_tabs=True,
            ),
        ),
        columns=(
            Column("handle", "Creator", lambda row: row.creator.handle, sort="creator__handle", is_title=True),
            Column("in", "Sequence", lambda row: row.sequence.name, is_shown=False),
            Column("state", "State", lambda row: row.get_state_display()),
            Column("because", "Reason", lambda row: row.because or None, is_shown=False),
            Column("step", "Step", lambda row: row.step, Kind.COUNT, sort="step"),
            Column("next", "Next", lambda row: row.due_at, Kind.INSTANT, sort="due_at"),
            Column("enrolled", "Enrolled", lambda row: row.enrolled_at, Kind.INSTANT, sort="enrolled_at",
                   is_shown=False),
            Column("result", "Result", lambda _: None, is_drawn_only=True),
        ),
    )
)  # fmt: skip

MESSAGES = register(
    ListSpec(
        name="outreach-messages",
        title="Messages",
        page="outreach:log",
        rows=lambda scope: log.messages(scope.workspace),
        order="newest first",
        row_template="outreach/message_row.html",
        link=lambda scope, row: reverse(
            "profiles:creator", args=[scope.workspace.slug, row.enrolment.creator.handle]
        ),
        search=lambda rows, word, _: rows.filter(
            enrolment__creator__handle__icontains=word.lstrip("@")
        ),
        search_hint="Creator",
        filters=(
            Filter(
                "state", "State", lambda _: [*Mail.State.choices, (log.BY_HAND, "Manual")],
                lambda rows, state, _: log.of_state(rows, state), is_tabs=True,
            ),
        ),
        columns=(
            Column("handle", "Creator", lambda row: row.enrolment.creator.handle, is_title=True,
                   sort="enrolment__creator__handle"),
            Column("message", "Message", lambda row: row.subject or row.get_channel_display()),
            Column("sequence", "Sequence", lambda row: row.enrolment.sequence.name, is_shown=False),
            Column("step", "Step", lambda row: row.number, Kind.COUNT, is_shown=False),
            Column("state", "State", _state),
            Column("problem", "Problem", _problem, is_shown=False),
            Column("sent", "Sent", lambda row: row.mail.sent_at if row.mail else row.sent_at, Kind.INSTANT,
                   is_shown=False),
            Column("created", "Created", lambda row: row.made_at, Kind.INSTANT, sort="made_at"),
        ),
    )
)  # fmt: skip
