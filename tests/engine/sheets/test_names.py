"""Names of parties: keys, order, suggestions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baogong.engine.sheets.names import NameEntry, NameIndex, ResolutionStatus, fold, fold_city, sort_key, spelled_out

HOSPITALS = [
    ("武汉市第七医院", "武汉"),
    ("武汉市第三医院", "武汉"),
    ("湖北省第三人民医院", "武汉"),
    ("武汉大学中南医院", "武汉"),
    ("华中科技大学同济医学院附属协和医院", "武汉"),
    ("仙桃市第一人民医院", "仙桃"),
    ("荆州市第一人民医院", "荆州"),
]
names = st.sampled_from([name for name, _ in HOSPITALS])


@pytest.fixture
def index() -> NameIndex:
    return NameIndex(NameEntry(str(at), "SITE", name, city) for at, (name, city) in enumerate(HOSPITALS))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("武汉市第七医院", "武漢市第7醫院"),
        ("京东（集团）有限公司", "京东集团"),
        ("Ｐeking Union Hospital Co., Ltd.", "peking union hospital"),
        ("武汉大学人民医院 （东院）", "武汉大学人民医院[东院]"),
        ("第二十一医院", "第21医院"),
        ("第十医院", "第10医院"),
    ],
)
def test_names_that_differ_only_in_dress_have_one_key(one: str, other: str) -> None:
    assert fold(one) == fold(other)


def test_a_campus_and_a_number_stay_in_the_key() -> None:
    assert fold("武汉大学人民医院（东院）") != fold("武汉大学人民医院")
    assert fold("武汉市第七医院") != fold("武汉市第三医院")


@given(st.text(max_size=30))
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_cities_are_known_with_and_without_shi() -> None:
    assert fold_city("武汉市") == fold_city("武汉") == "武汉"
    assert fold_city("沙市") == "沙市"


def test_lists_sort_by_pinyin_and_natural_number() -> None:
    unsorted = ["武汉市第十医院", "12号楼", "安陆医院", "武汉市第二医院", "2号楼"]
    assert sorted(unsorted, key=sort_key) == ["2号楼", "12号楼", "安陆医院", "武汉市第二医院", "武汉市第十医院"]


def test_short_forms_are_spelled_out_in_their_city() -> None:
    assert fold("武汉市第七医院") in spelled_out(fold("市七医院"), "武汉")
    assert fold("武汉市第七医院") in spelled_out(fold("七医院"), "武汉")
    assert fold("仙桃市第一人民医院") in spelled_out(fold("市一人民医院"), "仙桃")
    assert spelled_out(fold("市七医院"), "") == ()


@given(names, st.sampled_from([" ", "（", "·", ""]))
def test_a_name_in_any_dress_is_exactly_its_party(name: str, sign: str) -> None:
    index = NameIndex(NameEntry(str(at), "SITE", known, city) for at, (known, city) in enumerate(HOSPITALS))
    found = index.resolve(sign + name[:3] + sign + name[3:])
    assert found.status is ResolutionStatus.EXACT
    assert found.entry is not None
    assert found.entry.name == name


@given(st.text(min_size=1, max_size=20), st.sampled_from(["", "武汉", "仙桃", "北京"]))
def test_only_an_equal_key_is_ever_exact(text: str, city: str) -> None:
    index = NameIndex(NameEntry(str(at), "SITE", name, home) for at, (name, home) in enumerate(HOSPITALS))
    found = index.resolve(text, city=city)
    if found.status is ResolutionStatus.EXACT:
        assert found.entry is not None
        assert fold(found.entry.name) == fold(text)
    assert (found.entry is not None) == (found.status is ResolutionStatus.EXACT)
    assert bool(found.candidates) == (found.status is ResolutionStatus.LIKELY)


@pytest.mark.parametrize(
    "text", ["荆门市第一人民医院", "北京协和医院", "上海市第七医院", "武汉市第四医院", "河南省第三人民医院"]
)
def test_another_citys_or_another_numbers_hospital_is_not_even_suggested(index: NameIndex, text: str) -> None:
    found = index.resolve(text)
    assert found.status is ResolutionStatus.NONE


def test_a_visiting_team_is_no_site_even_in_the_sites_own_city(index: NameIndex) -> None:
    assert index.resolve("武汉大学中南医院医疗队").status is ResolutionStatus.NONE


def test_a_department_is_suggested_under_its_house(index: NameIndex) -> None:
    found = index.resolve("武汉大学中南医院（心外科）")
    assert [candidate.entry.name for candidate in found.candidates] == ["武汉大学中南医院"]
    assert found.candidates[0].score < 0.9


def test_what_is_never_meant_is_not_suggested_even_inside_a_longer_text() -> None:
    index = NameIndex([NameEntry("1", "SITE", "协和医院", "", ("协和",), ("协和汽车",))])
    assert index.resolve("协和汽车医院").status is ResolutionStatus.NONE
    assert index.resolve("协和").status is ResolutionStatus.EXACT
