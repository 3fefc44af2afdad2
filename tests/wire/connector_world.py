"""A small team's two ad accounts on the sandbox, and its own reading of what the API says."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from ads_manager import AdsManager
from tiktok_sandbox.server import SandboxServer

Row = dict[str, Any]


class Brand:
    """Launches Spark Ads in both accounts of the demo world and reads them back."""

    def __init__(self, sandbox: SandboxServer) -> None:
        self.sandbox = sandbox
        world = sandbox.get("world/")
        self.app = world["app"]
        self.accounts = [str(account["advertiser_id"]) for account in world["advertisers"]]
        self.token = sandbox.post("grants/ads/")["access_token"]
        self.managers = {
            account: AdsManager(sandbox, advertiser_id=account, token=self.token)
            for account in self.accounts
        }
        # Of later posts some are stories and duets, which no code makes an ad of.
        self.posts = self._plain_posts([creator["handle"] for creator in world["creators"]])

    @property
    def now(self) -> str:
        return str(self.sandbox.get("clock/")["now"])[:19].replace("T", " ")

    @property
    def today(self) -> str:
        return self.now[:10]

    def launch(self, account: str, *, ads: int) -> Row:
        """One campaign and ad group with so many ads; ids of what was made."""
        manager = self.managers[account]
        campaign = manager.campaign(f"Campaign {self.now} {account}")
        adgroup = manager.adgroup(campaign)
        creatives = [self._creative(manager) for _ in range(ads)]
        made = manager.post("/ad/create/", adgroup_id=adgroup, creatives=creatives)["ad_ids"]
        return {"campaign_id": campaign, "adgroup_id": adgroup, "ad_ids": made}

    def _creative(self, manager: AdsManager) -> Row:
        item_id = self.posts.pop(0)
        code = self.sandbox.phone(f"posts/{item_id}/code/", {"days": 30})["auth_code"]
        identity_id = manager.bind_code(code)["user_info"]["identity_id"]
        return manager.creative(item_id, identity_id, ad_name=f"Sample ad {item_id}")

    def _plain_posts(self, handles: list[str]) -> list[str]:
        """The public videos there are by now."""
        posts: list[Row] = []
        for handle in handles:
            posts += self.sandbox.phone(f"creators/{handle}/posts/")["posts"]
        plain_kind = ("HESITATE_RECOMMEND", "VIDEO")
        return [p["item_id"] for p in posts if (p["status"], p["item_type"]) == plain_kind]

    def switch_off(self, account: str, adgroup_id: str) -> None:
        self.managers[account].post(
            "/adgroup/status/update/", operation_status="DISABLE", adgroup_ids=[adgroup_id]
        )

    def objects(self, path: str) -> list[Row]:
        """What a list endpoint holds in both accounts."""
        rows: list[Row] = []
        for manager in self.managers.values():
            rows += manager.get(path, page_size=1000)["list"]
        return rows

    def account_rows(self) -> list[Row]:
        manager = self.managers[self.accounts[0]]
        found: list[Row] = manager.get("/advertiser/info/", advertiser_ids=self.accounts)["list"]
        return found

    def report(self, *more: str, first: str, last: str, metrics: list[str]) -> list[Row]:
        """Rows per ad and day of both accounts, dimensions and metrics in one."""
        rows: list[Row] = []
        for account, manager in self.managers.items():
            found = manager.get(
                "/report/integrated/get/",
                report_type="AUDIENCE" if more else "BASIC",
                data_level="AUCTION_AD",
                dimensions=["ad_id", "stat_time_day", *more],
                metrics=metrics,
                start_date=first,
                end_date=last,
                page_size=1000,
            )["list"]
            rows += [{"advertiser_id": account, **r["dimensions"], **r["metrics"]} for r in found]
        return rows

    def spent_minor(self) -> int:
        """What the world knows was spent, whatever a report says."""
        return sum(row["spend_minor"] for row in self.sandbox.get("truth/")["ad_days"])


def plain(value: Any) -> Any:
    """A value free of how a connector types it: "1.50" is 1.5, a moment has one spelling."""
    if value in (None, "-", "", "None"):
        return None
    if isinstance(value, list):
        return [plain(each) for each in value]
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    text = str(value)
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    if text[4:5] == "-" and text[10:11] == "T":
        return text[:19].replace("T", " ")
    try:
        return Decimal(text).normalize()
    except InvalidOperation:
        return text


def differences(record: Row, told: Row) -> Row:
    """Fields that both have and that say different things: name → (record, told)."""
    shared = record.keys() & told.keys()
    assert len(shared) > 4, "nothing to compare"
    return {
        name: (record[name], told[name])
        for name in shared
        if plain(record[name]) != plain(told[name])
    }


def keyed(rows: list[Row], *names: str) -> dict[tuple[str, ...], Row]:
    """Rows by key; two rows of one key fail."""
    found = {tuple(str(plain(row[name])) for name in names): row for row in rows}
    assert len(found) == len(rows), f"doubled by {names}"
    return found
