"""Pages of agreements: the list, one agreement, the form of its terms, its versions, what went wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from kindling.agreements import service
from kindling.agreements.breaches import service as breaches
from kindling.agreements.breaches.forms import ChooseRightForm, OpenBreachForm, ResolveForm
from kindling.agreements.consent import documents, evidence
from kindling.agreements.contract import fields
from kindling.agreements.contract.commission import commission_effect
from kindling.agreements.contract.rules import AgreementState
from kindling.agreements.contract.terms import Terms
from kindling.agreements.contract.wording import describe
from kindling.agreements.forms import (
    EndAgreementForm,
    LivePostForm,
    NewAgreementForm,
    RecordConsentForm,
    SaveTemplateForm,
    TakeBackForm,
    TermsForm,
)
from kindling.agreements.lists import AGREEMENTS
from kindling.agreements.models import Agreement, AgreementVersion, UsageRight
from kindling.agreements.payments.fees import benchmark_share
from kindling.agreements.payments.forms import AddPaymentForm, PlanSampleForm
from kindling.agreements.payments.payables import currency_of
from kindling.agreements.rights import service as rights
from kindling.agreements.saved_terms import service as saved_terms
from kindling.clock import now
from kindling.creators import service as creators
from kindling.errors import InvalidInputError, KindlingError, NotFoundError
from kindling.kit.forms import Form
from kindling.kit.time import start_of_day
from kindling.lists.web import show_list
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor
from kindling.workspaces.web import decide, one_page, page

T = TypeVar("T")
LANGUAGES = (("en", "English"), ("es", "Español"))


def _url(actor: Actor, name: str, *more: object) -> str:
    return reverse(f"agreements:{name}", args=[actor.workspace.slug, *more])


@page()
def listing(request: HttpRequest, actor: Actor) -> HttpResponse:
    return show_list(request, actor, AGREEMENTS, "agreements/list.html")


# --- One agreement --------------------------------------------------------------------------------------------


@page()
def one(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    return show_one(request, actor, service.find(actor.workspace, pk))


def show_one(
    request: HttpRequest,
    actor: Actor,
    agreement: Agreement,
    error: KindlingError | None = None,
    *,
    sent: Mapping[str, Form] | None = None,
) -> HttpResponse:
    """The page of one agreement. `sent`: the form that came in, by its name among those of the page."""
    language = _language(request)
    versions = list(agreement.versions.select_related("document", "recorded_by"))
    shown = next((each for each in versions if each.consented_at), versions[0])
    if not agreement.is_in_force and agreement.state != AgreementState.ENDED:
        shown = versions[0]
    payables = agreement.payables.select_related("workspace", "creator")
    given = rights.ever_of(agreement)
    forms = {**_forms_of(agreement, given), **(sent or {})}
    context = {
        "agreement": agreement,
        "versions": versions,
        "newest": versions[0],
        "commission": commission_effect(versions[0].content),
        "shown": shown,
        "sections": describe(shown.content, language),
        "language": language,
        "languages": LANGUAGES,
        "clocks": rights.clocks(actor.workspace, rights.of_agreement(agreement)),
        "cap": service.cap_of(agreement, now=now()),
        "payables": payables.order_by("pk"),
        "samples": agreement.samples.all(),
        "breaches": [
            (each, forms.get(f"resolve-{each.pk}") or ResolveForm(key=each.pk))
            for each in agreement.breaches.select_related("resolved_by")
        ],
        "history": one_page(request, service.history(agreement)),
        "release_fee_open": service.has_unpaid_release_fee(agreement),
        "loose_breaches": [
            (each, forms.get(f"right-{each.pk}") or ChooseRightForm(rights=given, key=each.pk))
            for each in breaches.without_right(agreement.creator)
        ],
        "rights": given,
        "forms": forms,
        "error": error,
    }
    return render(request, "agreements/one.html", context)


def _forms_of(agreement: Agreement, given: list[UsageRight]) -> dict[str, Form]:
    """The forms of an agreement's page that stand there once, empty."""
    currency = currency_of(agreement)
    return {
        "live": LivePostForm(key="live"),
        "payment": AddPaymentForm(currency=currency),
        "sample": PlanSampleForm(currency=currency),
        "breach": OpenBreachForm(rights=given, key="breach"),
        "consent": RecordConsentForm(key="consent"),
        "back": TakeBackForm(key="back"),
        "end": EndAgreementForm(key="end"),
        "template": SaveTemplateForm(key="template", initial={"name": agreement.title[:80]}),
    }


