"""The theatre in a real browser: scrubbed with the network cut, by keys alone, and never out of balance."""

from __future__ import annotations

import os
import re

import pytest
from playwright.sync_api import Browser, Page, expect

from baogong.journal.clock import tell_step
from tests.apps.freight.world import NOW
from tests.browser.conftest import Open
from tests.cast import PASSWORD
from tests.web.visits import Story

DESK = {"width": 1280, "height": 900}
# What each frame shows: what the sum says, how many vehicles are on their way, how large the circles of what stands are.
EACH_FRAME = """() => {
  const range = document.getElementById("scrub"), seen = [];
  for (let frame = 0; frame <= Number(range.max); frame += 1) {
    range.value = frame;
    range.dispatchEvent(new Event("input"));
    seen.push([
      document.querySelector("[data-check]").textContent[0],
      document.querySelectorAll(".maps .mover").length,
      [...document.querySelectorAll("circle.stands")].map((each) => each.getAttribute("r")).join(),
    ]);
  }
  return seen;
}"""


@pytest.fixture
def told(story: Story) -> Story:
    """The first of two trucks has come to the hub, and two steps were told."""
    tell_step(number=1, at=NOW, title="夜里发车 · through the night")
    story.receive_at_hub()
    tell_step(number=2, at=story.first.planned_arrive_at, title="到仓收货 · received at the hub")
    return story


def picture(page: Page, name: str) -> None:
    """With BAOGONG_PICTURES a picture is kept there."""
    if folder := os.environ.get("BAOGONG_PICTURES"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def test_it_is_scrubbed_without_the_network_by_keys_alone_and_always_adds_up(told: Story, screen: Open) -> None:
    desk = screen("en", DESK)
    desk.log_in("lin", PASSWORD)
    desk.go("/stories/theatre/")
    page, range_, play = desk.page, desk.page.locator("#scrub"), desk.page.locator("[data-play]")
    expect(range_).to_be_visible()
    expect(page.locator("[data-told]")).not_to_have_attribute("open", "")
    page.context.set_offline(True)
    seen = page.evaluate(EACH_FRAME)
    assert len(seen) > 4
    assert {check for check, _moving, _standing in seen} == {"✓"}
    assert max(moving for _check, moving, _standing in seen) > 0, "the truck was seen on its way"
    assert len({standing for _check, _moving, standing in seen}) > 2, "what stands somewhere changed"
    expect(page.locator("[data-step]")).to_have_text("received at the hub")
    expect(page.locator("[data-lines] li").first).to_contain_text("unloaded")
    within = page.locator("[data-lines] li", has_text="frozen for relief").first
    expect(within).to_contain_text(": in stock → frozen for relief")
    range_.focus()
    page.keyboard.press("Home")
    expect(range_).to_have_value("0")
    page.keyboard.press("ArrowRight")
    expect(range_).to_have_value("1")
    page.select_option("[data-pace]", "8")
    range_.focus()
    page.keyboard.press("Tab")
    expect(play).to_be_focused()
    page.keyboard.press("Enter")
    expect(play).to_have_text("Pause")
    expect(range_).to_have_value(str(len(seen) - 1), timeout=60_000)
    expect(play).to_have_text("Play")
    page.locator("[data-back]").press("Enter")
    assert int(range_.input_value()) < len(seen) - 1
    page.locator("[data-next]").press("Enter")
    expect(range_).to_have_value(str(len(seen) - 1))
    assert "received at the hub" in (range_.get_attribute("aria-valuetext") or "")
    picture(page, "theatre-desktop")
    desk.check()


def test_on_a_phone_with_less_motion_and_without_a_script_it_tells_the_same(
    told: Story, screen: Open, chromium: Browser
) -> None:
    phone = screen("zh-hans")
    phone.page.emulate_media(reduced_motion="reduce")
    phone.log_in("lin", PASSWORD)
    phone.go("/stories/theatre/")
    page, range_ = phone.page, phone.page.locator("#scrub")
    range_.focus()
    page.keyboard.press("Home")
    page.select_option("[data-pace]", "8")
    page.click("[data-play]")
    expect(range_).to_have_value(re.compile(r"[3-9]|\d\d"), timeout=60_000)  # a slow machine skips some
    page.click("[data-play]")
    stopped = range_.input_value()
    page.wait_for_timeout(700)  # three frames' time
    assert range_.input_value() == stopped
    picture(page, "theatre-phone")
    phone.go("/stories/")
    picture(page, "gallery-phone")

    context = chromium.new_context(java_script_enabled=False, viewport=DESK)  # type: ignore[arg-type]
    context.add_cookies(page.context.cookies())  # type: ignore[arg-type]
    still = context.new_page()
    still.goto(phone.base + "/stories/theatre/")
    expect(still.get_by_role("cell", name="夜里发车")).to_be_visible()
    expect(still.locator("#scrub")).to_be_hidden()
    assert [each.get_attribute("r") for each in still.locator("circle.stands").all() if each.get_attribute("r") != "0"]
    context.close()
