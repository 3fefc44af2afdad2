"""The table of simulated endpoints: routes and the coverage page are both made from it."""

from __future__ import annotations

from tiktok_sandbox.wire import (
    accounts,
    adgroups,
    ads,
    advertisers,
    campaigns,
    identities,
    oauth,
    reports,
    spark_codes,
)
from tiktok_sandbox.wire.calls import Endpoint

PREFIX = "/open_api/v1.3"

ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="POST",
        path="/oauth2/access_token/",
        handler=oauth.access_token,
        holder="nobody",
        section="5",
    ),
    Endpoint(
        method="POST",
        path="/oauth2/revoke_token/",
        handler=oauth.revoke_token,
        holder="nobody",
        section="5",
    ),
    Endpoint(
        method="GET", path="/oauth2/advertiser/get/", handler=oauth.advertiser_get, section="5"
    ),
    Endpoint(
        method="GET",
        path="/user/info/",
        handler=oauth.user_info,
        section="5",
        limits="One sample user",
    ),
    Endpoint(
        method="POST",
        path="/tt_user/oauth2/token/",
        handler=oauth.creator_token,
        holder="nobody",
        section="5",
    ),
    Endpoint(
        method="POST",
        path="/tt_user/oauth2/refresh_token/",
        handler=oauth.creator_refresh,
        holder="nobody",
        section="5",
    ),
    Endpoint(
        method="POST",
        path="/tt_user/oauth2/revoke/",
        handler=oauth.creator_revoke,
        holder="nobody",
        section="5",
    ),
    Endpoint(
        method="POST",
        path="/tt_user/token_info/get/",
        handler=oauth.creator_token_info,
        holder="nobody",
        section="5",
    ),
    Endpoint(
        method="GET",
        path="/advertiser/info/",
        handler=advertisers.info,
        section="5",
        limits="Always STATUS_ENABLE; the balance falls with spend and is never enforced",
    ),
    Endpoint(
        method="POST", path="/tt_video/authorize/", handler=spark_codes.authorize, section="6"
    ),
    Endpoint(method="GET", path="/tt_video/info/", handler=spark_codes.info, section="6"),
    Endpoint(
        method="GET",
        path="/tt_video/list/",
        handler=spark_codes.list_bound,
        section="6",
        limits="keyword is a plain substring; no anchors",
    ),
    Endpoint(method="POST", path="/tt_video/unbind/", handler=spark_codes.unbind, section="6"),
    Endpoint(
        method="GET",
        path="/identity/get/",
        handler=identities.get,
        section="7",
        limits="AUTH_CODE and TT_USER only",
    ),
    Endpoint(method="GET", path="/identity/info/", handler=identities.info, section="7"),
    Endpoint(method="GET", path="/identity/video/get/", handler=identities.video_get, section="7"),
    Endpoint(
        method="GET", path="/identity/video/info/", handler=identities.video_info, section="7"
    ),
    Endpoint(
        method="GET",
        path="/identity/music/authorization/",
        handler=identities.music_authorization,
        section="7",
        limits="A licence holds everywhere and always, or nowhere",
    ),
    Endpoint(
        method="GET",
        path="/asset/bind/quota/",
        handler=ads.bind_quota,
        section="7",
        limits="Shape of the answer is unverified",
    ),
    Endpoint(method="POST", path="/campaign/create/", handler=campaigns.create, section="8.1"),
    Endpoint(method="POST", path="/campaign/update/", handler=campaigns.update, section="8.1"),
    Endpoint(
        method="POST",
        path="/campaign/status/update/",
        handler=campaigns.status_update,
        section="8.1",
    ),
    Endpoint(method="GET", path="/campaign/get/", handler=campaigns.get, section="8.1"),
    Endpoint(
        method="POST",
        path="/adgroup/create/",
        handler=adgroups.create,
        section="8.2",
        limits="Targeting is kept, not acted on",
    ),
    Endpoint(method="POST", path="/adgroup/update/", handler=adgroups.update, section="8.2"),
    Endpoint(
        method="POST",
        path="/adgroup/budget/update/",
        handler=adgroups.budget_update,
        section="8.2",
        limits="No scheduled budgets",
    ),
    Endpoint(
        method="POST", path="/adgroup/status/update/", handler=adgroups.status_update, section="8.2"
    ),
    Endpoint(method="GET", path="/adgroup/get/", handler=adgroups.get, section="8.2"),
    Endpoint(
        method="GET",
        path="/adgroup/review_info/",
        handler=adgroups.review_info,
        section="8.2",
        limits="Nothing is ever rejected",
    ),
    Endpoint(
        method="POST",
        path="/ad/create/",
        handler=ads.create,
        section="8.3",
        limits="Spark Pull only, no push",
    ),
    Endpoint(method="POST", path="/ad/update/", handler=ads.update, section="8.3"),
    Endpoint(method="POST", path="/ad/status/update/", handler=ads.status_update, section="8.3"),
    Endpoint(method="GET", path="/ad/get/", handler=ads.get, section="8.3"),
    Endpoint(
        method="POST",
        path="/business/post/authorize/setting/",
        handler=accounts.authorize_setting,
        holder="creator",
        section="9",
    ),
    Endpoint(
        method="POST",
        path="/business/post/authorize/",
        handler=accounts.authorize,
        holder="creator",
        section="9",
    ),
    Endpoint(
        method="GET",
        path="/business/post/authorize/status/",
        handler=accounts.authorize_status,
        holder="creator",
        section="9",
    ),
    Endpoint(
        method="POST",
        path="/business/post/authorize/delete/",
        handler=accounts.authorize_delete,
        holder="creator",
        section="9",
    ),
    Endpoint(
        method="GET",
        path="/business/video/list/",
        handler=accounts.video_list,
        holder="creator",
        section="9",
        limits="No audience breakdowns",
    ),
    Endpoint(
        method="GET",
        path="/report/integrated/get/",
        handler=reports.integrated,
        section="11.1",
        limits="BASIC; id and time dimensions; IN filters on ids and statuses",
    ),
)
