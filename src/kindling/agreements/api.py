"""API: agreements with their terms, consent and rights; payments to creators."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema, Status

from kindling.agreements import service
from kindling.agreements.consent import evidence
from kindling.agreements.contract import terms as texts
from kindling.agreements.contract.wording import describe
from kindling.agreements.models import Agreement, AgreementVersion, Payable
from kindling.agreements.payments import payables
from kindling.agreements.payments.payables import WHICH
from kindling.agreements.rights import service as rights
from kindling.agreements.saved_terms import service as saved_terms
from kindling.clock import now
from kindling.creators import service as creators
from kindling.errors import InvalidInputError
from kindling.kit.money import Money
from kindling.workspaces.api_auth import MoneyOut, Reason, actor_of, answers, may
from kindling.workspaces.api_lists import ROWS, Cursor, Limit, part, part_of
from kindling.workspaces.rules import Action

router = Router(tags=["Agreements"])


class AgreementIn(Schema):
    """Terms that are left out are those of `template` (its name), else of the workspace's default template.

    `GET /agreements/{id}` shows all terms.
    """

    handle: str
    title: str
    template: str = ""
    terms: dict[str, Any] = {}


class TemplateIn(Schema):
    """Terms that are left out are those of `template`, else of the default. Posts and dates are not kept."""

    name: str
    template: str = ""
    terms: dict[str, Any] = {}
    is_default: bool = False


class TemplateOut(Schema):
    """`id` null: it comes with Kindling. `is_default`: new agreements start from it."""

    id: int | None
    name: str
    about: str
    is_default: bool
    terms: dict[str, Any]


class TermsIn(Schema):
    terms: dict[str, Any]


class ReasonIn(Schema):
    reason: Reason


class ConsentIn(Schema):
    """Consent given elsewhere: who gave it, and how."""

    as_name: str
    reason: Reason


class AgreementOut(Schema):
    id: int
    handle: str
    title: str
    state: str
    state_since: datetime


class SectionOut(Schema):
    title: str
    lines: list[str]


class VersionOut(Schema):
    """`terms_hash`: SHA-256 of the canonical JSON of `terms`."""

    number: int
    state: str
    terms: dict[str, Any]
    terms_hash: str
    text: list[SectionOut]
    offered_at: datetime | None
    consented_at: datetime | None
    consented_as: str | None


class RightOut(Schema):
    """Usage rights. `item_id` null: all posts of the creator."""

    item_id: str | None
    paid_allowed: bool
    starts_at: datetime
    ends_at: datetime
    hold_until: datetime | None
    territory: list[str]


class SpendCapOut(Schema):
    """The most that ads may spend. `spent`, `left`, `percent` null: not known, `why_unknown` says why.

    `known`: what is known to be spent, at least.
    """

    cap: MoneyOut
    known: MoneyOut
    spent: MoneyOut | None
    left: MoneyOut | None
    percent: int | None
    as_of: datetime | None
    why_unknown: str | None


class AgreementWhole(AgreementOut):
    """`spend_cap` null: none is agreed, or no usage rights stand yet."""

    versions: list[VersionOut]
    rights: list[RightOut]
    spend_cap: SpendCapOut | None


class PayableOut(Schema):
    id: int
    handle: str
    agreement: int | None
    kind: str
    what: str
    amount: MoneyOut
    state: str
    due_at: datetime | None
    invoice_number: str | None
    paid_at: datetime | None
    reference: str | None


class PaymentApprovalIn(Schema):
    invoice_number: str = ""


class PaymentIn(Schema):
    reference: str


# --- Payments come first: their path would else be read as an agreement's ----------------------------------------


@router.get("/payments", response=answers(part_of(PayableOut)))
def payments(
    request: HttpRequest, which: str = "due", limit: Limit = ROWS, cursor: Cursor = ""
) -> dict[str, Any]:
    """List payments by due date. `which`: due, overdue, expected, paid, cancelled, or empty."""
    actor = actor_of(request)
    if which not in WHICH:
        raise InvalidInputError(
            f"Unknown list of payments {which!r}.",
            next_step=f"Use one of {', '.join(filter(None, WHICH))}, or leave it empty.",
        )
    found = payables.narrowed(payables.list_payables(actor.workspace), which, now=now())
    return part(found, _payable, cursor=cursor, limit=limit)


@router.post(
    "/payments/{payable_id}/approve", response=answers(PayableOut), auth=may(Action.SETTLE)
)
def approve(request: HttpRequest, payable_id: int, body: PaymentApprovalIn) -> dict[str, Any]:
    """Approve a payment. Above the workspace's limit the approver must differ from the person who created it."""
    actor = actor_of(request)
    found = payables.find(actor.workspace, payable_id)
    return _payable(payables.approve(actor, found, invoice_number=body.invoice_number, at=now()))


