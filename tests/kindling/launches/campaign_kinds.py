"""A plan with a campaign of every type, and what TikTok holds of it: for tests of all kinds together."""

from __future__ import annotations

from typing import Any

import httpx
from sample_team import PLAIN, Team

from kindling.launches import service
from kindling.launches.models import AdVideo, Plan
from kindling.launches.planning import specs, videos
from kindling.posts.models import Post

KINDS = ("campaign", "adgroup", "ad")


def uploaded(team: Team, name: str = "sample.mp4") -> AdVideo:
    """A sample video in the library of the team's ad account."""
    team.read()  # the brand's own posts show which account publishes
    return videos.upload(
        team.buyer, team.account, f"video {name}".encode() * 500, file_name=name, at=team.now
    )


def own_handle(team: Team) -> str:
    return videos.own_accounts(team.workspace, team.account)[0].handle


def pixel(team: Team) -> str:
    """The id of a pixel to which a purchase came just now."""
    known = asked(team, "pixel/list", rows="pixels", most=20)
    if not known:
        team.in_ads_manager("pixel/create", pixel_name="Shop")
        known = asked(team, "pixel/list", rows="pixels", most=20)
        team.in_ads_manager(
            "event/track",
            event_source="web",
            event_source_id=known[0]["pixel_code"],
            data=[
                {
                    "event": "Purchase", "event_time": int(team.now.timestamp()), "event_id": "o-1",
                    "page": {"url": "https://shop.example/thanks"}, "user": {"ttp": "cookie"},
                    "properties": {"currency": "USD", "value": 20.0},
                }
            ],
        )  # fmt: skip
    return str(known[0]["pixel_id"])


def told(team: Team, posts: list[Post], video: AdVideo) -> dict[str, Any]:
    """A specification with a search campaign, one ad group of several posts, an upload and a Smart+ ad.

    The posts of the Smart+ ad are of one product, as they lead to one page: those of the product that has the most.
    """
    by_sku: dict[str, list[str]] = {}
    for post in posts:
        by_sku.setdefault(post.sku, []).append(post.item_id)
    most = max(by_sku.values(), key=len)
    smart = most[:2] if len(posts) >= 5 else most[:1]
    first, second, third, *_ = [post.item_id for post in posts if post.item_id not in smart]
    sku = next(post.sku for post in posts if post.item_id in smart)
    event = {"pixel_id": pixel(team), "event": "SHOPPING"}
    return {
        "name": "All kinds",
        "daily_budget": "60.00",
        "days": 14,
        "campaigns": [
            {"objective": "traffic", "type": "search", "posts": [first]},
            {
                "objective": "video_views", "posts": [second, third], "together": True,
                "ages": ["18-24", "25-34"], "dayparting": "mon-sun 06:00-24:00",
            },
            {
                **event, "objective": "conversions", "bid": "15",
                "uploads": [
                    {
                        "video_id": video.video_id, "handle": own_handle(team), "sku": sku,
                        "text": "Calm skin in a week",
                    }
                ],
            },
            {**event, "objective": "conversions", "type": "smart_plus", "posts": smart},
        ],
    }  # fmt: skip


def planned(team: Team, given: dict[str, Any]) -> Plan:
    wanted = specs.from_mapping(given, account=team.account, workspace=team.workspace, now=team.now)
    return service.plan(team.buyer, team.account, wanted, at=team.now, told=specs.kept(given))


def approved(team: Team, given: dict[str, Any]) -> Plan:
    plan = planned(team, given)
    return service.approve(team.finance, plan, digest=plan.digest, at=team.now)


def asked(team: Team, path: str, *, rows: str, most: int) -> list[dict[str, Any]]:
    """A list of TikTok's, asked without Kindling's client. path : such as "smart_plus/ad/get" """
    answer = httpx.get(
        f"{team.sandbox.url}/open_api/v1.3/{path}/",
        params={"advertiser_id": team.account.advertiser_id, "page_size": most},
        headers={"Access-Token": team.account.connection.access_token},
        trust_env=False,
        verify=PLAIN,
    ).json()
    assert answer["code"] == 0, answer["message"]
    found: list[dict[str, Any]] = answer["data"][rows]
    return found


def listed(team: Team, path: str) -> list[dict[str, Any]]:
    """What TikTok has. path : such as "smart_plus/ad" """
    return asked(team, f"{path}/get", rows="list", most=100)


def held(team: Team) -> dict[str, list[tuple[str, str]]]:
    """By kind the names and switches of everything at TikTok, creatives of Smart+ ads as "name item"."""
    found: dict[str, list[tuple[str, str]]] = {}
    for kind in KINDS:
        rows = listed(team, kind) + listed(team, f"smart_plus/{kind}")
        found[kind] = sorted((row[f"{kind}_name"], row["operation_status"]) for row in rows)
    found["material"] = sorted(
        (each["creative_info"]["tiktok_item_id"], each["material_operation_status"])
        for row in listed(team, "smart_plus/ad")
        for each in row["creative_list"]
    )
    return found


def wanted(plan: Plan) -> dict[str, list[tuple[str, str]]]:
    """What `held` shows of a plan that was applied whole."""
    rows = list(plan.objects_planned.all())
    smart = {row.key for row in rows if row.kind == "smart_ad"}
    materials = [row for row in rows if row.parent_key in smart]
    found = {
        kind: sorted(
            (row.name, "ENABLE")
            for row in rows
            if row.kind == kind or (kind == "ad" and row.kind == "smart_ad")
            if row not in materials
        )
        for kind in KINDS
    }
    found["material"] = sorted((row.payload["tiktok_item_id"], "ENABLE") for row in materials)
    return found
