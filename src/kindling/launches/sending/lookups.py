"""What TikTok holds under a planned object's name: to adopt it after a lost reply, and to find doubles of it.

A list of TikTok's may be stale: it may not show an object that a lost call has made. So it is asked for several
times before anything is sent again; and what was sent more than once is looked up once more afterwards. A double
was created switched off and stays off; it is reported, with its id, on the plan and to the media buyer.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet

from kindling.errors import PlatformError
from kindling.launches.models import Plan, PlannedObject
from kindling.launches.sending import calls
from kindling.notices import service as notices
from kindling.workspaces.service import record, system_actor
from tiktok_business import Switch

log = logging.getLogger(__name__)
Kind = PlannedObject.Kind
# How long before each look, as multiples of KINDLING_SETTLE_SECONDS: with its 5 s, up to 75 s in all.
LOOKS = (1, 2, 4, 8)
# Lists that are stale for longer: what was sent twice is looked up every hour of the first day.
LOOKED_FOR = timedelta(days=1)


def find_after_lost_reply(row: PlannedObject) -> list[str]:
    """The object's ids at TikTok, the oldest first; empty when no look of several has shown it.

    raises : PlatformError when TikTok cannot be asked: then nothing may be sent either
    """
    for share in LOOKS:
        time.sleep(share * settings.KINDLING_SETTLE_SECONDS)  # the lost call may be on its way yet
        if found := calls.find(row):
            return found
    return []


def materials(smart_ad: PlannedObject) -> dict[str, str] | None:
    """The creatives of a Smart+ ad by item id; None when no look of several has shown it. Raises PlatformError."""
    for share in (0, *LOOKS):
        time.sleep(share * settings.KINDLING_SETTLE_SECONDS)
        found = calls.materials(smart_ad.plan.ad_account, smart_ad.external_id)
        if found is not None:
            return found
    return None


# --- Doubles ------------------------------------------------------------------------------------------------------


def look_for_strays(plan: Plan, *, at: datetime) -> int:
    """Look up what was sent more than once, and report doubles; returns how many are new. Raises PlatformError."""
    twice = plan.objects_planned.filter(sends__gt=1).exclude(external_id="")
    new = 0
    for row in twice.select_related("plan__ad_account__connection", "plan__workspace"):
        new += note_strays(row, calls.find(row), at=at)
    return new


def note_strays(row: PlannedObject, found: Iterable[str], *, at: datetime) -> int:
    """Keep the ids that are not the row's own, make sure that they are off, tell the media buyer.

    returns : how many are new
    """
    new = [each for each in found if each != row.external_id and each not in row.strays]
    if not new:
        return 0
    row.strays = [*row.strays, *new]
    PlannedObject.objects.filter(pk=row.pk).update(strays=row.strays)
    _switch_off(row, new)
    plan = row.plan
    log.warning("plan %s: object %s exists %d times more", plan.pk, row.pk, len(row.strays))
    record(
        system_actor(plan.workspace), "found duplicates at TikTok", plan.name, at=at,
        after={"kind": row.kind, "ids": row.strays},
    )  # fmt: skip
    notices.notify(
        plan.workspace,
        key=f"plan-{plan.pk}-strays",
        roles=("media_buyer",),
        title=f"{plan.name}: TikTok created something twice. The duplicates are switched off.",
        next_step="Open the plan to see their ids, and delete them in Ads Manager.",
        path=f"plans/{plan.pk}/",
        at=at,
        urgency=3,
    )
    return len(new)


def _switch_off(row: PlannedObject, ids: list[str]) -> None:
    """They were created off; a second "off" changes nothing and leaves no doubt."""
    try:
        calls.switch(row.plan.ad_account, row.kind, ids, Switch.DISABLE, smart=calls.is_smart(row))
    except PlatformError:
        log.warning("plan %s: duplicates could not be switched off again", row.plan_id)


def plans_to_look_at(*, at: datetime) -> QuerySet[Plan]:
    """Plans that ended lately and had something sent more than once."""
    ended = Plan.objects.filter(finished_at__gte=at - LOOKED_FOR)
    return ended.filter(objects_planned__sends__gt=1).distinct()
