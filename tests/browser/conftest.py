"""
A real browser on a real site: the small relay in a book with real commits, pages and static files over HTTP.

Every page a journey leaves is checked: nothing on the console, nothing wider than the screen.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Browser, Page, Playwright, sync_playwright

if TYPE_CHECKING:
    from tests.web.visits import Story

# As tools/test-packages looks for them.
CHROMIUMS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
PHONE = {"width": 390, "height": 844}
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
Open = Callable[..., "Screen"]


class Screen:
    """A phone in somebody's hand. `errors` are what the browser complained about."""

    def __init__(self, page: Page, base: str) -> None:
        self.page, self.base = page, base
        self.errors: list[str] = []
        page.on("console", lambda said: self.errors.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def go(self, path: str) -> None:
        answer = self.page.goto(self.base + path)
        assert answer is not None
        assert answer.status < 400, f"{path}: {answer.status}"
        self.check()

    def tap(self, selector: str) -> None:
        """Press, wait for the page that follows, and look at it."""
        with self.page.expect_navigation():
            self.page.click(selector)
        self.check()

    def check(self) -> None:
        self.page.wait_for_load_state("networkidle")
        wide = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{self.page.url} is {wide} pixels wider than the screen"
        assert not self.errors, f"{self.page.url}: {self.errors}"

    def log_in(self, name: str, password: str) -> None:
        self.go("/log-in/")
        self.page.fill("#username", name)
        self.page.fill("#password", password)
        self.tap("main form button.btn")


def chromium_path() -> str:
    path = os.environ.get("BAOGONG_CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUMS)), None)
    assert path, "No Chromium on this machine. Debian: apt-get install chromium; elsewhere set BAOGONG_CHROMIUM."
    return path


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    # Its loop runs in this thread: Django would take the test itself for a coroutine, and keeps another connection while it
    # lasts. Not for the whole session: a process that a later test forks has no loop and would find the connection from before.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        yield playwright
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="module")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=chromium_path(), args=list(QUIET))
    yield browser
    browser.close()


@pytest.fixture
def site(fresh_book: str, settings: Any) -> Iterator[str]:
    """The address of a site on a book of its own."""
    from django.contrib.staticfiles.handlers import StaticFilesHandler
    from django.test.testcases import LiveServerThread

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    server = LiveServerThread("127.0.0.1", StaticFilesHandler)
    server.daemon = True
    server.start()
    server.is_ready.wait()
    assert server.error is None
    yield f"http://127.0.0.1:{server.port}"
    server.terminate()


@pytest.fixture
def story(site: str, chromium: Browser) -> Story:
    from tests.web.visits import make_story

    return make_story()


@pytest.fixture
def screen(site: str, chromium: Browser) -> Iterator[Open]:
    """`screen("en")`: a phone with this language, as many as a journey needs."""
    opened = []

    def open_screen(language: str = "zh-hans", size: dict[str, int] | None = None) -> Screen:
        context = chromium.new_context(viewport=size or PHONE, has_touch=True)  # type: ignore[arg-type]
        context.add_cookies([{"name": "baogong_language", "value": language, "url": site}])
        opened.append(context)
        return Screen(context.new_page(), site)

    yield open_screen
    for context in opened:
        context.close()
