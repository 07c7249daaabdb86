"""Places and givers are offered in the order in which a Chinese reader looks for them, which code points are not."""

from __future__ import annotations

from uuid import UUID

import pytest
from django.utils import translation

from baogong.people.services.parties import register_party
from baogong.tower.queries.account import public_names
from baogong.web.names import party_names
from baogong.web.public.account import _by_name
from tests.cast import NOW

BY_PINYIN = ["鄂州仓", "廊坊仓", "仙桃仓", "中南医院"]  # E L X Z; by code points 中 仙 廊 鄂


@pytest.fixture
def places(db: None) -> dict[str, UUID]:
    named = zip(sorted(BY_PINYIN), ("Zhongnan", "xiantao", "Langfang", "ezhou"), strict=True)
    return {name: register_party(kind="SITE", name=name, name_en=english, now=NOW) for name, english in named}


def test_places_and_givers_stand_by_pinyin(places: dict[str, UUID]) -> None:
    assert sorted(BY_PINYIN) != BY_PINYIN
    with translation.override("zh-hans"):
        assert list(party_names(places.values()).values()) == BY_PINYIN
        assert [name for _party, name in _by_name(public_names(places.values()))] == BY_PINYIN


def test_in_english_they_stand_by_the_alphabet_whatever_their_case(places: dict[str, UUID]) -> None:
    by_alphabet = ["ezhou", "Langfang", "xiantao", "Zhongnan"]
    with translation.override("en"):
        assert list(party_names(places.values()).values()) == by_alphabet
        assert [name for _party, name in _by_name(public_names(places.values()))] == by_alphabet
