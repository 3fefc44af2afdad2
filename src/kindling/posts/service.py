"""Use cases of posts: take them in from every source, freeze their organic numbers, judge lanes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from django.db import transaction
from django.db.models import Count, OuterRef, QuerySet, Subquery

import spark_measure
from kindling.agreements import service as agreements
from kindling.agreements.models import UsageRight
from kindling.briefs import deliverables as briefs
from kindling.briefs.texts import caption_drift
from kindling.creators import directory
from kindling.creators import service as creators
from kindling.creators.models import Creator, CreatorGrant
from kindling.errors import InvalidInputError, NotFoundError
from kindling.kit.tables import Imported
from kindling.posts import rules
from kindling.posts.models import LaneMove, Post, PostSnapshot
from kindling.posts.rules import Evidence, Lane, LanePolicy, LaneVerdict
from kindling.products import service as products
from kindling.workspaces import notices, tiktok
from kindling.workspaces.models import AdAccount, Workspace
from kindling.workspaces.rules import CREATOR_MANAGER, MEDIA_BUYER, REVIEWER, Action
from kindling.workspaces.service import Actor, record
from tiktok_business import (
    AdvertiserId,
    BusinessId,
    BusinessVideo,
    Identity,
    IdentityId,
    IdentityType,
    TikTok,
    TikTokError,
)
from tiktok_business import Post as WirePost


@dataclass(frozen=True, slots=True)
class Seen:
    """A post as one look at the platform showed it. None and "" mean: this look does not tell."""

    item_id: str
    handle: str
    item_type: str = "VIDEO"
    caption: str | None = None
    status: str = ""
    posted_at: datetime | None = None
    duration_seconds: float | None = None
    is_own: bool = False
    duet_or_stitch_of: str = ""


@transaction.atomic
def take_post(workspace: Workspace, seen: Seen, *, source: str, at: datetime) -> Post:
    """The post, made when new and renewed with what this look tells."""
    known = (
        Post.objects.select_related("creator__workspace")
        .filter(workspace=workspace, item_id=seen.item_id)
        .first()
    )
    if known is not None:
        directory.note_handle_seen(known.creator, seen.handle, at=at)
    creator = creators.take_creator(
        workspace,
        handle=creators.handle_or(f"post.{seen.item_id}", seen.handle),
        at=at,
        source=source,
        is_own=seen.is_own,
    )
    told: dict[str, Any] = {
        name: value
        for name, value in (
            ("item_type", seen.item_type),
            ("caption", seen.caption),
            ("status", seen.status),
            ("posted_at", seen.posted_at),
            ("duration_seconds", seen.duration_seconds),
            ("duet_or_stitch_of", seen.duet_or_stitch_of),
        )
        if value
    }
    if known is None:
        sku = rules.sku_in_caption(seen.caption or "", list(products.products(workspace)))
        made = Post.objects.create(
            workspace=workspace,
            creator=creator,
            item_id=seen.item_id,
            source=source,
            sku=sku,
            first_seen_at=at,
            seen_at=at,
            **{"status": rules.NOT_SEEN, **told},
        )
        compare_caption(made, at=at)
        return made
    if not known.sku and seen.caption:
        told["sku"] = rules.sku_in_caption(seen.caption, list(products.products(workspace)))
    changed = {name: value for name, value in told.items() if getattr(known, name) != value}
    Post.objects.filter(pk=known.pk).update(seen_at=at, **changed)
    for name, value in {**changed, "seen_at": at}.items():
        setattr(known, name, value)
    compare_caption(known, at=at)
    return known


def compare_caption(post: Post, *, at: datetime) -> None:
    """Tell when the live caption is not the approved one (R25); settle it when they read the same again.

    A post made under a brief takes the caption that was locked there.
    """
    if not post.approved_caption:
        locked = briefs.approved_captions(post.workspace, [post.item_id])
        if not locked.get(post.item_id):
            return
        post.approved_caption = locked[post.item_id]
        post.save(update_fields=["approved_caption"])
    if not post.caption:  # no look has told it yet
        return
    drift = caption_drift(post.approved_caption, post.caption)
    if drift is None:
        notices.settle(post.workspace, key=_caption_key(post), at=at)
        return
    notices.notify(
        post.workspace,
        key=_caption_key(post),
        roles=[REVIEWER, MEDIA_BUYER, CREATOR_MANAGER],
        title=f"Caption changed after approval: @{post.creator.handle}, post {post.item_id}",
        next_step=f"{drift.sentence} Have it put back, or approve it as it is.",
        path=f"posts/{post.item_id}/",
        at=at,
        urgency=2,
    )


def _caption_key(post: Post) -> str:
    return f"post-{post.pk}-caption"


def import_from_grant(grant: CreatorGrant, *, at: datetime) -> int:
    """Take a connected creator's posts and their lifetime numbers; returns how many posts.

    raises : PlatformError; the grant's health is noted either way
    """
    workspace = grant.creator.workspace
    token = creators.fresh_token(grant, at=at)

    async def read(client: TikTok) -> list[BusinessVideo]:
        return await tiktok.gather_list(client.business_videos.each(BusinessId(grant.open_id)))

    try:
        videos = tiktok.ask_as_creator(grant.connection, token, read)
    except TikTokError as error:
        problem = tiktok.as_platform_error(error)
        if not problem.can_retry:
            creators.note_problem(grant, problem.message)
        raise problem from error
    for video in videos:
        seen = Seen(
            item_id=video.item_id,
            handle=grant.creator.handle,
            status=rules.PUBLIC,
            caption=video.caption,
            posted_at=video.posted_at,
            duration_seconds=video.duration_seconds,
        )
        post = take_post(workspace, seen, source="connected", at=at)
        take_snapshot(post, video, at=at)
    _note_unlisted(grant, {video.item_id for video in videos}, at=at)
    creators.note_problem(grant, "")
    CreatorGrant.objects.filter(pk=grant.pk).update(synced_at=at)
    return len(videos)


def listed_in_account(grant: CreatorGrant, *, at: datetime) -> set[str]:
    """Item ids of the posts a connected account shows. Raises PlatformError."""
    token = creators.fresh_token(grant, at=at)

    async def read(client: TikTok) -> list[BusinessVideo]:
        return await tiktok.gather_list(client.business_videos.each(BusinessId(grant.open_id)))

    try:
        return {
            str(video.item_id) for video in tiktok.ask_as_creator(grant.connection, token, read)
        }
    except TikTokError as error:
        raise tiktok.as_platform_error(error) from error


def _note_unlisted(grant: CreatorGrant, listed: set[str], *, at: datetime) -> None:
    """Posts that the creator's own account does not show any more. A private one TikTok still vouches for stays."""
    Post.objects.filter(
        workspace=grant.creator.workspace, creator=grant.creator, status=rules.PUBLIC
    ).exclude(item_id__in=listed).update(status=rules.NOT_LISTED, seen_at=at)


