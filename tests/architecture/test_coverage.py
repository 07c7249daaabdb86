"""docs/coverage.md points at pages, commands, stories and must-holds that are there, and leaves no story and no must-hold out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer
from django.urls import URLResolver, get_resolver

from baogong.ops.cli import load_commands
from baogong.ops.scenarios.play import story_of
from baogong.tower.stories import every_scenario, expectations
from tests.browser.test_axe import NO_PAGE

PAPER = Path(__file__).parents[2] / "docs/coverage.md"
NONE = "—"
LOOKED = {
    "basket demand",  # totals to the supplier
    "draw verify",  # a bundle is proven; without a book
    "gift path",  # a giver sees the signatures
    "release odds",  # a loser sees why
    "release waiting",  # addresses that wait
    "stock relief",  # what counts as relief
    "tower list",  # alerts before the promise ends
}
Line = tuple[str, str, str, tuple[str, ...]]


def rows(width: int) -> list[list[str]]:
    """Of the tables of so many columns that begin with a story."""
    found = [[cell.strip() for cell in row.strip("|").split("|")] for row in PAPER.read_text("utf-8").splitlines()]
    return [cells for cells in found if len(cells) == width and re.fullmatch(r"[a-z-]+-\d{4}", cells[0])]


def lines() -> list[Line]:
    """Story, page, command, must-holds of each operation."""
    return [
        (story, page.strip("`"), command.strip("`"), tuple(re.findall(r"`(\w+)`", must_holds)))
        for story, _told, page, command, must_holds in rows(5)
    ]


def of_itself(story: str) -> set[str]:
    """Measures of the story itself, which no page does."""
    return {hold for name, holds in rows(2) if name == story for hold in re.findall(r"`(\w+)`", holds)}


def pages(resolver: URLResolver | None = None, prefix: str = "") -> set[str]:
    found: set[str] = set()
    for each in (resolver or get_resolver()).url_patterns:
        if isinstance(each, URLResolver):
            found |= pages(each, f"{prefix}{each.namespace}:" if each.namespace else prefix)
        elif each.name:
            found.add(prefix + each.name)
    return found


def commands() -> dict[str, bool]:
    """By its words, whether it acts: it asks who gives it."""
    tree = typer.main.get_command(load_commands())
    found = {}
    for noun, group in tree.commands.items():  # type: ignore[attr-defined]
        for verb, command in getattr(group, "commands", {"": group}).items():
            found[f"{noun} {verb}".strip()] = any(each.name == "as_" for each in command.params)
    return found


def test_every_page_and_command_is_there() -> None:
    known, tree = pages(), commands()
    assert [page for _story, page, _command, _hold in lines() if page not in known or page in NO_PAGE] == []
    assert [told for _story, _page, told, _hold in lines() if told not in (*tree, NONE)] == []


def test_a_command_that_only_shows_stands_only_where_looking_is_what_was_done() -> None:
    tree = commands()
    assert {told for _story, _page, told, _hold in lines() if told != NONE and not tree[told]} == LOOKED


@pytest.mark.parametrize("story", sorted({story for story, *_ in lines()}))
def test_every_must_hold_is_computed_from_the_book_and_none_is_left_out(story: str) -> None:
    named = {hold for name, _page, _command, holds in lines() if name == story for hold in holds}
    assert named.isdisjoint(of_itself(story))
    named |= of_itself(story)
    assert named == {each.name for each in expectations(story)}
    assert named <= story_of(story).MEASURES.keys()


def test_no_story_is_left_out() -> None:
    assert {story for story, *_ in lines()} == {each["name"] for each in every_scenario()}
    assert sorted(each["story"] for each in every_scenario()) == list(range(1, 17))
