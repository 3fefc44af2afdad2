"""Pages of agreements: the list, one agreement, the form of its terms, its versions, what went wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render

from kindling.agreements import service
from kindling.agreements.breaches import service as breaches
from kindling.agreements.consent import documents, evidence
from kindling.agreements.contract import fields
from kindling.agreements.contract.rules import AgreementState
from kindling.agreements.contract.terms import Terms, TermsError
from kindling.agreements.contract.wording import describe
from kindling.agreements.lists import AGREEMENTS
from kindling.agreements.models import Agreement, AgreementVersion, Breach
from kindling.agreements.payments.fees import benchmark_share
from kindling.agreements.payments.payables import BY_HAND
from kindling.agreements.rights import service as rights
from kindling.clock import now
from kindling.creators import service as creators
from kindling.errors import InvalidInputError, KindlingError, NotFoundError
from kindling.kit.time import start_of_day
from kindling.lists.web import show_list
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor
from kindling.workspaces.web import day_or_none, one_page, page, reason_of

LANGUAGES = (("en", "English"), ("es", "Español"))


@page()
def listing(request: HttpRequest, actor: Actor) -> HttpResponse:
    return show_list(request, actor, AGREEMENTS, "agreements/list.html")


# --- One agreement --------------------------------------------------------------------------------------------


@page()
def one(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    return show_one(request, actor, service.find(actor.workspace, pk))


def show_one(
    request: HttpRequest, actor: Actor, agreement: Agreement, error: KindlingError | None = None
) -> HttpResponse:
    """The page of one agreement; with an error, what was typed is in its form again."""
    language = _language(request)
    versions = list(agreement.versions.select_related("document", "recorded_by"))
    shown = next((each for each in versions if each.consented_at), versions[0])
    if not agreement.is_in_force and agreement.state != AgreementState.ENDED:
        shown = versions[0]
    payables = agreement.payables.select_related("workspace", "creator")
    context = {
        "agreement": agreement,
        "versions": versions,
        "newest": versions[0],
        "shown": shown,
        "sections": describe(shown.content, language),
        "language": language,
        "languages": LANGUAGES,
        "clocks": rights.clocks(actor.workspace, rights.of_agreement(agreement)),
        "cap": service.cap_of(agreement, now=now()),
        "payables": payables.order_by("pk"),
        "samples": agreement.samples.all(),
        "breaches": agreement.breaches.select_related("resolved_by"),
        "history": one_page(request, service.history(agreement)),
        "release_fee_open": service.has_unpaid_release_fee(agreement),
        "by_hand": [(kind.value, kind.label) for kind in BY_HAND],
        "loose_breaches": breaches.without_right(agreement.creator),
        "rights": rights.ever_of(agreement),
        "breach_kinds": Breach.Kind.choices,
        "remedies": breaches.REMEDIES,
        "currency": shown.content.currency,
        "typed": request.POST if error else {},
        "error": error,
    }
    status = error.http_status if error else 200
    return render(request, "agreements/one.html", context, status=status)


def deciding(
    request: HttpRequest, actor: Actor, agreement: Agreement, decide: Callable[[], str]
) -> HttpResponse:
    """Do what a form of the agreement's page asks; its answer is the message. A refusal shows the page again."""
    try:
        done = decide()
    except NotFoundError:
        raise
    except KindlingError as error:
        return show_one(request, actor, service.find(actor.workspace, agreement.pk), error)
    messages.success(request, done)
    return redirect("agreements:one", actor.workspace.slug, agreement.pk)


def _language(request: HttpRequest) -> str:
    asked = request.GET.get("language", "en")
    return asked if asked in dict(LANGUAGES) else "en"