@router.post("/payments/{payable_id}/pay", response=answers(PayableOut), auth=may(Action.SETTLE))
def pay(request: HttpRequest, payable_id: int, body: PaymentIn) -> dict[str, Any]:
    """Mark a payment as paid, with its reference."""
    actor = actor_of(request)
    found = payables.find(actor.workspace, payable_id)
    return _payable(payables.pay(actor, found, reference=body.reference, at=now()))


# --- Templates: as above -------------------------------------------------------------------------------------------


@router.get("/templates", response=answers(list[TemplateOut]))
def templates(request: HttpRequest) -> list[dict[str, Any]]:
    """List agreement templates: the workspace's own, then those that come with Kindling."""
    points = saved_terms.starting_points(actor_of(request).workspace)
    return [_template(each) for each in points]


@router.post(
    "/templates", response=answers(TemplateOut, status=201), auth=may(Action.MANAGE_AGREEMENTS)
)
def save_template(request: HttpRequest, body: TemplateIn) -> Status[dict[str, Any]]:
    """Save terms as a template."""
    actor = actor_of(request)
    terms = _read(saved_terms.starting_terms(actor.workspace, body.template), body.terms)
    saved = saved_terms.save_template(
        actor, name=body.name, terms=terms, is_default=body.is_default, at=now()
    )
    return Status(201, _template(saved_terms.as_starting_point(saved)))


@router.post(
    "/templates/{template_id}/delete",
    response=answers(list[TemplateOut]),
    auth=may(Action.MANAGE_AGREEMENTS),
)
def delete_template(request: HttpRequest, template_id: int) -> list[dict[str, Any]]:
    """Delete a template; returns those that are left. Agreements that started from it keep their terms."""
    actor = actor_of(request)
    found = saved_terms.find_template(actor.workspace, template_id)
    saved_terms.delete_template(actor, found, at=now())
    return [_template(each) for each in saved_terms.starting_points(actor.workspace)]


# --- Agreements ---------------------------------------------------------------------------------------------------


@router.get("", response=answers(part_of(AgreementOut)))
def agreements(
    request: HttpRequest,
    state: str = "",
    search: str = "",
    limit: Limit = ROWS,
    cursor: Cursor = "",
) -> dict[str, Any]:
    """List agreements, newest first."""
    actor = actor_of(request)
    found = service.list_agreements(actor.workspace, state=state, search=search)
    return part(found, _agreement, cursor=cursor, limit=limit)


@router.post("", response=answers(AgreementWhole, status=201), auth=may(Action.MANAGE_AGREEMENTS))
def create(request: HttpRequest, body: AgreementIn) -> Status[dict[str, Any]]:
    """Create an agreement as a draft."""
    actor = actor_of(request)
    creator = creators.find_creator(actor.workspace, body.handle.lower().lstrip("@"))
    start = saved_terms.starting_terms(actor.workspace, body.template)
    terms = _check(_read(start, body.terms))
    version = service.create(actor, creator, title=body.title, terms=terms, at=now())
    return Status(201, _agreement_detail(version.agreement))


@router.get("/{agreement_id}", response=answers(AgreementWhole))
def agreement(request: HttpRequest, agreement_id: int, language: str = "en") -> dict[str, Any]:
    """Get an agreement: its versions with terms, text (`language`: en or es) and consent, and its usage rights."""
    actor = actor_of(request)
    return _agreement_detail(service.find(actor.workspace, agreement_id), language)


@router.put(
    "/{agreement_id}/terms", response=answers(AgreementWhole), auth=may(Action.MANAGE_AGREEMENTS)
)
def revise(request: HttpRequest, agreement_id: int, body: TermsIn) -> dict[str, Any]:
    """Change the terms of a draft, or create a new version if the newest one was answered."""
    actor = actor_of(request)
    found = service.find(actor.workspace, agreement_id)
    service.revise(actor, found, terms=_terms(body.terms), at=now())
    return _agreement_detail(found)


@router.post(
    "/{agreement_id}/offer", response=answers(AgreementWhole), auth=may(Action.MANAGE_AGREEMENTS)
)
def offer(request: HttpRequest, agreement_id: int) -> dict[str, Any]:
    """Offer the newest version to the creator."""
    actor = actor_of(request)
    found = service.find(actor.workspace, agreement_id)
    service.offer(actor, service.newest_version(found), at=now())
    return _agreement_detail(service.find(actor.workspace, agreement_id))


