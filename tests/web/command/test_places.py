"""Communities and zones as pages: opened from a list that is seen first, drawn, numbered, printed; notices read by eye."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from baogong.delivery import queries as delivery
from baogong.journal.clock import mark_drill
from baogong.kernel.actor import Duty
from baogong.places import queries, services
from tests.apps.places.test_communities import NOW, SQUARE
from tests.apps.places.test_places import party
from tests.cast import Cast, log_in_as, make_cast
from tests.web.visits import read, send, visit

pytestmark = pytest.mark.usefixtures("db")
LIST = "楼号\t单元\t户数\n" + "\n".join(f"{number}号楼\t2个单元\t每单元12户" for number in range(1, 76))


@pytest.fixture
def cast() -> Cast:
    mark_drill(name="places", at=NOW)
    return make_cast()


def form(**more: str) -> dict[str, str]:
    return {"name": "高家园小区", "city": "北京", "list": LIST, "gates": "南门 06:00-09:00、16:00-19:00\n北门"} | more


def opened(cast: Cast, **facts: Any) -> UUID:
    community = services.open_community(
        name="高家园小区", city="北京", lat=39.97, lon=116.49, actor=cast.wu, now=NOW, **facts
    )
    given = [services.BuildingGiven(str(n), units=(services.UnitGiven("1", 12),)) for n in range(1, 76)]
    services.add_buildings(community=community, buildings=given, actor=cast.wu, now=NOW)
    return community


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_community_is_opened_from_its_list_after_a_look(cast: Cast, language: str) -> None:
    wu = visit("wu", language)
    read(wu, "/command/places/open/")
    looked = send(wu, "/command/places/open/", form(act="look"), status=200)
    assert queries.communities() == ()
    assert re.search(r'class="figure">75<', looked)
    assert re.search(r'class="figure">1,800<', looked)
    page = send(wu, "/command/places/open/", form(act="open", station="酒仙桥站"))
    (row,) = queries.communities()
    assert (row.buildings_count, row.households_count, row.gates_count) == (75, 1800, 2)
    assert page.count('<li id="b-') == 75
    assert "06:00–09:00, 16:00–19:00" in page
    assert "酒仙桥站" in page
    read(wu, "/command/places/")
    read(wu, f"/command/places/{row.id}/")
    paper = read(wu, f"/command/places/{row.id}/paper/")
    assert paper.count("<svg") >= 75


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_community_is_served_by_the_station_it_opens_with_until_the_page_says_another(
    cast: Cast, language: str
) -> None:
    lin = visit("lin", language)
    page = send(lin, "/command/places/open/", form(act="open", station="酒仙桥站"))
    (row,) = queries.communities()
    (serving,) = delivery.servings(communities=[row.id])
    assert (serving.station_name, serving.outer) == ("酒仙桥站", None)
    assert f"/station/{serving.station}/" in page
    other = services.add_site(party=party("二号站", "北京"), role="STATION")
    address = f"/command/places/{row.id}/stations/"
    assert 'value="serve"' in read(lin, address)
    page = send(lin, address, {"act": "serve", "station": str(other), "outer": str(serving.station)})
    (serving,) = delivery.servings(communities=[row.id])
    assert (serving.station_name, serving.outer_name) == ("二号站", "酒仙桥站")
    assert f"/station/{other}/" in page
    wu = visit("wu", language)  # who only registers opens nothing to a station and does not choose one
    assert 'value="station"' in (seen := read(wu, address))
    assert 'value="serve"' not in seen
    wu.post(
        address, {"act": "serve", "station": str(serving.outer)}, headers={"Referer": f"http://testserver{address}"}
    )
    assert delivery.servings(communities=[row.id])[0].station == other


def test_a_list_with_one_bad_line_opens_nothing(cast: Cast) -> None:
    wu = visit("wu")
    bad = form(list=LIST + "\n9-900号楼\t\t")
    looked = send(wu, "/command/places/open/", bad | {"act": "look"}, status=200)
    assert "9-900" in looked
    assert 'value="open"' not in looked
    send(wu, "/command/places/open/", bad | {"act": "open"}, status=200)
    assert queries.communities() == ()


def test_bare_numbers_need_no_header(cast: Cast) -> None:
    wu = visit("wu")
    send(wu, "/command/places/open/", form(act="open", list="1-12号楼\n甲、乙\n门卫楼"))
    (row,) = queries.communities()
    assert row.buildings_count == 15


def test_a_list_as_it_is_typed_loses_no_unit_household_or_hour(cast: Cast) -> None:
    wu = visit("wu")
    typed = "1-12号楼 2个单元 每单元12户\n15号楼 3单元 30户\n16号楼，每栋2个单元，24户"
    send(wu, "/command/places/open/", form(act="open", list=typed, gates="北门 7点到9点、下午4点半到6点"))
    (row,) = queries.communities()
    plan = queries.community_plan(row.id, NOW)
    units = {each.name: [(unit.name, unit.households_count) for unit in each.units] for each in plan.buildings}
    assert (len(units), row.households_count) == (14, 12 * 2 * 12 + 30 + 24)
    assert (units["7"], units["15"], units["16"]) == ([("1", 12), ("2", 12)], [("3", 30)], [("1", 12), ("2", 12)])
    (gate,) = plan.gates
    assert (gate.name, [f"{a:%H:%M}-{b:%H:%M}" for a, b in gate.hours]) == ("北门", ["07:00-09:00", "16:30-18:00"])


@pytest.mark.parametrize(
    "typed",
    [
        "1-6号楼 3个单元 每单元6层 每层4户\n7号楼 2单元 18层 一梯两户",
        "1-6号楼，每栋3个单元，每单元6层，每层4户；7号楼，2单元，18层，两梯两户。",
        "楼号,单元,层数,户数\n1-6,3个单元,6,每层4户\n7,2个单元,18,一梯两户",
    ],
)
def test_floors_and_households_a_floor_come_to_the_households_of_each_unit(cast: Cast, typed: str) -> None:
    wu = visit("wu")
    send(wu, "/command/places/open/", form(act="open", list=typed))
    (row,) = queries.communities()
    plan = queries.community_plan(row.id, NOW)
    shape = {
        each.name: (each.floors_count, [(unit.name, unit.households_count) for unit in each.units])
        for each in plan.buildings
    }
    assert shape["6"] == (6, [("1", 24), ("2", 24), ("3", 24)])
    assert shape["7"] == (18, [("1", 36), ("2", 36)])
    assert len(shape) == 7


def test_a_lone_unit_is_a_count_only_where_no_other_line_is_of_that_building(cast: Cast) -> None:
    wu = visit("wu")
    send(wu, "/command/places/open/", form(act="open", list="7号楼 2单元 18层\n7号楼 3单元 18层"))
    (row,) = queries.communities()
    (house,) = queries.community_plan(row.id, NOW).buildings
    assert [unit.name for unit in house.units] == ["2", "3"]


@pytest.mark.parametrize(
    ("language", "told"), [("zh-hans", "第 4 行读到“9-900号楼”"), ("en", "In line 4 stands “9-900号楼”. Write")]
)
@pytest.mark.parametrize("text", ["1号楼\n\n2号楼\n9-900号楼", "楼号\t单元\n\n2\t1\n9-900号楼\t1"])
def test_a_line_that_cannot_be_read_is_named_by_its_number_in_the_box(
    cast: Cast, language: str, told: str, text: str
) -> None:
    assert told in send(visit("wu", language), "/command/places/open/", form(act="look", list=text), status=200)


def test_the_pages_own_example_may_be_typed_with_blanks_and_what_cannot_be_read_is_refused(cast: Cast) -> None:
    wu = visit("wu")
    for bad in (
        {"list": "楼号\n5号楼3单元30户"},
        {"list": "5号楼 2梯4户"},
        {"list": "1-4号楼旁边"},
        {"gates": "北门 7点左右"},
    ):
        page = send(wu, "/command/places/open/", form(act="look", **bad), status=200)
        assert 'value="open"' not in page, bad
        send(wu, "/command/places/open/", form(act="open", **bad), status=200)
        assert queries.communities() == (), bad
    blanks = "楼号 单元 户数\n1-12号楼 2个单元 每单元12户"
    send(wu, "/command/places/open/", form(act="open", list=blanks))
    (row,) = queries.communities()
    assert (row.buildings_count, row.households_count) == (12, 288)


def test_a_near_name_is_asked_about(cast: Cast) -> None:
    services.open_community(name="高家园小区东", city="北京", actor=cast.wu, now=NOW)
    wu = visit("wu")
    asked = send(wu, "/command/places/open/", form(act="open"), status=200)
    assert 'name="is_new"' in asked
    assert len(queries.communities()) == 1
    send(wu, "/command/places/open/", form(act="open", is_new="1"))
    assert len(queries.communities()) == 2


def test_a_name_that_is_open_already_is_asked_about_before_its_list_is_changed(cast: Cast) -> None:
    community = opened(cast)
    lin, longer = visit("lin"), form(list="楼号\t单元\t户数\n76号楼\t1个单元\t每单元8户")
    for act in ("look", "open"):
        asked = send(lin, "/command/places/open/", longer | {"act": act}, status=200)
        assert 'name="to_known"' in asked
        assert "<strong>高家园小区</strong> is open already, with 75 buildings." in asked
        assert queries.communities()[0].buildings_count == 75
    page = send(lin, "/command/places/open/", longer | {"act": "open", "to_known": "1"})
    assert page.count('<li id="b-') == 76
    assert [row.id for row in queries.communities()] == [community]
    assert "What comes next" in page
    assert 'name="to_known"' not in send(lin, "/command/places/open/", form(act="look", name="新里"), status=200)


def test_a_gate_that_cannot_be_read_is_given_back_as_it_was_typed(cast: Cast) -> None:
    address = f"/command/places/{opened(cast)}/"
    page = send(visit("lin"), address, {"act": "gate", "gate": "南门 06:00-09:00", "lat": "391", "next": address})
    assert 'value="南门 06:00-09:00"' in page
    assert 'value="391"' in page


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_new_community_says_what_comes_next_and_a_keeper_what_is_theirs(cast: Cast, language: str) -> None:
    address = f"/command/places/{opened(cast)}/"
    lin = visit("lin", language)
    assert f'href="{address}stations/"' in read(lin, address)
    send(lin, "/command/places/open/", form(act="open", station="酒仙桥站", to_known="1"))
    (station,) = queries.sites("STATION")
    page = read(lin, address)
    for link in (f"/crew/{station.id}/assign/", f"/station/{station.id}/rounds/plan/", "/lists/"):
        assert f'href="{link}"' in page
    log_in_as("Ning", [(Duty.KEEPER, queries.communities()[0].id)], NOW)
    page = read(visit("ning", language), address)
    assert 'class="steps"' in page
    assert f"/station/{station.id}/rounds/plan/" not in page


def test_gates_shelves_and_stations_are_written_on_the_communitys_page(cast: Cast) -> None:
    community = opened(cast)
    address = f"/command/places/{community}/"
    wu = visit("wu")
    send(wu, address, {"act": "gate", "gate": "西门 07:00-08:00", "lat": "39.97", "lon": "116.489"})
    send(wu, address, {"act": "shelf", "shelf": "1号架", "buildings": "1、2号楼,3", "people_max": "4"})
    plan = queries.community_plan(community, NOW)
    assert [len(gate.hours) for gate in plan.gates] == [1]
    assert [(shelf.people_max, len(shelf.units)) for shelf in plan.shelves] == [(4, 3)]
    page = send(wu, address, {"act": "close_gate", "gate": str(plan.gates[0].id)})
    assert "西门" not in page
    station = services.add_site(party=party("酒仙桥站", "北京"), role="STATION")
    services.move_station(
        station=station, from_at=NOW - timedelta(hours=1), lat=39.98, lon=116.48, actor=cast.wu, now=NOW
    )
    send(wu, address, {"act": "station", "station": str(station)})
    assert [each.station for each in queries.stations_at(NOW, communities=[community])] == [station]


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_shelf_is_seen_with_its_caps_and_changed(cast: Cast, language: str) -> None:
    community = opened(cast)
    address = f"/command/places/{community}/"
    services.add_buildings(
        community=community, actor=cast.wu, now=NOW,
        buildings=[services.BuildingGiven("5", units=(services.UnitGiven("1"), services.UnitGiven("2")))],
    )  # fmt: skip
    wu = visit("wu", language)
    shelf = {"act": "shelf", "shelf": "1号架", "people_max": "4", "window_minutes": "15", "parcels_max": "90"}
    page = send(wu, address, shelf | {"buildings": "1、5-2"})
    assert 'value="1、5-2"' in page
    (kept,) = queries.community_plan(community, NOW).shelves
    assert (kept.people_max, kept.window_minutes, kept.parcels_max, len(kept.units)) == (4, 15, 90, 2)
    send(wu, address, shelf | {"buildings": "5", "people_max": "2", "parcels_max": ""})
    (kept,) = queries.community_plan(community, NOW).shelves
    assert (kept.people_max, kept.parcels_max, len(kept.units)) == (2, None, 2)
    send(wu, address, shelf | {"buildings": "1-3号楼、5-2"})
    (kept,) = queries.community_plan(community, NOW).shelves
    assert len(kept.units) == 4
    refused = wu.post(address, shelf | {"buildings": "5、74-99"}, headers={"Referer": f"http://testserver{address}"})
    assert queries.community_plan(community, NOW).shelves == (kept,)
    refused = wu.post(address, shelf | {"buildings": "5、甲"}, headers={"Referer": f"http://testserver{address}"})
    assert queries.community_plan(community, NOW).shelves == (kept,)
    again = read(wu, refused.headers["Location"])
    assert 'name="buildings" value="5、甲"' in again  # what was typed waits in the form
    send(wu, address, {"act": "point", "street": "", "address": "", "road_zone": "二区", "lat": "", "lon": ""})
    assert queries.community_plan(community, NOW).road_zone_name == "二区"
    send(wu, address, {"act": "close_shelf", "shelf_id": str(kept.id)})
    assert queries.community_plan(community, NOW).shelves == ()


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_doors_show_who_is_served_there_and_why(cast: Cast, language: str) -> None:
    community = opened(cast)
    address, wu = f"/command/places/{community}/doors/", visit("wu", language)
    house = queries.community_plan(community, NOW).buildings[2]
    told = {"unit": str(house.units[0].id), "room": "301室", "note": "敲门大声", "phone": "13812345678"}
    refused = wu.post(address, told | {"takes_at_door": "1"}, follow=True)  # and no reason
    assert queries.doors_of(community, NOW) == ()
    assert refused.status_code == 200
    page = send(wu, address, told | {"takes_at_door": "1", "why": "独居老人"})
    assert ("独居老人" in page, "13812345678" in page) == (True, False)
    (door,) = queries.doors_of(community, NOW)
    assert (door.room, door.takes_at_door, door.person is not None) == ("301", True, True)
    send(wu, address, {"unit": str(door.unit), "room": "302", "note": ""})
    assert "-302</strong>" not in read(wu, address)  # needs nothing
    assert "-302</strong>" in read(wu, f"{address}?building={house.id}")
    send(wu, address, {"unit": str(door.unit), "room": "301", "has_left": "1"})
    assert [each.room for each in queries.doors_of(community, NOW)] == ["302"]
    read(visit("mei", language), address, status=403)  # who approves brings nothing


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_rule_is_written_as_its_next_version(cast: Cast, language: str) -> None:
    lin, address = visit("lin", language), "/command/places/zones/"
    given = {
        "act": "rule", "zone": "SEALED", "service": "DOOR", "from_at": "2022-04-12T00:00", "rule_days": "7",
        "rule_issuer": "北京市", "text_zh": "足不出户", "text_en": "Nobody leaves home", "rule_source": "通告第 9 号",
    }  # fmt: skip
    page = send(lin, address, given)
    (rule,) = queries.rules_of()
    assert (rule.zone, rule.service, rule.days, rule.issuer) == ("SEALED", "DOOR", 7, "北京市")
    assert "通告第 9 号" in page
    back = {"Referer": f"http://testserver{address}"}
    lin.post(address, given | {"rule_days": "14"}, headers=back)
    assert 'value="14"' in read(lin, address)  # refused, and typed only once
    assert queries.rules_of() == (rule,)
    visit("wu").post(address, given | {"from_at": "2022-04-13T00:00"})
    assert queries.rules_of() == (rule,)
    send(lin, address, given | {"from_at": "2022-04-13T00:00", "rule_days": ""})
    assert [each.days for each in queries.rules_of()] == [7, None]


def test_footprints_are_numbered_by_the_picture(cast: Cast) -> None:
    community = opened(cast)
    wu = visit("wu")
    address = f"/command/places/{community}/footprints/"
    read(wu, address)
    ring = json.loads(json.dumps(SQUARE))["coordinates"][0]
    far = {**SQUARE, "coordinates": [[[lon + 1, lat] for lon, lat in ring]]}
    features = [
        {"type": "Feature", "properties": {"building": "yes", "addr:housenumber": "3"}, "geometry": SQUARE},
        {"type": "Feature", "properties": {"building": "yes"}, "geometry": SQUARE},
        {"type": "Feature", "properties": {"building": "yes"}, "geometry": far},
        {"type": "Feature", "properties": {"highway": "footway"}, "geometry": {"type": "LineString", "coordinates": [[116.49, 39.97], [116.491, 39.97]]}},
    ]  # fmt: skip
    file = SimpleUploadedFile("osm.geojson", json.dumps({"type": "FeatureCollection", "features": features}).encode())
    answer = wu.post(address, {"act": "look", "file": file, "radius": "300"})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert page.count('name="shape"') == 2
    assert not any(building.is_located for building in queries.community_plan(community, NOW).buildings)
    shape = json.dumps(SQUARE)
    wu.post(address, {"act": "write", "name": ["3", "77"], "shape": [shape, shape], "paths": "[[[39.97,116.49],[39.97,116.491]]]", "with_paths": "1"})  # fmt: skip
    plan = queries.community_plan(community, NOW)
    assert {building.name for building in plan.buildings if building.is_located} == {"3", "77"}
    assert len(plan.paths) == 1
    read(wu, f"/command/places/{community}/")
    refused = wu.post(address, {"act": "look", "file": SimpleUploadedFile("x.geojson", b"[]")}, follow=True)
    assert "GeoJSON" in refused.content.decode()


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_notice_is_seen_as_it_is_read_then_kept_and_settled(cast: Cast, language: str) -> None:
    community = opened(cast, street="高家园路", address="高家园路1弄")
    lin = visit("lin", language)
    read(lin, "/command/places/zones/")
    send(lin, "/command/places/zones/", {"act": "rules"})
    text = "封控区\n高家园路1弄3号、高家圆小区\n管控区\n高家园小区7-9号楼\n其余区域为防范区"
    sent = {"text": text, "issuer": "上海市", "title": "名单", "published_at": "2022-04-12T08:00", "state": ""}
    looked = send(lin, "/command/places/zones/", sent | {"act": "look"}, status=200)
    assert queries.notices() == ()
    assert 'class="zone-SEALED"' in looked
    page = send(lin, "/command/places/zones/", sent | {"act": "keep"})
    (row,) = queries.notices()
    assert "高家圆小区" in page
    found = queries.notice(row.id)
    waiting = {doubt.why: doubt for doubt in found.doubts}
    assert set(waiting) == {"name-unknown", "everywhere"}
    address = f"/command/places/zones/{row.id}/"
    send(lin, address, {"act": "settle", "doubt": str(waiting["name-unknown"].id), "choice": str(community)})
    send(lin, address, {"act": "nothing", "doubt": str(waiting["everywhere"].id)})
    zones = queries.zones_at(communities=[community], at=NOW)
    by_name = {b.name: zones[b.id].state for b in queries.community_plan(community, NOW).buildings}
    assert (by_name["3"], by_name["8"], by_name["20"]) == ("SEALED", "CONTROLLED", "SEALED")
    header = read(lin, f"/command/places/{community}/").split("</h1>")[1].split('class="figures"')[0]
    assert re.findall(r'class="tag zone-([A-Z]+)">\D*(\d+)', header) == [("SEALED", "72"), ("CONTROLLED", "3")]
    changed = read(lin, address + "?changes=1")
    assert ("7, 8, 9" if language == "en" else "7、8、9") in changed
    read(lin, f"/command/places/{community}/")
    send(lin, address, {"act": "withdraw"})
    assert queries.zones_at(communities=[community], at=NOW)[community].state == ""


def test_a_notice_lists_each_address_and_quotes_each_doubt_before_it_is_kept(cast: Cast) -> None:
    opened(cast, street="高家园路", address="高家园路1弄")
    lin = visit("lin", "zh-hans")
    text = "封控区\n高家园小区1-3号楼、5号楼\n浦江苑（8号楼除外）\n其他区域均为防范区"
    sent = {"text": text, "issuer": "上海市", "title": "名单", "published_at": "2022-04-12T08:00", "state": ""}
    looked = send(lin, "/command/places/zones/", sent | {"act": "look"}, status=200)
    table = looked.split("<tbody>")[1].split("</tbody>")[0]
    assert "高家园小区 1、2、3、5" in table
    assert "zone-SEALED" in table
    assert "<strong>浦江苑（8号楼除外）</strong>" in looked
    assert "<strong>其他区域均为防范区</strong>" in looked
    assert re.search(r'<mark class="zone-UNREAD"[^>]*>浦江苑</mark>', looked)
    page = send(lin, "/command/places/zones/", sent | {"act": "keep"})
    assert "<strong>浦江苑（8号楼除外）</strong>" in page
    assert 'value="street:高家园路"' in page
    assert not re.search(r'name="remember"[^>]*checked', page)


def test_whose_community_it_is_not_sees_nothing_of_it(cast: Cast) -> None:
    community = opened(cast)
    other = services.open_community(name="别的院子", actor=cast.wu, now=NOW)
    log_in_as("There", [(Duty.KEEPER, other)])
    there = visit("there")
    assert "高家园小区" not in read(there, "/command/places/")
    read(there, f"/command/places/{other}/")
    for page in ("", "paper/", "footprints/", "doors/"):
        read(there, f"/command/places/{community}/{page}", status=403)
    read(there, "/command/places/zones/", status=403)
    read(there, "/command/places/open/", status=403)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_command_adds_a_kind_of_parcel_that_lists_may_name(cast: Cast, language: str) -> None:
    lin, address = visit("lin", language), "/command/places/kinds/"
    given = {"name": "冰鲜", "name_en": "Chilled", "weight_g": "900", "modes": "WITNESSED", "is_cold": "1"}
    page = send(lin, address, given)
    assert "冰鲜" in page
    (made,) = [kind for kind in delivery.categories() if kind.name_zh == "冰鲜"]
    assert (made.modes, made.weight_g, made.is_cold) == (("WITNESSED",), 900, True)
    lin.post(address, given | {"weight_g": "1"}, headers={"Referer": f"http://testserver{address}"})
    assert [kind for kind in delivery.categories() if kind.name_zh == "冰鲜"] == [made]
    for name, typed, grams in (("面", "500g", 500), ("米", "2斤", 1000), ("油", "1.5 kg", 1500), ("盐", "３００", 300)):
        send(lin, address, given | {"name": name, "name_en": "", "weight_g": typed})
        assert [kind.weight_g for kind in delivery.categories() if kind.name_zh == name] == [grams]
    page = send(lin, address, given | {"name": "糖", "name_en": "", "weight_g": "半袋", "next": address})
    assert 'value="半袋"' in page
    assert "糖" not in {kind.name_zh for kind in delivery.categories()}
    visit("wu").post(address, given | {"name": "干货", "name_en": ""})
    assert "干货" not in {kind.name_zh for kind in delivery.categories()}
