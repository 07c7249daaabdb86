"""One hospital in fourteen spellings, its campus, its wards, and the houses it must never be taken for."""

from __future__ import annotations

import pytest

from baogong.engine.sheets.houses import House, Likeness, Suggestion, suggest

UNION = "华中科技大学同济医学院附属协和医院"
SPELLINGS = [
    "武汉协和医院",
    "武汉协和",
    "协和医院",
    "华科同济附属协和医院",
    "华中科技大学附属协和医院",
    "同济医学院附属协和医院",
    "武汉市协和医院",
    "湖北武汉协和医院",
    "武汉协和医院（本部）",
    "Wuhan Union Hospital",
    "协和医院（武汉）",
    "华中科技大学同济医学院附属協和醫院",
    "武汉 协和 医院",
    "华中科技大学协和医院",
]


def house(name: str, city: str = "武汉", kind: str = "SITE", **facts: object) -> House:
    return House(key=f"{name}@{city}", kind=kind, name=name, city=city, **facts)  # type: ignore[arg-type]


def couple(*houses: House) -> Suggestion | None:
    found = suggest(houses)
    assert len(found) <= 1
    return found[0] if found else None


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_each_of_fourteen_spellings_is_suggested_with_its_ground(spelling: str) -> None:
    found = couple(house(UNION), house(spelling))
    assert found is not None
    assert found.likeness is Likeness.SAME
    assert found.evidence


@pytest.mark.parametrize(
    "part", ["武汉协和医院西院", "武汉协和医院心外科", "武汉协和医院（肿瘤中心）", "武汉协和医院志愿者"]
)
def test_a_campus_a_ward_and_volunteers_are_another_party_and_a_part(part: str) -> None:
    found = couple(house(UNION), house(part))
    assert found is not None
    assert (found.likeness, found.other) == (Likeness.PART, f"{part}@武汉")


@pytest.mark.parametrize(
    ("one", "other"),
    [("市七医院", "武汉市第七医院"), ("武汉大学人民医院", "湖北省人民医院"), ("武昌医院", "武汉市武昌医院")],
)
def test_local_short_forms_and_second_names_are_found(one: str, other: str) -> None:
    found = couple(house(one), house(other))
    assert found is not None
    assert found.likeness is Likeness.SAME


@pytest.mark.parametrize("city", ["", "北京", "武汉"])
@pytest.mark.parametrize("ours", [UNION, "武汉协和医院", "武汉协和"])
def test_peking_union_is_never_wuhan_union(ours: str, city: str) -> None:
    assert couple(house(ours), house("北京协和医院", city)) is None
    assert couple(house(ours), house("北京协和医院援鄂医疗队", city, "TEAM")) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("武汉市第三医院", "湖北省第三人民医院"),
        ("武汉市第三医院", "武汉市第四医院"),
        ("武汉大学中南医院", "湖北省中医院"),
        ("黄梅县人民医院", "英山县人民医院"),
        ("武汉协和医院西院", "武汉协和医院肿瘤中心"),
        ("长治医学院附属和平医院", "武汉同济医院"),
    ],
)
def test_what_only_looks_alike_is_not_suggested(one: str, other: str) -> None:
    assert couple(house(one), house(other)) is None


def test_what_a_person_kept_apart_and_what_a_name_rules_out_stay_apart() -> None:
    one, other = house(UNION), house("武汉协和医院")
    assert suggest([one, other], apart=[(other.key, one.key)]) == ()
    assert couple(one, house("武汉协和医院", nevers=(UNION,))) is None


def test_a_telephone_is_worth_a_look_and_a_door_alone_is_not() -> None:
    phone = frozenset({"t"})
    found = couple(house("东湖应急物资组", contacts=phone), house("武昌阳光志愿服务队", contacts=phone))
    assert found is not None
    assert found.evidence[-1].code == "same-contact"
    door = "惠山北路6号"
    assert couple(house("京山市慈善总会", "荆门", address=door), house("京山市红十字会", "荆门", address=door)) is None
