"""Pages of the portal: what a creator has to do, allow, sees running, and is paid."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from kindling.access import service as access
from kindling.access.models import PortalSession
from kindling.agreements import service as agreements
from kindling.agreements.contract.wording import describe
from kindling.authorizations.codes.offered_days import offered_days
from kindling.authorizations.models import Authorization, Renewal
from kindling.authorizations.requests import ask as requests
from kindling.authorizations.requests import renewals
from kindling.briefs.drafts import service as drafts
from kindling.briefs.drafts.downloads import stream
from kindling.briefs.models import MUSIC, PLANNED, Deliverable, ReviewNote
from kindling.briefs.reviews import service as reviews
from kindling.clock import now
from kindling.creators import grants
from kindling.errors import InvalidInputError, KindlingError, NotFoundError, TooManyError
from kindling.launches import creator_approval
from kindling.portal import service
from kindling.portal.web import (
    COOKIE,
    check_pace,
    is_too_often,
    language_for,
    portal_page,
    too_often,
)
from kindling.workspaces.web import reason_of, whole_number

ANSWERS_AT_MOST = 120


# --- The door -----------------------------------------------------------------------------------------------


def open_link(request: HttpRequest, key: str) -> HttpResponse:
    """A magic link. Looking opens nothing, so that mail scanners do not use it up; pressing the button does."""
    try:
        if is_too_often(request, "portal_open", limit_get=False):
            raise too_often()
        link = access.find_link(key, at=now())
        with translation.override(language_for(request, link.creator)):
            if request.method != "POST":
                answer = render(request, "portal/open.html", {"creator": link.creator})
            else:
                _session, cookie = access.open_link(
                    key, device=request.headers.get("User-Agent", ""), at=now()
                )
                answer = redirect("portal:home")
                answer.set_cookie(
                    COOKIE,
                    cookie,
                    max_age=access.SESSION_LIFETIME,
                    path="/portal/",
                    httponly=True,
                    samesite="Lax",
                    secure=settings.HTTPS,
                )
    except (NotFoundError, TooManyError) as error:
        with translation.override(language_for(request)):
            answer = render(
                request, "portal/closed.html", {"error": error}, status=error.http_status
            )
    answer["Cache-Control"] = "no-store"
    return answer


@portal_page(method="POST")
def leave(request: HttpRequest, session: PortalSession) -> HttpResponse:
    """Close the portal on this device."""
    access.end_session(session, at=now())
    answer = render(request, "portal/closed.html", {"left": True})
    answer.delete_cookie(COOKIE, path="/portal/")
    return answer


@portal_page(method="POST")
def language(request: HttpRequest, session: PortalSession) -> HttpResponse:
    service.set_language(session.creator, request.POST.get("language", ""))
    return redirect("portal:home")


# --- Home ---------------------------------------------------------------------------------------------------


@portal_page()
def home(request: HttpRequest, session: PortalSession) -> HttpResponse:
    """To-dos first; then the ads that run with the creator's posts."""
    at, creator = now(), session.creator
    context = {
        "tasks": service.tasks(creator, now=at),
        "running": [each for each in service.posts_in_ads(creator, now=at) if each.running],
        "now": at,
    }
    return render(request, "portal/home.html", context)


@portal_page()
def ads(request: HttpRequest, session: PortalSession) -> HttpResponse:
    """Ads with my posts, and until when."""
    context = {"found": service.posts_in_ads(session.creator, now=now()), "now": now()}
    return render(request, "portal/ads.html", context)


@portal_page()
def payments(request: HttpRequest, session: PortalSession) -> HttpResponse:
    return render(request, "portal/payments.html", {"payables": service.money(session.creator)})


@portal_page()
def consents(request: HttpRequest, session: PortalSession) -> HttpResponse:
    """Everything I agreed to, and taking the connection back."""
    return render(request, "portal/consents.html", service.consents(session.creator))


# --- An agreement ---------------------------------------------------------------------------------------------


@portal_page(method="ANY")
def agreement(request: HttpRequest, session: PortalSession, pk: int) -> HttpResponse:
    """Read the terms; agree by typing one's name, or decline."""
    version = service.find_offer(session.creator, pk)
    error: KindlingError | None = None
    if request.method == "POST":
        try:
            if request.POST.get("answer") == "decline":
                agreements.decline(version, reason=reason_of(request), at=now())
                messages.success(request, _("You declined. The brand has been notified."))
            else:
                _agree(request, version)
                messages.success(request, _("Agreed. Thank you!"))
            return redirect("portal:home")
        except KindlingError as problem:
            error = problem
    context = {
        "version": version,
        "sections": describe(version.content, language_for(request, session.creator)),
        "typed": request.POST,
        "error": error,
    }
    return _shown(request, "portal/agreement.html", context, error)


