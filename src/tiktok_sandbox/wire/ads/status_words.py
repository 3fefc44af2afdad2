"""Secondary statuses a caller may ask for, by level. Source: tiktok-api.md §8.4."""

from __future__ import annotations

_REVIEW = ("AUDIT", "REAUDIT", "AUDIT_DENY", "PARTIAL_AUDIT_NO_DELIVERY")
_BUDGETS = ("NOT_START", "BALANCE_EXCEED", "CAMPAIGN_EXCEED", "BUDGET_EXCEED")
_INDUSTRY = tuple(f"INDUSTRY_QUALIFICATION_{word}" for word in ("MISSING", "EXPIRED", "DENY"))
_ACCOUNT = ("ADVERTISER_CONTRACT_PENDING", "ADVERTISER_ACCOUNT_PUNISH")

AD = frozenset(
    f"AD_STATUS_{word}"
    for word in (
        *_REVIEW,
        *_BUDGETS,
        "ADGROUP_AUDIT_DENY",
        "ADGROUP_PARTIAL_AUDIT_NO_DELIVERY",
        "PROCESS_AUDIO",
        "LIVE_OFFLINE",
        "MUSIC_AUTHORIZATION_MISSING",
        "PRODUCT_UNAVAILABLE",
        "ANCHOR_UNAVAILABLE",
        "NO_AUTHORIZATION_OF_SHOWCASE",
        *(f"ADGROUP_{word}" for word in _INDUSTRY),
        "ADVERTISER_AUDIT",
        "ADVERTISER_AUDIT_DENY",
        "DELIVERY_OK",
        "PARTIAL_AUDIT_DELIVERY_OK",
        "DISABLE",
        "ADGROUP_DISABLE",
        "CAMPAIGN_DISABLE",
        "DELETE",
        "ADGROUP_DELETE",
        "CAMPAIGN_DELETE",
        "DONE",
    )
) | {*_ACCOUNT, "AD_STAUS_PIXEL_UNBIND", "ADGROUP_STATUS_FROZEN"}

ADGROUP = frozenset(
    f"ADGROUP_STATUS_{word}"
    for word in (
        *_REVIEW,
        *_BUDGETS,
        *_INDUSTRY,
        "DELIVERY_OK",
        "PARTIAL_AUDIT_DELIVERY_OK",
        "SHADOW_ADGROUP_REAUDIT",
        "SEARCH_KEYWORDS_PARTIAL_APPROVED",
        "SEARCH_KEYWORDS_IN_REVIEW",
        "SEARCH_KEYWORDS_NOT_AVAILABLE",
        "CREATE",
        "LIVE_NOT_START",
        "PIXEL_UNBIND",
        "FROZEN",
        "ADVERTISER_AUDIT",
        "ADVERTISER_AUDIT_DENY",
        "DISABLE",
        "CAMPAIGN_DISABLE",
        "DELETE",
        "CAMPAIGN_DELETE",
        "TIME_DONE",
    )
) | frozenset(_ACCOUNT)

CAMPAIGN = frozenset(
    f"CAMPAIGN_STATUS_{word}"
    for word in (
        "ENABLE",
        "DISABLE",
        "DELETE",
        "BUDGET_EXCEED",
        "ADVERTISER_AUDIT",
        "ADVERTISER_AUDIT_DENY",
        "AWAITING_RELEASE",
    )
) | frozenset(_ACCOUNT)
