"""A real browser, and the sample workspace open on a port of this machine with its clock running."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

IMAGES = Path(__file__).parents[2] / "docs" / "images"
DAYS = 21
CHROMIUM_FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Opened:
    """The open workspace: where, how to sign in, and the creators' phones behind it."""

    url: str
    password: str
    sandbox: str

    def page(self, path: str = "") -> str:
        return f"{self.url}/w/sample-shop/{path}"

    def fresh_code(self) -> str:
        """A new code of a public video, made on its creator's phone.

        Where every post has one by now, a creator withdraws one that no ad uses and makes another.
        """
        with httpx.Client(base_url=self.sandbox, trust_env=False, timeout=30) as phones:
            posts: list[dict[str, Any]] = []
            for creator in phones.get("/sandbox/v1/world/").json()["creators"]:
                listed = phones.get(f"/phone/v1/creators/{creator['handle']}/posts/").json()
                posts += listed["posts"]
            usable = [
                post
                for post in posts
                if post["item_type"] == "VIDEO" and post["status"] == "HESITATE_RECOMMEND"
            ]
            for post in sorted(usable, key=lambda each: each["auth_code_status"] is not None):
                if post["auth_code_status"] is not None:
                    phones.post(f"/phone/v1/posts/{post['item_id']}/revoke/")
                made = phones.post(f"/phone/v1/posts/{post['item_id']}/code/", json={"days": 30})
                if made.is_success:
                    return str(made.json()["auth_code"])
        raise AssertionError("no creator of this world can make a code")


@pytest.fixture(scope="session")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    """`kindling demo` as a person starts it, in a folder of its own, once it says how to sign in."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    kept = {name: text for name, text in os.environ.items() if not name.startswith("KINDLING_")}
    command = [
        sys.executable,
        "-u",
        "-m",
        "kindling.cli",
        "demo",
        "--days",
        str(DAYS),
        "--port",
        str(port),
    ]
    process = subprocess.Popen(
        command, cwd=tmp_path_factory.mktemp("demo"), stdout=subprocess.PIPE, text=True, env=kept
    )
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if "Stop with Ctrl-C" in line:
            break
    password = re.search(r"with the password (\S+)", said)
    phones = re.search(r"(http://127\.0\.0\.1:\d+)/phone/", said)
    assert password and phones, f"the demonstration did not open: {said[-2000:]}"  # noqa: PT018 (one thing: it opened)
    url = f"http://127.0.0.1:{port}"
    _wait_for(url)
    yield Opened(url, password[1], phones[1])
    process.terminate()
    process.wait(timeout=30)
    process.stdout.close()


def _wait_for(url: str) -> None:
    deadline = time.monotonic() + 60
    while True:
        with contextlib.suppress(httpx.HTTPError):
            httpx.get(url + "/accounts/login/", trust_env=False, timeout=5)
            return
        assert time.monotonic() < deadline, f"{url} does not answer"
        time.sleep(0.2)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        pytest.fail("Chromium is missing: apt-get install chromium, or CHROMIUM=/path/to/chrome.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(CHROMIUM_FLAGS))
        yield browser
        browser.close()


class Walker:
    """Somebody with a browser who looks at every page they come to: no violation, no overflow, no script error."""

    def __init__(self, page: Page, opened: Opened) -> None:
        self.page, self.opened = page, opened
        self.complaints: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))
        page.on("console", self._hear)

    def _hear(self, message: Any) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.complaints.append(f"console: {message.text}")

    def sign_in(self, name: str) -> None:
        self.page.goto(self.opened.url + "/accounts/login/")
        self.page.get_by_label("E-mail").fill(f"{name}@shop.example")
        self.page.get_by_label("Password").fill(self.opened.password)
        self.look()
        self.page.get_by_role("button", name="Sign in").click()
        self.page.wait_for_url("**/w/sample-shop/")

    def sign_out(self) -> None:
        self.page.context.clear_cookies()

    def go(self, path: str) -> None:
        answer = self.page.goto(self.opened.page(path))
        assert answer is not None
        assert answer.ok, f"{path}: {answer.status}"
        self.look()

    def look(self) -> None:
        """Zero accessibility violations, nothing wider than the screen."""
        self.page.wait_for_load_state()
        found = Axe().run(self.page).response["violations"]
        named = [(each["id"], [node["target"] for node in each["nodes"]][:3]) for each in found]
        assert named == [], f"{self.page.url}: {named}"
        wide = self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, f"{self.page.url} is {wide} pixels wider than the screen"
        assert self.complaints == []

    def picture(self, name: str) -> None:
        IMAGES.mkdir(parents=True, exist_ok=True)
        self.page.evaluate("window.scrollTo(0, 0)")
        self.page.screenshot(path=IMAGES / f"{name}.png")


@pytest.fixture
def walker(request: pytest.FixtureRequest, chromium: Browser, opened: Opened) -> Iterator[Walker]:
    """Parametrized by (width, height, colours)."""
    width, height, colours = getattr(request, "param", (1280, 860, "light"))
    context = chromium.new_context(
        viewport={"width": width, "height": height},
        color_scheme=colours,
        reduced_motion="reduce",
        has_touch=width < 500,
    )
    context.set_default_timeout(20_000)
    yield Walker(context.new_page(), opened)
    context.close()