@page(Action.MANAGE_AGREEMENTS, method="POST")
def end(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    agreement = service.find(actor.workspace, pk)

    def decide() -> str:
        service.end(
            actor,
            agreement,
            reason=reason_of(request),
            with_kill_fee=bool(request.POST.get("with_kill_fee")),
            at=now(),
        )
        return "Ended."

    return deciding(request, actor, agreement, decide)


@page(Action.MANAGE_AGREEMENTS, method="POST")
def post_live(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    agreement = service.find(actor.workspace, pk)

    def decide() -> str:
        day, at = day_or_none(request.POST.get("live_on")), now()
        # A day is all that is typed; its first instant is early enough for every clock.
        live_at = at if day is None else start_of_day(day, actor.workspace.timezone)
        item_id = request.POST.get("item_id", "").strip()
        service.record_post_live(actor, agreement, item_id=item_id, live_at=live_at, at=at)
        return "Saved. Terms that start with the live post have started."

    return deciding(request, actor, agreement, decide)


@page(Action.MANAGE_AGREEMENTS, method="POST")
def pack(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """The evidence pack as a download. A POST, because who took it is recorded."""
    agreement = service.find(actor.workspace, pk)
    data = evidence.evidence_pack(actor, agreement, at=now())
    return _download(data, f"agreement-{agreement.pk}.zip", "application/zip")


def _download(data: bytes, name: str, content_type: str) -> HttpResponse:
    return HttpResponse(
        data,
        content_type=content_type,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, no-store",
        },
    )


# --- The form of terms ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ShownField:
    """A field of the form with what stands in it and what is wrong with it."""

    field: fields.TermField
    value: str | list[str]
    problem: str


@page(Action.MANAGE_AGREEMENTS, method="ANY")
def new(request: HttpRequest, actor: Actor) -> HttpResponse:
    if request.method != "POST":
        blank = fields.show(Terms(currency=actor.workspace.currency))
        start = {"creator": request.GET.get("creator", ""), "title": ""}
        return _form(request, typed=blank, about=start)
    about = {name: request.POST.get(name, "") for name in ("creator", "title")}
    typed = _typed(request.POST)
    try:
        creator = creators.find_creator(
            actor.workspace, about["creator"].strip().lower().lstrip("@")
        )
        made = service.create(
            actor, creator, title=about["title"], terms=fields.read(typed), at=now()
        )
    except TermsError as problem:
        return _form(request, typed=typed, about=about, problems=problem.problems)
    except KindlingError as error:
        return _form(request, typed=typed, about=about, error=error)
    return redirect("agreements:one", actor.workspace.slug, made.agreement_id)


@page(Action.MANAGE_AGREEMENTS, method="ANY")
def write(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """Change a draft, or write a new version of what was offered or agreed."""
    agreement = service.find(actor.workspace, pk)
    newest = service.newest_version(agreement)
    if request.method != "POST":
        return _form(request, typed=fields.show(newest.content), agreement=agreement, newest=newest)
    typed = _typed(request.POST)
    try:
        service.revise(actor, agreement, terms=fields.read(typed), at=now())
    except TermsError as problem:
        return _form(
            request, typed=typed, agreement=agreement, newest=newest, problems=problem.problems
        )
    except KindlingError as error:
        return _form(request, typed=typed, agreement=agreement, newest=newest, error=error)
    messages.success(request, "The terms are saved as a draft. Offer them when they are ready.")
    return redirect("agreements:one", actor.workspace.slug, pk)


def _typed(posted: QueryDict) -> dict[str, str | list[str]]:
    return {
        field.name: posted.getlist(field.name)
        if field.kind is fields.FieldKind.CHOICES
        else posted.get(field.name, "")
        for field in fields.FIELDS
    }


def _form(
    request: HttpRequest,
    *,
    typed: dict[str, str | list[str]],
    about: dict[str, str] | None = None,
    agreement: Agreement | None = None,
    newest: AgreementVersion | None = None,
    problems: dict[str, str] | None = None,
    error: KindlingError | None = None,
) -> HttpResponse:
    found = problems or {}
    if found:
        error = InvalidInputError(
            f"{len(found)} of the terms are not valid."
            if len(found) > 1
            else "One of the terms is not valid.",
            next_step="Correct the marked fields below.",
        )
    groups = []
    for group in fields.GROUPS:
        shown = [
            ShownField(each, typed[each.name], found.get(each.name, "")) for each in group.fields
        ]
        is_open = group.is_open or any(each.problem for each in shown)
        groups.append({"title": group.title, "fields": shown, "is_open": is_open})
    context: dict[str, Any] = {
        "groups": groups,
        "about": about,
        "agreement": agreement,
        "newest": newest,
        "makes_version": newest is not None and newest.state is not AgreementState.DRAFT,
        "usual": benchmark_share(30),
        "error": error,
    }
    status = error.http_status if error else 200
    return render(request, "agreements/form.html", context, status=status)


# --- Versions -------------------------------------------------------------------------------------------------


@page()
def version(request: HttpRequest, actor: Actor, pk: int, number: int) -> HttpResponse:
    """One version as the creator reads it, and what it changes."""
    agreement = service.find(actor.workspace, pk)
    found = service.find_version(agreement, number)
    earlier = service.find_version(agreement, number - 1) if number > 1 else None
    context = {
        "agreement": agreement,
        "version": found,
        "sections": describe(found.content, _language(request)),
        "language": _language(request),
        "languages": LANGUAGES,
        "earlier": earlier,
        "changes": fields.diff(earlier.content, found.content) if earlier else [],
    }
    return render(request, "agreements/version.html", context)


@page(Action.MANAGE_AGREEMENTS, method="POST")
def offer(request: HttpRequest, actor: Actor, pk: int, number: int) -> HttpResponse:
    agreement = service.find(actor.workspace, pk)
    found = service.find_version(agreement, number)

    def decide() -> str:
        service.offer(actor, found, at=now())
        return "Offered. The creator can read it and consent in the portal."

    return deciding(request, actor, agreement, decide)


@page(Action.MANAGE_AGREEMENTS, method="POST")
def withdraw(request: HttpRequest, actor: Actor, pk: int, number: int) -> HttpResponse:
    agreement = service.find(actor.workspace, pk)
    found = service.find_version(agreement, number)

    def decide() -> str:
        service.withdraw(actor, found, reason=reason_of(request), at=now())
        return "Withdrawn."

    return deciding(request, actor, agreement, decide)


@page(Action.MANAGE_AGREEMENTS, method="POST")
def decline(request: HttpRequest, actor: Actor, pk: int, number: int) -> HttpResponse:
    agreement = service.find(actor.workspace, pk)
    found = service.find_version(agreement, number)

    def decide() -> str:
        service.record_decline(actor, found, reason=reason_of(request), at=now())
        return "Saved: the creator declined."

    return deciding(request, actor, agreement, decide)


@page(Action.MANAGE_AGREEMENTS, method="POST")
def consent(request: HttpRequest, actor: Actor, pk: int, number: int) -> HttpResponse:
    """Record a consent given elsewhere, with the signed PDF where there is one."""
    agreement = service.find(actor.workspace, pk)
    found = service.find_version(agreement, number)

    def decide() -> str:
        service.record_consent(
            actor,
            found,
            as_name=request.POST.get("as_name", ""),
            reason=reason_of(request),
            document=_document(request),
            at=now(),
        )
        return "Agreed. Usage rights and payments are created."

    return deciding(request, actor, agreement, decide)


def _document(request: HttpRequest) -> tuple[str, bytes] | None:
    file = request.FILES.get("document")
    if file is None:
        return None
    # One byte more than is allowed is enough to be refused; the rest need not be read.
    return file.name or "agreement.pdf", file.read(documents.MOST_BYTES + 1)


@page()
def document(request: HttpRequest, actor: Actor, pk: int, number: int) -> HttpResponse:
    found = service.find_version(service.find(actor.workspace, pk), number)
    if found.document is None:
        raise NotFoundError("This version has no document.", next_step="Open the agreement.")
    name = documents.clean_name(found.document.name)
    return _download(documents.read(found.document), name, "application/pdf")
