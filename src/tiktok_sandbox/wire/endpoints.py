"""The table of simulated endpoints: routes, coverage page and OpenAPI are all made from it.

Each wire module lists its own endpoints at its end; a new module is added here. The shop's API has
another form of row and another door, see shop_gateway.py.
"""

from __future__ import annotations

from tiktok_sandbox.wire.access.advertisers import ENDPOINTS as ADVERTISERS
from tiktok_sandbox.wire.access.business_centers import ENDPOINTS as BUSINESS_CENTERS
from tiktok_sandbox.wire.access.oauth import ENDPOINTS as OAUTH
from tiktok_sandbox.wire.access.terms import ENDPOINTS as TERMS
from tiktok_sandbox.wire.accounts.post_codes import ENDPOINTS as ACCOUNT_CODES
from tiktok_sandbox.wire.accounts.promotions import ENDPOINTS as PROMOTIONS
from tiktok_sandbox.wire.accounts.videos import ENDPOINTS as ACCOUNT_VIDEOS
from tiktok_sandbox.wire.ads.adgroup_reviews import ENDPOINTS as ADGROUP_REVIEWS
from tiktok_sandbox.wire.ads.adgroups import ENDPOINTS as ADGROUPS
from tiktok_sandbox.wire.ads.ads import ENDPOINTS as ADS
from tiktok_sandbox.wire.ads.audience_uses import ENDPOINTS as AUDIENCE_USES
from tiktok_sandbox.wire.ads.audiences import ENDPOINTS as AUDIENCES
from tiktok_sandbox.wire.ads.campaigns import ENDPOINTS as CAMPAIGNS
from tiktok_sandbox.wire.ads.files import ENDPOINTS as FILES
from tiktok_sandbox.wire.ads.music import ENDPOINTS as MUSIC
from tiktok_sandbox.wire.ads.split_tests import ENDPOINTS as SPLIT_TESTS
from tiktok_sandbox.wire.comments.ads import ENDPOINTS as AD_COMMENTS
from tiktok_sandbox.wire.comments.blocked_words import ENDPOINTS as BLOCKED_WORDS
from tiktok_sandbox.wire.comments.exports import ENDPOINTS as COMMENT_EXPORTS
from tiktok_sandbox.wire.comments.own_posts import ENDPOINTS as OWN_POST_COMMENTS
from tiktok_sandbox.wire.gmv_max.assets import ENDPOINTS as GMV_MAX_ASSETS
from tiktok_sandbox.wire.gmv_max.campaigns import ENDPOINTS as GMV_MAX_CAMPAIGNS
from tiktok_sandbox.wire.gmv_max.reports import ENDPOINTS as GMV_MAX_REPORTS
from tiktok_sandbox.wire.gmv_max.sessions import ENDPOINTS as GMV_MAX_SESSIONS
from tiktok_sandbox.wire.measurement.events import ENDPOINTS as EVENTS
from tiktok_sandbox.wire.measurement.offline import ENDPOINTS as OFFLINE_SETS
from tiktok_sandbox.wire.measurement.pixels import ENDPOINTS as PIXELS
from tiktok_sandbox.wire.protocol.calls import Endpoint
from tiktok_sandbox.wire.reports.creative_reports import ENDPOINTS as CREATIVE_REPORTS
from tiktok_sandbox.wire.reports.integrated import ENDPOINTS as INTEGRATED_REPORTS
from tiktok_sandbox.wire.reports.tasks import ENDPOINTS as REPORT_TASKS
from tiktok_sandbox.wire.shop.affiliate_orders import ENDPOINTS as SHOP_AFFILIATE_ORDERS
from tiktok_sandbox.wire.shop.affiliates import ENDPOINTS as SHOP_CREATORS
from tiktok_sandbox.wire.shop.invitations import ENDPOINTS as SHOP_INVITATIONS
from tiktok_sandbox.wire.shop.open_plans import ENDPOINTS as SHOP_OPEN_PLANS
from tiktok_sandbox.wire.shop.orders import ENDPOINTS as SHOP_ORDERS
from tiktok_sandbox.wire.shop.products import ENDPOINTS as SHOP_PRODUCTS
from tiktok_sandbox.wire.shop.protocol import ShopEndpoint
from tiktok_sandbox.wire.shop.returns import ENDPOINTS as SHOP_RETURNS
from tiktok_sandbox.wire.shop.tokens import ENDPOINTS as SHOP_TOKENS
from tiktok_sandbox.wire.smart_plus.ads import ENDPOINTS as SMART_PLUS_ADS
from tiktok_sandbox.wire.smart_plus.groups import ENDPOINTS as SMART_PLUS_GROUPS
from tiktok_sandbox.wire.smart_plus.material_reports import ENDPOINTS as MATERIAL_REPORTS
from tiktok_sandbox.wire.smart_plus.reviews import ENDPOINTS as SMART_PLUS_REVIEWS
from tiktok_sandbox.wire.spark.codes import ENDPOINTS as SPARK_CODES
from tiktok_sandbox.wire.spark.identities import ENDPOINTS as IDENTITIES
from tiktok_sandbox.wire.spark.identity_posts import ENDPOINTS as IDENTITY_POSTS
from tiktok_sandbox.wire.spark.marketplace import ENDPOINTS as MARKETPLACE
from tiktok_sandbox.wire.webhooks.accounts import ENDPOINTS as ACCOUNT_WEBHOOKS
from tiktok_sandbox.wire.webhooks.subscriptions import ENDPOINTS as SUBSCRIPTIONS

PREFIX = "/open_api/v1.3"

ENDPOINTS: tuple[Endpoint, ...] = (
    *OAUTH,
    *TERMS,
    *ADVERTISERS,
    *BUSINESS_CENTERS,
    *SPARK_CODES,
    *IDENTITIES,
    *IDENTITY_POSTS,
    *FILES,
    *MUSIC,
    *AUDIENCES,
    *AUDIENCE_USES,
    *ADS,
    *CAMPAIGNS,
    *ADGROUPS,
    *ADGROUP_REVIEWS,
    *ACCOUNT_CODES,
    *ACCOUNT_VIDEOS,
    *PROMOTIONS,
    *OWN_POST_COMMENTS,
    *AD_COMMENTS,
    *BLOCKED_WORDS,
    *COMMENT_EXPORTS,
    *PIXELS,
    *OFFLINE_SETS,
    *EVENTS,
    *SUBSCRIPTIONS,
    *ACCOUNT_WEBHOOKS,
    *MARKETPLACE,
    *INTEGRATED_REPORTS,
    *REPORT_TASKS,
    *CREATIVE_REPORTS,
    *SMART_PLUS_GROUPS,
    *SMART_PLUS_ADS,
    *SMART_PLUS_REVIEWS,
    *MATERIAL_REPORTS,
    *GMV_MAX_CAMPAIGNS,
    *GMV_MAX_SESSIONS,
    *GMV_MAX_ASSETS,
    *GMV_MAX_REPORTS,
    *SPLIT_TESTS,
)

SHOP_ENDPOINTS: tuple[ShopEndpoint, ...] = (
    *SHOP_TOKENS,
    *SHOP_ORDERS,
    *SHOP_RETURNS,
    *SHOP_PRODUCTS,
    *SHOP_CREATORS,
    *SHOP_OPEN_PLANS,
    *SHOP_INVITATIONS,
    *SHOP_AFFILIATE_ORDERS,
)
