"""Statuses, derived from state and clock and stored nowhere (tiktok-api.md §8.4)."""

from __future__ import annotations

from tiktok_sandbox.world.ads import reviews
from tiktok_sandbox.world.ads.budgets import account_spent_minor, is_exhausted
from tiktok_sandbox.world.creators.permissions import has_asset
from tiktok_sandbox.world.state.entities import Ad, AdGroup, Campaign
from tiktok_sandbox.world.world import World

PRIMARY = {
    "DELETE": "STATUS_DELETE",
    "DISABLE": "STATUS_DISABLE",
    "TIME_DONE": "STATUS_TIME_DONE",
    "DONE": "STATUS_TIME_DONE",
    "DELIVERY_OK": "STATUS_DELIVERY_OK",
    "ENABLE": "STATUS_DELIVERY_OK",
}


def primary(secondary: str) -> str:
    """The primary status a secondary one belongs to."""
    for ending, status in PRIMARY.items():
        if secondary.endswith(ending):
            return status
    return "STATUS_NOT_DELIVERY"


def campaign_status(world: World, campaign: Campaign) -> str:
    """The secondary status of a campaign, like CAMPAIGN_STATUS_ENABLE."""
    if campaign.is_deleted:
        return "CAMPAIGN_STATUS_DELETE"
    if campaign.operation_status == "DISABLE":
        return "CAMPAIGN_STATUS_DISABLE"
    if is_exhausted(world, campaign):
        return "CAMPAIGN_STATUS_BUDGET_EXCEED"
    return "CAMPAIGN_STATUS_ENABLE"


def adgroup_status(world: World, adgroup: AdGroup) -> str:
    """The secondary status of an ad group, like ADGROUP_STATUS_DELIVERY_OK."""
    campaign = world.state.campaigns[adgroup.campaign_id]
    ads = [ad for ad in world.find.ads_of_group(adgroup.adgroup_id) if not ad.is_deleted]
    return "ADGROUP_STATUS_" + (
        _outer_state(world, adgroup=adgroup, campaign=campaign, words=_ADGROUP_WORDS)
        or _state_of_ads(world, ads)
    )


def ad_status(world: World, ad: Ad) -> str:
    """The ad's secondary status now."""
    if ad.is_deleted:
        return "AD_STATUS_DELETE"
    adgroup = world.state.adgroups[ad.adgroup_id]
    campaign = world.state.campaigns[ad.campaign_id]
    removed = _deleted(adgroup=adgroup, campaign=campaign, words=_AD_WORDS)
    if removed:
        return "AD_STATUS_" + removed
    if is_lost(world, ad):
        return world.behaviour.lost_status
    if ad.operation_status == "DISABLE":
        return "AD_STATUS_DISABLE"
    outer = _outer_state(world, adgroup=adgroup, campaign=campaign, words=_AD_WORDS)
    if outer in (_AD_WORDS["time_done"], _AD_WORDS["disable"], _AD_WORDS["campaign_disable"]):
        return f"AD_STATUS_{outer}"
    seen = reviews.state_of(world, ad)
    if seen == "waiting":
        return "AD_STATUS_REAUDIT" if reviews.is_second_look(ad) else "AD_STATUS_AUDIT"
    if seen == "rejected":
        return "AD_STATUS_AUDIT_DENY"
    return "AD_STATUS_" + (outer or "DELIVERY_OK")


def balance_minor(world: World, advertiser_id: str) -> int:
    """What is left of the account's money; below 0 when an hour spent more than there was."""
    paid_in = world.state.advertisers[advertiser_id].balance_minor
    return paid_in - account_spent_minor(world, advertiser_id)


def is_lost(world: World, ad: Ad) -> bool:
    """Has the ad lost its post or its authorization, as far as the platform shows it?"""
    if not has_asset(world, ad):
        return True
    return world.behaviour.resume_after_extension == "manual" and ad.lost_at is not None


def is_delivering(world: World, ad: Ad) -> bool:
    return ad_status(world, ad) == "AD_STATUS_DELIVERY_OK"


_ADGROUP_WORDS = {
    "delete": "DELETE",
    "campaign_delete": "CAMPAIGN_DELETE",
    "disable": "DISABLE",
    "campaign_disable": "CAMPAIGN_DISABLE",
    "time_done": "TIME_DONE",
    "not_start": "NOT_START",
    "exceed": "BUDGET_EXCEED",
    "campaign_exceed": "CAMPAIGN_EXCEED",
    "balance": "BALANCE_EXCEED",
}
_AD_WORDS = _ADGROUP_WORDS | {
    "delete": "ADGROUP_DELETE",
    "disable": "ADGROUP_DISABLE",
    "time_done": "DONE",
}


def _deleted(*, adgroup: AdGroup, campaign: Campaign, words: dict[str, str]) -> str | None:
    if campaign.is_deleted:
        return words["campaign_delete"]
    return words["delete"] if adgroup.is_deleted else None


def _outer_state(
    world: World, *, adgroup: AdGroup, campaign: Campaign, words: dict[str, str]
) -> str | None:
    """Why the ad group or its campaign keeps everything inside from delivering, or None."""
    removed = _deleted(adgroup=adgroup, campaign=campaign, words=words)
    if removed:
        return removed
    if adgroup.end_at is not None and world.now >= adgroup.end_at:
        return words["time_done"]
    if campaign.operation_status == "DISABLE":
        return words["campaign_disable"]
    if adgroup.operation_status == "DISABLE":
        return words["disable"]
    if world.now < adgroup.start_at:
        return words["not_start"]
    if balance_minor(world, campaign.advertiser_id) <= 0:
        return words["balance"]
    if is_exhausted(world, campaign):
        return words["campaign_exceed"]
    if is_exhausted(world, adgroup):
        return words["exceed"]
    return None


def _state_of_ads(world: World, ads: list[Ad]) -> str:
    """What an ad group that may deliver shows, given its ads."""
    if not ads:
        return "CREATE"
    if all(is_lost(world, ad) for ad in ads):
        return "ASSET_AUTHORIZATION_LOST"
    seen = {reviews.state_of(world, ad) for ad in ads}
    if seen == {"waiting"}:
        return "AUDIT"
    if "rejected" not in seen:
        return "DELIVERY_OK"
    if "approved" in seen:
        return "PARTIAL_AUDIT_DELIVERY_OK"
    return "PARTIAL_AUDIT_NO_DELIVERY" if "waiting" in seen else "AUDIT_DENY"
