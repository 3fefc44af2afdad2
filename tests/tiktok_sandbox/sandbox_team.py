"""A team at work against the sandbox, over real HTTP and with nothing but the standard library."""

from __future__ import annotations

import urllib.error
import urllib.request
from typing import Any

from ads_manager import AdsManager
from tiktok_sandbox.server import SandboxServer

PUBLIC = "HESITATE_RECOMMEND"


class Team(AdsManager):
    """One brand's people: they hold a token, ask creators for codes, and launch Spark Ads."""

    def __init__(self, sandbox: SandboxServer) -> None:
        super().__init__(sandbox)
        self.creator_token = ""
        self.world = sandbox.get("world/")
        self.eu_advertiser_id = self.world["advertisers"][1]["advertiser_id"]

    def posts(self, **wanted: object) -> list[dict[str, Any]]:
        """Every creator post that exists by now, oldest first, with these fields."""
        found = []
        for creator in self.world["creators"]:
            found += self.sandbox.phone(f"creators/{creator['handle']}/posts/")["posts"]
        found.sort(key=lambda post: post["posted_at"])
        return [post for post in found if all(post[k] == v for k, v in wanted.items())]

    def plain_post(self, number: int = 0) -> dict[str, Any]:
        """A public video that nothing speaks against."""
        return self.posts(status=PUBLIC, item_type="VIDEO", auth_code_status=None)[number]

    def code_for(self, item_id: str, days: int = 30) -> str:
        return str(self.sandbox.phone(f"posts/{item_id}/code/", {"days": days})["auth_code"])

    def bind(self, item_id: str, days: int = 30, **given: object) -> str:
        """Have a post authorized; returns the identity id its ads need."""
        code = self.code_for(item_id, days)
        return str(self.bind_code(code, **given)["user_info"]["identity_id"])

    def launch(self, number: int = 0, *, days: int = 30, **adgroup: object) -> dict[str, str]:
        """A post from its code to an ad in review: ids of everything on the way."""
        item_id = self.plain_post(number)["item_id"]
        identity_id = self.bind(item_id, days)
        campaign_id = self.campaign(f"Campaign {item_id}")
        adgroup_id = self.adgroup(campaign_id, **adgroup)
        return {
            "item_id": item_id,
            "identity_id": identity_id,
            "campaign_id": campaign_id,
            "adgroup_id": adgroup_id,
            "ad_id": self.ad(adgroup_id, item_id, identity_id),
        }

    def ad_status(self, ad_id: str) -> str:
        rows = self.get("/ad/get/", filtering={"ad_ids": [ad_id], "primary_status": "STATUS_ALL"})
        return str(rows["list"][0]["secondary_status"])

    def switch(self, kind: str, number: str, operation: str) -> None:
        ids = {f"{kind}_ids": [number], "operation_status": operation}
        self.post(f"/{kind}/status/update/", **ids)

    def report(
        self, level: str = "AUCTION_AD", *, by: str | None = "stat_time_day", **given: object
    ) -> list[dict[str, Any]]:
        """All rows of a report over the first 30 days."""
        names = {"AUCTION_AD": "ad_id", "AUCTION_ADGROUP": "adgroup_id"}
        names |= {"AUCTION_CAMPAIGN": "campaign_id", "AUCTION_ADVERTISER": "advertiser_id"}
        fields: dict[str, object] = {
            "report_type": "BASIC",
            "data_level": level,
            "dimensions": [names[level], by] if by else [names[level]],
            "metrics": ["spend", "impressions", "clicks", "conversion", "likes"],
            "start_date": "2026-03-01",
            "end_date": "2026-03-30",
            "page_size": 1000,
        }
        rows: list[dict[str, Any]] = self.get("/report/integrated/get/", **fields | given)["list"]
        return rows

    def impressions(self) -> int:
        rows = self.report("AUCTION_ADVERTISER", by=None)
        return sum(int(row["metrics"]["impressions"]) for row in rows)


def http_status(url: str, *, method: str = "GET") -> tuple[int, str]:
    """Status and text of a plain HTTP call that may fail."""
    request = urllib.request.Request(url, method=method, data=b"{}" if method == "POST" else None)  # noqa: S310 - our own http server
    try:
        with urllib.request.urlopen(request, timeout=30) as reply:  # noqa: S310 - our own http server
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()
