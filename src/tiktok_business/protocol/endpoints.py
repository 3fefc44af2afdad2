"""The endpoints this client speaks: verb, path, and what repeating a call does.

Source: TikTok API for Business v1.3 reference pages; see the resource modules for page ids.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

PREFIX = "/open_api/v1.3"


class Repeat(StrEnum):
    """What happens when a call whose reply was lost is sent a second time."""

    HARMLESS = "harmless"
    """A read, or a write that sets a state: may be sent again."""
    ACTS_AGAIN = "acts again"
    """Creates, adds or consumes: must never be sent again without looking first."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One call. `path` carries the mandatory trailing slash."""

    method: str
    path: str
    repeat: Repeat

    @property
    def is_read(self) -> bool:
        """Whether the call cannot change anything."""
        return self.method == "GET"

    def __str__(self) -> str:
        return self.path


def _reads(path: str) -> Endpoint:
    return Endpoint("GET", path, Repeat.HARMLESS)


def _sets(path: str) -> Endpoint:
    return Endpoint("POST", path, Repeat.HARMLESS)


def _acts(path: str) -> Endpoint:
    return Endpoint("POST", path, Repeat.ACTS_AGAIN)


ADS_TOKEN = _acts("/oauth2/access_token/")
ADS_TOKEN_REVOKE = _sets("/oauth2/revoke_token/")
ADS_TOKEN_ADVERTISERS = _reads("/oauth2/advertiser/get/")
CREATOR_TOKEN = _acts("/tt_user/oauth2/token/")
CREATOR_TOKEN_REFRESH = _acts("/tt_user/oauth2/refresh_token/")
CREATOR_TOKEN_REVOKE = _sets("/tt_user/oauth2/revoke/")
CREATOR_TOKEN_INFO = _sets("/tt_user/token_info/get/")

ADVERTISER_INFO = _reads("/advertiser/info/")

TT_VIDEO_AUTHORIZE = _acts("/tt_video/authorize/")
TT_VIDEO_INFO = _reads("/tt_video/info/")
TT_VIDEO_LIST = _reads("/tt_video/list/")
TT_VIDEO_UNBIND = _acts("/tt_video/unbind/")

IDENTITY_GET = _reads("/identity/get/")
IDENTITY_INFO = _reads("/identity/info/")
IDENTITY_VIDEO_GET = _reads("/identity/video/get/")
IDENTITY_VIDEO_INFO = _reads("/identity/video/info/")
IDENTITY_MUSIC = _reads("/identity/music/authorization/")
IDENTITY_QUOTA = _reads("/asset/bind/quota/")

CAMPAIGN_CREATE = _acts("/campaign/create/")
CAMPAIGN_UPDATE = _sets("/campaign/update/")
CAMPAIGN_STATUS = _sets("/campaign/status/update/")
CAMPAIGN_GET = _reads("/campaign/get/")

ADGROUP_CREATE = _acts("/adgroup/create/")
ADGROUP_UPDATE = _sets("/adgroup/update/")
ADGROUP_STATUS = _sets("/adgroup/status/update/")
ADGROUP_BUDGET = _sets("/adgroup/budget/update/")
ADGROUP_GET = _reads("/adgroup/get/")

AD_CREATE = _acts("/ad/create/")
AD_UPDATE = _sets("/ad/update/")
AD_STATUS = _sets("/ad/status/update/")
AD_GET = _reads("/ad/get/")

SMART_CAMPAIGN_CREATE = _acts("/smart_plus/campaign/create/")
SMART_CAMPAIGN_STATUS = _sets("/smart_plus/campaign/status/update/")
SMART_CAMPAIGN_GET = _reads("/smart_plus/campaign/get/")
SMART_ADGROUP_CREATE = _acts("/smart_plus/adgroup/create/")
SMART_ADGROUP_UPDATE = _sets("/smart_plus/adgroup/update/")
SMART_ADGROUP_STATUS = _sets("/smart_plus/adgroup/status/update/")
SMART_ADGROUP_GET = _reads("/smart_plus/adgroup/get/")
SMART_AD_CREATE = _acts("/smart_plus/ad/create/")
SMART_AD_STATUS = _sets("/smart_plus/ad/status/update/")
SMART_MATERIAL_STATUS = _sets("/smart_plus/ad/material_status/update/")
SMART_AD_GET = _reads("/smart_plus/ad/get/")

GMV_MAX_STORES = _reads("/gmv_max/store/list/")
GMV_MAX_CAMPAIGN_GET = _reads("/gmv_max/campaign/get/")
GMV_MAX_CAMPAIGN_INFO = _reads("/campaign/gmv_max/info/")
GMV_MAX_VIDEO_GET = _reads("/gmv_max/video/get/")
GMV_MAX_REPORT_GET = _reads("/gmv_max/report/get/")

VIDEO_UPLOAD = _acts("/file/video/ad/upload/")
VIDEO_SEARCH = _reads("/file/video/ad/search/")
IMAGE_UPLOAD = _acts("/file/image/ad/upload/")
IMAGE_SEARCH = _reads("/file/image/ad/search/")

REPORT_GET = _reads("/report/integrated/get/")

PIXEL_STATS = _reads("/pixel/event/stats/")

POST_AUTHORIZE_SETTING = _acts("/business/post/authorize/setting/")
POST_AUTHORIZE_EXTEND = _acts("/business/post/authorize/")
POST_AUTHORIZE_STATUS = _reads("/business/post/authorize/status/")
POST_AUTHORIZE_DELETE = _acts("/business/post/authorize/delete/")
TCM_VIDEO_APPLY = _acts("/tcm/tt_video/apply/")
TCM_VIDEO_STATUS = _reads("/tcm/tt_video/status/")
BUSINESS_VIDEO_LIST = _reads("/business/video/list/")

COMMENT_LIST = _reads("/comment/list/")
COMMENT_REFERENCE = _reads("/comment/reference/")
COMMENT_POST = _acts("/comment/post/")
COMMENT_STATUS = _sets("/comment/status/update/")
BLOCKED_WORD_LIST = _reads("/blockedword/list/")
BLOCKED_WORD_CREATE = _sets("/blockedword/create/")
BLOCKED_WORD_DELETE = _acts("/blockedword/delete/")
BUSINESS_COMMENT_LIST = _reads("/business/comment/list/")
BUSINESS_COMMENT_REPLIES = _reads("/business/comment/reply/list/")
BUSINESS_COMMENT_REPLY = _acts("/business/comment/reply/create/")
BUSINESS_COMMENT_HIDE = _sets("/business/comment/hide/")
