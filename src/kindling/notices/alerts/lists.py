"""The list of webhooks, and of what was sent to them."""

from __future__ import annotations

from django.urls import reverse

from kindling.lists.rules import Kind
from kindling.lists.spec import Column, Filter, ListSpec, Scope, register
from kindling.notices.alerts import webhooks
from kindling.notices.models import Alert, Webhook
from kindling.workspaces.models import Role


def roles_words(row: Webhook) -> str:
    """Whose notices a webhook gets."""
    return ", ".join(Role(each).label for each in row.roles) or "All roles"


def state_words(row: Webhook) -> str:
    if not row.is_on:
        return "Off"
    return "Failing" if row.problem else "On"


def _link(scope: Scope, row: Webhook) -> str:
    return reverse("notices:webhook", args=[scope.workspace.slug, row.pk])


WEBHOOKS = register(
    ListSpec(
        name="webhooks",
        title="Webhooks",
        page="notices:alerts",
        rows=lambda scope: webhooks.webhooks(scope.workspace),
        order="by name",
        row_template="notices/webhook_row.html",
        link=_link,
        search=lambda rows, word, _: rows.filter(name__icontains=word),
        search_hint="Name",
        columns=(
            Column("name", "Name", lambda row: row.name, sort="name", is_title=True),
            Column("state", "State", state_words),
            Column("address", "Address", lambda row: row.shown_address),
            Column("roles", "Notices for", roles_words),
            Column("waiting", "Waiting", lambda row: row.waiting, Kind.COUNT, sort="waiting"),
            Column("last_sent", "Last sent", lambda row: row.last_sent_at, Kind.INSTANT, sort="last_sent_at"),
        ),
    )
)  # fmt: skip

ALERTS = register(
    ListSpec(
        name="alerts",
        title="Sent alerts",
        page="notices:sent_alerts",
        rows=lambda scope: webhooks.alerts(scope.workspace),
        order="newest first",
        row_template="notices/alert_row.html",
        link=lambda scope, row: f"/w/{scope.workspace.slug}/{row.notice.path}",
        search=lambda rows, word, _: rows.filter(notice__title__icontains=word),
        search_hint="Notice",
        filters=(
            Filter(
                "webhook", "Webhook", lambda _: (), lambda rows, key, _: rows.filter(webhook_id=int(key)), is_key=True
            ),
            Filter(
                "state", "State", lambda _: list(Alert.State.choices),
                lambda rows, state, _: rows.filter(state=state), is_tabs=True,
            ),
        ),
        columns=(
            Column("notice", "Notice", lambda row: row.notice.title, sort="notice__title", is_title=True),
            Column("webhook", "Webhook", lambda row: row.webhook.name, sort="webhook__name"),
            Column("kind", "Why", lambda row: row.get_kind_display(), sort="kind"),
            Column("state", "State", lambda row: row.get_state_display(), sort="state"),
            Column("problem", "Problem", lambda row: row.problem or None, is_shown=False),
            Column("due", "Due", lambda row: row.due_at, Kind.INSTANT, sort="due_at"),
            Column("sent", "Sent", lambda row: row.sent_at, Kind.INSTANT, sort="sent_at"),
        ),
    )
)  # fmt: skip
