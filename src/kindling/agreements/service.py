"""Use cases of agreements: written, offered, consented to, declined, withdrawn, ended.

What other areas need of rights, payments, samples and breaches is offered here too, so that they import one module.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from kindling.agreements import documents, payables, rights
from kindling.agreements import terms as texts
from kindling.agreements.breaches import open_breach
from kindling.agreements.listed import import_rights
from kindling.agreements.lookups import (
    agreements_of,
    find,
    find_version,
    history,
    listing,
    newest_version,
    offered_to,
    version_in_force,
)
from kindling.agreements.models import Agreement, AgreementVersion, Payable, UsageRight
from kindling.agreements.payables import has_unpaid_release_fee, payables_of
from kindling.agreements.rights import (
    RenewalOffer,
    as_rule,
    note_first_spend,
    note_post_live,
    renew,
    renewal_offer,
    rights_of_creator,
    rights_of_posts,
    rights_to_named_posts,
    window,
)
from kindling.agreements.rules import MOVES, State
from kindling.agreements.terms import Terms, TermsError
from kindling.creators.models import Creator
from kindling.errors import ConflictError, InvalidInputError, NotFoundError
from kindling.jobs import outbox
from kindling.jobs.registry import Wish
from kindling.kit.money import Money
from kindling.workspaces.models import Role
from kindling.workspaces.notices import notify, settle
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor, record

__all__ = [
    "RenewalOffer",
    "agreements_of",
    "as_rule",
    "consent",
    "create",
    "decline",
    "end",
    "find",
    "find_version",
    "has_unpaid_release_fee",
    "history",
    "import_rights",
    "listing",
    "newest_version",
    "note_first_spend",
    "note_post_live",
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
    "version_in_force",
    "window",
    "withdraw",
]

LIBRARY = "posts.take_linked"  # a task of an area to the right, so it is asked for by name


# --- Written --------------------------------------------------------------------------------------------------


@transaction.atomic
def create(
    actor: Actor, creator: Creator, *, title: str, terms: Terms, at: datetime
) -> AgreementVersion:
    """A new agreement with its first version, a draft. Raises InvalidInputError for terms that cannot stand."""
    actor.require(Action.MANAGE_AGREEMENTS)
    if creator.workspace_id != actor.workspace.pk:
        raise NotFoundError("There is no such creator here.", next_step="Look in Creators.")
    if not title.strip():
        raise InvalidInputError("The agreement needs a title.", next_step="Write a short one.")
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

    A version in force stays in force until the new one is consented to. Raises ConflictError while one is offered.
    """
    actor.require(Action.MANAGE_AGREEMENTS)
    _check(terms)
    agreement.refresh_from_db()
    newest = newest_version(agreement)
    if agreement.state == State.ENDED:
        raise ConflictError("This agreement has ended.", next_step="Make a new agreement.")
    if newest.state is State.OFFERED:
        raise ConflictError(
            "A version is with the creator for consent.",
            next_step="Withdraw it first, then write a new one.",
        )
    if newest.state is not State.DRAFT:
        if not agreement.is_in_force:
            _move(agreement, State.DRAFT, at=at)
        return _add_version(actor, agreement, terms, at=at)
    before = newest.terms
    newest.terms, newest.terms_hash = texts.to_json(terms), texts.terms_hash(terms)
    newest.save()
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


# --- Offered and taken back -------------------------------------------------------------------------------------


@transaction.atomic
def offer(actor: Actor, version: AgreementVersion, *, at: datetime) -> AgreementVersion:
    """Put a draft before the creator; from now on its text does not change. Raises ConflictError otherwise."""
    actor.require(Action.MANAGE_AGREEMENTS)
    _reread(version, State.DRAFT)
    agreement = version.agreement
    version.offered_at, version.offered_by = at, actor.user
    version.save()
    if not agreement.is_in_force:
        _move(agreement, State.OFFERED, at=at)
    facts = {"version": version.number, "terms_hash": version.terms_hash}
    record(actor, "offered agreement", agreement.subject, at=at, after=facts)
    return version


@transaction.atomic
def withdraw(
    actor: Actor, version: AgreementVersion, *, reason: str, at: datetime
) -> AgreementVersion:
    """Take an offered or drafted version back. What is in force stays."""
    actor.require(Action.MANAGE_AGREEMENTS)
    _needs_reason(reason)
    _reread(version, State.OFFERED, State.DRAFT)
    version.withdrawn_at = at
    version.save()
    if not version.agreement.is_in_force:
        _move(version.agreement, State.WITHDRAWN, at=at)
    _record_version(actor, "withdrew agreement", version, at=at, reason=reason)
    return version


