"""`smart_plus/*/review_info`, `smart_plus/ad/appeal`. Source: tiktok-api.md §8.5."""

from __future__ import annotations

from tiktok_sandbox.wire.ads.adgroup_reviews import review_of
from tiktok_sandbox.wire.protocol.calls import Call, Data, Endpoint
from tiktok_sandbox.wire.protocol.errors import from_refusal, not_found
from tiktok_sandbox.wire.protocol.fields import boolean, ids, many, record, text
from tiktok_sandbox.wire.smart_plus.ads import ACCOUNT, AD, materials, own
from tiktok_sandbox.world.ads import reviews
from tiktok_sandbox.world.state.entities import Ad
from tiktok_sandbox.world.state.refusals import RefusedError
from tiktok_sandbox.world.world import World

MOST_REVIEWED = 100
EXTRAS = (
    record(
        "extra_info_setting", boolean("include_reject_info"), boolean("include_violation_frame")
    ),
    text("lang", most=8),
)


def ad_review_info(call: Call) -> Data:
    numbers = call.parameters.ids("smart_plus_ad_ids", most=MOST_REVIEWED, least=1)
    found = [own(call, number) for number in numbers]
    return {
        "list": [
            {
                "smart_plus_ad_id": smart.smart_plus_ad_id,
                **review_of(call.world, materials(call.world, smart)),
            }
            for smart in found
        ]
    }


def material_review_info(call: Call) -> Data:
    account = call.advertiser()
    numbers = call.parameters.ids("ad_material_ids", most=MOST_REVIEWED, least=1)
    rows = []
    for number in numbers:
        ad = call.world.find.ad_of_material(number)
        if ad is None or ad.advertiser_id != account.advertiser_id:
            raise not_found("ad material", number)
        rows.append({"ad_material_id": number, **review_of(call.world, [ad])})
    return {"list": rows}


def appeal(call: Call) -> Data:
    """Appeal every rejected creative of the ad."""
    smart = own(call, call.parameters.text("smart_plus_ad_id"))
    rejected = [ad for ad in materials(call.world, smart) if _is_rejected(call.world, ad)]
    if not rejected:
        raise from_refusal(RefusedError("nothing_to_appeal", "No creative of this ad is rejected."))
    for ad in rejected:
        reviews.appeal(call.world, ad)
    return {"smart_plus_ad_id": smart.smart_plus_ad_id}


def _is_rejected(world: World, ad: Ad) -> bool:
    return reviews.state_of(world, ad) == "rejected"


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="GET",
        path="/smart_plus/ad/review_info/",
        handler=ad_review_info,
        section="8.5",
        takes=(ACCOUNT, ids("smart_plus_ad_ids", required=True, most=MOST_REVIEWED), *EXTRAS),
    ),
    Endpoint(
        method="GET",
        path="/smart_plus/material/review_info/",
        handler=material_review_info,
        section="8.5",
        takes=(ACCOUNT, ids("ad_material_ids", required=True, most=MOST_REVIEWED), *EXTRAS),
    ),
    Endpoint(
        method="POST",
        path="/smart_plus/ad/appeal/",
        handler=appeal,
        section="8.5",
        takes=(ACCOUNT, AD, text("appeal_reason", most=512), many("attachment_list", most=10)),
        limits="Always granted, a day later",
    ),
)
