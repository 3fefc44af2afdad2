"""What the lead time brings for permissions that earn: renewals that open by themselves, reminders, replacements."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, QuerySet

from kindling.authorizations import service
from kindling.authorizations.codes.offered_days import offered_days
from kindling.authorizations.lifecycle import rules, transitions
from kindling.authorizations.models import CODED, Authorization, Renewal
from kindling.authorizations.requests import renewals
from kindling.authorizations.requests.prices import Price, price_of
from kindling.errors import KindlingError
from kindling.kit.money import in_words
from kindling.kit.time import instant_words
from kindling.notices import service as notices
from kindling.notices.models import Notice
from kindling.posts.models import Post
from kindling.posts.rules import Lane
from kindling.workspaces.models import Workspace

log = logging.getLogger(__name__)
USUAL_DAYS = 30
NOT_AGAIN_FOR = timedelta(
    days=30
)  # after a creator's or TikTok's no, and after one that ended unanswered


def open_due(workspace: Workspace, *, now: datetime) -> int:
    """Open the renewals that an agreement in force renews by itself (§3); returns how many.

    Only for permissions with ads or spend, once, at the price agreed; a connected creator's code is extended at once.
    """
    opened = 0
    tried = Renewal.objects.filter(
        authorization=OuterRef("pk"), asked_at__gt=now - NOT_AGAIN_FOR
    ).exclude(state=Renewal.State.EXTENDED)
    for row in _ending_and_earning(workspace).exclude(Exists(tried)):
        found = _agreed_by_itself(row, now=now)
        if found is None:
            continue
        days, price = found
        try:
            renewals.open_by_itself(row, days=days, price=price, at=now)
        except KindlingError as problem:
            log.warning(
                "the renewal of permission %s did not go through: %s", row.pk, problem.message
            )
        opened += 1
    return opened


def _ending_and_earning(workspace: Workspace) -> QuerySet[Authorization]:
    """Codes that end soon, with ads, and without an open renewal."""
    is_open = Renewal.objects.filter(
        authorization=OuterRef("pk"), state__in=transitions.OPEN_RENEWAL
    )
    rows = Authorization.objects.filter(
        workspace=workspace, kind__in=CODED, state=rules.State.EXPIRING, bindings__has_ads=True
    )
    return (
        rows.exclude(Exists(is_open))
        .select_related("workspace", "post__creator__grant")
        .distinct()
        .order_by("pk")
    )


def _agreed_by_itself(row: Authorization, *, now: datetime) -> tuple[int, Price] | None:
    """Days and price that the agreement renews without asking: the usual days, else the fewest it names."""
    agreed = {days: price_of(row, days, now=now) for days in offered_days()}
    by_itself = {days: price for days, price in agreed.items() if price.is_auto}
    if not by_itself:
        return None
    days = USUAL_DAYS if USUAL_DAYS in by_itself else min(by_itself)
    return days, by_itself[days]


def remind_to_renew(workspace: Workspace, *, now: datetime) -> int:
    """Tell the creator manager 14, 7, 3 and 1 days before a permission with ads ends that nobody asked to renew.

    Each lead time once for each end; names a post that could replace it. Returns how many were told.
    """
    told = 0
    for row in _ending_and_earning(workspace):
        end = row.paid_until or row.ends_at
        if end is None or row.ends_at is None:
            continue
        keys = transitions.renew_keys(row.pk, row.ends_at)
        known = Notice.objects.filter(workspace=workspace, key__in=keys.values())
        sent = {lead for lead, key in keys.items() if key in known.values_list("key", flat=True)}
        lead = rules.lead_due(ends_at=end, reminded=tuple(sent), now=now)
        if lead is None:
            continue
        notices.settle_all(workspace, keys=[keys[each] for each in sent], at=now)
        spend = in_words(service.spend_a_day(row, workspace.currency))
        notices.notify(
            workspace,
            key=keys[lead],
            roles=("creator_manager", "media_buyer"),
            title=f"@{row.post.creator.handle}, post {row.post.item_id}: ads stop by "
            f"{instant_words(end, workspace.timezone)}, {spend} a day, and no renewal is asked for.",
            next_step=_what_to_do(row),
            path=f"authorizations/{row.pk}/",
            at=now,
            urgency=1 if lead <= 3 else 3,
        )
        told += 1
    return told


def _what_to_do(row: Authorization) -> str:
    other = find_replacement(row)
    if other is None:
        return "Ask for a renewal."
    return f"Ask for a renewal, or launch @{other.creator.handle}'s post {other.item_id} instead."


def find_replacement(row: Authorization) -> Post | None:
    """A Spark-ready, authorized post of the same product that is in no ad: the one that lasts longest."""
    if not row.post.sku:
        return None
    free = (
        Authorization.objects.filter(
            workspace=row.workspace,
            state__in=list(rules.USABLE),
            post__sku=row.post.sku,
            post__lane=Lane.SPARK_READY,
            paid_until__gt=row.paid_until or row.state_since,
        )
        .exclude(post=row.post)
        .exclude(bindings__has_ads=True)
        .select_related("post__creator")
        .order_by("-paid_until", "pk")
    )
    found = free.first()
    return found.post if found else None
