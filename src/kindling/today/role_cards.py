"""Each role's own part of Today: what its jobs need first on the screen (domain reference §8)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.urls import reverse

from kindling.agreements.payments import payables
from kindling.agreements.rights.rules import ClockName
from kindling.authorizations import service as authorizations
from kindling.authorizations.lifecycle.rules import DEFAULT_LEAD, LOST, USABLE
from kindling.authorizations.models import Authorization
from kindling.authorizations.requests import ask as requests
from kindling.authorizations.requests import renewals
from kindling.briefs import deliverables
from kindling.briefs.reviews import service as reviews
from kindling.comments import service as comments
from kindling.kit.money import Money, in_words
from kindling.kit.time import day_in
from kindling.launches.models import Plan
from kindling.notices import service as notices
from kindling.posts.models import Post
from kindling.posts.rules import Lane
from kindling.workspaces.models import Role
from kindling.workspaces.service import Actor

ROWS = 3
SOON = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class CardLine:
    label: str
    url: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class RoleCard:
    """One task of a role: a figure, what it counts, the first few things behind it, and the page of all."""

    key: str
    title: str
    figure: str
    words: str
    more: str
    url: str
    lines: list[CardLine] = field(default_factory=list)


def role_cards(actor: Actor, *, now: datetime) -> list[RoleCard]:
    """The cards of the actor's role; an owner gets the exceptions of every role, a viewer none."""
    return [make(actor, now) for make in DESKS.get(actor.role, ())]


def _at(actor: Actor, name: str, *parts: object, query: str = "") -> str:
    return reverse(name, args=[actor.workspace.slug, *parts]) + query


def _day(actor: Actor, moment: datetime | None) -> str:
    """The day of an instant in the workspace's zone; empty without one."""
    return f"{day_in(moment, actor.workspace.timezone):%d %b}" if moment else ""


def _ends_first(row: Authorization) -> str:
    return ClockName(row.bound_by).label.lower() if row.bound_by else "no end"


# --- Creator manager --------------------------------------------------------------------------------------------


def pipeline(actor: Actor, now: datetime) -> RoleCard:
    rows = deliverables.deliverables(actor.workspace)
    late = deliverables.late(rows, now=now)
    return RoleCard(
        "pipeline", "Pipeline", str(rows.exclude(state__in=["posted", "cancelled"]).count()),
        f"deliverables in progress, {late.count()} late", "Open pipeline",
        _at(actor, "briefs:pipeline"),
        [
            CardLine(
                f"{row.title}, @{row.creator.handle}",
                _at(actor, "briefs:deliverable", row.pk),
                f"due {_day(actor, row.due_at)}",
            )
            for row in late[:ROWS]
        ],
    )  # fmt: skip


def waiting(actor: Actor, now: datetime) -> RoleCard:
    asked = requests.open_requests(actor.workspace)
    open_renewals = renewals.open_renewals(actor.workspace)
    return RoleCard(
        "waiting", "Waiting on creators", str(asked.count() + open_renewals.count()),
        "open requests for codes and renewals", "All requests", _at(actor, "authorizations:waiting"),
        [
            CardLine(
                f"@{row.post.creator.handle}",
                _at(actor, "authorizations:one", row.pk),
                f"asked {_day(actor, row.asked_at)}",
            )
            for row in asked[:ROWS]
        ],
    )  # fmt: skip


def ending(actor: Actor, now: datetime) -> RoleCard:
    rows = authorizations.ending(actor.workspace, now=now)
    risk = in_words(authorizations.risk_totals(actor.workspace, now=now))
    return RoleCard(
        "ending", "Renewals", str(authorizations.count_ending(actor.workspace, now=now)),
        f"authorizations lost, or to stop or renew within {DEFAULT_LEAD.days} days, "
        f"{risk} a day at risk",
        "Spend at risk, day by day", _at(actor, "authorizations:risk"),
        [
            CardLine(
                f"@{row.post.creator.handle}",
                _at(actor, "authorizations:one", row.pk),
                _stop_by(actor, row),
            )
            for row in rows.select_related("post__creator")[:ROWS]
        ],
    )  # fmt: skip


def _stop_by(actor: Actor, row: Authorization) -> str:
    if row.state in LOST or row.paid_until is None:
        return row.get_state_display()
    return f"stop by {_day(actor, row.paid_until)} ({_ends_first(row)})"


# --- Reviewer and legal -------------------------------------------------------------------------------------------


def to_decide(actor: Actor, now: datetime) -> RoleCard:
    rows = reviews.mine_to_decide(actor)
    return RoleCard(
        "reviews", "Waiting for your decision", str(rows.count()), "drafts to review, earliest due first",
        "Review queue", _at(actor, "briefs:reviews"),
        [
            CardLine(
                f"{draft.deliverable.title}, round {draft.round_number}",
                _at(actor, "briefs:review", draft.pk),
                f"due {_day(actor, draft.review_due_at)}",
            )
            for draft in rows[:ROWS]
        ],
    )  # fmt: skip


