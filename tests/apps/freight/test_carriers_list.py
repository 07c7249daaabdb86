"""The carriers' sheet as a dispatcher writes it: read, previewed, applied; what is wrong is named by its cell."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from django.utils import translation

from baogong.engine.sheets import read_table
from baogong.engine.sheets.kinds import kind_named
from baogong.freight import queries as freight
from baogong.freight.imports import apply, classify
from baogong.freight.services import fleet
from baogong.kernel.ids import new_id
from baogong.people.services.parties import register_party
from baogong.web.clerk.words import told
from tests.apps.freight.world import NOW, World

SHEET = """承运方,车型,车数,驻地,是否封控区内,通行证,载重(吨),容积(方),固定费(元),每公里(元),奖金(元),最早可用,车牌,备注
东行物流,9.6米厢车,6,,否,,10,50,800,6.5,3000,2020-01-23 20:00,,司机不进城
华中卡车联盟,7.6米厢车,8,武汉,是,是,2,16,300,4.5,2000,2020-01-24 08:00,鄂A00011；鄂A00012,出城接货再进
新来的车队,面包车,二,,,,1.5,8,,,,,,
东行物流,高栏,3,月球,,,10,50,,,,,,
东行物流,平板,3,,是,,10,50,,,,,,
东行物流,栏板,3,,,,0,50,,,,,,
东行物流,9.6米厢车,2,,,,10,50,,,,,,
"""


def test_each_row_says_what_it_would_do_and_what_is_wrong_with_it(world: World) -> None:
    lines = classify(read_table("carriers.csv", SHEET.encode()), None, NOW)
    assert [line.status.value for line in lines] == [
        "MATCHED",  # known, at other figures
        "ADDED",
        "ADDED",
        "REFUSED",
        "REFUSED",
        "REFUSED",
        "REFUSED",
    ]
    refused = [line for line in lines if line.status.value == "REFUSED"]
    assert [line.where for line in refused] == ["D5", "D6", "G7", "B8"]
    assert all(line.cure for line in refused)
    assert refused[0].found == "月球"


def test_the_list_applied_stands_in_the_fleet_and_read_again_changes_nothing(world: World) -> None:
    sound = "\n".join(SHEET.splitlines()[:4])
    lines = classify(read_table("carriers.csv", sound.encode()), None, NOW)
    apply(lines, actor=world.lin, document=None, now=NOW)
    kinds = {(view.carrier_name, view.name): view for view in freight.kinds()}
    truck, van = kinds["东行物流", "9.6米厢车"], kinds["华中卡车联盟", "7.6米厢车"]
    assert (truck.id, truck.vehicles_count, truck.capacity_g, truck.fen_per_km, truck.based_at) == (
        world.trucks, 6, 10_000_000, 650, None,
    )  # fmt: skip
    assert truck.available_from_at == datetime(2020, 1, 23, 12, 0, tzinfo=UTC)
    assert not truck.drivers_cross
    assert (van.based_at, van.is_inside, van.has_passes, van.drivers_cross) == (world.office, True, True, True)
    assert [view.plate for view in freight.vehicles(kind=van.id)] == ["鄂A00011", "鄂A00012"]
    assert kinds["新来的车队", "面包车"].capacity_cm3 == 8_000_000
    again = classify(read_table("carriers.csv", sound.encode()), None, NOW)
    assert {line.status.value for line in again} == {"UNCHANGED"}


def test_kilograms_in_the_header_are_kilograms(world: World) -> None:
    (line,) = classify(
        read_table("c.csv", "承运方,车型,车数,载重(公斤),容积\n东行物流,小货,1,1500,8\n".encode()), None, NOW
    )
    assert line.payload["capacity_g"] == 1_500_000


def test_a_name_near_a_known_carrier_waits_for_a_person(world: World) -> None:
    register_party(kind="ORGANISATION", name="华夏顺达物流", now=NOW)
    (line,) = classify(read_table("c.csv", "承运方,车型,车数,载重,容积\n华厦顺达物流,小货,1,2,8\n".encode()), None, NOW)
    assert (line.status.value, line.asks) == ("WAITING", "carrier")
    assert line.candidates[0].text == "华夏顺达物流"


def test_the_kind_is_known_to_the_imports() -> None:
    assert kind_named("carriers").title_en == "Carriers"


HEAD = "承运单位,车型,辆数,车牌号,核定载重(吨),容积(方),备注\n"


def test_a_row_for_each_plate_is_one_offer_with_all_its_vehicles(world: World) -> None:
    rows = "新来的车队,高栏,1,鄂A1,10,50,老张开\n新来的车队,高栏,,鄂A2,10,50,\n新来的车队,高栏,1,鄂A3,10,50,老李开\n"
    lines = classify(read_table("carriers.csv", (HEAD + rows).encode()), None, NOW)
    assert [line.status.value for line in lines] == ["ADDED"] * 3
    assert lines[1].text == "新来的车队 高栏 × 3 · 鄂A2"
    apply(lines, actor=world.lin, document=None, now=NOW)
    (kind,) = [view for view in freight.kinds() if view.carrier_name == "新来的车队"]
    assert (kind.vehicles_count, kind.capacity_g, kind.note) == (3, 10_000_000, "老张开；老李开")
    assert [view.plate for view in freight.vehicles(kind=kind.id)] == ["鄂A1", "鄂A2", "鄂A3"]
    again = classify(read_table("carriers.csv", (HEAD + rows).encode()), None, NOW)
    assert {line.status.value for line in again} == {"UNCHANGED"}


def test_a_count_repeated_beside_each_plate_is_the_count_of_all(world: World) -> None:
    rows = "新来的车队,高栏,2,鄂A1,10,50,\n新来的车队,高栏,2,鄂A2,10,50,\n"
    lines = classify(read_table("carriers.csv", (HEAD + rows).encode()), None, NOW)
    assert [line.payload["vehicles_count"] for line in lines] == [2, 2]


def test_rows_of_one_kind_that_do_not_agree_are_refused_by_their_cell_in_both_languages(world: World) -> None:
    """Another load, counts that fit no reading, the same plate again, a plate of another kind; no plate at all."""
    kind = fleet.offer_vehicles(
        carrier=world.haulier, name="平板", vehicles_count=1, capacity_g=1, capacity_cm3=1, actor=world.lin, now=NOW
    )
    fleet.add_vehicle(kind=kind, plate="鄂A9", actor=world.lin, now=NOW, request_id=new_id())
    for rows, where in (
        ("新来的车队,高栏,1,鄂A1,10,50,\n新来的车队,高栏,1,鄂A2,8,50,\n", "B3"),
        ("新来的车队,高栏,3,鄂A1,10,50,\n新来的车队,高栏,3,鄂A2,10,50,\n", "B3"),
        ("新来的车队,高栏,1,鄂A1,10,50,\n新来的车队,高栏,1,鄂A1,10,50,\n", "D3"),
        ("新来的车队,高栏,1,鄂A1,10,50,\n东行物流,高栏,1,鄂A9,10,50,\n", "D3"),
        ("新来的车队,高栏,1,鄂A1,10,50,\n新来的车队,平板,,,10,50,\n", "C3"),
    ):
        first, second = classify(read_table("carriers.csv", (HEAD + rows).encode()), None, NOW)
        assert (first.status.value, second.status.value, second.where) == ("ADDED", "REFUSED", where)
        with translation.override("zh-hans"):
            assert not re.findall("[A-Za-z]{3,}", told(second.expected) + told(second.cure)), second
