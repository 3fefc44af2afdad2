"""Videos for ads of uploads: to the ad account's library at TikTok, once each, and the accounts that publish them."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath

from django.conf import settings
from django.db.models import QuerySet

from kindling.authorizations.models import Binding
from kindling.errors import (
    ConflictError,
    InvalidInputError,
    NotFoundError,
    OutcomeUnknownError,
    PlatformError,
    RefusedError,
)
from kindling.launches.models import AdVideo
from kindling.launches.rules import Upload, UploadToLaunch
from kindling.products.models import Product
from kindling.workspaces import tiktok
from kindling.workspaces.models import AdAccount, Workspace
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor, record
from tiktok_business import AdvertiserId, LibraryVideo, TikTok, signature_of

# Source: R5. Files are held in memory while they are sent.
ENDINGS = (".mp4", ".mov", ".mpeg", ".3gp", ".avi")
MAX_BYTES = 500 * 1024 * 1024
# Identities that may publish an upload. Source: reference tiktok-api §8.3.
PUBLISHING = ("TT_USER", "BC_AUTH_TT")
LOOKS = (0, 1, 2, 4)  # before each look, as multiples of KINDLING_SETTLE_SECONDS
State = AdVideo.State


@dataclass(frozen=True, slots=True)
class OwnAccount:
    """A TikTok account of the brand that an ad account may publish as."""

    handle: str
    identity_id: str
    identity_type: str
    business_center_id: str


def own_accounts(workspace: Workspace, ad_account: AdAccount) -> list[OwnAccount]:
    """The brand's own accounts that are linked to an ad account, as their posts show them."""
    rows = Binding.objects.filter(
        ad_account=ad_account,
        is_live=True,
        identity_type__in=PUBLISHING,
        authorization__post__workspace=workspace,
        authorization__post__creator__is_own=True,
    )
    found = rows.values_list(
        "authorization__post__creator__handle", "identity_id", "identity_type", "business_center_id"
    )
    return [OwnAccount(*each) for each in sorted(set(found))]


def videos(workspace: Workspace) -> QuerySet[AdVideo]:
    return AdVideo.objects.filter(ad_account__workspace=workspace).select_related(
        "ad_account", "created_by"
    )


def find(workspace: Workspace, pk: int) -> AdVideo:
    """One of the workspace's. Raises NotFoundError."""
    found = videos(workspace).select_related("ad_account__connection").filter(pk=pk).first()
    if found is None:
        raise NotFoundError("This video was not found.", next_step="Open Videos to see all.")
    return found


def upload(
    actor: Actor, ad_account: AdAccount, content: bytes, *, file_name: str, at: datetime
) -> AdVideo:
    """Bring a file to the ad account's library. The same file again is the same video; nothing is spent."""
    actor.require(Action.PLAN)
    name = PurePath(file_name).name[-100:]
    if not name.lower().endswith(ENDINGS):
        raise InvalidInputError(
            f"{name or 'The file'} is not a video that TikTok takes.",
            next_step=f"Use a file that ends in {', '.join(ENDINGS)}.",
            field="file",
        )
    if not 0 < len(content) <= MAX_BYTES:
        raise InvalidInputError(
            "The file is empty or larger than 500 MB.", next_step="Use another file.", field="file"
        )
    row, is_new = AdVideo.objects.get_or_create(
        ad_account=ad_account,
        signature=signature_of(content),
        defaults={"file_name": name, "created_by": actor.user, "created_at": at},
    )
    if not is_new and row.state == State.SENDING:
        return look_again(actor, row, at=at)
    if row.state == State.READY:
        return row
    AdVideo.objects.filter(pk=row.pk).update(state=State.SENDING, problem="")
    _send(row, content)
    if row.state == State.READY:
        record(actor, "uploaded video", row.file_name, at=at, after={"video_id": row.video_id})
    return row


def look_again(actor: Actor, row: AdVideo, *, at: datetime) -> AdVideo:
    """Find a video whose upload was not answered by its signature; one that is not there can be uploaded again."""
    actor.require(Action.PLAN)
    if row.state == State.READY:
        return row
    _settle(row)
    if row.state == State.READY:
        record(actor, "uploaded video", row.file_name, at=at, after={"video_id": row.video_id})
    return row


