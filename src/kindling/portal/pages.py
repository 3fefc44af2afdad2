"""Pages of the portal: what a creator has to do, allow, sees running, and is paid."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from kindling.access import service as access
from kindling.access.models import PortalSession
from kindling.agreements import service as agreements
from kindling.agreements.contract.commission import commission_effect
from kindling.agreements.contract.wording import describe
from kindling.authorizations.media_answers import clip_answer, still_answer
from kindling.authorizations.models import Renewal
from kindling.authorizations.requests import ask as requests
from kindling.authorizations.requests import renewals
from kindling.briefs.drafts import service as drafts
from kindling.briefs.drafts.downloads import stream
from kindling.briefs.models import Deliverable, Draft, ReviewNote
from kindling.briefs.reviews import service as reviews
from kindling.clock import now
from kindling.comments import requests as reply_requests
from kindling.creators import grants
from kindling.errors import InvalidInputError, KindlingError, NotFoundError, TooManyError
from kindling.launches import creator_approval
from kindling.launches.models import AdApproval
from kindling.portal import service
from kindling.portal.forms import (
    AdForm,
    CodeForm,
    CommentForm,
    DraftForm,
    LanguageForm,
    NoteForm,
    OfferForm,
    PostForm,
    RenewalForm,
)
from kindling.portal.web import (
    COOKIE,
    check_pace,
    is_too_often,
    language_for,
    portal_page,
    too_often,
)
from kindling.posts.reading import stills
from kindling.workspaces.web import decide

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
    return decide(
        request, LanguageForm(request), partial(service.set_language, session.creator),
        to=reverse("portal:home"), show=lambda error: _home(request, session, error),
    )  # fmt: skip


# --- Home ---------------------------------------------------------------------------------------------------


@portal_page()
def home(request: HttpRequest, session: PortalSession) -> HttpResponse:
    """To-dos first; then the ads that run with the creator's posts."""
    return _home(request, session)


