"""Names that `fields` of a GET may hold: what rows have, and what TikTok has beside it.

TikTok answers an unknown name with 40002 and the names there are (seen live, tiktok-api.md §17). Which
those are follows from the columns that singer-io's tap-tiktok-ads 1.2.1 reads; the text is ours.
"""

from __future__ import annotations

from collections.abc import Iterable

from tiktok_sandbox.wire.protocol.errors import invalid
from tiktok_sandbox.wire.protocol.fields import Field
from tiktok_sandbox.wire.protocol.parameters import Parameters

_ADVERTISER = """
address ads_only_mode advertiser_account_type advertiser_id balance cellphone_number company
contacter country create_time currency description display_timezone email industry language
license_no license_url name owner_bc_id promotion_area promotion_center_city
promotion_center_province rejection_reason role status telephone_number timezone
"""
ADVERTISER = frozenset(_ADVERTISER.split())
_CAMPAIGN = """
advertiser_id app_id app_promotion_type bid_type budget budget_mode budget_optimize_on
campaign_app_profile_page_state campaign_id campaign_name campaign_product_source
campaign_system_origin campaign_type create_time current_status deep_bid_type is_new_structure
is_search_campaign is_smart_performance_campaign modify_time objective objective_type
operation_status optimization_goal rf_campaign_type roas_bid secondary_status special_industries
"""
CAMPAIGN = frozenset(_CAMPAIGN.split())
_ADGROUP = """
actions adgroup_app_profile_page_state adgroup_id adgroup_name advertiser_id age_groups
app_download_url app_id audience audience_type bid_price bid_type billing_event brand_safety_partner
brand_safety_type budget budget_mode campaign_id campaign_name carriers_v2 catalog_authorized_bc
catalog_id conversion_bid_price conversion_window cpv_video_duration create_time
creative_material_mode current_status dayparting deep_bid_type deep_cpa_bid delivery_mode
device_models device_price_ranges excluded_audience excluded_custom_actions frequency
frequency_schedule gender included_custom_actions interest_category_v2 interest_keywords
inventory_filter_enabled ios14_targeting ios_quota_type is_comment_disable is_hfss is_new_structure
languages location location_ids min_android_version min_ios_version modify_time network_types
next_day_retention objective_type operating_systems operation_status optimization_event
optimization_goal pacing package pangle_audience_package_exclude pangle_audience_package_include
pangle_block_app_list_id pixel_id placement_type placements product_set_id promotion_type
promotion_website_type purchased_impression purchased_reach rf_estimated_cpr rf_estimated_frequency
rf_purchased_type roas_bid schedule_end_time schedule_start_time schedule_type scheduled_budget
secondary_optimization_event secondary_status share_disabled shopping_ads_retargeting_type
skip_learning_phase statistic_type targeting_expansion video_download
"""
ADGROUP = frozenset(_ADGROUP.split())
_AD = """
ad_format ad_id ad_name ad_text ad_texts adgroup_id adgroup_name advertiser_id aigc_disclosure_type
app_name avatar_icon_web_uri brand_safety_vast_url call_to_action call_to_action_id campaign_id
campaign_name card_id carousel_image_index catalog_id click_tracking_url create_time
creative_authorized creative_type current_status dark_post_status deeplink deeplink_type
display_name dynamic_destination dynamic_format fallback_type identity_authorized_bc_id identity_id
identity_type image_ids image_mode impression_tracking_url is_aco is_new_structure item_duet_status
item_group_ids item_stitch_status landing_page_url landing_page_urls modify_time music_id
operation_status page_id playable_url product_set_id product_specific_type profile_image_url
promotional_music_disabled secondary_status shopping_ads_fallback_type shopping_ads_video_package_id
shopping_deeplink_type showcase_products sku_ids tiktok_item_id tracking_app_id
tracking_offline_event_set_ids tracking_pixel_id utm_params vast_moat_enabled
vertical_video_strategy video_id viewability_postbid_partner viewability_vast_url
"""
AD = frozenset(_AD.split())


def names_of(known: frozenset[str], takes: Iterable[Field]) -> frozenset[str]:
    """What is known, and what callers can set: they can read it again."""
    return known | {field.name for field in takes} - {"request_id"}


def asked_fields(parameters: Parameters, known: frozenset[str]) -> list[str]:
    """The names in `fields`, each one known; empty when all are wanted. Raises WireError 40002."""
    asked = [str(name) for name in parameters.items("fields")]
    unknown = [name for name in asked if name not in known]
    if unknown:
        raise invalid(
            "fields",
            f"Invalid field(s): {', '.join(unknown[:20])}. Must be of: {', '.join(sorted(known))}",
        )
    return asked
