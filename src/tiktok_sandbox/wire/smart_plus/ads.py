"""`smart_plus/ad/*`: one ad of many creatives. Source: tiktok-api.md §8.5 (SDK models)."""

from __future__ import annotations

from tiktok_sandbox.wire.ads import status_words
from tiktok_sandbox.wire.ads.ad_making import Checked, check_all, make_ad, replace_creative
from tiktok_sandbox.wire.ads.ad_rules import CALLS_TO_ACTION, UTM
from tiktok_sandbox.wire.ads.adgroups import get_adgroup
from tiktok_sandbox.wire.ads.objects import (
    MOST_FILTERED,
    MOST_SWITCHED,
    PRIMARY_STATUSES,
    SWITCHES,
    check_name,
    get_fields,
    is_gone,
    keep_asked_fields,
    switch,
)
from tiktok_sandbox.wire.protocol.calls import Call, Data, Endpoint, one_page
from tiktok_sandbox.wire.protocol.errors import invalid, missing, not_found
from tiktok_sandbox.wire.protocol.fields import Field, choice, ids, many, moment, record, text
from tiktok_sandbox.wire.protocol.parameters import Parameters, time_text
from tiktok_sandbox.world.ads.statuses import ad_status, primary
from tiktok_sandbox.world.state.clock import whole_seconds
from tiktok_sandbox.world.state.entities import Ad, AdGroup
from tiktok_sandbox.world.state.smart_plus import SmartPlusAd
from tiktok_sandbox.world.world import World

KIND = ("smart_plus",)
MOST_PER_PAGE, MOST_TEXTS, MOST_ACTIONS, MOST_PAGES, MOST_IMAGES = 100, 5, 3, 3, 35
MOST_CREATIVES = 31
ACCOUNT = text("advertiser_id", required=True, most=32)
AD = text("smart_plus_ad_id", required=True, most=32)
CREATIVE = record(
    "creative_info",
    choice("ad_format", "SINGLE_VIDEO", "CAROUSEL_ADS", "CATALOG_CAROUSEL", required=True),
    choice("identity_type", "AUTH_CODE", "BC_AUTH_TT", "TT_USER", "CUSTOMIZED_USER"),
    text("identity_id", most=64),
    text("identity_authorized_bc_id", most=32),
    text("tiktok_item_id", most=32),
    record("video_info", text("video_id", required=True, most=64), text("file_name", most=100)),
    many("image_info", record("image", text("web_uri", required=True, most=200)), most=MOST_IMAGES),
    record("music_info", text("music_id", required=True, most=64)),
    choice("aigc_disclosure_type", "NOT_DECLARED", "SELF_DISCLOSURE"),
    required=True,
)
LISTS: tuple[Field, ...] = (
    many("creative_list", record("creative", CREATIVE), most=MOST_CREATIVES),
    many("ad_text_list", record("text", text("ad_text", required=True, most=100)), most=MOST_TEXTS),
    many(
        "call_to_action_list",
        record("action", choice("call_to_action", *CALLS_TO_ACTION, required=True)),
        most=MOST_ACTIONS,
    ),
    many("landing_page_url_list", record("page", text("landing_page_url", most=2000)), most=1),
    many("page_list", record("page", text("page_id", required=True, most=64)), most=MOST_PAGES),
    many("deeplink_list", record("link", text("deeplink", most=2000)), most=1),
    many("interactive_add_on_list", record("card", text("card_id", required=True, most=64))),
    record(
        "ad_configuration",
        choice("dark_post_status", "ON", "OFF"),
        text("call_to_action_id", most=64),
        text("identity_id", most=64),
        text("identity_type", most=32),
        UTM,
        record(
            "tracking_info",
            text("impression_tracking_url", most=2000),
            text("click_tracking_url", most=2000),
            text("tracking_app_id", most=64),
            text("tracking_message_event_set_id", most=64),
        ),
    ),
)
KEPT = tuple(field.name for field in LISTS if field.name != "creative_list")