def _home(
    request: HttpRequest, session: PortalSession, error: KindlingError | None = None
) -> HttpResponse:
    at, creator = now(), session.creator
    context = {
        "tasks": service.tasks(creator, now=at),
        "running": [each for each in service.posts_in_ads(creator, now=at) if each.running],
        "now": at,
        "error": error,
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
    form = OfferForm(request)

    def do(answer: str, read: bool, name: str, reason: str) -> str:
        if answer == "decline":
            agreements.decline(version, reason=reason, at=now())
            return _("You declined. The brand has been notified.")
        agreements.consent(
            version,
            as_name=name,
            ip=request.META.get("REMOTE_ADDR"),
            agent=request.headers.get("User-Agent", "")[:300],
            at=now(),
        )
        return _("Agreed. Thank you!")

    def show(error: KindlingError | None) -> HttpResponse:
        context = {
            "version": version,
            "sections": describe(version.content, language_for(request, session.creator)),
            "commission": commission_effect(version.content),
            "form": form,
            "error": error,
        }
        return render(request, "portal/agreement.html", context)

    return decide(request, form, do, said=str, to=reverse("portal:home"), show=show)


# --- Content ----------------------------------------------------------------------------------------------------


@portal_page(method="ANY")
def deliverable(request: HttpRequest, session: PortalSession, pk: int) -> HttpResponse:
    """The brief, the drafts with their notes, and handing in the next one."""
    row = service.find_deliverable(session.creator, pk)
    form = DraftForm(request, row=row)

    def do(file: UploadedFile[bytes] | None, link: str, **told: Any) -> Draft:
        return drafts.hand_in(
            row,
            by=session.creator,
            told=drafts.draft_input_from(told),
            upload=file,
            link=link,
            at=now(),
        )

    return decide(
        request, form, do,
        said=_("Submitted. You get an e-mail after the review."),
        to=reverse("portal:deliverable", args=[pk]),
        show=lambda error: _deliverable(request, row, error, draft_form=form),
    )  # fmt: skip


def _deliverable(
    request: HttpRequest,
    row: Deliverable,
    error: KindlingError | None,
    *,
    draft_form: DraftForm | None = None,
    post_form: PostForm | None = None,
    note_form: tuple[int, NoteForm] | None = None,
) -> HttpResponse:
    """The page of a task; a form that was sent, if any, with what was typed. note_form : with its note's id"""
    sent = dict([note_form] if note_form else [])
    found = list(row.drafts.order_by("-round_number"))
    context = {
        "row": row,
        "brief": row.brief,
        "drafts": [
            (
                each,
                [
                    (note, answers, sent.get(note.pk) or NoteForm(key=note.pk))
                    for note, answers in reviews.notes_of(each)
                ],
            )
            for each in found
        ],
        "draft_form": draft_form or DraftForm(row=row),
        "post_form": post_form or PostForm(handle=row.creator.handle),
        "error": error,
        "now": now(),
    }
    return render(request, "portal/deliverable.html", context)


@portal_page(method="POST")
def post_link(request: HttpRequest, session: PortalSession, pk: int) -> HttpResponse:
    """The creator posted: the link of the post."""
    row = service.find_deliverable(session.creator, pk)
    form = PostForm(request, handle=session.creator.handle)
    return decide(
        request, form, partial(service.link_post, session.creator, row, at=now()),
        said=_("Thank you! The brand can now see your post."),
        to=reverse("portal:deliverable", args=[pk]),
        show=lambda error: _deliverable(request, row, error, post_form=form),
    )  # fmt: skip


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
    form = NoteForm(request, key=pk)
    return decide(
        request, form, partial(reviews.answer_note, note, by=session.creator, at=now()),
        to=reverse("portal:deliverable", args=[row.pk]),
        show=lambda error: _deliverable(request, row, error, note_form=(pk, form)),
    )  # fmt: skip


@portal_page()
def film(request: HttpRequest, session: PortalSession, pk: int) -> HttpResponse:
    """One's own draft, in ranges so that it can be sought through."""
    return stream(request, service.find_draft(session.creator, pk))


@portal_page()
def still(request: HttpRequest, session: PortalSession, item_id: str) -> HttpResponse:
    """The cover of one's own post."""
    is_small = request.GET.get("size") == "tile"
    creator = session.creator
    found = stills.still_of(creator.workspace, item_id, small=is_small, creator=creator)
    return still_answer(request, found)


@portal_page()
def clip(request: HttpRequest, session: PortalSession, item_id: str) -> HttpResponse:
    """The video of one's own post."""
    return clip_answer(request, service.find_own_post(session.creator, item_id))


# --- The code -----------------------------------------------------------------------------------------------------


@portal_page(method="ANY")
def code(request: HttpRequest, session: PortalSession, pk: int) -> HttpResponse:
    """Allow ads with a post: by pasting the code, by the connection, or not at all."""
    creator = session.creator
    row = requests.find_request(creator, pk)
    form = CodeForm(request, days=row.requested_days)

    def do(answer: str, days: int, code: str, reason: str) -> str:
        if answer == "decline":
            requests.decline(creator, row, reason=reason, at=now())
            return _("You declined. The brand has been notified.")
        check_pace(request, session, of="portal_code")
        if answer == "allow":
            requests.allow(creator, row, days=days, at=now())
            return _("Done. The video code was created and sent; you do not need to copy anything.")
        requests.send_code(creator, row, code, at=now())
        return _("Sent. If there is a problem with the code, we will contact you.")

    def show(error: KindlingError | None) -> HttpResponse:
        context = {
            "row": row,
            "grant": getattr(creator, "grant", None),
            "can_connect": grants.connection_for_creators(creator.workspace) is not None,
            "form": form,
            "error": error,
        }
        return render(request, "portal/code.html", context)

    return decide(request, form, do, said=str, to=reverse("portal:home"), show=show)


# --- The final ad -------------------------------------------------------------------------------------------------


@portal_page()
def approvals(request: HttpRequest, session: PortalSession) -> HttpResponse:
    """Ads that wait for the creator's approval: the post, where it leads, when it runs."""
    return _approvals(request, session)


def _approvals(
    request: HttpRequest,
    session: PortalSession,
    error: KindlingError | None = None,
    *,
    sent: tuple[int, AdForm] | None = None,
) -> HttpResponse:
    """sent : the form of an ad that was answered, with the id of the question"""
    forms = dict([sent] if sent else [])
    found = service.ads_to_approve(session.creator)
    context = {
        "found": [(each, forms.get(each.row.pk) or AdForm(key=each.row.pk)) for each in found],
        "error": error,
    }
    return render(request, "portal/approvals.html", context)


@portal_page(method="POST")
def answer_ad(request: HttpRequest, session: PortalSession, pk: int) -> HttpResponse:
    """Approve one ad, or refuse it with a reason."""
    form = AdForm(request, key=pk)

    def do(answer: str, seen: str, reason: str) -> AdApproval:
        return creator_approval.answer(
            session.creator,
            pk,
            seen=seen,
            is_approved=answer == "approve",
            reason=reason,
            at=now(),
        )

    def said(row: AdApproval) -> str:
        if row.is_approved:
            return _("Approved. The brand can now run the ad.")
        return _("You refused the ad. The brand has been notified.")

    def to(row: AdApproval) -> str:
        is_last = not service.ads_to_approve(session.creator)
        return reverse("portal:home" if is_last else "portal:approvals")

    return decide(
        request, form, do, said=said, to=to,
        show=lambda error: _approvals(request, session, error, sent=(pk, form)),
    )  # fmt: skip


# --- Comments -------------------------------------------------------------------------------------------------------


@portal_page()
def comments(request: HttpRequest, session: PortalSession) -> HttpResponse:
    """Comments that the brand asks the creator to answer."""
    return _comments(request, session)


def _comments(
    request: HttpRequest, session: PortalSession, error: KindlingError | None = None
) -> HttpResponse:
    context = {"found": reply_requests.open_for(session.creator), "error": error}
    return render(request, "portal/comments.html", context)


@portal_page(method="POST")
def answer_comment(request: HttpRequest, session: PortalSession, pk: int) -> HttpResponse:
    """The creator has answered a comment, or will not."""

    def do(answer: str) -> bool:
        is_answered = answer == "done"
        reply_requests.close(session.creator, pk, is_answered=is_answered, at=now())
        return is_answered

    return decide(
        request, CommentForm(request), do,
        said=lambda done: _("Thank you!") if done else _("The brand has been notified."),
        to=reverse("portal:comments"), show=lambda error: _comments(request, session, error),
    )  # fmt: skip


# --- A renewal ------------------------------------------------------------------------------------------------------


@portal_page(method="ANY")
def renewal(request: HttpRequest, session: PortalSession, pk: int) -> HttpResponse:
    """More days: the price, what runs now, yes or no."""
    found = renewals.find_renewal(session.creator, pk)
    form = RenewalForm(request)

    def do(answer: str, name: str, reason: str) -> str:
        if answer == "decline":
            renewals.decline(found, reason=reason, at=now())
            return _("You declined. The ads stop when the authorization ends.")
        done = renewals.accept(found, as_name=name, at=now())
        done.refresh_from_db()
        if done.state == Renewal.State.EXTENDED:
            return _("Extended. Thank you!")
        return _("Agreed. Now extend the video code in the TikTok app; the steps are in your list.")

    def show(error: KindlingError | None) -> HttpResponse:
        if error is not None:
            found.refresh_from_db()
        context = {
            "renewal": found,
            "row": found.authorization,
            "grant": getattr(session.creator, "grant", None),
            "form": form,
            "error": error,
            "now": now(),
        }
        return render(request, "portal/renewal.html", context)

    return decide(request, form, do, said=str, to=reverse("portal:home"), show=show)


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
