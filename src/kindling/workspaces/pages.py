"""Pages of the workspace: settings, connections, ad accounts, tokens, the audit trail, calls to TikTok."""

from __future__ import annotations

import csv
from zoneinfo import available_timezones

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from kindling.clock import now
from kindling.errors import InvalidInputError, KindlingError, NotAllowedError
from kindling.kit.tables import defused
from kindling.workspaces import call_log, service
from kindling.workspaces import settings as workspace_settings
from kindling.workspaces.models import AuditEntry, Role
from kindling.workspaces.rules import ALLOWED, Action
from kindling.workspaces.service import Actor
from kindling.workspaces.web import day_or_none, one_page, page

CONNECTION_FIELDS = ("name", "base_url", "app_id", "client_key", "tiktok_one_id")


@page()
def home(request: HttpRequest, actor: Actor) -> HttpResponse:
    return _home(request, actor)


def _home(
    request: HttpRequest, actor: Actor, *, error: KindlingError | None = None, token: str = ""
) -> HttpResponse:
    connections = service.connections(actor)
    callback = _callback(request, actor)
    context = {
        "members": service.members(actor.workspace),
        "connections": [
            (each, service.consent_url(each, callback=callback)) for each in connections
        ],
        "accounts": service.ad_accounts(actor.workspace),
        "tokens": service.tokens_of(actor),
        "token": token,
        "typed": {name: request.POST.get(name, "") for name in CONNECTION_FIELDS},
        "error": error,
    }
    status = error.http_status if error else 200
    answer = render(request, "workspaces/home.html", context, status=status)
    if token:
        answer["Cache-Control"] = "no-store"
    return answer


@page(Action.MANAGE_WORKSPACE, method="POST")
def save_connection(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Add a developer app. Its secrets are stored encrypted and never shown."""
    given = {name: request.POST.get(name, "").strip() for name in CONNECTION_FIELDS}
    try:
        if not given["name"] or not given["app_id"] or not request.POST.get("app_secret"):
            raise InvalidInputError(
                "A connection needs a name, an app id and its secret.",
                next_step="Copy them from your app at TikTok for Business Developers.",
            )
        service.save_connection(
            actor,
            **given,
            app_secret=request.POST.get("app_secret", "").strip(),
            client_secret=request.POST.get("client_secret", "").strip(),
            at=now(),
        )
    except KindlingError as error:
        return _home(request, actor, error=error)
    messages.success(request, "Saved. Now connect it: TikTok will ask for your consent.")
    return redirect("workspaces:home", actor.workspace.slug)


@page(Action.MANAGE_WORKSPACE)
def callback(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Where TikTok sends back after the consent to manage ad accounts."""
    connection = service.connection_of_state(actor, request.GET.get("state", ""))
    code = request.GET.get("auth_code", "")
    if not code:
        raise InvalidInputError(
            "TikTok did not return a consent.", next_step="Start again from Workspace."
        )
    accounts = service.finish_consent(actor, connection, auth_code=code, at=now())
    messages.success(request, f"Connected: {len(accounts)} ad accounts.")
    return redirect("workspaces:home", actor.workspace.slug)


def _callback(request: HttpRequest, actor: Actor) -> str:
    return request.build_absolute_uri(reverse("workspaces:callback", args=[actor.workspace.slug]))


@page(method="POST")
def issue_token(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Make an API token with the actor's own rights and show it this once."""
    name = request.POST.get("name", "").strip()
    if not name:
        error = InvalidInputError("A token needs a name.", next_step="Enter its purpose.")
        return _home(request, actor, error=error)
    return _home(request, actor, token=service.issue_token(actor, name=name[:80], at=now()))


@page(method="POST")
def revoke_token(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    service.revoke_token(actor, pk, at=now())
    messages.success(request, "The token is revoked.")
    return redirect("workspaces:home", actor.workspace.slug)


@page(method="ANY")
def settings(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What the workspace decides: everybody may look, an owner may change."""
    error: KindlingError | None = None
    typed = workspace_settings.values(actor.workspace)
    if request.method == "POST":
        given = {name: request.POST[name] for name in typed if name in request.POST}
        try:
            workspace_settings.change(actor, given, at=now())
        except NotAllowedError:
            raise
        except KindlingError as problem:
            error, typed = problem, {**typed, **given}
        else:
            messages.success(request, "The settings are saved.")
            return redirect("workspaces:settings", actor.workspace.slug)
    context = {
        "settings": [(each, typed[each.name]) for each in workspace_settings.SETTINGS],
        "why_currency_stays": workspace_settings.why_currency_stays(actor.workspace),
        "zones": sorted(available_timezones()),
        "fixed": workspace_settings.fixed(),
        "accounts": service.ad_accounts(actor.workspace),
        "roles": Role.choices,
        "matrix": [
            (action.value, [role in roles for role in Role.values])
            for action, roles in ALLOWED.items()
        ],
        "error": error,
    }
    status = error.http_status if error else 200
    return render(request, "workspaces/settings.html", context, status=status)


@page(Action.READ_CALLS)
def calls(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What was asked of TikTok, and what came of it."""
    search, only_failed = request.GET.get("q", "").strip(), "failed" in request.GET
    rows = call_log.calls(actor.workspace, search=search, only_failed=only_failed)
    context = {
        "calls": one_page(request, rows),
        "names": call_log.names_of_accounts(actor.workspace),
        "search": search,
        "only_failed": only_failed,
        "kept_days": call_log.KEPT.days,
        "most_kept": call_log.MOST_KEPT,
    }
    return render(request, "workspaces/calls.html", context)


@page()
def audit(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Who did what, when and why."""
    error: KindlingError | None = None
    try:
        entries = _audit(request, actor)
    except KindlingError as problem:
        error, entries = problem, service.audit_trail(actor.workspace)
    context = {
        "entries": one_page(request, entries),
        "search": request.GET.get("q", "").strip(),
        "action": request.GET.get("action", ""),
        "actions": service.audit_actions(actor.workspace),
        "first": request.GET.get("from", ""),
        "last": request.GET.get("to", ""),
        "error": error,
    }
    status = error.http_status if error else 200
    return render(request, "workspaces/audit.html", context, status=status)


def _audit(request: HttpRequest, actor: Actor) -> QuerySet[AuditEntry]:
    return service.audit_trail(
        actor.workspace,
        search=request.GET.get("q", "").strip(),
        action=request.GET.get("action", ""),
        first=day_or_none(request.GET.get("from")),
        last=day_or_none(request.GET.get("to")),
    )


@page(Action.EXPORT)
def export_audit(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The audit trail as filtered, for a spreadsheet."""
    rows = service.audit_rows(_audit(request, actor))
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="audit-{actor.workspace.slug}.csv"'
    answer["Cache-Control"] = "no-store"
    answer.write("\ufeff")
    writer = csv.writer(answer)
    columns = ("at", "who", "action", "subject", "reason", "before", "after", "tiktok_request_id")
    writer.writerow(columns)
    writer.writerows([defused(str(row[name])) for name in columns] for row in rows)
    return answer