# --- The creator's answer ---------------------------------------------------------------------------------------


@transaction.atomic
def consent(
    version: AgreementVersion, *, as_name: str, ip: str | None, agent: str, at: datetime
) -> AgreementVersion:
    """The creator agrees to an offered version: its text is closed, rights and payments follow from it.

    as_name : the name they typed; ip, agent : of the browser they did it in
    raises : InvalidInputError without a name, ConflictError for a version that is not offered any more
    """
    _reread(version, State.OFFERED)
    return _agree(
        _as_creator(version.agreement), version, as_name=as_name, ip=ip, agent=agent, at=at
    )


@transaction.atomic
def record_consent(
    actor: Actor,
    version: AgreementVersion,
    *,
    as_name: str,
    reason: str,
    document: tuple[str, bytes] | None = None,
    at: datetime,
) -> AgreementVersion:
    """Record a consent given elsewhere, such as on paper. `document`: (name, bytes) of the signed PDF.

    raises : InvalidInputError without a name or a reason, ConflictError for a version that is closed already
    """
    actor.require(Action.MANAGE_AGREEMENTS)
    _needs_reason(reason)
    _reread(version, State.OFFERED, State.DRAFT)
    if version.offered_at is None:
        version.offered_at, version.offered_by = at, actor.user
    version.recorded_by, version.recorded_because = actor.user, reason.strip()
    if document is not None:
        name, data = document
        version.document = documents.keep(
            actor.workspace, name=name, data=data, by=actor.user, at=at
        )
    return _agree(actor, version, as_name=as_name, ip=None, agent="", at=at, reason=reason)


def _agree(
    actor: Actor,
    version: AgreementVersion,
    *,
    as_name: str,
    ip: str | None,
    agent: str,
    at: datetime,
    reason: str = "",
) -> AgreementVersion:
    if not as_name.strip():
        raise InvalidInputError(
            "A consent needs the name of who gives it.", next_step="Write the full name."
        )
    if not version.is_unaltered:
        raise ConflictError(
            "The stored terms are not those that were offered.",
            next_step="Withdraw this version and write a new one.",
        )
    version.consented_at, version.consented_as = at, as_name.strip()[:120]
    version.consent_ip, version.consent_agent = ip, agent[:300]
    version.save()
    agreement = version.agreement
    if not agreement.is_in_force:
        _move(agreement, State.AGREED, at=at)
    rights.materialise(version, at=at)
    payables.of_consent(version, at=at)
    for item_id in version.content.item_ids:
        _put_in_library(version, item_id)
    _record_version(actor, "agreed", version, at=at, reason=reason)
    settle(agreement.workspace, key=_declined_key(agreement), at=at)
    notify(
        agreement.workspace,
        key=f"agreement-{agreement.pk}-agreed-{version.number}",
        roles=(Role.CREATOR_MANAGER, Role.FINANCE),
        title=f"@{agreement.creator.handle} agreed: {agreement.title}",
        next_step="Go on with the brief and the code.",
        path=f"agreements/{agreement.pk}/",
        at=at,
        urgency=4,
    )
    return version


@transaction.atomic
def decline(version: AgreementVersion, *, reason: str, at: datetime) -> AgreementVersion:
    """The creator says no to an offered version. What is in force stays."""
    _reread(version, State.OFFERED)
    return _decline(_as_creator(version.agreement), version, reason=reason, at=at)


@transaction.atomic
def record_decline(
    actor: Actor, version: AgreementVersion, *, reason: str, at: datetime
) -> AgreementVersion:
    """Record that the creator said no elsewhere."""
    actor.require(Action.MANAGE_AGREEMENTS)
    _needs_reason(reason)
    _reread(version, State.OFFERED)
    return _decline(actor, version, reason=reason, at=at)


