"""One team's work with TikTok's own SDK, through every method it has for our endpoints."""

from __future__ import annotations

import contextlib
import http.client
import inspect
import tempfile
from collections.abc import Callable
from hashlib import md5
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import business_api_client as tiktok
from business_api_client.tiktok_business.tiktok_exceptions import TiktokSDKError

from tiktok_sandbox.server import SandboxServer
from tiktok_sandbox.wire.endpoints import ENDPOINTS

SPAN = {"start_date": "2026-03-01", "end_date": "2026-03-20"}
PREFIX = "/open_api/v1.3"
LANDING = "https://shop.example/p/TRAIL-FLASK"


def sdk_methods() -> dict[str, tuple[str, str]]:
    """Path → (API class, method) for every method of the SDK whose endpoint the sandbox has."""
    ours = {endpoint.path for endpoint in ENDPOINTS}
    found = {}
    for name in dir(tiktok):
        if not name.endswith("Api"):
            continue
        for method, _ in inspect.getmembers(getattr(tiktok, name), inspect.isfunction):
            if method.startswith("_") or method.endswith("_with_http_info"):
                continue
            function = getattr(getattr(tiktok, name), f"{method}_with_http_info")
            for text in function.__code__.co_consts:  # of its source, which takes longer to read
                path = text.removeprefix(PREFIX) if isinstance(text, str) else ""
                if path != text and path in ours:
                    found[path] = (name, method)
    return found


