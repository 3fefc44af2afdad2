"""A buyer plans several campaigns, changes them, has them approved and applied, looks, compares, and undoes it all."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from conftest import Walker

pytestmark = pytest.mark.journey


def open_all(page: Page) -> None:
    page.locator("main details").evaluate_all("all => all.forEach(each => each.open = true)")


def test_a_launch_of_every_type_from_inventory_to_undo(walker: Walker) -> None:
    page = walker.page
    walker.sign_in("buyer")
    walker.go("posts/policy/")
    walker.go("inventory/")
    page.locator("input[name=posts]").first.check()
    page.get_by_label("Name", exact=True).fill("Journey of every type")
    page.get_by_label("Daily budget per post").fill("40.00")
    page.get_by_role("button", name="Plan launch").click()
    expect(page.get_by_role("heading", name="Journey of every type")).to_be_visible()
    expect(page.get_by_text("Sponsored")).to_have_count(1)
    walker.look()
    plan = page.url

    walker.go("plans/videos/")
    page.locator("input[type=file]").set_input_files(
        {"name": "journey.mp4", "mimeType": "video/mp4", "buffer": b"a sample film " * 2_000}
    )
    page.get_by_role("button", name="Upload video").click()
    expect(page.get_by_text("journey.mp4: ready.")).to_be_visible()
    walker.look()

    page.goto(f"{plan}campaigns/new/")
    open_all(page)
    walker.look()
    page.get_by_label("Objective").select_option("reach")
    page.get_by_label("Daily budget").fill("40.00")
    page.get_by_label("Uploaded video").select_option(label="journey.mp4")
    page.get_by_label("Text").fill("The flask that stays cold")
    page.get_by_role("button", name="Add campaign").click()
    expect(page.get_by_text("Shows in ads only, not on the profile")).to_be_visible()

    page.goto(f"{plan}campaigns/new/")
    open_all(page)
    page.get_by_label("Objective").select_option("conversions")
    page.get_by_label("Type").select_option("smart_plus")
    page.get_by_label("Goal").select_option("clicks")
    page.get_by_label("Daily budget").fill("60.00")
    page.locator("input[name=posts]").first.check()
    page.get_by_role("button", name="Add campaign").click()
    expect(page.get_by_text("3 campaigns in")).to_be_visible()
    page.get_by_role("button", name="Run preflight again").click()
    expect(page.get_by_text("checks done")).to_be_visible()
    walker.look()
    walker.picture("plan-of-every-type")

    walker.be("finance")
    page.goto(plan)
    page.get_by_role("button", name=re.compile("^Approve")).click()
    expect(page.locator(".chip.is-approved")).to_be_visible()
    walker.be("buyer")
    page.goto(plan)
    page.get_by_role("button", name="Apply", exact=True).click()
    expect(page.locator(".chip.is-applied")).to_be_visible(timeout=90_000)
    walker.look()

    page.get_by_role("link", name="Compare with TikTok").click()
    expect(page.get_by_text("Nothing differs")).to_be_visible()
    walker.look()
    walker.go("live/results/")
    page.goto(plan)
    page.get_by_role("button", name="Undo: stop its ads").click()
    expect(page.get_by_text("3 ads stopped.")).to_be_visible(timeout=60_000)
    walker.go("live/stopped/")
    page.get_by_role("button", name=re.compile("^Resume")).first.click()
    expect(page.get_by_text("runs again")).to_be_visible(timeout=60_000)