def rights_gaps(actor: Actor, now: datetime) -> RoleCard:
    rows = authorizations.list_authorizations(actor.workspace, gap="no_right")
    return RoleCard(
        "rights", "Missing usage rights", str(rows.count()),
        "authorized posts without usage rights", "All posts",
        _at(actor, "authorizations:list", query="?gap=no_right"),
        [
            CardLine(
                f"@{row.post.creator.handle}, post {row.post.item_id}",
                _at(actor, "authorizations:one", row.pk),
            )
            for row in rows.select_related("post__creator")[:ROWS]
        ],
    )  # fmt: skip


# --- Media buyer -----------------------------------------------------------------------------------------------------


def ready(actor: Actor, now: datetime) -> RoleCard:
    posts = Post.objects.filter(workspace=actor.workspace, lane=Lane.SPARK_READY)
    allowed = posts.filter(authorizations__state__in=list(USABLE), first_boosted_at=None).distinct()
    return RoleCard(
        "ready", "Ready to launch", str(allowed.count()),
        "Spark-ready, authorized posts that never ran as an ad", "Inventory",
        _at(actor, "launches:inventory"),
        [
            CardLine(f"@{post.creator.handle}", _at(actor, "profiles:post", post.item_id), post.lane_reason)
            for post in allowed.select_related("creator")[:ROWS]
        ],
    )  # fmt: skip


def plans(actor: Actor, now: datetime) -> RoleCard:
    states = [Plan.State.DRAFT, Plan.State.APPROVED, Plan.State.PARTLY]
    rows = Plan.objects.filter(workspace=actor.workspace, state__in=states).order_by("-pk")
    return RoleCard(
        "plans", "Plans", str(rows.count()), "need approval, are in progress, or need repair", "All plans",
        _at(actor, "launches:plans"),
        [
            CardLine(plan.name, _at(actor, "launches:plan", plan.pk), plan.get_state_display().lower())
            for plan in rows[:ROWS]
        ],
    )  # fmt: skip


def live(actor: Actor, now: datetime) -> RoleCard:
    """Ads in use whose permission ends soonest: the buyer's and the community's first look."""
    rows = authorizations.ending(actor.workspace, now=now)
    rows = rows.filter(state__in=list(USABLE), bindings__has_ads=True).distinct()
    return RoleCard(
        "in-use", "Live ads to stop soon", str(rows.count()), "posts in live ads",
        "Live ads", _at(actor, "delivery:live"),
        [
            CardLine(
                f"@{row.post.creator.handle}",
                _at(actor, "authorizations:one", row.pk),
                f"stop by {_day(actor, row.paid_until)}",
            )
            for row in rows.select_related("post__creator")[:ROWS]
        ],
    )  # fmt: skip


def to_answer(actor: Actor, now: datetime) -> RoleCard:
    """Comments that wait for an answer, the soonest due first: the community's queue."""
    counts = comments.count_inbox(actor.workspace, now=now)
    rows = comments.waiting(comments.inbox(actor.workspace))
    return RoleCard(
        "comments", "Comments", str(counts.waiting), f"wait for an answer, {counts.overdue} overdue",
        "All comments", _at(actor, "comments:list"),
        [
            CardLine(
                " ".join(row.text.split())[:60] or "(no text)",
                _at(actor, "comments:one", row.comment_id),
                row.get_category_display() if row.category else "not sure",
            )
            for row in rows[:ROWS]
        ],
    )  # fmt: skip


# --- Finance ------------------------------------------------------------------------------------------------------


def payments(actor: Actor, now: datetime) -> RoleCard:
    rows = payables.narrowed(payables.list_payables(actor.workspace), "due", now=now)
    totals = payables.totals(actor.workspace, now=now)
    owed = ", ".join(str(each.open) for each in totals if each.open.minor) or "nothing"
    return RoleCard(
        "payments", "Payments", str(rows.count()), f"due or approved; total open: {owed}",
        "All payments", _at(actor, "payments:list"),
        [
            CardLine(
                f"{row.what}, @{row.creator.handle}",
                _at(actor, "payments:list"),
                f"{Money(row.amount_minor, row.currency)}, {_day(actor, row.due_at)}",
            )
            for row in rows[:ROWS]
        ],
    )  # fmt: skip


# --- Everybody ----------------------------------------------------------------------------------------------------


def notices_card(actor: Actor, now: datetime) -> RoleCard:
    rows = notices.open_notices(actor.workspace, role=actor.role)
    return RoleCard(
        "notices", "Notices", str(len(rows)), "open for your role", "All notices",
        _at(actor, "notices:list"),
        [
            # What to do about each stands on its page, and below under what needs somebody now.
            CardLine(each.title, f"/w/{actor.workspace.slug}/{each.path}")
            for each in rows[:ROWS]
        ],
    )  # fmt: skip


Make = Callable[[Actor, datetime], RoleCard]
DESKS: dict[str, tuple[Make, ...]] = {
    Role.CREATOR_MANAGER: (notices_card, pipeline, waiting, ending),
    Role.REVIEWER: (to_decide, notices_card, rights_gaps),
    Role.LEGAL: (to_decide, rights_gaps, notices_card),
    Role.MEDIA_BUYER: (notices_card, ready, live, plans),
    Role.COMMUNITY: (to_answer, notices_card, live),
    Role.FINANCE: (payments, plans, notices_card),
    Role.OWNER: (notices_card, plans, payments, ending),
}
