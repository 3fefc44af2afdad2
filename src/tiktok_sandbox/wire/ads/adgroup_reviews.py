"""`adgroup/review_info`, `adgroup/appeal`: what review found. Source: tiktok-api.md §8.2."""

from __future__ import annotations

from tiktok_sandbox.wire.ads.adgroups import get_adgroup
from tiktok_sandbox.wire.protocol.calls import Call, Data, Endpoint
from tiktok_sandbox.wire.protocol.errors import from_refusal
from tiktok_sandbox.wire.protocol.fields import ids, many, text
from tiktok_sandbox.wire.protocol.parameters import time_text
from tiktok_sandbox.world.ads import reviews
from tiktok_sandbox.world.state.entities import Ad
from tiktok_sandbox.world.state.refusals import RefusedError
from tiktok_sandbox.world.world import World

MOST_REVIEWED = 20
ACCOUNT = text("advertiser_id", required=True, most=32)
KINDS = ("regular", "smart_plus", "gmv_max")


def review_info(call: Call) -> Data:
    account = call.advertiser()
    numbers = call.parameters.ids("adgroup_ids", most=MOST_REVIEWED, least=1)
    of_group: dict[str, list[Ad]] = {}
    for number in numbers:
        get_adgroup(call.world, account.advertiser_id, number, kinds=KINDS)
        found = call.world.find.ads_of_group(number)
        of_group[number] = [ad for ad in found if not ad.is_deleted]
    return {
        "ad_group_review_map": {
            number: review_of(call.world, ads) for number, ads in of_group.items()
        },
        "ad_review_map": {
            ad.ad_id: review_of(call.world, [ad]) for ads in of_group.values() for ad in ads
        },
    }


def review_of(world: World, ads: list[Ad]) -> dict[str, object]:
    """One review result over several ads: all, part or none of them may run."""
    passed = sum(reviews.state_of(world, ad) == "approved" for ad in ads)
    rejected = [ad for ad in ads if reviews.state_of(world, ad) == "rejected"]
    status = "PART_AVAILABLE" if passed else "UNAVAILABLE"
    if passed == len(ads) and ads:
        status = "ALL_AVAILABLE"
    ends = [ad.decided_at for ad in ads if ad.decided_at is not None]
    return {
        "review_status": status,
        "is_approved": status == "ALL_AVAILABLE",
        "last_audit_time": time_text(min(max(ends), world.now)) if ends else None,
        "appeal_status": "APPEALING" if _has_open_appeal(world, ads) else "NOT_APPEALED",
        "reject_info": [
            {
                "reasons": ad.reject_reasons,
                "suggestion": reviews.SUGGESTION,
                "forbidden_placements": ["PLACEMENT_TIKTOK"],
                "forbidden_locations": [],
                "forbidden_ages": [],
                "forbidden_operation_systems": [],
            }
            for ad in rejected
        ],
    }


def _has_open_appeal(world: World, ads: list[Ad]) -> bool:
    return any(ad.appealed_at and reviews.state_of(world, ad) == "waiting" for ad in ads)


def appeal(call: Call) -> Data:
    """Appeal every rejected ad of the ad group."""
    account = call.advertiser()
    adgroup = get_adgroup(
        call.world, account.advertiser_id, call.parameters.text("adgroup_id"), kinds=KINDS
    )
    ads = call.world.find.ads_of_group(adgroup.adgroup_id)
    rejected = [ad for ad in ads if not ad.is_deleted and _is_rejected(call.world, ad)]
    if not rejected:
        raise from_refusal(RefusedError("nothing_to_appeal", "No ad of this ad group is rejected."))
    for ad in rejected:
        reviews.appeal(call.world, ad)
    return {}


def _is_rejected(world: World, ad: Ad) -> bool:
    return reviews.state_of(world, ad) == "rejected"


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="GET",
        path="/adgroup/review_info/",
        handler=review_info,
        section="8.2",
        takes=(ACCOUNT, ids("adgroup_ids", required=True, most=MOST_REVIEWED), text("lang")),
    ),
    Endpoint(
        method="POST",
        path="/adgroup/appeal/",
        handler=appeal,
        section="8.2",
        takes=(
            ACCOUNT,
            text("adgroup_id", required=True, most=32),
            text("appeal_reason", most=512),
            many("attachment_list", most=10),
        ),
        limits="Always granted, a day later",
    ),
)
