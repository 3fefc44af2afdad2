"""By the keyboard alone: to any page, post and list, and never away from what was typed."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Dialog, expect

from conftest import DESK_SIZE, PHONE_SIZE, Walker


@pytest.mark.parametrize("walker", [DESK_SIZE], ids=["desk"], indirect=True)
def test_a_person_gets_anywhere_by_the_keyboard(walker: Walker) -> None:
    walker.sign_in("buyer")
    page = walker.page
    walker.go("live/")
    handle = page.locator("#results .cell-title a").first.inner_text()

    page.keyboard.press("Control+k")
    finder = page.get_by_role("dialog", name="Find")
    expect(finder.get_by_role("link", name="Plan a launch")).to_be_visible()
    walker.look()
    page.keyboard.type(handle)
    expect(finder.get_by_role("link", name=handle).first).to_be_visible()
    expect(finder.get_by_role("link", name="Plan a launch")).to_be_hidden()
    walker.picture("find-desk", at_top=False)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/creators/{handle}/")

    page.keyboard.press("Control+k")
    page.keyboard.type("protecti")
    page.keyboard.press(
        "Enter"
    )  # before the answer is there: it opens what was typed, not what was in sight
    page.wait_for_url("**/live/protection/")

    for keys, path in (("gg", "agreements"), ("gp", "posts")):
        for key in keys:
            page.keyboard.press(key)
        page.wait_for_url(f"**/{path}/")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox", name="Search posts")).to_be_focused()
    page.keyboard.press("Escape")
    page.locator("h1").click()

    page.keyboard.press("?")
    shortcuts = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(shortcuts.get_by_text("Inventory")).to_be_visible()
    walker.look()
    shortcuts.get_by_role("button", name="Switch single keys off").click()
    shortcuts.get_by_role("button", name="Close").click()
    expect(shortcuts).to_be_hidden()
    page.keyboard.press("g")
    page.keyboard.press("l")
    page.keyboard.press("?")
    expect(shortcuts).to_be_hidden()
    assert page.url.endswith("/posts/")


@pytest.mark.parametrize("walker", [DESK_SIZE], ids=["desk"], indirect=True)
def test_what_was_typed_is_not_lost_without_a_word(walker: Walker) -> None:
    walker.sign_in("manager")
    page, asked = walker.page, []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    walker.go("authorizations/add/")
    field = page.get_by_label(re.compile("Codes", re.I)).first
    page.get_by_role("link", name="Today").first.click()
    page.wait_for_url("**/w/sample-shop/")
    assert asked == []

    walker.go("authorizations/add/")
    field.fill("a chat with a code in it")
    page.get_by_role("link", name="Today").first.click()
    expect(field).to_have_value("a chat with a code in it")
    assert asked == ["beforeunload"]
    # Neither the list of shortcuts nor a search takes that as sent.
    page.locator("h1").click()
    page.keyboard.press("?")
    page.get_by_role("dialog", name="Keyboard shortcuts").get_by_role(
        "button", name="Close"
    ).click()
    page.get_by_role("link", name="Today").first.click()
    expect(field).to_have_value("a chat with a code in it")
    assert asked == ["beforeunload"] * 2


@pytest.mark.parametrize("walker", [PHONE_SIZE], ids=["phone"], indirect=True)
def test_find_is_a_thumb_away_on_a_phone(walker: Walker) -> None:
    walker.sign_in("finance")
    page = walker.page
    page.get_by_role("link", name="Find", exact=True).first.tap()
    finder = page.get_by_role("dialog", name="Find")
    finder.get_by_label("Find").fill("import")
    expect(finder.get_by_role("link", name="Import orders")).to_be_visible()
    expect(finder.get_by_role("link", name="Import a tracker")).to_be_hidden()
    walker.look()
    finder.get_by_role("link", name="Import orders").tap()
    page.wait_for_url("**/orders/")