def create(call: Call) -> Data:
    account = call.advertiser()
    adgroup = get_adgroup(
        call.world, account.advertiser_id, call.parameters.text("adgroup_id"), kinds=KIND
    )
    if is_gone(call.world, adgroup):
        raise not_found("adgroup", adgroup.adgroup_id)
    name = check_name(call.parameters, "ad_name")
    checked = _checked(call.world, adgroup, _with_changes(call.parameters, {}), name)
    now = whole_seconds(call.world.now)
    smart = SmartPlusAd(
        smart_plus_ad_id=call.world.next_id("smart_plus_ad", prefix="18"),
        adgroup_id=adgroup.adgroup_id,
        campaign_id=adgroup.campaign_id,
        advertiser_id=account.advertiser_id,
        created_at=now,
        modified_at=now,
        operation_status=call.parameters.choice(
            "operation_status", ("ENABLE", "DISABLE"), "ENABLE"
        ),
        fields={"ad_name": name, **_kept(call.parameters)},
    )
    call.world.state.smart_plus_ads[smart.smart_plus_ad_id] = smart
    for item in checked:
        _add(call.world, smart, adgroup, item)
    return row(call.world, smart)


def _kept(given: Parameters) -> dict[str, object]:
    return {name: given.raw(name) for name in KEPT if name in given}


def _with_changes(given: Parameters, standing: dict[str, object]) -> Parameters:
    """What was sent over what stands."""
    sent = {name: given.raw(name) for name in given.names() if given.raw(name) is not None}
    return Parameters(standing | sent, is_query=False)


def _add(world: World, smart: SmartPlusAd, adgroup: AdGroup, item: Checked) -> None:
    ad = make_ad(world, adgroup, item, smart_plus_ad_id=smart.smart_plus_ad_id)
    _apply_switches(world, smart, ad)


def _apply_switches(world: World, smart: SmartPlusAd, ad: Ad) -> None:
    """A creative runs when its own switch and the ad's are on."""
    both = {smart.operation_status, ad.material_operation_status}
    wanted = "ENABLE" if both == {"ENABLE"} else "DISABLE"
    if ad.operation_status != wanted and not ad.is_deleted:
        switch(world, ad, wanted)


def _checked(world: World, adgroup: AdGroup, whole: Parameters, name: str) -> list[Checked]:
    """Each creative in the form of a regular ad's. Raises WireError."""
    entries = whole.items("creative_list")
    if not entries:
        raise missing("creative_list")
    creatives = [
        _regular(Parameters(entry, is_query=False).mapping("creative_info"), whole, name)
        for entry in entries
        if isinstance(entry, dict)
    ]
    return check_all(world, adgroup, creatives)


def _regular(info: Parameters, whole: Parameters, name: str) -> Parameters:
    configuration = whole.mapping("ad_configuration")
    fields: dict[str, object] = {
        "ad_name": name,
        "ad_format": info.raw("ad_format"),
        "identity_type": info.raw("identity_type") or configuration.raw("identity_type"),
        "identity_id": info.raw("identity_id") or configuration.raw("identity_id"),
        "identity_authorized_bc_id": info.raw("identity_authorized_bc_id"),
        "tiktok_item_id": info.raw("tiktok_item_id"),
        "video_id": info.mapping("video_info").raw("video_id"),
        "image_ids": [
            entry["web_uri"] for entry in info.items("image_info") if isinstance(entry, dict)
        ]
        or None,
        "music_id": info.mapping("music_info").raw("music_id"),
        "ad_text": _first(whole, "ad_text_list", "ad_text"),
        "call_to_action": _first(whole, "call_to_action_list", "call_to_action"),
        "call_to_action_id": configuration.raw("call_to_action_id"),
        "landing_page_url": _first(whole, "landing_page_url_list", "landing_page_url"),
        "utm_params": configuration.raw("utm_params"),
        "dark_post_status": configuration.raw("dark_post_status"),
    }
    if fields["tiktok_item_id"]:
        fields["ad_text"] = None
    given = {name: value for name, value in fields.items() if value is not None}
    return Parameters(given, is_query=False)


def _first(whole: Parameters, list_name: str, name: str) -> object:
    entries = whole.items(list_name)
    return entries[0].get(name) if entries and isinstance(entries[0], dict) else None


def update(call: Call) -> Data:
    """Lists that are sent replace the standing ones; a creative that stays keeps its material."""
    smart = own(call, call.parameters.text("smart_plus_ad_id"))
    adgroup = call.world.state.adgroups[smart.adgroup_id]
    name = str(smart.fields["ad_name"])
    if "ad_name" in call.parameters:
        name = check_name(call.parameters, "ad_name")
    standing = [
        {"creative_info": material_row(call.world, ad)["creative_info"]}
        for ad in materials(call.world, smart)
    ]
    whole = _with_changes(call.parameters, smart.fields | {"creative_list": standing})
    _replace(call.world, smart, adgroup, _checked(call.world, adgroup, whole, name))
    smart.fields = smart.fields | _kept(call.parameters) | {"ad_name": name}
    smart.modified_at = whole_seconds(call.world.now)
    return row(call.world, smart)


