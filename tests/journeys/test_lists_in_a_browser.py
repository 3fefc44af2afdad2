"""A list in a browser: sorted, filtered, kept as a view, with columns of one's own, and taken as a file."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from conftest import DESK_SIZE, PHONE_SIZE, Walker


@pytest.mark.parametrize("walker", [DESK_SIZE], ids=["desk"], indirect=True)
def test_a_buyer_finds_what_costs_most_and_takes_it_along(walker: Walker) -> None:
    walker.sign_in("buyer")
    page = walker.page
    walker.go("live/?show=all")
    table = page.locator("[data-list=ads] table")
    page.get_by_role("link", name="Spend", exact=True).click()
    expect(table.locator("th[aria-sort=descending]")).to_have_text("Spend")
    walker.look()
    spent = _spent(table)
    assert spent == sorted(spent, reverse=True)
    assert len(spent) > 1
    walker.picture("live-sorted-desk")

    page.get_by_role("button", name="Columns").click()
    columns = page.get_by_role("dialog", name="Columns")
    columns.get_by_label("CPM", exact=True).check()
    columns.get_by_label("Thumb-stop rate", exact=True).uncheck()
    walker.look()
    columns.get_by_role("button", name="Show these").click()
    expect(table.get_by_role("columnheader", name="CPM")).to_be_visible()
    expect(table.get_by_role("columnheader", name="Thumb-stop rate")).to_have_count(0)
    expect(table.locator("th[aria-sort=descending]")).to_have_text("Spend")

    page.get_by_role("button", name="Views").click()
    page.get_by_label("Name of the view").fill("What costs most")
    page.get_by_role("button", name="Save view").click()
    expect(page.get_by_role("status")).to_contain_text("is saved")
    walker.go("live/")
    page.get_by_role("link", name="What costs most").first.click()
    page.wait_for_url("**sort=-spend*")
    walker.look()

    shown = _spent(table)
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as downloading:
        page.get_by_role("link", name="CSV").click()
    file = Path(downloading.value.path())
    rows = list(csv.DictReader(io.StringIO(file.read_text("utf-8-sig"))))
    page.reload()
    # The demo's time goes on: a sync may come before the file or after it.
    exported = [float(row["spend"]) for row in rows if row["spend"]]
    assert exported in (shown, _spent(table))
    assert "cpm" in rows[0]
    assert "thumb_stop_rate" not in rows[0]


@pytest.mark.parametrize("walker", [PHONE_SIZE], ids=["phone"], indirect=True)
def test_a_list_is_searched_and_sorted_on_a_phone(walker: Walker) -> None:
    walker.sign_in("manager")
    page = walker.page
    walker.go("creators/")
    page.get_by_label("Sort", exact=True).select_option(label="Organic engagement ↓")
    page.wait_for_url("**sort=-organic_engagement*")
    walker.look()
    handle = page.locator("#results .cell-title a").first.inner_text()
    page.get_by_role("searchbox", name="Search creators").fill(handle)
    expect(page.locator("#results .cell-title a")).to_have_count(1)
    assert "sort=-organic_engagement" in page.url
    walker.look_in_the_dark()


@pytest.mark.parametrize("walker", [DESK_SIZE], ids=["desk"], indirect=True)
def test_live_shows_what_changed_and_disturbs_nobody(walker: Walker) -> None:
    walker.sign_in("buyer")
    page = walker.page
    walker.go("live/")
    before = page.locator("#results tbody tr").count()
    box = page.locator("td.pick input").first
    row = page.locator("#results tbody tr").first.inner_text()
    come_back = "document.dispatchEvent(new Event('visibilitychange'))"

    box.check()
    page.locator("h1").click()
    page.evaluate("document.querySelector('#results tbody tr').dataset.mine = 'yes'")
    page.evaluate(come_back)
    page.wait_for_timeout(1_500)
    expect(page.locator("tr[data-mine]")).to_have_count(1)  # somebody is at it: nothing was fetched

    box.uncheck()
    page.locator("h1").click()
    with page.expect_response(re.compile("/live/")):
        page.evaluate(come_back)
    expect(page.locator("tr[data-mine]")).to_have_count(0)
    expect(page.locator("#results tbody tr")).to_have_count(before)
    assert row.splitlines()[0] in page.locator("#results").inner_text()
    walker.look()


def _spent(table: Locator) -> list[float]:
    """The spend of every row that has one, as shown."""
    return [
        float(re.sub(r"[^0-9.]", "", each))
        for each in table.locator("td[data-label=Spend]").all_inner_texts()
        if each.strip() != "—"
    ]
