"""The tower in a real browser: what another connection writes appears by itself, with the stream and without it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from baogong.api.live import Live
from baogong.journal import services as journal
from baogong.kernel.actor import Duty
from baogong.kernel.ids import new_id
from baogong.tower import queries, services
from tests.api.test_live import served
from tests.browser.conftest import Open
from tests.cast import PASSWORD
from tests.web.ground import make_ground
from tests.web.visits import Story

DESK = {"width": 1280, "height": 900}
HOUR = timedelta(hours=1)


@pytest.fixture
def stream(site: str, settings: Any) -> Iterator[Live]:
    """Granian beside the site, as in the house."""
    live = Live(look_s=0.2, beat_s=1)
    with served(live) as address:
        settings.BAOGONG_CLAIMS_PORT = int(address.rpartition(":")[2].partition("/")[0])
        yield live


def late_task(story: Story, title: str) -> None:
    journal.add_task(
        title=title, duty=Duty.COMMAND, due_at=story.first.planned_depart_at, actor=story.world.lin,
        now=story.first.planned_depart_at, request_id=new_id(),
    )  # fmt: skip


def test_what_another_connection_writes_appears_without_a_reload(story: Story, stream: Live, screen: Open) -> None:
    now = story.first.planned_depart_at + HOUR
    story.at(now)
    desk = screen("en", DESK)
    desk.log_in("lin", PASSWORD)
    page = desk.page
    page.goto(desk.base + "/tower/")  # the stream stays open: it is never idle
    expect(page.locator("#live [data-state=on]")).to_be_visible(timeout=15_000)
    expect(page.get_by_text("No alert is open")).to_be_visible()
    page.evaluate("window.isTheSamePage = true")
    late_task(story, "Ring the town")
    expect(page.get_by_text("A task is past its time: Ring the town").first).to_be_visible(timeout=15_000)
    services.recount(now=now)
    expect(page.locator("#alerts").get_by_text("A task is past its time: Ring the town")).to_be_visible(timeout=15_000)
    assert page.evaluate("window.isTheSamePage"), "nothing was loaded anew"
    assert stream.listeners_count == 1
    desk.errors = [each for each in desk.errors if "favicon" not in each]
    assert desk.errors == []
    page.goto("about:blank")


def test_when_the_stream_goes_away_the_screen_says_so_and_still_refreshes(
    story: Story, stream: Live, screen: Open
) -> None:
    now = story.first.planned_depart_at + HOUR
    story.at(now)
    desk = screen("en", DESK)
    desk.log_in("lin", PASSWORD)
    page = desk.page
    page.goto(desk.base + "/tower/")
    expect(page.locator("#live [data-state=on]")).to_be_visible(timeout=15_000)
    stream.stop()
    expect(page.get_by_text("Refreshed every minute")).to_be_visible(timeout=15_000)
    late_task(story, "Ring the town")
    page.evaluate("htmx.trigger(document.body, 'grown')")  # as the minute does
    expect(page.get_by_text("A task is past its time: Ring the town").first).to_be_visible(timeout=15_000)
    page.goto("about:blank")


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_every_page_of_the_tower_fits_its_screen(story: Story, screen: Open, language: str, size: str) -> None:
    """Nothing on the console, nothing wider than the screen; with BAOGONG_PICTURES a picture of each is kept there."""
    now = story.first.planned_depart_at + 3 * HOUR
    story.at(now)
    late_task(story, "问县里：仓库今晚几点关门 · Ask the town when the store closes")
    services.recount(now=now)
    seen = screen(language, DESK if size == "desktop" else None)
    seen.log_in("lin", PASSWORD)
    alert = queries.alerts()[0].id
    for name in (
        "",
        "late/",
        "promises/",
        "goods/",
        "load/",
        "map/",
        "ground/",
        "alerts/",
        f"alerts/{alert}/",
        "watch/",
    ):
        seen.go(f"/tower/{name}")
        if folder := os.environ.get("BAOGONG_PICTURES"):
            part = name.split("/")[0] + ("-one" if name.count("/") == 2 else "")
            path = Path(folder) / f"{part or 'board'}-{size}-{language[:2]}.png"
            seen.page.screenshot(path=str(path), full_page=True)


def test_the_ground_with_footprints_fits_a_phone(site: str, screen: Open) -> None:
    ground = make_ground()
    services.recount(now=ground.now + 5 * HOUR)
    for language, size in (("zh-hans", None), ("en", DESK)):
        seen = screen(language, size)
        seen.log_in("lin", PASSWORD)
        for name in ("", "ground/", "load/"):
            seen.go(f"/tower/{name}")
            if folder := os.environ.get("BAOGONG_PICTURES"):
                which = f"{'phone' if size is None else 'desktop'}-{language[:2]}"
                seen.page.screenshot(
                    path=f"{folder}/last-mile-{name.strip('/') or 'board'}-{which}.png", full_page=True
                )
