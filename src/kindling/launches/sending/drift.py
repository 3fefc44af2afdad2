"""A plan beside what TikTok has of it now: what differs, object by object. Nothing is changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from kindling.kit.money import Money, to_minor
from kindling.launches import rules
from kindling.launches.models import Plan, PlannedObject
from kindling.launches.planning import content as contents
from kindling.launches.planning import naming
from kindling.notices import service as notices
from kindling.workspaces import tiktok
from tiktok_business import Ad, AdGroup, AdvertiserId, Campaign, Primary, TikTok

Kind, State = PlannedObject.Kind, PlannedObject.State
LONGEST = timedelta(days=rules.MAX_DAYS)


@dataclass(frozen=True, slots=True)
class Difference:
    """One fact of a planned object that TikTok has otherwise."""

    row: PlannedObject
    what: str
    planned: str
    now: str

    def to_json(self) -> dict[str, Any]:
        return {
            "key": self.row.key,
            "kind": self.row.kind,
            "id": self.row.external_id,
            "name": self.row.name,
            "what": self.what,
            "planned": self.planned,
            "now": self.now,
        }


@dataclass(frozen=True, slots=True)
class _Found:
    """What TikTok lists of a plan, by id."""

    campaigns: Mapping[str, Campaign]
    adgroups: Mapping[str, AdGroup]
    ads: Mapping[str, Ad]
    smart_names: Mapping[str, str]


def differences(plan: Plan) -> list[Difference]:
    """Every difference of what was made, in the plan's order. Raises PlatformError."""
    rows = [row for row in plan.objects_planned.all() if row.external_id]
    for row in rows:
        row.plan = plan
    if not rows:
        return []
    found = _read(plan, rows)
    tree = contents.tree_of(plan)
    return [
        each
        for row in rows
        for each in _of(row, found, is_smart=tree.is_smart(tree.by_key[row.key]))
    ]


def _read(plan: Plan, rows: list[PlannedObject]) -> _Found:
    advertiser = AdvertiserId(plan.ad_account.advertiser_id)
    tree = contents.tree_of(plan)
    campaigns = [row for row in rows if row.kind == Kind.CAMPAIGN]
    plain = [row.external_id for row in campaigns if not tree.is_smart(tree.by_key[row.key])]
    smart = [row.external_id for row in campaigns if tree.is_smart(tree.by_key[row.key])]
    wanted = Primary.NOT_DELETED

    async def ask(client: TikTok) -> _Found:
        found: list[Campaign] = []
        groups: list[AdGroup] = []
        ads: list[Ad] = []
        names: dict[str, str] = {}
        if plain:
            ids: Any = {"campaign_ids": plain, "primary_status": wanted}
            found += await tiktok.gather_list(client.campaigns.each(advertiser, **ids))
            groups += await tiktok.gather_list(client.adgroups.each(advertiser, **ids))
            ads += await tiktok.gather_list(client.ads.each(advertiser, **ids))
        if smart:
            ids = {"campaign_ids": smart, "primary_status": wanted}
            plus = client.smart_plus
            found += await tiktok.gather_list(plus.each_campaign(advertiser, **ids))
            groups += await tiktok.gather_list(plus.each_adgroup(advertiser, **ids))
            for ad in await tiktok.gather_list(plus.each_ad(advertiser, **ids)):
                names[ad.smart_ad_id] = ad.name
                names |= dict.fromkeys((each.ad_id for each in ad.materials), "")
        return _Found(
            {each.campaign_id: each for each in found},
            {each.adgroup_id: each for each in groups},
            {each.ad_id: each for each in ads},
            names,
        )

    return tiktok.ask(plan.ad_account, ask)


