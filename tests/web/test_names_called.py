"""Places and houses by the reader's language, in one query whatever the page names."""

from __future__ import annotations

import pytest
from django.db import connection
from django.template import Context, Template
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from baogong.engine.fairshare.wording import Names
from baogong.people.services.parties import register_party
from baogong.web.command.views.what_if import in_the_readers
from baogong.web.names import called, called_within, city, names_of_one_page
from baogong.web.titles import title_in_words
from tests.cast import NOW

PAGE = Template("{% load baogong %}{{ one|called }} {{ two|called }} {{ three|called }}")


@pytest.fixture
def places(db: None) -> None:
    for name, name_en in (("仙桃中转仓", "Xiantao Hub"), ("中南医院", ""), ("协和医院", "Union")):
        register_party(kind="SITE", name=name, name_en=name_en, city="武汉", now=NOW)


def shown(language: str) -> tuple[str, int]:
    with translation.override(language), names_of_one_page(), CaptureQueriesContext(connection) as queries:
        return PAGE.render(Context({"one": "仙桃中转仓", "two": "中南医院", "three": "协和医院"})), len(queries)


@pytest.mark.usefixtures("places")
def test_a_name_is_shown_in_the_readers_language_and_the_other_where_there_is_none() -> None:
    assert shown("en") == ("Xiantao Hub 中南医院 Union", 1)
    assert shown("zh-hans") == ("仙桃中转仓 中南医院 协和医院", 0)


@pytest.mark.usefixtures("places")
def test_two_places_of_one_name_that_are_two_in_english_keep_their_own(db: None) -> None:
    register_party(kind="ORGANISATION", name="协和医院", name_en="Peking Union", city="北京", now=NOW)
    assert shown("en")[0].endswith("协和医院")


@pytest.mark.usefixtures("places")
def test_sentences_of_a_what_if_call_places_as_its_tables_do() -> None:
    kept = Names(requesters={"u": "协和医院"}, sites={"x": "仙桃中转仓"})
    with translation.override("en"), names_of_one_page():
        names = in_the_readers(kept)
    assert (names.who("u"), names.site("x")) == ("Union", "Xiantao Hub")


@pytest.mark.usefixtures("places")
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_paper_names_a_place_in_both_languages_whoever_prints_it(language: str) -> None:
    paper = Template("{% load baogong %}{{ one|in_both }}; {{ two|in_both }}; {{ none|in_both|default:'—' }}")
    with translation.override(language), names_of_one_page():
        told = paper.render(Context({"one": "仙桃中转仓", "two": "中南医院", "none": ""}))
    assert told == "仙桃中转仓 Xiantao Hub; 中南医院; —"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("武汉", "Wuhan"),
        ("西安", "Xi'an"),
        ("武汉市", "Wuhan"),
        ("呼和浩特", "Hohhot"),
        ("Wuhan 武汉", "Wuhan 武汉"),
        ("", ""),
    ],
)
def test_a_city_is_written_as_on_the_readers_maps(name: str, told: str) -> None:
    with translation.override("en"):
        assert city(name) == told
    with translation.override("zh-hans"):
        assert city(name) == name


def within(text: str, language: str = "en") -> str:
    with translation.override(language), names_of_one_page():
        return called_within(text)


@pytest.mark.usefixtures("places")
@pytest.mark.parametrize(
    ("told", "read"),
    [
        ("1 lot (仙桃中转仓 3), levelled at 50%.", "1 lot (Xiantao Hub 3), levelled at 50%."),
        ("鄂A12345 (仙桃中转仓 → 协和医院): 5 min later", "鄂A12345 (Xiantao Hub → Union): 5 min later"),
        ("武汉协和医院, 协和医院感染科", "武汉协和医院, 协和医院感染科"),  # other houses, of which the name is a part
        ("none of 中南医院", "none of 中南医院"),
        ("nothing to name", "nothing to name"),
    ],
)
def test_names_within_a_sentence_are_the_readers_where_they_stand_by_themselves(told: str, read: str) -> None:
    assert within(told) == read
    assert within(told, "zh-hans") == told


@pytest.mark.usefixtures("places")
def test_the_longest_name_wins() -> None:
    register_party(kind="SITE", name="仙桃中转仓（北）", name_en="Xiantao Hub North", city="仙桃", now=NOW)
    assert within("仙桃中转仓（北）, 仙桃中转仓") == "Xiantao Hub North, Xiantao Hub"


@pytest.mark.usefixtures("places")
def test_a_papers_title_names_its_places_as_the_reader_does() -> None:
    with translation.override("en"), names_of_one_page():
        assert title_in_words("运单 仙桃中转仓 → 协和医院") == "Waybill of Xiantao Hub → Union"


def test_outside_of_a_page_a_name_stays_as_it_is() -> None:
    with translation.override("en"):
        assert called("仙桃中转仓") == "仙桃中转仓"