def decide_on(
    request: HttpRequest,
    actor: Actor,
    agreement: Agreement,
    form: Form | None,
    do: Callable[..., object],
    *,
    said: str,
    name: str = "",
) -> HttpResponse:
    """Do what a form of the agreement's page asks. A refusal shows the page again, with the form under `name`."""
    return decide(
        request, form, do, said=said, to=_url(actor, "one", agreement.pk),
        show=lambda error: show_one(
            request, actor, service.find(actor.workspace, agreement.pk), error,
            sent={} if form is None else {name: form},
        ),
    )  # fmt: skip


def _language(request: HttpRequest) -> str:
    asked = request.GET.get("language", "en")
    return asked if asked in dict(LANGUAGES) else "en"


@page(Action.MANAGE_AGREEMENTS, method="POST")
def end(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    agreement = service.find(actor.workspace, pk)
    return decide_on(
        request, actor, agreement, EndAgreementForm(request, key="end"),
        partial(service.end, actor, agreement, at=now()), said="Ended.", name="end",
    )  # fmt: skip


@page(Action.MANAGE_AGREEMENTS, method="POST")
def post_live(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    agreement = service.find(actor.workspace, pk)

    def do(item_id: str, live_on: date | None) -> None:
        at = now()
        # A day is all that is typed; its first instant is early enough for every clock.
        live_at = at if live_on is None else start_of_day(live_on, actor.workspace.timezone)
        service.record_post_live(actor, agreement, item_id=item_id, live_at=live_at, at=at)

    return decide_on(
        request, actor, agreement, LivePostForm(request, key="live"), do,
        said="Saved. Terms that start with the live post have started.", name="live",
    )  # fmt: skip


@page(Action.MANAGE_AGREEMENTS, method="POST")
def save_template(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """Keep the terms of the newest version as a template."""
    agreement = service.find(actor.workspace, pk)
    terms = service.newest_version(agreement).content
    return decide_on(
        request, actor, agreement, SaveTemplateForm(request, key="template"),
        partial(saved_terms.save_template, actor, terms=terms, at=now()),
        said="The template is saved. Choose it when you write a new agreement.", name="template",
    )  # fmt: skip


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


@page(Action.MANAGE_AGREEMENTS, method="ANY")
def new(request: HttpRequest, actor: Actor) -> HttpResponse:
    """A new agreement, from the template of `?template=` or the workspace's defaults."""
    name = request.GET.get("template", "")
    given = {each: request.GET.get(each, "") for each in ("creator", "title")}
    start = saved_terms.starting_terms(actor.workspace, name)
    form = NewAgreementForm(request, start=start, initial=given)

    def do(creator: str, title: str, terms: Terms) -> AgreementVersion:
        try:
            found = creators.find_creator(actor.workspace, creator.lower().lstrip("@"))
        except NotFoundError as error:
            # A long form is not lost over a name.
            raise InvalidInputError(
                error.message, next_step=error.next_step, field="creator"
            ) from None
        return service.create(actor, found, title=title, terms=terms, at=now())

    points = saved_terms.starting_points(actor.workspace)
    chosen = name or next((each.name for each in points if each.is_default), "")
    more: dict[str, Any] = {"points": points, "chosen": chosen}
    return decide_on_terms(
        request, form, do, to=lambda made: _url(actor, "one", made.agreement_id),
        show=partial(_show_terms, request, form, **more),
    )  # fmt: skip


@page(Action.MANAGE_AGREEMENTS, method="ANY")
def write(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """Change a draft, or write a new version of what was offered or agreed."""
    agreement = service.find(actor.workspace, pk)
    newest = service.newest_version(agreement)
    form = TermsForm(request, start=newest.content)
    return decide_on_terms(
        request, form, partial(service.revise, actor, agreement, at=now()),
        said="The terms are saved as a draft. Offer them when they are ready.",
        to=_url(actor, "one", pk),
        show=partial(_show_terms, request, form, newest=newest),
    )  # fmt: skip


def decide_on_terms(
    request: HttpRequest,
    form: TermsForm,
    do: Callable[..., T],
    *,
    to: str | Callable[[T], str | HttpResponse],
    show: Callable[[KindlingError | None], HttpResponse],
    said: str = "",
) -> HttpResponse:
    """`decide`, for a form of terms: its button *Preview* shows what was typed as a contract and saves nothing."""
    if form.is_pressed("preview"):
        return show(None)
    return decide(request, form, do, to=to, said=said, show=show)


def preview_of(form: TermsForm) -> dict[str, object]:
    """What the page of a form of terms shows beside it: the contract in both languages, and what is wrong."""
    held, faults = form.so_far()
    texts = [(key, words, describe(held, key)) for key, words in LANGUAGES]
    return {"texts": texts, "faults": faults}


def _show_terms(
    request: HttpRequest,
    form: TermsForm,
    error: KindlingError | None,
    *,
    newest: AgreementVersion | None = None,
    **more: object,
) -> HttpResponse:
    context = {
        "form": form,
        "agreement": newest.agreement if newest else None,
        "newest": newest,
        "makes_version": newest is not None and newest.state is not AgreementState.DRAFT,
        "usual": benchmark_share(30),
        "preview": preview_of(form),
        "error": error,
        **more,
    }
    return render(request, "agreements/form.html", context)


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
    return decide_on(
        request, actor, agreement, None, lambda: service.offer(actor, found, at=now()),
        said="Offered. The creator can read it and consent in the portal.",
    )  # fmt: skip


@page(Action.MANAGE_AGREEMENTS, method="POST")
def withdraw(request: HttpRequest, actor: Actor, pk: int, number: int) -> HttpResponse:
    agreement = service.find(actor.workspace, pk)
    found = service.find_version(agreement, number)
    return decide_on(
        request, actor, agreement, TakeBackForm(request, key="back"),
        partial(service.withdraw, actor, found, at=now()), said="Withdrawn.", name="back",
    )  # fmt: skip


@page(Action.MANAGE_AGREEMENTS, method="POST")
def decline(request: HttpRequest, actor: Actor, pk: int, number: int) -> HttpResponse:
    agreement = service.find(actor.workspace, pk)
    found = service.find_version(agreement, number)
    return decide_on(
        request, actor, agreement, TakeBackForm(request, key="back"),
        partial(service.record_decline, actor, found, at=now()),
        said="Saved: the creator declined.", name="back",
    )  # fmt: skip


@page(Action.MANAGE_AGREEMENTS, method="POST")
def consent(request: HttpRequest, actor: Actor, pk: int, number: int) -> HttpResponse:
    """Record a consent given elsewhere, with the signed PDF where there is one."""
    agreement = service.find(actor.workspace, pk)
    found = service.find_version(agreement, number)
    form = RecordConsentForm(request, key="consent")

    def do(as_name: str, document: bytes | None, reason: str) -> None:
        service.record_consent(
            actor, found, as_name=as_name, reason=reason, at=now(),
            document=None if document is None else (form.file_name("document"), document),
        )  # fmt: skip

    return decide_on(
        request, actor, agreement, form, do,
        said="Agreed. Usage rights and payments are created.", name="consent",
    )  # fmt: skip


@page()
def document(request: HttpRequest, actor: Actor, pk: int, number: int) -> HttpResponse:
    found = service.find_version(service.find(actor.workspace, pk), number)
    if found.document is None:
        raise NotFoundError("This version has no document.", next_step="Open the agreement.")
    name = documents.clean_name(found.document.name)
    return _download(documents.read(found.document), name, "application/pdf")
