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
from baogong.web.names import called, names_of_one_page
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


def test_outside_of_a_page_a_name_stays_as_it_is() -> None:
    with translation.override("en"):
        assert called("仙桃中转仓") == "仙桃中转仓"