def _replace(world: World, smart: SmartPlusAd, adgroup: AdGroup, checked: list[Checked]) -> None:
    standing = {_creative_key(ad): ad for ad in materials(world, smart)}
    wanted = {_checked_creative_key(item): item for item in checked}
    for face, ad in standing.items():
        if face not in wanted:
            switch(world, ad, "DELETE")
    for face, item in wanted.items():
        if face in standing:
            replace_creative(world, standing[face], item)
        else:
            _add(world, smart, adgroup, item)


def _creative_key(ad: Ad) -> tuple[str, str]:
    video = str(ad.fields.get("video_id") or ad.fields.get("image_ids"))
    return ad.identity_id, video if ad.is_push else ad.item_id


def _checked_creative_key(item: Checked) -> tuple[str, str]:
    creative = item.creative
    upload = str(creative.raw("video_id") or creative.raw("image_ids"))
    return item.creator.identity_id, creative.find_text("tiktok_item_id") or upload


def materials(world: World, smart: SmartPlusAd) -> list[Ad]:
    """The ad's creatives that are not deleted."""
    return [ad for ad in world.find.ads_of_smart_plus(smart.smart_plus_ad_id) if not ad.is_deleted]


def status_update(call: Call) -> Data:
    numbers = call.parameters.ids("smart_plus_ad_ids", most=MOST_SWITCHED, least=1)
    found = [own(call, number) for number in dict.fromkeys(numbers)]
    operation = call.parameters.choice("operation_status", SWITCHES)
    for smart in found:
        if smart.is_deleted:
            raise invalid("operation_status", "A deleted object cannot be changed")
    for smart in found:
        for ad in materials(call.world, smart):
            if operation == "DELETE":
                switch(call.world, ad, "DELETE")
        smart.is_deleted = operation == "DELETE"
        smart.operation_status = operation if operation != "DELETE" else smart.operation_status
        smart.modified_at = whole_seconds(call.world.now)
        for ad in materials(call.world, smart):
            _apply_switches(call.world, smart, ad)
    return {"smart_plus_ad_ids": numbers, "status": operation}


def material_status_update(call: Call) -> Data:
    smart = own(call, call.parameters.text("smart_plus_ad_id"))
    numbers = call.parameters.ids("ad_material_ids", most=MOST_SWITCHED, least=1)
    mine = {ad.ad_material_id: ad for ad in materials(call.world, smart)}
    for number in numbers:
        if number not in mine:
            raise not_found("ad material", number)
    operation = call.parameters.choice("operation_status", ("ENABLE", "DISABLE"))
    for number in numbers:
        mine[number].material_operation_status = operation
        _apply_switches(call.world, smart, mine[number])
    return {"ad_material_ids": numbers, "material_operation_status": operation}


def own(call: Call, smart_plus_ad_id: str) -> SmartPlusAd:
    """A Smart+ ad of this account. Raises WireError 40007."""
    account = call.advertiser()
    smart = call.world.state.smart_plus_ads.get(smart_plus_ad_id)
    if smart is None or smart.advertiser_id != account.advertiser_id:
        raise not_found("smart_plus_ad", smart_plus_ad_id)
    return smart


def get(call: Call) -> Data:
    account = call.advertiser()
    found = [
        smart
        for smart in reversed(call.world.state.smart_plus_ads.values())
        if smart.advertiser_id == account.advertiser_id and _is_asked(call, smart)
    ]
    shown, info = one_page(call.parameters, found, most=MOST_PER_PAGE)
    return {
        "list": [keep_asked_fields(call, row(call.world, smart)) for smart in shown],
        "page_info": info,
    }


def _is_asked(call: Call, smart: SmartPlusAd) -> bool:
    filtering = call.parameters.mapping("filtering")
    own_ids = {
        "campaign_ids": smart.campaign_id,
        "adgroup_ids": smart.adgroup_id,
        "smart_plus_ad_ids": smart.smart_plus_ad_id,
    }
    for name, number in own_ids.items():
        if name in filtering and number not in filtering.ids(name, most=MOST_FILTERED):
            return False
    if "modified_after" in filtering and smart.modified_at <= filtering.moment("modified_after"):
        return False
    secondary = filtering.find_text("secondary_status")
    if secondary is not None and secondary not in status_words.AD:
        raise invalid("secondary_status", f"{secondary} cannot be used as a filter")
    found = status_of(call.world, smart)
    wanted = filtering.choice("primary_status", PRIMARY_STATUSES, "STATUS_NOT_DELETE")
    if secondary is not None and found != secondary:
        return False
    if wanted in ("STATUS_ALL", "STATUS_NOT_DELETE"):
        return wanted == "STATUS_ALL" or primary(found) != "STATUS_DELETE"
    return primary(found) == wanted


