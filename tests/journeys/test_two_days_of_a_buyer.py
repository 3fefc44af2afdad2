"""After a launch: a buyer judges by video, tries a policy, watches two days, answers, is told, and reads by tag."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from conftest import Walker

pytestmark = pytest.mark.journey


def open_all(page: Page) -> None:
    page.locator("main details").evaluate_all("all => all.forEach(each => each.open = true)")


def test_a_buyer_judges_watches_answers_and_reads_by_tag(walker: Walker) -> None:
    page = walker.page
    walker.sign_in("buyer")

    # Posts as videos, and what another policy would change.
    walker.go("posts/?as=gallery")
    expect(page.locator("main img").first).to_be_visible()
    walker.go("posts/policy/")
    page.get_by_label("Spark-ready from this chance of paying, percent").fill("20")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("heading", name=re.compile("would change status"))).to_be_visible()
    walker.look()

    # A running post gets its angle, by which its results are read later.
    walker.go("live/?show=running")
    page.locator("#results tbody a[href*='/posts/']").first.click()
    open_all(page)
    page.get_by_label("Angle", exact=True).fill("Journey angle")
    page.get_by_role("button", name="Save notes").click()
    page.wait_for_load_state()
    open_all(page)
    expect(page.get_by_label("Angle", exact=True)).to_have_value("Journey angle")
    walker.look()

    # Two days pass; what they brought is read without anybody asking for it.
    walker.opened.phones("POST", "sandbox/v1/clock/advance/", days=2)
    walker.go("live/first-days/")
    walker.go("live/results/?by=angle&days=7")
    walker.wait_until("Journey angle", seconds=180)
    walker.look()
    walker.picture("results-by-angle")
    walker.go("live/gmv-max/")

    # A notice is taken on and given back; its mails wait for the morning.
    walker.go("workspace/notices/?show=open")
    page.get_by_role("button", name=re.compile("^I'm on it")).first.click()
    expect(page.get_by_text("You are on it.")).to_be_visible()
    walker.go("workspace/notices/?show=open")
    page.get_by_role("button", name=re.compile("^Give back")).first.click()
    expect(page.get_by_text("You are not on it any more.")).to_be_visible()
    walker.look()
    walker.go("workspace/notices/alerts/")
    page.get_by_label("Quiet from").select_option("22")
    page.get_by_label("Quiet until").select_option("7")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Your alerts are saved.")).to_be_visible()
    walker.look()

    # The owner brings notices into a chat, which is not there yet.
    walker.be("owner")
    walker.go("workspace/notices/webhooks/add/")
    page.get_by_label("Name", exact=True).fill("#journey")
    page.get_by_label("Address of the incoming webhook").fill("https://chat.example/hooks/1")
    page.get_by_label("Media buyer").check()
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Send test message").click()
    expect(page.get_by_text("The test message did not arrive.")).to_be_visible()
    walker.look()
    walker.picture("webhook")
    page.get_by_role("button", name="Switch off").click()
    expect(page.get_by_text("The webhook is off.")).to_be_visible()

    # Comments that wait are dealt with.
    walker.go("comments/")
    page.locator("#results tbody a[href*='/comments/']").first.click()
    expect(page.get_by_role("heading", name="Thread")).to_be_visible()
    walker.look()
