"""
What a form shows while it is worked on: how long already, and no second press, in a real browser.

The answer is held back. As long as a page waits for one, nothing can be asked of it from outside: the fingers and the eyes
are a script of its own, and what they saw is read once the next page is there.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Page, Route

from baogong.journal import queries as journal
from tests.browser.conftest import Open, Screen
from tests.cast import PASSWORD
from tests.web.visits import Story

TASKS = "/command/tasks/"
HANDS_AND_EYES = """([presses, minuteAt]) => {
  const begun = Date.now(), seen = [];
  sessionStorage.setItem("seen", "[]");
  setInterval(() => {
    const clock = document.querySelector(".since"), button = document.querySelector("form:has(#t-title) button");
    const line = clock && clock.closest("[role=status]");
    seen.push({ms: Date.now() - begun, told: clock ? clock.textContent : "", isAnnounced: Boolean(line && !line.hidden),
               isOff: button.getAttribute("aria-disabled") === "true"});
    sessionStorage.setItem("seen", JSON.stringify(seen));
  }, 50);
  for (const [field, ms] of presses) setTimeout(() => document.querySelector(field).form.querySelector("button").click(), ms);
  if (minuteAt) setTimeout(() => { const now = performance.now.bind(performance); performance.now = () => now() + 60000; }, minuteAt);
}"""


class Held:
    """The posts a page sent; the site sees each of them when it is let go."""

    def __init__(self, page: Page) -> None:
        self.posts: list[Route] = []
        page.route(f"**{TASKS}", self._take)

    def _take(self, route: Route) -> None:
        if route.request.method == "POST":
            self.posts.append(route)
        else:
            route.continue_()


def at_the_form(story: Story, screen: Open, language: str) -> tuple[Screen, Held]:
    """Lin has filled in a task."""
    story.at(story.first.planned_depart_at)
    desk = screen(language)
    desk.log_in("lin", PASSWORD)
    desk.go(TASKS)
    desk.page.fill("#t-title", "Ring the town")
    desk.page.fill("#t-due", f"{story.first.planned_depart_at:%Y-%m-%dT23:00}")
    return desk, Held(desk.page)


@pytest.mark.parametrize(("language", "words"), [("en", "Working for"), ("zh-hans", "已用时")])
def test_a_form_tells_for_how_long_it_is_worked_on_and_is_sent_once(
    story: Story, screen: Open, language: str, words: str
) -> None:
    desk, held = at_the_form(story, screen, language)
    desk.page.evaluate(HANDS_AND_EYES, [[["#t-title", 0], ["#t-title", 1000], ["#t-title", 3500]], 4000])
    desk.page.wait_for_timeout(6000)
    assert len(held.posts) == 1, "pressed three times, sent once"
    with desk.page.expect_navigation():
        held.posts[0].continue_()
    desk.check()
    seen: list[dict[str, Any]] = desk.page.evaluate("JSON.parse(sessionStorage.getItem('seen'))")
    assert not any(each["told"] for each in seen if each["ms"] < 1200), "most answers come sooner: nothing flickers"
    told = list(dict.fromkeys(each["told"] for each in seen if each["told"]))
    assert all(re.fullmatch(rf"{words} [01]:0\d", text) for text in told), told
    assert told == sorted(told), "it goes on from the first press, whatever is pressed since"
    assert len([text for text in told if " 0:" in text]) >= 2, "it moves"
    assert told[-1].startswith(f"{words} 1:0"), "sixty seconds are a minute"
    assert all(each["isAnnounced"] for each in seen if each["told"])
    assert all(each["isOff"] for each in seen if each["ms"] > 200)
    assert desk.page.locator(".since").count() == 0
    assert [task.title for task in journal.tasks() if task.title == "Ring the town"] == ["Ring the town"]


def test_another_form_of_the_page_can_be_sent_while_one_is_worked_on(story: Story, screen: Open) -> None:
    """What is not sent again is the same form, not whatever stands on its page."""
    desk, held = at_the_form(story, screen, "en")
    for field in ("#c-whom", "#c-about", "#c-outcome"):
        desk.page.fill(field, "The town")
    desk.page.evaluate(HANDS_AND_EYES, [[["#t-title", 0], ["#c-whom", 500]], 0])
    desk.page.wait_for_timeout(1500)
    assert [parse_qs(post.request.post_data or "")["act"] for post in held.posts] == [["add"], ["call"]]
    with desk.page.expect_navigation():
        held.posts[1].continue_()
    desk.check()
