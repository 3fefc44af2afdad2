"""The five questions, answered once for every role; and what needs a person now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Q, QuerySet, Sum

from kindling.authorizations import service as authorizations
from kindling.authorizations.models import Authorization, IntakeRow
from kindling.authorizations.rules import LOST, USABLE, State
from kindling.authorizations.service import Permission
from kindling.creators.models import CreatorGrant
from kindling.delivery import service as delivery
from kindling.delivery.models import SyncRun
from kindling.delivery.service import LiveAd
from kindling.kit.money import Money
from kindling.launches.models import Plan
from kindling.money import service as money
from kindling.money.service import ProfitTable
from kindling.posts.models import Post
from kindling.workspaces.models import Connection, Workspace

SCHEMA = "kindling.five/1"
AHEAD_DAYS = 14


@dataclass(frozen=True, slots=True)
class FiveAnswers:
    """The answers, as rows of the areas that own them."""

    now: datetime
    workspace: Workspace
    posted: list[Post]
    authorized: list[Permission]
    live: list[LiveAd]
    expiring: list[Permission]
    by_product: ProfitTable
    by_creator: ProfitTable
    by_post: ProfitTable

    @property
    def at_risk_per_day(self) -> Money:
        """Spend per day behind the permissions of question four."""
        total = sum(each.at_risk.per_day_minor for each in self.expiring)
        return Money(total, self.workspace.currency)


def five(workspace: Workspace, *, now: datetime, ahead_days: int = AHEAD_DAYS) -> FiveAnswers:
    """Answer the five questions from what was last read of the platform.

    ahead_days : how far question four looks ahead
    """
    permissions = authorizations.permissions(workspace, now=now)
    profits = money.profits(workspace, cuts=("product", "creator", "post"), now=now)
    return FiveAnswers(
        now=now,
        workspace=workspace,
        posted=list(
            Post.objects.filter(workspace=workspace)
            .select_related("creator")
            .order_by("-posted_at", "item_id")
        ),
        authorized=[each for each in permissions if each.state in USABLE],
        live=delivery.live(workspace, now=now),
        expiring=[each for each in permissions if ends_within(each, now=now, days=ahead_days)],
        by_product=profits["product"],
        by_creator=profits["creator"],
        by_post=profits["post"],
    )


@dataclass(frozen=True, slots=True)
class Glance:
    """The five answers as the first page shows them: figures of all, and the first few rows behind each."""

    posted: list[Post]
    posted_count: int
    posted_this_week: int
    authorized: list[Permission]
    authorized_count: int
    ending_this_week: int
    live: list[LiveAd]
    expiring: list[Permission]
    expiring_count: int
    at_risk_per_day: Money
    by_product: ProfitTable
    by_post: ProfitTable


def glance(workspace: Workspace, *, now: datetime, rows: int = 5) -> Glance:
    """The same answers as `five`, counted in the database: the page costs no more with a hundred thousand posts."""
    posts = Post.objects.filter(workspace=workspace).select_related("creator")
    usable = authorizations.listing(workspace, states=USABLE)
    ending = _ending(workspace, now=now)
    week = now + timedelta(days=7)
    risk = ending.aggregate(total=Sum("risk_minor"))["total"] or 0
    profits = money.profits(workspace, cuts=("product", "post"), now=now)
    return Glance(
        posted=list(posts.order_by(F("posted_at").desc(nulls_last=True), "item_id")[:rows]),
        posted_count=posts.count(),
        posted_this_week=posts.filter(posted_at__gte=now - timedelta(days=7)).count(),
        authorized=authorizations.opened(workspace, usable[:rows], now=now),
        authorized_count=usable.count(),
        ending_this_week=usable.filter(paid_until__lte=week).count(),
        live=delivery.live(workspace, now=now),
        expiring=authorizations.opened(
            workspace, ending.order_by("-risk_minor", "paid_until")[:rows], now=now
        ),
        expiring_count=ending.count(),
        at_risk_per_day=Money(int(risk), workspace.currency),
        by_product=profits["product"],
        by_post=profits["post"],
    )


def ends_within(permission: Permission, *, now: datetime, days: int) -> bool:
    """Whether a permission has ended, was lost, or must stop being paid for within `days`."""
    if permission.state is State.RELEASED:
        return False
    if permission.state in LOST:
        return True
    left = permission.days_left(now)
    return left is not None and left <= days


def to_json(answers: FiveAnswers) -> dict[str, Any]:
    """The answers as `kindling five --json` prints them and the API returns them."""
    workspace = answers.workspace
    return {
        "schema": SCHEMA,
        "workspace": workspace.slug,
        "now": answers.now.isoformat(),
        "currency": workspace.currency,
        "five": {
            "posted": [_posted(post) for post in answers.posted],
            "authorized": [_permission(each, answers.now) for each in answers.authorized],
            "live": [each.to_json() for each in answers.live],
            "expiring": [_permission(each, answers.now) for each in answers.expiring],
            "profit": {
                "by_product": answers.by_product.to_json(),
                "by_creator": answers.by_creator.to_json(),
                "by_post": answers.by_post.to_json(),
            },
        },
        "at_risk_per_day": answers.at_risk_per_day.to_json(),
    }


def _posted(post: Post) -> dict[str, Any]:
    return {
        "item_id": post.item_id,
        "handle": post.creator.handle,
        "is_own": post.creator.is_own,
        "posted_at": post.posted_at.isoformat() if post.posted_at else None,
        "sku": post.sku or None,
        "status": post.status,
        "lane": post.lane,
    }


def _permission(permission: Permission, now: datetime) -> dict[str, Any]:
    row, window = permission.authorization, permission.window
    return {
        "item_id": permission.post.item_id,
        "handle": permission.post.creator.handle,
        "kind": row.kind,
        "state": row.state,
        "code": row.code_hint or None,
        "ends_at": row.ends_at.isoformat() if row.ends_at else None,
        "paid_until": window.ends_at.isoformat() if window else None,
        "bound_by": window.bound_by if window else None,
        "days_left": permission.days_left(now),
        "rights_problems": list(permission.rights_problems),
        "at_risk_per_day": Money(permission.at_risk.per_day_minor, permission.currency).to_json(),
        "next_step": row.next_step or None,
    }


# --- What needs a person now ----------------------------------------------------------------------------------


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


MOST_NEEDS = 100  # more than anybody reads; the lists behind them have all


def needs(workspace: Workspace, *, now: datetime) -> list[Need]:
    """What waits for a person, the most urgent first: broken grants, lost permissions, ends, plans, codes."""
    ending = _ending(workspace, now=now).order_by("-risk_minor", "paid_until")[:MOST_NEEDS]
    permissions = authorizations.opened(workspace, ending, now=now)
    bare = authorizations.listing(workspace, gap="no_right")[:MOST_NEEDS]
    found = [
        *_broken_grants(workspace),
        *(_of_permission(each, now) for each in permissions if _is_worth_a_line(each, now)),
        *_without_rights(authorizations.opened(workspace, bare, now=now)),
        *_plans(workspace),
        *_codes(workspace),
        *_syncs(workspace),
    ]
    return sorted(found, key=lambda need: (need.urgency, need.title))


def _ending(workspace: Workspace, *, now: datetime) -> QuerySet[Authorization]:
    """Permissions that were lost, or reach their last safe moment within the days ahead."""
    is_near = Q(paid_until__lte=now + timedelta(days=AHEAD_DAYS), state__in=list(USABLE))
    return Authorization.objects.filter(
        Q(state__in=list(LOST)) | is_near, workspace=workspace
    ).select_related("post")


def _broken_grants(workspace: Workspace) -> list[Need]:
    ads = Connection.objects.filter(workspace=workspace, state=Connection.State.BROKEN)
    creators = CreatorGrant.objects.filter(
        creator__workspace=workspace, state=CreatorGrant.State.BROKEN
    ).select_related("creator")
    return [
        *(
            Need(0, f"{each.name}: TikTok refuses the grant.", "Connect it again.", "owner", "workspaces:home")
            for each in ads
        ),
        *(
            Need(
                2, f"@{each.creator.handle}: the connection is broken.", "Ask the creator to connect again.",
                "creator manager", "creators:list",
            )
            for each in creators
        ),
    ]  # fmt: skip


def _is_worth_a_line(permission: Permission, now: datetime) -> bool:
    """Ended permissions that cost nothing are history; the others want somebody."""
    recent = now - permission.authorization.state_since <= timedelta(days=7)
    return permission.state not in LOST or permission.at_risk.per_day_minor > 0 or recent


def _of_permission(permission: Permission, now: datetime) -> Need:
    handle, item = permission.post.creator.handle, permission.post.item_id
    row = permission.authorization
    spend = Money(permission.at_risk.per_day_minor, permission.currency)
    risk = f" {spend} a day is at risk." if spend.minor else ""
    if permission.state in LOST:
        words = row.get_state_display().lower()
        return Need(
            1 if spend.minor else 4, f"@{handle}, post {item}: permission {words}.{risk}",
            row.next_step or "Get a new code.", "creator manager", "authorizations:one", str(row.pk),
        )  # fmt: skip
    left = permission.days_left(now) or 0.0
    bound = permission.window.bound_by if permission.window else "permission"
    when = "has passed" if left < 0 else f"in {left:.0f} day{'' if round(left) == 1 else 's'}"
    urgency = 1 if left < 1 and spend.minor else 2 if spend.minor else 5
    title = f"@{handle}, post {item}: last safe day {when} ({bound}).{risk}"
    return Need(
        urgency,
        title,
        "Renew it or plan the replacement.",
        "creator manager",
        "authorizations:one",
        str(row.pk),
    )


def _without_rights(permissions: list[Permission]) -> list[Need]:
    return [
        Need(
            3, f"@{each.post.creator.handle}, post {each.post.item_id}: code without rights.",
            (each.rights_problems[0] if each.rights_problems else "No licence covers it.")
            + " Record the agreement before it runs.", "creator manager",
            "authorizations:one", str(each.authorization.pk),
        )
        for each in permissions
    ]  # fmt: skip


def _plans(workspace: Workspace) -> list[Need]:
    waiting = Plan.objects.filter(
        workspace=workspace, state__in=[Plan.State.DRAFT, Plan.State.APPROVED, Plan.State.PARTLY]
    )
    words = {
        Plan.State.DRAFT: ("waits for approval", "Read it and approve its spend.", 3),
        Plan.State.APPROVED: ("is approved and not applied", "Apply it.", 3),
        Plan.State.PARTLY: (
            "is applied only in part",
            "Open it, solve what it names, apply again.",
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
            3, f"Codes of intake {pk} are not settled.", "Open it and press Try again.", "creator manager",
            "authorizations:intake", str(pk),
        )
        for pk in rows
    ]  # fmt: skip


def _syncs(workspace: Workspace) -> list[Need]:
    needs_ = []
    for account in workspace.ad_accounts.filter(is_used=True):
        last = SyncRun.objects.filter(ad_account=account).first()
        if last is not None and last.finished_at and not last.is_complete:
            needs_.append(
                Need(1, f"{account.name}: the last sync is incomplete. {last.problem}", "Sync again.",
                     "media buyer", "delivery:live")
            )  # fmt: skip
    return needs_
