"""Ads made at TikTok without Kindling: plain calls over real HTTP, with nothing but the standard library."""

from __future__ import annotations

import json
import urllib.request
from typing import Any
from urllib.parse import urlencode

from tiktok_sandbox.server import SandboxServer

PREFIX = "/open_api/v1.3"


class AdsManager:
    """One ad account and the token of somebody who works in it; the sandbox's first one unless another is named."""

    def __init__(self, sandbox: SandboxServer, *, advertiser_id: str = "", token: str = "") -> None:
        self.sandbox = sandbox
        self.advertiser_id = (
            advertiser_id or sandbox.get("world/")["advertisers"][0]["advertiser_id"]
        )
        self.token = token or sandbox.post("grants/ads/")["access_token"]

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

    def bind_code(self, code: str, **given: object) -> dict[str, Any]:
        """Take a creator's code; what TikTok tells of its post."""
        self.post("/tt_video/authorize/", auth_code=code, **given)
        found: dict[str, Any] = self.get("/tt_video/info/", auth_code=code, **given)
        return found

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
