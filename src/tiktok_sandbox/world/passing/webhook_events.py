"""What happens in the world becomes webhooks for whoever asked. Source: tiktok-api.md §13, [G].

`note_events` is called at the end of every simulated hour; it costs nothing while nobody asked.
Shapes of marketing payloads follow the comments of the Go SDK [G]; none was seen on the wire.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np

from tiktok_sandbox.world.comments.threads import Thread
from tiktok_sandbox.world.comments.webhook_events import comment_content
from tiktok_sandbox.world.creators.marketplace import answer_applications
from tiktok_sandbox.world.state.clock import seconds
from tiktok_sandbox.world.state.entities import Ad
from tiktok_sandbox.world.state.webhooks import Subscription, TcmApplication
from tiktok_sandbox.world.webhook_queue import ADS, UNSIGNED, queue, queue_account_webhook
from tiktok_sandbox.world.world import World

OBJECTS = {
    "LEAD": 1,
    "AD_GROUP": 2,
    "AD": 3,
    "AD_ACCOUNT_SUSPENSION": 5,
    "CREATIVE_FATIGUE": 8,
    "TCM_SPARK_ADS": 9,
    "TCM_VIDEOS": 10,
    "REPORT_DATA_CHANGE": 11,
    "API_SERVICE_STATUS": 14,
}
"""Entity to the payload's `object`; that of AD_ACCOUNT_SUSPENSION is our guess."""
# Fatigue: the click rate of the last days has halved against the first ones (science.md §2.4, C3).
FATIGUE_DAYS, FATIGUE_FALL, FATIGUE_IMPRESSIONS = 3, 0.5, 1000


def is_anybody_told(world: World) -> bool:
    """Would `note_events` do anything in some hour?"""
    book = world.state.webhooks
    return bool(book.applications or book.hooks or book.subscriptions)


def note_events(world: World, tick: int) -> None:
    """Queue what the hour `tick` brought: reviews, fatigue, changed reports, posts, comments."""
    book = world.state.webhooks
    start, end = world.tick_start(tick), world.tick_start(tick + 1)
    if book.applications:
        answer_applications(
            world, end, on_answer=lambda answered: _queue_marketplace_webhook(world, answered)
        )
    if book.hooks:
        _note_accounts(world, tick, start, end)
    if not book.subscriptions:
        return
    _note_reviews(world, start, end)
    _note_reports(world, tick)
    if end.hour == 0:
        _note_fatigue(world, tick, end)


def is_live(world: World, subscription: Subscription) -> bool:
    """A subscription dies with its token."""
    grant = world.find.ads_grant(subscription.access_token)
    return grant is not None and not grant.revoked


def _of(world: World, entity: str) -> Iterator[Subscription]:
    for subscription in world.state.webhooks.subscriptions.values():
        if subscription.entity == entity and is_live(world, subscription):
            yield subscription


def queue_for_subscription(
    world: World, subscription: Subscription, entry: list[dict[str, object]], at: datetime
) -> None:
    """Queue a marketing webhook."""
    signed = world.behaviour.marketing_webhooks == "signed"
    queue(
        world,
        event=subscription.entity,
        url=subscription.callback_url,
        body={
            "request_id": world.mint.hex("webhook", world.state.webhooks.queued + 1, 16),
            "object": OBJECTS[subscription.entity],
            "subscribe_entity": subscription.entity,
            "subscription_id": subscription.subscription_id,
            "time": seconds(at),
            "entry": entry,
        },
        signed_for=ADS if signed else UNSIGNED,
        at=at,
    )


def queue_for_subscribers(
    world: World, entity: str, entry: dict[str, object], at: datetime
) -> None:
    """Queue an entry for every live subscription of the entity."""
    for subscription in _of(world, entity):
        queue_for_subscription(world, subscription, [entry], at)


# Reviews


