"""The fields of a launch's specification: docs/reference/plan.md says what each means."""

from __future__ import annotations

OF_THE_PLAN = {"name", "ad_account", "brand", "market"}
# Of one campaign; above `campaigns` they are what each campaign takes that does not say otherwise.
OF_A_CAMPAIGN = {
    "type", "objective", "goal", "posts", "uploads", "together", "daily_budget", "bid", "start", "days", "countries",
    "locations", "ages", "gender", "languages", "interests", "audiences", "excluded_audiences", "dayparting",
    "pixel_id", "event", "store_id", "call_to_action", "landing_url", "strategy", "audience", "campaign_id",
    "adgroup_id",
}  # fmt: skip
FIELDS = OF_THE_PLAN | OF_A_CAMPAIGN | {"campaigns"}
OF_AN_UPLOAD = {"video_id", "handle", "text", "visible", "sku", "landing_url"}
