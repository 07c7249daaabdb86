"""
The first night of a new operator, timed: from the one-time link of an empty book to an approved plan, by the pages alone.

    BAOGONG_HOME=/tmp/first-night .venv/bin/baogong up &          # prints the one-time link
    .venv/bin/python tools/first_night.py LINK [SITES STOCK NEEDS]

The three lists are those of the relay's first night where none are named. Needs Chromium on the machine (BAOGONG_CHROMIUM,
else the usual names). Prints each step with its clicks, the fields it fills and what the machine took; then the sums and
two reckonings. No person was timed. The first is a floor: the keystroke-level model (Card, Moran, Newell 1980: 0.28 s a key,
1.1 s to point, 0.2 s to press, 1.35 s to make up one's mind before each act; here also 4 s a page) predicts the errorless work
of somebody practised. The second gives whoever has never seen the pages a minute to read each (`NEW_PAGE_S`: an assumption,
the same as in docs/guides/new-community.md), errors not reckoned.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tools.screenshots import QUIET, chromium

DATA = Path(__file__).resolve().parent.parent / "scenarios" / "hubei-relay-2020" / "data"
LISTS = (DATA / "02-sites.csv", DATA / "11-stock-ezhou.csv", DATA / "40-needs-24jan.csv")
KEY_S, POINT_S, PRESS_S, THINK_S, READ_S = 0.28, 1.1, 0.2, 1.35, 4.0
NEW_PAGE_S = 60.0
PATIENCE_MS = 120_000  # a share is reckoned on the machine: a busy one takes longer than a browser usually waits
ANSWER = "main article button[name=answer]:not([value=drop]) >> nth=0"  # the likeliest of what is offered, else new
PASSWORD = "kettle-orchard-nine"


@dataclass
class Effort:
    """What a person does with hand and eye."""

    clicks: int = 0
    keys: int = 0
    pages: int = 0
    machine_s: float = 0.0

    def person_s(self, read_s: float = READ_S) -> float:
        """At so many seconds to read a page: without an error, somebody practised."""
        acts = self.clicks * (THINK_S + POINT_S + PRESS_S)
        return acts + self.keys * KEY_S + self.pages * read_s + self.machine_s


class Hand:
    """One person at a browser, who counts what it costs."""

    def __init__(self, page: Page) -> None:
        self.page, self.effort = page, Effort()

    def open(self, address: str) -> None:
        self.page.goto(address)
        self.effort.pages += 1

    def press(self, selector: str) -> None:
        """Click what leads to another page, and read that."""
        self.effort.clicks += 1
        with self.page.expect_navigation():
            self.page.click(selector)
        self.page.wait_for_load_state("networkidle")
        self.effort.pages += 1

    def tick(self, selector: str) -> None:
        self.effort.clicks += 1
        self.page.click(selector)

    def write(self, selector: str, text: str) -> None:
        self.effort.clicks += 1
        self.effort.keys += len(text)
        self.page.fill(selector, text)

    def choose(self, selector: str, value: str) -> None:
        self.effort.clicks += 2
        self.page.select_option(selector, value)

    def attach(self, selector: str, file: Path) -> None:
        """Open the machine's own window for files, find the file, open it."""
        self.effort.clicks += 3
        self.page.set_input_files(selector, file)


@contextmanager
def step(hand: Hand, what: str, total: Effort) -> Iterator[None]:
    hand.effort = Effort()
    began = time.monotonic()
    yield
    done = hand.effort
    done.machine_s = time.monotonic() - began
    print(
        f"{what:48} {done.clicks:3} clicks {done.keys:4} keys {done.pages:3} pages {done.machine_s:6.1f} s", flush=True
    )
    total.clicks, total.keys, total.pages = total.clicks + done.clicks, total.keys + done.keys, total.pages + done.pages
    total.machine_s += done.machine_s


def log_in(hand: Hand, base: str, name: str) -> None:
    hand.open(f"{base}/log-in/")
    hand.write("#username", name)
    hand.write("#password", PASSWORD)
    hand.press("main form button.btn")


