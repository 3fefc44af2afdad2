"""A real browser, and the sample workspace open on a port of this machine with its clock running."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from walked_demo import free_port, start_demo, stop_demo, walked_demo

expect.set_options(
    timeout=30_000
)  # on a busy machine a worker takes its time; how long is not what is tested
IMAGES = Path(__file__).parents[2] / "docs" / "images"
FIND_CHROMIUM = Path(__file__).parents[2] / "scripts" / "find-chromium"
# Without loading media again for a rule on sound that plays by itself: no page has any.
AXE_OPTIONS = {"resultTypes": ["violations"], "preload": False}
CONTRAST = {**AXE_OPTIONS, "runOnly": ["color-contrast"]}
PUBLIC = {"HESITATE_RECOMMEND"}
SPEED = 60  # a worker that reads a simulated day every four minutes would take the browser's core
CHROMIUM_FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
)  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test here is a journey, marked or not: beside others its browser's event loop would break theirs."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.journey)


@dataclass(frozen=True, slots=True)
class Opened:
    """The open workspace: where, how to sign in, and the creators' phones behind it."""

    url: str
    password: str
    sandbox: str
    data: Path = Path()

    def page(self, path: str = "") -> str:
        return f"{self.url}/w/sample-shop/{path}"

    def phones(self, method: str, path: str, **body: Any) -> Any:
        """What a creator does in the TikTok app, or what happens in the simulated world."""
        answer = httpx.request(
            method, f"{self.sandbox}/{path}", json=body or None, trust_env=False, timeout=300
        )
        assert answer.is_success, f"{path}: {answer.text[:300]}"
        return answer.json()

    def now(self) -> datetime:
        """The present of the simulated world."""
        return datetime.fromisoformat(self.phones("GET", "sandbox/v1/clock/")["now"])

    def plain_post(self, *, but_of: frozenset[str] = frozenset()) -> dict[str, Any]:
        """A public video without a code, of a creator who is not among `but_of`; days pass until there is one."""
        for _ in range(10):
            for creator in self.phones("GET", "sandbox/v1/world/")["creators"]:
                listed = self.phones("GET", f"phone/v1/creators/{creator['handle']}/posts/")
                for post in listed["posts"]:
                    is_free = post["auth_code_status"] is None and post["item_type"] == "VIDEO"
                    if is_free and post["status"] in PUBLIC and post["handle"] not in but_of:
                        return dict(post)
            self.phones("POST", "sandbox/v1/clock/advance/", days=1)
        raise AssertionError("nobody posts any more in this world")

    def portal_link(self, handle: str) -> str:
        """What the creator manager sends to a creator: a magic link, printed once."""
        kept = {name: text for name, text in os.environ.items() if not name.startswith("KINDLING_")}
        told = {"DATA_DIR": str(self.data), "CLOCK": self.sandbox, "BASE_URL": self.url}
        done = subprocess.run(
            [sys.executable, "-m", "kindling.cli", "portal-link", f"@{handle}",
             "--as", "manager@shop.example"],
            env=kept | {f"KINDLING_{name}": text for name, text in told.items()},
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

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
    """The demo after its 21 days as a person opens it again, in a folder of its own."""
    folder, port = tmp_path_factory.mktemp("demo"), free_port()
    data = folder / "var" / "demo"
    shutil.copytree(walked_demo().data, data)
    process, said = start_demo("--reopen", "--port", str(port), "--speed", str(SPEED), cwd=folder)
    password = re.search(r"with the password (\S+)", said)
    phones = re.search(r"(http://127\.0\.0\.1:\d+)/phone/", said)
    assert password and phones, said  # noqa: PT018 (one thing: it opened)
    url = f"http://127.0.0.1:{port}"
    _wait_for(url)
    yield Opened(url, password[1], phones[1], data)
    stop_demo(process)


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
    found = subprocess.run([FIND_CHROMIUM], capture_output=True, text=True, check=False)
    if found.returncode:
        pytest.fail(found.stderr)
    path = found.stdout.strip()
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

    def be(self, name: str) -> None:
        """Hand the desk to somebody else of the team."""
        self.sign_out()
        self.sign_in(name)

    def open_portal(self, handle: str) -> None:
        """Open the magic link a creator was sent."""
        self.page.goto(self.opened.portal_link(handle))
        self.look()
        self.page.get_by_role("button", name=re.compile("Open my pages|Abrir mis páginas")).click()
        self.page.wait_for_url("**/portal/")
        self.look()

    def portal(self, path: str = "") -> None:
        answer = self.page.goto(f"{self.opened.url}/portal/{path}")
        assert answer is not None
        assert answer.ok, f"portal {path}: {answer.status}"
        self.look()

    def wait_until(self, text: str | re.Pattern[str], *, seconds: float = 60) -> None:
        """Load the page again until the text stands on it: the worker needs its time."""
        deadline = time.monotonic() + seconds
        while not self.page.get_by_text(text).first.is_visible():
            assert time.monotonic() < deadline, f"{self.page.url} never says {text!r}"
            self.page.wait_for_timeout(1_000)
            self.page.reload()

    def wait_for_rows(self, count: int, *, seconds: float = 90) -> None:
        """Load a list again until it has so many rows: the worker needs its time."""
        deadline = time.monotonic() + seconds
        while self.page.locator("#results tbody tr").count() != count:
            assert time.monotonic() < deadline, f"{self.page.url} never has {count} rows"
            self.page.wait_for_timeout(1_000)
            self.page.reload()

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
        found = Axe().run(self.page, options=AXE_OPTIONS).response["violations"]
        named = [(each["id"], [node["target"] for node in each["nodes"]][:3]) for each in found]
        assert named == [], f"{self.page.url}: {named}"
        wide = self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert wide <= 0, f"{self.page.url} is {wide} pixels wider than the screen"
        assert self.complaints == []

    @contextlib.contextmanager
    def in_the_dark(self) -> Iterator[None]:
        """The page as it is, in dark colours."""
        self.page.emulate_media(color_scheme="dark")
        yield
        self.page.emulate_media(color_scheme="light")

    def look_in_the_dark(self) -> None:
        """After `look`: the contrast in dark colours. Nothing else depends on them."""
        with self.in_the_dark():
            found = self.page.evaluate(
                f"axe.run({json.dumps(CONTRAST)}).then(each => each.violations)"
            )
        named = [[node["target"] for node in each["nodes"]][:3] for each in found]
        assert named == [], f"{self.page.url} in dark colours: {named}"

    def picture(self, name: str, *, at_top: bool = True) -> None:
        IMAGES.mkdir(parents=True, exist_ok=True)
        if at_top:
            self.page.evaluate("window.scrollTo(0, 0)")
        self.page.screenshot(path=IMAGES / f"{name}.png")


Size = tuple[int, int, str]
DESK_SIZE, PHONE_SIZE = (1280, 860, "light"), (390, 844, "light")


@contextlib.contextmanager
def walking(chromium: Browser, opened: Opened, size: Size) -> Iterator[Walker]:
    """A browser of this size: (width, height, colours). One as narrow as a phone is touched."""
    width, height, colours = size
    context = chromium.new_context(
        viewport={"width": width, "height": height},
        color_scheme=colours,
        reduced_motion="reduce",
        has_touch=width < 500,
        is_mobile=width < 500,  # no room for a scroll bar
    )
    context.set_default_timeout(20_000)
    yield Walker(context.new_page(), opened)
    context.close()


@pytest.fixture
def walker(request: pytest.FixtureRequest, chromium: Browser, opened: Opened) -> Iterator[Walker]:
    """Parametrized by (width, height, colours)."""
    with walking(chromium, opened, getattr(request, "param", DESK_SIZE)) as found:
        yield found


@pytest.fixture
def desk(chromium: Browser, opened: Opened) -> Iterator[Walker]:
    """The team's screen."""
    with walking(chromium, opened, DESK_SIZE) as found:
        yield found


@pytest.fixture
def phone(chromium: Browser, opened: Opened) -> Iterator[Walker]:
    """The creator's phone, beside the desk: cookies of its own."""
    with walking(chromium, opened, PHONE_SIZE) as found:
        yield found
