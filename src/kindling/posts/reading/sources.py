"""Where posts come from: connected creators, linked accounts, agreements."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from kindling.agreements import service as agreements
from kindling.agreements.models import UsageRight
from kindling.creators import grants
from kindling.creators import service as creators
from kindling.creators.models import CreatorGrant
from kindling.errors import PlatformError
from kindling.kit.tables import Imported
from kindling.posts import rules
from kindling.posts.evidence.snapshots import take_snapshot
from kindling.posts.models import Post
from kindling.posts.reading import stills
from kindling.posts.service import PostFacts, record_posts
from kindling.workspaces import tiktok
from kindling.workspaces.models import AdAccount, Workspace
from kindling.workspaces.service import Actor
from tiktok_business import (
    AdvertiserId,
    BusinessId,
    BusinessVideo,
    Identity,
    IdentityId,
    IdentityType,
    TikTok,
)
from tiktok_business import Post as WirePost


def import_from_grant(
    grant: CreatorGrant, *, at: datetime, looks: stills.Looks | None = None
) -> int:
    """Take a connected creator's posts and their lifetime numbers; returns how many posts.

    looks : takes the links of their covers, which end soon

    raises : PlatformError; the grant's health is noted either way
    """
    workspace = grant.creator.workspace
    token = grants.fresh_token(grant, at=at)

    async def read(client: TikTok) -> list[BusinessVideo]:
        return await tiktok.gather_list(client.business_videos.each(BusinessId(grant.open_id)))

    try:
        videos = tiktok.ask_as_creator(grant.connection, token, read)
    except PlatformError as problem:
        if not problem.can_retry:
            grants.note_problem(grant, problem.message)
        raise
    facts = [
        PostFacts(
            item_id=video.item_id,
            handle=grant.creator.handle,
            status=rules.PUBLIC,
            caption=video.caption,
            posted_at=video.posted_at,
            duration_seconds=video.duration_seconds,
        )
        for video in videos
    ]
    recorded = record_posts(workspace, facts, source="connected", at=at)
    for post, video in zip(recorded, videos, strict=True):
        take_snapshot(post, video, at=at)
        if looks is not None:
            looks.add(post, video.thumbnail_url, server=grant.connection.base_url)
    _note_unlisted(grant, {video.item_id for video in videos}, at=at)
    grants.note_problem(grant, "")
    CreatorGrant.objects.filter(pk=grant.pk).update(synced_at=at)
    return len(videos)


def listed_in_account(grant: CreatorGrant, *, at: datetime) -> set[str]:
    """Item ids of the posts a connected account shows. Raises PlatformError."""
    token = grants.fresh_token(grant, at=at)

    async def read(client: TikTok) -> list[BusinessVideo]:
        return await tiktok.gather_list(client.business_videos.each(BusinessId(grant.open_id)))

    return {str(video.item_id) for video in tiktok.ask_as_creator(grant.connection, token, read)}


def _note_unlisted(grant: CreatorGrant, listed: set[str], *, at: datetime) -> None:
    """Posts that the creator's own account does not show any more. A private one TikTok still vouches for stays."""
    Post.objects.filter(
        workspace=grant.creator.workspace, creator=grant.creator, status=rules.PUBLIC
    ).exclude(item_id__in=listed).update(status=rules.NOT_LISTED, seen_at=at)


def import_agreements(actor: Actor, data: bytes, *, at: datetime) -> Imported:
    """Take usage rights from a CSV, and the posts they name into the library."""
    result = agreements.import_rights(actor, data, at=at)
    for right in agreements.rights_to_named_posts(actor.workspace):
        _record_agreed(actor.workspace, right, at=at)
    return result


def _record_agreed(workspace: Workspace, right: UsageRight, *, at: datetime) -> None:
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


@dataclass(frozen=True, slots=True)
class LinkedAccount:
    """A TikTok account linked to an ad account, and its posts as recorded.

    is_open : it shows its posts; what it does not show is hidden or deleted
    """

    identity_id: str
    identity_type: str
    business_center_id: str
    is_available: bool
    is_open: bool
    posts: list[Post]


def import_own_posts(
    ad_account: AdAccount, *, at: datetime, looks: stills.Looks | None = None
) -> list[LinkedAccount]:
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

    found = tiktok.ask(ad_account, read)
    server = ad_account.connection.base_url
    linked = [
        LinkedAccount(
            identity_id=identity.identity_id,
            identity_type=identity.identity_type,
            business_center_id=str(identity.business_center_id or ""),
            is_available=identity.availability in {None, "AVAILABLE"},
            is_open=bool(identity.can_pull_video),
            posts=_record_linked(ad_account.workspace, identity, posts, at=at)
            if identity.can_pull_video
            else _known_posts(ad_account.workspace, identity),
        )
        for identity, posts in found
    ]
    if looks is not None:
        for account, (_, told) in zip(linked, found, strict=True):
            if account.is_open:
                for post, wire in zip(account.posts, told, strict=True):
                    looks.add_video(post, wire.video, server=server)
    return linked


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


def _record_linked(
    workspace: Workspace, identity: Identity, posts: list[WirePost], *, at: datetime
) -> list[Post]:
    """Posts of a linked account. The brand's own need no licence; a known creator's do, however it is linked."""
    handle = _handle_of(identity)
    is_own = identity.identity_type == IdentityType.TT_USER and not creators.is_creator(
        workspace, handle
    )
    looks = [
        PostFacts(
            item_id=post.item_id,
            handle=handle,
            item_type=post.item_type,
            caption=post.text,
            status=post.status,
            duration_seconds=post.video.duration_seconds if post.video else None,
            is_own=is_own,
        )
        for post in posts
    ]
    return record_posts(workspace, looks, source="linked account", at=at)
