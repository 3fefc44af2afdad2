"""Typed async client of the TikTok API for Business v1.3, Spark Ads calls included.

```python
from datetime import date
from tiktok_business import AdvertiserId, Pace, SparkCodeError, TikTok

advertiser = AdvertiserId("7000000000000000001")

async with TikTok(access_token=token, app="my-app-id", pace=Pace.basic()) as tiktok:
    try:
        await tiktok.tt_video.authorize(advertiser, "#code-from-the-creator")
    except SparkCodeError as error:
        print(error.problem.who_acts, error.problem.next_step)

    async for post in tiktok.tt_video.each(advertiser):
        print(post.item_id, post.authorization.ends_at)

    async for page in tiktok.reports.daily(advertiser, date(2026, 11, 1), date(2026, 11, 8)):
        print(page.columns["ad_id"], page.columns["spend"])
```

Calls keep to the app's rate limits, are repeated only where that is safe, and fail with an error
that says what became of them: `error.effect` is UNKNOWN when a write may have happened. Tokens
and codes are `Secret`s and never printed. Ranges of days are half open, times are aware UTC,
money is `Decimal`. See docs/reference/client.md.

Everything public is exported here. resources/ holds a module per resource of TikTok; protocol/ how
one call is made: endpoint, pacing, transport, envelope, return codes, repeats, pages.
"""

from tiktok_business.client import TikTok
from tiktok_business.errors import (
    ConflictError,
    DuplicateRequestError,
    Effect,
    ForbiddenError,
    IncompleteListError,
    IncompleteReportError,
    InvalidRequestError,
    LostReplyError,
    MalformedAnswerError,
    NotFoundError,
    NotReadyError,
    OutcomeUnknownError,
    PartialAnswerError,
    PlatformFaultError,
    QuotaReachedError,
    RateLimitedError,
    ReauthorizationNeededError,
    RefusedError,
    SparkCodeError,
    TikTokError,
    TokenExpiredError,
    UnreachableError,
    UnsupportedError,
    WrongRouteError,
)
from tiktok_business.ids import (
    AdGroupId,
    AdId,
    AdvertiserId,
    BusinessCenterId,
    BusinessId,
    CampaignId,
    CommentId,
    IdentityId,
    ItemId,
    SmartAdId,
)
from tiktok_business.protocol.clock import Clock, SystemClock
from tiktok_business.protocol.pacing import Limit, Pace
from tiktok_business.protocol.retry import Retry
from tiktok_business.protocol.transport import (
    AioHttpTransport,
    NotSentError,
    ReplyLostError,
    Request,
    Response,
    Transport,
)
from tiktok_business.resources.accounts import BusinessVideo, CodeStatus, Days, PostCode
from tiktok_business.resources.adgroups import BILLING, AdGroup, AdGroupCreate, Billing, Goal
from tiktok_business.resources.ads import (
    AUTHORIZATION_LOST,
    Ad,
    AdFormat,
    AdStatus,
    CreatedAds,
    SparkPullCreative,
    SparkPushCreative,
)
from tiktok_business.resources.advertisers import Advertiser
from tiktok_business.resources.campaigns import BudgetMode, Campaign, CampaignCreate, Objective
from tiktok_business.resources.comments import AdComment, CommentStatus, PostComment
from tiktok_business.resources.gmv_max import (
    GmvMaxCampaign,
    GmvMaxCampaignInfo,
    GmvMaxItem,
    GmvMaxResult,
    GmvMaxStore,
    GmvMaxType,
)
from tiktok_business.resources.identities import (
    AdQuota,
    Identity,
    IdentityType,
    MusicAuthorization,
)
from tiktok_business.resources.library import LibraryImage, LibraryVideo, signature_of
from tiktok_business.resources.metrics import CORE_METRICS, MetricKind, metric_kind
from tiktok_business.resources.oauth import (
    AdsGrant,
    CreatorGrant,
    CreatorTokenInfo,
    GrantedAdvertiser,
    OAuth,
)
from tiktok_business.resources.posts import (
    Anchor,
    Authorization,
    AuthStatus,
    ItemStatus,
    ItemType,
    Post,
    VideoFile,
)
from tiktok_business.resources.report_pages import ReportPage
from tiktok_business.resources.reports import Level, ReportQuery
from tiktok_business.resources.smart_plus import (
    CREATIVES_PER_AD,
    Material,
    SmartAd,
    SmartAdCreate,
)
from tiktok_business.resources.statuses import Primary, Switch, Switched, SwitchFailure
from tiktok_business.resources.tiktok_one import Answer, PostRequest
from tiktok_business.resources.tt_video import VideoInfo
from tiktok_business.secret import Secret
from tiktok_business.spark_codes import SparkCodeProblem, WhoActs

__all__ = [
    "AUTHORIZATION_LOST",
    "BILLING",
    "CORE_METRICS",
    "CREATIVES_PER_AD",
    "Ad",
    "AdComment",
    "AdFormat",
    "AdGroup",
    "AdGroupCreate",
    "AdGroupId",
    "AdId",
    "AdQuota",
    "AdStatus",
    "AdsGrant",
    "Advertiser",
    "AdvertiserId",
    "AioHttpTransport",
    "Anchor",
    "Answer",
    "AuthStatus",
    "Authorization",
    "Billing",
    "BudgetMode",
    "BusinessCenterId",
    "BusinessId",
    "BusinessVideo",
    "Campaign",
    "CampaignCreate",
    "CampaignId",
    "Clock",
    "CodeStatus",
    "CommentId",
    "CommentStatus",
    "ConflictError",
    "CreatedAds",
    "CreatorGrant",
    "CreatorTokenInfo",
    "Days",
    "DuplicateRequestError",
    "Effect",
    "ForbiddenError",
    "GmvMaxCampaign",
    "GmvMaxCampaignInfo",
    "GmvMaxItem",
    "GmvMaxResult",
    "GmvMaxStore",
    "GmvMaxType",
    "Goal",
    "GrantedAdvertiser",
    "Identity",
    "IdentityId",
    "IdentityType",
    "IncompleteListError",
    "IncompleteReportError",
    "InvalidRequestError",
    "ItemId",
    "ItemStatus",
    "ItemType",
    "Level",
    "LibraryImage",
    "LibraryVideo",
    "Limit",
    "LostReplyError",
    "MalformedAnswerError",
    "Material",
    "MetricKind",
    "MusicAuthorization",
    "NotFoundError",
    "NotReadyError",
    "NotSentError",
    "OAuth",
    "Objective",
    "OutcomeUnknownError",
    "Pace",
    "PartialAnswerError",
    "PlatformFaultError",
    "Post",
    "PostCode",
    "PostComment",
    "PostRequest",
    "Primary",
    "QuotaReachedError",
    "RateLimitedError",
    "ReauthorizationNeededError",
    "RefusedError",
    "ReplyLostError",
    "ReportPage",
    "ReportQuery",
    "Request",
    "Response",
    "Retry",
    "Secret",
    "SmartAd",
    "SmartAdCreate",
    "SmartAdId",
    "SparkCodeError",
    "SparkCodeProblem",
    "SparkPullCreative",
    "SparkPushCreative",
    "Switch",
    "SwitchFailure",
    "Switched",
    "SystemClock",
    "TikTok",
    "TikTokError",
    "TokenExpiredError",
    "Transport",
    "UnreachableError",
    "UnsupportedError",
    "VideoFile",
    "VideoInfo",
    "WhoActs",
    "WrongRouteError",
    "metric_kind",
    "signature_of",
]