def _note_reviews(world: World, start: datetime, end: datetime) -> None:
    subscriptions = [*_of(world, "AD"), *_of(world, "AD_GROUP")]
    if not subscriptions:
        return
    for ad in world.state.ads.values():
        decided = ad.decided_at
        if decided is None or not start < decided <= end or ad.is_deleted:
            continue
        is_first = ad.adgroup_id not in world.state.webhooks.reviewed_groups
        world.state.webhooks.reviewed_groups[ad.adgroup_id] = True
        for subscription in subscriptions:
            if not _covers(subscription, ad):
                continue
            if subscription.entity == "AD":
                queue_for_subscription(
                    world, subscription, [review_entry(world, ad, subscription)], decided
                )
            elif is_first or ad.reject_reasons:
                entry = review_entry(world, ad, subscription)
                del entry["ad_id"], entry["ad_name"]
                queue_for_subscription(world, subscription, [entry], decided)


def _covers(subscription: Subscription, ad: Ad) -> bool:
    return (
        ad.advertiser_id in subscription.advertiser_ids
        and subscription.adgroup_id in (None, ad.adgroup_id)
        and subscription.ad_id in (None, ad.ad_id)
    )


def review_entry(world: World, ad: Ad, subscription: Subscription) -> dict[str, object]:
    """What a webhook says about the review of an ad."""
    return {
        "log_id": world.mint.hex("review.log", ad.number, 10),
        "adv_id": int(ad.advertiser_id),
        "campaign_id": ad.campaign_id,
        "campaign_name": world.state.campaigns[ad.campaign_id].fields["campaign_name"],
        "adgroup_id": ad.adgroup_id,
        "adgroup_name": world.state.adgroups[ad.adgroup_id].fields["adgroup_name"],
        "ad_id": ad.ad_id,
        "ad_name": ad.fields["ad_name"],
        "reject_reason": "; ".join(ad.reject_reasons),
    }


# Reports and fatigue


def _note_reports(world: World, tick: int) -> None:
    """Spend, impressions, clicks and plays of the day so far, in UTC, of accounts that delivered."""
    subscriptions = list(_of(world, "REPORT_DATA_CHANGE"))
    if not subscriptions:
        return
    ticks = world.ad_hours.column("tick")
    if not (ticks == tick).any():
        return
    day_start = tick - world.tick_start(tick).astimezone(UTC).hour
    sums = _sums(world, (ticks >= day_start) & (ticks <= tick))
    changed = set(_sums(world, ticks == tick))
    at = world.tick_start(tick + 1)
    for subscription in subscriptions:
        values = {
            account: _metrics(world, account, sums[account])
            for account in subscription.advertiser_ids
            if account in changed
        }
        if values:
            entry: dict[str, object] = {
                "data_level": "AUCTION_ADVERTISER",
                "changed_metrics_values": values,
            }
            queue_for_subscription(world, subscription, [entry], at)


