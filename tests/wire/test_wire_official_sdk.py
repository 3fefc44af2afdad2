"""TikTok's own SDK, unmodified but for its host, launches a Spark Ad on the sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import business_api_client as tiktok
import pytest
from business_api_client.rest import ApiException
from business_api_client.tiktok_business.tiktok_exceptions import TiktokSDKError

from tiktok_sandbox.server import SandboxServer


@pytest.fixture
def sandbox() -> Iterator[SandboxServer]:
    with SandboxServer(seed=7, clock="manual") as running:
        yield running


@pytest.fixture
def sdk(sandbox: SandboxServer) -> Iterator[SimpleNamespace]:
    """The SDK's client, a token, an ad account, and the APIs used here."""
    configuration = tiktok.Configuration()
    configuration.host = sandbox.url
    client = tiktok.ApiClient(configuration)
    yield SimpleNamespace(
        client=client,
        token=sandbox.post("grants/ads/")["access_token"],
        advertiser_id=sandbox.get("world/")["advertisers"][0]["advertiser_id"],
        campaigns=tiktok.CampaignCreationApi(client),
        adgroups=tiktok.AdgroupApi(client),
        ads=tiktok.AdApi(client),
        reports=tiktok.ReportingApi(client),
        identities=tiktok.IdentityApi(client),
        accounts=tiktok.AccountManagementApi(client),
        authentication=tiktok.AuthenticationApi(client),
    )
    client.rest_client.pool_manager.clear()
    client.pool.close()
    client.pool.join()


def raw(sdk: SimpleNamespace, method: str, path: str, **given: object) -> Any:
    """A call the SDK has no method for, as its own client sends it."""
    headers = {"Access-Token": sdk.token, "Content-Type": "application/json"}
    given["advertiser_id"] = sdk.advertiser_id
    carried = {"query_params": list(given.items())} if method == "GET" else {"body": given}
    return sdk.client.call_api(
        f"/open_api/v1.3{path}",
        method,
        header_params=headers,
        response_type="InlineResponse200",
        auth_settings=[],
        _return_http_data_only=True,
        **carried,
    )["data"]


def bound_post(sandbox: SandboxServer, sdk: SimpleNamespace) -> dict[str, str]:
    """A creator's post, its code made on the phone and bound by the SDK."""
    for creator in sandbox.get("world/")["creators"]:
        for post in sandbox.phone(f"creators/{creator['handle']}/posts/")["posts"]:
            if post["status"] == "HESITATE_RECOMMEND":
                code = sandbox.phone(f"posts/{post['item_id']}/code/", {"days": 30})["auth_code"]
                raw(sdk, "POST", "/tt_video/authorize/", auth_code=code)
                info = raw(sdk, "GET", "/tt_video/info/", auth_code=code)
                assert info["item_info"]["auth_code"] == code
                identity_id = info["user_info"]["identity_id"]
                return {"item_id": post["item_id"], "identity_id": identity_id}
    raise AssertionError("the world has no public post")


def launch(sandbox: SandboxServer, sdk: SimpleNamespace) -> dict[str, str]:
    post = bound_post(sandbox, sdk)
    campaign = sdk.campaigns.campaign_create(
        sdk.token,
        body=tiktok.CampaignCreateBody(
            advertiser_id=sdk.advertiser_id,
            campaign_name="SDK campaign",
            objective_type="TRAFFIC",
            budget_mode="BUDGET_MODE_INFINITE",
            request_id="1",
        ),
    )["data"]
    adgroup = sdk.adgroups.adgroup_create(
        sdk.token,
        body=tiktok.AdgroupCreateBody(
            advertiser_id=sdk.advertiser_id,
            campaign_id=campaign["campaign_id"],
            adgroup_name="SDK ad group",
            promotion_type="WEBSITE",
            placement_type="PLACEMENT_TYPE_NORMAL",
            placements=["PLACEMENT_TIKTOK"],
            budget_mode="BUDGET_MODE_DAY",
            budget=60.0,
            schedule_type="SCHEDULE_FROM_NOW",
            schedule_start_time="2026-03-02 00:00:00",
            optimization_goal="CLICK",
            billing_event="CPC",
            bid_type="BID_TYPE_NO_BID",
            pacing="PACING_MODE_SMOOTH",
            location_ids=["6252001"],
        ),
    )["data"]
    ad = sdk.ads.ad_create(
        sdk.token,
        body=tiktok.AdCreateBody(
            advertiser_id=sdk.advertiser_id,
            adgroup_id=adgroup["adgroup_id"],
            creatives=[
                tiktok.AdcreateCreatives(
                    ad_name="SDK ad",
                    identity_type="AUTH_CODE",
                    identity_id=post["identity_id"],
                    ad_format="SINGLE_VIDEO",
                    tiktok_item_id=post["item_id"],
                    call_to_action="SHOP_NOW",
                    landing_page_url="https://shop.example/p/1",
                )
            ],
        ),
    )["data"]
    return post | {
        "campaign_id": campaign["campaign_id"],
        "adgroup_id": adgroup["adgroup_id"],
        "ad_id": ad["ad_ids"][0],
    }


