"""The main job in a real browser: paste codes, choose, plan, approve, apply, watch, count the money."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from conftest import Walker

pytestmark = pytest.mark.journey

DESK, PHONE = (1280, 860, "light"), (390, 844, "light")


@pytest.mark.parametrize("walker", [DESK, PHONE], ids=["desk", "phone"], indirect=True)
def test_a_team_takes_a_post_from_its_code_to_profit(walker: Walker) -> None:
    page, size = walker.page, "phone" if walker.page.viewport_size["width"] < 500 else "desk"  # type: ignore[index]  # always set

    walker.sign_in("manager")
    walker.look()
    code = walker.opened.fresh_code()
    walker.go("authorizations/add/")
    page.get_by_label("Video codes").fill(f"{code}\n#1Ea2bc")
    page.get_by_role("button", name="Check first (dry run)").click()
    expect(page.get_by_role("heading", name="1 of 2 codes look valid")).to_be_visible()
    walker.look()
    page.get_by_role("button", name="Add codes", exact=True).click()
    expect(page.get_by_role("heading", name=re.compile("^Done"))).to_be_visible()
    walker.look()
    walker.picture(f"batch-{size}")
    assert code not in page.content()

    walker.sign_out()
    walker.sign_in("buyer")
    walker.go("inventory/")
    walker.picture(f"inventory-{size}")
    page.locator("input[name=posts]").first.check()
    expect(page.locator("[data-count]")).to_have_text("1 selected")
    page.get_by_label("Daily budget per post").fill("250.00")
    page.get_by_label("Name", exact=True).fill(f"Journey on a {size}")
    page.get_by_role("button", name="Plan launch").click()
    expect(page.get_by_text("a second person must approve")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^Approve"))).to_be_disabled()
    walker.look()
    walker.picture(f"plan-{size}")
    plan = page.url

    walker.sign_out()
    walker.sign_in("finance")
    page.goto(plan)
    page.get_by_role("button", name=re.compile("^Approve")).click()
    expect(page.locator(".chip.is-approved")).to_be_visible()
    walker.look()

    walker.sign_out()
    walker.sign_in("buyer")
    page.goto(plan)
    page.get_by_role("button", name="Apply", exact=True).click()
    expect(page.locator(".chip.is-applied")).to_be_visible(timeout=60_000)
    expect(page.get_by_text("3 of 3 switched on")).to_be_visible()
    walker.look()
    walker.picture(f"applied-{size}")

    row = page.get_by_role("row").filter(has=page.get_by_text("Spark Ad", exact=True))
    ad_id = row.locator('[data-label="TikTok\'s id"]').inner_text()
    walker.go("live/?show=all")
    walker.picture(f"live-{size}")
    walker.go(f"live/?show=all&q={ad_id}")
    walker.wait_for_rows(1)  # once it is synced
    page.locator("td.pick input").check()
    page.locator(".selection").get_by_role("button", name="Pause").click()
    page.get_by_label("Reason").fill("Spends without selling.")
    page.get_by_role("button", name="Pause: 1").click()
    expect(page.get_by_text("1 ad is paused at TikTok.")).to_be_visible()
    walker.look()

    walker.go("profit/?by=post")
    expect(page.get_by_role("row", name=re.compile("^Total"))).to_be_attached()
    walker.picture(f"profit-{size}")


# What the row's chip says while the form is on its way.
NOTE_CHIP = """document.addEventListener('submit', (event) => {
  sessionStorage.setItem('chip', event.target.closest('tr').querySelector('td .chip').textContent);
})"""


def test_a_stopped_ad_is_found_with_its_reason_and_resumed(walker: Walker) -> None:
    page = walker.page
    walker.sign_in("buyer")
    walker.go("live/")
    page.get_by_role("button", name=re.compile("^Pause")).first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Reason").fill("Spends without selling.")
    page.evaluate(NOTE_CHIP)
    dialog.get_by_role("button", name="Pause", exact=True).click()
    told = page.get_by_text(re.compile(r"Ad \d+ is paused at TikTok"))
    expect(told).to_be_visible()
    assert page.evaluate("sessionStorage.getItem('chip')") == "Pausing…"  # before TikTok answered
    ad_id = re.search(r"\d{10,}", told.inner_text())
    assert ad_id is not None
    walker.go("live/stopped/")
    row = page.get_by_role("row").filter(has_text=ad_id[0])
    expect(row.get_by_text("Spends without selling.")).to_be_visible()
    walker.look()
    walker.picture("stopped-desk")
    row.get_by_role("button", name=re.compile("^Resume")).click()
    expect(page.get_by_text(f"Ad {ad_id[0]} runs again.")).to_be_visible()
    ads = walker.opened.phones("GET", "sandbox/v1/truth/")["ads"]
    assert {ad["operation_status"] for ad in ads if ad["ad_id"] == ad_id[0]} == {"ENABLE"}
    walker.go("live/protection/")
    walker.look()
    page.get_by_role("link", name="Sample US account").click()
    expect(page.get_by_role("heading", name="Protection of Sample US account")).to_be_visible()
    expect(page.get_by_text("May run").first).to_be_visible()
    walker.look()
    walker.picture("protection-desk")


PAGES = (
    "", "creators/", "creators/add/", "creators/@sample.ana/", "posts/", "posts/agreements/",
    "authorizations/", "authorizations/add/", "authorizations/1/", "authorizations/batches/1/",
    "inventory/", "plans/", "plans/1/", "live/", "live/?show=all", "profit/", "profit/?by=creator",
    "orders/", "workspace/", "workspace/audit/", "workspace/products/", "workspace/notices/",
    "agreements/", "agreements/new/", "agreements/1/", "agreements/1/versions/1/",
    "agreements/samples/", "payments/", "briefs/", "briefs/add/", "briefs/1/", "briefs/1/assign/",
    "briefs/pipeline/", "briefs/deliverables/", "briefs/deliverables/?state=briefed", "briefs/deliverables/1/",
    "briefs/deliverables/1/submit/", "briefs/reviews/", "briefs/drafts/1/", "briefs/drafts/2/",
    "authorizations/risk/", "authorizations/waiting/", "authorizations/waiting/renewals/",
    "authorizations/errors/", "creators/outreach/", "lists/components/", "workspace/members/",
    "live/stopped/", "live/protection/",
)  # fmt: skip


PICTURED = {"": "today", "authorizations/1/": "authorization"}


@pytest.mark.parametrize(
    "walker",
    [DESK, PHONE],
    ids=["desk", "phone"],
    indirect=True,
)
def test_every_page_is_accessible_and_fits_the_screen(
    walker: Walker, request: pytest.FixtureRequest
) -> None:
    size = request.node.callspec.id
    walker.sign_in("owner")
    for path in PAGES:
        walker.go(path)
        walker.look_in_the_dark()
        if path in PICTURED:
            walker.picture(f"{PICTURED[path]}-{size}")
            with walker.in_the_dark():
                walker.picture(f"{PICTURED[path]}-{size}-dark")


def test_the_phone_opens_the_whole_menu(walker: Walker) -> None:
    walker.page.set_viewport_size({"width": 390, "height": 844})
    walker.sign_in("owner")
    walker.page.get_by_role("button", name="More").click()
    walker.look()
    walker.page.get_by_role("dialog", name="Menu").get_by_role("link", name="Profit").click()
    expect(walker.page.get_by_role("heading", level=1, name="Profit")).to_be_visible()


def test_the_keyboard_reaches_the_content_first(walker: Walker) -> None:
    walker.sign_in("owner")
    walker.page.keyboard.press("Tab")
    expect(walker.page.get_by_role("link", name="Skip to the content")).to_be_focused()
    walker.page.keyboard.press("Enter")
    assert walker.page.url.endswith("#main")


def test_colours_stay_as_chosen(walker: Walker) -> None:
    walker.sign_in("owner")
    walker.page.get_by_role("button", name="Dark colours").first.click()
    expect(walker.page.locator("html")).to_have_attribute("data-theme", "dark")
    walker.go("profit/")
    expect(walker.page.locator("figure img").first).to_have_attribute(
        "src", re.compile("theme=dark")
    )