@router.post(
    "/{agreement_id}/withdraw", response=answers(AgreementWhole), auth=may(Action.MANAGE_AGREEMENTS)
)
def withdraw(request: HttpRequest, agreement_id: int, body: ReasonIn) -> dict[str, Any]:
    """Withdraw the newest version before it is answered."""
    actor = actor_of(request)
    found = service.find(actor.workspace, agreement_id)
    service.withdraw(actor, service.newest_version(found), reason=body.reason, at=now())
    return _agreement_detail(service.find(actor.workspace, agreement_id))


@router.post(
    "/{agreement_id}/consent", response=answers(AgreementWhole), auth=may(Action.MANAGE_AGREEMENTS)
)
def consent(request: HttpRequest, agreement_id: int, body: ConsentIn) -> dict[str, Any]:
    """Record consent to the newest version that was given elsewhere."""
    actor = actor_of(request)
    found = service.find(actor.workspace, agreement_id)
    newest = service.newest_version(found)
    service.record_consent(actor, newest, as_name=body.as_name, reason=body.reason, at=now())
    return _agreement_detail(service.find(actor.workspace, agreement_id))


@router.post("/{agreement_id}/pack", response=answers(bytes), auth=may(Action.MANAGE_AGREEMENTS))
def pack(request: HttpRequest, agreement_id: int) -> HttpResponse:
    """Get the evidence pack: a ZIP with a PDF, the terms, documents and a list of hashes."""
    actor = actor_of(request)
    found = service.find(actor.workspace, agreement_id)
    data = evidence.evidence_pack(actor, found, at=now())
    return HttpResponse(data, content_type="application/zip")


def _terms(given: dict[str, Any]) -> texts.Terms:
    return _check(_read(None, given))


def _read(start: texts.Terms | None, given: dict[str, Any]) -> texts.Terms:
    """Given terms, what is left out from `start`, else the usual values."""
    try:
        return texts.from_json(given if start is None else saved_terms.with_terms(start, given))
    except texts.TermsError as error:
        raise _refusal(error) from None


def _check(terms: texts.Terms) -> texts.Terms:
    try:
        return texts.check(terms)
    except texts.TermsError as error:
        raise _refusal(error) from None


def _refusal(error: texts.TermsError) -> InvalidInputError:
    return InvalidInputError(
        "; ".join(f"{name}: {words}" for name, words in error.problems.items()),
        next_step="Correct these terms.",
    )


def _template(point: saved_terms.StartingPoint) -> dict[str, Any]:
    return {
        "id": point.template.pk if point.template else None,
        "name": point.name,
        "about": point.about,
        "is_default": point.is_default,
        "terms": texts.to_json(point.terms),
    }


def _agreement(found: Agreement) -> dict[str, Any]:
    return {
        "id": found.pk,
        "handle": found.creator.handle,
        "title": found.title,
        "state": found.state,
        "state_since": found.state_since,
    }


def _agreement_detail(found: Agreement, language: str = "en") -> dict[str, Any]:
    cap = service.cap_of(found, now=now())
    return {
        **_agreement(found),
        "spend_cap": cap.to_json() if cap else None,
        "versions": [_version(each, language) for each in found.versions.all()],
        "rights": [
            {
                "item_id": each.item_id or None,
                "paid_allowed": each.paid_allowed,
                "starts_at": each.starts_at,
                "ends_at": each.ends_at,
                "hold_until": each.hold_until,
                "territory": each.territory,
            }
            for each in rights.of_agreement(found)
        ],
    }


def _version(found: AgreementVersion, language: str) -> dict[str, Any]:
    return {
        "number": found.number,
        "state": found.state,
        "terms": found.terms,
        "terms_hash": found.terms_hash,
        "text": [
            {"title": each.title, "lines": list(each.lines)}
            for each in describe(found.content, language)
        ],
        "offered_at": found.offered_at,
        "consented_at": found.consented_at,
        "consented_as": found.consented_as or None,
    }


def _payable(found: Payable) -> dict[str, Any]:
    return {
        "id": found.pk,
        "handle": found.creator.handle,
        "agreement": found.agreement_id,
        "kind": found.kind,
        "what": found.what,
        "amount": Money(found.amount_minor, found.currency).to_json(),
        "state": found.state,
        "due_at": found.due_at,
        "invoice_number": found.invoice_number or None,
        "paid_at": found.paid_at,
        "reference": found.reference or None,
    }
