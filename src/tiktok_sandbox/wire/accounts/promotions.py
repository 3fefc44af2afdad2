"""One-step Spark Ads and what to promote. Source: tiktok-api.md §9; details are unverified.

The one-step call makes a campaign, an ad group and an ad by the same code as the three endpoints.
"""

from __future__ import annotations

from dataclasses import replace

from tiktok_sandbox.wire.accounts.post_codes import AUTH_SCOPE, BUSINESS, check_scope, own_post
from tiktok_sandbox.wire.accounts.videos import counted_until, totals_with_written
from tiktok_sandbox.wire.ads import adgroups, ads, campaigns
from tiktok_sandbox.wire.protocol.calls import Call, Data, Endpoint
from tiktok_sandbox.wire.protocol.errors import NO_PERMISSION, WireError, not_found
from tiktok_sandbox.wire.protocol.fields import choice, ids, integer, moment, number, text
from tiktok_sandbox.wire.protocol.parameters import Parameters, time_text
from tiktok_sandbox.world.ads.rollback import all_or_nothing
from tiktok_sandbox.world.delivery.measures import post_totals
from tiktok_sandbox.world.state.entities import PUBLIC, Creator, Post
from tiktok_sandbox.world.world import World

GOALS = {
    "REACH": ("REACH", "CPM"),
    "TRAFFIC": ("CLICK", "CPC"),
    "VIDEO_VIEWS": ("ENGAGED_VIEW", "CPV"),
    "ENGAGEMENT": ("FOLLOWERS", "OCPM"),
}
# Points of a post against its author's other posts, from which its level follows; ours.
HIGH_FROM, MEDIUM_FROM = 2 / 3, 1 / 3
LEAST_VIEWS, MOST_SHOWN = 100, 20


def create(call: Call) -> Data:
    """Promote an own post in one call; nothing is left behind when a part is refused."""
    post, account = own_post(call), _linked_account(call)
    made = replace(call, token=_token(call.world, account))
    with all_or_nothing(call.world):
        campaign = _campaign(made, post)
        adgroup_id = _adgroup(made, campaign)
        ad_id = _ad(made, adgroup_id, post)
    return {"campaign_id": campaign, "adgroup_id": adgroup_id, "ad_id": ad_id}


def _linked_account(call: Call) -> str:
    """The ad account, if this TikTok account is linked to it. Raises WireError."""
    creator, number_ = call.creator(), call.parameters.text("advertiser_id")
    if number_ not in creator.linked_advertiser_ids:
        raise WireError(NO_PERMISSION, f"No permission to operate advertiser {number_}")
    return number_


def _token(world: World, advertiser_id: str) -> str:
    """A token of the app for the account. Raises WireError."""
    for grant in world.state.ads_grants:
        if advertiser_id in grant.advertiser_ids and not grant.revoked:
            return grant.token
    raise WireError(NO_PERMISSION, f"The app has no access to advertiser {advertiser_id}")


def _part(call: Call, path: str, **fields: object) -> Call:
    given = {name: value for name, value in fields.items() if value is not None}
    given["advertiser_id"] = call.parameters.text("advertiser_id")
    return replace(call, path=path, parameters=Parameters(given, is_query=False))


def _campaign(call: Call, post: Post) -> str:
    name = f"Promote {post.item_id} {call.world.state.minted}"
    part = _part(
        call,
        "/campaign/create/",
        campaign_name=name,
        objective_type=call.parameters.text("objective_type"),
        budget_mode="BUDGET_MODE_INFINITE",
    )
    return _made(campaigns.create(part), "campaign_id")


def _adgroup(call: Call, campaign_id: str) -> str:
    given = call.parameters
    goal, billing = GOALS[given.text("objective_type")]
    end = given.find_text("schedule_end_time")
    part = _part(
        call,
        "/adgroup/create/",
        campaign_id=campaign_id,
        adgroup_name="Promote",
        promotion_type="WEBSITE" if given.text("objective_type") == "TRAFFIC" else None,
        placement_type="PLACEMENT_TYPE_NORMAL",
        placements=["PLACEMENT_TIKTOK"],
        budget_mode=given.text("budget_mode", "BUDGET_MODE_DAY"),
        budget=given.raw("budget"),
        schedule_type="SCHEDULE_START_END" if end else "SCHEDULE_FROM_NOW",
        schedule_start_time=given.text("schedule_start_time", "") or time_text(call.world.now),
        schedule_end_time=end,
        optimization_goal=goal,
        billing_event=billing,
        pacing="PACING_MODE_SMOOTH",
        location_ids=given.ids("location_ids", most=3000),
    )
    return _made(adgroups.create(part), "adgroup_id")