def _send(row: AdVideo, content: bytes) -> None:
    advertiser = AdvertiserId(row.ad_account.advertiser_id)
    name = f"{row.signature[:8]}-{row.file_name}"[-100:]

    async def send(client: TikTok) -> LibraryVideo:
        return await client.library.upload_video(advertiser, content, file_name=name)

    try:
        _ready(row, tiktok.ask(row.ad_account, send))
    except OutcomeUnknownError:
        _settle(row)
    except PlatformError as problem:
        is_final = isinstance(problem, RefusedError) and not problem.can_retry
        _note(row, State.REFUSED if is_final else State.SENDING, problem)
        raise


def _settle(row: AdVideo) -> None:
    """Look for the signature several times: a list may be stale."""
    advertiser = AdvertiserId(row.ad_account.advertiser_id)

    async def look(client: TikTok) -> LibraryVideo | None:
        each = await tiktok.gather_list(client.library.each_video(advertiser))
        return next((video for video in each if video.signature == row.signature), None)

    for share in LOOKS:
        time.sleep(share * settings.KINDLING_SETTLE_SECONDS)
        found = tiktok.ask(row.ad_account, look)
        if found is not None:
            _ready(row, found)
            return
    row.state, row.problem = State.REFUSED, "TikTok does not have this file. Upload it again."
    AdVideo.objects.filter(pk=row.pk).update(state=row.state, problem=row.problem)


def _ready(row: AdVideo, video: LibraryVideo) -> None:
    """The video is there; its cover is the one that TikTok made of it."""
    advertiser = AdvertiserId(row.ad_account.advertiser_id)
    cover_url = video.cover_url
    row.video_id, row.seconds = video.video_id, video.seconds
    AdVideo.objects.filter(pk=row.pk).update(video_id=row.video_id, seconds=row.seconds)
    if cover_url is None:
        raise ConflictError(
            "TikTok has not made a cover of the video yet.",
            next_step="Check again in a minute.",
        )
    name = f"{row.signature[:8]}-cover.jpeg"

    async def cover(client: TikTok) -> str:
        images = await tiktok.gather_list(client.library.each_image(advertiser))
        known = next((each.image_id for each in images if each.file_name == name), None)
        if known is not None:
            return known
        made = await client.library.upload_image_at(advertiser, cover_url, file_name=name)
        return made.image_id

    row.cover_id = tiktok.ask(row.ad_account, cover)
    row.state, row.problem = State.READY, ""
    AdVideo.objects.filter(pk=row.pk).update(
        cover_id=row.cover_id, state=row.state, problem=row.problem
    )


def _note(row: AdVideo, state: str, problem: PlatformError) -> None:
    row.state, row.problem = state, f"{problem.message} {problem.next_step}"
    AdVideo.objects.filter(pk=row.pk).update(state=row.state, problem=row.problem)


def to_launch(
    workspace: Workspace, ad_account: AdAccount, wish: Upload, known: dict[str, Product]
) -> UploadToLaunch:
    """An upload with its files at TikTok and its account. Raises InvalidInputError naming what is missing."""
    video = AdVideo.objects.filter(ad_account=ad_account, video_id=wish.video_id).first()
    if not wish.video_id or video is None or video.state != State.READY:
        raise InvalidInputError(
            f"The video {wish.video_id or 'of an upload'} is not in the library of {ad_account.name}.",
            next_step="Upload it under Videos, and use its video id.",
            field="uploads",
        )
    own = {each.handle: each for each in own_accounts(workspace, ad_account)}
    account = own.get(wish.handle)
    if account is None:
        named = ", ".join(f"@{each}" for each in own) or "none is linked to this ad account"
        raise InvalidInputError(
            f"An upload is published by the brand's own account, and @{wish.handle or '?'} is none.",
            next_step=f"Use one of the linked accounts: {named}.",
            field="uploads",
        )
    product = known.get(wish.sku)
    return UploadToLaunch(
        wish=wish,
        cover_id=video.cover_id,
        seconds=video.seconds,
        identity_id=account.identity_id,
        identity_type=account.identity_type,
        business_center_id=account.business_center_id,
        landing_url=product.landing_url if product else "",
    )
