"""Use cases of agreements: written, offered, withdrawn, ended; what the creator answers is in `consent.answers`.

What other areas need of rights, payments, samples and breaches is offered here too, so that they import one module.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from kindling.agreements.breaches.service import open_breach
from kindling.agreements.breaches.service import suspect as suspect_breach
from kindling.agreements.consent.answers import consent, decline, record_consent, record_decline
from kindling.agreements.contract import terms as texts
from kindling.agreements.contract import transitions
from kindling.agreements.contract.rules import AgreementState
from kindling.agreements.contract.terms import Terms, TermsError
from kindling.agreements.contract.versions import (
    agreements_of,
    find,
    find_version,
    history,
    list_agreements,
    newest_version,
    offered_to,
    version_in_force,
)
from kindling.agreements.models import Agreement, AgreementVersion, Payable, UsageRight
from kindling.agreements.payments import payables
from kindling.agreements.payments.due_fees import has_unpaid_release_fee, waits_for_payment
from kindling.agreements.payments.payables import payables_of
from kindling.agreements.payments.rules import PayableState
from kindling.agreements.rights import service as rights
from kindling.agreements.rights.caps import cap_of, caps_of, caps_of_posts, tell_near
from kindling.agreements.rights.corrections import correct_post
from kindling.agreements.rights.exclusivity import exclusivities
from kindling.agreements.rights.first_spend import note_spend
from kindling.agreements.rights.imports import import_rights
from kindling.agreements.rights.renewals import RenewalOffer, renew, renewal_offer
from kindling.agreements.rights.service import (
    as_rule,
    commission_bp,
    content_fees,
    note_post_live,
    rights_of_creator,
    rights_of_posts,
    rights_to_named_posts,
    some_creator_approves,
)
from kindling.creators.models import Creator
from kindling.errors import ConflictError, InvalidInputError, NotFoundError
from kindling.kit.money import Money
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor, record

__all__ = [
    "RenewalOffer",
    "agreements_of",
    "as_rule",
    "cap_of",
    "caps_of",
    "caps_of_posts",
    "commission_bp",
    "consent",
    "content_fees",
    "correct_post",
    "create",
    "decline",
    "end",
    "exclusivities",
    "find",
    "find_version",
    "has_unpaid_release_fee",
    "history",
    "import_rights",
    "list_agreements",
    "newest_version",
    "note_post_live",
    "note_spend",
    "offer",
    "offered_to",
    "open_breach",
    "payables_of",
    "record_consent",
    "record_decline",
    "record_post_live",
    "renew",
    "renewal_offer",
    "revise",
    "rights_of_creator",
    "rights_of_posts",
    "rights_to_named_posts",
    "some_creator_approves",
    "suspect_breach",
    "tell_near",
    "version_in_force",
    "waits_for_payment",
    "withdraw",
]


# --- Written --------------------------------------------------------------------------------------------------


@transaction.atomic
def create(
    actor: Actor, creator: Creator, *, title: str, terms: Terms, at: datetime
) -> AgreementVersion:
    """A new agreement with its first version, a draft. Raises InvalidInputError for terms that cannot stand."""
    actor.require(Action.MANAGE_AGREEMENTS)
    if creator.workspace_id != actor.workspace.pk:
        raise NotFoundError("This creator was not found.", next_step="Open Creators to see all.")
    if not title.strip():
        raise InvalidInputError(
            "The agreement needs a title.", next_step="Enter a short title.", field="title"
        )
    _check(terms)
    agreement = Agreement.objects.create(
        workspace=actor.workspace,
        creator=creator,
        title=title.strip()[:120],
        state_since=at,
        created_by=actor.user,
        created_at=at,
    )
    return _add_version(actor, agreement, terms, at=at)


@transaction.atomic
def revise(actor: Actor, agreement: Agreement, *, terms: Terms, at: datetime) -> AgreementVersion:
    """Write terms anew: into the newest version while it is a draft, else as a new version beside it.

    A version in force stays in force until the new one is consented to. Raises ConflictError while one is offered,
    InvalidInputError for another currency than that of what is owed or was paid.
    """
    actor.require(Action.MANAGE_AGREEMENTS)
    _check(terms)
    transitions.hold(agreement)
    _check_currency(agreement, terms)
    newest = newest_version(agreement)
    if agreement.state == AgreementState.ENDED:
        raise ConflictError("This agreement has ended.", next_step="Make a new agreement.")
    if newest.state is AgreementState.OFFERED:
        raise ConflictError(
            "The creator has an open offer for this agreement.",
            next_step="Withdraw it first, then write a new version.",
        )
    if newest.state is not AgreementState.DRAFT:
        if not agreement.is_in_force:
            transitions.move(agreement, AgreementState.DRAFT, at=at)
        return _add_version(actor, agreement, terms, at=at)
    transitions.reread(newest, AgreementState.DRAFT)
    before = newest.terms
    newest.terms, newest.terms_hash = texts.to_json(terms), texts.terms_hash(terms)
    newest.save(update_fields=["terms", "terms_hash"])
    changes = _changed(before, newest.terms)
    facts = {"version": newest.number, **{name: before.get(name) for name in changes}}
    after = {"version": newest.number, **{name: newest.terms[name] for name in changes}}
    record(actor, "changed draft", agreement.subject, at=at, before=facts, after=after)
    return newest


def _changed(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    return [name for name in after if before.get(name) != after[name]]


def _add_version(
    actor: Actor, agreement: Agreement, terms: Terms, *, at: datetime
) -> AgreementVersion:
    number = agreement.versions.count() + 1
    version = AgreementVersion.objects.create(
        agreement=agreement,
        number=number,
        terms=texts.to_json(terms),
        terms_hash=texts.terms_hash(terms),
        created_by=actor.user,
        created_at=at,
    )
    facts = {"version": number, "title": agreement.title, "terms_hash": version.terms_hash}
    record(actor, "wrote agreement", agreement.subject, at=at, after=facts)
    return version


def _check(terms: Terms) -> None:
    try:
        texts.check(terms)
    except TermsError as error:
        raise InvalidInputError(
            next(iter(error.problems.values())), next_step="Correct the terms.", **error.problems
        ) from None


def _check_currency(agreement: Agreement, terms: Terms) -> None:
    """New fees are computed against the old ones (`due_fees`), and currencies are never added up."""
    rows = agreement.payables.filter(version__isnull=False).exclude(state=PayableState.CANCELLED)
    if rows.exclude(currency=terms.currency).exists():
        raise InvalidInputError(
            "Payments of this agreement are in another currency.",
            next_step="Keep the currency, or make a new agreement.",
            currency="Existing payments use another currency.",
        )


# --- Offered and taken back -------------------------------------------------------------------------------------


@transaction.atomic
def offer(actor: Actor, version: AgreementVersion, *, at: datetime) -> AgreementVersion:
    """Put a draft before the creator; from now on its text does not change. Raises ConflictError otherwise."""
    actor.require(Action.MANAGE_AGREEMENTS)
    transitions.reread(version, AgreementState.DRAFT)
    agreement = version.agreement
    version.offered_at, version.offered_by = at, actor.user
    version.save(update_fields=["offered_at", "offered_by"])
    if not agreement.is_in_force:
        transitions.move(agreement, AgreementState.OFFERED, at=at)
    facts = {"version": version.number, "terms_hash": version.terms_hash}
    record(actor, "offered agreement", agreement.subject, at=at, after=facts)
    return version


@transaction.atomic
def withdraw(
    actor: Actor, version: AgreementVersion, *, reason: str, at: datetime
) -> AgreementVersion:
    """Take an offered or drafted version back. What is in force stays."""
    actor.require(Action.MANAGE_AGREEMENTS)
    transitions.needs_reason(reason)
    transitions.reread(version, AgreementState.OFFERED, AgreementState.DRAFT)
    version.withdrawn_at = at
    version.save(update_fields=["withdrawn_at"])
    if not version.agreement.is_in_force:
        transitions.move(version.agreement, AgreementState.WITHDRAWN, at=at)
    transitions.record_version(actor, "withdrew agreement", version, at=at, reason=reason)
    return version


# --- The end ----------------------------------------------------------------------------------------------------


@transaction.atomic
def end(
    actor: Actor, agreement: Agreement, *, reason: str, with_kill_fee: bool = False, at: datetime
) -> Agreement:
    """End an agreement for good. Rights paid for run out by themselves; nothing new starts or renews under it.

    with_kill_fee : the brand cancels before the posts are live: fees nobody approved fall away, the kill fee is owed
    """
    actor.require(Action.MANAGE_AGREEMENTS)
    transitions.needs_reason(reason)
    transitions.hold(agreement)
    version = version_in_force(agreement)
    transitions.move(agreement, AgreementState.ENDED, at=at)
    if with_kill_fee and version is not None:
        _kill(actor, agreement, version, at=at)
    record(actor, "ended agreement", agreement.subject, at=at, reason=reason.strip())
    return agreement


@transaction.atomic
def record_post_live(
    actor: Actor, agreement: Agreement, *, item_id: str, live_at: datetime, at: datetime
) -> UsageRight | None:
    """Note by hand that a post of this agreement went up, where Kindling does not see it by itself.

    raises : InvalidInputError for no post id or a day to come, ConflictError when the agreement is not for the post
    """
    actor.require(Action.MANAGE_AGREEMENTS)
    transitions.hold(agreement)
    version = version_in_force(agreement)
    if version is None:
        raise ConflictError(
            "This agreement is not in force.", next_step="It needs the creator's consent first."
        )
    if not item_id.isdigit() or len(item_id) > 32:
        raise InvalidInputError(
            "A post's id is digits only.",
            next_step="Enter the last part of the post's address.",
            field="item_id",
        )
    if live_at > at:
        raise InvalidInputError(
            "The day is in the future.", next_step="Correct the day.", field="live_on"
        )
    if not rights.covers(version, item_id):
        raise ConflictError(
            "This agreement does not cover that post, or all its posts are already live.",
            next_step="Write a new version that includes the post or allows more posts.",
        )
    right = rights.start_with_post(version, item_id, live_at)
    transitions.put_in_library(version, item_id)
    facts = {"item_id": item_id, "live_at": live_at.isoformat()}
    record(actor, "recorded live post", agreement.subject, at=at, after=facts)
    return right


def _kill(actor: Actor, agreement: Agreement, version: AgreementVersion, *, at: datetime) -> None:
    terms = version.content
    payables.drop_unapproved(agreement, reason="Cancelled by the brand.", at=at)
    UsageRight.objects.filter(version__agreement=agreement, superseded_at=None).update(
        superseded_at=at
    )
    if terms.kill_fee_minor:
        payables.make(
            agreement,
            agreement.creator,
            key=f"agreement-{agreement.pk}-kill-fee",
            kind=Payable.Kind.KILL_FEE,
            what=f"Kill fee, {agreement.title}",
            amount=Money(terms.kill_fee_minor, terms.currency),
            by=actor.user,
            at=at,
            due_at=at,
        )
