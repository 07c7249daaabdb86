"""
Pictures of the site's pages: desktop and phone, Chinese and English.

    .venv/bin/python tools/screenshots.py http://127.0.0.1:8300 OUT_FOLDER LOGIN PASSWORD /command/ /site/ …

Needs Chromium on the machine (BAOGONG_CHROMIUM, else the usual names). Writes NAME-desktop-zh.png and so on, and
prints each page's status, its width overflow in pixels and what the browser complained about.
"""

from __future__ import annotations

import os
import shutil
import sys
from functools import partial
from pathlib import Path

from playwright.sync_api import Browser, ConsoleMessage, sync_playwright

SIZES = {"desktop": (1280, 900), "phone": (390, 844)}
LANGUAGES = {"zh": "zh-hans", "en": "en"}
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def chromium() -> str:
    found = os.environ.get("BAOGONG_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if not found:
        raise SystemExit("No Chromium found. Install it (Debian: apt-get install chromium) or set BAOGONG_CHROMIUM.")
    return found


def _keep_errors(complaints: list[str], said: ConsoleMessage) -> None:
    if said.type == "error":
        complaints.append(said.text)


def shoot(browser: Browser, base: str, out: Path, login: str, password: str, paths: list[str]) -> None:
    for size, (width, height) in SIZES.items():
        for short, language in LANGUAGES.items():
            context = browser.new_context(viewport={"width": width, "height": height}, ignore_https_errors=True)
            context.add_cookies([{"name": "baogong_language", "value": language, "url": base}])
            page = context.new_page()
            complaints: list[str] = []
            page.on("console", partial(_keep_errors, complaints))
            if login:
                page.goto(f"{base}/log-in/")
                page.fill("#username", login)
                page.fill("#password", password)
                page.click("main form button.btn")
            for path in paths:
                complaints.clear()
                answer = page.goto(base + path, wait_until="networkidle")
                overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
                name = path.strip("/").replace("/", "_")[:60] or "start"
                page.screenshot(path=str(out / f"{name}-{size}-{short}.png"), full_page=True)
                print(path, size, short, answer.status if answer else "-", f"overflow={overflow}", *complaints)
            context.close()


def main() -> None:
    base, folder, login, password, *paths = sys.argv[1:]
    out = Path(folder)
    out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(QUIET))
        shoot(browser, base.rstrip("/"), out, login, password, paths)
        browser.close()


if __name__ == "__main__":
    main()
