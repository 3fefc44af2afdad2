"""Flights after their launch: which ads and ad groups are Kindling's, and their ends as permissions move."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from kindling.errors import OutcomeUnknownError, PlatformError
from kindling.launches.models import EndChange, Plan, PlannedObject
from kindling.launches.planning import content as contents
from kindling.launches.sending import calls
from kindling.workspaces import tiktok
from kindling.workspaces.models import AdAccount
from kindling.workspaces.service import record, system_actor
from tiktok_business import AdGroupId, AdvertiserId, TikTok

log = logging.getLogger(__name__)
Kind, State = PlannedObject.Kind, EndChange.State


@dataclass(frozen=True, slots=True)
class Flight:
    """A launched ad group.

    end : when the plan itself ends it: the end that a person approved
    set_ends : every end that Kindling set or tried to set; another one was chosen by a person at TikTok
    """

    group: PlannedObject
    end: datetime
    set_ends: frozenset[datetime]


def flights(ad_account: AdAccount) -> dict[str, Flight]:
    """Kindling's flights in an ad account, by the ad group's id at TikTok."""
    rows = PlannedObject.objects.filter(
        plan__ad_account=ad_account, kind=Kind.ADGROUP, exists_already=False
    )
    found = {}
    groups = list(rows.exclude(external_id="").prefetch_related("end_changes"))
    # Each plan once: with the content of a large one at every ad group the guard took a gigabyte.
    plans = Plan.objects.in_bulk({row.plan_id for row in groups})
    for row in groups:
        row.plan = plans[row.plan_id]
        planned = contents.tree_of(row.plan).by_key[row.key]
        ends = {contents.instant(row.payload["schedule_end_time"])}
        ends |= {change.ends_at for change in row.end_changes.all()}
        found[row.external_id] = Flight(
            row, contents.instant(planned["flight_end"]), frozenset(ends)
        )
    return found


def launched_ads(ad_account: AdAccount) -> set[str]:
    """TikTok's ids of the ads that Kindling launched in an ad account."""
    rows = PlannedObject.objects.filter(plan__ad_account=ad_account, kind=Kind.AD)
    return set(rows.exclude(external_id="").values_list("external_id", flat=True))


def launched_ad(ad_account: AdAccount, ad_id: str) -> PlannedObject | None:
    """The ad of a plan that TikTok knows by this id; None for one made elsewhere."""
    rows = PlannedObject.objects.filter(
        plan__ad_account=ad_account, kind=Kind.AD, external_id=ad_id
    )
    return rows.select_related("post", "plan__workspace", "plan__ad_account__connection").first()


def running_ads(plan: Plan) -> set[int]:
    """Keys of the plan's ads that can spend as far as Kindling switched them on: ad, ad group and campaign.

    An ad that is switched on below a campaign that is not spends nothing, and would start with the campaign.
    """
    rows = list(plan.objects_planned.all())
    on = {row.key for row in rows if row.state == PlannedObject.State.ENABLED}
    tree = contents.tree_of(plan)
    return {
        row.pk
        for row in rows
        if row.kind == Kind.AD
        and row.stopped_at is None
        and {row.key, *tree.keys_above(tree.by_key[row.key])} <= on
    }


def has_launched_since(ad_account: AdAccount, at: datetime | None) -> bool:
    """Whether a plan may have switched ads on since then, or is about to. at : None for ever"""
    since = Q(finished_at__gte=at) if at else Q(finished_at__isnull=False)
    rows = Plan.objects.filter(ad_account=ad_account)
    return rows.filter(since | Q(state=Plan.State.APPLYING)).exists()


def note_stop(ad_account: AdAccount, ad_id: str, *, reason: str, at: datetime | None) -> None:
    """Show on the plan that an ad of it was stopped, or with None that it is switched on again. Told by delivery."""
    rows = PlannedObject.objects.filter(
        plan__ad_account=ad_account, kind=Kind.AD, external_id=ad_id
    )
    if at is None:  # one that apply found stopped, and held, would else count as spending nothing
        rows.filter(state=PlannedObject.State.HELD).update(
            state=PlannedObject.State.ENABLED, message=""
        )
    rows.update(stopped_at=at, stopped_because=reason)


def set_end(
    ad_account: AdAccount,
    flight: Flight,
    end: datetime,
    *,
    before: datetime | None,
    ends_first: str,
    at: datetime,
) -> EndChange:
    """Set the end of a flight at TikTok, with a receipt. Never past what was approved.

    before : the end it has now; ends_first : the clock that decides, "" for the plan
    """
    if end > flight.end:
        raise ValueError("a flight is never set out past the end that was approved")
    change = _intend(flight, end, before=before, ends_first=ends_first, at=at)
    advertiser = AdvertiserId(ad_account.advertiser_id)

    group, smart = AdGroupId(flight.group.external_id), calls.is_smart(flight.group)

    async def update(client: TikTok) -> None:
        if smart:
            await client.smart_plus.update_adgroup(advertiser, group, ends_at=end)
        else:
            await client.adgroups.update(advertiser, group, ends_at=end)

    try:
        tiktok.ask(ad_account, update)
    except OutcomeUnknownError as problem:
        # Stays `sending`: the same end is set again at the next look, which changes nothing if it arrived.
        _close(change, State.SENDING, problem)
        return change
    except PlatformError as problem:
        _close(change, State.SENDING if problem.can_retry else State.REFUSED, problem)
        return change
    EndChange.objects.filter(pk=change.pk).update(state=State.DONE, message="")
    change.state = State.DONE
    plan = flight.group.plan
    record(
        system_actor(ad_account.workspace), "set flight end", flight.group.external_id, at=at,
        before={"ends_at": before.isoformat() if before else None},
        after={
            "ends_at": end.isoformat(),
            "ends_first": ends_first,
            "plan": plan.name,
            "approved_by": str(plan.approved_by or ""),
        },
    )  # fmt: skip
    return change


def _intend(
    flight: Flight, end: datetime, *, before: datetime | None, ends_first: str, at: datetime
) -> EndChange:
    waiting = EndChange.objects.filter(group=flight.group, state=State.SENDING)
    waiting.exclude(ends_at=end).update(state=State.REFUSED, message="Replaced by a newer end.")
    known = waiting.filter(ends_at=end).first()
    return known or EndChange.objects.create(
        group=flight.group, at=at, ends_before=before, ends_at=end, ends_first=ends_first
    )


def _close(change: EndChange, state: EndChange.State, problem: PlatformError) -> None:
    log.warning("the end of ad group %s was not set: %s", change.group.external_id, problem)
    change.state, change.message = state, f"{problem.message} {problem.next_step}"
    change.request_id = problem.request_id
    EndChange.objects.filter(pk=change.pk).update(
        state=state, message=change.message, request_id=change.request_id
    )
