"""Compounds down to the door: opened, listed in bulk, laid out where nobody knows a point; stations that move."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.apps import apps

from baogong.engine.geo import great_circle_m
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.errors import NotFound, NotYourPlace
from baogong.places import queries, services
from baogong.places.services import BuildingGiven, CommunityInDoubt, CommunityUnusable, DoorGiven, UnitGiven
from tests.apps.places.test_places import party
from tests.cast import Cast, log_in_as, make_cast, rows_in_book

pytestmark = pytest.mark.usefixtures("db")
NOW = datetime(2022, 4, 12, 2, tzinfo=UTC)  # 10:00 in Beijing
SQUARE = {
    "type": "Polygon",
    "coordinates": [[[116.49, 39.97], [116.4904, 39.97], [116.4904, 39.9702], [116.49, 39.9702], [116.49, 39.97]]],
}


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def opened(cast: Cast, name: str = "高家园小区", **facts: Any) -> UUID:
    return services.open_community(name=name, city="北京", actor=cast.wu, now=NOW, **facts)


def list_buildings(cast: Cast, community: UUID, *names: str, units: int = 1) -> dict[str, UUID]:
    given = [
        BuildingGiven(
            name, units=tuple(UnitGiven(f"{unit}单元" if units > 1 else "", 20) for unit in range(1, units + 1))
        )
        for name in names
    ]
    return services.add_buildings(community=community, buildings=given, actor=cast.wu, now=NOW)


def test_a_community_opened_again_is_the_same_one(cast: Cast) -> None:
    first = opened(cast, street="高家园路", lat=39.97, lon=116.49, road_zone="酒仙桥1区")
    again = opened(cast, lat=39.97, lon=116.49)
    assert again == first
    (row,) = queries.communities()
    assert (row.name, row.street, row.road_zone_name, row.city) == ("高家园小区", "高家园路", "酒仙桥1区", "北京")
    services.change_community(community=first, address="高家园路1号", actor=cast.wu, now=NOW)
    assert queries.communities()[0].address == "高家园路1号"
    assert queries.communities()[0].street == "高家园路"


def test_a_near_name_is_asked_about_and_never_guessed(cast: Cast) -> None:
    opened(cast, "京旺家园二区东")
    with pytest.raises(CommunityInDoubt) as refusal:
        opened(cast, "京旺家园二区")
    assert [each["name"] for each in refusal.value.data["candidates"]] == ["京旺家园二区东"]
    other = opened(cast, "京旺家园二区", is_new=True)
    assert {row.id for row in queries.communities()} >= {other}
    assert len(queries.communities()) == 2


def test_buildings_come_in_the_order_people_count_and_are_one_however_written(cast: Cast) -> None:
    community = opened(cast)
    list_buildings(cast, community, "10号楼", "2号楼", "乙", "12-1", "A座", "12号楼", "甲", "丙", "东楼")
    again = list_buildings(cast, community, "２#", "十号楼", "A栋")
    plan = queries.community_plan(community, NOW)
    assert [building.name for building in plan.buildings] == [
        "2", "10", "12", "12-1", "A", "甲", "乙", "丙", "东楼",
    ]  # fmt: skip
    assert set(again.values()) <= {building.id for building in plan.buildings}
    assert all(len(building.units) == 1 for building in plan.buildings)


def test_what_is_said_later_changes_only_what_it_says(cast: Cast) -> None:
    community = opened(cast)
    list_buildings(cast, community, "5", units=2)
    more = BuildingGiven("5号楼", floors_count=6, units=(UnitGiven("2单元", 31), UnitGiven("3", 8)))
    services.add_buildings(community=community, buildings=[more], actor=cast.wu, now=NOW)
    (building,) = queries.community_plan(community, NOW).buildings
    assert building.floors_count == 6
    assert [(unit.name, unit.households_count) for unit in building.units] == [("1", 20), ("2", 31), ("3", 8)]
    assert building.households_count == 59


def test_the_only_unit_gets_its_name_and_keeps_its_count(cast: Cast) -> None:
    community = opened(cast)
    list_buildings(cast, community, "5")
    named = BuildingGiven("5", units=(UnitGiven("1单元"),))
    services.add_buildings(community=community, buildings=[named], actor=cast.wu, now=NOW)
    (building,) = queries.community_plan(community, NOW).buildings
    assert [(unit.name, unit.households_count) for unit in building.units] == [("1", 20)]


def test_a_renamed_building_is_still_found_by_its_old_number(cast: Cast) -> None:
    community = opened(cast)
    ids = list_buildings(cast, community, "5", "6")
    services.rename_building(building=ids["5"], name="甲5号楼", actor=cast.wu, now=NOW)
    assert list_buildings(cast, community, "5号楼")["5号楼"] == ids["5"]
    with pytest.raises(CommunityUnusable):
        services.rename_building(building=ids["6"], name="甲5", actor=cast.wu, now=NOW)


def test_a_footprint_gives_the_point_and_an_unlocated_building_is_laid_out_and_says_so(cast: Cast) -> None:
    community = opened(cast, lat=39.97, lon=116.49)
    list_buildings(cast, community, *(str(number) for number in range(1, 13)))
    services.add_buildings(
        community=community, buildings=[BuildingGiven("3", footprint=SQUARE)], actor=cast.wu, now=NOW
    )
    plan = queries.community_plan(community, NOW)
    by_name = {building.name: building for building in plan.buildings}
    assert not plan.is_located
    assert by_name["3"].is_located
    assert (round(by_name["3"].lat, 6), round(by_name["3"].lon, 6)) == (39.9701, 116.4902)
    one, two, eleven = by_name["1"], by_name["2"], by_name["11"]
    assert not one.is_located
    assert great_circle_m(one.lat, one.lon, two.lat, two.lon) == pytest.approx(40, abs=0.5)
    assert great_circle_m(one.lat, one.lon, eleven.lat, eleven.lon) == pytest.approx(40, abs=0.5)
    bow = BuildingGiven("4", footprint={"type": "Point", "coordinates": [1, 2]})
    with pytest.raises(CommunityUnusable):
        services.add_buildings(community=community, buildings=[bow], actor=cast.wu, now=NOW)


def test_a_gate_is_open_within_its_hours_by_the_houses_clock(cast: Cast) -> None:
    community = opened(cast)
    gate = services.set_gate(
        community=community, name="南门", hours=[(time(16), time(19)), (time(6), time(9))], actor=cast.wu, now=NOW
    )
    services.set_gate(community=community, name="北门", actor=cast.wu, now=NOW)
    north, south = queries.community_plan(community, NOW).gates
    assert south.hours == ((time(6), time(9)), (time(16), time(19)))
    at_seven = datetime(2022, 4, 12, 23, tzinfo=UTC)  # 07:00 on the 13th
    assert south.is_open(at_seven)
    assert not south.is_open(at_seven + timedelta(hours=2))
    assert north.is_open(NOW)
    services.close_gate(gate=gate, at=NOW, actor=cast.wu, now=NOW)
    assert [each.name for each in queries.community_plan(community, NOW).gates] == ["北门"]
    with pytest.raises(CommunityUnusable):
        services.set_gate(
            community=community, name="南门", hours=[(time(6), time(9)), (time(8), time(10))], actor=cast.wu, now=NOW
        )


def test_a_unit_has_one_shelf(cast: Cast) -> None:
    community = opened(cast)
    list_buildings(cast, community, "1", "2", units=2)
    first, second = queries.community_plan(community, NOW).buildings
    units = [unit.id for building in (first, second) for unit in building.units]
    shelf = services.set_shelf(community=community, name="1号架", units=units[:3], people_max=4, actor=cast.wu, now=NOW)
    services.set_shelf(community=community, name="2号架", units=units[2:], actor=cast.wu, now=NOW)
    one, two = queries.community_plan(community, NOW).shelves
    assert (one.units, one.people_max, one.window_minutes) == (tuple(units[:2]), 4, 10)
    assert two.units == tuple(units[2:])
    services.close_shelf(shelf=shelf, at=NOW, actor=cast.wu, now=NOW)
    assert [each.name for each in queries.community_plan(community, NOW).shelves] == ["2号架"]
    with pytest.raises(NotFound):
        services.set_shelf(community=community, name="3号架", units=[uuid4()], actor=cast.wu, now=NOW)


def test_a_door_that_must_be_served_says_why_and_its_telephone_is_enciphered(cast: Cast) -> None:
    community = opened(cast)
    list_buildings(cast, community, "1")
    (building,) = queries.community_plan(community, NOW).buildings
    (unit,) = building.units
    given = DoorGiven(unit.id, "301室", takes_at_door=True, why="独居老人", note="敲门大声", phone="13800001234")
    assert services.set_doors(community=community, doors=[given], actor=cast.wu, now=NOW) == 1
    again = services.set_doors(community=community, doors=[given], actor=cast.wu, now=NOW)
    assert again == 0
    (door,) = queries.doors_of(community, NOW)
    assert (door.room, door.takes_at_door, door.why, door.building) == ("301", True, "独居老人", building.id)
    assert door.person is not None
    datum = apps.get_model("people", "PersonalDatum").objects.get(party_id=door.person)
    assert datum.last_four == "1234"
    assert b"13800001234" not in bytes(datum.cipher or b"")
    with pytest.raises(CommunityUnusable):
        services.set_doors(
            community=community, doors=[DoorGiven(unit.id, "302", takes_at_door=True)], actor=cast.wu, now=NOW
        )
    services.set_doors(community=community, doors=[DoorGiven(unit.id, "301", has_left=True)], actor=cast.wu, now=NOW)
    assert queries.doors_of(community, NOW) == ()


def test_a_way_drawn_twice_is_one_and_drawn_anew_replaces_all(cast: Cast) -> None:
    community = opened(cast)
    line, other = [[39.97, 116.49], [39.971, 116.49]], [[39.97, 116.49], [39.97, 116.491]]
    draw: Callable[..., int] = services.draw_paths
    assert draw(community=community, lines=[line], actor=cast.wu, now=NOW) == 1
    assert draw(community=community, lines=[line, other], actor=cast.wu, now=NOW) == 1
    assert draw(community=community, lines=[other], anew=True, actor=cast.wu, now=NOW) == 0
    (path,) = queries.community_plan(community, NOW).paths
    assert path.line == ((39.97, 116.49), (39.97, 116.491))
    with pytest.raises(CommunityUnusable):
        draw(community=community, lines=[[[116.49, 39.97], [116.5, 39.98]]], actor=cast.wu, now=NOW)


def test_a_station_stands_at_its_last_stand_that_has_begun(cast: Cast) -> None:
    community = opened(cast, lat=39.97, lon=116.49)
    station = services.add_site(party=party("酒仙桥站", "北京"), role="STATION")
    move: Callable[..., UUID] = services.move_station
    move(station=station, from_at=NOW, lat=39.98, lon=116.48, actor=cast.wu, now=NOW)
    later = NOW + timedelta(hours=3)
    move(station=station, from_at=later, community=community, actor=cast.wu, now=NOW)
    assert queries.stations_at(NOW - timedelta(seconds=1)) == ()
    (stand,) = queries.stations_at(NOW)
    assert (stand.community, stand.lat, stand.until_at) == (None, 39.98, later)
    (stand,) = queries.stations_at(later)
    assert (stand.community_name, stand.lat, stand.until_at) == ("高家园小区", 39.97, None)
    assert queries.stations_at(NOW, communities=[community]) == ()
    move(station=station, from_at=later, community=community, actor=cast.wu, now=NOW)
    with pytest.raises(services.StandsElsewhere):
        move(station=station, from_at=later, lat=1, lon=1, actor=cast.wu, now=NOW)
    with pytest.raises(services.NoStation):
        move(
            station=services.add_site(party=party("某仓"), role="HUB"),
            from_at=NOW,
            lat=1,
            lon=1,
            actor=cast.wu,
            now=NOW,
        )


def test_whose_place_it_is_not_leaves_no_trace(cast: Cast) -> None:
    community, elsewhere = opened(cast), opened(cast, "别的院子")
    (building,) = list_buildings(cast, community, "1").values()
    gate = services.set_gate(community=community, name="南门", actor=cast.wu, now=NOW)
    shelf = services.set_shelf(community=community, name="架", actor=cast.wu, now=NOW)
    unit = queries.community_plan(community, NOW).buildings[0].units[0].id
    here = log_in_as("Here", [(Duty.CLERK, community)])
    services.set_gate(community=community, name="西门", actor=here, now=NOW)
    acts: list[Callable[[Actor], object]] = [
        lambda actor: services.change_community(community=community, address="x", actor=actor, now=NOW),
        lambda actor: services.set_gate(community=community, name="东门", actor=actor, now=NOW),
        lambda actor: services.close_gate(gate=gate, at=NOW, actor=actor, now=NOW),
        lambda actor: services.draw_paths(community=community, lines=[[[1, 1], [2, 2]]], actor=actor, now=NOW),
        lambda actor: services.add_buildings(community=community, buildings=[BuildingGiven("9")], actor=actor, now=NOW),
        lambda actor: services.rename_building(building=building, name="9", actor=actor, now=NOW),
        lambda actor: services.set_shelf(community=community, name="别架", actor=actor, now=NOW),
        lambda actor: services.close_shelf(shelf=shelf, at=NOW, actor=actor, now=NOW),
        lambda actor: services.set_doors(community=community, doors=[DoorGiven(unit, "1")], actor=actor, now=NOW),
    ]
    there = log_in_as("There", [(Duty.CLERK, elsewhere)])
    before = rows_in_book()
    for act in acts:
        for actor in (cast.stranger, there):
            with pytest.raises(NotYourPlace):
                act(actor)
    with pytest.raises(NotYourPlace):
        services.open_community(name="新院", actor=here, now=NOW)
    assert rows_in_book() == before


def test_seventy_five_buildings_and_seven_thousand_doors_take_few_queries(
    cast: Cast, django_assert_max_num_queries: Any
) -> None:
    community = opened(cast)
    list_buildings(cast, community, *(f"{number}号楼" for number in range(1, 76)), units=4)
    doors = [
        DoorGiven(unit.id, f"{floor}0{room}")
        for building in queries.community_plan(community, NOW).buildings
        for unit in building.units
        for floor in range(1, 7)
        for room in range(1, 5)
    ]
    with django_assert_max_num_queries(25):
        services.set_doors(community=community, doors=doors, actor=cast.wu, now=NOW)
    with django_assert_max_num_queries(4):
        plan = queries.community_plan(community, NOW)
    assert len(plan.doors) == len(doors) == 7200
    assert plan.households_count == 6000
