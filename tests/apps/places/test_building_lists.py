"""The plain list of buildings, and of doors, as committees write them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from baogong.engine.sheets import read_pasted
from baogong.engine.sheets.kinds import LineOutcome, Status, guess_kind, settle
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.errors import NotYourPlace
from baogong.places import queries, services
from baogong.places.imports.buildings import apply_buildings, classify_buildings
from baogong.places.imports.doors import apply_doors, classify_doors
from tests.apps.places.test_communities import NOW, SQUARE
from tests.cast import Cast, log_in_as, make_cast, rows_in_book

pytestmark = pytest.mark.usefixtures("db")
LIST = """小区,楼号,单元,户数,货架,大门,开放时间,路区
高家园小区,1-3号楼,每栋2个单元,每单元12户,1号架,南门,06:00-09:00、16:00-19:00,酒仙桥1区
高家园小区,４＃,"1、3单元",30,2号架,南门,,
高家园小区,5-1,,18,,,,
高家园小区,十二号楼,,,,北门,,
"""


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def read(text: str, **more: Any) -> tuple[LineOutcome, ...]:
    return classify_buildings(read_pasted(text), None, NOW, **more)


def write(outcomes: tuple[LineOutcome, ...], actor: Actor) -> None:
    apply_buildings(outcomes, actor=actor, document=None, now=NOW)


def only(name: str = "高家园小区") -> queries.CommunityView:
    (found,) = [row for row in queries.communities() if row.name == name]
    return queries.community_plan(found.id, NOW)


def test_a_plain_list_opens_a_community(cast: Cast) -> None:
    outcomes = read(LIST.replace("5-1", "5"))
    assert [line.status for line in outcomes] == [Status.ADDED] * 4
    assert queries.communities() == ()
    write(outcomes, cast.wu)
    plan = only()
    assert [(each.name, [(unit.name, unit.households_count) for unit in each.units]) for each in plan.buildings] == [
        *((str(n), [("1", 12), ("2", 12)]) for n in (1, 2, 3)),
        ("4", [("1", 15), ("3", 15)]),
        ("5", [("", 18)]),
        ("12", [("", None)]),
    ]
    assert [(shelf.name, len(shelf.units)) for shelf in plan.shelves] == [("1号架", 6), ("2号架", 2)]
    assert [(gate.name, len(gate.hours)) for gate in plan.gates] == [("北门", 0), ("南门", 2)]
    assert plan.road_zone_name == "酒仙桥1区"
    assert plan.households_count == 120
    assert "households divided equally between the units" in outcomes[1].notes


def test_the_same_list_again_changes_nothing(cast: Cast) -> None:
    text = LIST.replace("5-1", "5")
    write(read(text), cast.wu)
    again = read(text)
    assert [line.status for line in again] == [Status.UNCHANGED] * 4
    before = rows_in_book()
    write(again, cast.wu)
    assert rows_in_book() == before
    assert [line.status for line in read(text.replace("5,,18", "5,,19"))][2] == Status.MATCHED


def test_numbers_with_a_dash_are_names_where_one_of_them_can_be_no_range() -> None:
    ranges = read("小区,楼号\n甲院,1-3\n甲院,5-6号楼\n")
    assert [line.payload["buildings"] for line in ranges] == [["1", "2", "3"], ["5", "6"]]
    names = read("小区,楼号\n甲院,1-1\n甲院,1-2\n甲院,2-1幢\n")
    assert [line.payload["buildings"] for line in names] == [["1-1"], ["1-2"], ["2-1"]]
    letters = read("小区,楼号\n甲院,A1-A3座\n甲院,甲、乙\n")
    assert [line.payload["buildings"] for line in letters] == [["A1", "A2", "A3"], ["甲", "乙"]]


@pytest.mark.parametrize(
    ("row", "found", "expected"),
    [
        ("甲院,9-900号楼,,,", "9-900号楼", "a range of at most"),
        ("甲院,1、2号楼,2个单元,30,", "30", "share evenly"),
        ("甲院,5,,,9点", "9点", "06:00-09:00"),
        ("甲院,,,,", "", "a building's number"),
        ("甲院,5,80个单元,,", "80个单元", "1 to 60 units"),
    ],
)
def test_a_row_that_makes_no_sense_is_refused_alone(row: str, found: str, expected: str) -> None:
    good, bad = read(f"小区,楼号,单元,户数,开放时间\n甲院,100,,,\n{row}\n")
    assert good.status == Status.ADDED
    assert (bad.status, bad.found) == (Status.REFUSED, found)
    assert expected in bad.expected
    assert bad.cure


def test_a_building_of_which_its_writer_was_in_doubt_is_asked_about() -> None:
    sound, doubtful = read("小区,楼号\n高家园小区,会所\n高家园小区,会所？\n")
    assert (sound.status, doubtful.status) == (Status.ADDED, Status.REFUSED)
    assert doubtful.expected == "a building that is surely there"


def test_a_building_that_stands_twice_is_refused() -> None:
    first, second = read("小区,楼号\n甲院,1-3\n甲院,2号楼\n")
    assert first.status == Status.ADDED
    assert second.status == Status.REFUSED
    assert first.where in second.text


def test_a_near_name_waits_for_a_person(cast: Cast) -> None:
    known = services.open_community(name="京旺家园二区东", city="北京", actor=cast.wu, now=NOW)
    (line,) = read("小区,楼号,城市\n京旺家园二区,1-3,北京\n")
    assert (line.status, [each.key for each in line.candidates]) == (Status.WAITING, [str(known)])
    write((settle(line, {"candidate": str(known)}),), cast.wu)
    assert len(only("京旺家园二区东").buildings) == 3
    write((settle(line, {"new": True}),), cast.wu)
    assert len(only("京旺家园二区").buildings) == 3


def test_the_kind_is_guessed_from_the_headers() -> None:
    assert guess_kind(read_pasted(LIST))[0].kind == "buildings"
    assert (
        guess_kind(read_pasted("小区,楼号,单元,房号,送上门,原因,电话\n甲院,1,1,301,是,独居,138\n"))[0].kind == "doors"
    )


def test_who_has_the_duty_elsewhere_opens_nothing(cast: Cast) -> None:
    elsewhere = services.open_community(name="别的院子", actor=cast.wu, now=NOW)
    there = log_in_as("There", [(Duty.CLERK, elsewhere)])
    before = rows_in_book()
    with pytest.raises(NotYourPlace):
        write(read(LIST), there)
    assert rows_in_book() == before
    write(read("小区,楼号\n别的院子,1-3\n"), there)
    assert len(only("别的院子").buildings) == 3


def test_doors_are_written_with_their_reason_and_an_enciphered_telephone(cast: Cast) -> None:
    write(read(LIST.replace("5-1", "5")), cast.wu)
    text = "小区,楼号,单元,房号,送上门,原因,提示,电话\n高家园小区,1号楼,2单元,301室,是,独居老人,敲门大声,13800001234\n高家园小区,5,,101,,,,\n高家园小区,5,,102,是,,,\n高家园小区,99,,1,,,,\n"
    lines = classify_doors(read_pasted(text), None, NOW)
    assert [line.status for line in lines] == [Status.ADDED, Status.ADDED, Status.REFUSED, Status.REFUSED]
    assert not any("13800001234" in str(line.as_dict()) for line in lines)
    apply_doors(lines, actor=cast.wu, document=None, now=NOW)
    doors = queries.doors_of(only().id, NOW)
    assert [(door.room, door.takes_at_door, door.why) for door in doors] == [
        ("301", True, "独居老人"),
        ("101", False, ""),
    ]
    again = classify_doors(read_pasted(text.replace("13800001234", "")), None, NOW)
    assert [line.status for line in again[:2]] == [Status.UNCHANGED] * 2


def test_a_building_list_keeps_the_footprint_that_is_known(cast: Cast) -> None:
    write(read(LIST.replace("5-1", "5")), cast.wu)
    community: UUID = only().id
    services.add_buildings(
        community=community, buildings=[services.BuildingGiven("5", footprint=SQUARE)], actor=cast.wu, now=NOW
    )
    write(read("小区,楼号,层数,电梯\n高家园小区,5号楼,6层,无\n"), cast.wu)
    (five,) = [each for each in only().buildings if each.name == "5"]
    assert (five.floors_count, five.has_lift, five.is_located) == (6, False, True)
