"""The table of simulated endpoints: routes, coverage page and OpenAPI are all made from it.

Each wire module lists its own endpoints at its end; a new module is added here.
"""

from __future__ import annotations

from tiktok_sandbox.wire import (
    account_comments,
    account_videos,
    accounts,
    ad_comments,
    adgroup_reviews,
    adgroups,
    ads,
    advertisers,
    blocked_words,
    campaigns,
    comment_exports,
    events,
    files,
    identities,
    identity_posts,
    oauth,
    pixels,
    reports,
    spark_codes,
)
from tiktok_sandbox.wire.calls import Endpoint

PREFIX = "/open_api/v1.3"

ENDPOINTS: tuple[Endpoint, ...] = (
    *oauth.ENDPOINTS,
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
    *account_comments.ENDPOINTS,
    *ad_comments.ENDPOINTS,
    *blocked_words.ENDPOINTS,
    *comment_exports.ENDPOINTS,
    *pixels.ENDPOINTS,
    *events.ENDPOINTS,
    *reports.ENDPOINTS,
)