def import_agreements(actor: Actor, data: bytes, *, at: datetime) -> Imported:
    """Take usage rights from a CSV, and the posts they name into the library."""
    result = agreements.import_rights(actor, data, at=at)
    for right in agreements.rights_to_named_posts(actor.workspace):
        _take_agreed(actor.workspace, right, at=at)
    return result


def _take_agreed(workspace: Workspace, right: UsageRight, *, at: datetime) -> None:
    post, is_new = Post.objects.get_or_create(
        workspace=workspace,
        item_id=right.item_id,
        defaults={
            "creator": right.creator,
            "status": rules.NOT_SEEN,
            "sku": right.sku,
            "source": "agreement",
            "first_seen_at": at,
            "seen_at": at,
        },
    )
    if not is_new and right.sku and not post.sku:
        Post.objects.filter(pk=post.pk).update(sku=right.sku)


@transaction.atomic
def take_linked(creator: Creator, item_id: str, *, source: str, at: datetime) -> Post:
    """A post that people named, in the library before any list of TikTok's tells of it. Safe to run again."""
    known = Post.objects.filter(workspace=creator.workspace, item_id=item_id).first()
    if known is None:
        seen = Seen(item_id=item_id, handle=creator.handle)
        return take_post(creator.workspace, seen, source=source, at=at)
    compare_caption(known, at=at)
    return known