def status_of(world: World, smart: SmartPlusAd) -> str:
    """The ad delivers when one of its creatives does."""
    if smart.is_deleted:
        return "AD_STATUS_DELETE"
    if smart.operation_status == "DISABLE":
        return "AD_STATUS_DISABLE"
    statuses = [ad_status(world, ad) for ad in materials(world, smart)]
    if "AD_STATUS_DELIVERY_OK" in statuses:
        return "AD_STATUS_DELIVERY_OK"
    return statuses[0] if statuses else "AD_STATUS_DISABLE"


def row(world: World, smart: SmartPlusAd) -> dict[str, object]:
    adgroup = world.state.adgroups[smart.adgroup_id]
    campaign = world.state.campaigns[smart.campaign_id]
    return {
        "smart_plus_ad_id": smart.smart_plus_ad_id,
        "advertiser_id": smart.advertiser_id,
        "campaign_id": smart.campaign_id,
        "campaign_name": campaign.fields["campaign_name"],
        "adgroup_id": smart.adgroup_id,
        "adgroup_name": adgroup.fields["adgroup_name"],
        **smart.fields,
        "creative_list": [material_row(world, ad) for ad in materials(world, smart)],
        "operation_status": smart.operation_status,
        "secondary_status": status_of(world, smart),
        "create_time": time_text(smart.created_at),
        "modify_time": time_text(smart.modified_at),
    }


def material_row(world: World, ad: Ad) -> dict[str, object]:
    images = ad.fields.get("image_ids")
    video_id = ad.fields.get("video_id")
    return {
        "ad_material_id": ad.ad_material_id,
        "material_operation_status": ad.material_operation_status,
        "secondary_status": ad_status(world, ad),
        "creative_info": {
            "ad_format": ad.fields["ad_format"],
            "identity_type": ad.identity_type,
            "identity_id": ad.identity_id,
            "identity_authorized_bc_id": ad.fields.get("identity_authorized_bc_id"),
            "tiktok_item_id": None if ad.is_push else ad.item_id,
            "video_info": {"video_id": video_id} if video_id else None,
            "image_info": [{"web_uri": number} for number in images]
            if isinstance(images, list)
            else None,
        },
    }


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="POST",
        path="/smart_plus/ad/create/",
        handler=create,
        section="8.5",
        takes=(
            ACCOUNT,
            text("adgroup_id", required=True, most=32),
            text("ad_name", required=True),
            choice("operation_status", "ENABLE", "DISABLE"),
            *LISTS,
        ),
        limits="The first text, action and page are used for every creative",
    ),
    Endpoint(
        method="POST",
        path="/smart_plus/ad/update/",
        handler=update,
        section="8.5",
        takes=(ACCOUNT, AD, text("ad_name"), *LISTS),
    ),
    Endpoint(
        method="POST",
        path="/smart_plus/ad/status/update/",
        handler=status_update,
        section="8.5",
        takes=(
            ACCOUNT,
            ids("smart_plus_ad_ids", required=True, most=MOST_SWITCHED),
            choice("operation_status", *SWITCHES, required=True),
        ),
    ),
    Endpoint(
        method="POST",
        path="/smart_plus/ad/material_status/update/",
        handler=material_status_update,
        section="8.5",
        takes=(
            ACCOUNT,
            AD,
            ids("ad_material_ids", required=True, most=MOST_SWITCHED),
            choice("operation_status", "ENABLE", "DISABLE", required=True),
        ),
    ),
    Endpoint(
        method="GET",
        path="/smart_plus/ad/get/",
        handler=get,
        section="8.5",
        takes=get_fields(
            ids("campaign_ids", most=MOST_FILTERED),
            ids("adgroup_ids", most=MOST_FILTERED),
            ids("smart_plus_ad_ids", most=MOST_FILTERED),
            text("optimization_goal", most=64),
            moment("modified_after"),
            most=MOST_PER_PAGE,
        ),
    ),
)
