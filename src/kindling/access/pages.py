"""Pages of access: members and their invitations; a magic link for a creator, and closing what is open."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from kindling.access import invitations
from kindling.access import members as membership
from kindling.access import service as access
from kindling.clock import now
from kindling.creators import service
from kindling.creators.models import Creator
from kindling.errors import KindlingError, NotAllowedError, NotFoundError
from kindling.notices import mail
from kindling.workspaces import service as workspaces
from kindling.workspaces.models import Role
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor
from kindling.workspaces.web import page


def _back(actor: Actor, creator: Creator) -> HttpResponse:
    return redirect("profiles:creator", actor.workspace.slug, creator.handle)


@page(Action.MANAGE_CREATORS, method="POST")
def portal_link(request: HttpRequest, actor: Actor, handle: str) -> HttpResponse:
    """A magic link, shown once."""
    creator = service.find_creator(actor.workspace, handle)
    url = access.make_link(creator, purpose="given by a team member", at=now(), actor=actor)
    answer = render(request, "access/link.html", {"creator": creator, "url": url})
    answer["Cache-Control"] = "no-store"
    return answer


@page(Action.MANAGE_CREATORS, method="POST")
def portal_revoke(request: HttpRequest, actor: Actor, handle: str) -> HttpResponse:
    creator = service.find_creator(actor.workspace, handle)
    count = access.revoke_all(actor, creator, at=now())
    messages.success(request, f"{count} link{'s' if count != 1 else ''} and devices revoked.")
    return _back(actor, creator)


# --- The team ---------------------------------------------------------------------------------------------------


@page()
def members(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Who may do what here, and who is invited."""
    return _members(request, actor)


def _members(
    request: HttpRequest, actor: Actor, *, error: KindlingError | None = None, url: str = ""
) -> HttpResponse:
    is_owner = actor.can(Action.MANAGE_WORKSPACE)
    context = {
        "members": workspaces.members(actor.workspace),
        "invitations": invitations.open_invitations(actor.workspace, at=now()) if is_owner else [],
        "roles": Role.choices,
        "has_mail": mail.is_set_up(),
        "days": invitations.LIFETIME.days,
        "typed": request.POST,
        "url": url,
        "error": error,
    }
    status = error.http_status if error else 200
    answer = render(request, "access/members.html", context, status=status)
    if url:
        answer["Cache-Control"] = "no-store"
    return answer


@page(Action.MANAGE_WORKSPACE, method="POST")
def invite(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Invite somebody by mail, or with a link that is shown this once."""
    email, by_mail = request.POST.get("email", ""), request.POST.get("how") == "mail"
    try:
        url = invitations.invite(
            actor, role=request.POST.get("role", ""), email=email, by_mail=by_mail, at=now()
        )
    except NotAllowedError:
        raise
    except KindlingError as error:
        return _members(request, actor, error=error)
    if not by_mail:
        return _members(request, actor, url=url)
    messages.success(request, f"The invitation to {email.strip()} is on its way.")
    return redirect("members:list", actor.workspace.slug)


@page(Action.MANAGE_WORKSPACE, method="POST")
def withdraw(request: HttpRequest, actor: Actor, invitation: int) -> HttpResponse:
    invitations.withdraw(actor, invitation, at=now())
    messages.success(request, "The invitation is withdrawn.")
    return redirect("members:list", actor.workspace.slug)


@page(Action.MANAGE_WORKSPACE, method="POST")
def set_role(request: HttpRequest, actor: Actor, member: int) -> HttpResponse:
    """Change a member's role in its place."""
    try:
        found = membership.set_role(actor, member, role=request.POST.get("role", ""), at=now())
    except (NotAllowedError, NotFoundError):
        raise
    except KindlingError as error:
        return _members(request, actor, error=error)
    messages.success(request, f"{found.user.email}: {found.get_role_display().lower()}.")
    return redirect("members:list", actor.workspace.slug)


@page(Action.MANAGE_WORKSPACE, method="POST")
def deactivate(request: HttpRequest, actor: Actor, member: int) -> HttpResponse:
    """Close the workspace to a member, who stays on the list."""
    try:
        found = membership.deactivate(actor, member, at=now())
    except (NotAllowedError, NotFoundError):
        raise
    except KindlingError as error:
        return _members(request, actor, error=error)
    messages.success(request, f"{found.user.email} has no access any more; tokens are revoked.")
    return redirect("members:list", actor.workspace.slug)


@page(Action.MANAGE_WORKSPACE, method="POST")
def reactivate(request: HttpRequest, actor: Actor, member: int) -> HttpResponse:
    found = membership.reactivate(actor, member, at=now())
    messages.success(request, f"{found.user.email} has access again.")
    return redirect("members:list", actor.workspace.slug)


@page(Action.MANAGE_WORKSPACE, method="POST")
def remove(request: HttpRequest, actor: Actor, member: int) -> HttpResponse:
    """Take a person out of the workspace; the page asked for a confirmation."""
    email = membership.find_member(actor, member).user.email
    try:
        workspaces.remove_member(actor, email=email, at=now())
    except NotAllowedError:
        raise
    except KindlingError as error:
        return _members(request, actor, error=error)
    messages.success(request, f"{email} is no longer a member; their tokens are revoked.")
    is_self = actor.user is not None and actor.user.email == email
    return redirect("home") if is_self else redirect("members:list", actor.workspace.slug)


@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, key: str) -> HttpResponse:
    """An invitation: join with one's account, or make one. Looking opens nothing."""
    error: KindlingError | None = None
    try:
        row = invitations.find(key, at=now())
        if request.method == "POST":
            try:
                return _private(_joined(request, key))
            except NotFoundError:
                raise
            except KindlingError as problem:
                error = problem
    except NotFoundError as closed:
        context = {"error": closed, "closed": True}
        return _private(render(request, "access/join.html", context, status=closed.http_status))
    context = {
        "invitation": row,
        "needs_sign_in": not request.user.is_authenticated and invitations.needs_sign_in(row),
        "typed": {name: request.POST.get(name, "") for name in ("email", "name")},
        "error": error,
    }
    status = error.http_status if error else 200
    return _private(render(request, "access/join.html", context, status=status))


def _joined(request: HttpRequest, key: str) -> HttpResponse:
    slug = invitations.find(key, at=now()).workspace.slug
    if request.user.is_authenticated:
        invitations.accept(key, request.user, at=now())
    else:
        user = invitations.accept_as_new(
            key,
            email=request.POST.get("email", ""),
            name=request.POST.get("name", ""),
            password=request.POST.get("password", ""),
            at=now(),
        )
        login(request, user)
    return redirect("today:home", slug)


def _private(answer: HttpResponse) -> HttpResponse:
    answer["Cache-Control"] = "no-store"
    answer["X-Robots-Tag"] = "noindex"
    return answer