def take_snapshot(post: Post, video: BusinessVideo, *, at: datetime) -> None:
    """Keep the numbers of one look. Those taken before any ad ran are the organic evidence (R62)."""
    if video.views is None:
        return
    PostSnapshot.objects.update_or_create(
        post=post,
        taken_at=at,
        defaults={
            "views": video.views,
            "likes": video.likes or 0,
            "comments": video.comments or 0,
            "shares": video.shares or 0,
            "completion_rate": _number(video.full_watched_rate),
            "average_watch_seconds": video.average_seconds_watched,
            "before_first_boost": not video.is_ad and post.first_boosted_at is None,
        },
    )


def _number(value: object) -> float | None:
    return None if value is None else float(str(value))


@dataclass(frozen=True, slots=True)
class LinkedAccount:
    """A TikTok account linked to an ad account, and its posts as taken in."""

    identity_id: str
    identity_type: str
    business_center_id: str
    is_available: bool
    posts: list[Post]


def import_own_posts(ad_account: AdAccount, *, at: datetime) -> list[LinkedAccount]:
    """Take the posts of every TikTok account linked to the ad account or its Business Center (R34, R36).

    An account that cannot be used at the moment is listed without posts of this look: those known stay.
    raises : PlatformError
    """
    advertiser = AdvertiserId(ad_account.advertiser_id)

    async def read(client: TikTok) -> list[tuple[Identity, list[WirePost]]]:
        found = []
        for kind in (IdentityType.TT_USER, IdentityType.BC_AUTH_TT):
            for identity in await tiktok.gather_list(
                client.identities.each(advertiser, identity_type=kind)
            ):
                videos = client.identities.each_video(
                    advertiser,
                    IdentityId(identity.identity_id),
                    kind,
                    business_center_id=identity.business_center_id,
                )
                is_open = identity.can_pull_video
                found.append((identity, await tiktok.gather_list(videos) if is_open else []))
        return found

    try:
        found = tiktok.ask(ad_account, read)
    except TikTokError as error:
        raise tiktok.as_platform_error(error) from error
    return [
        LinkedAccount(
            identity_id=identity.identity_id,
            identity_type=identity.identity_type,
            business_center_id=str(identity.business_center_id or ""),
            is_available=identity.availability in {None, "AVAILABLE"},
            posts=[_take_linked(ad_account.workspace, identity, post, at=at) for post in posts]
            or _known_posts(ad_account.workspace, identity),
        )
        for identity, posts in found
    ]


def _handle_of(identity: Identity) -> str:
    # Never the display name: anybody's can read like a creator's handle, and own posts need no licence.
    return creators.handle_or(f"id.{identity.identity_id}", identity.username or "")


def _known_posts(workspace: Workspace, identity: Identity) -> list[Post]:
    """What is on record of an account that shows nothing now: its permissions are blocked, not forgotten."""
    return list(
        Post.objects.filter(
            workspace=workspace, creator__handle=_handle_of(identity)
        ).select_related("creator")
    )


def _take_linked(workspace: Workspace, identity: Identity, post: WirePost, *, at: datetime) -> Post:
    """A post of a linked account. The brand's own needs no licence; a known creator's does, however it is linked."""
    handle = _handle_of(identity)
    is_own = identity.identity_type == IdentityType.TT_USER and not creators.is_creator(
        workspace, handle
    )
    seen = Seen(
        item_id=post.item_id,
        handle=handle,
        item_type=post.item_type,
        caption=post.text,
        status=post.status,
        duration_seconds=post.video.duration_seconds if post.video else None,
        is_own=is_own,
    )
    return take_post(workspace, seen, source="linked account", at=at)


_LANES = [lane.value for lane in Lane]

# --- Library ----------------------------------------------------------------------------------------