def _agree(request: HttpRequest, version: Any) -> None:
    if request.POST.get("read") != "yes":
        raise InvalidInputError(
            "Tick the box to confirm that you have read it.",
            next_step="Then press the button again.",
        )
    agreements.consent(
        version,
        as_name=request.POST.get("name", ""),
        ip=request.META.get("REMOTE_ADDR"),
        agent=request.headers.get("User-Agent", "")[:300],
        at=now(),
    )


# --- Content ----------------------------------------------------------------------------------------------------


@portal_page(method="ANY")
def deliverable(request: HttpRequest, session: PortalSession, pk: int) -> HttpResponse:
    """The brief, the drafts with their notes, and handing in the next one."""
    row = service.find_deliverable(session.creator, pk)
    error: KindlingError | None = None
    if request.method == "POST":
        try:
            drafts.hand_in(
                row,
                by=session.creator,
                told=drafts.draft_input_from(request.POST.dict()),
                upload=request.FILES.get("file"),
                link=request.POST.get("link", "").strip(),
                at=now(),
            )
            messages.success(request, _("Submitted. You get an e-mail after the review."))
            return redirect("portal:deliverable", pk)
        except KindlingError as problem:
            error = problem
    return _deliverable(request, row, error)


def _deliverable(
    request: HttpRequest, row: Deliverable, error: KindlingError | None
) -> HttpResponse:
    found = list(row.drafts.order_by("-round_number"))
    context = {
        "row": row,
        "brief": row.brief,
        "drafts": [(each, reviews.notes_of(each)) for each in found],
        "music": MUSIC,
        "planned": PLANNED,
        "typed": request.POST,
        "error": error,
        "now": now(),
    }
    return _shown(request, "portal/deliverable.html", context, error)


@portal_page(method="POST")
def post_link(request: HttpRequest, session: PortalSession, pk: int) -> HttpResponse:
    """The creator posted: the link of the post."""
    row = service.find_deliverable(session.creator, pk)
    try:
        service.link_post(session.creator, row, request.POST.get("post", "").strip(), at=now())
    except KindlingError as problem:
        return _deliverable(request, row, problem)
    messages.success(request, _("Thank you! The brand can now see your post."))
    return redirect("portal:deliverable", pk)


@portal_page(method="POST")
def answer_note(request: HttpRequest, session: PortalSession, pk: int) -> HttpResponse:
    note = (
        ReviewNote.objects.select_related("draft__deliverable")
        .filter(pk=pk, draft__deliverable__creator=session.creator)
        .first()
    )
    if note is None:
        raise NotFoundError("This note was not found.", next_step="Go back to your list.")
    row = service.find_deliverable(session.creator, note.draft.deliverable_id)
    try:
        reviews.answer_note(note, request.POST.get("text", ""), by=session.creator, at=now())
    except KindlingError as problem:
        return _deliverable(request, row, problem)
    return redirect("portal:deliverable", row.pk)


@portal_page()
def film(request: HttpRequest, session: PortalSession, pk: int) -> HttpResponse:
    """One's own draft, in ranges so that it can be sought through."""
    return stream(request, service.find_draft(session.creator, pk))


# --- The code -----------------------------------------------------------------------------------------------------


@portal_page(method="ANY")
def code(request: HttpRequest, session: PortalSession, pk: int) -> HttpResponse:
    """Allow ads with a post: by pasting the code, by the connection, or not at all."""
    creator = session.creator
    row = requests.find_request(creator, pk)
    error: KindlingError | None = None
    if request.method == "POST":
        try:
            words = _answer_request(request, session, row)
            messages.success(request, words)
            return redirect("portal:home")
        except KindlingError as problem:
            error = problem
    context = {
        "row": row,
        "grant": getattr(creator, "grant", None),
        "can_connect": grants.connection_for_creators(creator.workspace) is not None,
        "days_offered": offered_days(),
        "error": error,
    }
    return _shown(request, "portal/code.html", context, error)


def _answer_request(request: HttpRequest, session: PortalSession, row: Authorization) -> str:
    creator, answer = session.creator, request.POST.get("answer", "")
    if answer == "decline":
        requests.decline(creator, row, reason=reason_of(request), at=now())
        return _("You declined. The brand has been notified.")
    check_pace(request, session, of="portal_code")
    if answer == "allow":
        days = whole_number(request.POST.get("days"), "Days")
        requests.allow(creator, row, days=days, at=now())
        return _("Done. The video code was created and sent; you do not need to copy anything.")
    requests.send_code(creator, row, request.POST.get("code", ""), at=now())
    return _("Sent. If there is a problem with the code, we will contact you.")


# --- The final ad -------------------------------------------------------------------------------------------------


