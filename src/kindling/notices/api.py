"""API: notices, and the webhooks that get them."""

from __future__ import annotations

from typing import Any, Literal

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from kindling.clock import now
from kindling.notices import service
from kindling.notices.alerts import webhooks
from kindling.notices.alerts.rules import Hours
from kindling.notices.alerts.webhooks import Draft
from kindling.workspaces.api_auth import actor_of, answers, may
from kindling.workspaces.api_lists import ROWS, Cursor, Limit, part, part_of
from kindling.workspaces.rules import Action

router = Router(tags=["Notices"])


class NoticeOut(Schema):
    """What happened and what to do. `urgency`: 1 is now, 5 can wait. `path`: page below the workspace's address."""

    id: int
    title: str
    next_step: str
    owner: str
    roles: list[str]
    urgency: int
    path: str
    at: str
    taken_by: str | None
    taken_at: str | None
    escalated_at: str | None
    resolved_by: str | None
    resolved_at: str | None


class WebhookIn(Schema):
    """`address` is write-only. Hours, 0 to 23, are of the workspace's zone; `roles` empty: of all roles."""

    name: str = Field(max_length=80)
    address: str = Field("", max_length=1_000)
    roles: list[str] = []
    least_urgency: int = Field(2, ge=1, le=5)
    digest_hour: int | None = Field(None, ge=0, le=23)
    quiet_from: int | None = Field(None, ge=0, le=23)
    quiet_to: int | None = Field(None, ge=0, le=23)
    wakes: bool = True

    def draft(self) -> Draft:
        return Draft(
            name=self.name, address=self.address, roles=tuple(self.roles), least_urgency=self.least_urgency,
            hours=Hours(self.digest_hour, self.quiet_from, self.quiet_to, self.wakes),
        )  # fmt: skip


class WebhookOut(Schema):
    """A webhook. `address`: its host and last letters; `waiting`: alerts that are not sent yet."""

    id: int
    name: str
    address: str
    roles: list[str]
    least_urgency: int
    digest_hour: int | None
    quiet_from: int | None
    quiet_to: int | None
    wakes: bool
    is_on: bool
    waiting: int
    problem: str | None
    last_sent_at: str | None
    next_try_at: str | None


class TestOut(Schema):
    """`problem`: why the message did not arrive, null where it did."""

    problem: str | None


@router.get("", response=answers(part_of(NoticeOut)))
def notices(
    request: HttpRequest,
    show: Literal["open", "resolved"] = "open",
    limit: Limit = ROWS,
    cursor: Cursor = "",
) -> dict[str, Any]:
    """List notices, open or resolved ones."""
    rows = service.all_notices(actor_of(request).workspace)
    rows = rows.filter(done_at=None) if show == "open" else rows.exclude(done_at=None)
    return part(rows, service.to_json, cursor=cursor, limit=limit)


@router.post("/{notice}/take", response=answers(NoticeOut), auth=may(Action.WRITE_NOTES))
def take(request: HttpRequest, notice: int) -> dict[str, Any]:
    """Take a notice on: it stays open, and is not escalated."""
    return service.to_json(service.take(actor_of(request), notice, at=now()))


@router.post("/{notice}/resolve", response=answers(NoticeOut), auth=may(Action.WRITE_NOTES))
def resolve(request: HttpRequest, notice: int) -> dict[str, Any]:
    """Mark a notice as done."""
    return service.to_json(service.mark_done(actor_of(request), notice, at=now()))


@router.get("/webhooks", response=answers(part_of(WebhookOut)))
def list_webhooks(request: HttpRequest, limit: Limit = ROWS, cursor: Cursor = "") -> dict[str, Any]:
    """List webhooks with their state."""
    rows = webhooks.webhooks(actor_of(request).workspace)
    return part(rows, webhooks.to_json, cursor=cursor, limit=limit)


@router.post("/webhooks", response=answers(WebhookOut), auth=may(Action.MANAGE_WORKSPACE))
def add_webhook(request: HttpRequest, body: WebhookIn) -> dict[str, Any]:
    """Add a webhook. Its address is never answered again."""
    return webhooks.to_json(webhooks.add(actor_of(request), body.draft(), at=now()))


@router.put("/webhooks/{webhook}", response=answers(WebhookOut), auth=may(Action.MANAGE_WORKSPACE))
def change_webhook(request: HttpRequest, webhook: int, body: WebhookIn) -> dict[str, Any]:
    """Change a webhook; without an address it keeps its own."""
    actor = actor_of(request)
    row = webhooks.find(actor.workspace, webhook)
    return webhooks.to_json(webhooks.change(actor, row, body.draft(), at=now()))


@router.post(
    "/webhooks/{webhook}/test", response=answers(TestOut), auth=may(Action.MANAGE_WORKSPACE)
)
def test_webhook(request: HttpRequest, webhook: int) -> dict[str, str | None]:
    """Send a test message now."""
    actor = actor_of(request)
    problem = webhooks.test(actor, webhooks.find(actor.workspace, webhook), at=now())
    return {"problem": problem or None}


@router.post(
    "/webhooks/{webhook}/switch",
    response=answers(WebhookOut),
    auth=may(Action.MANAGE_WORKSPACE),
)
def switch_webhook(request: HttpRequest, webhook: int, is_on: bool) -> dict[str, Any]:
    """Switch a webhook on or off."""
    actor = actor_of(request)
    row = webhooks.find(actor.workspace, webhook)
    return webhooks.to_json(webhooks.switch(actor, row, is_on=is_on, at=now()))


@router.post(
    "/webhooks/{webhook}/remove",
    response=answers(dict[str, int]),
    auth=may(Action.MANAGE_WORKSPACE),
)
def remove_webhook(request: HttpRequest, webhook: int) -> dict[str, int]:
    """Remove a webhook, with its address and the list of what was sent to it."""
    actor = actor_of(request)
    webhooks.remove(actor, webhooks.find(actor.workspace, webhook), at=now())
    return {"id": webhook}
