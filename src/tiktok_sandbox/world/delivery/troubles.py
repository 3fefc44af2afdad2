"""Trouble: planned by a test, or drawn for new ads from the family, most of it in the first 48 hours.

Some of it is a factor on delivery for a time (effects.py), some changes a thing when it begins and puts
it back when it ends. Threads: comments/climate.py; orders that cannot be tracked: ads/outages.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from tiktok_sandbox.world.ads.reviews import NEVER
from tiktok_sandbox.world.randomness.columns import uniforms
from tiktok_sandbox.world.state.clock import TICK
from tiktok_sandbox.world.state.entities import Ad
from tiktok_sandbox.world.state.troubles import Trouble, TroubleKind
from tiktok_sandbox.world.world import World

# Each kind's subject, and how bad it is unless somebody says so.
SUBJECTS: dict[TroubleKind, str] = {
    "under_delivery": "adgroup_id",
    "price_shock": "adgroup_id",
    "rejection": "ad_id",
    "pixel_outage": "advertiser_id",
    "tracking_gap": "advertiser_id",
    "stock_out": "sku",
    "sceptical_thread": "item_id",
}
SIZES: dict[TroubleKind, float] = {
    "under_delivery": 0.15,
    "price_shock": 2.2,
    "rejection": 1.0,
    "pixel_outage": 1.0,
    "tracking_gap": 1.0,
    "stock_out": 1.0,
    "sceptical_thread": 0.8,
}
# Kinds that change a thing at an hour; stock is put back at the end, a rejection stands until an appeal.
ACTING: tuple[TroubleKind, ...] = ("rejection", "stock_out")
REJECTED = "Misleading claims: reviewed again after complaints"
DRAWN: tuple[TroubleKind, ...] = (
    "under_delivery",
    "price_shock",
    "rejection",
    "sceptical_thread",
)
LATEST_START_HOURS = 40
LEAST_HOURS, MOST_HOURS = 8, 30


def plan_trouble(
    world: World,
    *,
    kind: TroubleKind,
    subject: str,
    start_at: datetime,
    end_at: datetime,
    size: float | None = None,
) -> Trouble:
    """Let something go wrong between two instants."""
    trouble = Trouble(
        trouble_id=world.next_id("trouble", prefix="79"),
        kind=kind,
        subject=subject,
        start_at=start_at,
        end_at=end_at,
        size=SIZES[kind] if size is None else size,
    )
    world.state.troubles.append(trouble)
    return trouble


def draw_troubles(world: World) -> bool:
    """Draw what will befall ads that are new. Returns whether there were any new ones."""
    known, ads = world.state.ads_with_fate, list(world.state.ads.values())
    new = [ad for ad in ads[known:] if ad.reviewed_at != NEVER]
    world.state.ads_with_fate = len(ads)
    chances = {kind: getattr(world.family.troubles, kind) for kind in DRAWN}
    if any(chances.values()):
        for ad in new:
            for kind, chance in chances.items():
                _draw(world, ad, kind, chance)
    return bool(new)


def _draw(world: World, ad: Ad, kind: TroubleKind, chance: float) -> None:
    befalls, when, length = uniforms(world.seed, f"trouble.{kind}", ad.number, 3).tolist()
    if befalls >= chance:
        return
    subjects = {"adgroup_id": ad.adgroup_id, "ad_id": ad.ad_id, "item_id": ad.item_id}
    group = world.state.adgroups[ad.adgroup_id]
    begin = max(ad.reviewed_at, group.start_at) + round(when * LATEST_START_HOURS) * TICK
    begin = begin.replace(minute=0, second=0, microsecond=0)
    hours = round(LEAST_HOURS + length * (MOST_HOURS - LEAST_HOURS))
    # A thread does not become friendly by itself; a rejection stands until somebody appeals.
    lasting = kind in ("sceptical_thread", "rejection")
    end = begin + timedelta(days=3650) if lasting else begin + hours * TICK
    plan_trouble(world, kind=kind, subject=subjects[SUBJECTS[kind]], start_at=begin, end_at=end)


def standing(world: World, *kinds: TroubleKind) -> Iterator[Trouble]:
    return (each for each in world.state.troubles if each.kind in kinds)


def next_trouble(world: World) -> datetime | None:
    """When the next acting trouble begins or ends."""
    ahead = [
        each.end_at if each.is_applied else each.start_at
        for each in standing(world, *ACTING)
        if not each.is_over
    ]
    return min(ahead, default=None)


def apply_troubles(world: World) -> bool:
    """Begin and end what is due by the end of the hour just done. Returns whether anything changed."""
    end, changed = world.tick_start(world.state.ticks_done), False
    for trouble in standing(world, *ACTING):
        if not trouble.is_applied and trouble.start_at <= end:
            _begin(world, trouble, at=end)
            trouble.is_applied = changed = True
        if trouble.is_applied and not trouble.is_over and trouble.end_at <= end:
            _end(world, trouble)
            trouble.is_over = changed = True
    return changed


def _begin(world: World, trouble: Trouble, *, at: datetime) -> None:
    if trouble.kind == "rejection":
        ad = world.state.ads.get(trouble.subject)
        if ad is not None and ad.reviewed_at != NEVER:
            ad.decided_at, ad.reviewed_at, ad.appealed_at = at, NEVER, None
            ad.reject_reasons = [REJECTED]
    elif trouble.subject in world.state.products:
        product = world.state.products[trouble.subject]
        trouble.kept, product.stock = float(product.stock), 0


def _end(world: World, trouble: Trouble) -> None:
    if trouble.kind == "stock_out" and trouble.kept is not None:
        others = [
            each
            for each in standing(world, "stock_out")
            if each.subject == trouble.subject
            and each is not trouble
            and each.is_applied
            and not each.is_over
        ]
        if others:
            others[0].kept = (others[0].kept or 0.0) + trouble.kept
        else:
            world.state.products[trouble.subject].stock += int(trouble.kept)
