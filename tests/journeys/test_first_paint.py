"""What a first visit costs: few bytes until a page can be read, and nothing that moves while it loads.

Each page is then opened again with its styles at hand and on a slow line, so that it arrives in parts.
"""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser

from conftest import Opened, Walker

MOST_BYTES = 100_000  # page, style sheets, scripts and fonts, as they travel
NEEDED = {"Document", "Stylesheet", "Script", "Font"}
MOST_SHIFT = 0.001  # of the screen; a line that moves by its height is ten times that
PAGES = (
    "", "posts/", "posts/?as=gallery", "authorizations/", "authorizations/risk/", "creators/", "live/",
    "profit/", "inventory/", "plans/", "agreements/", "payments/", "workspace/", "workspace/audit/", "find/?q=sample",
)  # fmt: skip
SLOW_LINE = 60_000  # bytes a second
SCREENS = {"desk": (1280, 800), "phone": (390, 844)}
NOTE_SHIFTS = """
window.shifted = [];
new PerformanceObserver((list) => {
  for (const each of list.getEntries()) {
    window.shifted.push([each.value, each.sources.map((from) => from.node?.outerHTML?.slice(0, 80))]);
  }
}).observe({ type: "layout-shift", buffered: true });
"""


class FirstVisit:
    """A page as somebody sees it who was never here: an empty cache, maybe a session."""

    def __init__(self, chromium: Browser, state: Any, screen: str) -> None:
        width, height = SCREENS[screen]
        self.context = chromium.new_context(
            storage_state=state, viewport={"width": width, "height": height}
        )
        self.page = self.context.new_page()
        self.page.add_init_script(NOTE_SHIFTS)
        self.kinds: dict[str, str] = {}
        self.bytes: dict[str, float] = {}
        self.wire = self.context.new_cdp_session(self.page)
        self.wire.send("Network.enable")
        self.wire.on("Network.responseReceived", self._answered)
        self.wire.on("Network.loadingFinished", self._finished)

    def _answered(self, event: dict[str, Any]) -> None:
        self.kinds[event["requestId"]] = event["type"]

    def _finished(self, event: dict[str, Any]) -> None:
        self.bytes[event["requestId"]] = event["encodedDataLength"]

    def measure(self, url: str) -> tuple[float, list[Any]]:
        """Bytes that the first paint needs, and what moved, this time and when it came again in parts."""
        shifted = self._moved(url)
        needed = [size for key, size in self.bytes.items() if self.kinds.get(key) in NEEDED]
        slow = {"offline": False, "latency": 20, "uploadThroughput": -1}
        self.wire.send(
            "Network.emulateNetworkConditions", {**slow, "downloadThroughput": SLOW_LINE}
        )
        shifted += self._moved(url)
        self.context.close()
        assert len(needed) > 5, "style sheets and scripts were not counted"
        return sum(needed), shifted

    def _moved(self, url: str) -> list[Any]:
        self.page.goto(url)
        self.page.wait_for_load_state("networkidle")
        shifted: list[Any] = self.page.evaluate("window.shifted")
        return shifted


@pytest.fixture
def session(chromium: Browser, opened: Opened) -> Any:
    """An owner who has just signed in."""
    context = chromium.new_context()
    Walker(context.new_page(), opened).sign_in("owner")
    state = context.storage_state()
    context.close()
    return state


@pytest.mark.parametrize("screen", SCREENS)
def test_a_first_page_needs_few_bytes_and_stands_still(
    chromium: Browser, opened: Opened, session: Any, screen: str
) -> None:
    heavy, moving = {}, {}
    urls = {path: opened.page(path) for path in PAGES}
    for path, url in urls.items():
        size, shifted = FirstVisit(chromium, session, screen).measure(url)
        if size > MOST_BYTES:
            heavy[path] = size
        if sum(value for value, _ in shifted) > MOST_SHIFT:
            moving[path] = shifted
    size, shifted = FirstVisit(chromium, None, screen).measure(f"{opened.url}/accounts/login/")
    assert (heavy, moving, shifted) == ({}, {}, [])
    assert size < MOST_BYTES
