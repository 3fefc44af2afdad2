"""`ad/*`: Spark Ads of existing posts (Pull) and uploaded ones (Push). Source: §8.3."""

from __future__ import annotations

from tiktok_sandbox.media.links import creator_url
from tiktok_sandbox.wire.ads import status_words
from tiktok_sandbox.wire.ads.ad_making import ADS_PER_IDENTITY, check_all, make_ad, replace_creative
from tiktok_sandbox.wire.ads.ad_rules import CREATIVE, MOST_CREATIVES, is_push
from tiktok_sandbox.wire.ads.adgroups import get_adgroup
from tiktok_sandbox.wire.ads.objects import (
    MOST_FILTERED,
    MOST_SWITCHED,
    SWITCHES,
    Level,
    chosen,
    get_fields,
    is_gone,
    listing,
    switch_many,
    times,
)
from tiktok_sandbox.wire.protocol import field_names
from tiktok_sandbox.wire.protocol.calls import Call, Data, Endpoint
from tiktok_sandbox.wire.protocol.errors import invalid, missing, not_found
from tiktok_sandbox.wire.protocol.field_names import names_of
from tiktok_sandbox.wire.protocol.fields import boolean, choice, ids, many, moment, record, text
from tiktok_sandbox.wire.protocol.parameters import Parameters
from tiktok_sandbox.wire.spark.identities import IDENTITY_TYPES, find_identity
from tiktok_sandbox.world.ads import reviews
from tiktok_sandbox.world.ads.statuses import ad_status
from tiktok_sandbox.world.state.entities import Ad
from tiktok_sandbox.world.world import World

# What `patch_update` changes; everything else stays.
MATERIAL = (
    "ad_name",
    "identity_type",
    "identity_id",
    "identity_authorized_bc_id",
    "tiktok_item_id",
    "video_id",
    "image_ids",
    "music_id",
    "ad_text",
)
# Rows of ads by code lack these on the live service (§17); others have them.
NOT_OF_CODES = ("ad_format", "call_to_action", "creative_type", "image_mode")
BLANK: dict[str, object] = {
    "ad_text": "",
    "ad_texts": None,
    "video_id": None,
    "image_ids": [],
    "music_id": None,
    "identity_authorized_bc_id": None,
    "landing_page_url": "",
    "call_to_action": "",
    "call_to_action_id": None,
    "deeplink": "",
    "page_id": None,
    "tracking_pixel_id": 0,
    "promotional_music_disabled": True,
    "item_duet_status": None,
    "item_stitch_status": None,
    "is_aco": False,
    "is_new_structure": True,
    "creative_type": None,
    "creative_authorized": False,
    "aigc_disclosure_type": "NOT_DECLARED",
    "dark_post_status": "ON",
}
LACKING = f"Ads by code lack {', '.join(NOT_OF_CODES)}, as seen live"
ACCOUNT = text("advertiser_id", required=True, most=32)
CREATE = (
    ACCOUNT,
    text("adgroup_id", required=True, most=32),
    many("creatives", record("creative", *CREATIVE), required=True, least=1, most=MOST_CREATIVES),
)
UPDATE = (
    ACCOUNT,
    text("adgroup_id", required=True, most=32),
    boolean("patch_update"),
    many(
        "creatives",
        record("creative", text("ad_id", required=True, most=32), *CREATIVE),
        required=True,
        least=1,
        most=MOST_CREATIVES,
    ),
)
STATUS_UPDATE = (
    ACCOUNT,
    ids("ad_ids", most=MOST_SWITCHED),
    ids("aco_ad_ids", most=MOST_SWITCHED),
    choice("operation_status", *SWITCHES, required=True),
)
SHOWN = names_of(field_names.AD, CREATIVE)
GET = get_fields(
    ids("campaign_ids", most=MOST_FILTERED),
    ids("adgroup_ids", most=MOST_FILTERED),
    ids("ad_ids", most=MOST_FILTERED),
    text("ad_name", most=512),
    text("optimization_goal", most=64),
    text("creative_material_mode", most=64),
    text("destination", most=64),
    moment("modified_after"),
)
LEVEL: Level[Ad] = Level(
    ids={
        "campaign_ids": lambda ad: ad.campaign_id,
        "adgroup_ids": lambda ad: ad.adgroup_id,
        "ad_ids": lambda ad: ad.ad_id,
    },
    status_of=ad_status,
    filterable=status_words.AD,
    all_statuses="AD_STATUS_ALL",
    equal=("objective_type", "optimization_goal"),
    like=("ad_name",),
)


