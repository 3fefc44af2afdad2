"""The creator's answer to an offered version: yes or no, here or recorded by the team."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from kindling.agreements.consent import documents
from kindling.agreements.contract import transitions
from kindling.agreements.contract.rules import AgreementState
from kindling.agreements.models import Agreement, AgreementVersion
from kindling.agreements.payments import due_fees
from kindling.agreements.rights import service as rights
from kindling.errors import ConflictError, InvalidInputError
from kindling.notices.service import notify, settle
from kindling.workspaces.models import Role
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor


@transaction.atomic
def consent(
    version: AgreementVersion, *, as_name: str, ip: str | None, agent: str, at: datetime
) -> AgreementVersion:
    """The creator agrees to an offered version: its text is closed, rights and payments follow from it.

    as_name : the name they typed; ip, agent : of the browser they did it in
    raises : InvalidInputError without a name, ConflictError for a version that is not offered any more
    """
    transitions.reread(version, AgreementState.OFFERED)
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
    transitions.needs_reason(reason)
    transitions.reread(version, AgreementState.OFFERED, AgreementState.DRAFT)
    if version.offered_at is None:
        version.offered_at, version.offered_by = at, actor.user
    version.recorded_by, version.recorded_because = actor.user, reason.strip()
    if document is not None:
        name, data = document
        version.document = documents.keep(
            actor.workspace, name=name, data=data, by=actor.user, at=at
        )
    return _agree(actor, version, as_name=as_name, ip=None, agent="", at=at, reason=reason)


_OF_CONSENT = (
    "offered_at", "offered_by", "consented_at", "consented_as", "consent_ip", "consent_agent", "recorded_by",
    "recorded_because", "document",
)  # fmt: skip


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
            "Consent needs the name of the person who gives it.",
            next_step="Enter the full name.",
            field="as_name",
        )
    if not version.is_unaltered:
        raise ConflictError(
            "The stored terms differ from the terms that were offered.",
            next_step="Withdraw this version and write a new one.",
        )
    version.consented_at, version.consented_as = at, as_name.strip()[:120]
    version.consent_ip, version.consent_agent = ip, agent[:300]
    version.save(update_fields=[*_OF_CONSENT])
    agreement = version.agreement
    if not agreement.is_in_force:
        transitions.move(agreement, AgreementState.AGREED, at=at)
    rights.make_rights(version, at=at)
    due_fees.of_consent(version, at=at)
    for item_id in version.content.item_ids:
        transitions.put_in_library(version, item_id)
    transitions.record_version(actor, "agreed", version, at=at, reason=reason)
    settle(agreement.workspace, key=_declined_key(agreement), at=at)
    notify(
        agreement.workspace,
        key=f"agreement-{agreement.pk}-agreed-{version.number}",
        roles=(Role.CREATOR_MANAGER, Role.FINANCE),
        title=f"@{agreement.creator.handle} agreed: {agreement.title}",
        next_step="Continue with the brief and the video code.",
        path=f"agreements/{agreement.pk}/",
        at=at,
        urgency=4,
    )
    return version


@transaction.atomic
def decline(version: AgreementVersion, *, reason: str, at: datetime) -> AgreementVersion:
    """The creator says no to an offered version. What is in force stays."""
    transitions.reread(version, AgreementState.OFFERED)
    return _decline(_as_creator(version.agreement), version, reason=reason, at=at)


@transaction.atomic
def record_decline(
    actor: Actor, version: AgreementVersion, *, reason: str, at: datetime
) -> AgreementVersion:
    """Record that the creator said no elsewhere."""
    actor.require(Action.MANAGE_AGREEMENTS)
    transitions.needs_reason(reason)
    transitions.reread(version, AgreementState.OFFERED)
    return _decline(actor, version, reason=reason, at=at)


def _decline(
    actor: Actor, version: AgreementVersion, *, reason: str, at: datetime
) -> AgreementVersion:
    version.declined_at, version.declined_because = at, reason.strip()[:2_000]
    version.save(update_fields=["declined_at", "declined_because"])
    agreement = version.agreement
    if not agreement.is_in_force:
        transitions.move(agreement, AgreementState.DECLINED, at=at)
    transitions.record_version(actor, "declined agreement", version, at=at, reason=reason)
    notify(
        agreement.workspace,
        key=_declined_key(agreement),
        roles=(Role.CREATOR_MANAGER,),
        title=f"@{agreement.creator.handle} declined: {agreement.title}",
        next_step="Read the reason; offer a new version or end the agreement.",
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