def _sums(world: World, rows: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> dict[str, list[int]]:
    """Account → spend in minor units, impressions, clicks, plays of the chosen rows."""
    ads = world.find.ads()
    names = ("ad", "spend_minor", "impressions", "clicks", "impressions")
    columns = [world.ad_hours.column(name)[rows].tolist() for name in names]
    sums: dict[str, list[int]] = {}
    for ad, *counts in zip(*columns, strict=True):
        row = sums.setdefault(ads[ad].advertiser_id, [0, 0, 0, 0])
        for place, count in enumerate(counts):
            row[place] += count
    return sums


def _metrics(world: World, advertiser_id: str, sums: list[int]) -> dict[str, str]:
    spend, impressions, clicks, plays = sums
    return {
        "spend": f"{spend / 100:.2f}",
        "impressions": str(impressions),
        "clicks": str(clicks),
        "video_play_actions": str(plays),
    }


def _note_fatigue(world: World, tick: int, end: datetime) -> None:
    subscriptions = list(_of(world, "CREATIVE_FATIGUE"))
    if not subscriptions:
        return
    book, day = world.state.webhooks.fatigued, (end - timedelta(hours=1)).date().isoformat()
    fresh = [ad for ad in fatigued_ads(world, tick) if ad.ad_id not in book]
    book.update({ad.ad_id: day for ad in fresh})
    for subscription in subscriptions:
        mine = [ad for ad in fresh if _covers(subscription, ad)]
        if mine:
            queue_for_subscription(
                world, subscription, [_fatigue_entry(subscription, mine, day)], end
            )


def _fatigue_entry(subscription: Subscription, ads: list[Ad], day: str) -> dict[str, object]:
    """Its fields depend on what was subscribed: an ad, an ad group, or the account."""
    entry: dict[str, object] = {"adv_id": int(ads[0].advertiser_id), "date": day}
    if subscription.ad_id is not None:
        return entry | {"adgroup_id": int(ads[0].adgroup_id), "ad_id": int(ads[0].ad_id)}
    entry["ad_ids"] = [int(ad.ad_id) for ad in ads]
    if subscription.adgroup_id is not None:
        return entry | {"adgroup_id": int(subscription.adgroup_id)}
    return entry | {"adgroup_ids": sorted({int(ad.adgroup_id) for ad in ads})}


def fatigued_ads(world: World, tick: int) -> list[Ad]:
    """Ads whose click rate of the last days has halved against their first days."""
    hours = world.ad_hours
    ads = world.find.ads()
    columns = (hours.column(name) for name in ("tick", "ad", "impressions", "clicks"))
    ticks, numbers, shown, clicks = columns
    first = np.full(len(ads), tick + 1, dtype=np.int64)
    np.minimum.at(first, numbers, ticks)
    span = FATIGUE_DAYS * 24
    early, late = ticks < first[numbers] + span, ticks > tick - span
    counts = [
        np.bincount(numbers[part], weights=column[part], minlength=len(ads))
        for part in (early, late)
        for column in (shown, clicks)
    ]
    shown_early, clicks_early, shown_late, clicks_late = counts
    enough = (np.minimum(shown_early, shown_late) >= FATIGUE_IMPRESSIONS) & (clicks_early > 0)
    enough &= first + 2 * span <= tick + 1
    fell = clicks_late * shown_early <= (1 - FATIGUE_FALL) * clicks_early * shown_late
    return [ads[number] for number in np.flatnonzero(enough & fell)]


# Accounts


def _note_accounts(world: World, tick: int, start: datetime, end: datetime) -> None:
    """Posts that were published, and comments that came, for creators who connected the app."""
    book = world.state.webhooks
    connected = {grant.open_id for grant in world.state.creator_grants if not grant.revoked}
    videos, comments = book.hooks.get("VIDEO"), book.hooks.get("COMMENT")
    for post in world.state.posts.values():
        owner = world.creator_of(post).open_id
        if post.posted_at > end or owner not in connected:
            continue
        if videos is not None and start < post.posted_at <= end and not post.ads_only:
            content: dict[str, object] = {"share_id": post.item_id, "publish_type": "PUBLISH"}
            queue_account_webhook(
                world, "post.publish.complete", videos.callback_url, owner, content, end
            )
        if comments is not None and (not comments.item_list or post.item_id in comments.item_list):
            for added in _new_comments(world, post.item_id, tick):
                queue_account_webhook(
                    world, "comment.update", comments.callback_url, owner, added, end
                )


def _new_comments(world: World, item_id: str, tick: int) -> Iterator[dict[str, object]]:
    thread = Thread(world, item_id)
    for number in thread.numbers_in(tick):
        yield comment_content(thread.comment(number), "insert")


# Creator Marketplace


def _queue_marketplace_webhook(world: World, answered: TcmApplication) -> None:
    entry: dict[str, object] = {
        "event_type": "tcm_spark_ads",
        "video_id": answered.item_id,
        "tcm_account_id": answered.tcm_account_id,
        "auth_status": "ACCEPTED" if answered.accepts else "REJECTED",
        "event_time": answered.answer_at.isoformat(),
    }
    queue_for_subscribers(world, "TCM_SPARK_ADS", entry, answered.answer_at)