def create(call: Call) -> Data:
    account = call.advertiser()
    adgroup = get_adgroup(call.world, account.advertiser_id, call.parameters.text("adgroup_id"))
    if is_gone(call.world, adgroup):
        raise not_found("adgroup", adgroup.adgroup_id)
    checked = check_all(call.world, adgroup, _creatives(call.parameters))
    made = [make_ad(call.world, adgroup, item) for item in checked]
    return {
        "ad_ids": [ad.ad_id for ad in made],
        "need_audit": True,
        "creatives": [row(call.world, ad) for ad in made],
    }


def _creatives(parameters: Parameters) -> list[Parameters]:
    return [
        Parameters(entry, is_query=False)
        for entry in parameters.items("creatives")
        if isinstance(entry, dict)
    ]


def update(call: Call) -> Data:
    """Replace creatives as a whole, or patch their material; all or none."""
    account = call.advertiser()
    adgroup = get_adgroup(call.world, account.advertiser_id, call.parameters.text("adgroup_id"))
    is_patch = call.parameters.boolean("patch_update")
    ads, creatives = [], []
    for creative in _creatives(call.parameters):
        ad = get_ad(call.world, account.advertiser_id, creative.text("ad_id"))
        if ad.adgroup_id != adgroup.adgroup_id or is_gone(call.world, ad):
            raise not_found("ad", ad.ad_id)
        whole = _merged(ad, creative) if is_patch else creative
        if is_push(whole) != ad.is_push:
            raise invalid("tiktok_item_id", "A Spark post and an upload cannot replace each other")
        ads.append(ad)
        creatives.append(whole)
    checked = check_all(call.world, adgroup, creatives)
    again = [replace_creative(call.world, *pair) for pair in zip(ads, checked, strict=True)]
    return {
        "ad_ids": [ad.ad_id for ad in ads],
        "need_audit": any(again),
        "creatives": [row(call.world, ad) for ad in ads],
    }


def _merged(ad: Ad, creative: Parameters) -> Parameters:
    """A patch edits the material only; everything else stays as it is."""
    standing: dict[str, object] = {
        **ad.fields,
        "identity_type": ad.identity_type,
        "identity_id": ad.identity_id,
    }
    if not ad.is_push:
        standing["tiktok_item_id"] = ad.item_id
    given = {name: creative.raw(name) for name in MATERIAL if name in creative}
    return Parameters(standing | given, is_query=False)


def status_update(call: Call) -> Data:
    account = call.advertiser()
    name = "aco_ad_ids" if "aco_ad_ids" in call.parameters else "ad_ids"
    numbers = call.parameters.ids(name, most=MOST_SWITCHED)
    if not numbers:
        raise missing(name)
    if name == "aco_ad_ids":
        raise not_found("aco ad", numbers[0])
    ads = [get_ad(call.world, account.advertiser_id, number) for number in numbers]
    return {"ad_ids": numbers, "status": switch_many(call, ads)}


def get(call: Call) -> Data:
    account = call.advertiser()
    mine = ads_of(call, account.advertiser_id, kind="regular")

    def listed(world: World, ad: Ad) -> dict[str, object]:
        found = row(world, ad)
        if ad.identity_type == "AUTH_CODE":
            found = {name: value for name, value in found.items() if name not in NOT_OF_CODES}
        creator = world.creator_of(world.state.posts[ad.item_id])
        return found | {"profile_image_url": creator_url(world, creator, address=call.address)}

    return listing(call, chosen(call, mine, LEVEL), listed, known=SHOWN)


