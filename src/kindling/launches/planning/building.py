"""The objects of a plan from what a person wants: campaigns, ad groups, ads, their names and payloads. Pure.

Everything is created switched off (R60). Every new object's name holds the plan's token, so that it can be found
again after a lost reply.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from kindling.errors import InvalidInputError
from kindling.launches import rules
from kindling.launches.planning import naming, utm
from kindling.launches.planning.objectives import CampaignType, campaign_payload
from kindling.launches.rules import (
    Part,
    PlanContent,
    PlannedObjectType,
    PostToLaunch,
    Spec,
    UploadToLaunch,
)


@dataclass
class _Numbers:
    """How many objects of each kind there are, for keys and names."""

    token: str
    counts: dict[str, int] = field(default_factory=dict)

    def next(self, kind: str) -> int:
        self.counts[kind] = self.counts.get(kind, 0) + 1
        return self.counts[kind]

    def version(self, number: int, letter: str = "") -> str:
        return f"v1-{self.token}-{letter}{number}"


def build(parts: Sequence[Part], *, advertiser_id: str, currency: str, token: str) -> PlanContent:
    """The campaigns, ad groups and Spark Ads of a launch, in the order in which they are created.

    An ad group ends with the flight or with the paid window of a post in it, whichever is earlier (R59).
    """
    numbers = _Numbers(token)
    things: list[PlannedObjectType] = []
    notes: list[str] = []
    for part in parts:
        things += _campaign_and_groups(part, numbers, notes)
    groups = [each for each in things if each.kind == "adgroup"]
    countries = dict.fromkeys(code for part in parts for code in part.spec.countries)
    return PlanContent(
        token=token,
        name=parts[0].spec.name,
        advertiser_id=advertiser_id,
        currency=currency,
        countries=tuple(countries),
        daily_budget_minor=sum(each.payload["budget_minor"] for each in groups),
        things=tuple(things),
        notes=tuple(notes),
    )


def _campaign_and_groups(
    part: Part, numbers: _Numbers, notes: list[str]
) -> list[PlannedObjectType]:
    spec = part.spec
    campaign = _campaign(part, numbers)
    posts: list[tuple[PostToLaunch, ...]] = [(post,) for post in part.posts]
    uploads: list[tuple[UploadToLaunch, ...]] = [(each,) for each in part.uploads]
    groups: list[tuple[tuple[PostToLaunch, ...], tuple[UploadToLaunch, ...]]] = [
        *((some, ()) for some in posts),
        *(((), some) for some in uploads),
    ]
    if spec.is_one_group:
        groups = [(part.posts, part.uploads)]
    things = [campaign]
    for some, files in groups:
        things += _group_and_ads(part, campaign.key, some, files, numbers, notes)
    return things


def _campaign(part: Part, numbers: _Numbers) -> PlannedObjectType:
    spec, number = part.spec, numbers.next("campaign")
    name = naming.join(
        spec.brand,
        spec.market,
        spec.objective,
        spec.strategy,
        spec.audience,
        f"{spec.starts_at:%y%m}",
        numbers.version(number, "c"),
    )
    return PlannedObjectType(
        key=f"campaign-{number}",
        kind="campaign",
        name=part.existing.name if part.existing else name,
        payload=campaign_payload(spec.its_objective, spec.type),
        more={
            "objective": spec.objective,
            "type": str(spec.type),
            "existing": part.existing.campaign_id if part.existing else "",
        },
    )


def _group_and_ads(
    part: Part,
    campaign: str,
    posts: tuple[PostToLaunch, ...],
    uploads: tuple[UploadToLaunch, ...],
    numbers: _Numbers,
    notes: list[str],
) -> list[PlannedObjectType]:
    spec, number = part.spec, numbers.next("adgroup")
    key = f"adgroup-{number}"
    existing = part.existing.group if part.existing else None
    cut = rules.cut_by(spec, [post.window for post in posts])
    if cut and existing is None:
        binding = min((post for post in posts if post.window), key=lambda post: post.window.ends_at)  # type: ignore[union-attr]
        together = f" The ad group's other {len(posts) - 1} end with it." if len(posts) > 1 else ""
        notes.append(
            f"@{binding.handle} {binding.item_id}: ends {cut.ends_at:%Y-%m-%d %H:%M} UTC, "
            f"ends first because of {cut.bound_by.label.lower()}.{together}"
        )
    one = posts[0].item_id if len(posts) == 1 and not uploads else ""
    planned_end = existing.ends_at if existing else rules.planned_end(spec)
    group = PlannedObjectType(
        key,
        "adgroup",
        existing.name if existing else _group_name(spec, one, numbers.version(number)),
        _existing_payload(part)
        if existing
        else _group_payload(spec, cut.ends_at if cut else planned_end),
        campaign,
        one,
        more={
            "flight_end": _wire_time(planned_end),
            "ends_first": cut.bound_by if cut and existing is None else "",
            "countries": list(spec.countries),
            "existing": existing.adgroup_id if existing else "",
        },
    )
    things, parent = [group], key
    if spec.type is CampaignType.SMART_PLUS:
        smart = _smart_ad(spec, key, numbers)
        things, parent = [group, smart], smart.key
    ads = [_ad(spec, post, parent, numbers) for post in posts]
    if spec.type is CampaignType.SMART_PLUS:
        _check_one_page(ads)
    things += ads
    things += [_upload(spec, each, parent, numbers) for each in uploads]
    return things


def _group_name(spec: Spec, item_id: str, version: str) -> str:
    return naming.join(
        spec.audience,
        spec.its_goal.wire,
        "nobid" if spec.bid_minor is None else "bid",
        "tiktok",
        item_id[-6:],
        spec.strategy,
        version,
    )


def _group_payload(spec: Spec, ends_at: datetime) -> dict[str, Any]:
    goal, objective = spec.its_goal, spec.its_objective
    told: dict[str, Any] = {
        "budget_mode": "BUDGET_MODE_DAY",
        "budget_minor": spec.daily_budget_minor,
        "schedule_type": "SCHEDULE_START_END",
        "schedule_start_time": _wire_time(spec.starts_at),
        "schedule_end_time": _wire_time(ends_at),
        "optimization_goal": goal.wire,
        "billing_event": goal.billing_event,
        "pacing": "PACING_MODE_SMOOTH",
        "bid_type": "BID_TYPE_NO_BID" if spec.bid_minor is None else "BID_TYPE_CUSTOM",
        "location_ids": list(spec.locations),
        "placement_type": "PLACEMENT_TYPE_NORMAL",
        "placements": ["PLACEMENT_TIKTOK"],
        **objective.group,
        **spec.viewers.to_wire(),
    }
    if spec.bid_minor is not None:
        told["bid_minor"] = spec.bid_minor
    if objective.promotion_type:
        told["promotion_type"] = objective.promotion_type
    if goal.wants_event:
        told |= {"pixel_id": spec.pixel_id, "optimization_event": spec.event}
    if spec.store_id:
        told["store_id"] = spec.store_id
    return told


def _existing_payload(part: Part) -> dict[str, Any]:
    """An ad group as it is at TikTok: what checks look at and a person reads; nothing of it is sent."""
    assert part.existing is not None  # noqa: S101 (the caller's `existing` is its group)
    group = part.existing.group
    assert group is not None  # noqa: S101
    told = _group_payload(part.spec, group.ends_at)
    return told | {
        "budget_minor": group.budget_minor,
        "schedule_start_time": _wire_time(max(group.starts_at, part.spec.starts_at)),
        "location_ids": list(group.location_ids),
    }


def _smart_ad(spec: Spec, group: str, numbers: _Numbers) -> PlannedObjectType:
    number = numbers.next("smart_ad")
    name = naming.AdName(
        on=spec.starts_at.date(),
        brand=spec.brand,
        market=spec.market,
        sku="",
        creator="",
        item_id="",
        rights_end=None,
        version=numbers.version(number, "s"),
        format="smart-plus",
    )
    return PlannedObjectType(f"smart-ad-{number}", "smart_ad", name.render(), {}, group)


def _check_one_page(ads: Sequence[PlannedObjectType]) -> None:
    pages = {ad.payload["landing_page_url"] for ad in ads}
    if len(pages) > 1:
        raise InvalidInputError(
            f"The posts of a Smart+ ad lead to one page, and these lead to {len(pages)}.",
            next_step="Give a landing page for all posts, or plan a Smart+ campaign for each product.",
            field="landing_url",
        )


def _ad(spec: Spec, post: PostToLaunch, parent: str, numbers: _Numbers) -> PlannedObjectType:
    number = numbers.next("ad")
    payload: dict[str, Any] = {
        "tiktok_item_id": post.item_id,
        "identity_id": post.identity_id,
        "identity_type": post.identity_type,
        "identity_authorized_bc_id": post.business_center_id or None,
        "ad_format": "CAROUSEL_ADS" if post.item_type == "CAROUSEL" else "SINGLE_VIDEO",
        "call_to_action": spec.call_to_action,
    }
    if spec.its_objective.wants_landing_page:
        of = f"Post {post.item_id} of @{post.handle}"
        # The posts of a Smart+ ad lead to one page, so its address names none of them.
        is_shared = spec.type is CampaignType.SMART_PLUS
        payload["landing_page_url"] = _landing(
            spec.landing_url or post.landing_url,
            of=of,
            handle="" if is_shared else post.handle,
            item_id="" if is_shared else post.item_id,
            sku="" if is_shared else post.sku,
        )
    name = naming.AdName(
        on=spec.starts_at.date(),
        brand=spec.brand,
        market=spec.market,
        sku=post.sku,
        creator=post.handle,
        item_id=post.item_id,
        rights_end=post.window.clock_ends_at.date() if post.window else None,
        version=numbers.version(number),
        length_seconds=post.duration_seconds,
        usecase=post.use_case,
        angle=post.angle,
        hook=post.hook,
        offer=post.offer,
    )
    return PlannedObjectType(f"ad-{number}", "ad", name.render(), payload, parent, post.item_id)


def _upload(
    spec: Spec, upload: UploadToLaunch, parent: str, numbers: _Numbers
) -> PlannedObjectType:
    number, wish = numbers.next("ad"), upload.wish
    payload: dict[str, Any] = {
        "video_id": wish.video_id,
        "cover_id": upload.cover_id,
        "ad_text": wish.text.strip(),
        "dark_post_status": "ON" if wish.is_ads_only else "OFF",
        "identity_id": upload.identity_id,
        "identity_type": upload.identity_type,
        "identity_authorized_bc_id": upload.business_center_id or None,
        "ad_format": "SINGLE_VIDEO",
        "call_to_action": spec.call_to_action,
    }
    if spec.its_objective.wants_landing_page:
        payload["landing_page_url"] = _landing(
            wish.landing_url or spec.landing_url or upload.landing_url,
            of=f"The video {wish.video_id}", handle=wish.handle, item_id="", sku=wish.sku,
        )  # fmt: skip
    name = naming.AdName(
        on=spec.starts_at.date(),
        brand=spec.brand,
        market=spec.market,
        sku=wish.sku,
        creator=wish.handle,
        item_id="",
        rights_end=None,
        version=numbers.version(number),
        format="adsonly" if wish.is_ads_only else "spark-push",
        length_seconds=upload.seconds,
    )
    return PlannedObjectType(f"ad-{number}", "ad", name.render(), payload, parent)


def _landing(base: str, *, of: str, handle: str, item_id: str, sku: str) -> str:
    try:
        return utm.landing_url(base, handle=handle, item_id=item_id, sku=sku)
    except ValueError as error:
        raise InvalidInputError(
            f"{of} has no landing page: {error}.",
            next_step="Add a landing page to the product, or one to the plan for all posts.",
        ) from None


def _wire_time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}"
