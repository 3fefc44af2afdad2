"""What was typed is there again after a session that ended, and where there was no connection."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from conftest import DESK_SIZE, PHONE_SIZE, Walker


@pytest.mark.parametrize("walker", [DESK_SIZE], ids=["desk"], indirect=True)
def test_what_was_typed_is_back_after_signing_in_again(walker: Walker) -> None:
    page = walker.page
    walker.sign_in("manager")
    walker.go("creators/add/")
    page.get_by_label("TikTok handle").fill("sample.kept")
    page.get_by_label(re.compile("^E-mail")).fill("kept@shop.example")
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name=re.compile("^Add")).click()
    page.get_by_label("Password").wait_for()
    page.get_by_label("E-mail").fill("manager@shop.example")
    page.get_by_label("Password").fill(walker.opened.password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("What you typed is back.")).to_be_visible()
    expect(page.get_by_label("TikTok handle")).to_have_value("sample.kept")
    walker.look()
    page.get_by_role("button", name=re.compile("^Add")).click()
    page.wait_for_url("**/creators/@sample.kept/")
    walker.go("creators/add/")
    expect(page.get_by_label("TikTok handle")).to_have_value("")


@pytest.mark.parametrize("walker", [DESK_SIZE], ids=["desk"], indirect=True)
def test_a_video_code_is_not_kept_in_the_browser(walker: Walker) -> None:
    page = walker.page
    walker.sign_in("manager")
    walker.go("authorizations/add/")
    page.get_by_label("Video codes").fill("#secret-code-of-a-creator")
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="Add codes", exact=True).click()
    page.get_by_label("Password").wait_for()
    kept = page.evaluate("JSON.stringify({...sessionStorage, ...localStorage})")
    assert "secret-code" not in kept


@pytest.mark.parametrize("walker", [PHONE_SIZE], ids=["phone"], indirect=True)
def test_a_creator_without_a_connection_loses_nothing(walker: Walker) -> None:
    page = walker.page
    walker.open_portal("sample.jonas")
    page.locator(".portal-task").first.click()
    field = page.locator(
        "main form[method=post] :is(textarea, input[type=text], input[type=url])"
    ).first
    for summary in page.locator("summary").all():
        summary.click()
    field.fill("A word from the train.")
    page.context.set_offline(True)
    button = field.locator("xpath=ancestor::form").get_by_role("button").first
    button.click()
    expect(page.get_by_text(re.compile("There is no connection|No hay conexión"))).to_be_visible()
    expect(field).to_have_value("A word from the train.")
    page.context.set_offline(False)
    walker.look()
