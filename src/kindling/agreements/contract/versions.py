"""Agreements and their versions as they are looked up: by number, by state, by creator."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from kindling.agreements.models import Agreement, AgreementVersion
from kindling.creators.models import Creator
from kindling.errors import NotFoundError
from kindling.workspaces.models import AuditEntry, Workspace


def find(workspace: Workspace, pk: int) -> Agreement:
    found = (
        Agreement.objects.select_related("creator", "workspace")
        .filter(workspace=workspace, pk=pk)
        .first()
    )
    if found is None:
        raise NotFoundError(
            "This agreement was not found.", next_step="Open Agreements to see all."
        )
    return found


def find_version(agreement: Agreement, number: int) -> AgreementVersion:
    found = (
        agreement.versions.select_related("agreement__creator", "agreement__workspace", "document")
        .filter(number=number)
        .first()
    )
    if found is None:
        raise NotFoundError(
            "This version of the agreement was not found.", next_step="Open the agreement."
        )
    return found


def newest_version(agreement: Agreement) -> AgreementVersion:
    """The version written last; every agreement has one."""
    return agreement.versions.select_related("agreement__creator", "agreement__workspace")[0]


def version_in_force(agreement: Agreement) -> AgreementVersion | None:
    """The newest version that was consented to; None before any was, and after the end."""
    if not agreement.is_in_force:
        return None
    return agreement.versions.filter(consented_at__isnull=False).first()


def list_agreements(
    workspace: Workspace, *, state: str = "", search: str = ""
) -> QuerySet[Agreement]:
    """Agreements, newest first; `search` looks at title and handle."""
    found = Agreement.objects.filter(workspace=workspace).select_related("creator")
    if state:
        found = found.filter(state=state)
    return matching(found, search) if search else found


def matching(agreements: QuerySet[Agreement], search: str) -> QuerySet[Agreement]:
    """Those whose title or creator's handle is searched for."""
    return agreements.filter(
        Q(title__icontains=search) | Q(creator__handle__icontains=search.lstrip("@"))
    )


def agreements_of(creator: Creator) -> list[Agreement]:
    """A creator's agreements as the portal shows them: all that was offered at least once."""
    rows = Agreement.objects.filter(creator=creator, versions__offered_at__isnull=False)
    return list(rows.distinct().prefetch_related("versions"))


def offered_to(creator: Creator) -> list[AgreementVersion]:
    """The versions that wait for a creator's answer, the oldest first."""
    return list(
        AgreementVersion.objects.filter(
            agreement__creator=creator,
            offered_at__isnull=False,
            consented_at=None,
            declined_at=None,
            withdrawn_at=None,
        )
        .select_related("agreement__creator", "agreement__workspace")
        .order_by("offered_at", "pk")
    )


def history(agreement: Agreement) -> QuerySet[AuditEntry]:
    """The audit entries of one agreement, newest first."""
    return AuditEntry.objects.filter(
        workspace=agreement.workspace, subject=agreement.subject
    ).order_by("-at", "-pk")
