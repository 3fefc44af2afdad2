"""Pages of the workspace: settings, connections, ad accounts, tokens, the audit trail, calls to TikTok."""

from __future__ import annotations

from functools import partial
from zoneinfo import available_timezones

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from kindling.clock import now
from kindling.errors import InvalidInputError, KindlingError
from kindling.workspaces import service
from kindling.workspaces import settings as workspace_settings
from kindling.workspaces.forms import ConnectionForm, SettingsForm, TokenForm
from kindling.workspaces.models import Role
from kindling.workspaces.rules import ALLOWED, Action
from kindling.workspaces.service import Actor
from kindling.workspaces.web import decide, page


def _url(actor: Actor, name: str) -> str:
    return reverse(f"workspaces:{name}", args=[actor.workspace.slug])


@page()
def home(request: HttpRequest, actor: Actor) -> HttpResponse:
    return _home(request, actor)


def _home(
    request: HttpRequest,
    actor: Actor,
    error: KindlingError | None = None,
    *,
    token: str = "",
    connection_form: ConnectionForm | None = None,
    token_form: TokenForm | None = None,
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
        "connection_form": connection_form or ConnectionForm(key="connection"),
        "token_form": token_form or TokenForm(key="token"),
        "error": error,
    }
    answer = render(request, "workspaces/home.html", context)
    if token:
        answer["Cache-Control"] = "no-store"
    return answer


@page(Action.MANAGE_WORKSPACE, method="POST")
def save_connection(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Add a developer app. Its secrets are stored encrypted and never shown."""
    form = ConnectionForm(request, key="connection")
    return decide(
        request, form, partial(service.save_connection, actor, at=now()),
        said="Saved. Now connect it: TikTok will ask for your consent.",
        to=_url(actor, "home"),
        show=lambda error: _home(request, actor, error, connection_form=form),
    )  # fmt: skip


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
    form = TokenForm(request, key="token")
    return decide(
        request, form, partial(service.issue_token, actor, at=now()),
        to=lambda token: _home(request, actor, token=token),
        show=lambda error: _home(request, actor, error, token_form=form),
    )  # fmt: skip


@page(method="POST")
def revoke_token(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    service.revoke_token(actor, pk, at=now())
    messages.success(request, "The token is revoked.")
    return redirect("workspaces:home", actor.workspace.slug)


@page(method="ANY")
def settings(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What the workspace decides: everybody may look, an owner may change."""
    if request.method == "POST":
        actor.require(Action.MANAGE_WORKSPACE)
    form = SettingsForm(request, workspace=actor.workspace).guarded()

    def show(error: KindlingError | None) -> HttpResponse:
        known = workspace_settings.values(actor.workspace)
        context = {
            "form": form,
            "settings": [(each, known[each.name]) for each in workspace_settings.SETTINGS],
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
        return render(request, "workspaces/settings.html", context)

    return decide(
        request, form, partial(workspace_settings.change, actor, at=now()),
        said="The settings are saved.", to=_url(actor, "settings"), show=show,
    )  # fmt: skip
