"""Plans under an agreement's maximum ad spend: what they and other approved plans can still spend, and what is left."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db.models import Q

from kindling.agreements import service as agreements
from kindling.agreements.rights.rules import SpendCap
from kindling.errors import ConflictError
from kindling.launches.models import Plan, PlannedObject
from kindling.launches.planning import content as contents
from kindling.posts.models import Post
from kindling.workspaces.models import Workspace

APPROVED_ONCE = (
    Plan.State.APPROVED,
    Plan.State.APPLYING,
    Plan.State.APPLIED,
    Plan.State.PARTLY,
)


def of_posts(workspace: Workspace, posts: Iterable[Post], *, now: datetime) -> dict[str, SpendCap]:
    """The caps that count for posts, by item id, with what was spent; posts without one are left out."""
    keys = [(post.creator_id, post.item_id) for post in posts]
    return agreements.caps_of_posts(workspace, keys, now=now)


def with_planned(
    workspace: Workspace,
    caps: Mapping[str, SpendCap],
    content: dict[str, Any],
    *,
    zone: str,
    row: Plan | None,
    now: datetime,
) -> dict[str, tuple[SpendCap, int]]:
    """Each cap, by item id, with what a plan and other approved ones can still spend on all posts under it.

    zone : the ad account's
    row : the stored plan of `content`, which does not count twice
    """
    planned: dict[int, int] = {}
    for item_id, cap in caps.items():
        most = contents.most_of_group(contents.group_of(content, item_id), zone=zone, since=now)
        planned[cap.agreement] = planned.get(cap.agreement, 0) + most
    for cap in {cap.agreement: cap for cap in caps.values()}.values():
        planned[cap.agreement] += _committed(workspace, cap, apart_from=row, now=now)
    return {item_id: (cap, planned[cap.agreement]) for item_id, cap in caps.items()}


def check(row: Plan, caps: Mapping[str, SpendCap], *, at: datetime) -> None:
    """Raise ConflictError for a plan that passes a cap together with those approved so far.

    The caller holds the workspace locked, so none is approved beside this one.
    """
    zone = row.ad_account.timezone
    planned = with_planned(row.workspace, caps, row.content, zone=zone, row=row, now=at)
    for cap, most in planned.values():
        if cap.is_passed_by(most):
            raise ConflictError(
                f"Another plan under “{cap.title}” was approved meanwhile: together they can spend more than the "
                f"{cap.left} that is left of {cap.cap}.",
                next_step="Plan fewer days, a lower budget, or agree on more.",
            )


def _committed(
    workspace: Workspace, cap: SpendCap, *, apart_from: Plan | None, now: datetime
) -> int:
    """What other plans that were approved can still spend on the posts under a cap, in the cap's currency.

    Ads that were stopped spend nothing more by themselves; nor do those that were refused or held back, unless
    their plan is being applied, which tries them again.
    """
    ads = PlannedObject.objects.filter(
        plan__workspace=workspace,
        plan__currency=cap.currency,
        plan__state__in=APPROVED_ONCE,
        kind=PlannedObject.Kind.AD,
        post__item_id__in=cap.item_ids,
        stopped_at=None,
    ).exclude(
        ~Q(plan__state=Plan.State.APPLYING),
        state__in=[PlannedObject.State.REFUSED, PlannedObject.State.HELD],
    )
    if apart_from is not None:
        ads = ads.exclude(plan=apart_from)
    return sum(
        contents.most_of_group(
            contents.group_of(ad.plan.content, ad.payload["tiktok_item_id"]),
            zone=ad.plan.ad_account.timezone,
            since=now,
        )
        for ad in ads.select_related("plan__ad_account")
    )