class Journey:
    """What was called, and what each call that failed said.

    done : paths that answered code 0; failed : path → the SDK's error
    """

    def __init__(self, sandbox: SandboxServer) -> None:
        self.sandbox = sandbox
        configuration = tiktok.Configuration()
        configuration.host = sandbox.url
        self.client = tiktok.ApiClient(configuration)
        self.methods = sdk_methods()
        self.done: set[str] = set()
        self.failed: dict[str, str] = {}
        self.token = sandbox.post("grants/ads/")["access_token"]
        self.world = sandbox.get("world/")
        self.advertiser_id = self.world["advertisers"][0]["advertiser_id"]
        self.brand = self.world["brand"]["identity_id"]

    def close(self) -> None:
        self.client.rest_client.pool_manager.clear()
        self.client.pool.close()
        self.client.pool.join()

    def call(self, path: str, **given: object) -> Any:
        """Data of a call by the SDK's own method; GET parameters or the form as keywords."""
        name, method = self.methods[path]
        function = getattr(getattr(tiktok, name)(self.client), method)
        if path != "/oauth2/access_token/":
            given.setdefault("access_token", self.token)
        try:
            answer = function(**given)
        except (TiktokSDKError, ValueError, TypeError) as error:
            self.failed[path] = f"{type(error).__name__}: {error}"
            return {}
        self.done.add(path)
        return answer["data"]

    def get(self, path: str, **given: object) -> Any:
        return self.call(path, advertiser_id=self.advertiser_id, **given)

    def post(self, path: str, **body: object) -> Any:
        return self.call(path, body={"advertiser_id": self.advertiser_id, **body})

    def walk(self) -> Journey:
        """Every part in turn; a part that stumbles leaves its paths undone, and says why."""
        parts: tuple[Callable[[], None], ...] = (
            self.account,
            self.files,
            self.regular,
            self.smart_plus,
            self.gmv_max,
            self.wait,
            self.reports,
            self.comments,
            self.pixels,
            self.audiences,
            self.farewell,
        )
        for part in parts:
            try:
                part()
            except (KeyError, IndexError, TypeError) as error:
                self.failed[part.__name__] = f"{type(error).__name__}: {error}"
        return self

    def account(self) -> None:
        app = self.world["app"]
        self.call("/oauth2/advertiser/get/", app_id=app["app_id"], secret=app["secret"])
        code = self.consent(app)
        body = {"app_id": app["app_id"], "secret": app["secret"], "auth_code": code}
        self.call("/oauth2/access_token/", body=body)
        info = self.call("/advertiser/info/", advertiser_ids=[self.advertiser_id])["list"][0]
        self.call("/advertiser/balance/get/", bc_id=info["owner_bc_id"])
        self.call("/bc/get/")
        self.call("/bc/balance/get/", bc_id=info["owner_bc_id"])
        for path in ("/term/get/", "/term/check/"):
            self.get(path, term_type="LeadAds")
        self.post("/term/confirm/", term_type="LeadAds")

    def consent(self, app: dict[str, str]) -> str:
        """The code of the consent page, as a person's browser brings it back."""
        query = urlencode(
            {"app_id": app["app_id"], "state": "s", "redirect_uri": "https://a.example"}
        )
        connection = http.client.HTTPConnection("127.0.0.1", self.sandbox.port)
        with contextlib.closing(connection):
            form = urlencode({"state": "s", "redirect_uri": "https://a.example"})
            connection.request("POST", f"/portal/auth?{query}", body=form)
            answer = connection.getresponse()
            answer.read()
            landed = urlsplit(answer.headers["Location"] or "")
        return parse_qs(landed.query)["auth_code"][0]

    def files(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            video, image = Path(folder) / "own.mp4", Path(folder) / "own.jpeg"
            video.write_bytes(b"sample video")
            image.write_bytes(b"sample image")
            self.video_id = self.get(
                "/file/video/ad/upload/",
                upload_type="UPLOAD_BY_FILE",
                video_file=str(video),
                video_signature=md5(b"sample video", usedforsecurity=False).hexdigest(),
            )[0]["video_id"]
            self.image_id = self.get(
                "/file/image/ad/upload/",
                upload_type="UPLOAD_BY_FILE",
                image_file=str(image),
                image_signature=md5(b"sample image", usedforsecurity=False).hexdigest(),
            )["image_id"]
        self.get("/file/video/ad/info/", video_ids=[self.video_id])
        self.get("/file/video/ad/search/")
        self.get("/creative/portfolio/list/")
        self.get("/file/image/ad/info/", image_ids=[self.image_id])
        self.post("/identity/create/", display_name="SDK label", image_uri=self.image_id)
        own = self.raw("/identity/video/get/", identity_id=self.brand, identity_type="TT_USER")
        self.item_id = own["video_list"][0]["item_id"]
        self.get("/identity/get/", identity_type="CUSTOMIZED_USER")
        self.get(
            "/identity/video/info/",
            identity_id=self.brand,
            identity_type="TT_USER",
            item_id=self.item_id,
        )

    def raw(self, path: str, **given: object) -> Any:
        """A GET that the SDK has no method for, as its own client sends it."""
        return self.client.call_api(
            f"/open_api/v1.3{path}",
            "GET",
            query_params=[("advertiser_id", self.advertiser_id), *given.items()],
            header_params={"Access-Token": self.token},
            response_type="InlineResponse200",
            auth_settings=[],
            _return_http_data_only=True,
        )["data"]

    def regular(self) -> None:
        fields = {"campaign_name": "SDK", "objective_type": "TRAFFIC", "request_id": "11"}
        self.campaign_id = self.post("/campaign/create/", **fields)["campaign_id"]
        number = {"campaign_id": self.campaign_id}
        self.post("/campaign/update/", campaign_name="SDK renamed", **number)
        self.adgroup_id = self.post(
            "/adgroup/create/",
            adgroup_name="SDK group",
            promotion_type="WEBSITE",
            placement_type="PLACEMENT_TYPE_AUTOMATIC",
            budget_mode="BUDGET_MODE_DAY",
            budget=400.0,
            schedule_type="SCHEDULE_FROM_NOW",
            schedule_start_time="2026-03-02 00:00:00",
            optimization_goal="CLICK",
            billing_event="CPC",
            pacing="PACING_MODE_SMOOTH",
            location_ids=["6252001"],
            **number,
        )["adgroup_id"]
        self.post("/adgroup/update/", adgroup_id=self.adgroup_id, budget=500.0)
        creative: dict[str, object] = {
            "ad_name": "SDK ad",
            "identity_type": "TT_USER",
            "identity_id": self.brand,
            "ad_format": "SINGLE_VIDEO",
            "tiktok_item_id": self.item_id,
            "call_to_action": "SHOP_NOW",
            "landing_page_url": LANDING,
        }
        group = {"adgroup_id": self.adgroup_id}
        made = self.post("/ad/create/", creatives=[creative], **group)
        self.ad_id = made["ad_ids"][0]
        patch = {"ad_id": self.ad_id, "ad_name": "SDK ad renamed"}
        self.post("/ad/update/", creatives=[patch], patch_update=True, **group)
        switches = (
            ("campaign", self.campaign_id),
            ("adgroup", self.adgroup_id),
            ("ad", self.ad_id),
        )
        for kind, identifier in switches:
            ids = {f"{kind}_ids": [identifier], "operation_status": "ENABLE"}
            self.post(f"/{kind}/status/update/", **ids)
            self.get(f"/{kind}/get/", filtering={f"{kind}_ids": [identifier]})
        self.get("/adgroup/quota/")

    def smart_plus(self) -> None:
        campaign_id = self.post(
            "/smart_plus/campaign/create/",
            request_id="21",
            campaign_name="SDK smart",
            objective_type="WEB_CONVERSIONS",
            budget_mode="BUDGET_MODE_DYNAMIC_DAILY_BUDGET",
            budget=80.0,
            budget_optimize_on=True,
        )["campaign_id"]
        self.post("/smart_plus/campaign/update/", campaign_id=campaign_id, budget=90.0)
        adgroup_id = self.post(
            "/smart_plus/adgroup/create/",
            request_id="22",
            campaign_id=campaign_id,
            adgroup_name="SDK smart group",
            promotion_type="WEBSITE",
            optimization_goal="CLICK",
            billing_event="CPC",
            schedule_type="SCHEDULE_FROM_NOW",
            schedule_start_time="2026-03-02 00:00:00",
            targeting_spec={"location_ids": ["6252001"]},
        )["adgroup_id"]
        self.post("/smart_plus/adgroup/update/", adgroup_id=adgroup_id, adgroup_name="Renamed")
        creative = {
            "ad_format": "SINGLE_VIDEO",
            "identity_type": "TT_USER",
            "identity_id": self.brand,
            "video_info": {"video_id": self.video_id},
        }
        smart = self.post(
            "/smart_plus/ad/create/",
            adgroup_id=adgroup_id,
            ad_name="SDK smart ad",
            creative_list=[{"creative_info": creative}],
            ad_text_list=[{"ad_text": "A miracle in a bottle"}],
            call_to_action_list=[{"call_to_action": "SHOP_NOW"}],
            landing_page_url_list=[{"landing_page_url": LANDING}],
        )
        self.smart_id = smart["smart_plus_ad_id"]
        self.material_id = smart["creative_list"][0]["ad_material_id"]
        self.post("/smart_plus/ad/update/", smart_plus_ad_id=self.smart_id, ad_name="Renamed")
        self.post(
            "/smart_plus/ad/material_status/update/",
            smart_plus_ad_id=self.smart_id,
            ad_material_ids=[self.material_id],
            operation_status="ENABLE",
        )
        for kind, identifier in (
            ("campaign", campaign_id),
            ("adgroup", adgroup_id),
            ("ad", self.smart_id),
        ):
            name = "smart_plus_ad_ids" if kind == "ad" else f"{kind}_ids"
            self.post(
                f"/smart_plus/{kind}/status/update/",
                operation_status="ENABLE",
                **{name: [identifier]},
            )
            self.get(f"/smart_plus/{kind}/get/", filtering={name: [identifier]})

    def gmv_max(self) -> None:
        store = self.get("/gmv_max/store/list/")["store_list"][0]
        self.store_id = store["store_id"]
        where = {
            "store_id": self.store_id,
            "store_authorized_bc_id": store["store_authorized_bc_id"],
        }
        self.post("/gmv_max/exclusive_authorization/create/", **where)
        self.get("/gmv_max/exclusive_authorization/get/", **where)
        self.get("/gmv_max/store/shop_ad_usage_check/", store_id=self.store_id)
        self.get("/gmv_max/identity/get/", **where)
        self.get("/gmv_max/video/get/", need_auth_code_video=True, page_size=50, **where)
        goal = {"shopping_ads_type": "PRODUCT", "optimization_goal": "VALUE"}
        self.get("/gmv_max/bid/recommend/", store_id=self.store_id, **goal)
        campaign = self.post(
            "/campaign/gmv_max/create/",
            request_id="31",
            campaign_name="SDK GMV",
            deep_bid_type="VO_MIN_ROAS",
            roas_bid=2.0,
            budget=100.0,
            schedule_type="SCHEDULE_FROM_NOW",
            schedule_start_time="2026-03-02 00:00:00",
            product_video_specific_type="AUTO_SELECTION",
            **where,
            **goal,
        )
        number = {"campaign_id": campaign["campaign_id"]}
        spu_id = campaign["item_list"][0]["spu_id_list"][0]
        self.post("/campaign/gmv_max/update/", budget=110.0, **number)
        self.get("/campaign/gmv_max/info/", **number)
        self.get(
            "/gmv_max/occupied_custom_shop_ads/list/",
            store_id=self.store_id,
            asset_ids=[spu_id],
            occupied_asset_type="SPU",
        )
        self.get(
            "/gmv_max/custom_anchor_video_list/get/",
            campaign_custom_anchor_video_id=campaign["campaign_custom_anchor_video_id"],
            custom_anchor_video_list=[],
        )
        shop = {"store_id": self.store_id} | number
        boost = {"budget": 20.0, "product_list": [{"spu_id": spu_id}]}
        session = self.post("/campaign/gmv_max/session/create/", session=boost, **shop)[
            "session_id"
        ]
        self.post(
            "/campaign/gmv_max/session/update/",
            session={"budget": 25.0},
            session_id=session,
            **shop,
        )
        self.get("/campaign/gmv_max/session/get/", session_ids=[session])
        self.get("/campaign/gmv_max/session/list/", **number)
        self.post("/campaign/gmv_max/session/delete/", session_id=session)

    def wait(self) -> None:
        """Days in which the ads run; the rejected one is looked at and appealed."""
        self.sandbox.advance(days=3)
        smart = {"smart_plus_ad_ids": [self.smart_id]}
        self.get("/smart_plus/ad/review_info/", **smart)
        self.get("/smart_plus/material/review_info/", ad_material_ids=[self.material_id])
        fields = {"smart_plus_ad_id": self.smart_id, "appeal_reason": "Sample"}
        self.post("/smart_plus/ad/appeal/", **fields)

    def reports(self) -> None:
        asked: dict[str, object] = {
            "report_type": "BASIC",
            "data_level": "AUCTION_AD",
            "dimensions": ["ad_id", "stat_time_day"],
            "metrics": ["spend", "likes"],
            **SPAN,
        }
        self.get("/report/integrated/get/", **asked)
        task_id = self.post("/report/task/create/", **asked)["task_id"]
        self.get("/report/task/check/", task_id=task_id)
        self.post("/report/task/cancel/", task_id=task_id)
        dimensions = ["smart_plus_ad_id", "main_material_id"]
        for kind in ("overview", "breakdown"):
            self.get(f"/smart_plus/material_report/{kind}/", dimensions=dimensions, **SPAN)
        self.get(
            "/gmv_max/report/get/",
            store_ids=[self.store_id],
            dimensions=["campaign_id"],
            metrics=["cost", "roi"],
            **SPAN,
        )

    def comments(self) -> None:
        period = {"start_time": "2026-03-01", "end_time": "2026-03-20"}
        where = {"search_field": "ADGROUP_ID", "search_value": self.adgroup_id, **period}
        found = self.get("/comment/list/", page_size=100, comment_type=["COMMENT"], **where)
        comment_id = found["comments"][0]["comment_id"]
        self.get("/comment/reference/", comment_id=comment_id, comment_type="COMMENT")
        target = {
            "ad_id": self.ad_id,
            "tiktok_item_id": self.item_id,
            "identity_id": self.brand,
            "identity_type": "TT_USER",
        }
        reply = self.post(
            "/comment/post/",
            comment_id=comment_id,
            comment_type="REPLY",
            text="Thank you!",
            **target,
        )
        self.post("/comment/status/update/", comment_ids=[comment_id], operation="HIDDEN")
        self.post("/comment/delete/", comment_id=reply["comment_id"], **target)
        task_id = self.post("/comment/task/create/", **where)["task_id"]
        self.get("/comment/task/check/", task_id=task_id)
        self.post("/blockedword/create/", blocked_words=["sample"])
        self.post("/blockedword/update/", old_word="sample", new_word="example")
        self.get("/blockedword/list/")
        self.get("/blockedword/check/", blocked_words=["example"])
        task_id = self.post("/blockedword/task/create/")["task_id"]
        self.get("/blockedword/task/check/", task_id=task_id)
        self.post("/blockedword/delete/", blocked_words=["example"])

    def pixels(self) -> None:
        made = self.post("/pixel/create/", pixel_name="SDK pixel")
        number, code = made["pixel_id"], made["pixel_code"]
        self.post("/pixel/update/", pixel_id=number, pixel_name="SDK pixel renamed")
        wanted = [{"event_code": "Purchase", "event_type": "SHOPPING"}]
        events = self.post("/pixel/event/create/", pixel_id=number, pixel_events=wanted)
        event_id = events["pixel_events"][0]["event_id"]
        self.post("/pixel/event/update/", event_id=event_id, event_name="Bought")
        self.post("/pixel/event/delete/", event_id=event_id)
        self.get("/pixel/list/")
        event = {
            "event": "CompletePayment",
            "timestamp": "2026-03-02T00:00:00Z",
            "context": {"page": {"url": "https://shop.example"}},
        }
        self.post("/pixel/track/", pixel_code=code, event_id="1", **event)
        batch = [{"type": "track", "event_id": "2", **event}]
        self.post("/pixel/batch/", pixel_code=code, batch=batch)
        self.get("/pixel/event/stats/", pixel_ids=[number], date_range=SPAN)

        offline = self.post("/offline/create/", name="SDK till")["event_set_id"]
        self.post("/offline/update/", event_set_id=offline, auto_tracking=True)
        self.get("/offline/get/", event_set_ids=[offline])
        self.post("/offline/delete/", event_set_id=offline)

    def audiences(self) -> None:
        content = b"848a771458438fc2ec420560d769fb9b9b86851ee338ec56517baabd79d3bb4f\n"
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "people.csv"
            file.write_bytes(content)
            uploaded = self.get(
                "/dmp/custom_audience/file/upload/",
                file=str(file),
                file_signature=md5(content, usedforsecurity=False).hexdigest(),
                calculate_type="EMAIL_SHA256",
            )
        made = self.post(
            "/dmp/custom_audience/create/",
            custom_audience_name="SDK people",
            file_paths=[uploaded["file_path"]],
            calculate_type="EMAIL_SHA256",
        )
        number = made["custom_audience_id"]
        self.post(
            "/dmp/custom_audience/rule/create/",
            custom_audience_name="SDK visitors",
            rule_spec={"inclusion_rule_set": {"operator": "OR", "rules": []}},
        )
        self.sandbox.advance(hours=2)
        alike = self.post(
            "/dmp/custom_audience/lookalike/create/",
            custom_audience_name="SDK alike",
            lookalike_spec={"source_audience_id": number, "audience_size": "NARROW"},
        )["custom_audience_id"]
        self.post("/dmp/custom_audience/lookalike/update/", custom_audience_ids=[alike])
        self.post(
            "/dmp/custom_audience/update/",
            custom_audience_id=number,
            custom_audience_name="SDK persons",
        )
        self.use_audience(number)
        self.get("/dmp/custom_audience/list/")
        self.get("/dmp/custom_audience/get/", custom_audience_ids=[number])
        self.post("/dmp/custom_audience/delete/", custom_audience_ids=[number])

    def use_audience(self, number: str) -> None:
        """In an ad group, in another account, and no longer."""
        other = self.sandbox.get("world/")["advertisers"][1]["advertiser_id"]
        given = {"custom_audience_id": number, "adgroup_ids": [self.adgroup_id]}
        self.post("/dmp/custom_audience/apply/", **given, action_mode="Apply", usage_mode="Exclude")
        self.get("/dmp/custom_audience/apply/log/", custom_audience_ids=[number])
        self.post("/dmp/custom_audience/apply/", **given, action_mode="Disconnect")
        given = {"custom_audience_ids": [number], "shared_advertiser_ids": [other]}
        self.post("/dmp/custom_audience/share/", **given)
        self.get("/dmp/custom_audience/share/log/", custom_audience_id=number)
        self.post("/dmp/custom_audience/share/cancel/", custom_audience_id=number)

    def farewell(self) -> None:
        """Nothing is left of a deleted ad but its status."""
        ids = {"ad_ids": [self.ad_id], "operation_status": "DELETE"}
        self.post("/ad/status/update/", **ids)