def ads_of(call: Call, advertiser_id: str, *, kind: str) -> list[Ad]:
    """The account's ads, no more than the filters on ids can mean, oldest first."""
    world = call.world
    filtering = call.parameters.mapping("filtering")
    found: list[Ad]
    if "ad_ids" in filtering:
        named = [world.state.ads.get(n) for n in filtering.ids("ad_ids", most=MOST_FILTERED)]
        found = list({ad.ad_id: ad for ad in named if ad is not None}.values())
    elif "adgroup_ids" in filtering or "campaign_ids" in filtering:
        groups = filtering.ids("adgroup_ids", most=MOST_FILTERED) or [
            group.adgroup_id
            for number in filtering.ids("campaign_ids", most=MOST_FILTERED)
            for group in world.find.groups_of_campaign(number)
        ]
        found = [ad for number in dict.fromkeys(groups) for ad in world.find.ads_of_group(number)]
    else:
        found = world.find.ads_of_account(advertiser_id)
    if "ad_ids" in filtering or "adgroup_ids" in filtering or "campaign_ids" in filtering:
        found.sort(key=lambda ad: ad.number)
    return [
        ad
        for ad in found
        if ad.advertiser_id == advertiser_id and world.state.campaigns[ad.campaign_id].kind == kind
    ]


def get_ad(world: World, advertiser_id: str, ad_id: str) -> Ad:
    """A regular ad of this account. Raises WireError 40007."""
    ad = world.state.ads.get(ad_id)
    if (
        ad is None
        or ad.advertiser_id != advertiser_id
        or world.state.campaigns[ad.campaign_id].kind != "regular"
    ):
        raise not_found("ad", ad_id)
    return ad


def row(world: World, ad: Ad) -> dict[str, object]:
    campaign = world.state.campaigns[ad.campaign_id]
    adgroup = world.state.adgroups[ad.adgroup_id]
    post = world.state.posts[ad.item_id]
    is_shown = not ad.is_push or reviews.state_of(world, ad) == "approved"
    creator = world.creator_of(post)
    return {
        "ad_id": ad.ad_id,
        "adgroup_id": ad.adgroup_id,
        "adgroup_name": adgroup.fields["adgroup_name"],
        "campaign_id": ad.campaign_id,
        "campaign_name": campaign.fields["campaign_name"],
        "advertiser_id": ad.advertiser_id,
        "identity_id": ad.identity_id,
        "identity_type": ad.identity_type,
        "display_name": creator.display_name,
        "tiktok_item_id": ad.item_id if is_shown else None,
        **BLANK,
        **{name: value for name, value in ad.fields.items() if value is not None},
        "ad_text": post.caption,
        **times(ad),
        "secondary_status": ad_status(world, ad),
    }


def bind_quota(call: Call) -> Data:
    """`/asset/bind/quota/`: ads an identity still can carry. The answer's shape is unverified."""
    account = call.advertiser()
    creator = find_identity(
        call.world,
        advertiser_id=account.advertiser_id,
        identity_id=call.parameters.text("identity_id"),
        identity_type=call.parameters.text("identity_type"),
    )
    used = call.world.find.live_ads_of_identity(creator.identity_id)
    return {
        "identity_id": creator.identity_id,
        "identity_type": call.parameters.text("identity_type"),
        "total_quota": ADS_PER_IDENTITY,
        "used_quota": used,
        "remaining_quota": ADS_PER_IDENTITY - used,
    }


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="GET",
        path="/asset/bind/quota/",
        handler=bind_quota,
        section="7",
        takes=(
            ACCOUNT,
            text("identity_id", required=True, most=64),
            choice("identity_type", *IDENTITY_TYPES, required=True),
            text("identity_authorized_bc_id", most=32),
        ),
        limits="Shape of the answer is unverified",
    ),
    Endpoint(method="POST", path="/ad/create/", handler=create, section="8.3", takes=CREATE),
    Endpoint(method="POST", path="/ad/update/", handler=update, section="8.3", takes=UPDATE),
    Endpoint(
        method="POST",
        path="/ad/status/update/",
        handler=status_update,
        section="8.3",
        takes=STATUS_UPDATE,
        limits="There are no automated creative (ACO) ads",
    ),
    Endpoint(method="GET", path="/ad/get/", handler=get, section="8.3", takes=GET, limits=LACKING),
)