def library(workspace: Workspace, *, lane: str = "", search: str = "") -> QuerySet[Post]:
    """Posts with their creator and their newest organic counters, newest post first."""
    newest = PostSnapshot.objects.filter(post=OuterRef("pk")).order_by("-taken_at")
    found = (
        Post.objects.filter(workspace=workspace)
        .select_related("creator")
        .annotate(
            **{
                name: Subquery(newest.values(name)[:1])
                for name in ("views", "likes", "comments", "shares")
            }
        )
    )
    if lane:
        if lane not in _LANES:
            raise InvalidInputError(
                f"{lane!r} is not a lane.", next_step=f"Use one of {', '.join(_LANES)}."
            )
        found = found.filter(lane=lane)
    if search:
        word = search.strip().lstrip("@")
        found = (
            found.filter(creator__handle__icontains=word)
            | found.filter(item_id__startswith=word)
            | found.filter(sku__iexact=word)
        )
    return found.order_by("-posted_at", "-pk")


def lane_counts(workspace: Workspace) -> dict[str, int]:
    """How many posts stand in each lane."""
    rows = Post.objects.filter(workspace=workspace).values_list("lane").annotate(count=Count("pk"))
    return dict(rows.order_by())


def listing(workspace: Workspace, *, lane: str = "") -> list[dict[str, Any]]:
    """The library as plain rows, for `--json`, the API and exports."""
    return [
        {
            "item_id": post.item_id,
            "handle": post.creator.handle,
            "is_own": post.creator.is_own,
            "item_type": post.item_type,
            "status": post.status,
            "posted_at": post.posted_at.isoformat() if post.posted_at else None,
            "sku": post.sku or None,
            "views": getattr(post, "views"),  # noqa: B009 (annotated by `library`, unknown to the type)
            "lane": post.lane,
            "lane_reason": post.lane_reason,
        }
        for post in library(workspace, lane=lane)
    ]


def find_post(workspace: Workspace, item_id: str) -> Post:
    post = (
        Post.objects.select_related("creator").filter(workspace=workspace, item_id=item_id).first()
    )
    if post is None:
        raise NotFoundError(
            f"Post {item_id} is not in the library.",
            next_step="Take its code in, or connect its creator.",
        )
    return post


@transaction.atomic
def set_sku(actor: Actor, post: Post, sku: str, *, at: datetime) -> None:
    actor.require(Action.MOVE_LANES)
    if sku:
        products.require_product(actor.workspace, sku)
    before, post.sku = post.sku, sku
    post.save(update_fields=["sku"])
    record(actor, "tagged post", post.item_id, at=at, before={"sku": before}, after={"sku": sku})


@transaction.atomic
def approve_caption(actor: Actor, post: Post, *, at: datetime) -> None:
    """Take the caption as it stands for approved; preflight compares later readings with it (R25)."""
    actor.require(Action.MOVE_LANES)
    post.approved_caption = post.caption
    post.save(update_fields=["approved_caption"])
    notices.settle(post.workspace, key=_caption_key(post), at=at)
    record(actor, "approved caption", post.item_id, at=at)


# --- Lanes --------------------------------------------------------------------------------------------


def evidence_of(posts: Iterable[Post]) -> dict[int, Evidence]:
    """Organic evidence by post pk: the last snapshot before the first boost, shrunk among its peers."""
    rows = list(posts)
    latest = _organic_snapshots([post.pk for post in rows])
    with_numbers = [post for post in rows if post.pk in latest]
    engagements = np.array([_engagements(latest[post.pk]) for post in with_numbers], dtype=np.int64)
    views = np.array([latest[post.pk].views for post in with_numbers], dtype=np.int64)
    engagements = np.minimum(engagements, views)
    prior = spark_measure.fit_beta_binomial(engagements, views) if len(with_numbers) else None
    rates = (
        spark_measure.shrunk_rates(engagements, views, prior=prior)
        if prior
        else np.full(len(with_numbers), np.nan)
    )
    ranks = spark_measure.percentile_among(rates)
    found = {post.pk: Evidence(None, None, None, None) for post in rows}
    for post, rate, rank in zip(with_numbers, rates, ranks, strict=True):
        snapshot = latest[post.pk]
        found[post.pk] = Evidence(
            views=snapshot.views,
            snapshot_at=snapshot.taken_at,
            social_engagement_rate=None if np.isnan(rate) else float(rate),
            percentile=None if np.isnan(rank) else float(rank),
        )
    return found