def _decline(
    actor: Actor, version: AgreementVersion, *, reason: str, at: datetime
) -> AgreementVersion:
    version.declined_at, version.declined_because = at, reason.strip()[:2_000]
    version.save()
    agreement = version.agreement
    if not agreement.is_in_force:
        _move(agreement, State.DECLINED, at=at)
    _record_version(actor, "declined agreement", version, at=at, reason=reason)
    notify(
        agreement.workspace,
        key=_declined_key(agreement),
        roles=(Role.CREATOR_MANAGER,),
        title=f"@{agreement.creator.handle} declined: {agreement.title}",
        next_step="Read the reason; offer a new version or let it be.",
        path=f"agreements/{agreement.pk}/",
        at=at,
        urgency=2,
    )
    return version


def _declined_key(agreement: Agreement) -> str:
    return f"agreement-{agreement.pk}-declined"


def _as_creator(agreement: Agreement) -> Actor:
    """The creator as the audit trail names them: no member, so without any right in the workspace."""
    return Actor(agreement.workspace, None, "", f"@{agreement.creator.handle}")


# --- The end ----------------------------------------------------------------------------------------------------


@transaction.atomic
def end(
    actor: Actor, agreement: Agreement, *, reason: str, with_kill_fee: bool = False, at: datetime
) -> Agreement:
    """End an agreement for good. Rights paid for run out by themselves; nothing new starts or renews under it.

    with_kill_fee : the brand cancels before the posts are live: fees nobody approved fall away, the kill fee is owed
    """
    actor.require(Action.MANAGE_AGREEMENTS)
    _needs_reason(reason)
    agreement.refresh_from_db()
    version = version_in_force(agreement)
    _move(agreement, State.ENDED, at=at)
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
    version = version_in_force(agreement)
    if version is None:
        raise ConflictError(
            "This agreement is not in force.", next_step="It needs the creator's consent first."
        )
    if not item_id.isdigit() or len(item_id) > 32:
        raise InvalidInputError(
            "A post's id is digits only.", next_step="Write the last part of the post's address."
        )
    if live_at > at:
        raise InvalidInputError("That day is still to come.", next_step="Correct the day.")
    if not rights.covers(version, item_id):
        raise ConflictError(
            "This agreement is not for that post, or all its posts are there already.",
            next_step="Write a new version that names it or raises the number of posts.",
        )
    right = rights.start_with_post(version, item_id, live_at)
    _put_in_library(version, item_id)
    facts = {"item_id": item_id, "live_at": live_at.isoformat()}
    record(actor, "noted post as live", agreement.subject, at=at, after=facts)
    return right


def _put_in_library(version: AgreementVersion, item_id: str) -> None:
    """A post that is agreed on can be asked for, also where no list of TikTok's names it."""
    facts = {
        "workspace": version.agreement.workspace_id,
        "creator": version.agreement.creator_id,
        "item_id": item_id,
        "source": "agreement",
    }
    outbox.ask(Wish(LIBRARY, f"agreed-{version.pk}-{item_id}", facts))


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


# --- Shared -----------------------------------------------------------------------------------------------------


def _needs_reason(reason: str) -> None:
    if not reason.strip():
        raise InvalidInputError("This needs a reason.", next_step="Write a short one.")


def _reread(version: AgreementVersion, *allowed: State) -> None:
    """Take the version as it stands now. Raises ConflictError when it is in none of the states."""
    # Two answers at the same moment wait for each other here; the second then sees the first.
    AgreementVersion.objects.select_for_update().get(pk=version.pk)
    version.refresh_from_db()
    version.agreement.refresh_from_db()
    if version.state not in allowed:
        raise ConflictError(
            f"Version {version.number} is {version.state}.",
            next_step="Load the page again and look at what was done.",
        )
    if version.agreement.state == State.ENDED:
        raise ConflictError("This agreement has ended.", next_step="Make a new agreement.")


def _move(agreement: Agreement, to: State, *, at: datetime) -> None:
    now = State(agreement.state)
    if to not in MOVES[now]:
        raise ConflictError(
            f"This agreement is {now} and cannot become {to}.",
            next_step="Load the page again and look at what was done.",
        )
    agreement.state, agreement.state_since = to, at
    agreement.save(update_fields=["state", "state_since"])


def _record_version(
    actor: Actor, action: str, version: AgreementVersion, *, at: datetime, reason: str
) -> None:
    facts = {"version": version.number, "terms_hash": version.terms_hash}
    if version.consented_as:
        facts["consented_as"] = version.consented_as
    if version.document_id and version.document:
        facts["document_sha256"] = version.document.sha256
    record(actor, action, version.agreement.subject, at=at, reason=reason.strip(), after=facts)
