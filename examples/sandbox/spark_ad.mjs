// A Spark Ad from a creator's code, start to report, with Node's own fetch (18 or newer) alone.
//
//     tiktok-sandbox serve
//     node spark_ad.mjs [http://127.0.0.1:8790]
//
// Calls of /open_api/ are TikTok's; those of /sandbox/ and /phone/ only the sandbox has.

const URL_OF_SANDBOX = (process.argv[2] ?? "http://127.0.0.1:8790").replace(/\/$/, "");
const API = "/open_api/v1.3";

/** GET, or POST of a JSON body; the answer's JSON. */
async function ask(path, { body, query = {}, token = "" } = {}) {
  const words = new URLSearchParams(
    Object.entries(query).map(([name, value]) => [
      name,
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  );
  const address = `${URL_OF_SANDBOX}${path}${words.size ? `?${words}` : ""}`;
  const reply = await fetch(address, {
    method: body === undefined ? "GET" : "POST",
    headers: { "Content-Type": "application/json", "Access-Token": token },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (!reply.ok) throw new Error(`${path}: HTTP ${reply.status} ${await reply.text()}`);
  return reply.json();
}

// A token, as the consent page would give one, and the advertisers it may act for.
const { access_token: token } = await ask("/sandbox/v1/grants/ads/", { body: {} });

/** `data` of a call to the API for Business; a code other than 0 is an error. */
async function tiktok(path, { body, query } = {}) {
  const answer = await ask(API + path, { body, query, token });
  if (answer.code !== 0) throw new Error(`${path}: ${answer.code} ${answer.message}`);
  return answer.data;
}

const { app } = await ask("/sandbox/v1/world/");
const advertisers = await tiktok("/oauth2/advertiser/get/", {
  query: { app_id: app.app_id, secret: app.secret },
});
for (const each of advertisers.list) {
  console.log("advertiser", each.advertiser_id, each.advertiser_name);
}
const advertiser_id = advertisers.list[0].advertiser_id;

// A creator makes a code on the phone; here the first public video with licensed music will do.
const posts = [];
for (const { handle } of (await ask("/phone/v1/creators/")).creators) {
  posts.push(...(await ask(`/phone/v1/creators/${handle}/posts/`)).posts);
}
const post = posts.find((p) => p.status === "HESITATE_RECOMMEND" && p.item_type === "VIDEO");
const { auth_code } = await ask(`/phone/v1/posts/${post.item_id}/code/`, { body: { days: 30 } });

// The brand binds it, and finds the post and its identity.
await tiktok("/tt_video/authorize/", { body: { advertiser_id, auth_code } });
const [bound] = (await tiktok("/tt_video/list/", { query: { advertiser_id } })).list;

// Campaign, ad group, ad.
const { now } = await ask("/sandbox/v1/clock/");
const { campaign_id } = await tiktok("/campaign/create/", {
  body: {
    advertiser_id,
    campaign_name: "Example",
    objective_type: "TRAFFIC",
    budget_mode: "BUDGET_MODE_INFINITE",
  },
});
const { adgroup_id } = await tiktok("/adgroup/create/", {
  body: {
    advertiser_id,
    campaign_id,
    adgroup_name: "Example",
    promotion_type: "WEBSITE",
    placement_type: "PLACEMENT_TYPE_NORMAL",
    placements: ["PLACEMENT_TIKTOK"],
    location_ids: ["6252001"],
    budget_mode: "BUDGET_MODE_DAY",
    budget: 60,
    schedule_type: "SCHEDULE_FROM_NOW",
    schedule_start_time: now.slice(0, 19).replace("T", " "),
    optimization_goal: "CLICK",
    billing_event: "CPC",
    bid_type: "BID_TYPE_NO_BID",
    pacing: "PACING_MODE_SMOOTH",
  },
});
const made = await tiktok("/ad/create/", {
  body: {
    advertiser_id,
    adgroup_id,
    creatives: [
      {
        ad_name: "Example",
        identity_type: "AUTH_CODE",
        identity_id: bound.user_info.identity_id,
        tiktok_item_id: post.item_id,
        ad_format: "SINGLE_VIDEO",
        call_to_action: "SHOP_NOW",
        landing_page_url: "https://shop.example/p/1",
      },
    ],
  },
});
console.log("ad", made.ad_ids[0]);

// A day passes: the ad is reviewed and delivered.
const { now: later } = await ask("/sandbox/v1/clock/advance/", { body: { days: 1 } });
const report = await tiktok("/report/integrated/get/", {
  query: {
    advertiser_id,
    report_type: "BASIC",
    data_level: "AUCTION_AD",
    dimensions: ["ad_id"],
    metrics: ["spend", "impressions", "clicks"],
    start_date: now.slice(0, 10),
    end_date: later.slice(0, 10),
  },
});
for (const { metrics } of report.list) {
  console.log("spend", metrics.spend, "impressions", metrics.impressions, "clicks", metrics.clicks);
}
