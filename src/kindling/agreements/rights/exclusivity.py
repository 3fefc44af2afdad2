"""Which creators work for this brand alone for now, and whom they promised not to advertise."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from kindling.agreements.contract.rules import IN_FORCE
from kindling.agreements.models import AgreementVersion, UsageRight
from kindling.agreements.rights.service import ever_of
from kindling.workspaces.models import Workspace


@dataclass(frozen=True, slots=True)
class Exclusivity:
    """From when to when a creator makes no paid content for the competitors, half open.

    right : the usage right whose start it counts from; covered : the agreement's own posts, which may compare
    """

    right: UsageRight
    starts_at: datetime
    ends_at: datetime
    competitors: tuple[str, ...]
    covered: frozenset[str]


def exclusivities(workspace: Workspace) -> list[Exclusivity]:
    """Those of the agreements in force, by the version in force: from the start of the agreement's first right on."""
    versions = AgreementVersion.objects.filter(
        agreement__workspace=workspace,
        agreement__state__in=IN_FORCE,
        consented_at__isnull=False,
        terms__exclusivity_days__gt=0,
    ).select_related("agreement")
    newest: dict[int, AgreementVersion] = {}
    for version in versions.order_by("agreement_id", "number"):
        newest[version.agreement_id] = version
    found = []
    for version in newest.values():
        terms = version.content
        later = version.agreement.versions.filter(
            consented_at__isnull=False, number__gt=version.number
        )
        if later.exists() or not terms.exclusivity_competitors:
            continue  # the version in force agrees on none
        rights = [each for each in ever_of(version.agreement) if not each.awaits_first_spend]
        if not rights:
            continue
        first = min(rights, key=lambda each: (each.starts_at, each.pk))
        found.append(
            Exclusivity(
                right=first,
                starts_at=first.starts_at,
                ends_at=first.starts_at + timedelta(days=terms.exclusivity_days or 0),
                competitors=terms.exclusivity_competitors,
                covered=frozenset(
                    {*terms.item_ids, *(each.item_id for each in rights if each.item_id)}
                ),
            )
        )
    return found