def night(first: Hand, second: Hand, link: str, lists: tuple[Path, ...]) -> Effort:
    """The whole night: `first` plans, `second` approves."""
    total, base = Effort(), "/".join(link.split("/")[:3])
    with step(first, "the first administrator, by the one-time link", total):
        first.open(link)
        first.write("#name", "总调度 林")
        first.write("#username", "lin")
        first.write("#password", PASSWORD)
        first.write("#again", PASSWORD)
        first.press("main form button.btn")
        if first.page.locator("#username").count():
            first.write("#username", "lin")
            first.write("#password", PASSWORD)
            first.press("main form button.btn")
    with step(first, "duties: command office for oneself, a second person", total):
        make_people(first, base)
    for file in lists:
        with step(first, f"list {file.name}", total):
            first.press("header nav a[href='/lists/']")
            first.attach("#file", file)
            first.press("main form[action='/lists/'] button.btn")
            while first.page.locator(ANSWER).count():  # the goods' owner is in no register yet, a name is only near one
                first.press(ANSWER)
            first.press("main form[action$='/apply/'] button.btn")
    with step(first, "lock the stock for relief", total):
        first.press("header nav a[href='/command/']")
        first.page.wait_for_selector("a[href='/command/stock/freeze/']")
        first.press("a[href='/command/stock/freeze/']")
        freeze(first)
    with step(first, "propose a share", total):
        first.press("header nav a[href='/command/']")
        first.page.wait_for_selector("a[href='/command/shares/make/']")
        first.press("a[href='/command/shares/make/']")
        stale = first.page.locator("[name=include_stale]")
        if stale.count():  # the relay's lists are older than two days by now
            first.tick("[name=include_stale]")
        first.press("main form button.btn.big")
    share = first.page.url
    with step(second, "the second person opens it and approves", total):
        log_in(second, base, "zhao")
        second.press(f"a[href='{share.removeprefix(base)}']")
        second.press(".approve button.btn.big")
    standing = second.page.locator(".tag.good").first.inner_text()
    print(f"the share stands: {standing}")
    return total


def make_people(hand: Hand, base: str) -> None:
    """Oneself plans; somebody else approves."""
    hand.press("header nav a[href='/people/']")
    hand.press("main table a")
    hand.choose("#p-duty", "COMMAND")
    hand.press("form:has(input[value=give]) button.btn")
    hand.press("header nav a[href='/people/']")
    hand.write("#p-name", "复核 赵")
    hand.write("#p-username", "zhao")
    hand.write("#p-password", PASSWORD)
    hand.choose("#p-duty", "APPROVER")
    hand.press("main form:has(#p-username) button.btn")


def freeze(hand: Hand) -> None:
    hand.choose("#site", "all")
    hand.choose("#item", "all")
    hand.write("#decided_by", "鄂州仓")
    hand.write("#reason", "支援湖北")
    hand.write("#option_1", "全部支援")
    hand.press("main form.card button.btn")


def main() -> None:
    if len(sys.argv) not in (2, 5):
        raise SystemExit(__doc__)
    link, lists = sys.argv[1], tuple(map(Path, sys.argv[2:])) or LISTS
    began = time.monotonic()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(QUIET))
        hands = []
        for _person in range(2):
            context = browser.new_context(viewport={"width": 1280, "height": 900}, ignore_https_errors=True)
            context.set_default_timeout(PATIENCE_MS)
            hands.append(Hand(context.new_page()))
        total = night(hands[0], hands[1], link, lists)
        browser.close()
    print(
        f"from an empty book to an approved plan: {total.clicks} clicks, {total.keys} keys, {total.pages} pages; "
        f"the machine {time.monotonic() - began:.0f} s\n"
        f"reckoned, no person was timed: {total.person_s() / 60:.1f} minutes is the floor for somebody practised who makes no "
        f"error; about {total.person_s(NEW_PAGE_S) / 60:.0f} minutes at {NEW_PAGE_S:.0f} s a page for somebody new"
    )


if __name__ == "__main__":
    main()
