"""A Spark Ad from a creator's code, start to report, with Python's standard library alone.

    tiktok-sandbox serve
    python spark_ad.py [http://127.0.0.1:8790]

Calls of /open_api/ are TikTok's; those of /sandbox/ and /phone/ only the sandbox has.
"""

import json
import sys
import urllib.request
from urllib.parse import urlencode

URL = sys.argv[1].rstrip("/") if len(sys.argv) > 1 else "http://127.0.0.1:8790"
API = "/open_api/v1.3"


def ask(path, body=None, query=None, token=""):
    """GET, or POST of a JSON body; the answer's JSON."""
    query = {k: v if isinstance(v, str) else json.dumps(v) for k, v in (query or {}).items()}
    url = URL + path + ("?" + urlencode(query) if query else "")
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json", "Access-Token": token}
    with urllib.request.urlopen(urllib.request.Request(url, data, headers)) as reply:
        return json.load(reply)


def tiktok(path, body=None, **query):
    """`data` of a call to the API for Business; a code other than 0 ends the program."""
    answer = ask(API + path, body, query, token)
    if answer["code"] != 0:
        sys.exit(f"{path}: {answer['code']} {answer['message']}")
    return answer["data"]


# A token, as the consent page would give one, and the advertisers it may act for.
token = ask("/sandbox/v1/grants/ads/", {})["access_token"]
app = ask("/sandbox/v1/world/")["app"]
advertisers = tiktok("/oauth2/advertiser/get/", app_id=app["app_id"], secret=app["secret"])["list"]
for each in advertisers:
    print("advertiser", each["advertiser_id"], each["advertiser_name"])
advertiser_id = advertisers[0]["advertiser_id"]

# A creator makes a code on the phone; here the first public video with licensed music will do.
posts = []
for creator in ask("/phone/v1/creators/")["creators"]:
    posts += ask(f"/phone/v1/creators/{creator['handle']}/posts/")["posts"]
post = next(p for p in posts if p["status"] == "HESITATE_RECOMMEND" and p["item_type"] == "VIDEO")
code = ask(f"/phone/v1/posts/{post['item_id']}/code/", {"days": 30})["auth_code"]

# The brand binds it, and finds the post and its identity.
tiktok("/tt_video/authorize/", {"advertiser_id": advertiser_id, "auth_code": code})
bound = tiktok("/tt_video/list/", advertiser_id=advertiser_id)["list"][0]

# Campaign, ad group, ad.
now = ask("/sandbox/v1/clock/")["now"]
campaign = tiktok(
    "/campaign/create/",
    {
        "advertiser_id": advertiser_id,
        "campaign_name": "Example",
        "objective_type": "TRAFFIC",
        "budget_mode": "BUDGET_MODE_INFINITE",
    },
)
group = tiktok(
    "/adgroup/create/",
    {
        "advertiser_id": advertiser_id,
        "campaign_id": campaign["campaign_id"],
        "adgroup_name": "Example",
        "promotion_type": "WEBSITE",
        "placement_type": "PLACEMENT_TYPE_NORMAL",
        "placements": ["PLACEMENT_TIKTOK"],
        "location_ids": ["6252001"],
        "budget_mode": "BUDGET_MODE_DAY",
        "budget": 60,
        "schedule_type": "SCHEDULE_FROM_NOW",
        "schedule_start_time": now[:19].replace("T", " "),
        "optimization_goal": "CLICK",
        "billing_event": "CPC",
        "bid_type": "BID_TYPE_NO_BID",
        "pacing": "PACING_MODE_SMOOTH",
    },
)
made = tiktok(
    "/ad/create/",
    {
        "advertiser_id": advertiser_id,
        "adgroup_id": group["adgroup_id"],
        "creatives": [
            {
                "ad_name": "Example",
                "identity_type": "AUTH_CODE",
                "identity_id": bound["user_info"]["identity_id"],
                "tiktok_item_id": post["item_id"],
                "ad_format": "SINGLE_VIDEO",
                "call_to_action": "SHOP_NOW",
                "landing_page_url": "https://shop.example/p/1",
            }
        ],
    },
)
print("ad", made["ad_ids"][0])

# A day passes: the ad is reviewed and delivered.
later = ask("/sandbox/v1/clock/advance/", {"days": 1})["now"]
report = tiktok(
    "/report/integrated/get/",
    advertiser_id=advertiser_id,
    report_type="BASIC",
    data_level="AUCTION_AD",
    dimensions=["ad_id"],
    metrics=["spend", "impressions", "clicks"],
    start_date=now[:10],
    end_date=later[:10],
)["list"]
for row in report:
    numbers = row["metrics"]
    print(
        "spend",
        numbers["spend"],
        "impressions",
        numbers["impressions"],
        "clicks",
        numbers["clicks"],
    )
