"""The outreach log."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from kindling.lists.rules import Kind
from kindling.lists.spec import Column, Filter, ListSpec, register
from kindling.notices.models import Mail
from kindling.outreach import log


def _state(row: Any) -> str:
    return str(row.mail.get_state_display()) if row.mail else "Sent"


def _problem(row: Any) -> str | None:
    return (row.mail.problem or None) if row.mail else None


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
