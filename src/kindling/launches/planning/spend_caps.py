"""Plans under an agreement's maximum ad spend: what they and other approved plans can still spend, and what is left."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from kindling.agreements import service as agreements
from kindling.agreements.models import UsageRight
from kindling.agreements.rights.rules import SpendCap
from kindling.errors import ConflictError
from kindling.facts import queries as facts
from kindling.kit.money import Money
from kindling.kit.time import day_in
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


def of_posts(
    workspace: Workspace,
    posts: Iterable[Post],
    *,
    now: datetime,
    rights: Mapping[tuple[int, str], UsageRight] | None = None,
) -> dict[str, SpendCap]:
    """The caps that count for posts, by item id, with what was spent; posts without one are left out.

    rights : of these posts, where they have just been read
    """
    keys = [(post.creator_id, post.item_id) for post in posts]
    return agreements.caps_of_posts(workspace, keys, now=now, found=rights)


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
    begun = _begun(row) if row else set()
    groups: dict[tuple[int, str], int] = {}  # the money of an ad group of several posts counts once
    tree = contents.Tree(content)
    for item_id, cap in caps.items():
        since = _last_known(cap, now=now) if item_id in begun else now
        group = tree.group(tree.ad_of(item_id))
        most = contents.most_of_group(group, zone=zone, since=since)
        key = (cap.agreement, group["key"])
        groups[key] = max(groups.get(key, 0), most)
    for (agreement, _), most in groups.items():
        planned[agreement] = planned.get(agreement, 0) + most
    for cap in {cap.agreement: cap for cap in caps.values()}.values():
        planned[cap.agreement] += _committed(workspace, cap, apart_from=row, now=now)
    return {item_id: (cap, planned[cap.agreement]) for item_id, cap in caps.items()}


def _begun(row: Plan) -> set[str]:
    """The posts of a plan whose ads were switched on, and may have spent."""
    ads = row.objects_planned.filter(
        kind=PlannedObject.Kind.AD, state=PlannedObject.State.ENABLED, stopped_at=None
    )
    return set(ads.values_list("post__item_id", flat=True))


def _last_known(cap: SpendCap, *, now: datetime) -> datetime:
    """Up to when spend under a cap is known: what runs has spent since then, and it shows nowhere yet."""
    return min(now, cap.as_of or now)


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


@dataclass(frozen=True, slots=True)
class Resuming:
    """A launched ad that is to run again under a cap.

    counted : what each ad under the cap has spent of the days that count as still to be spent, by its row
    """

    row: PlannedObject
    cap: SpendCap
    counted: Mapping[int, int]


def before_resume(row: PlannedObject, *, now: datetime) -> Resuming | None:
    """What a resume of an ad rests on, read before anything is locked; None where no cap holds for its post."""
    if row.post is None:
        return None
    workspace = row.plan.workspace
    cap = of_posts(workspace, [row.post], now=now).get(row.post.item_id)
    if cap is None or row.plan.currency != cap.currency:
        return None  # amounts are never converted: spend in another currency makes the guard doubt the cap
    ads = [row, *_other_ads(workspace, cap, apart_from=row)]
    counted = {
        ad.pk: _counted(ad, since=now if ad is row else _since(ad, cap, now=now), now=now)
        for ad in ads
    }
    return Resuming(row, cap, counted)


def check_resume(found: Resuming, *, daily_budget_minor: int, at: datetime) -> None:
    """Raise ConflictError where the ad's rest, with what other ads can still spend, passes what is left.

    The caller holds the workspace locked, so no plan is approved beside it.
    daily_budget_minor : of the ad's group as it is now; a smaller one than planned counts as planned
    """
    row, cap = found.row, found.cap
    most = 0
    for ads in _by_group([row, *_other_ads(row.plan.workspace, cap, apart_from=row)]):
        rest = max(
            _rest(
                ad,
                since=at if ad is row else _since(ad, cap, now=at),
                least=daily_budget_minor if ad is row else 0,
            )
            for ad in ads
        )
        most += max(0, rest - sum(found.counted.get(ad.pk, 0) for ad in ads))
    if cap.is_passed_by(most):
        raise ConflictError(
            f"With what else is approved under “{cap.title}” the ad can spend {Money(most, cap.currency)}, and "
            f"{cap.left} of the agreed {cap.cap} is left.",
            next_step="Pause or cancel what else runs under the agreement, or agree on more.",
        )


def _counted(ad: PlannedObject, *, since: datetime, now: datetime) -> int:
    """What an ad is known to have spent on the days that `_rest` counts whole."""
    if not ad.external_id:
        return 0
    account = ad.plan.ad_account
    first, last = day_in(since, account.timezone), day_in(now, account.timezone)
    told = facts.ad_totals(
        account.lake_key, first, last, ad_ids=[ad.external_id], columns=["spend_minor"]
    )
    return told.get(ad.external_id, {}).get("spend_minor") or 0


def _committed(
    workspace: Workspace, cap: SpendCap, *, apart_from: Plan | None, now: datetime
) -> int:
    """What other plans that were approved can still spend on the posts under a cap, in the cap's currency."""
    ads = _ads(workspace, cap)
    if apart_from is not None:
        ads = ads.exclude(plan=apart_from)
    return sum(
        max(_rest(ad, since=_since(ad, cap, now=now)) for ad in group) for group in _by_group(ads)
    )


def _other_ads(
    workspace: Workspace, cap: SpendCap, *, apart_from: PlannedObject
) -> QuerySet[PlannedObject]:
    return _ads(workspace, cap).exclude(pk=apart_from.pk)


def _ads(workspace: Workspace, cap: SpendCap) -> QuerySet[PlannedObject]:
    """The ads of approved plans that can still spend on the posts under a cap.

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
    return ads.select_related("plan__ad_account")


def _by_group(ads: Iterable[PlannedObject]) -> list[list[PlannedObject]]:
    """Ads by the ad group whose budget they share."""
    groups: dict[tuple[int, str], list[PlannedObject]] = {}
    for ad in ads:
        group = contents.group_of(ad.plan.content, ad.payload["tiktok_item_id"])
        groups.setdefault((ad.plan_id, group["key"]), []).append(ad)
    return list(groups.values())


def _since(ad: PlannedObject, cap: SpendCap, *, now: datetime) -> datetime:
    """From when on an ad's budgets count as not spent yet: one that was made may run since the figures end."""
    return _last_known(cap, now=now) if ad.external_id else now


def _rest(ad: PlannedObject, *, since: datetime, least: int = 0) -> int:
    """What an ad can spend from a moment on. least : its daily budget, where it is more than planned"""
    group = contents.group_of(ad.plan.content, ad.payload["tiktok_item_id"])
    budget = max(group["payload"]["budget_minor"], least)
    raised = {**group, "payload": {**group["payload"], "budget_minor": budget}}
    return contents.most_of_group(raised, zone=ad.plan.ad_account.timezone, since=since)
