"""Pages of alerts: one's own hours, the webhooks, one webhook, and what was sent."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from kindling.clock import now
from kindling.errors import KindlingError
from kindling.lists.web import show_list
from kindling.notices import mail
from kindling.notices.alerts import webhooks
from kindling.notices.alerts.forms import HoursForm, WebhookForm, initial_of
from kindling.notices.alerts.lists import ALERTS, WEBHOOKS, roles_words, state_words
from kindling.notices.models import Webhook
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor
from kindling.workspaces.web import decide, page

SHOWN = 10  # alerts on a webhook's own page; the list has all


def _url(actor: Actor, name: str, *more: object) -> str:
    return reverse(f"notices:{name}", args=[actor.workspace.slug, *more])


@page()
def alerts(request: HttpRequest, actor: Actor) -> HttpResponse:
    """When one's own notices are mailed, and which chats get them."""
    return _alerts(request, actor, HoursForm(initial=initial_of(webhooks.my_hours(actor))))


def _alerts(
    request: HttpRequest, actor: Actor, form: HoursForm, error: KindlingError | None = None
) -> HttpResponse:
    context = {"form": form, "has_server": mail.is_set_up()}
    return show_list(request, actor, WEBHOOKS, "notices/alerts.html", context, error=error)


@page(method="POST")
def set_my_hours(request: HttpRequest, actor: Actor) -> HttpResponse:
    form = HoursForm(request)

    def do(**told: Any) -> None:
        webhooks.set_my_hours(actor, form.hours(told), at=now())

    return decide(
        request, form, do, said="Your alerts are saved.", to=_url(actor, "alerts"),
        show=lambda error: _alerts(request, actor, form, error),
    )  # fmt: skip


@page()
def sent_alerts(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What was sent to which webhook, and what was not."""
    return show_list(request, actor, ALERTS, "notices/sent_alerts.html")


@page(Action.MANAGE_WORKSPACE, method="ANY")
def add_webhook(request: HttpRequest, actor: Actor) -> HttpResponse:
    form = WebhookForm(request)
    return _webhook_form(request, actor, form, None)


@page(Action.MANAGE_WORKSPACE, method="ANY")
def change_webhook(request: HttpRequest, actor: Actor, webhook: int) -> HttpResponse:
    row = webhooks.find(actor.workspace, webhook)
    return _webhook_form(request, actor, WebhookForm(request, row=row), row)


def _webhook_form(
    request: HttpRequest, actor: Actor, form: WebhookForm, row: Webhook | None
) -> HttpResponse:
    def do(**told: Any) -> Webhook:
        draft = form.draft(told)
        if row is None:
            return webhooks.add(actor, draft, at=now())
        return webhooks.change(actor, row, draft, at=now())

    def show(error: KindlingError | None) -> HttpResponse:
        context = {"form": form, "webhook": row, "error": error}
        return render(request, "notices/webhook_form.html", context)

    return decide(
        request, form, do, said="The webhook is saved. Send a test message.",
        to=lambda made: _url(actor, "webhook", made.pk), show=show,
    )  # fmt: skip


@page()
def webhook(request: HttpRequest, actor: Actor, webhook: int) -> HttpResponse:
    """One webhook: whether messages arrive, and what was sent."""
    row = webhooks.find(actor.workspace, webhook)
    context = {
        "webhook": row,
        "state": state_words(row),
        "roles": roles_words(row),
        "alerts": webhooks.alerts(actor.workspace).filter(webhook=row)[:SHOWN],
    }
    return render(request, "notices/webhook.html", context)


@page(Action.MANAGE_WORKSPACE, method="POST")
def test_webhook(request: HttpRequest, actor: Actor, webhook: int) -> HttpResponse:
    row = webhooks.find(actor.workspace, webhook)
    problem = webhooks.test(actor, row, at=now())
    if problem:
        messages.error(request, f"The test message did not arrive. {problem}")
    else:
        messages.success(request, "The test message was sent. Look into the channel.")
    return redirect(_url(actor, "webhook", row.pk))


@page(Action.MANAGE_WORKSPACE, method="POST")
def switch_webhook(request: HttpRequest, actor: Actor, webhook: int) -> HttpResponse:
    row = webhooks.find(actor.workspace, webhook)
    said = "The webhook is off." if row.is_on else "The webhook is on."
    return decide(
        request, None, lambda: webhooks.switch(actor, row, is_on=not row.is_on, at=now()),
        said=said, to=_url(actor, "webhook", row.pk),
    )  # fmt: skip


@page(Action.MANAGE_WORKSPACE, method="POST")
def remove_webhook(request: HttpRequest, actor: Actor, webhook: int) -> HttpResponse:
    row = webhooks.find(actor.workspace, webhook)
    return decide(
        request, None, lambda: webhooks.remove(actor, row, at=now()),
        said="The webhook is removed.", to=_url(actor, "alerts"),
    )  # fmt: skip