def _ad(call: Call, adgroup_id: str, post: Post) -> str:
    creator = call.world.creator_of(post)
    given = call.parameters
    creative = {
        "ad_name": f"Promote {post.item_id}",
        "identity_type": "TT_USER",
        "identity_id": creator.identity_id,
        "ad_format": "SINGLE_VIDEO" if post.item_type == "VIDEO" else "CAROUSEL_ADS",
        "tiktok_item_id": post.item_id,
        "call_to_action": given.text("call_to_action", "") or "LEARN_MORE",
        "landing_page_url": given.text("landing_page_url", ""),
    }
    if not creative["landing_page_url"]:
        del creative["landing_page_url"]
    part = _part(call, "/ad/create/", adgroup_id=adgroup_id, creatives=[creative])
    answer = ads.create(part)
    found = answer.get("ad_ids") if isinstance(answer, dict) else None
    if not isinstance(found, list) or not found:
        raise WireError(NO_PERMISSION, "The ad could not be made.")
    return str(found[0])


def _made(answer: object, name: str) -> str:
    if not isinstance(answer, dict):
        raise TypeError(f"{name}: expected one object")
    return str(answer[name])


def video_recommend(call: Call) -> Data:
    """The creator's own posts, each with how promising it is."""
    creator = call.creator()
    check_scope(call, AUTH_SCOPE)
    count = call.parameters.integer("max_count", 10, low=1, high=MOST_SHOWN)
    rows = levels(call.world, creator)
    return {"videos": rows[:count], "has_more": len(rows) > count}


def spark_recommend(call: Call) -> Data:
    """Posts the ad account may promote, each with how promising it is."""
    account, world = call.advertiser(), call.world
    items = {bound.item_id for bound in world.find.bindings_of_account(account.advertiser_id)}
    wanted = call.parameters.ids("item_ids", most=MOST_SHOWN)
    handles = {world.state.posts[item].handle for item in items}
    handles |= {
        creator.handle
        for creator in world.state.creators.values()
        if account.advertiser_id in creator.linked_advertiser_ids
    }
    rows = []
    for handle in sorted(handles):
        creator = world.state.creators[handle]
        own = account.advertiser_id in creator.linked_advertiser_ids
        rows += [row for row in levels(world, creator) if own or row["item_id"] in items]
    known = {row["item_id"] for row in rows}
    for item in wanted:
        if item not in known:
            raise not_found("item", item)
    return {"list": [row for row in rows if not wanted or row["item_id"] in wanted]}


def levels(world: World, creator: Creator) -> list[dict[str, object]]:
    """Public posts of an account, best first: engagement per view ranked among its own."""
    at = counted_until(world.now)
    totals = post_totals(world, at)
    scored = []
    for post in world.visible_posts(creator.handle):
        if post.status != PUBLIC:
            continue
        total = totals_with_written(world, post, totals, at)
        acts = total["likes"] + 2 * total["comments"] + 3 * total["shares"]
        scored.append((acts / total["views"] if total["views"] >= LEAST_VIEWS else 0.0, post))
    scored.sort(key=lambda entry: (-entry[0], entry[1].item_id))
    rows: list[dict[str, object]] = []
    for place, (score, post) in enumerate(scored):
        share = 1 - (place + 0.5) / len(scored)
        level = "HIGH" if share >= HIGH_FROM else "MEDIUM" if share >= MEDIUM_FROM else "LOW"
        rows.append({"item_id": post.item_id, "recommendation_level": level if score else "LOW"})
    return rows


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="POST",
        path="/business/spark_ad/create/",
        handler=create,
        holder="creator",
        section="9",
        takes=(
            BUSINESS,
            text("advertiser_id", required=True),
            text("item_id", required=True),
            choice("objective_type", *GOALS, required=True),
            number("budget", required=True, low=0),
            choice("budget_mode", "BUDGET_MODE_DAY", "BUDGET_MODE_TOTAL"),
            moment("schedule_start_time"),
            moment("schedule_end_time"),
            ids("location_ids", required=True, most=3000),
            text("landing_page_url"),
            text("call_to_action"),
        ),
        limits="Accounts linked to the ad account only; the parameters are ours",
    ),
    Endpoint(
        method="GET",
        path="/business/video/recommend/",
        handler=video_recommend,
        holder="creator",
        section="9",
        takes=(BUSINESS, integer("max_count", low=1, high=MOST_SHOWN)),
        limits="Levels are ours: engagement per view among the author's own posts",
    ),
    Endpoint(
        method="GET",
        path="/spark_ad/recommend/",
        handler=spark_recommend,
        section="9",
        takes=(text("advertiser_id", required=True), ids("item_ids", most=MOST_SHOWN)),
        limits="Levels are ours: engagement per view among the author's own posts",
    ),
)
