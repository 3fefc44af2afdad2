"""A team at work against the sandbox, over real HTTP and with nothing but the standard library."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlencode

from tiktok_sandbox.server import SandboxServer

PREFIX = "/open_api/v1.3"
PUBLIC = "HESITATE_RECOMMEND"


class Team:
    """One brand's people: they hold a token, ask creators for codes, and launch Spark Ads."""

    def __init__(self, sandbox: SandboxServer) -> None:
        self.sandbox = sandbox
        self.creator_token = ""
        self.world = sandbox.get("world/")
        self.advertiser_id = self.world["advertisers"][0]["advertiser_id"]
        self.eu_advertiser_id = self.world["advertisers"][1]["advertiser_id"]
        self.token = sandbox.post("grants/ads/")["access_token"]

    @property
    def now(self) -> str:
        return str(self.sandbox.get("clock/")["now"])[:19].replace("T", " ")

    def call(
        self, method: str, path: str, *, token: str | None = None, **given: object
    ) -> dict[str, Any]:
        """The whole envelope. advertiser_id is added unless given; "" sends no token."""
        given.setdefault("advertiser_id", self.advertiser_id)
        token = self.token if token is None else token
        headers = {"Access-Token": token} if token else {}
        url, data = self.sandbox.url + PREFIX + path, None
        if method == "GET":
            query = {
                k: json.dumps(v) if isinstance(v, list | dict) else v for k, v in given.items()
            }
            url += "?" + urlencode(query)
        else:
            data = json.dumps(given).encode()
            headers["Content-Type"] = "application/json"
        request = urllib.request.Request(url, data=data, headers=headers, method=method)  # noqa: S310 - our own http server
        with urllib.request.urlopen(request, timeout=30) as reply:  # noqa: S310 - our own http server
            answer: dict[str, Any] = json.loads(reply.read())
        return answer

    def get(self, path: str, **given: object) -> Any:
        return self._data(self.call("GET", path, **given))

    def post(self, path: str, **given: object) -> Any:
        return self._data(self.call("POST", path, **given))

    def refused(self, method: str, path: str, **given: object) -> tuple[int, str]:
        """Code and message of a call that must fail."""
        answer = self.call(method, path, **given)
        assert answer["code"] != 0, answer
        assert answer["data"] == {}
        return answer["code"], answer["message"]

    def _data(self, answer: dict[str, Any]) -> Any:
        assert answer["code"] == 0, answer
        assert answer["message"] == "OK"
        return answer["data"]

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
        self.post("/tt_video/authorize/", auth_code=code, **given)
        info = self.get("/tt_video/info/", auth_code=code, **given)
        return str(info["user_info"]["identity_id"])

    def campaign(self, name: str = "Sample campaign", **given: object) -> str:
        fields: dict[str, object] = {"objective_type": "TRAFFIC", "campaign_name": name} | given
        return str(self.post("/campaign/create/", **fields)["campaign_id"])

    def adgroup_fields(self, campaign_id: str, **given: object) -> dict[str, object]:
        fields: dict[str, object] = {
            "campaign_id": campaign_id,
            "adgroup_name": "Sample ad group",
            "promotion_type": "WEBSITE",
            "placement_type": "PLACEMENT_TYPE_NORMAL",
            "placements": ["PLACEMENT_TIKTOK"],
            "budget_mode": "BUDGET_MODE_DAY",
            "budget": 100,
            "schedule_type": "SCHEDULE_FROM_NOW",
            "schedule_start_time": self.now,
            "optimization_goal": "CLICK",
            "billing_event": "CPC",
            "pacing": "PACING_MODE_SMOOTH",
            "location_ids": ["6252001"],
        }
        return fields | given

    def adgroup(self, campaign_id: str, **given: object) -> str:
        fields = self.adgroup_fields(campaign_id, **given)
        return str(self.post("/adgroup/create/", **fields)["adgroup_id"])

    def creative(self, item_id: str, identity_id: str, **given: object) -> dict[str, object]:
        fields: dict[str, object] = {
            "ad_name": "Sample ad",
            "identity_type": "AUTH_CODE",
            "identity_id": identity_id,
            "ad_format": "SINGLE_VIDEO",
            "tiktok_item_id": item_id,
            "call_to_action": "SHOP_NOW",
            "landing_page_url": "https://shop.example/p/x?utm_campaign=__CAMPAIGN_NAME__&cid=__CID__",
        }
        return fields | given

    def ad(self, adgroup_id: str, item_id: str, identity_id: str, **given: object) -> str:
        creative = self.creative(item_id, identity_id, **given)
        made = self.post("/ad/create/", adgroup_id=adgroup_id, creatives=[creative])
        return str(made["ad_ids"][0])

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
