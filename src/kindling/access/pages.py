"""Pages of access: members and their invitations; a magic link for a creator, and closing what is open."""

from __future__ import annotations

from functools import partial

from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from kindling.access import invitations
from kindling.access import members as membership
from kindling.access import service as access
from kindling.access.forms import InviteForm, JoinForm, RoleForm
from kindling.access.lists import MEMBERS
from kindling.clock import now
from kindling.creators import service
from kindling.creators.models import Creator
from kindling.errors import KindlingError, NotFoundError
from kindling.lists.web import show_list
from kindling.notices import mail
from kindling.workspaces import service as workspaces
from kindling.workspaces.models import Member
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor
from kindling.workspaces.web import decide, page


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


def _list(actor: Actor) -> str:
    return reverse("members:list", args=[actor.workspace.slug])


# --- The team ---------------------------------------------------------------------------------------------------


@page()
def members(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Who may do what here, and who is invited."""
    return _members(request, actor)


def _members(
    request: HttpRequest,
    actor: Actor,
    error: KindlingError | None = None,
    *,
    url: str = "",
    invite_form: InviteForm | None = None,
    role_form: tuple[int, RoleForm] | None = None,
) -> HttpResponse:
    """url : of an invitation, shown this once. role_form : that was sent, with its member's id"""
    is_owner = actor.can(Action.MANAGE_WORKSPACE)
    sent = dict([role_form] if role_form else [])
    context = {
        "invitations": invitations.open_invitations(actor.workspace, at=now()) if is_owner else [],
        "has_mail": mail.is_set_up(),
        "days": invitations.LIFETIME.days,
        "invite_form": invite_form or InviteForm(),
        "url": url,
    }

    def form(member: Member) -> RoleForm:
        return sent.get(member.pk) or RoleForm(initial={"role": member.role}, key=member.pk)

    answer = show_list(
        request, actor, MEMBERS, "access/members.html", context, forms=form, error=error
    )
    if url:
        answer["Cache-Control"] = "no-store"
    return answer


@page(Action.MANAGE_WORKSPACE, method="POST")
def invite(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Invite somebody by mail, or with a link that is shown this once."""
    form = InviteForm(request)

    def do(email: str, role: str, how: str) -> str:
        by_mail = how == "mail"
        url = invitations.invite(actor, role=role, email=email, by_mail=by_mail, at=now())
        if by_mail:
            messages.success(request, f"The invitation to {email} is on its way.")
            return ""
        return url

    return decide(
        request, form, do,
        to=lambda url: _members(request, actor, url=url) if url else _list(actor),
        show=lambda error: _members(request, actor, error, invite_form=form),
    )  # fmt: skip


@page(Action.MANAGE_WORKSPACE, method="POST")
def withdraw(request: HttpRequest, actor: Actor, invitation: int) -> HttpResponse:
    invitations.withdraw(actor, invitation, at=now())
    messages.success(request, "The invitation is withdrawn.")
    return redirect(_list(actor))


@page(Action.MANAGE_WORKSPACE, method="POST")
def set_role(request: HttpRequest, actor: Actor, member: int) -> HttpResponse:
    """Change a member's role in its place."""
    known, form = membership.find_member(actor, member), RoleForm(request, key=member)
    return decide(
        request, form, partial(membership.set_role, actor, known.pk, at=now()),
        said=lambda found: f"{found.user.email}: {found.get_role_display().lower()}.",
        to=_list(actor),
        show=lambda error: _members(request, actor, error, role_form=(member, form)),
    )  # fmt: skip


@page(Action.MANAGE_WORKSPACE, method="POST")
def deactivate(request: HttpRequest, actor: Actor, member: int) -> HttpResponse:
    """Close the workspace to a member, who stays on the list."""
    return decide(
        request, None, partial(membership.deactivate, actor, member, at=now()),
        said=lambda found: f"{found.user.email} has no access any more; tokens are revoked.",
        to=_list(actor), show=lambda error: _members(request, actor, error),
    )  # fmt: skip


@page(Action.MANAGE_WORKSPACE, method="POST")
def reactivate(request: HttpRequest, actor: Actor, member: int) -> HttpResponse:
    found = membership.reactivate(actor, member, at=now())
    messages.success(request, f"{found.user.email} has access again.")
    return redirect(_list(actor))


@page(Action.MANAGE_WORKSPACE, method="POST")
def remove(request: HttpRequest, actor: Actor, member: int) -> HttpResponse:
    """Take a person out of the workspace; the page asked for a confirmation."""
    email = membership.find_member(actor, member).user.email
    is_self = actor.user is not None and actor.user.email == email
    return decide(
        request, None, partial(workspaces.remove_member, actor, email=email, at=now()),
        said=f"{email} is no longer a member; their tokens are revoked.",
        to=reverse("home") if is_self else _list(actor),
        show=lambda error: _members(request, actor, error),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, key: str) -> HttpResponse:
    """An invitation: join with one's account, or make one. Looking opens nothing."""
    try:
        row = invitations.find(key, at=now())
        user = request.user if request.user.is_authenticated else None
        form = None if user else JoinForm(request, email=row.email)

        def do(**told: str) -> None:
            if user:
                invitations.accept(key, user, at=now())
            else:
                login(request, invitations.accept_as_new(key, **told, at=now()))

        def show(error: KindlingError | None) -> HttpResponse:
            context = {
                "invitation": row,
                "needs_sign_in": user is None and invitations.needs_sign_in(row),
                "form": form,
                "error": error,
            }
            return render(request, "access/join.html", context)

        to = reverse("today:home", args=[row.workspace.slug])
        return _private(decide(request, form, do, to=to, show=show))
    except NotFoundError as closed:
        context = {"error": closed, "closed": True}
        return _private(render(request, "access/join.html", context, status=closed.http_status))


def _private(answer: HttpResponse) -> HttpResponse:
    answer["Cache-Control"] = "no-store"
    answer["X-Robots-Tag"] = "noindex"
    return answer
