"""The carriers' sheet as a dispatcher writes it: read, previewed, applied; what is wrong is named by its cell."""

from __future__ import annotations

from datetime import UTC, datetime

from baogong.engine.sheets import read_table
from baogong.engine.sheets.kinds import kind_named
from baogong.freight import queries as freight
from baogong.freight.imports import apply, classify
from baogong.people.services.parties import register_party
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
