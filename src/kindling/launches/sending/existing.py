"""A campaign or an ad group that is at TikTok already, to which a plan adds: read when planning, and before adding."""

from __future__ import annotations

from datetime import datetime

from kindling.errors import InvalidInputError, NotFoundError
from kindling.kit.money import from_minor, to_minor
from kindling.launches.models import PlannedObject
from kindling.launches.planning import content as contents
from kindling.launches.planning.objectives import CampaignType
from kindling.launches.rules import Existing, ExistingGroup, Spec
from kindling.workspaces import tiktok
from kindling.workspaces.models import AdAccount
from tiktok_business import AdGroup, AdGroupId, AdvertiserId, Campaign, CampaignId, TikTok

DAILY = "BUDGET_MODE_DAY"


def read(account: AdAccount, spec: Spec, *, now: datetime) -> Existing | None:
    """What the campaign adds to, None for a new one. Raises InvalidInputError where it does not fit, PlatformError."""
    if not spec.campaign_id:
        return None
    campaign = _campaign(account, spec.campaign_id)
    if campaign is None:
        raise NotFoundError(
            f"TikTok has no campaign {spec.campaign_id} in this ad account.",
            next_step="Copy its id from Ads Manager.",
        )
    if campaign.objective != spec.its_objective.wire:
        raise InvalidInputError(
            f"The campaign {campaign.name} has another objective ({campaign.objective}).",
            next_step="Choose its objective, or a new campaign.",
            field="objective",
        )
    if spec.type is not CampaignType.MANUAL and not spec.adgroup_id:
        raise InvalidInputError(
            "Ad groups are added to manual campaigns only.",
            next_step="Leave out campaign_id.",
            field="campaign_id",
        )
    group = _existing_group(account, spec, now=now) if spec.adgroup_id else None
    return Existing(campaign_id=campaign.campaign_id, name=campaign.name, group=group)


def _existing_group(account: AdAccount, spec: Spec, *, now: datetime) -> ExistingGroup:
    found = _group(account, spec.campaign_id, spec.adgroup_id)
    if found is None:
        raise NotFoundError(
            f"TikTok has no ad group {spec.adgroup_id} in this campaign.",
            next_step="Copy its id from Ads Manager.",
        )
    lacks = (
        "no daily budget of its own" if found.budget_mode != DAILY or not found.budget else "",
        "no end" if found.ends_at is None else "",
        "an end in the past" if found.ends_at is not None and found.ends_at <= now else "",
        "another goal" if found.goal != spec.its_goal.wire else "",
        "no locations that TikTok tells" if not found.location_ids else "",
    )
    if any(lacks) or found.ends_at is None or found.budget is None:
        words = next(each for each in lacks if each)
        raise InvalidInputError(
            f"The ad group {found.name} has {words}, so nothing can be added to it.",
            next_step="Correct it in Ads Manager, or plan a new ad group.",
            field="adgroup_id",
        )
    return ExistingGroup(
        adgroup_id=found.adgroup_id,
        name=found.name,
        budget_minor=to_minor(found.budget, account.currency),
        starts_at=found.starts_at or now,
        ends_at=found.ends_at,
        location_ids=found.location_ids,
    )


def changed(row: PlannedObject) -> str:
    """How what exists is no longer as the plan has it: a sentence, "" when nothing changed. Raises PlatformError."""
    account = row.plan.ad_account
    if row.kind == PlannedObject.Kind.CAMPAIGN:
        campaign = _campaign(account, row.external_id)
        return "" if campaign is not None else "The campaign is no longer at TikTok."
    parent = row.plan.objects_planned.get(key=row.parent_key)
    group = _group(account, parent.external_id, row.external_id)
    if group is None:
        return "The ad group is no longer at TikTok."
    budget = from_minor(row.payload["budget_minor"], row.plan.currency)
    if group.budget is None or group.budget > budget:
        return f"The ad group's budget is now {group.budget}, and {budget} was approved."
    if group.ends_at is None or group.ends_at > contents.instant(row.payload["schedule_end_time"]):
        return "The ad group now ends later than was approved."
    if set(group.location_ids) - set(row.payload["location_ids"]):
        return "The ad group now targets more places than were checked."
    return ""


def _campaign(account: AdAccount, campaign_id: str) -> Campaign | None:
    advertiser = AdvertiserId(account.advertiser_id)

    async def find(client: TikTok) -> list[Campaign]:
        wanted = [CampaignId(campaign_id)]
        return await tiktok.gather_list(client.campaigns.each(advertiser, campaign_ids=wanted))

    return next(iter(tiktok.ask(account, find)), None)


def _group(account: AdAccount, campaign_id: str, adgroup_id: str) -> AdGroup | None:
    advertiser = AdvertiserId(account.advertiser_id)

    async def find(client: TikTok) -> list[AdGroup]:
        wanted = [AdGroupId(adgroup_id)]
        return await tiktok.gather_list(client.adgroups.each(advertiser, adgroup_ids=wanted))

    found = (each for each in tiktok.ask(account, find) if each.campaign_id == campaign_id)
    return next(found, None)