def _of(row: PlannedObject, found: _Found, *, is_smart: bool) -> list[Difference]:
    there: Campaign | AdGroup | Ad | None
    if row.kind == Kind.CAMPAIGN:
        there = found.campaigns.get(row.external_id)
    elif row.kind == Kind.ADGROUP:
        there = found.adgroups.get(row.external_id)
    elif is_smart:
        if row.external_id not in found.smart_names:
            return [Difference(row, "Exists", "yes", "no")]
        name = found.smart_names[row.external_id]
        return _told(row, ("Name", row.name, name)) if row.kind == Kind.SMART_AD else []
    else:
        there = found.ads.get(row.external_id)
    if there is None:
        return [Difference(row, "Exists", "yes", "no")]
    facts = [("Name", row.name, there.name)] if not row.exists_already else []
    if row.state == State.ENABLED and row.stopped_at is None and not row.exists_already:
        facts.append(("Switch", "on", "on" if there.operation_status == "ENABLE" else "off"))
    if isinstance(there, AdGroup):
        facts += _of_group(row, there)
    if isinstance(there, Ad):
        facts += _of_ad(row, there)
    return _told(row, *facts)


def _of_group(row: PlannedObject, there: AdGroup) -> list[tuple[str, str, str]]:
    currency = row.plan.currency
    planned = Money(row.payload["budget_minor"], currency)
    budget = there.budget if there.budget is not None else Decimal(0)
    now = Money(to_minor(Decimal(str(budget)), currency), currency)
    ends = [contents.instant(row.payload["schedule_end_time"])]
    ends += [change.ends_at for change in row.end_changes.all() if change.state == "done"][:1]
    end = ends[-1]
    return [
        ("Daily budget", str(planned), str(now)),
        ("End", _moment(end), _moment(there.ends_at)),
        ("Goal", row.payload["optimization_goal"], there.goal),
    ]


def _of_ad(row: PlannedObject, there: Ad) -> list[tuple[str, str, str]]:
    payload = row.payload
    facts = []
    if "tiktok_item_id" in payload:
        facts.append(("Post", payload["tiktok_item_id"], there.item_id or ""))
    if "landing_page_url" in payload and there.landing_page_url is not None:
        facts.append(("Landing page", payload["landing_page_url"], there.landing_page_url))
    if there.call_to_action is not None:
        facts.append(("Call to action", payload["call_to_action"], there.call_to_action))
    return facts


def _told(row: PlannedObject, *facts: tuple[str, str, str]) -> list[Difference]:
    return [Difference(row, what, planned, now) for what, planned, now in facts if planned != now]


def _moment(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else ""


# --- Told by themselves -------------------------------------------------------------------------------------------


def in_flight(*, at: datetime) -> list[Plan]:
    """The plans that were applied and whose last flight has not ended."""
    rows = Plan.objects.filter(
        state__in=[Plan.State.APPLIED, Plan.State.PARTLY], finished_at__lte=at
    )
    rows = rows.filter(finished_at__gt=at - LONGEST)
    return [row for row in rows.select_related("ad_account") if contents.last_end(row.content) > at]


def tell(plan: Plan, *, at: datetime) -> int:
    """Open a notice for the media buyer where a running plan is no longer as it was approved; how much differs.

    A switch that is off is told by Live, and pausing is nobody's fault. Closed by itself when nothing differs.
    """
    found = [each for each in differences(plan) if each.what != "Switch"]
    key = f"plan-{plan.pk}-drift"
    if not found:
        notices.settle(plan.workspace, key=key, at=at)
        return 0
    first = found[0]
    is_name = first.what == "Name" and naming.parse(first.now, naming.AD_FIELDS) is None
    notices.notify(
        plan.workspace,
        key=key,
        roles=("media_buyer",),
        title=f"{plan.name}: {len(found)} setting{'s' if len(found) > 1 else ''} changed at TikTok since the "
        "approval." + (" A name can no longer be read back." if is_name else ""),
        next_step="Compare the plan with TikTok, and correct what was not meant.",
        path=f"plans/{plan.pk}/compare/",
        at=at,
        urgency=3,
    )
    return len(found)
