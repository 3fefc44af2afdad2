"""The form of a campaign shows what was asked for however it was written, and says the same again."""

from __future__ import annotations

from typing import Any

from kindling.launches.drafts.forms import CampaignForm

ITEM = "7561217414655688790"


def form_of(told: dict[str, Any]) -> CampaignForm:
    return CampaignForm(posts=[(ITEM, "Sample")], library=[], own=[], told=told, currency="USD")


def test_what_another_way_in_wrote_stands_in_the_form() -> None:
    told = {
        "objective": "conversions", "type": "Smart+", "event": "shopping", "call_to_action": "order_now",
        "countries": "us", "gender": "Female", "languages": ["en", "es"],
        "dayparting": "1" * 48 + "0" * 288,
    }  # fmt: skip
    shown = form_of(told).initial
    assert (shown["type"], shown["event"], shown["call_to_action"]) == (
        "smart_plus", "SHOPPING", "ORDER_NOW",
    )  # fmt: skip
    assert (shown["countries"], shown["gender"], shown["languages"]) == (["US"], "female", "en, es")
    assert shown["dayparting"] == "mon 00:00-24:00"


def test_what_the_form_does_not_show_stays_as_it_was() -> None:
    upload = {"video_id": "v1", "handle": "glow", "text": "Words"}
    form = form_of({"objective": "reach", "strategy": "scale", "uploads": [upload]})
    values: dict[str, Any] = {
        name: "" for name in form.fields if name not in {"posts", "ages", "countries"}
    } | {"posts": [ITEM], "ages": [], "countries": ["US"], "objective": "reach", "type": "manual",
         "daily_budget": None, "bid": None, "days": 7, "together": False, "video": ""}  # fmt: skip
    told = form.spec(values)
    assert told["strategy"] == "scale"
    assert told["uploads"] == [upload]
    assert (told["posts"], told["days"], "daily_budget" in told) == ([ITEM], 7, False)
