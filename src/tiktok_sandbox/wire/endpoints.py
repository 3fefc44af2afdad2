"""The table of simulated endpoints: routes, coverage page and OpenAPI are all made from it.

Each wire module lists its own endpoints at its end; a new module is added here.
"""

from __future__ import annotations

from tiktok_sandbox.wire import (
    account_comments,
    account_videos,
    account_webhooks,
    accounts,
    ad_comments,
    adgroup_reviews,
    adgroups,
    ads,
    advertisers,
    blocked_words,
    campaigns,
    comment_exports,
    creator_marketplace,
    events,
    files,
    identities,
    identity_posts,
    oauth,
    pixels,
    promotions,
    reports,
    smart_plus_ads,
    smart_plus_groups,
    smart_plus_reviews,
    spark_codes,
    split_tests,
    subscriptions,
    terms,
)
from tiktok_sandbox.wire.calls import Endpoint

PREFIX = "/open_api/v1.3"

ENDPOINTS: tuple[Endpoint, ...] = (
    *oauth.ENDPOINTS,
    *terms.ENDPOINTS,
    *advertisers.ENDPOINTS,
    *spark_codes.ENDPOINTS,
    *identities.ENDPOINTS,
    *identity_posts.ENDPOINTS,
    *files.ENDPOINTS,
    *ads.ENDPOINTS,
    *campaigns.ENDPOINTS,
    *adgroups.ENDPOINTS,
    *adgroup_reviews.ENDPOINTS,
    *accounts.ENDPOINTS,
    *account_videos.ENDPOINTS,
    *promotions.ENDPOINTS,
    *account_comments.ENDPOINTS,
    *ad_comments.ENDPOINTS,
    *blocked_words.ENDPOINTS,
    *comment_exports.ENDPOINTS,
    *pixels.ENDPOINTS,
    *events.ENDPOINTS,
    *subscriptions.ENDPOINTS,
    *account_webhooks.ENDPOINTS,
    *creator_marketplace.ENDPOINTS,
    *reports.ENDPOINTS,
    *smart_plus_groups.ENDPOINTS,
    *smart_plus_ads.ENDPOINTS,
    *smart_plus_reviews.ENDPOINTS,
    *split_tests.ENDPOINTS,
)