def organic_snapshot(post: Post) -> PostSnapshot | None:
    """The last reading before the post's first ad; None when there is none."""
    return _organic_snapshots([post.pk]).get(post.pk)


def _organic_snapshots(post_pks: list[int]) -> dict[int, PostSnapshot]:
    organic = PostSnapshot.objects.filter(post_id__in=post_pks, before_first_boost=True)
    latest: dict[int, PostSnapshot] = {}
    for snapshot in organic.order_by("post_id", "-taken_at"):
        latest.setdefault(snapshot.post_id, snapshot)
    return latest


def _engagements(snapshot: PostSnapshot) -> int:
    return snapshot.likes + snapshot.comments + snapshot.shares


def judge_lanes(workspace: Workspace, *, now: datetime, policy: LanePolicy | None = None) -> int:
    """Move every post that no person placed to the lane it has earned; returns how many moved.

    A post that already ran as an ad keeps the lane its organic life earned.
    """
    posts = list(Post.objects.filter(workspace=workspace))
    evidence = evidence_of(posts)
    moved = 0
    for post in posts:
        if post.lane_by_hand:
            continue
        verdict = rules.judge(
            status=post.status,
            posted_at=post.posted_at,
            evidence=evidence[post.pk],
            now=now,
            policy=policy or LanePolicy(),
        )
        has_earned_before = post.lane == Lane.SPARK_READY and verdict.lane == Lane.ORGANIC_TEST
        if has_earned_before and post.first_boosted_at is not None:
            continue
        moved += _move(post, verdict, actor=None, by_hand=False, now=now)
    return moved


def move_by_hand(actor: Actor, post: Post, lane: str, reason: str, *, at: datetime) -> None:
    """A person's decision beats the evidence until a person lifts it; the reason is kept."""
    actor.require(Action.MOVE_LANES)
    if lane not in _LANES:
        raise InvalidInputError(
            f"{lane!r} is not a lane.", next_step=f"Use one of {', '.join(_LANES)}."
        )
    if not reason.strip():
        raise InvalidInputError(
            "A move by hand needs a reason.", next_step="Say why in a few words."
        )
    verdict = LaneVerdict(Lane(lane), reason.strip(), {})
    before = post.lane
    _move(post, verdict, actor=actor, by_hand=True, now=at)
    record(
        actor,
        "moved lane",
        post.item_id,
        at=at,
        reason=reason,
        before={"lane": before},
        after={"lane": lane},
    )


@transaction.atomic
def _move(
    post: Post, verdict: LaneVerdict, *, actor: Actor | None, by_hand: bool, now: datetime
) -> bool:
    is_move = post.lane != verdict.lane
    if is_move:
        LaneMove.objects.create(
            post=post,
            at=now,
            actor=actor.user if actor else None,
            from_lane=post.lane,
            to_lane=verdict.lane,
            reason=verdict.reason,
            numbers=verdict.numbers,
        )
    if is_move or post.lane_reason != verdict.reason or post.lane_by_hand != by_hand:
        post.lane, post.lane_reason, post.lane_by_hand = verdict.lane, verdict.reason, by_hand
        post.save(update_fields=["lane", "lane_reason", "lane_by_hand"])
    return is_move


def note_boosts(workspace: Workspace, first_ads: dict[str, datetime]) -> None:
    """Remember when each post's first ad was made, the earliest known; told by delivery. item_id → when."""
    posts = Post.objects.filter(workspace=workspace, item_id__in=list(first_ads))
    for post in posts.select_related("creator"):
        moment = first_ads[post.item_id]
        if post.first_boosted_at is None:
            agreements.note_first_spend(post.creator, post.item_id, moment)
        if post.first_boosted_at is None or moment < post.first_boosted_at:
            Post.objects.filter(pk=post.pk).update(first_boosted_at=moment)
            # What was read after the first ad ran is not organic any more (R62).
            PostSnapshot.objects.filter(post=post, taken_at__gte=moment).update(
                before_first_boost=False
            )
