"""How agreements and their versions change state, and what is written down of it."""

from __future__ import annotations

from datetime import datetime

from kindling.agreements.contract.rules import TRANSITIONS, AgreementState
from kindling.agreements.models import Agreement, AgreementVersion
from kindling.errors import ConflictError, InvalidInputError
from kindling.jobs import outbox
from kindling.jobs.registry import JobRequest
from kindling.workspaces.service import Actor, record

LIBRARY = "posts.take_linked"  # a task of an area to the right, so it is asked for by name


def needs_reason(reason: str) -> None:
    if not reason.strip():
        raise InvalidInputError(
            "A reason is required.", next_step="Enter a short reason.", field="reason"
        )


def hold(agreement: Agreement) -> None:
    """Take the agreement as it stands now, locked until the transaction ends.

    Whoever writes versions, ends it or starts a post under it holds it first: one waits for the other and sees it.
    """
    Agreement.objects.select_for_update(no_key=True).get(pk=agreement.pk)
    agreement.refresh_from_db()


def reread(version: AgreementVersion, *allowed: AgreementState) -> None:
    """Take the version as it stands now, locked with its agreement.

    raises : ConflictError when it is in none of the states, or its agreement has ended
    """
    hold(version.agreement)
    AgreementVersion.objects.select_for_update(no_key=True).get(pk=version.pk)
    agreement = version.agreement
    version.refresh_from_db()
    version.agreement = agreement
    if version.state not in allowed:
        raise ConflictError(
            f"Version {version.number} is {version.state}.",
            next_step="Reload the page to see the current state.",
        )
    if version.agreement.state == AgreementState.ENDED:
        raise ConflictError("This agreement has ended.", next_step="Make a new agreement.")


def move(agreement: Agreement, to: AgreementState, *, at: datetime) -> None:
    now = AgreementState(agreement.state)
    if to not in TRANSITIONS[now]:
        raise ConflictError(
            f"This agreement is {now} and cannot become {to}.",
            next_step="Reload the page to see the current state.",
        )
    if not move_if(agreement, now, to, at=at):
        raise ConflictError(
            "This agreement was changed meanwhile.",
            next_step="Reload the page to see the current state.",
        )
    agreement.state, agreement.state_since = to, at


def move_if(
    agreement: Agreement, seen: AgreementState, to: AgreementState, *, at: datetime
) -> bool:
    """Change the state only while it is still the one that was seen; whether it was."""
    if to not in TRANSITIONS[seen]:
        raise ValueError(f"an agreement cannot go from {seen} to {to}")
    rows = Agreement.objects.filter(pk=agreement.pk, state=seen)
    return bool(rows.update(state=to, state_since=at))


def record_version(
    actor: Actor, action: str, version: AgreementVersion, *, at: datetime, reason: str
) -> None:
    facts = {"version": version.number, "terms_hash": version.terms_hash}
    if version.consented_as:
        facts["consented_as"] = version.consented_as
    if version.document_id and version.document:
        facts["document_sha256"] = version.document.sha256
    record(actor, action, version.agreement.subject, at=at, reason=reason.strip(), after=facts)


def put_in_library(version: AgreementVersion, item_id: str) -> None:
    """A post that is agreed on can be asked for, also where no list of TikTok's names it."""
    facts = {
        "workspace": version.agreement.workspace_id,
        "creator": version.agreement.creator_id,
        "item_id": item_id,
        "source": "agreement",
    }
    outbox.ask(JobRequest(LIBRARY, f"agreed-{version.pk}-{item_id}", facts))
