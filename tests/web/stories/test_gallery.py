"""The gallery: every story of the folder, nothing kept twice, and what a newcomer needs to begin."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from baogong.journal.clock import house_day, mark_drill
from baogong.kernel.actor import Duty
from baogong.ops.scenarios.play import story_of
from baogong.people.services import access
from baogong.tower import stories
from baogong.tower.stories import FOLDER, Spot, cards
from baogong.web.doors import DOORS
from baogong.web.stories.gallery import HEIGHT, WIDTH, dots_of, squares_of
from tests.cast import NOW, log_in_as
from tests.web.visits import read, visit

HAN = re.compile("[\u4e00-\u9fff]")


def stranger(language: str = "en") -> Client:
    client = Client()
    client.cookies["baogong_language"] = language
    return client


@pytest.fixture
def demo(db: None, settings: Any) -> None:
    """A drill that only this machine reaches, into which the first story was played."""
    settings.BAOGONG_BINDS_BEYOND_LOCALHOST = False
    mark_drill(name=stories.describe("hubei-relay-2020")["title_en"], at=NOW)
    access.make_login(
        name="总调度 林", username="lin", password=access.DEMO_PASSWORD, duties=[(Duty.COMMAND, None)], now=NOW, is_demo=True
    )  # fmt: skip


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_story_of_the_folder_has_its_card(db: None, language: str) -> None:
    page = read(stranger(language), reverse("stories:gallery"))
    folders = {path.parent.name for path in FOLDER.glob("*/scenario.toml")}
    assert len(folders) == 16
    assert set(re.findall(r'<li class="card[^"]*" id="([^"]+)"', page)) == folders
    assert "?" not in page.split()


@pytest.mark.parametrize("card", cards(), ids=lambda card: card.name)
def test_a_card_says_what_the_story_itself_says(card: stories.Card) -> None:
    steps = story_of(card.name).STEPS
    assert (card.first_day, card.last_day) == (house_day(steps[0].at), house_day(steps[-1].at))
    assert sum(card.marks.values()) == len(stories.expectations(card.name))
    assert card.door in {door.code for door in DOORS}
    assert HAN.search(card.told_zh)
    assert not HAN.search(card.told_en)
    paper = (FOLDER / card.name / "README.md").read_text("utf-8") + Path(FOLDER / card.name / "expect.toml").read_text()
    assert len(card.figures) == 2
    for figure in card.figures:
        assert figure.mark in "RNI"
        assert figure.number / figure.per <= 60, "so many squares nobody counts"
        assert HAN.search(figure.zh)
        assert not HAN.search(figure.en)
    assert card.name in paper


def test_the_numbers_run_from_one_to_sixteen() -> None:
    assert [card.number for card in cards()] == list(range(1, 17))


def test_a_figure_is_as_many_squares_and_the_rest_of_one() -> None:
    drawn = squares_of(stories.Figure(number=250, per=100, mark="I", zh="件", en="pieces"))
    assert [width for _x, _y, width in drawn.squares] == [12, 12, 6.0]
    whole = squares_of(stories.Figure(number=42, per=1, mark="R", zh="件", en="pieces"))
    assert len(whole.squares) == 42
    assert {y for _x, y, _width in whole.squares} == {0, 14, 28}


def test_places_lie_as_on_a_map_and_within_the_picture() -> None:
    north, south, east = Spot("北", "仓库", 40, 110), Spot("南", "中转仓", 20, 110), Spot("东", "接收单位", 30, 120)
    dots = dots_of([north, south, east])
    assert [role for _x, _y, role in dots] == ["warehouse", "hub", "receiver"]
    (x1, y1, _), (x2, y2, _), (x3, y3, _) = dots
    assert y1 < y3 < y2
    assert x1 == x2 < x3
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y, _role in dots)
    assert dots_of([north, south, Spot("南二", "仓库", 20, 110)]) == (), "two places are no map"


def test_a_real_book_says_how_a_story_is_played(db: None) -> None:
    page = read(stranger(), reverse("stories:gallery"))
    assert "This book is for real work" in page
    assert "baogong scenario play one-fen-2020 --keep" in page
    assert page.count("Whoever runs the machine") == 16 or page.count("由管机器的人") == 16
    assert not re.search(r'class="tag"[^>]*>[RNI]<', page)
    assert "Log-ins of this drill" not in page
    assert reverse("stories:theatre") not in page, "what stands in the book is not for a stranger"
    assert reverse("stories:gallery") in read(stranger(), reverse("account:login"))


def test_in_a_real_book_the_office_is_led_to_its_own_replay(db: None) -> None:
    log_in_as("Lin", [(Duty.COMMAND, None)])
    assert reverse("stories:theatre") in read(visit("lin"), reverse("stories:gallery"))


def test_a_demonstration_begins_with_the_stories_and_says_which_one_is_in_it(demo: None) -> None:
    start = stranger().get("/")
    assert (start.status_code, start.headers["Location"]) == (302, reverse("stories:gallery"))
    page = read(stranger(), reverse("stories:gallery"))
    assert "In this book: Six warehouses, one hub" in page
    assert f'href="{reverse("stories:theatre")}"' in page
    assert "<code>lin</code>" in page
    assert access.DEMO_PASSWORD in page
    assert "baogong scenario play hubei-relay-2020" not in page
    assert "六仓一转" in read(stranger("zh-hans"), reverse("stories:gallery"))


def test_without_a_demonstration_the_start_is_the_log_in(db: None) -> None:
    mark_drill(name="a drill on the network", at=NOW)
    assert stranger().get("/").headers["Location"] == reverse("account:login")
    assert "none of these stories was played into it" in read(stranger(), reverse("stories:gallery"))