class TestOfficialSdk:
    def test_launches_a_spark_ad_and_reads_its_report(
        self, sandbox: SandboxServer, sdk: SimpleNamespace
    ) -> None:
        made = launch(sandbox, sdk)
        sandbox.advance(days=2)
        rows = sdk.reports.report_integrated_get(
            "BASIC",
            sdk.token,
            advertiser_id=sdk.advertiser_id,
            data_level="AUCTION_AD",
            dimensions=["ad_id", "stat_time_day"],
            metrics=["spend", "impressions", "likes"],
            start_date="2026-03-01",
            end_date="2026-03-07",
            page_size=1000,
        )["data"]["list"]
        assert {row["dimensions"]["ad_id"] for row in rows} == {made["ad_id"]}
        spent = sum(round(float(row["metrics"]["spend"]) * 100) for row in rows)
        truth = sandbox.get("truth/")
        assert spent == sum(row["spend_minor"] for row in truth["ad_days"]) > 0

    def test_finds_what_it_made(self, sandbox: SandboxServer, sdk: SimpleNamespace) -> None:
        made = launch(sandbox, sdk)
        by_id = {"campaign_ids": [made["campaign_id"]]}
        campaigns = sdk.campaigns.campaign_get(sdk.advertiser_id, sdk.token, filtering=by_id)
        adgroups = sdk.adgroups.adgroup_get(sdk.advertiser_id, sdk.token, filtering=by_id)
        ads = sdk.ads.ad_get(sdk.advertiser_id, sdk.token, filtering=by_id)
        assert campaigns["data"]["list"][0]["campaign_name"] == "SDK campaign"
        assert adgroups["data"]["list"][0]["budget"] == 60.0
        assert ads["data"]["list"][0]["tiktok_item_id"] == made["item_id"]
        assert ads["data"]["list"][0]["secondary_status"] == "AD_STATUS_AUDIT"

    def test_switches_an_ad_off(self, sandbox: SandboxServer, sdk: SimpleNamespace) -> None:
        made = launch(sandbox, sdk)
        sdk.ads.ad_status_update(
            sdk.token,
            body=tiktok.AdStatusUpdateBody(
                advertiser_id=sdk.advertiser_id,
                ad_ids=[made["ad_id"]],
                operation_status="DISABLE",
            ),
        )
        ads = sdk.ads.ad_get(sdk.advertiser_id, sdk.token)["data"]["list"]
        assert ads[0]["operation_status"] == "DISABLE"

    def test_reads_accounts_and_identities(
        self, sandbox: SandboxServer, sdk: SimpleNamespace
    ) -> None:
        bound_post(sandbox, sdk)
        info = sdk.accounts.advertiser_info([sdk.advertiser_id], sdk.token)["data"]["list"]
        assert info[0]["timezone"] == "America/New_York"
        found = sdk.identities.identity_get(sdk.advertiser_id, sdk.token)["data"]
        kinds = [row["identity_type"] for row in found["identity_list"]]
        assert kinds == ["TT_USER", "AUTH_CODE"]

    def test_exchanges_a_consent_code(self, sandbox: SandboxServer, sdk: SimpleNamespace) -> None:
        app = sandbox.get("world/")["app"]
        accounts = sdk.authentication.oauth2_advertiser_get(
            app["app_id"], app["secret"], sdk.token
        )["data"]["list"]
        assert len(accounts) == 2
        body = tiktok.Oauth2AccessTokenBody(
            app_id=app["app_id"], secret=app["secret"], auth_code="used-up"
        )
        with pytest.raises(TiktokSDKError, match="40110"):
            sdk.authentication.oauth2_access_token(body=body)

    def test_gets_the_documented_errors(self, sandbox: SandboxServer, sdk: SimpleNamespace) -> None:
        made = launch(sandbox, sdk)
        with pytest.raises(TiktokSDKError, match="40105"):
            sdk.campaigns.campaign_get(sdk.advertiser_id, "wrong")
        with pytest.raises(TiktokSDKError, match="40001"):
            sdk.campaigns.campaign_get("7000000000000000001", sdk.token)
        body = tiktok.AdStatusUpdateBody(
            advertiser_id=sdk.advertiser_id, ad_ids=["1"], operation_status="ENABLE"
        )
        with pytest.raises(TiktokSDKError, match=r"40007.*does not exist"):
            sdk.ads.ad_status_update(sdk.token, body=body)
        with pytest.raises(TiktokSDKError, match="auth_code_format_error"):
            raw(sdk, "POST", "/tt_video/authorize/", auth_code="#nonsense=")
        sandbox.post("behaviour/", {"unbind_live": "refused"})
        with pytest.raises(TiktokSDKError, match="still valid"):
            raw(sdk, "POST", "/tt_video/unbind/", item_id=made["item_id"])
        sandbox.post("behaviour/", {"unbind_live": "allowed"})
        with pytest.raises(ApiException, match="404"):
            raw(sdk, "GET", "/ad/nothing/")

    def test_is_told_to_slow_down(self, sandbox: SandboxServer, sdk: SimpleNamespace) -> None:
        sandbox.post("tier/", {"tier": "basic"})
        errors = []
        for _ in range(40):
            try:
                sdk.campaigns.campaign_get(sdk.advertiser_id, sdk.token)
            except TiktokSDKError as error:
                errors.append(str(error))
        assert errors
        assert all("40100" in error and "QPS" in error for error in errors)
