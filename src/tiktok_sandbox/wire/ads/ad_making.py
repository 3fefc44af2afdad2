"""Making ads and changing their creatives; Smart+ and GMV Max make theirs here too."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from tiktok_sandbox.wire.ads.ad_rules import NAMES, check_creative, is_push, make_post_public
from tiktok_sandbox.wire.protocol.errors import invalid
from tiktok_sandbox.wire.protocol.parameters import Parameters
from tiktok_sandbox.world.ads import pushes, reviews
from tiktok_sandbox.world.state.clock import whole_seconds
from tiktok_sandbox.world.state.entities import Ad, AdGroup, Creator, Post
from tiktok_sandbox.world.world import World

ADS_PER_IDENTITY = 10_000
SWITCH = ("ENABLE", "DISABLE")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A creative that may become an ad, and the account it appears as."""

    creative: Parameters
    creator: Creator


def check_all(world: World, adgroup: AdGroup, creatives: list[Parameters]) -> list[Checked]:
    """All of them or none. Raises WireError and RefusedError."""
    checked = [
        Checked(creative=creative, creator=check_creative(world, adgroup, creative))
        for creative in creatives
    ]
    coming = Counter(item.creator.identity_id for item in checked)
    for identity_id, count in coming.items():
        if world.find.live_ads_of_identity(identity_id) + count > ADS_PER_IDENTITY:
            raise invalid(
                "identity_id", f"The identity carries {ADS_PER_IDENTITY} ads; delete some first"
            )
    return checked


def make_ad(
    world: World,
    adgroup: AdGroup,
    checked: Checked,
    *,
    smart_plus_ad_id: str | None = None,
) -> Ad:
    """One ad of one checked creative; it waits for review."""
    creative = checked.creative
    ad_id = world.next_id("ad", prefix="18")
    now = whole_seconds(world.now)
    operation = creative.choice("operation_status", SWITCH, "ENABLE")
    ad = Ad(
        ad_id=ad_id,
        number=len(world.state.ads),
        adgroup_id=adgroup.adgroup_id,
        campaign_id=adgroup.campaign_id,
        advertiser_id=adgroup.advertiser_id,
        item_id=post_for(world, checked).item_id,
        identity_id=checked.creator.identity_id,
        identity_type=creative.text("identity_type"),
        created_at=now,
        modified_at=now,
        status_changed_at=now,
        reviewed_at=reviews.NEVER,
        operation_status=operation,
        is_push=is_push(creative),
        smart_plus_ad_id=smart_plus_ad_id,
        # Reports know a creative by its `ad_id` (§11.2), and no other field could tell which one it is.
        ad_material_id=ad_id if smart_plus_ad_id else None,
        fields=fields_of(world, creative, ad_id),
    )
    world.state.ads[ad_id] = ad
    start_review(world, ad)
    return ad


def post_for(world: World, checked: Checked) -> Post:
    """The existing post of a Pull, or the new one of a Push."""
    creative = checked.creative
    if not is_push(creative):
        post = world.state.posts[creative.text("tiktok_item_id")]
        make_post_public(world, post)
        return post
    video_id = creative.find_text("video_id")
    user = world.state.custom_users.get(checked.creator.identity_id)
    if user is not None:
        pushes.creator_of_custom_user(world, user)
    return pushes.make_post(
        world,
        handle=checked.creator.handle,
        video=world.state.videos[video_id] if video_id is not None else None,
        image_ids=[str(number) for number in creative.items("image_ids")],
        caption=creative.text("ad_text"),
        ads_only=user is not None or dark_post(world, creative) == "ON",
        landing_url=creative.text("landing_page_url", ""),
        music_id=creative.find_text("music_id"),
    )


def dark_post(world: World, creative: Parameters) -> str:
    """ON or OFF: as asked, as the platform's default, or as the identity's mode forces it (R10)."""
    creator = world.find.creator_of_identity(creative.text("identity_id"))
    if creator is not None and creator.ads_only_mode:
        return "ON"
    return creative.text("dark_post_status", world.behaviour.dark_post_default)


def fields_of(world: World, creative: Parameters, ad_id: str) -> dict[str, object]:
    fields: dict[str, object] = {
        "ad_name": creative.text("ad_name") or ad_id,
        "ad_format": creative.text("ad_format"),
        **{name: creative.raw(name) for name in NAMES if name in creative},
    }
    if is_push(creative):
        fields["dark_post_status"] = dark_post(world, creative)
    return fields


def start_review(world: World, ad: Ad) -> None:
    caption = world.state.posts[ad.item_id].caption
    reviews.review(world, ad, texts=(caption, str(ad.fields.get("ad_text") or "")))
    reviews.note_pushed(world, ad)


def replace_creative(world: World, ad: Ad, checked: Checked) -> bool:
    """Write the new creative; whether it has to be reviewed again, as any new material has."""
    creative = checked.creative
    is_new = _is_new_material(ad, creative)
    item_id = ad.item_id
    if is_new and not (ad.is_push and _same_file(ad, creative)):
        item_id = post_for(world, checked).item_id
    elif is_new:
        world.state.posts[item_id].caption = creative.text("ad_text")
    identity_id = checked.creator.identity_id
    world.find.note_ad_moved(ad, item_id=item_id, identity_id=identity_id)
    if creative.text("identity_type") != ad.identity_type:
        # Another permission carries the ad from here on, not since the hour began.
        ad.status_changed_at = whole_seconds(world.now)
    ad.item_id, ad.identity_id = item_id, identity_id
    ad.identity_type = creative.text("identity_type")
    ad.fields = fields_of(world, creative, ad.ad_id)
    ad.modified_at = whole_seconds(world.now)
    if is_new:
        start_review(world, ad)
    return is_new


def _is_new_material(ad: Ad, creative: Parameters) -> bool:
    if not ad.is_push:
        return creative.text("tiktok_item_id") != ad.item_id
    return not _same_file(ad, creative) or creative.text("ad_text") != ad.fields.get("ad_text")


def _same_file(ad: Ad, creative: Parameters) -> bool:
    return all(
        creative.raw(name) == ad.fields.get(name) for name in ("video_id", "image_ids", "music_id")
    ) and (creative.text("identity_id") == ad.identity_id)
