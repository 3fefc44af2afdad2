"""What needs a person now, the most urgent first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from kindling.authorizations import service as authorizations
from kindling.authorizations.lifecycle.rules import LOST
from kindling.authorizations.models import IntakeRow
from kindling.authorizations.service import Permission
from kindling.creators.models import CreatorGrant
from kindling.delivery import service as delivery
from kindling.kit.money import in_words
from kindling.launches.models import Plan
from kindling.workspaces.models import Connection, Workspace


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that waits for a person: what, who, what to do, where."""

    urgency: int
    title: str
    next_step: str
    owner: str
    page: str
    key: str = ""

    def to_json(self) -> dict[str, Any]:
        return {
            "urgency": self.urgency,
            "title": self.title,
            "next_step": self.next_step,
            "owner": self.owner,
        }


ENDING, BARE = "ending", "without usage rights"
MOST_NEEDS = 25  # of each kind, more than anybody reads at once; the lists behind them have all


def keys_of_permissions(workspace: Workspace, *, now: datetime) -> dict[str, list[int]]:
    """The permissions that needs are about, for `authorizations.opened_by_key`."""
    bare = authorizations.list_authorizations(workspace, gap="no_right")
    return {
        ENDING: authorizations.worst_ending(workspace, now=now, rows=MOST_NEEDS),
        BARE: list(bare.values_list("pk", flat=True)[:MOST_NEEDS]),
    }


def needs(
    workspace: Workspace, *, now: datetime, opened: Mapping[str, list[Permission]] | None = None
) -> list[Need]:
    """What waits for a person, the most urgent first: broken grants, lost permissions, ends, plans, codes.

    opened : those of `keys_of_permissions`, where somebody has opened them already
    """
    if opened is None:
        keys = keys_of_permissions(workspace, now=now)
        opened = authorizations.opened_by_key(workspace, keys, now=now)
    found = [
        *_broken_grants(workspace),
        *(_of_permission(each, now) for each in opened[ENDING] if _is_worth_a_line(each, now)),
        *_without_rights(opened[BARE]),
        *_plans(workspace),
        *_codes(workspace),
        *_syncs(workspace),
    ]
    return sorted(found, key=lambda need: (need.urgency, need.title))


def _broken_grants(workspace: Workspace) -> list[Need]:
    ads = Connection.objects.filter(workspace=workspace, state=Connection.State.BROKEN)
    creators = CreatorGrant.objects.filter(
        creator__workspace=workspace, state=CreatorGrant.State.BROKEN
    ).select_related("creator")
    return [
        *(
            Need(0, f"{each.name}: TikTok rejects the connection.", "Connect it again.", "owner", "workspaces:home")
            for each in ads
        ),
        *(
            Need(
                2, f"@{each.creator.handle}: the TikTok connection is broken.", "Ask the creator to connect again.",
                "creator manager", "creators:list",
            )
            for each in creators
        ),
    ]  # fmt: skip


def _is_worth_a_line(permission: Permission, now: datetime) -> bool:
    """Ended permissions that cost nothing are history; the others want somebody."""
    recent = now - permission.authorization.state_since <= timedelta(days=7)
    return permission.state not in LOST or permission.spends or recent


def _of_permission(permission: Permission, now: datetime) -> Need:
    handle, item = permission.post.creator.handle, permission.post.item_id
    row = permission.authorization
    spends = permission.spends
    risk = f" {in_words(permission.spend_a_day)} a day is at risk." if spends else ""
    if permission.state in LOST:
        words = row.get_state_display().lower()
        return Need(
            1 if spends else 4, f"@{handle}, post {item}: authorization {words}.{risk}",
            row.next_step or "Get a new video code.", "creator manager", "authorizations:one", str(row.pk),
        )  # fmt: skip
    left = permission.days_left(now) or 0.0
    bound = permission.stop_by.ends_first.label.lower() if permission.stop_by else "authorization"
    when = "overdue" if left < 0 else f"within {left:.0f} day{'' if round(left) == 1 else 's'}"
    urgency = 1 if left < 1 and spends else 2 if spends else 5
    title = f"@{handle}, post {item}: stop or renew ads {when} (ends first: {bound}).{risk}"
    return Need(
        urgency,
        title,
        "Renew it or plan a replacement.",
        "creator manager",
        "authorizations:one",
        str(row.pk),
    )


def _without_rights(permissions: list[Permission]) -> list[Need]:
    return [
        Need(
            3, f"@{each.post.creator.handle}, post {each.post.item_id}: authorized without usage rights.",
            (each.rights_sentences[0] if each.rights_problems else "No usage rights cover it.")
            + " Record the agreement before it runs as an ad.", "creator manager",
            "authorizations:one", str(each.authorization.pk),
        )
        for each in permissions
    ]  # fmt: skip


def _plans(workspace: Workspace) -> list[Need]:
    waiting = Plan.objects.filter(
        workspace=workspace, state__in=[Plan.State.DRAFT, Plan.State.APPROVED, Plan.State.PARTLY]
    )
    words = {
        Plan.State.DRAFT: ("waits for approval", "Review it and approve the spend.", 3),
        Plan.State.APPROVED: ("is approved but not applied", "Apply it.", 3),
        Plan.State.PARTLY: (
            "is only partly applied",
            "Open it, solve the problems, then apply again.",
            2,
        ),
    }
    needs_ = []
    for plan in waiting:
        state, step, urgency = words[Plan.State(plan.state)]
        needs_.append(
            Need(
                urgency,
                f"Plan {plan.name} {state}.",
                step,
                "media buyer",
                "launches:plan",
                str(plan.pk),
            )
        )
    return needs_


def _codes(workspace: Workspace) -> list[Need]:
    rows = (
        IntakeRow.objects.filter(
            intake__workspace=workspace,
            outcome__in=[IntakeRow.Outcome.RETRY, IntakeRow.Outcome.RECONCILE],
        )
        .values_list("intake_id", flat=True)
        .distinct()
    )
    return [
        Need(
            3, f"Batch {pk} of video codes is not finished.", "Open it and choose Try again.", "creator manager",
            "authorizations:intake", str(pk),
        )
        for pk in rows
    ]  # fmt: skip


def _syncs(workspace: Workspace) -> list[Need]:
    needs_ = []
    for account in workspace.ad_accounts.filter(is_used=True):
        last = delivery.last_finished_sync(account)
        if last is not None and not last.is_complete:
            needs_.append(
                Need(1, f"{account.name}: the last sync is incomplete. {last.problem}", "Sync again.",
                     "media buyer", "delivery:live")
            )  # fmt: skip
    return needs_