@portal_page()
def approvals(request: HttpRequest, session: PortalSession) -> HttpResponse:
    """Ads that wait for the creator's approval: the post, where it leads, when it runs."""
    return _approvals(request, session, None)


def _approvals(
    request: HttpRequest, session: PortalSession, error: KindlingError | None
) -> HttpResponse:
    context = {"found": service.ads_to_approve(session.creator), "error": error}
    return _shown(request, "portal/approvals.html", context, error)


@portal_page(method="POST")
def answer_ad(request: HttpRequest, session: PortalSession, pk: int) -> HttpResponse:
    """Approve one ad, or refuse it with a reason."""
    is_approved = request.POST.get("answer") == "approve"
    try:
        creator_approval.answer(
            session.creator,
            pk,
            seen=request.POST.get("seen", ""),
            is_approved=is_approved,
            reason=reason_of(request),
            at=now(),
        )
    except NotFoundError:
        raise
    except KindlingError as problem:
        return _approvals(request, session, problem)
    messages.success(
        request,
        _("Approved. The brand can now run the ad.")
        if is_approved
        else _("You refused the ad. The brand has been notified."),
    )
    return redirect(
        "portal:approvals" if service.ads_to_approve(session.creator) else "portal:home"
    )


# --- A renewal ------------------------------------------------------------------------------------------------------


@portal_page(method="ANY")
def renewal(request: HttpRequest, session: PortalSession, pk: int) -> HttpResponse:
    """More days: the price, what runs now, yes or no."""
    found = renewals.find_renewal(session.creator, pk)
    error: KindlingError | None = None
    if request.method == "POST":
        try:
            messages.success(request, _answer_renewal(request, found))
            return redirect("portal:home")
        except KindlingError as problem:
            error = problem
            found.refresh_from_db()
    context = {
        "renewal": found,
        "row": found.authorization,
        "grant": getattr(session.creator, "grant", None),
        "typed": request.POST,
        "error": error,
        "now": now(),
    }
    return _shown(request, "portal/renewal.html", context, error)


def _answer_renewal(request: HttpRequest, found: Renewal) -> str:
    if request.POST.get("answer") == "decline":
        renewals.decline(found, reason=reason_of(request), at=now())
        return _("You declined. The ads stop when the authorization ends.")
    name = request.POST.get("name", "").strip()
    if not name:
        raise InvalidInputError(
            "Enter your name to agree.", next_step="Then press the button again."
        )
    done = renewals.accept(found, as_name=name[:ANSWERS_AT_MOST], at=now())
    done.refresh_from_db()
    if done.state == Renewal.State.EXTENDED:
        return _("Extended. Thank you!")
    return _("Agreed. Now extend the video code in the TikTok app; the steps are in your list.")


# --- Connecting -------------------------------------------------------------------------------------------------------


@portal_page()
def connect(request: HttpRequest, session: PortalSession) -> HttpResponse:
    """Off to TikTok to allow reading posts and managing codes (R32).

    A link and not a form: browsers apply `form-action` to where a form is redirected to as well.
    """
    connection = grants.connection_for_creators(session.creator.workspace)
    if connection is None:
        raise InvalidInputError(
            "Connecting is not set up here.", next_step="Paste the video code instead."
        )
    url = grants.own_consent_url(connection, session=session.pk, callback=_callback(request))
    return redirect(url)


@portal_page()
def callback(request: HttpRequest, session: PortalSession) -> HttpResponse:
    """Where TikTok sends back to."""
    auth_code = request.GET.get("code", "")
    if not auth_code:
        messages.info(request, _("You did not connect. You can paste the video code instead."))
        return redirect("portal:home")
    check_pace(request, session, of="portal_code")
    grants.finish_own_consent(
        session.creator,
        session=session.pk,
        state=request.GET.get("state", ""),
        auth_code=auth_code,
        callback=_callback(request),
        at=now(),
    )
    messages.success(request, _("Connected. You no longer have to copy video codes."))
    return redirect("portal:home")


@portal_page(method="POST")
def disconnect(request: HttpRequest, session: PortalSession) -> HttpResponse:
    """Take the connection back. Codes that were made stay until they end."""
    grant = getattr(session.creator, "grant", None)
    if grant is None:
        raise NotFoundError("You are not connected.", next_step="Go back to your list.")
    grants.drop_grant(grant, at=now())
    messages.success(request, _("TikTok is disconnected."))
    return redirect("portal:consents")


def _callback(request: HttpRequest) -> str:
    return request.build_absolute_uri(reverse("portal:callback"))


def _shown(
    request: HttpRequest, name: str, context: dict[str, Any], error: KindlingError | None
) -> HttpResponse:
    return render(request, name, context, status=error.http_status if error else 200)
