"""Undo of a launch: every ad that a plan switched on is stopped, and can be resumed one by one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from kindling.delivery import stops, sync
from kindling.delivery.models import Ad
from kindling.errors import ConflictError, PlatformError
from kindling.launches.models import Plan, PlannedObject
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor, record
from tiktok_business import Switch


@dataclass(frozen=True, slots=True)
class Undone:
    """How many ads were stopped, and the ids of those for which TikTok did not confirm it."""

    stopped: int
    unconfirmed: tuple[str, ...]


def undo(actor: Actor, plan: Plan, *, reason: str, at: datetime) -> Undone:
    """Stop what a plan started. Campaigns and ad groups stay, so that each ad can be resumed under Stopped ads.

    Lowering spend needs no approval. raises : ConflictError while it is being applied, PlatformError where ads that
    were just made cannot be read
    """
    actor.require(Action.PAUSE)
    if plan.state not in {Plan.State.APPLIED, Plan.State.PARTLY}:
        raise ConflictError(
            f"A plan that is {plan.get_state_display().lower()} has started nothing that could be undone.",
            next_step="Wait until it is applied, or cancel it.",
        )
    made = plan.objects_planned.filter(kind=PlannedObject.Kind.AD).exclude(external_id="")
    ids = set(made.values_list("external_id", flat=True))
    known = set(Ad.objects.filter(ad_account=plan.ad_account).values_list("ad_id", flat=True))
    if ids - known:
        sync.read_ads(plan.ad_account, at=at)
    ads = Ad.objects.filter(ad_account=plan.ad_account, ad_id__in=ids, is_gone=False)
    ads = ads.select_related("post__creator", "ad_account__connection", "ad_account__workspace")
    if len(ads) < len(ids):
        still = ids - {ad.ad_id for ad in ads}
        shown = Ad.objects.filter(ad_account=plan.ad_account, ad_id__in=still, is_gone=True).count()
        if shown < len(still):
            raise PlatformError(
                f"TikTok does not list {len(still) - shown} of the plan's ads yet.",
                next_step="Try again in a minute.",
                can_retry=True,
            )
    on = [ad for ad in ads if ad.operation_status != Switch.DISABLE]
    words = reason.strip() or f"The launch {plan.name} was undone."
    pauses = stops.pause_all(actor, on, reason=words, at=at)
    unconfirmed = tuple(each.ad.ad_id for each in pauses if not each.is_confirmed)
    record(
        actor, "undid launch", plan.name, at=at, reason=words,
        after={"stopped": len(on) - len(unconfirmed), "unconfirmed": list(unconfirmed)},
    )  # fmt: skip
    return Undone(len(on) - len(unconfirmed), unconfirmed)
